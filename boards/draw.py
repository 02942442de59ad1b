"""Draws how each board is wired, from its board.py, so that drawing and pins cannot disagree.

Usage: python -m boards.draw, which makes every file in drawings/ again.

A part stands beside the pins that it is wired to, so that wires run straight and
never cross. A board that does not fit into this picture is refused: a drawing
that misleads is worse than none.
"""

from typing import NamedTuple

from boards import pins, soldering, template
from boards.canvas import Canvas
from boards.declared import FOLDER, Board, read
from boards.pins import HEADER

DRAWINGS = FOLDER / "drawings"

RED_OHMS = 330
GREEN_BLUE_OHMS = 100
"""What stands in front of an LED's legs; README.md says why."""

PIXEL_OHMS = 330
BUZZER_OHMS = 100
"""What stands between a pin and these, for the pin's sake."""

BARE = ("pico", "pico_w", "pico2", "pico2_w")
"""The boards with a button and nothing else."""

# Where things are on the sheet.
WIDTH = 960
LEFT, RIGHT = 370, 590  # the two rows of pins
TOP = 150  # pin 1
PITCH = 24
BOTTOM = TOP + 19 * PITCH
REACH = 190  # from a pin to its part
LINE = 22  # of the list below


class Build(NamedTuple):
    """One drawing: a board, and what is wired to it."""

    file: str
    title: str
    board: Board
    battery: bool = False


class Wire(NamedTuple):
    """A wire from a pin to the part beside it: the pin's number, its colour, what it is."""

    number: int
    colour: str
    words: str
    ohms: int = 0

    @property
    def y(self) -> int:
        """The height of its pin."""
        return TOP + PITCH * (self.number - 1 if self.number <= 20 else 40 - self.number)

    @property
    def side(self) -> int:
        """The side of the board on which its pin is: -1 is left."""
        return -1 if self.number <= 20 else 1

    @property
    def x(self) -> int:
        """Where its pin is, from the left."""
        return LEFT if self.side < 0 else RIGHT

    @property
    def pin(self) -> str:
        """The pin, as the list below has it."""
        return f"{HEADER[self.number - 1]} (pin {self.number})"


def builds() -> list[Build]:
    """Return every drawing of a board there is."""
    plain, rgb = read("pico"), read("pico_rgb")
    pico = pins.PICO.title
    return [
        *(
            Build(name, f"{pins.BOARDS[name].title}: a button, nothing else", read(name))
            for name in BARE
        ),
        *_in_colour("pico_rgb"),
        *(build for name in BARE if name != "pico" for build in _in_colour(name)),
        Build("pico_pixel", f"{pico} with a WS2812", plain._replace(PIXEL=22)),
        Build("pico_battery", f"{pico} on batteries", plain, battery=True),
        Build("pico_clock", f"{pico} with a clock chip", plain._replace(RTC=(0, 20, 21))),
        Build(
            "pico_lid",
            f"{pico} with an RGB lamp, lid switch, buzzer and latch",
            rgb._replace(LID=9, BUZZER=6, LATCH=28),
        ),
    ]


def _in_colour(name: str) -> list[Build]:
    """Return a board with an RGB lamp, in both kinds, on the pins that `pico_rgb` has for it."""
    board = read(name)._replace(RGB=read("pico_rgb").RGB)
    title = f"{pins.BOARDS[name].title} with an RGB lamp, common"
    file = f"{name.removesuffix('_rgb')}_rgb"
    return [
        Build(file, f"{title} cathode", board),
        Build(f"{file}_anode", f"{title} anode", board._replace(RGB_COMMON_ANODE=True)),
    ]


def draw(build: Build) -> str:
    """Return the SVG of one build. Raises ValueError if it does not fit into the picture."""
    sheet = Sheet()
    _body(sheet, build.board)
    wires = _button(sheet, build.board)
    wires += _lamp(sheet, build.board)
    if build.battery:
        wires += _battery(sheet)
    wires += _clock(sheet, build.board)
    wires += _lid(sheet, build.board)
    wires += _buzzer(sheet, build.board)
    wires += _latch(sheet, build.board)
    _pins(sheet, {wire.number for wire in wires})
    return sheet.svg(build.title)


