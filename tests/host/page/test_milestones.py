"""What the page works out from a milestone on is what it works out from all records."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.firmware.logs import records_of
from tests.host.ten_years import BORN, DAY, HOUR, Life
from tests.micropython.suite.stories import Dice, any_event

from rollcore import events, policy, snapshot
from rollcore.events import CASE_EPOCH, RECORD_SIZE, Event, first_chain
from rollcore.memory import State
from rollcore.policy import Policy
from rollhost.database.open import open_archive
from rollhost.page import build
from rollhost.page.inside import milestones
from rollhost.page.inside.logs import Known, Log, Policies
from rollhost.page.inside.milestones import read_since
from rollhost.page.inside.status import facts_of, longest_s

LOG_ID, EARLIER_ID = bytes([1] * 8), bytes([2] * 8)
NAME = LOG_ID.hex()
ADVICE: dict[str, Any] = build.advice()

SHORT_ADVICE = {**ADVICE, "rows": [{**ADVICE["rows"][0], "short": [0, 6], "long": [0, 12]}]}
"""With so short windows a milestone lies few records before the end."""

RULES = Policy(
    policy.numbers_of(policy.for_needle(250).changed(revision=1)), ("face", "neck", "chest")
)
POLICIES = Policies({RULES.digest: RULES})
CASE = {"device": "00", "board": "pico", "firmware": "0.1.0", "log": NAME, "met_at": None}

NO_LOGS: list[Log] = []

FIRST = events.FIRST_PLAUSIBLE

OF_USES = (events.USE_STARTED, events.USE_ENDED)

LOGS, RECORDS, EARLIER = 4, 400, 80
"""How many random logs, how many records each has, more than a year, and the one before each."""


def random_log(seed: int, records: int, time: int = events.FIRST_PLAUSIBLE) -> list[Event]:
    """Return a log in which anything follows anything, in runs of a case whose clock is set.

    It begins at case time `time` (s). Some settings are wrong, and sessions at a clinic are told
    before they were.
    """
    dice, log, ahead = Dice(seed), list[Event](), 0
    uptime, boot = 0, 1
    for seq in range(1, records + 1):
        step = dice.below(1 << 18)
        time, uptime = time + step, uptime + step
        event = any_event(dice, time)
        while dice.below(3) and event.kind not in OF_USES:
            event = any_event(dice, time)  # so that uses are many
        if event.kind == events.BOOT or dice.below(40) == 0:
            boot, uptime = boot + 1, 0
        if dice.below(12) == 0:
            data = {"old": time + ahead, "source": 1, "forced": 0, "sure": 1}
            ahead = 9 * DAY if dice.below(4) == 0 else 0
            event = Event(events.CLOCK_SET, data)
        if event.kind == events.CLINIC:
            event.data["at"] = time + dice.below(1 << 16) * dice.below(40)
        if event.kind == events.USE_ENDED:
            event.data["seconds"] = dice.below(2 * HOUR)
        if event.kind == events.POLICY_SET:
            event.data["digest"] = RULES.digest
        event.seq, event.boot, event.uptime, event.time = seq, boot, uptime, time + ahead
        log.append(event)
    return log


def lived_log(folder: Path, seed: int, months: int = 14, born: int = BORN) -> list[Event]:
    """Return the log of a life of more than a year."""
    with open_archive(folder / f"{seed}.db", create=True) as archive:
        life = Life(archive, seed=seed, born=born)
        for month in range(1, months):
            life.live(born + month * 30 * DAY)
            if month % 4 == seed % 4:
                life.clinic(1500)
            life._behind += 40
            life.sync()
        return life.log


def log_of(raw: bytes, told: dict[int, State] | None = None) -> Log:
    """Return these records as the log that the case has now."""
    states = [[seq, snapshot.pack(known).hex()] for seq, known in (told or {}).items()]
    log = Log(NAME, raw, states, [])
    log.belongs_to(Known(CASE), POLICIES)
    return log


def replace(event: Event, time: int) -> Event:
    """Return this event at another case time (s)."""
    return Event(event.kind, dict(event.data), event.zone, time=time)


def before(found: list[Event]) -> Log:
    """Return these records as an earlier log of the case."""
    raw = b"".join(records_of(found, first_chain(EARLIER_ID)))
    return Log(EARLIER_ID.hex(), raw, [], [])


def facts(log: Log, earlier: list[Log], now: int, advice: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of a case with this log and earlier ones, of which nothing is worked out."""
    logs = []
    for known in earlier:
        unread = Log(known.name, known.raw, [], [])
        unread.belongs_to(Known(CASE), POLICIES)
        unread.newest = log
        logs.append(unread)
    return facts_of(CASE, [*logs, log], POLICIES, now, advice)


def grown(
    found: list[Event], at_once: int, advice: dict[str, Any] = ADVICE, earlier: list[Log] = NO_LOGS
) -> int:
    """Let a log come home in parts, and compare the facts each time.

    `at_once` are the records that each sync brings. Return how many milestones it had.
    """
    raw = b"".join(records_of(found, first_chain(LOG_ID)))
    kept, stones = None, 0
    for count in range(at_once, len(found) + 1, at_once):
        part = raw[: count * RECORD_SIZE]
        now = found[count - 1].time + CASE_EPOCH
        read, stone = read_since(log_of(part), now - longest_s(advice), kept)
        assert facts(read, earlier, now, advice) == facts(log_of(part), earlier, now, advice)
        if stone is not None:
            kept = milestones.pack(stone, read)
            stones += 1
            # From what was kept, too, without a look for a later one; and once the clock is back.
            for back_s in (0, DAY, 5 * DAY, 20 * DAY, 40 * DAY, 100 * DAY):
                then = now - back_s
                read, _ = read_since(log_of(part), then - longest_s(advice), kept)
                whole = log_of(part)
                assert facts(read, earlier, then, advice) == facts(whole, earlier, then, advice)
    return stones


