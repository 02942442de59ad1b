"""The lamp and the button in words, for `host sim`, `host demo`, the drawings, and the page.

It runs in the page too, under MicroPython, so it imports nothing that MicroPython lacks.
"""

from rollcore import state
from rollcore.events import LONG_PRESS, PRESS, VERY_LONG_PRESS

TYPE_CHECKING = False
if TYPE_CHECKING:  # rich is imported only by a command that draws
    from rich.console import Console

FAULT = "fault"
"""What the lamp shows when the case cannot do its work; not a phase of the state machine."""

HUES = {
    # name: 0xRRGGBB that is easy to read, and the nearest of a terminal's sixteen
    "red": (0xFF5555, "bright_red"),
    "amber": (0xFFAA33, "yellow"),
    "green": (0x55DD55, "bright_green"),
    "cyan": (0x44DDDD, "bright_cyan"),
    "blue": (0x6688FF, "bright_blue"),
    "magenta": (0xFF66FF, "bright_magenta"),
    "white": (0xFFFFFF, "bright_white"),
}
"""The lamp's colours as text and small lamps show them."""

_MIXTURES = {
    # which of red, green and blue are lit
    "100": "red",
    "110": "amber",
    "010": "green",
    "011": "cyan",
    "001": "blue",
    "101": "magenta",
}

FULL = 1 << 24
SIXTEEN = 16
NONE = 0
"""How many colours a terminal has: any, those of the ANSI palette, or none."""


class Look:
    """A message of the lamp: one of `HUES`, the words of README.md, and a meaning, if needed."""

    def __init__(self, hue: str, words: str, meaning: str = "") -> None:
        self.hue = hue
        self.words = words
        self.meaning = meaning


LAMP: dict[str, tuple[Look, ...]] = {
    # phase: a look for each of its stages
    state.RESTING: (Look("red", "red heartbeat"),),
    state.PREPARE: (
        Look("blue", "blue, slow"),
        Look("blue", "blue, with a red flash", "asked for against the rest"),
    ),
    state.SOAKING: (Look("amber", "amber, breathing"),),
    state.DRYING: (Look("cyan", "cyan, a flash every three seconds"),),
    state.READY: (
        Look("green", "green, steady"),
        Look("green", "green, with two magenta flashes", "the head is near its end"),
        Look("green", "green, with a red flash", "ready against the rest"),
    ),
    state.ASKING: (Look("green", "green, then two white blinks"),),
    state.IN_USE: (
        Look("white", "white"),
        Look("white", "white, in pairs", "time to end"),
        Look("red", "red, in threes", "too long"),
    ),
    state.CLEAN_ME: (
        Look("amber", "amber, even"),
        Look("amber", "amber, long and short in turn", "overdue"),
    ),
    state.HEAD_EXPIRED: (Look("magenta", "magenta, in pairs"),),
    state.HELD: (Look("red", "red and blue in turn"),),
    FAULT: (Look("red", "red SOS"),),
}
"""The lamp's messages, by phase and stage (see `rollcase.lamp`)."""

CLOCK_UNSET = "and a short blue blink: its clock is not set"
"""Added to every message until the clock has been set."""

SYNC_ME = "and two short blue blinks: its log is nearly full"
"""Added to every message in place of `CLOCK_UNSET` while the log is nearly full."""

_ACTIONS = {
    state.NOTHING: "",
    state.COUNT: "minutes left, in flashes",
    state.NEXT_ZONE: "the next rested area, in flashes",
    state.REFUSE: "refused, and logged",
    state.START_SOAK: "starts the soak",
    state.ABORT_SOAK: "stops the soak",
    state.START_USE: "starts the use",
    state.OVERRIDE_REST: "prepares a use, against the rest",
    state.END_USE: "ends the use",
    state.TELL_USE: "yes, it was used",
    state.TELL_NONE: "no, it was not",
    state.TAKE_HEAD_OUT: "this head is out",
    state.REPLACE_HEAD: "a new head is in",
}

