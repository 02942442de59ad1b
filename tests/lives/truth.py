"""What is true, and who knows it: written from README and DESIGN, by no code of the product.

A *fact* is a thing that has happened or that a person has said. A *memory* (of a computer, or of a
log) is a set of facts. What has to rest until when follows from the facts that the computer of a
sync and the case itself know together, by the rules that the case has.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

DAY = 86400
HOUR = 3600

USE, CLINIC, OPENED, OVER, HOLD, HEAD, UNDO, RULES = (
    "use", "clinic", "opened", "over", "hold", "head", "undo", "rules",
)  # fmt: skip

ASSUMED_NEEDLE_UM = 500
"""README: a case that was never told assumes 0.5 mm."""

REST_DAYS = ((300, 7), (500, 28), (1000, 42))
"""README, The rules: up to this needle (um) so many days."""


@dataclass(frozen=True)
class Fact:
    """One fact; equal only to itself. `at` is Unix time (s) of what happened.

    `zone` None is skin that nobody has named: it may be any. `about` is the fact that an undoing or
    the end of a reaction is about. `case` is the number of the case of a use, a head or rules.
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
    written: int = 0
    """When it was written down (Unix s)."""
    is_vague: bool = False
    """Whether the case could not know when it was: its clock had not been set since a start."""
    token: int = 0
    """Of the entry that says it; 0 if the case has logged it by itself."""


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

    def hold(self) -> Fact | None:
        """Return the hold that was said last, if it was not released."""
        last = last_of(self.of(HOLD), lambda fact: (fact.written, fact.number))
        return last if last is not None and last.reason else None

    def head_uses(self, cases: Iterable[int]) -> int:
        """Return how many uses the head has seen that is in these cases, one after the other."""
        numbers = set(cases)
        mine = [fact for fact in self.of(USE, HEAD) if fact.case in numbers]
        uses = 0
        for fact in mine:
            uses = 0 if fact.kind == HEAD else uses + 1
        return uses


def concerns(fact: Fact, rules: Rules, zone: str) -> bool:
    """Return whether a use or a session is about this zone, or may be."""
    return fact.zone is None or fact.zone == zone or not rules.is_chosen


def last_of(facts: Iterable[Fact], key: "object") -> Fact | None:
    """Return the last fact by this key; None if there is none."""
    found = sorted(facts, key=key)  # type: ignore[call-overload]
    return found[-1] if found else None
