"""What the host says from its database, above all where it knows less than it would like to."""

from pathlib import Path

import pytest
from tests.host.scripted_case import ScriptedCase, honest, only

from rollcore import events, frames, state
from rollcore.events import CASE_EPOCH, CLOCK_SET, Event, first_chain
from rollcore.messages import Message
from rollhost import summary
from rollhost.archive import Archive, open_archive
from rollhost.errors import CaseError
from rollhost.line import Line
from rollhost.summary import Summary
from rollhost.sync import sync

DAY = 86400
NOW = 216_000_000
"""Case time of a day in November 2026."""

ID = bytes(range(8))


def log(*happened: tuple[int, int, int, int, dict[str, int]]) -> list[Event]:
    """Return a log of (boot, uptime, case time, kind, data)."""
    return [
        Event(kind, data, seq=seq, boot=boot, uptime=uptime, time=time)
        for seq, (boot, uptime, time, kind, data) in enumerate(happened, 1)
    ]


def kept(path: Path, happened: list[Event], behind_s: int, finished: bool) -> Summary:
    """Keep a log as a sync at `NOW` does that comes to its end or not, and judge it then."""
    with open_archive(path, create=True) as archive:
        with archive.transaction():
            case_id = archive.keep_case("5c1f", "pico", "0.1.0")
            log_id = archive.keep_log(case_id, ID.hex())
            archive.note_meeting(case_id, log_id, NOW + CASE_EPOCH, behind_s)
            chain, raw = first_chain(ID), b""
            for event in happened:
                raw += events.encode(event, chain)
                chain = events.crc_of(raw[-32:])
            archive.keep_records(log_id, 1, first_chain(ID), raw)
            if finished:
                archive.note_sync(case_id, NOW + CASE_EPOCH, behind_s)
        return summary.summarise(archive, archive.cases()[0], NOW + CASE_EPOCH)


BOOT = {"cause": events.POWER_ON, "torn": 0}
USE = {"how": events.IN_TURN, "digest": 0}
USED = {"how": events.BY_BUTTON, "seconds": 240}
SOAK = {"purpose": events.AFTER_USE}
SOAKED = {"purpose": events.AFTER_USE, "how": events.SOAK_DONE}


def test_a_use_on_a_clock_that_was_never_set_rests_from_when_it_was(tmp_path: Path) -> None:
    """A first sync that broke off before it set the clock."""
    told = kept(
        tmp_path / "a.db",
        log(
            (1, 0, 0, events.BOOT, BOOT),
            (1, 1260, 1260, events.USE_STARTED, USE),
            (1, 1500, 1500, events.USE_ENDED, USED),
            (1, 1560, 1560, events.SOAK_STARTED, SOAK),
            (1, 2160, 2160, events.SOAK_ENDED, SOAKED),
        ),
        behind_s=NOW - 5000,
        finished=False,
    )
    assert told.standing.phase == state.RESTING
    assert told.standing.until == 1500 + NOW - 5000 + 28 * DAY
    assert told.head_days == 1
    assert "sync again" in summary.lines(told)[-1]


def test_a_use_after_unpowered_weeks_rests_from_when_it_can_have_been(tmp_path: Path) -> None:
    """The clock was set, stood still for 40 days, and was not set again before the sync broke."""
    told = kept(
        tmp_path / "a.db",
        log(
            (1, 0, 0, events.BOOT, BOOT),
            (1, 10, NOW - 41 * DAY, CLOCK_SET, {"old": 10, "source": 1, "forced": 0}),
            (2, 0, NOW - 41 * DAY + 100, events.BOOT, BOOT),
            (2, 10, NOW - 41 * DAY + 110, events.USE_STARTED, USE),
            (2, 250, NOW - 41 * DAY + 350, events.USE_ENDED, USED),
        ),
        behind_s=41 * DAY - 950,  # the use was ten minutes ago
        finished=False,
    )
    assert told.standing.phase == state.CLEAN_ME
    assert state.rested_at(told.state, told.rules, 0) == NOW - 600 + 28 * DAY


def test_what_is_known_of_a_use_without_an_end_is_its_beginning(tmp_path: Path) -> None:
    told = kept(
        tmp_path / "a.db",
        log(
            (1, 0, NOW - 6 * DAY, events.BOOT, BOOT),
            (1, 0, NOW - 6 * DAY, CLOCK_SET, {"old": 0, "source": 1, "forced": 0}),
            (1, 100, NOW - 6 * DAY + 100, events.USE_STARTED, USE),
            (2, 0, NOW - 6 * DAY + 100, events.BOOT, BOOT),
            (2, 10, NOW, CLOCK_SET, {"old": NOW - 6 * DAY + 110, "source": 1, "forced": 0}),
        ),
        behind_s=0,
        finished=True,
    )
    assert told.last_use is not None
    assert told.last_use.earliest == NOW - 6 * DAY + 100 + CASE_EPOCH
    assert "its end is not known: power was lost" in "\n".join(summary.lines(told))