_COUNTS = {
    state.RESTING: "days left, in flashes",
    state.HELD: "days left, in flashes",
    state.HEAD_EXPIRED: "its uses and days, in flashes",
}

_IN_MINUTES = (state.SOAKING, state.DRYING)

REFUSED = ("no: a red flicker", 1.1)
UNKNOWN_COUNT = ("it answers in flashes", 5.0)
"""Answers of the lamp in words, and how long they take (s); the second time is a guess."""


def lamp(pattern: str, stage: int) -> Look:
    """Return the lamp's message for `pattern`, a phase or `FAULT`, in its `stage` (0 to 3)."""
    looks = LAMP.get(pattern, (Look("white", pattern),))
    return looks[min(stage, len(looks) - 1)]


def message(pattern: str, stage: int, clock_set: bool) -> str:
    """Return in words all that the lamp shows: `pattern` as `lamp` has it, and if its clock is set.

    What it asks for while its log is nearly full is not in it.
    """
    look = lamp(pattern, stage)
    words = f"{look.words} ({look.meaning or pattern})"
    return words if clock_set else f"{words}, {CLOCK_UNSET}"


def hue_of(colour: int) -> str:
    """Return the key of `HUES` that a light 0xRRGGBB looks like, however dim it is."""
    channels = colour >> 16 & 0xFF, colour >> 8 & 0xFF, colour & 0xFF
    bits = "".join("01"[channel > 0.4 * max(channels)] for channel in channels)
    return _MIXTURES.get(bits, "white")


def ink(hue: str, colours: int) -> str | None:
    """Return rich's name for a hue on a terminal with `colours` colours; None without colours."""
    full, sixteen = HUES[hue]
    return f"#{full:06x}" if colours == FULL else sixteen if colours == SIXTEEN else None


def colours_of(console: "Console") -> int:
    """Return how many colours a terminal has: `FULL`, `SIXTEEN` or `NONE`."""
    if console.no_color or console.color_system is None:
        return NONE
    return FULL if console.color_system in ("truecolor", "256") else SIXTEEN


def has_blocks(encoding: str) -> bool:
    """Return whether an encoding has the characters that a lamp is drawn with."""
    try:
        "░▒▓█▀▄·●".encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def count(phase: str, numbers: tuple[int, ...]) -> tuple[str, float]:
    """Return in words what the lamp counts in `phase`, and for how long (s).

    See `rollcase.lamp.count`.
    """
    seconds = sum(0.8 + (1.2 * tens + 0.5 * ones or 0.06) for tens, ones in map(_digits, numbers))
    if phase == state.HEAD_EXPIRED:
        uses, days = numbers
        said = f"{_count(uses, 'use')} ({_flashes(uses)})"
        return said + f", {_count(days, 'day')} ({_flashes(days)}, white)", seconds
    (number,) = numbers
    left = _count(number, "minute" if phase in _IN_MINUTES else "day")
    flashes = _flashes(number)
    noun = " flash" if flashes in ("1 long", "1 short") else " flashes"
    return f"{left} left: {flashes}{noun}", seconds


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _digits(number: int) -> tuple[int, int]:
    return divmod(min(number, 99), 10)


def _flashes(number: int) -> str:
    tens, ones = _digits(number)
    flashes = [f"{tens} long"] * bool(tens) + [f"{ones} short"] * bool(ones)
    return ", ".join(flashes) or "a tiny one"


def gestures(pattern: str) -> tuple[str, str, str]:
    """Return what a press, a long press and a very long press do while the lamp shows `pattern`.

    Empty words for a gesture that does nothing.
    """
    press, long_press, very_long_press = (
        _gesture(pattern, gesture) for gesture in (PRESS, LONG_PRESS, VERY_LONG_PRESS)
    )
    # The long press of a very long touch has acted on the way.
    return press, long_press, very_long_press or ("as hold" if long_press else "")


def _gesture(pattern: str, gesture: int) -> str:
    if pattern not in state.ACTIONS:
        return ""
    action = state.action(pattern, gesture)
    return _COUNTS.get(pattern, _ACTIONS[action]) if action == state.COUNT else _ACTIONS[action]
