"""What the lamp shows: patterns as tables, and the player.

A pattern is a tuple of steps (colour, ms) that repeats. It is written out, because what is
multiplied or added up is made at each start, and takes memory. Every pattern starts with
light, so that a press is answered at once. Every change is visible at once: if the lamp is dark,
the new pattern starts with light; if it is lit, a dark gap comes first.

Every pattern has a rhythm of its own, so that a person who cannot tell the colours, and a board
with one plain LED, get the same message: of any two, one has a light or a pause that is more than
twice as long as the other's. What is shown until something happens flashes at most three times
within any second, as fast flashes make some people ill.
"""

from rollcase.clock import TICKS_MASK, elapsed
from rollcore import const, state

OFF = const(0x000000)
RED = const(0xFF0000)
GREEN = const(0x00FF00)
BLUE = const(0x0000FF)
WHITE = const(0xFFFFFF)
AMBER = const(0xFF7000)
CYAN = const(0x00FFFF)
MAGENTA = const(0xFF00FF)

TYPE_CHECKING = False
if TYPE_CHECKING:
    Pattern = tuple[tuple[int, int], ...]

FAULT = "fault"
"""The pattern for a case that cannot work; not a phase of the state machine."""

_SOS = (
    (RED, 150), (OFF, 150), (RED, 150), (OFF, 150), (RED, 150), (OFF, 150), (OFF, 300),
    (RED, 450), (OFF, 150), (RED, 450), (OFF, 150), (RED, 450), (OFF, 150), (OFF, 300),
    (RED, 150), (OFF, 150), (RED, 150), (OFF, 150), (RED, 150), (OFF, 150), (OFF, 1500),
)  # fmt: skip

PATTERNS: dict[str, "tuple[Pattern, ...]"] = {
    # phase: a pattern for each of its stages in their order (normal, warn, stop, against the rest)
    state.RESTING: (((RED, 150), (OFF, 150), (RED, 150), (OFF, 2550)),),
    state.PREPARE: (
        ((BLUE, 1000), (OFF, 1000)),
        ((BLUE, 1000), (OFF, 500), (RED, 300), (OFF, 500)),
    ),
    state.SOAKING: (
        (
            (AMBER, 1000),
            (0xC06000, 400),
            (0x804000, 400),
            (0x402000, 200),
            (0x1A0B00, 200),
            (OFF, 200),
            (0x1A0B00, 200),
            (0x402000, 200),
            (0x804000, 400),
            (0xC06000, 400),
        ),
    ),
    state.DRYING: (((CYAN, 500), (OFF, 2500)),),
    state.READY: (
        ((GREEN, 2000),),
        ((GREEN, 1600), (OFF, 200), (MAGENTA, 300), (OFF, 200), (MAGENTA, 300), (OFF, 200)),
        ((GREEN, 2200), (OFF, 500), (RED, 300), (OFF, 500)),
    ),
    state.ASKING: (((GREEN, 500), (OFF, 150), (WHITE, 150), (OFF, 150), (WHITE, 150), (OFF, 900)),),
    state.IN_USE: (
        ((WHITE, 900), (OFF, 100)),
        ((WHITE, 200), (OFF, 200), (WHITE, 200), (OFF, 600)),
        ((RED, 200), (OFF, 200), (RED, 200), (OFF, 200), (RED, 200), (OFF, 600)),
    ),
    state.CLEAN_ME: (
        ((AMBER, 430), (OFF, 430)),
        ((AMBER, 600), (OFF, 200), (AMBER, 200), (OFF, 200)),
    ),
    state.HEAD_EXPIRED: (((MAGENTA, 500), (OFF, 250), (MAGENTA, 500), (OFF, 1500)),),
    state.HELD: (
        (
            (RED, 200),
            (OFF, 200),
            (BLUE, 200),
            (OFF, 200),
            (RED, 200),
            (OFF, 200),
            (BLUE, 200),
            (OFF, 1800),
        ),
    ),
    FAULT: (_SOS,),
}
"""The lamp's language: for each phase, a pattern for each of its stages.

A stage beyond those that stand here shows the last one: `AGAINST_REST` is that of *prepare* and
*ready*."""

CLOCK_UNSET = ((OFF, 400), (BLUE, 60), (OFF, 400))
"""Added to every pattern from a power cut until the clock is set."""

SYNC_ME = ((OFF, 400), (BLUE, 60), (OFF, 240), (BLUE, 60), (OFF, 400))
"""Added to every pattern from when the log is nearly full; a sync sets the clock as well."""

REFUSED = (
    (RED, 60), (OFF, 60), (RED, 60), (OFF, 60), (RED, 60), (OFF, 60),
    (RED, 60), (OFF, 60), (RED, 60), (OFF, 60), (RED, 60), (OFF, 60), (OFF, 400),
)  # fmt: skip
"""A use is refused."""

