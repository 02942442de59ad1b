"""When a person is to be reminded of what: README's words, written down a second time.

Nothing of `rollhost` is in it. `expected` says what holds by the facts that a computer knows, and
`Address` what one address has to get of it, and when.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, timezone
from typing import NamedTuple

MINUTE, HOUR, DAY = 60, 3600, 86400

USE, CLEANED, HEAD, HEAD_OUT, SYNCED, OWNER = (
    "use",
    "cleaned",
    "head",
    "head out",
    "synced",
    "owner",
)
OPENED, LOOKED, OVER = "opened", "looked", "over"
BOTTLE, PLAN, CHECK, UNDONE = "bottle", "plan", "check", "undone"

REST_S = 7 * DAY
"""README, The rules: with needles of 0.25 mm."""

AFTER_REACTION_S = 14 * DAY
"""README, The rules: how much longer a reaction keeps the case on hold."""

CLEAN_S = (HOUR // 2, 3 * HOUR, DAY, 2 * DAY, 3 * DAY)
"""README, Be reminded: after half an hour, three hours, then daily, three times."""

LOOKS_S = (DAY, 3 * DAY)
"""When to look at a reaction, as `host reaction open` says."""

HEAD_S, BOTTLE_S, AHEAD_S = 90 * DAY, 182 * DAY, 7 * DAY
"""How long a head is good, how long a bottle (half a year), and how long before somebody hears."""

OLD_SYNC_S, YEAR_S, LATE_S = 30 * DAY, 365 * DAY, 36 * HOUR

EVENING = time(18, tzinfo=timezone.utc)
"""`host remind --list`: when the evening before a planned session begins."""

AWAKE = range(8, 22)
"""The hours that are not quiet."""


class Fact(NamedTuple):
    """What is so from Unix time `at` (s) on; `about` is another one's number."""

    number: int
    kind: str
    person: str
    at: int
    case: str = ""
    zone: str = ""
    about: int = 0


class Occasion(NamedTuple):
    """One thing to be reminded of: its key, whose `at` it is due, and from when on not any more."""

    what: str
    about: tuple[object, ...]
    at: int
    stale: int
    case: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """What stays the same as long as it is the same occasion."""
        return (self.what, *self.about)


def expected(known: Iterable[Fact], person: str) -> list[Occasion]:
    """Return every occasion of a person by what is known."""
    facts = list(known)
    undone = {fact.about for fact in facts if fact.kind == UNDONE}
    facts = sorted(
        (fact for fact in facts if fact.number not in undone and fact.kind != UNDONE),
        key=lambda fact: fact.at,
    )
    mine = [fact for fact in facts if fact.person == person]
    owners = {fact.case: fact for fact in facts if fact.kind == OWNER}
    found = [*_skin(mine), *_once(mine)]
    for case, owner in owners.items():
        if owner.person == person:
            since = [fact for fact in mine if fact.case == case and fact.at >= owner.at]
            found += _roller(since, case)
    return found


def _occasion(what: str, at: int, *about: object, case: str = "") -> Occasion:
    return Occasion(what, about, at, at + LATE_S, case)


def _last(facts: list[Fact], *kinds: str) -> Fact | None:
    return next((fact for fact in reversed(facts) if fact.kind in kinds), None)


