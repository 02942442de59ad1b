"""Draws a virtual case: makes lines of a terminal from its events. No input or output here."""

from dataclasses import dataclass, field
from typing import NamedTuple

from rich.style import Style
from rich.text import Text

from rollcore import events, state
from rollcore.events import FIRST_PLAUSIBLE
from rollhost.output import lamp_text, units
from rollhost.output.lamp_text import FULL, NONE
from rollhost.output.records import event_sentence
from rollhost.sim.transcript import Happening, Replay, record

LAMP_ROWS = 11
"""Height of the big lamp in lines; it takes twice as many columns, which makes it round."""

LAMP_RADIUS = 3.0
"""Half of its diameter, in lines."""

LOG_KEPT = 200
"""How many lines of the log are kept."""

QUIET = "dim"
LOUD = "bold"

NARROW = 52
"""With fewer columns the keys for jumps have shorter labels."""

LEAST_LOG = 2
"""Lines of the log for which header and blank lines are left out."""

HEADER_RANK = 6
"""The rank of the header: with too few rows the lines of the highest rank are left out first."""

STEPS = {
    # key: the length of the jump in ms, and its name
    "m": (10 * 60 * 1000, "10 minutes"),
    "j": (3600 * 1000, "1 hour"),
    "d": (86400 * 1000, "1 day"),
    "w": (7 * 86400 * 1000, "1 week"),
}
"""Keys that make time jump."""


def passing(name: str) -> str:
    """Return that a length of time passes: ``1 hour passes``."""
    return f"{name} {'passes' if name.startswith('1 ') else 'pass'}"


class Paper(NamedTuple):
    """A terminal: its size, its colours (see `lamp_text.FULL`), and whether it has Unicode."""

    width: int
    height: int
    colours: int = FULL
    is_unicode: bool = True


@dataclass
class View:
    """The facts on the screen. `hear` keeps them up to date.

    `flash` says in words where the case's flash is; `sync` is the command that syncs it.
    """

    port: str
    flash: str
    sync: str
    colour: int = 0
    """The lamp's present colour, 0xRRGGBB."""
    elapsed_s: float = 0.0
    jumped_s: float = 0.0
    pattern: str = ""
    stage: int = 0
    clock_set: bool = False
    sync_me: bool = False
    lines: list[tuple[float, str, str]] = field(default_factory=list)
    """The log: time (s since the first start), words and style of each line."""
    _clock_offset: float = 0.0  # case time minus elapsed time
    _replay: Replay = field(default_factory=Replay)
    _answer: tuple[str, float] = ("", 0.0)  # of the lamp, and when it ends

    @property
    def case_time(self) -> float | None:
        """The case time (s) of its own clock; None if that was never set."""
        time = self._case_time
        return None if time < FIRST_PLAUSIBLE else time

    @property
    def answer(self) -> str:
        """The lamp's present answer to a press, in words; empty if it shows the phase."""
        text, end = self._answer
        return text if self.elapsed_s < end else ""

    def hear(self, happening: Happening, now: float) -> None:
        """Add an event of the case; `now` is Unix time (s)."""
        kind = happening["event"]
        at = float(str(happening.get("at", self.elapsed_s)))
        if kind == "lamp":
            self.pattern = str(happening["pattern"])
            self.stage = int(str(happening["stage"]))
            self.sync_me = bool(happening.get("sync_me"))
        elif kind == "boot":
            self._answer = ("", 0.0)
        elif kind in ("fault", "trace"):
            self.add(at, str(happening["words"]), LOUD)
        event = record(happening)
        if event is not None:
            self.add(at, f"#{event.seq:<4} {event_sentence(event, now)}", "")
            self._replay.hear(event)
            if event.kind in (events.BOOT, events.CLOCK_SET):
                self.clock_set = event.kind == events.CLOCK_SET
            elif event.kind == events.REFUSED:
                self._answers(*lamp_text.REFUSED, at)
            self._clock_offset = event.time - at

    def hear_press(self, at: float) -> None:
        """Note a press that ended `at` seconds after the first start."""
        if state.ACTIONS.get(self.pattern, ("",))[0] == state.COUNT:
            self.elapsed_s = at
            numbers = self._replay.count(self.pattern, int(self._case_time))
            answer = lamp_text.count(self.pattern, numbers) if numbers else lamp_text.UNKNOWN_COUNT
            self._answers(*answer, at)

    def add(self, at: float, text: str, style: str) -> None:
        """Add a line to the log, `at` seconds after the first start."""
        self.lines.append((at, text, style))
        del self.lines[:-LOG_KEPT]

    @property
    def _case_time(self) -> float:
        return self._clock_offset + self.elapsed_s

    def _answers(self, text: str, seconds: float, at: float) -> None:
        self._answer = (text, at + seconds)


