"""A case on the Pico, and how a person and a host bring it into each phase."""

from collections.abc import Callable

from tests.emulator.pico import Pico

from rollcore import events, policy, state
from rollcore.events import Event
from rollcore.policy import Policy

MINUTE, DAY = 60, 86400
RULES = policy.for_needle(500)
TWO_ZONES = Policy(policy.numbers_of(RULES), ("face", "neck"))
SHORT_LIVED = RULES.changed(head_uses=1, head_warn_uses=1)

SAID_MS = 200
"""How long the watcher's wire takes to tell of what has just happened, on a battery even."""


class Case:
    """A Pico, and what it has said of its day."""

    def __init__(self, pico: Pico) -> None:
        self.pico = pico
        pico.run(SAID_MS)
        self.until = 0
        """Case time of the date that the host has told, if it has."""

    @property
    def log(self) -> list[Event]:
        """Every record that was logged, as the watcher's wire told it."""
        lines = [line.split() for _, line in self.pico.trace]
        return [events.decode(bytes.fromhex(words[1])) for words in lines if words[0] == "log"]

    @property
    def shown(self) -> str:
        """What the lamp was told last: phase and stage."""
        return [line for _, line in self.pico.trace if line.startswith("lamp")][-1]

    @property
    def phase(self) -> str:
        return self.shown.split()[1].replace("_", " ")

    def press(self, then_s: float = 0) -> None:
        """Press, and let some time pass."""
        self.pico.press()
        self.pico.let_pass(then_s)

    def very_long_press(self) -> None:
        """Keep the button down for ten seconds, and let the lamp answer."""
        self.pico.touch([(True, 10_300), (False, 2000)])

    def tell(self, verb: str, **fields: int) -> None:
        """Tell the case an entry, as a host does."""
        assert self.pico.ask(verb, token=7, **fields).verb == "told"
        self.pico.run(SAID_MS)

    def rule(self, rules: Policy) -> None:
        """Set another policy."""
        assert self.pico.ask("rule", policy=rules.text).verb == "policy"
        self.pico.run(SAID_MS)

    def time(self) -> int:
        return self.pico.ask("status").integer("time")


def soak(case: Case) -> None:
    case.press(RULES.soak_before_s)


def ready(case: Case) -> None:
    soak(case)
    case.pico.let_pass(RULES.dry_before_s)


def in_use(case: Case) -> None:
    ready(case)
    case.press(MINUTE)


def clean_me(case: Case) -> None:
    in_use(case)
    case.press()


def resting(case: Case) -> None:
    clean_me(case)
    case.press(RULES.soak_after_s + RULES.dry_after_s)


def prepare_early(case: Case) -> None:
    resting(case)
    case.very_long_press()


def ready_early(case: Case) -> None:
    prepare_early(case)
    ready(case)


def out_and_dirty(case: Case) -> None:
    clean_me(case)
    case.very_long_press()


def worn(case: Case) -> None:
    case.rule(SHORT_LIVED)
    resting(case)


def new_head_told(case: Case) -> None:
    worn(case)
    case.tell("head")


def held(case: Case) -> None:
    case.tell("hold", reason=events.SUNBURN, until=0)


def held_a_while(case: Case) -> None:
    case.until = case.time() + 3 * DAY
    case.tell("hold", reason=events.SUNBURN, until=case.until)


def clinic(case: Case) -> None:
    at = case.time()
    case.until = at + RULES.clinic_rest_s
    case.tell("clinic", zone=0, at=at, needle_um=1500)


def reaction(case: Case) -> None:
    case.tell("reaction", zone=0, open=1, at=case.time())


def reaction_over(case: Case) -> None:
    reaction(case)
    at = case.time()
    case.until = at + RULES.reaction_rest_s
    assert case.pico.ask("reaction", token=8, zone=0, open=0, at=at).verb == "told"


def two_zones(case: Case) -> None:
    case.rule(TWO_ZONES)
    ready(case)


def neck(case: Case) -> None:
    two_zones(case)
    case.press()
    case.press(4)


PHASES: dict[str, Callable[[Case], None]] = {
    state.PREPARE: lambda case: None,
    state.SOAKING: lambda case: case.press(),
    state.DRYING: soak,
    state.READY: ready,
    state.IN_USE: in_use,
    state.CLEAN_ME: clean_me,
    state.RESTING: resting,
    state.HEAD_EXPIRED: worn,
    state.HELD: held,
}
"""How to get there from a new case; a phase for which there has to be a lid is not here."""
