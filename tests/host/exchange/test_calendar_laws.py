"""Laws of the calendar, over any order of entries, undoing, forgetting, wrong clocks and exports.

A calendar that imports each export shows what the last one says, and nothing else that is to come.
"""

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from tests.host.calendars import Given, exported, read
from tests.host.lived_in import DAY, NOW, make_lived_in

from rollhost.cli import calendar_file
from rollhost.cli.main import main
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.exchange.calendar_revisions import KEPT_S
from rollhost.output import units

if TYPE_CHECKING:
    from rollhost.database.archive import Archive

pytestmark = pytest.mark.slow

PLANS = st.sampled_from([3, 6, 0])
ZONES = st.sampled_from(["face", "scalp", "neck", None])


class Exports(RuleBasedStateMachine):
    """One person, one database and one calendar that imports every export."""

    REMEMBERS = True
    """Whether the database remembers every export."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "rollcase.db"
        self.now = self.latest = NOW
        self.last: dict[str, Given] = {}
        self.calendar: dict[str, Given] = {}
        make_lived_in(self.path)
        self.followed = self.path.with_name("followed.ics")
        self.shown: dict[str, Given] = {}
        with open_archive(self.path) as archive:
            calendar_file.begin(archive, diary.ME, self.followed, False, self.now)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()

    def write(self, entry: Entry) -> None:
        with open_archive(self.path) as archive, archive.transaction():
            archive.diary.add(entry, self.now)

    def standing(self, archive: "Archive", pick: int) -> Entry | None:
        entries = archive.diary.entries()[-3:]
        return entries[-1 - pick % len(entries)] if entries else None

    @rule(seconds=st.one_of(st.just(1), st.integers(1, DAY), st.integers(1, 20 * DAY)))
    def wait(self, seconds: int) -> None:
        self.now += seconds
        self.latest = max(self.latest, self.now)

    @rule(zone=ZONES, days=st.integers(0, 20), needle_um=st.sampled_from([250, 1500]))
    def at_a_clinic(self, zone: str | None, days: int, needle_um: int) -> None:
        data: dict[str, object] = {"needle_um": needle_um, "text": ""}
        self.write(Entry(diary.CLINIC, self.now - days * DAY, zone, data=data))
        self.export()

    @rule(zone=ZONES)
    def reaction(self, zone: str | None) -> None:
        self.write(Entry(diary.REACTION, self.now, zone, data={"text": "", "signs": []}))

    @rule(zone=ZONES, sessions=PLANS, days=st.integers(0, 40))
    def plan(self, zone: str | None, sessions: int, days: int) -> None:
        at = self.now - days * DAY
        data: dict[str, object] = {"sessions": sessions}
        if days % 2:
            data["day"] = units.utc(at)[:10]
        self.write(Entry(diary.PLAN, at, zone, data=data))

    @rule()
    def answer_the_check(self) -> None:
        self.write(Entry(diary.CHECK, self.now, data={"reasons": [], "text": ""}))

    @rule(days=st.sampled_from([0, 3, 60]))
    def hold(self, days: int) -> None:
        until = self.now + days * DAY if days else 0
        self.write(Entry(diary.HOLD, self.now, data={"reason": 5, "until": until}))

    @rule(pick=st.integers(0, 2))
    def undo(self, pick: int) -> None:
        with open_archive(self.path) as archive:
            entry = self.standing(archive, pick)
            if entry:
                with archive.transaction():
                    archive.diary.undo(entry, self.now)
        self.export()

    @rule(pick=st.integers(0, 2))
    def forget(self, pick: int) -> None:
        with open_archive(self.path) as archive:
            entry = self.standing(archive, pick)
            if entry:
                with archive.transaction():
                    archive.diary.forget(entry.token)
        self.export()

    @rule()
    def fail_to_export(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ROLLCASE_NOW", units.utc(self.now))
            nowhere = str(self.path.with_name("nowhere") / "a.ics")
            assert main(["export", "ics", nowhere, "--db", str(self.path)]) == 2

    @rule()
    def export(self) -> None:
        first = read(exported(self.path, self.now))
        self.check(first)
        again = exported(self.path, self.now)
        second = read(again)
        assert second.items() <= first.items()
        assert all(first[uid].cancelled for uid in first.keys() - second.keys())
        assert exported(self.path, self.now) == again

    @rule()
    def sync(self) -> None:
        self.bring_up_to_date()
        followed = read(self.followed.read_bytes())
        assert not any(event.alarm_s for event in followed.values() if event.cancelled)
        assert self.to_come(followed) == self.to_come(read(exported(self.path, self.now)))
        self.take(self.shown, followed)
        if self.REMEMBERS:
            assert self.to_come(self.shown) == self.to_come(followed)
        before = self.followed.stat()
        self.bring_up_to_date()
        assert os.path.samestat(self.followed.stat(), before)

    def bring_up_to_date(self) -> None:
        with open_archive(self.path) as archive:
            assert calendar_file.after_sync(archive, self.now) == []

    def check(self, events: dict[str, Given]) -> None:
        for uid, event in events.items():
            before = self.last.get(uid)
            if before is None:
                continue
            if event.content != before.content:
                assert event.sequence > before.sequence, (before, event)
            elif self.REMEMBERS:
                assert (event.sequence, event.modified_at) == (
                    before.sequence,
                    before.modified_at,
                )
            else:
                assert event.sequence >= before.sequence
        self.last.update(events)
        self.take(self.calendar, events)
        shown = self.to_come(self.calendar)
        if not self.REMEMBERS:
            shown = {uid: event for uid, event in shown.items() if uid in events}
        assert shown == self.to_come(events)

    def take(self, calendar: dict[str, Given], events: dict[str, Given]) -> None:
        """Import events into a calendar, which takes no older ones."""
        for uid, event in events.items():
            before = calendar.get(uid)
            newer = before is None or (event.sequence, event.stamp) >= (
                before.sequence,
                before.stamp,
            )
            if newer:
                calendar[uid] = event

    def to_come(self, events: dict[str, Given]) -> dict[str, Given]:
        return {
            uid: event.content
            for uid, event in events.items()
            if event.end > self.now and not event.cancelled
        }


class WithWrongClocks(Exports):
    """The same, and now and then the computer's clock is put back."""

    @rule(seconds=st.integers(1, 20 * DAY))
    def put_the_clock_back(self, seconds: int) -> None:
        self.now = max(self.now - seconds, self.latest - KEPT_S + DAY)


class WithBackups(Exports):
    """The same, and now and then a backup is put back, which forgets what was given since."""

    REMEMBERS = False

    @property
    def backup(self) -> Path:
        return self.path.with_name("backup.db")

    @rule()
    def keep_a_backup(self) -> None:
        assert main(["backup", str(self.backup), "--force", "--db", str(self.path)]) == 0

    @precondition(lambda self: self.backup.exists())
    @rule()
    def put_the_backup_back(self) -> None:
        self.path.write_bytes(self.backup.read_bytes())
        # As long as it takes: entries of one second are written one second after the other.
        self.now += 60
        self.export()

    @rule(zone=ZONES, days=st.integers(0, 3))
    def put_a_backup_back_from_before_a_session(self, zone: str | None, days: int) -> None:
        self.keep_a_backup()
        self.at_a_clinic(zone, days, 1500)
        self.put_the_backup_back()

    @rule()
    def export(self) -> None:
        self.check(read(exported(self.path, self.now)))
        self.now += 1


LIMITS = settings(max_examples=15, stateful_step_count=20)
TestWithWrongClocks = WithWrongClocks.TestCase
TestWithWrongClocks.settings = LIMITS
TestWithBackups = WithBackups.TestCase
TestWithBackups.settings = LIMITS