class Sheet(Canvas):
    """What has been drawn so far, and the list of connections that goes below it."""

    def __init__(self) -> None:
        super().__init__()
        self.connections: list[str] = []
        self.settings: list[str] = []
        """What board.py has to say for this."""
        self._taken: list[tuple[int, int, int]] = []

    def svg(self, title: str) -> str:
        """Return the whole picture."""
        foot = BOTTOM + 84
        listed = self.connections
        if self.settings:
            listed = [*listed, f"And in board.py: {'; '.join(self.settings)}"]
        self.text(32, 44, title, "title")
        self.text(
            32, 68, "Seen from above, USB socket up. From below, left and right change places."
        )
        for row, words in enumerate(listed):
            self.text(32, foot + LINE * row, words)
        height = foot + LINE * len(listed) + 6
        size = f'width="{WIDTH}" height="{height}"'
        return self.page(
            title, " ".join(listed), f'{size} viewBox="0 0 {WIDTH} {height}"', f'{size} rx="12"'
        )

    def claim(self, wires: list[Wire], above: int = 20, below: int = 20) -> tuple[int, int]:
        """Return the heights between which a part for these wires stands."""
        side = wires[0].side
        if any(wire.side != side for wire in wires):
            raise ValueError("the pins of one part are on both sides of the board")
        top = min(wire.y for wire in wires) - above
        bottom = max(wire.y for wire in wires) + below
        if any(side == s and top < b and bottom > t for s, t, b in self._taken):
            raise ValueError("two parts want the same place")
        self._taken.append((side, top, bottom))
        return top, bottom

    def wire(self, wire: Wire, *bends: tuple[int, int]) -> None:
        """Draw a wire from its pin to its part, or along these points; with words and resistor."""
        x, y, side = wire.x, wire.y, wire.side
        points = ((x, y), *(bends or ((x + side * REACH, y),)))
        self.line("edge", *points)
        self.line(f"wire {wire.colour}", *points)
        self.text(x + side * 45, y - 7, wire.words, "small middle")
        if wire.ohms:
            middle = x + side * 120
            self.box("resistor", middle - 32, y - 9, 64, 18, 7)
            self.text(middle, y + 4, f"{wire.ohms} Ω", "small strong middle on-light")


def _from_above(sheet: Sheet, supply: Wire, side: int, top: int) -> int:
    """Draw a wire from a pin higher up to the upper edge of a part; return where it comes down."""
    if supply.side != side or supply.y > top - 60:
        raise ValueError(f"the pin for {supply.words} is on the other side, or beside the part")
    turn = supply.x + side * (REACH + 60)
    sheet.wire(supply, (turn, supply.y), (turn, top))
    return turn


def _module(
    sheet: Sheet, legs: list[tuple[Wire, str]], supply: Wire, name: str, note: str
) -> tuple[list[Wire], int]:
    """Draw a small board, its supply from above; return its wires and the middle of its pins."""
    wires = [wire for wire, _ in legs]
    top, bottom = sheet.claim(wires, 34, 24)
    turn = _from_above(sheet, supply, wires[0].side, top)
    for wire in wires:
        sheet.wire(wire)
    # All pins for a supply are on the right, and so is the rest.
    edge = RIGHT + REACH
    sheet.box("part", edge, top, 140, bottom - top, 6)
    sheet.text(turn, top + 15, "VCC", "strong middle")
    for wire, leg in legs:
        sheet.text(edge + 10, wire.y + 4, leg, "strong")
    sheet.text(edge + 70, bottom + 20, name, "strong middle")
    sheet.text(edge + 70, bottom + 35, note, "small middle faint")
    return [*wires, supply], (top + 10 + bottom) // 2