def brought_home(case: ScriptedCase, archive: Archive) -> None:
    """Sync, with this computer's clock at `NOW`."""
    with Line(case.port) as line:
        sync(line, archive, lambda: NOW)


def test_the_log_that_the_case_has_now_is_the_one_that_counts(
    tmp_path: Path,
) -> None:
    """A flash that was swapped for another and put back."""
    with open_archive(tmp_path / "a.db", create=True) as archive:
        for name in ("flash a", "flash b", "flash a"):
            with ScriptedCase(tmp_path / name, log_id=name.encode() + b"!") as case:
                brought_home(case, archive)
        (case_row,) = archive.cases()
        assert case_row.log_id == archive.logs(case_row.id)[0]


def test_a_case_that_cannot_read_its_log_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    def broken(request: Message, right: bytes) -> bytes:
        return frames.encode(b"%d error storage the log cannot be read" % request.number)

    with open_archive(tmp_path / "a.db", create=True) as archive:
        with ScriptedCase(tmp_path / "one") as case:
            brought_home(case, archive)
            before = archive.cases()
            case.script = only("status", broken)
            with pytest.raises(CaseError, match="the log cannot be read"):
                brought_home(case, archive)
        assert archive.cases() == before
        assert len(archive.logs(before[0].id)) == 1


def test_a_case_that_lost_a_record_which_is_safe_here_goes_on(tmp_path: Path) -> None:
    """Its newest record was damaged after the sync; the next one hangs on the one before."""
    with open_archive(tmp_path / "a.db", create=True) as archive:
        with ScriptedCase(tmp_path / "one") as case:
            case.log(5)
            brought_home(case, archive)
        (segment,) = (tmp_path / "one").rglob("*.seg")
        raw = bytearray(segment.read_bytes())
        raw[-20] ^= 1
        segment.write_bytes(raw)
        with ScriptedCase(tmp_path / "one") as case:
            case.log(2)
            brought_home(case, archive)
            held = archive.highest_seq(1)
            with Line(case.port) as line:
                assert held == line.ask("status").integer("next") - 1
        assert archive.quarantined() == 0


def test_a_wish_for_other_rules_outlives_a_sync_that_broke_off(tmp_path: Path) -> None:
    with open_archive(tmp_path / "a.db", create=True) as archive:
        with ScriptedCase(tmp_path / "one") as case:
            case.script = only("clock", lambda request, right: b"")
            with Line(case.port) as line, pytest.raises(CaseError, match="stopped making sense"):
                sync(line, archive, lambda: NOW, needle_um=250)
            case.script = honest
            with Line(case.port) as line:
                outcome = sync(line, archive, lambda: NOW)
        assert outcome.policy is not None
        assert outcome.policy.needle_um == 250
        assert archive.pending_policy(1) is None


def test_rules_that_a_case_has_lost_are_given_back(tmp_path: Path) -> None:
    with open_archive(tmp_path / "a.db", create=True) as archive:
        with ScriptedCase(tmp_path / "one") as case, Line(case.port) as line:
            sync(line, archive, lambda: NOW, needle_um=250)
        for cell in (tmp_path / "one").rglob("policy-*"):
            cell.unlink()
        with ScriptedCase(tmp_path / "one") as case, Line(case.port) as line:
            assert sync(line, archive, lambda: NOW).policy_changed
            assert "revision=1;needle_um=250" in line.ask("policy").word("policy")


def test_what_a_newer_version_can_read_leaves_quarantine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = dict(events.KINDS)
    with open_archive(tmp_path / "a.db", create=True) as archive:
        with archive.transaction():
            log_id = archive.keep_log(archive.keep_case("5c1f", "pico", "0.1.0"), ID.hex())
        raw = events.encode(Event(events.BOOT, BOOT, seq=1), first_chain(ID))
        monkeypatch.delitem(events.KINDS, events.BOOT)
        with archive.transaction():
            assert archive.keep_records(log_id, 1, first_chain(ID), raw) == (1, 1)
            assert archive.read_again(log_id) == 0
        monkeypatch.setattr(events, "KINDS", known)
        with archive.transaction():
            assert archive.read_again(log_id) == 1
        assert (archive.quarantined(), archive.raw_records(log_id)) == (0, [raw])