def test_facts_of_random_logs_from_a_milestone_are_those_of_all_records(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(milestones, "WORTH", 2)
    # Every place is tried, the newest first.
    monkeypatch.setattr(milestones, "TRIES", RECORDS)
    monkeypatch.setattr(milestones, "_needed_since", lambda _, since: since)
    # Enough for the few settings of half a year.
    monkeypatch.setattr(milestones, "MARGIN_S", 6 * HOUR)
    stones = 0
    for seed in range(1, LOGS + 1):
        earlier = random_log(100 + seed, EARLIER)
        found = random_log(seed, RECORDS, earlier[-1].time + 10 * DAY)
        stones += grown(found, 20, SHORT_ADVICE, [before(earlier)] if seed % 2 else [])
    assert stones > 5 * LOGS


def steady_log(apart_s: int, zones: Sequence[int], extra: dict[int, Event]) -> list[Event]:
    """Return a log of one use in each of these zones, so many seconds apart, with syncs between.

    `extra` are records that come before a use, by its number.
    """
    started = {"how": events.BY_BUTTON, "digest": 0}
    used = {"seconds": 300, "how": events.BY_BUTTON}
    soaked = {"purpose": events.BEFORE_USE, "how": events.SOAK_DONE}
    ruled = {"digest": RULES.digest, "needle_um": 250, "kept": 0}
    log, time = [Event(events.POLICY_SET, ruled, time=FIRST)], FIRST
    for number, zone in enumerate(zones):
        time += apart_s
        clock = Event(events.CLOCK_SET, {"old": time, "source": 1, "forced": 0, "sure": 1})
        if number in extra:
            log.append(replace(extra[number], time))
        log += [
            replace(clock, time),
            replace(Event(events.SOAK_ENDED, soaked), time + 60),
            replace(Event(events.USE_STARTED, started, zone), time + 120),
            replace(Event(events.USE_ENDED, used, zone), time + 420),
        ]
    for seq, event in enumerate(log, 1):
        event.seq, event.boot, event.uptime = seq, 1, event.time - FIRST
    return log


NEW = Event(events.HEAD_NEW, {"uses": 0, "token": 0})
OUT = Event(events.HEAD_OUT, {"reason": events.HEAD_BENT, "uses": 0, "token": 1})
CLINIC = Event(events.CLINIC, {"needle_um": 1500, "at": FIRST + 150 * DAY, "token": 1}, 0)


STEADY = {
    "the pace of a few uses": steady_log(9 * DAY, [0] * 20, {14: NEW}),
    "a use that cut the rest short": steady_log(11 * HOUR, [0, *[1, 2] * 7] * 4, {}),
    "a head that is long out": steady_log(7 * DAY, [0] * 30, {6: OUT}),
    "a session told long before": steady_log(5 * DAY, [0] * 50, {6: CLINIC}),
    "a head that was out in an earlier log": steady_log(7 * DAY, [0] * 30, {}),
}
"""Logs in each of which something counts for long."""


@pytest.mark.parametrize("what", STEADY)
def test_milestone_does_not_hide(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = STEADY[what]
    monkeypatch.setattr(milestones, "WORTH", 2)
    monkeypatch.setattr(milestones, "TRIES", 12)
    monkeypatch.setattr(milestones, "_needed_since", lambda _, since: since)
    monkeypatch.setattr(milestones, "MARGIN_S", 6 * HOUR)
    out = replace(OUT, 60)
    out.seq = out.boot = 1
    earlier = [before([out])] if "earlier" in what else []
    # So many uses in so few days have none: the last one is early by one before any place.
    assert bool(grown(found, 5, SHORT_ADVICE, earlier)) == ("cut" not in what)


@pytest.mark.parametrize("seed", range(4))
def test_facts_of_a_life_from_a_milestone_are_those_of_all_records(
    seed: int, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(milestones, "WORTH", 20)
    earlier = lived_log(home, 10 + seed, 3, BORN - 100 * DAY)
    assert grown(lived_log(home, seed), 25, earlier=[before(earlier)] if seed % 2 else []) >= 2


def test_milestone_counts_for_the_log_alone_of_which_it_was_made(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = lived_log(home, 1)
    raw = b"".join(records_of(found, first_chain(LOG_ID)))
    log = log_of(raw)
    since = found[-1].time + CASE_EPOCH - longest_s(ADVICE)
    _, stone = read_since(log, since, None)
    assert stone is not None
    row = milestones.pack(stone, log)
    kept = milestones.unpack(row, log)
    assert kept is not None
    assert snapshot.pack(kept.state) == snapshot.pack(stone.state)
    for other in (
        log_of(bytes([raw[0] ^ 1]) + raw[1:]),  # another record before it
        log_of(raw[RECORD_SIZE:]),  # one that lacks
        log_of(raw[: stone.size]),  # none behind it
        log_of(raw, {0: State()}),  # a state that the case told since
        log_of(raw, {stone.state.seq: stone.state}),
    ):
        assert milestones.unpack(row, other) is None
    monkeypatch.setattr(milestones, "VERSION", "0.0.0")  # another program
    assert milestones.unpack(row, log) is None