def frame(view: View, paper: Paper) -> list[Text]:
    """Return a line for each row of `paper`, none longer than it is wide."""
    head = [_header(view, paper.width), Text()]
    foot = [Text(), *_foot(view, paper.width)]
    if paper.width >= 72 and paper.height >= len(head) + LAMP_ROWS + len(foot) + 4:
        lines = head + _beside(_big_lamp(view, paper), _words(view, paper)) + [Text()]
    else:
        head, foot = _small(view, paper)
        lines = head
    rows = max(0, paper.height - len(lines) - len(foot))
    log = [_log_line(*line) for line in view.lines[-rows:]] if rows else []
    log += [Text()] * (rows - len(log))
    lines = lines + log + foot
    for line in lines:
        line.truncate(paper.width)
    return lines


def _words(view: View, paper: Paper) -> list[Text]:
    """Return the lines beside the big lamp: what it shows, and what the keys do."""
    return [
        _phase(view, paper),
        Text(view.answer or look_words(view)),
        Text(ask_words(view)),
        Text(),
        *_buttons(view),
        _key("c", "cut the power", ""),
        _jumps(paper.width),
        _key("q", "quit", ""),
    ]


def _small(view: View, paper: Paper) -> tuple[list[Text], list[Text]]:
    """Return the lines above and below the log if there is no room for the big lamp."""
    lamp = _small_lamp(view.colour, paper)
    phase = Text.assemble(lamp, " ", _phase(view, paper), "  ", view.answer or look_words(view))
    sync, port = _foot(view, paper.width)
    press, long_press, very_long_press = _buttons(view)
    cut_and_quit = Text.assemble(_key("c", "cut the power", ""), "  ", ("q", LOUD), " quit")
    above = [
        # the higher the rank, the sooner the line is left out
        (HEADER_RANK, _header(view, paper.width)),
        (7, Text()),
        (0, phase),
        (5, Text(ask_words(view))),
        (8, Text()),
        (2, press),
        (2, long_press),
        (2, very_long_press),
        (3, cut_and_quit),
        (3, _jumps(paper.width)),
        (9, Text()),
    ]
    below = [(10, Text()), (4, sync), (1, port)]
    if not ask_words(view):
        above = [line for line in above if line[0] != 5]
    ranks = [rank for rank, _ in above + below]
    # Two lines of the log are more important than the header and blank lines.
    while len(ranks) > paper.height or (
        max(ranks) >= HEADER_RANK and len(ranks) > paper.height - LEAST_LOG
    ):
        ranks.remove(max(ranks))
    # Of the last rank that is left, some lines may be left out.
    kept = {rank: ranks.count(rank) for rank in ranks}
    return _first(above, kept), _first(below, kept)


def _first(lines: list[tuple[int, Text]], kept: dict[int, int]) -> list[Text]:
    """Return the first lines of each rank, as many as `kept` says."""
    seen: dict[int, int] = {}
    first = []
    for rank, line in lines:
        seen[rank] = seen.get(rank, 0) + 1
        if seen[rank] <= kept.get(rank, 0):
            first.append(line)
    return first


def _phase(view: View, paper: Paper) -> Text:
    hue = lamp_text.lamp(view.pattern, view.stage).hue
    return Text(
        view.pattern.capitalize(), Style(bold=True, color=lamp_text.ink(hue, paper.colours))
    )


def look_words(view: View) -> str:
    """Return in words what the lamp shows of the phase."""
    look = lamp_text.lamp(view.pattern, view.stage)
    return f"{look.words}: {look.meaning}" if look.meaning else look.words


def ask_words(view: View) -> str:
    """Return in words what the lamp asks for behind its message."""
    if view.sync_me:
        return lamp_text.SYNC_ME
    return "" if view.clock_set else lamp_text.CLOCK_UNSET