def _button(sheet: Sheet, board: Board) -> list[Wire]:
    """Draw the button; return its wires."""
    if not board.BUTTON_ACTIVE_LOW:
        raise ValueError("a button to 3.3 V is not in the picture yet")
    signal = Wire(pins.number_of(f"GP{board.BUTTON}"), "signal", "button")
    ground = Wire(pins.nearest_ground(signal.number), "ground", "ground")
    wires = [signal, ground]
    top, bottom = sheet.claim(wires, 28, 28)
    for wire in wires:
        sheet.wire(wire)
    edge = signal.x + signal.side * REACH
    x, y = edge + signal.side * 44, (top + bottom) // 2
    sheet.box("part", edge, top, signal.side * 88, bottom - top, 10)
    sheet.circle("black", x, y, 25)
    sheet.circle("metal", x, y, 17)
    sheet.text(x, top - 24, "push button", "strong middle")
    sheet.text(x, top - 9, "on while pressed", "small middle faint")
    sheet.text(x, bottom + 18, "Two legs: either way round.", "small middle faint")
    sheet.text(x, bottom + 33, "Four legs: take two that lie", "small middle faint")
    sheet.text(x, bottom + 48, "across from corner to corner.", "small middle faint")
    sheet.connections.append(f"Button: one leg to {signal.pin}, the other to {ground.pin}.")
    return wires


def _lamp(sheet: Sheet, board: Board) -> list[Wire]:
    """Draw what lights; return its wires."""
    if board.PIXEL is not None:
        return _pixel(sheet, board.PIXEL)
    if board.RGB is not None:
        red, green, blue = (pins.number_of(f"GP{gpio}") for gpio in board.RGB)
        legs = [
            Wire(red, "red", "red", RED_OHMS),
            Wire(green, "green", "green", GREEN_BLUE_OHMS),
            Wire(blue, "blue", "blue", GREEN_BLUE_OHMS),
        ]
        if board.RGB != read(board.NAME).RGB:
            sheet.settings.append(f"RGB = {board.RGB}")
        return _rgb_led(sheet, legs, board.RGB_COMMON_ANODE)
    if pins.on_header(board.LED):
        raise ValueError("a single LED beside the board is not in the picture yet")
    sheet.connections.append("Lamp: the LED on the board; nothing to wire.")
    return []


def _rgb_led(sheet: Sheet, legs: list[Wire], anode: bool) -> list[Wire]:
    """Draw an LED with one leg for each colour and one for all of them; return its wires."""
    side, edge = legs[0].side, legs[0].x + legs[0].side * REACH
    anchor = " end" if side < 0 else ""
    inside = legs
    if anode:
        common = Wire(pins.number_of("3V3(OUT)"), "plus", "3.3 V")
    else:
        common = Wire(pins.nearest_ground(legs[0].number), "ground", "ground")
        inside = [*legs, common]
    top, bottom = sheet.claim(inside, 24, 24)
    if anode:
        turn = _from_above(sheet, common, side, top)
        sheet.text(turn + side * 10, top - 12, "longest leg", "strong" + anchor)
    for wire in inside:
        sheet.wire(wire)
    sheet.box("part", edge + side * 84, top + 6, side * 54, bottom - top - 12, 27)
    sheet.box("part", edge, top, side * 112, bottom - top, 6)
    for wire in inside:
        words = "longest leg" if wire is common else wire.words
        sheet.text(edge + side * 10, wire.y + 4, words, "strong" + anchor)
    sheet.text(edge + side * 60, bottom + 20, "RGB LED", "strong middle")
    kind = "common anode" if anode else "common cathode"
    sheet.text(edge + side * 60, bottom + 35, kind, "small middle faint")
    sheet.text(edge + side * 60, bottom + 52, "The order of the legs differs", "small middle faint")
    sheet.text(edge + side * 60, bottom + 67, "between makers: go by name.", "small middle faint")
    for wire in legs:
        sheet.connections.append(f"Lamp, {wire.words} leg: through {wire.ohms} Ω to {wire.pin}.")
    sheet.connections.append(f"Lamp, longest leg: to {common.pin}.")
    if anode:
        sheet.settings.append("RGB_COMMON_ANODE = True")
    return [*legs, common]


