"""Rest against true time where computers are wrong about the time: lives at random of one case.

Everything goes through the real firmware: a hand on the button, power cuts, and a host on the line.
True time is counted beside it. A life is *bent* if a rest ended before it truly was over.
"""

from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.firmware.server_line import Line
from tests.firmware.whole_case import DAY, NOW, SHORT, WholeCase, with_zones
from tests.trust.trial import Counts, Trial

from rollcore import events, state
from rollcore.rest import rested_at

KIND = "lives with wrong clocks"

LIVES = 2000
IN_A_PIECE = 20
FARTHEST = 400 * DAY
"""How far (s) a wrong clock is from the truth at most, either way."""

ROUNDING_S = 5
"""Clocks tell whole seconds: a rest that is shorter by no more than this is not short."""

AT_THE_END = 30 * DAY
"""So long (s) a life goes on after its last step: longer than each rest."""

RULES = with_zones(
    SHORT.changed(
        revision=1, soak_before_min=0, soak_after_min=0, head_uses=100, head_warn_uses=100,
        head_days=400,
    ),
    "face",
    "neck",
)  # fmt: skip
"""The shortest rest; nothing but rest and holds stands between two uses."""

Step = tuple[str, int]


class Life:
    """A case with two zones from its first start on, and what is true of it."""

    def __init__(self, directory: Path) -> None:
        self.case = WholeCase(directory)
        self.line = Line(self.case)
        self.is_bent = False
        """Whether a zone had rested by the case, and not truly."""
        self._ends = [0, 0]
        """For each zone the true time (s) from which on it has rested."""
        assert self.line.ask("rule", policy=RULES.text).verb == "policy"

    @property
    def true(self) -> int:
        """The true time (s), counted as case time is."""
        return NOW + self.case.ms // 1000

    def do(self, step: Step) -> None:
        """Do what the step's name says, and compare."""
        name, number = step
        getattr(self, name)(number)
        self._look()

    def live(self, seconds: int) -> None:
        """Let time with power pass, and compare just before each rest is truly over."""
        until = self.true + seconds
        for stop in sorted({*(end - ROUNDING_S - 1 for end in self._ends), until}):
            if self.true < stop <= until:
                self.case.wait(stop - self.true)
                self._look()

    def cut(self, seconds: int) -> None:
        """Take the power away for so long."""
        self.case.ms += seconds * 1000
        self.case.switch_on()
        self.line = Line(self.case)

    def use(self, presses: int) -> None:
        """Roll a zone for four minutes if the case is ready for it; each press chooses the next."""
        app = self.case.app
        if app.standing.phase != state.READY:
            return
        before = app.journal.state.uses
        for _ in range(presses):
            self.case.press()
        self.case.long_press()
        self.case.wait(240)
        end = self.true
        self.case.press()
        known = app.journal.state
        assert known.uses == before + 1
        self._rest(known.zone, end + RULES.rest_s)

    def clinic(self, ago: int) -> None:
        """Tell of a session so many seconds ago, by a computer whose clock is right."""
        zone = ago % 2
        at = self.true - ago
        token = self.case.last_seq + 1000
        answer = self.line.ask("clinic", token=token, zone=zone, at=at, needle_um=1500)
        assert answer.verb != "error", answer
        self._rest(zone, at + RULES.clinic_rest_s)

    def sync(self, off: int) -> None:
        """Let a computer that is sure of its clock say a time, `off` seconds from the truth."""
        self.line.ask("time", time=self.true + off, sure=events.SYNCHRONISED, force=0)

    def hear(self, off: int) -> None:
        """Let a computer that is not sure of its clock say a time."""
        self.line.ask("heard", time=self.true + off)

    def say_nothing_of_it(self, off: int) -> None:
        """Let an older computer set the clock, which does not say how sure it is."""
        self.line.ask("clock", time=self.true + off, force=0)

    def _rest(self, zone: int, end: int) -> None:
        self._ends[zone] = max(self._ends[zone], end)

    def _look(self) -> None:
        app = self.case.app
        for zone, end in enumerate(self._ends):
            has_rested = app.clock.time >= rested_at(app.journal.state, RULES, zone)
            if has_rested and self.true < end - ROUNDING_S:
                self.is_bent = True


def right_step(chance: Random) -> Step:
    """Return a step in which nobody is wrong about the time."""
    name = chance.choices(("use", "live", "cut", "sync", "clinic"), (5, 5, 4, 3, 1))[0]
    if name == "use":
        return name, chance.randrange(3)
    if name == "live":
        return name, chance.choice((60, 3600, DAY, 5 * DAY, 8 * DAY))
    if name == "cut":
        return name, chance.choice((0, 0, 900, DAY, 9 * DAY, 50 * DAY))
    if name == "clinic":
        return name, chance.choice((0, 1, DAY, 9 * DAY + 1))
    return name, 0


def wrong(chance: Random) -> int:
    """Return by how many seconds a clock is wrong."""
    return chance.randint(-FARTHEST, FARTHEST)


def plan_not_sure(chance: Random) -> list[Step]:
    """Return the steps of a life with wrong clocks, none of which claims to be sure."""
    steps: list[Step] = []
    for _ in range(chance.randint(10, 25)):
        steps.append(right_step(chance))
        if chance.random() < 0.3:
            steps.append((chance.choice(("hear", "say_nothing_of_it")), wrong(chance)))
    return steps


def plan_sure(chance: Random) -> list[Step]:
    """Return the steps of a life with one wrong clock that claims to be sure, after a power cut."""
    steps = [right_step(chance) for _ in range(chance.randint(10, 25))]
    place = chance.randrange(len(steps))
    off = chance.choice((0, 60, 900, DAY))
    steps[place:place] = [("cut", off), ("sync", wrong(chance))]
    return steps


def is_bent(steps: list[Step]) -> bool:
    """Return whether a rest ends early in a life of these steps."""
    with TemporaryDirectory() as directory:
        life = Life(Path(directory))
        for step in [*steps, ("sync", 0), ("live", AT_THE_END)]:
            life.do(step)
        return life.is_bent


def trial(
    plan: Callable[[Random], list[Step]], is_known: bool = False
) -> Callable[[int, int], Counts]:
    """Return what runs a piece of the lives that `plan` makes.

    Where it `is_known` that some are bent, these are counted and not told in words.
    """

    def live(seed: int, piece: int) -> Counts:
        counts = Counts()
        for number in range(piece * IN_A_PIECE, (piece + 1) * IN_A_PIECE):
            steps = plan(Random(f"{seed}/{number}"))
            counts.tried += 1
            if not is_bent(steps):
                continue
            if is_known:
                counts.bent += 1
            else:
                counts.fault("bent", f"life {number}: {steps}")
        return counts

    return live


PIECES = LIVES // IN_A_PIECE

SURE = Trial(
    "lives with one wrong clock that claims to be sure",
    PIECES,
    trial(plan_sure, is_known=True),
    share=(),
    most_bent=700,
)

TRIALS = [Trial("lives with wrong clocks that are not sure", PIECES, trial(plan_not_sure)), SURE]
