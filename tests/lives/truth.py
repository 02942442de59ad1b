"""What is true, and who knows it: written from README and DESIGN, by no code of the product.

A *fact* is a thing that has happened or that a person has said. A *memory* (of a computer, or of a
log) is a set of facts. What has to rest until when follows from the facts that the computer of a
sync and the case itself know together, by the rules that the case has.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

DAY = 86400
HOUR = 3600
FOREVER = 1 << 40

USE, CLINIC, OPENED, OVER, HOLD, HEAD, UNDO, RULES, LOOK, SEEN, HEAD_OUT = (
    "use", "clinic", "opened", "over", "hold", "head", "undo", "rules", "look", "seen", "head out",
)  # fmt: skip

ALL = 0
"""What a visit to a clinician is about that was about all reactions."""

ASSUMED_NEEDLE_UM = 500
"""README: a case that was never told assumes 0.5 mm."""

REST_DAYS = ((300, 7), (500, 28), (1000, 42))
"""README, The rules: up to this needle (um) so many days."""


@dataclass(frozen=True)
class Fact:
    """One fact; equal only to itself. `at` is Unix time (s) of what happened.

    `zone` None is skin that nobody has named: it may be any. `about` is the fact that an undoing,
    or a look at a reaction, its end or a visit to a clinician is about. `case` is the number of the
    case of a use, a head or rules.
    """

    number: int
    kind: str
    person: int
    at: int
    zone: str | None = None
    needle_um: int = 0
    case: int = -1
    about: int = -1
    until: int = 0
    reason: str = ""
    released: str = ""
    """Of a release the reason that it is about; empty if all holds are over."""
    written: int = 0
    """When it was written down (Unix s)."""
    is_vague: bool = False
    """Whether the case could not know when it was: its clock had not been set since a start."""
    token: int = 0
    """Of the entry that says it; 0 if the case has logged it by itself."""
    is_red: bool = False
    """Whether a reaction was opened, or looked at, with a sign that a clinician should see."""


@dataclass(frozen=True)
class Rules:
    """The numbers of a policy's text that the truth needs."""

    needle_um: int
    rest_s: int
    clinic_rest_s: int
    reaction_rest_s: int
    zones: tuple[str, ...]
    is_chosen: bool


def read_rules(text: str) -> Rules:
    """Return the rules in a policy's text."""
    items = dict(item.split("=", 1) for item in text.split(";")[1:])
    return Rules(
        int(items["needle_um"]),
        int(items["rest_h"]) * HOUR,
        int(items["clinic_rest_h"]) * HOUR,
        int(items["reaction_rest_h"]) * HOUR,
        tuple(items["zones"].split(",")),
        items["revision"] != "0",
    )


def rest_after(rules: Rules, needle_um: int) -> int:
    """Return how long (s) skin rests after a use with this needle: longer if the needle was."""
    if needle_um <= rules.needle_um:
        return rules.rest_s
    days = next(days for up_to, days in REST_DAYS if needle_um <= up_to)
    return max(rules.rest_s, days * DAY)


@dataclass
class Known:
    """What is true for one person, as far as these facts tell."""

    facts: frozenset[Fact]
    person: int
    standing: list[Fact] = field(init=False)

    def __post_init__(self) -> None:
        undone = {fact.about for fact in self.facts if fact.kind == UNDO}
        self.standing = sorted(
            (
                fact
                for fact in self.facts
                if fact.person == self.person and fact.number not in undone and fact.kind != UNDO
            ),
            key=lambda fact: (fact.at, fact.number),
        )
        self.undone = [
            fact
            for fact in self.facts
            if fact.number in undone and fact.person == self.person and fact.kind == CLINIC
        ]

    def of(self, *kinds: str) -> Iterator[Fact]:
        """Yield the facts of these kinds that stand, in the order of time."""
        return (fact for fact in self.standing if fact.kind in kinds)

    def reasons(self, rules: Rules, zone: str) -> list[tuple[int, Fact]]:
        """Return until when (Unix s) this zone rests for each fact, the latest first."""
        ends: list[tuple[int, Fact]] = []
        for fact in self.standing:
            if fact.kind in (USE, CLINIC) and not concerns(fact, rules, zone):
                continue
            if fact.kind == USE:
                ends.append((fact.at + rest_after(rules, fact.needle_um), fact))
            elif fact.kind == CLINIC:
                ends.append((fact.at + rules.clinic_rest_s, fact))
            elif fact.kind == OVER:
                ends.append((fact.at + rules.reaction_rest_s, fact))
        return sorted(ends, key=lambda end: -end[0])

    def open_reactions(self) -> list[Fact]:
        """Return the reactions that are open."""
        over = {fact.about for fact in self.of(OVER)}
        return [fact for fact in self.of(OPENED) if fact.number not in over]

    def red_flags(self) -> list[Fact]:
        """Return the signs that no clinician has looked at since they were written down.

        A reaction that is over keeps its own, and so does one whose beginning was taken back.
        """
        visits = list(self.of(SEEN))
        return [
            sign
            for sign in self.of(OPENED, LOOK)
            if sign.is_red
            and not any(
                visit.about in (ALL, reaction_of(sign)) and visit.written > sign.written
                for visit in visits
            )
        ]

    def holds(self) -> list[Fact]:
        """Return the holds that were not released, nor said again for the same reason."""
        return standing_holds(sorted(self.of(HOLD), key=lambda fact: (fact.written, fact.number)))

    def is_head_out(self, cases: Iterable[int]) -> bool:
        """Return whether the head is out that was last in one of these cases."""
        numbers = set(cases)
        changes = [fact for fact in self.of(HEAD, HEAD_OUT) if fact.case in numbers]
        return bool(changes) and changes[-1].kind == HEAD_OUT

    def head_uses(self, cases: Iterable[int], ends: tuple[str, ...] = (HEAD,)) -> int:
        """Return how many uses the head has seen that is in these cases, one after the other.

        Facts of the kinds in `ends` end the use of the head before.
        """
        numbers = set(cases)
        mine = [fact for fact in self.of(USE, *ends) if fact.case in numbers]
        uses = 0
        for fact in mine:
            uses = 0 if fact.kind in ends else uses + 1
        return uses


def reaction_of(fact: Fact) -> int:
    """Return the number of the fact that began the reaction which this fact is about."""
    return fact.number if fact.kind == OPENED else fact.about


def concerns(fact: Fact, rules: Rules, zone: str) -> bool:
    """Return whether a use or a session is about this zone, or may be."""
    return fact.zone is None or fact.zone == zone or not rules.is_chosen


def standing_holds(said: Iterable[Fact]) -> list[Fact]:
    """Return the holds that stand, of facts in the order of saying; ends are not looked at.

    A fact without a reason is a release: of all holds, or of that for the reason in `released`.
    """
    stand: list[Fact] = []
    for fact in said:
        about = fact.reason or fact.released
        stand = [hold for hold in stand if about and hold.reason != about]
        stand += [fact] if fact.reason else []
    return stand


def longest(holds: Iterable[Fact], now: int) -> list[Fact]:
    """Return those of the holds that last longest at Unix time `now` (s); no end beats any end."""
    on = [hold for hold in holds if not hold.until or hold.until > now]
    last = max((hold.until or FOREVER for hold in on), default=0)
    return [hold for hold in on if (hold.until or FOREVER) == last]
