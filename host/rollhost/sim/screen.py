"""Draws a virtual case: from what is known of it to the lines of a terminal. No I/O in here."""

from dataclasses import dataclass, field
from functools import lru_cache

from rich.style import Style
from rich.text import Text

from rollcore import events
from rollcore.events import FIRST_PLAUSIBLE
from rollhost import words
from rollhost.sim import language
from rollhost.sim.happenings import Happening, record

FACE_WIDTH = 22  # columns; twice as many half-rows make square pixels
FACE_HEIGHT = 11  # rows
LOG_KEPT = 200

FACE = 0x303238
GLASS = 0x4A4D55
LAMP_RADIUS = 6.0
GLOW_RADIUS = 10.5
CORNER = 4.0

QUIET = "dim"
LOUD = "bold"

STEPS = {
    # key: a jump in ms, and its name
    "m": (10 * 60 * 1000, "10 minutes"),
    "j": (3600 * 1000, "1 hour"),
    "d": (86400 * 1000, "1 day"),
    "w": (7 * 86400 * 1000, "1 week"),
}
"""Keys that make time jump."""


@dataclass
class View:
    """What the screen shows. `hear` keeps it up to date; the fields without a default are given."""

    port: str
    flash: str
    """Where the case's memory is, in words."""
    sync: str
    """The command that syncs this case."""
    colour: int = 0
    """What the lamp shows at this instant, 0xRRGGBB."""
    elapsed_s: float = 0.0
    jumped_s: float = 0.0
    pattern: str = ""
    stage: int = 0
    clock_set: bool = False
    lines: list[tuple[float, str, str]] = field(default_factory=list)
    """The log: when (s since the first start), in words, in which style."""
    _clock_offset: float | None = None  # case time minus elapsed time, where it was ever set

    @property
    def case_time(self) -> float | None:
        """The case's own clock (s of case time), None if it was never set."""
        return None if self._clock_offset is None else self._clock_offset + self.elapsed_s

    def hear(self, happening: Happening, now: float) -> None:
        """Take an event of the case; `now` is Unix time (s)."""
        kind = happening["event"]
        at = float(str(happening.get("at", self.elapsed_s)))
        if kind == "lamp":
            self.pattern = str(happening["pattern"])
            self.stage = int(str(happening["stage"]))
        elif kind in ("fault", "trace"):
            self.add(at, str(happening["words"]), LOUD)
        event = record(happening)
        if event is not None:
            self.add(at, f"#{event.seq:<4} {words.sentence(event, now)}", "")
            if event.kind in (events.BOOT, events.CLOCK_SET):
                self.clock_set = event.kind == events.CLOCK_SET
            if event.time >= FIRST_PLAUSIBLE:
                self._clock_offset = event.time - at

    def add(self, at: float, text: str, style: str) -> None:
        """Add a line to what has happened, `at` seconds since the first start."""
        self.lines.append((at, text, style))
        del self.lines[:-LOG_KEPT]


def frame(view: View, width: int, height: int, colours: bool) -> list[Text]:
    """Return `height` lines of up to `width` columns. `colours`: whether the terminal has any."""
    head = [_sides("Rollcase, virtual case", view.flash, width), Text()]
    foot = [Text(), *_foot(view)]
    is_roomy = width >= 72 and height >= len(head) + FACE_HEIGHT + len(foot) + 4
    body = _beside(_face(view.colour, colours), _words(view)) if is_roomy else _words(view)
    rows = max(0, height - len(head) - len(body) - 1 - len(foot))
    log = [_log_line(*line) for line in view.lines[-rows:]] if rows else []
    log += [Text()] * (rows - len(log))
    lines = (head + body + [Text()] + log + foot)[:height]
    for line in lines:
        line.truncate(width)
    return lines


def _words(view: View) -> list[Text]:
    """Say what the lamp shows and what the keys do."""
    colour, look = language.lamp(view.pattern, view.stage)
    press, hold, long_hold = language.gestures(view.pattern)
    return [
        Text(view.pattern.capitalize(), Style(bold=True, color=f"#{colour:06x}")),
        Text(look),
        Text("" if view.clock_set else language.CLOCK_UNSET),
        Text(),
        _key("space", "press", press),
        _key("h", "hold", hold),
        _key("l", "long hold", long_hold),
        _key("c", "cut the power", ""),
        _jumps(),
        _key("q", "quit", ""),
    ]


