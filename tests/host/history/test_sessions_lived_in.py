"""The sessions of a database that has been in use for a while."""

from pathlib import Path

from tests.firmware.logs import boot_data, records_of
from tests.host.lived_in import DAY, DEVICE, LOG, NOW, USED_AT

from rollcore import events
from rollcore.events import CASE_EPOCH, Event, first_chain
from rollhost.database import diary
from rollhost.database.open import open_archive
from rollhost.history import history


class TestSessions:
    def test_use_that_was_too_short_is_no_session(self, lived_in: Path) -> None:
        with open_archive(lived_in) as archive:
            found = [
                (session.ended - USED_AT, session.zone, session.needle_um)
                for session in history.read(archive).sessions
            ]
        assert found == [(-2 * DAY, "face", 1500), (-660, "face", 250), (0, "scalp", 250)]

    def test_clinic_session_told_to_the_case_counts_once(self, lived_in: Path) -> None:
        with open_archive(lived_in) as archive:
            (entry,) = [entry for entry in archive.diary.entries() if entry.kind == diary.CLINIC]
            data = {"at": entry.at - CASE_EPOCH, "needle_um": 1500, "token": entry.token}
            (case,) = archive.cases()
            log_id = archive.logs(case.id)[1]
            chain = events.crc_of(archive.raw_records(log_id)[-1])
            event = Event(events.CLINIC, data, seq=10, boot=1, uptime=2000, time=NOW - CASE_EPOCH)
            with archive.transaction():
                archive.keep_records(log_id, 10, chain, events.encode(event, chain))
            assert len(history.read(archive).sessions) == 3

    def test_use_that_lost_power_ended_at_its_time_limit(self, home: Path) -> None:
        start = NOW - CASE_EPOCH - 5 * DAY
        log = [
            Event(
                events.CLOCK_SET, {"old": 0, "source": 1, "forced": 0, "sure": 0}, 0, 1, 1, 5, start
            ),
            Event(events.USE_STARTED, {"how": 1, "digest": 0}, 0, 2, 1, 10, start + 5),
            Event(events.BOOT, boot_data(), 0, 3, 2, 0, start + 60),
        ]
        with open_archive(home / "a.db", create=True) as archive, archive.transaction():
            case_id = archive.keep_case(DEVICE, "pico", "0.1.0")
            log_id = archive.keep_log(case_id, LOG.hex())
            archive.keep_records(
                log_id, 1, first_chain(LOG), b"".join(records_of(log, first_chain(LOG)))
            )
            archive.note_meeting(case_id, log_id, NOW, 0)
        with open_archive(home / "a.db") as archive:
            (one,) = history.read(archive).sessions
        assert one.ended == start + CASE_EPOCH + 5 + 30 * 60
        assert (one.zone, one.needle_um) == ("face", 500)