def _buttons(view: View) -> list[Text]:
    press, long_press, very_long_press = lamp_text.gestures(view.pattern)
    return [
        _key("space", "press", press),
        _key("h", "hold", long_press),
        _key("l", "long hold", very_long_press),
    ]


def _key(key: str, name: str, effect: str) -> Text:
    return Text.assemble((f"{key:<5} ", LOUD), f"{name:<9}", (f" {effect}", QUIET))


def _jumps(width: int) -> Text:
    line = Text()
    for key, (_, name) in STEPS.items():
        number, unit = name.split()
        is_short = width < NARROW
        line.append(key, LOUD)
        line.append(
            f" +{number}{unit[0]}  " if is_short else f" +{number} {unit[:4].rstrip('u')}  "
        )
    return line


def _header(view: View, width: int) -> Text:
    name = "Rollcase, virtual case"
    return _sides(
        name if len(name) + 2 + len(view.flash) <= width else "Rollcase", view.flash, width
    )


def _foot(view: View, width: int) -> list[Text]:
    """Return the two lines on how to sync; if the command is long, its label is left out."""
    label = "Sync it with  "
    sync = Text.assemble(
        (label if len(label + view.sync) <= width else "", QUIET), (view.sync, LOUD)
    )
    jumped = f"   ({units.span(view.jumped_s)} jumped)" if view.jumped_s >= 60 else ""
    return [sync, Text.assemble(("Port          ", QUIET), view.port, (jumped, QUIET))]


def _log_line(at: float, text: str, style: str) -> Text:
    return Text.assemble((f"{clock_words(at):>14}  ", QUIET), (text, style))


def clock_words(at: float) -> str:
    """Return a time since the first start (s) as days and a clock's time."""
    days, seconds = divmod(int(at), 86400)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{days} d {clock}" if days else clock


def _sides(left: str, right: str, width: int) -> Text:
    gap = " " * max(2, width - len(left) - len(right))
    return Text.assemble((left, LOUD), gap, (right, QUIET))


def _beside(left: list[Text], right: list[Text]) -> list[Text]:
    """Return two blocks of lines side by side. The left block is the taller."""
    right = [Text(), *right][: len(left)]
    right += [Text()] * (len(left) - len(right))
    pairs = zip(left, right, strict=True)
    return [Text.assemble("  ", on_left, "   ", on_right) for on_left, on_right in pairs]


# A brighter lamp is drawn with fuller characters, so that it blinks without colours too.


def _big_lamp(view: View, paper: Paper) -> list[Text]:
    """Return the lamp as a disc of characters; of a dark one only the rim."""
    light = _shade(view.colour, paper.is_unicode)
    rim = "·" if paper.is_unicode else "."
    style = _lamp_style(view.colour, paper.colours)
    rows = []
    for row in range(LAMP_ROWS):
        shapes = ""
        for column in range(2 * LAMP_ROWS):
            x, y = column / 2 + 0.25 - LAMP_ROWS / 2, row + 0.5 - LAMP_ROWS / 2
            distance = (x**2 + y**2) ** 0.5
            dark = rim if distance >= LAMP_RADIUS - 0.65 else " "
            shapes += " " if distance >= LAMP_RADIUS else light if view.colour else dark
        rows.append(Text(shapes, style))
    return rows


def _small_lamp(colour: int, paper: Paper) -> Text:
    """Return the lamp as one character."""
    dark = "·" if paper.is_unicode else "."
    return Text(
        _shade(colour, paper.is_unicode) if colour else dark, _lamp_style(colour, paper.colours)
    )


def _shade(colour: int, is_unicode: bool) -> str:
    """Return a character that is fuller for a brighter light, 0xRRGGBB."""
    brightest = max(colour >> 16 & 0xFF, colour >> 8 & 0xFF, colour & 0xFF)
    level = (brightest >= 0x60) + (brightest >= 0xA0) + (brightest >= 0xE0)
    return ("░▒▓█" if is_unicode else "-+##")[level]


def _lamp_style(colour: int, colours: int) -> Style:
    if not colour or colours == NONE:
        return Style()
    return Style(
        color=_hex(colour) if colours == FULL else lamp_text.ink(lamp_text.hue_of(colour), colours)
    )


def _hex(colour: int) -> str:
    return f"#{colour:06x}"