def _key(key: str, name: str, effect: str) -> Text:
    return Text.assemble((f"{key:<6} ", LOUD), f"{name:<10}", (f" {effect}", QUIET))


def _jumps() -> Text:
    line = Text()
    for key, (_, name) in STEPS.items():
        line.append(key, LOUD)
        line.append(f" {'+' + name.replace('minutes', 'min')}   ")
    return line


def _foot(view: View) -> list[Text]:
    jumped = f"{words.span(view.jumped_s)} jumped" if view.jumped_s >= 60 else "no time jumped"
    return [
        Text.assemble(("Sync it with  ", QUIET), (view.sync, LOUD)),
        Text.assemble(("Port          ", QUIET), view.port, (f"   ({jumped})", QUIET)),
    ]


def _log_line(at: float, text: str, style: str) -> Text:
    days, seconds = divmod(int(at), 86400)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    when = f"{days} d {clock}" if days else clock
    return Text.assemble((f"{when:>14}  ", QUIET), (text, style))


def _sides(left: str, right: str, width: int) -> Text:
    gap = " " * max(2, width - len(left) - len(right))
    return Text.assemble((left, LOUD), gap, (right, QUIET))


def _beside(left: list[Text], right: list[Text]) -> list[Text]:
    """Put two blocks side by side; the left one is the taller."""
    right = [Text(), *right][: len(left)]
    right += [Text()] * (len(left) - len(right))
    return [Text.assemble("  ", one, "   ", other) for one, other in zip(left, right, strict=True)]


@lru_cache(maxsize=64)
def _face(colour: int, colours: bool) -> list[Text]:
    """Return the case's face with its lamp lit in `colour`, two pixels to a character."""
    if not colours:
        return [_plain_row(row, colour) for row in range(FACE_HEIGHT)]
    pixels = [
        [_pixel(column, row, colour) for column in range(FACE_WIDTH)]
        for row in range(2 * FACE_HEIGHT)
    ]
    rows = []
    for upper, lower in zip(pixels[::2], pixels[1::2], strict=True):
        line = Text()
        for top, bottom in zip(upper, lower, strict=True):
            if top is None or bottom is None:
                lone = bottom if top is None else top
                shape = " " if lone is None else "▄" if top is None else "▀"
                line.append(shape, Style(color=_hex(lone)))
            else:
                line.append("▀", Style(color=_hex(top), bgcolor=_hex(bottom)))
        rows.append(line)
    return rows


def _plain_row(row: int, colour: int) -> Text:
    """Return one row of the face for a terminal without colours."""
    filled = "#" if colour else "."
    centre = 2 * row + 1
    return Text(
        "".join(
            filled if _distance(column + 0.5, centre) < LAMP_RADIUS else " "
            for column in range(FACE_WIDTH)
        )
    )


def _pixel(column: int, row: int, colour: int) -> int | None:
    """Return the colour of a pixel; None outside the case's rounded corners."""
    x, y = column + 0.5, row + 0.5
    over_x = max(CORNER - x, x - (FACE_WIDTH - CORNER), 0.0)
    over_y = max(CORNER - y, y - (2 * FACE_HEIGHT - CORNER), 0.0)
    if over_x**2 + over_y**2 > CORNER**2:
        return None
    distance = _distance(x, y)
    glow = max(0.0, 1 - (distance - LAMP_RADIUS) / (GLOW_RADIUS - LAMP_RADIUS))
    around = _light(FACE, colour, 0.35 * min(glow, 1.0) ** 2)
    lamp = _light(GLASS, colour, 1.0)
    return _mix(around, lamp, min(1.0, max(0.0, LAMP_RADIUS + 0.5 - distance)))


def _distance(x: float, y: float) -> float:
    """Return how far a point is from the lamp's centre."""
    return float(((x - FACE_WIDTH / 2) ** 2 + (y - FACE_HEIGHT) ** 2) ** 0.5)


def _light(surface: int, light: int, share: float) -> int:
    """Return a surface's colour with a share of the light falling on it."""
    return sum(
        max(surface >> shift & 0xFF, round((light >> shift & 0xFF) * share)) << shift
        for shift in (16, 8, 0)
    )


def _mix(one: int, other: int, share: float) -> int:
    """Return a colour between two."""
    return sum(
        round((one >> shift & 0xFF) * (1 - share) + (other >> shift & 0xFF) * share) << shift
        for shift in (16, 8, 0)
    )


def _hex(colour: int | None) -> str | None:
    return None if colour is None else f"#{colour:06x}"