AGAIN = ((WHITE, 60), (OFF, 120), (WHITE, 60), (OFF, 400))
"""The touch was longer than a press and no long press: touch again."""

NOTED = ((OFF, 60), (WHITE, 60), (OFF, 400))
"""The gesture was understood and does nothing in this phase."""

BATTERY = ((RED, 600), (OFF, 200), (RED, 300), (OFF, 200), (RED, 100), (OFF, 1000))
"""The battery is nearly empty: flashes that get shorter."""

DARK = ((OFF, 1000),)
"""Nothing: before the first phase, and while a touch may still become a very long press."""

SKIPPED = (
    (WHITE, 60), (OFF, 60), (WHITE, 60), (OFF, 60), (WHITE, 60), (OFF, 60),
    (WHITE, 60), (OFF, 60), (WHITE, 60), (OFF, 60),
)  # fmt: skip
"""The button was down at power-up: the case does not run."""

COLOURS: dict[str, int] = {
    state.RESTING: RED,
    state.SOAKING: AMBER,
    state.DRYING: CYAN,
    state.HEAD_EXPIRED: MAGENTA,
    state.HELD: RED,
}
"""The colour of the flashes that answer a press in a phase."""


def pattern_of(phase: str, stage: int, clock_set: bool, sync_me: bool = False) -> "Pattern":
    """Return the pattern for a phase and its stage, and what asks for a sync behind it.

    That is `SYNC_ME` if the log is nearly full, else `CLOCK_UNSET` if the clock is not set.
    """
    stages = PATTERNS[phase]
    pattern = stages[min(stage, len(stages) - 1)]
    if sync_me:
        return pattern + SYNC_ME
    return pattern if clock_set else pattern + CLOCK_UNSET


def count(number: int, colour: int) -> "Pattern":
    """Return flashes that show `number`: a long one for each ten, then a short one for each one.

    Zero is a tiny blink, so that it is an answer too; more than 99 is shown as 99.
    """
    tens, ones = divmod(min(number, 99), 10)
    flashes: "Pattern" = ((colour, 900), (OFF, 300)) * tens
    flashes += ((colour, 220), (OFF, 280)) * ones
    if not flashes:
        flashes = ((colour, 60),)
    return ((OFF, 100),) + flashes + ((OFF, 700),)


def is_lit(colour: int) -> bool:
    """Say whether a plain LED is on for this colour: it is at least half bright."""
    return max(colour >> 16, colour >> 8 & 0xFF, colour & 0xFF) >= 0x80


_GAP = ((OFF, 120),)


class Player:
    """Repeats one pattern, and plays answers once in between."""

    def __init__(self) -> None:
        self._base: "Pattern" = DARK
        self._playing: "Pattern" = self._base
        self._next: "list[Pattern]" = []  # played once, after the current one
        self._step = 0
        self._since = 0
        self._seen = OFF  # the colour shown last

    def show(self, pattern: "Pattern", ticks: int) -> None:
        """Repeat `pattern` from now (tick `ticks`, ms) on; answers that still wait are dropped."""
        self._base = pattern
        self._next = []
        self._start(pattern, ticks)

    def answer(self, pattern: "Pattern", ticks: int) -> None:
        """Play `pattern` once from tick `ticks` (ms) on, then the repeated one from its start."""
        self._next = []
        self._start(pattern, ticks)

    def then(self, pattern: "Pattern") -> None:
        """Play `pattern` once, after the current pattern and the answers that wait."""
        self._next.append(pattern)

    def colour(self, ticks: int) -> int:
        """Return the colour (0xRRGGBB) at tick `ticks` (ms)."""
        late = elapsed(self._since, ticks)
        if late > 60000:  # not called for a minute, as after a jump in time: start the pattern anew
            self._next = []
            self._playing, self._step, self._since = self._base, 0, ticks
            late = 0
        while late >= self._playing[self._step][1]:
            late -= self._playing[self._step][1]
            self._step += 1
            if self._step == len(self._playing):
                self._playing = self._next.pop(0) if self._next else self._base
                self._step = 0
        self._since = (ticks - late) & TICKS_MASK
        self._seen = self._playing[self._step][0]
        return self._seen

    def wait_ms(self, ticks: int) -> int:
        """Return the milliseconds until the colour changes next."""
        return max(0, self._playing[self._step][1] - elapsed(self._since, ticks))

    def _start(self, pattern: "Pattern", ticks: int) -> None:
        if is_lit(self._seen):
            if pattern is not self._base:
                self._next.insert(0, pattern)
            pattern = _GAP
        self._playing = pattern
        self._step = 0
        self._since = ticks
