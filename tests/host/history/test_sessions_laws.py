"""What holds for the sessions of every life and of every log."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.firmware.logs import any_event, records_of
from tests.firmware.whole_case import WholeCase
from tests.host.logbook import DAY, HOUR
from tests.host.session_logs import NOW

from rollcore import events, policy, state
from rollcore.events import CASE_EPOCH, Event, first_chain, seq_of
from rollcore.memory import State
from rollcore.policy import Policy
from rollhost.database.archive import Archive
from rollhost.database.open import open_archive
from rollhost.history import case_status, heads, history
from rollhost.output.status import case_lines


class Days:
    """A case that somebody lives with: the real one, and the time that only the world knows."""

    def __init__(self, directory: Path, zones: tuple[str, ...]) -> None:
        self.case = WholeCase(directory)
        self.true = NOW - CASE_EPOCH
        self.synced = False
        rules = policy.for_needle(250).changed(revision=1, rest_h=72, short_rest=1, head_uses=3,
                                               head_warn_uses=2)  # fmt: skip
        self.rules = Policy(policy.numbers_of(rules), zones)
        assert self.case.app.set_policy(self.rules) == ""

    def touch(self, ms: int) -> None:
        self.case.touch(ms)
        self.case.wait_ms(1000 - (ms + 50) % 1000)  # this world counts whole seconds
        self.true += (ms + 50) // 1000 + 1

    def live(self, seconds: int) -> None:
        self.case.wait(seconds)
        self.true += seconds

    def cut(self, off_s: int) -> None:
        self.case.switch_on()
        self.true += off_s

    def sync(self) -> None:
        self.case.app.set_clock(self.true, events.FROM_HOST, events.GIVEN)

    def tell(self, kind: int) -> None:
        self.sync()
        told = {"token": self.case.last_seq + 1}
        if kind == events.CLINIC:
            told |= {"at": self.true, "needle_um": 1500}
        assert self.case.app.tell(kind, told) == ""

    def roll(self, ends: str) -> None:
        """Do what the case asks for until it is in use or was told so, and bring that to an end."""
        uses = self.case.app.journal.state.uses
        for _ in range(20):
            if self.case.phase == state.READY and ends == "lid":
                self.lid()
            elif self.case.phase in (state.SOAKING, state.DRYING):
                self.live(600)
            elif self.case.phase == state.IN_USE:
                self.live(120)
                if ends == "cut":
                    self.cut(HOUR)
                elif ends == "nobody":
                    self.live(1800)
                else:
                    self.touch(200)
            elif self.case.phase == state.CLEAN_ME and ends == "late":
                self.live(2 * HOUR)
                self.touch(200)
            elif self.case.phase == state.RESTING and self.case.app.journal.state.uses > uses:
                return
            elif self.case.phase in (state.RESTING, state.HEAD_EXPIRED):
                self.touch(10100)
            else:
                self.touch(2100 if self.case.phase == state.READY else 200)

    def lid(self) -> None:
        """Take the roller out for a while."""
        self.case.move_lid(True)
        self.case.wait(120)
        self.case.move_lid(False)
        self.case.wait_ms(900)
        self.true += 121


STEP = st.one_of(
    st.tuples(st.just("roll"), st.sampled_from(["in turn", "cut", "nobody", "late", "lid"])),
    st.tuples(st.just("touch"), st.sampled_from([200, 2100, 10100])),
    st.tuples(st.just("live"), st.sampled_from([20, 600, 1800, DAY // 2, 3 * DAY])),
    st.tuples(st.just("cut"), st.sampled_from([0, HOUR, 2 * DAY, 20 * DAY])),
    st.tuples(st.just("tell"), st.sampled_from([events.CLINIC, events.HEAD_NEW])),
    st.tuples(st.just("sync")),
)

LOG_ID = bytes(range(1, 9))


def keep(archive: Archive, log: list[Event], lost: set[int], now: int) -> int:
    """Keep a log without some of its records, as a sync at Unix time `now` (s) does."""
    with archive.transaction():
        case_id = archive.keep_case("5c1f", "pico", "0.1.0")
        log_id = archive.keep_log(case_id, LOG_ID.hex())
        raw = records_of(log, first_chain(LOG_ID))
        archive.add_records((log_id, each) for each in raw if seq_of(each) not in lost)
        archive.note_meeting(case_id, log_id, now, 0)
        archive.note_sync(case_id, now, 0)
    return log_id


def check(archive: Archive, log_id: int, now: int) -> None:
    """Check what holds for the sessions and the heads of every log."""
    folded = State()
    log = {event.seq: event for event in map(events.decode, archive.raw_records(log_id))}
    for event in log.values():
        folded = state.fold(folded, event)
    found = history.read(archive).sessions
    assert [session.ended for session in found] == sorted(session.ended for session in found)
    assert len({session.key for session in found}) == len(found)
    told = [session.use for session in found if session.use is not None]
    assert len(told) == folded.uses
    for use in told:
        assert use.began is not None or use.end is not None
        if use.began is not None:
            overridden = use.began.event.data["how"] == events.OVERRIDE
            assert use.early == overridden
            assert use.end is None or use.began.event.seq < use.end.event.seq
        else:
            # Told by the lid: the record before says how it came about.
            assert use.end is not None
            before = log.get(use.end.event.seq - 1)
            how = before.data.get("how") if before is not None else None
            # A use that began before a start of the case was cut off there, and is another one.
            started = (
                before is not None
                and before.kind == events.USE_STARTED
                and not state.has_started(before.boot, use.end.event)
            )
            assert use.early == (started and how == events.OVERRIDE)
        told_at = use.end or use.began
        assert told_at is not None
        first = told_at.event.seq
        assert use.disinfected is None or use.disinfected.event.seq < first
        assert (use.cleaned is None) == (use.cleaned_after_s is None)
        if use.cleaned is not None:
            assert use.cleaned.event.seq > first
            assert use.cleaned_after_s is not None
            assert use.cleaned_after_s >= 0
    (case,) = archive.cases()
    kept = heads.heads(history.read(archive).logs(case), now)
    assert sum(head.uses for head in kept) == folded.uses
    assert [head.until is None for head in kept] == [False] * (len(kept) - 1) + [True] * bool(kept)
    about = case_status.summarise(history.read(archive), case, now)
    assert about.head_ends is None or about.head_ends.at >= about.now
    assert max(len(line) for line in case_lines(about, 80)) <= 80


@settings(max_examples=40)
@given(
    steps=st.lists(STEP, min_size=2, max_size=10),
    zones=st.sampled_from([("face",), ("face", "neck")]),
    losing=st.one_of(st.just(set()), st.sets(st.integers(1, 40), max_size=8)),
)
def test_each_use_of_any_life_is_one_session(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[Any, ...]],
    zones: tuple[str, ...],
    losing: set[int],
) -> None:
    folder = tmp_path_factory.mktemp("life")
    days = Days(folder / "flash", zones)
    for name, *numbers in steps:
        getattr(days, name)(*numbers)
    days.sync()
    now = days.true + CASE_EPOCH
    with open_archive(folder / "a.db", create=True) as archive:
        with archive.transaction():
            archive.keep_policy(days.rules)
        log_id = keep(archive, days.case.log(), losing, now)
        check(archive, log_id, now)
        if not losing:
            about = case_status.summarise(history.read(archive), archive.cases()[0], now)
            assert about.standing.phase == days.case.phase
            assert about.state == days.case.app.journal.state


CUT_OFF = Event(events.USE_STARTED, {"how": events.IN_TURN, "digest": 0}, boot=1)
"""A use that loses its power."""

FIRST_KNOWN = Event(events.HEAD_NEW, {"uses": 1, "token": 0}, boot=2)
"""What is known first of the run after it, whose start was lost."""


@settings(max_examples=60)
@example(log=[CUT_OFF, FIRST_KNOWN], synced=0)
@given(log=st.lists(any_event(), max_size=20), synced=st.integers(0, 1 << 32))
def test_each_use_of_any_log_is_one_session(
    tmp_path_factory: pytest.TempPathFactory, log: list[Event], synced: int
) -> None:
    for seq, event in enumerate(log, 1):
        event.seq = seq
    now = synced + CASE_EPOCH
    with open_archive(tmp_path_factory.mktemp("any") / "a.db", create=True) as archive:
        log_id = keep(archive, log, set(), now)
        check(archive, log_id, now)