def _pixel(sheet: Sheet, gpio: int) -> list[Wire]:
    """Draw a WS2812; return its wires."""
    data = Wire(pins.number_of(f"GP{gpio}"), "signal", "data", PIXEL_OHMS)
    ground = Wire(pins.nearest_ground(data.number), "ground", "ground")
    supply = Wire(pins.number_of("VSYS"), "plus", "supply")
    wires, y = _module(
        sheet,
        [(data, "DIN"), (ground, "GND")],
        supply,
        "WS2812",
        "on a small board of its own",
    )
    x = RIGHT + REACH + 100
    sheet.box("pad", x - 16, y - 16, 32, 32)
    sheet.circle("light", x, y, 11)
    sheet.connections += [
        f"Lamp, DIN: through {PIXEL_OHMS} Ω to {data.pin}.",
        f"Lamp, GND: to {ground.pin}.",
        f"Lamp, VCC (or VDD, or 5V): to {supply.pin}.",
    ]
    sheet.settings.append(f"PIXEL = {gpio}")
    return wires


def _battery(sheet: Sheet) -> list[Wire]:
    """Draw a battery with its switch and diode; return its wires."""
    plus = Wire(pins.number_of("VSYS"), "plus", "+")
    minus = Wire(pins.nearest_ground(plus.number), "ground", "−")
    top, bottom = sheet.claim([plus, minus], 40, 40)
    edge = plus.x + REACH + 40
    for wire in (plus, minus):
        sheet.wire(wire, (edge, wire.y))
    sheet.box("part", edge, top, 110, bottom - top, 8)
    sheet.text(edge + 8, plus.y + 5, "+", "title")
    sheet.text(edge + 8, minus.y + 7, "−", "title")
    sheet.text(edge + 65, minus.y - 12, "3 × AAA", "strong middle")
    sheet.text(edge + 65, minus.y + 4, "4.5 V in all", "small middle faint")
    # The ring is on the left, towards the Pico.
    x = plus.x + 75
    sheet.box("black", x, plus.y - 9, 50, 18, 3)
    sheet.box("metal", x + 7, plus.y - 9, 8, 18, 0)
    sheet.text(x + 25, plus.y - 48, "Schottky diode,", "small middle strong")
    sheet.text(x + 25, plus.y - 34, "ring towards", "small middle strong")
    sheet.text(x + 25, plus.y - 20, "the Pico", "small middle strong")
    # The switch is drawn open: an arm that does not touch its other contact.
    x = plus.x + 152
    sheet.box("part", x, plus.y - 14, 58, 28, 6)
    sheet.line("pen", (x + 14, plus.y), (x + 40, plus.y - 10))
    sheet.circle("black", x + 12, plus.y, 4)
    sheet.circle("black", x + 46, plus.y, 4)
    sheet.text(x + 29, plus.y - 34, "switch,", "small middle strong")
    sheet.text(x + 29, plus.y - 20, "drawn off", "small middle strong")
    sheet.connections += [
        "Battery +: to one contact of the switch. If the holder has a switch, that one serves.",
        "Switch, other contact: to the end of the diode without the ring.",
        f"Diode, end with the ring: to {plus.pin}. Not to VBUS above it.",
        f"Battery −: to {minus.pin}.",
    ]
    return [plus, minus]


def _clock(sheet: Sheet, board: Board) -> list[Wire]:
    """Draw the clock chip, if there is one; return its wires."""
    if board.RTC is None:
        return []
    sda, scl = (pins.number_of(f"GP{gpio}") for gpio in board.RTC[1:])
    data, clock = Wire(sda, "blue", "data"), Wire(scl, "signal", "clock")
    ground = Wire(pins.nearest_ground(scl), "ground", "ground")
    supply = Wire(pins.number_of("3V3(OUT)"), "plus", "3.3 V")
    wires, y = _module(
        sheet,
        [(data, "SDA"), (clock, "SCL"), (ground, "GND")],
        supply,
        "DS3231 module",
        "with its coin cell",
    )
    x = RIGHT + REACH + 100
    sheet.circle("metal", x, y, 28)
    sheet.text(x, y + 4, "3 V", "small middle on-light")
    sheet.connections += [
        f"Clock, SDA: to {data.pin}.",
        f"Clock, SCL: to {clock.pin}.",
        f"Clock, GND: to {ground.pin}.",
        f"Clock, VCC: to {supply.pin}. Its other pins stay free.",
    ]
    sheet.settings.append(f"RTC = {board.RTC}")
    return wires