def _skin(mine: list[Fact]) -> Iterator[Occasion]:
    reactions = [fact for fact in mine if fact.kind == OPENED]
    over = {fact.about: fact for fact in mine if fact.kind == OVER}
    looks = {fact.about: fact for fact in mine if fact.kind == LOOKED}
    for reaction in reactions:
        if reaction.number not in over:
            seen = looks.get(reaction.number, reaction).at
            for number, after in enumerate(LOOKS_S):
                if reaction.at + after > seen:
                    yield _occasion("look", reaction.at + after, reaction.number, number)
    if any(reaction.number not in over for reaction in reactions):
        return
    held = max((fact.at + AFTER_REACTION_S for fact in over.values()), default=0)
    rests: list[int] = []
    for zone in dict.fromkeys(fact.zone for fact in mine if fact.kind == USE):
        use = [fact for fact in mine if fact.kind == USE and fact.zone == zone][-1]
        rests.append(max(use.at + REST_S, held))
        yield _occasion("rested", rests[-1], use.number, rests[-1] // DAY)
    plan = _last(mine, PLAN)
    if plan is not None:
        planned = max(plan.at, *rests, 0)
        day = datetime.fromtimestamp(planned, timezone.utc).date()
        evening = int(datetime.combine(day - timedelta(days=1), EVENING).timestamp())
        midnight = int(datetime.combine(day, time(0, tzinfo=timezone.utc)).timestamp()) + DAY
        stale = min(evening + LATE_S, midnight)
        yield Occasion("plan", (plan.number, day), evening, stale)


def _once(mine: list[Fact]) -> Iterator[Occasion]:
    bottle, check = _last(mine, BOTTLE), _last(mine, CHECK)
    if bottle is not None:
        yield _occasion("bottle", bottle.at + BOTTLE_S - AHEAD_S, bottle.number)
    if check is not None:
        yield _occasion("check", check.at + YEAR_S, check.number)


def _roller(facts: list[Fact], case: str) -> Iterator[Occasion]:
    use = _last(facts, USE, CLEANED)
    if use is not None and use.kind == USE:
        for number, after in enumerate(CLEAN_S):
            yield _occasion("clean", use.at + after, use.number, number, case=case)
    head = _last(facts, HEAD, HEAD_OUT)
    if head is not None and head.kind == HEAD:
        yield _occasion("head", head.at + HEAD_S - AHEAD_S, head.number, case=case)
        yield _occasion("worn", head.at + HEAD_S, head.number, case=case)
    synced = _last(facts, SYNCED)
    if synced is not None:
        yield _occasion("sync", synced.at + OLD_SYNC_S, synced.number, case=case)


@dataclass
class Address:
    """What one address has been sent, and what was missed because it came too late."""

    began: int
    sent: list[Occasion] = field(default_factory=list)
    missed: list[Occasion] = field(default_factory=list)

    def take(self, occasions: Iterable[Occasion], now: int) -> list[tuple[str, str, bool]]:
        """Return what has to come at Unix time `now` (s): of what, of which case, whether late.

        From then on it counts as sent, and what is too old by then as missed.
        """
        found = self._together(occasions, now)
        known = {occasion.key for occasion in (*self.sent, *self.missed)}
        self.missed += [
            occasion
            for occasion in occasions
            if self.began < occasion.stale <= now and occasion.key not in known
        ]
        self.sent += [occasion for together in found for occasion in together]
        return sorted(
            (together[-1].what, together[-1].case, now >= together[-1].at + HOUR)
            for together in found
        )

    def waits(self, occasions: Iterable[Occasion], now: int) -> bool:
        """Return whether anything has to come at Unix time `now` (s)."""
        return bool(self._together(occasions, now))

    def _together(self, occasions: Iterable[Occasion], now: int) -> list[list[Occasion]]:
        """Return the occasions of each reminder that has to come now; see `take`.

        However often somebody was to be told of one roller, it is one reminder.
        """
        if datetime.fromtimestamp(now, timezone.utc).hour not in AWAKE:
            return []
        done = {occasion.key for occasion in self.sent}
        found: dict[tuple[object, ...], list[Occasion]] = {}
        for occasion in sorted(occasions, key=lambda occasion: occasion.at):
            if occasion.at <= now < occasion.stale and occasion.key not in done:
                about = ("clean", occasion.case) if occasion.what == "clean" else occasion.key
                found.setdefault(about, []).append(occasion)
        return list(found.values())


WORDS = {
    "clean": "not cleaned yet (",
    "look": "a look is due",
    "head": "the head is near its end (",
    "worn": "the head is worn out (",
    "bottle": "the bottle of alcohol is near its end",
    "plan": "your plan",
    "check": "once a year",
    "sync": "not synced since",
    "rested": "rested (",
}


def read(text: str, person: str, cases: Iterable[str]) -> tuple[str, str, bool]:
    """Return of what a reminder is, of which case, and whether it says that it is late."""
    who, _, said = text.partition(": ")
    assert who == person, text
    is_late = said.startswith("Since ")
    if is_late:
        said = said.partition(": ")[2]
    said = said[:1].lower() + said[1:]
    (what,) = [what for what, words in WORDS.items() if said.startswith(words)]
    has_case = what in ("clean", "head", "worn", "sync")
    (case,) = [case for case in cases if f"({case})" in said] if has_case else [""]
    return what, case, is_late