def _lid(sheet: Sheet, board: Board) -> list[Wire]:
    """Draw the lid's switch, if there is one; return its wires."""
    if board.LID is None:
        return []
    signal = Wire(pins.number_of(f"GP{board.LID}"), "signal", "lid")
    ground = Wire(pins.nearest_ground(signal.number), "ground", "ground")
    top, bottom, x = _two_legs(sheet, signal, ground, "lid switch")
    y = (top + bottom) // 2
    sheet.line("pen", (x, top + 8), (x, y - 10), (x + 14, y + 10))
    sheet.line("pen", (x, y + 10), (x, bottom - 8))
    state = "on" if board.LID_OPEN_HIGH else "off"
    sheet.text(x, bottom + 15, f"{state} while the lid is shut", "small middle faint")
    sheet.connections.append(f"Lid switch: one leg to {signal.pin}, the other to {ground.pin}.")
    sheet.settings.append(f"LID = {board.LID}")
    if not board.LID_OPEN_HIGH:
        sheet.settings.append("LID_OPEN_HIGH = False")
    return [signal, ground]


def _buzzer(sheet: Sheet, board: Board) -> list[Wire]:
    """Draw the buzzer, if there is one; return its wires."""
    if board.BUZZER is None:
        return []
    signal = Wire(pins.number_of(f"GP{board.BUZZER}"), "signal", "tone", BUZZER_OHMS)
    ground = Wire(pins.nearest_ground(signal.number), "ground", "ground")
    top, bottom, x = _two_legs(sheet, signal, ground, "piezo buzzer")
    sheet.circle("metal", x, (top + bottom) // 2, 24)
    sheet.circle("black", x, (top + bottom) // 2, 4)
    sheet.connections.append(
        f"Buzzer: one leg through {BUZZER_OHMS} Ω to {signal.pin}, the other to {ground.pin}."
    )
    sheet.settings.append(f"BUZZER = {board.BUZZER}")
    return [signal, ground]


def _two_legs(sheet: Sheet, signal: Wire, ground: Wire, name: str) -> tuple[int, int, int]:
    """Draw the frame of a part with two legs; return its top, its bottom and its middle."""
    top, bottom = sheet.claim([signal, ground])
    sheet.wire(signal)
    sheet.wire(ground)
    edge = signal.x + signal.side * REACH
    sheet.box("part", edge, top, signal.side * 88, bottom - top, 10)
    x = edge + signal.side * 44
    sheet.text(x, top - 8, name, "strong middle")
    return top, bottom, x


def _latch(sheet: Sheet, board: Board) -> list[Wire]:
    """Draw the latch and its driver, if there is one; return its wires."""
    if board.LATCH is None:
        return []
    signal = Wire(pins.number_of(f"GP{board.LATCH}"), "signal", "latch")
    plus = Wire(pins.number_of("VBUS"), "plus", "5 V")
    ground = Wire(pins.nearest_ground(plus.number), "ground", "ground")
    wires = [plus, ground, signal]
    top, magnet = sheet.claim(wires, 20, 150)
    bottom, edge = signal.y + 20, RIGHT + REACH
    for wire in wires:
        sheet.wire(wire)
    sheet.box("part", edge, top, 140, bottom - top, 6)
    for wire, leg in ((plus, "+"), (ground, "−"), (signal, "IN")):
        sheet.text(edge + 10, wire.y + 4, leg, "strong")
    sheet.text(edge + 84, top + 30, "driver", "strong middle")
    sheet.text(edge + 84, top + 46, "a MOSFET", "small middle faint")
    sheet.text(edge + 84, top + 60, "module", "small middle faint")
    left, right = edge + 45, edge + 125
    for x, sign, colour in ((left, "+", "plus"), (right, "−", "signal")):
        sheet.line("edge", (x, bottom), (x, magnet - 50))
        sheet.line(f"wire {colour}", (x, bottom), (x, magnet - 50))
        sheet.text(x, bottom - 8, sign, "strong middle")
    # The diode lies across the magnet, its ring at plus.
    y = (bottom + magnet - 50) // 2
    sheet.line("edge", (left, y), (right, y))
    sheet.box("black", left + 13, y - 9, 54, 18, 3)
    sheet.box("metal", left + 20, y - 9, 8, 18, 0)
    sheet.text(left - 12, y - 3, "flyback diode,", "small strong end")
    sheet.text(left - 12, y + 11, "ring towards +", "small strong end")
    sheet.box("part", edge, magnet - 50, 140, 50, 6)
    sheet.text(edge + 70, magnet - 29, "holding magnet", "strong middle")
    sheet.text(edge + 70, magnet - 13, "5 V, for all day", "small middle faint")
    sheet.connections += [
        f"Latch, driver: + to {plus.pin}, − to {ground.pin}, IN to {signal.pin}.",
        "Latch, magnet: to the output of the driver, the diode across it. It opens by hand too.",
    ]
    sheet.settings.append(f"LATCH = {board.LATCH}")
    return wires


def _body(sheet: Sheet, board: Board) -> None:
    """Draw the board itself, without its pins."""
    model = pins.BOARDS[board.NAME]
    middle = (LEFT + RIGHT) // 2
    sheet.box("board", LEFT - 20, TOP - 34, RIGHT - LEFT + 40, BOTTOM - TOP + 68, 10)
    sheet.box("metal", middle - 40, TOP - 56, 80, 62)
    sheet.text(middle, TOP - 20, "USB", "strong middle on-light")
    sheet.text(middle + 52, TOP - 42, "to a computer or a charger", "small faint")
    sheet.text(middle, TOP + 172, model.title.removeprefix("Raspberry Pi "), "title middle")
    sheet.box("black", middle - 36, TOP + 192, 72, 72)
    sheet.text(middle, TOP + 232, model.chip, "small middle on-black")
    if model.wireless:
        sheet.box("metal", middle - 40, TOP + 310, 80, 76)
        sheet.text(middle, TOP + 352, "wireless", "small middle on-light")
    if board.RGB is None and board.PIXEL is None:
        # On all of these boards it is here, beside the socket.
        x, y = LEFT + 46, TOP - 18
        sheet.line("pen", (LEFT - 60, y), (x - 6, y))
        sheet.box("light", x - 6, y - 5, 12, 10, 2)
        sheet.text(LEFT - 66, y, "the lamp: an LED", "strong end")
        sheet.text(LEFT - 66, y + 16, "on the board", "strong end")


def _pins(sheet: Sheet, wired: set[int]) -> None:
    """Draw the pins, over the ends of their wires."""
    for number, name in enumerate(HEADER, 1):
        pin = Wire(number, "", "")
        used = number in wired
        sheet.circle("pad", pin.x, pin.y, 9)
        sheet.text(pin.x, pin.y + 4, str(number), "number strong" if used else "number faint")
        style = ("strong" if used else "faint small") + (" end" if pin.side > 0 else "")
        sheet.text(pin.x - pin.side * 16, pin.y + 5, name, style)


def pictures() -> dict[str, str]:
    """Return the SVG of every drawing by the name of its file."""
    drawn = {build.file: draw(build) for build in builds()}
    drawn |= soldering.pictures()
    drawn |= template.pictures()
    return {f"{name}.svg": svg for name, svg in drawn.items()}


def main() -> None:
    """Make every drawing."""
    for name, svg in pictures().items():
        (DRAWINGS / name).write_text(svg, "utf-8")


if __name__ == "__main__":
    main()
