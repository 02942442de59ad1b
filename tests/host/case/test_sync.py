"""A sync: what it leaves in the database and in the case, also where it breaks off."""

from pathlib import Path

import pytest
from tests.host.scripted_case import ScriptedCase, honest, only, spoil_record
from tests.host.status_logs import NOW

from rollcore import events, frames
from rollcore.messages import Message
from rollhost.case import connection as line_module
from rollhost.case.connection import Line
from rollhost.case.sync import sync
from rollhost.database.archive import Archive
from rollhost.database.diary import HOLD, ME, Entry
from rollhost.database.open import open_archive
from rollhost.errors import CaseError
from rollhost.history.policies import read_policies


def brought_home(case: ScriptedCase, archive: Archive) -> None:
    """Sync, with this computer's clock at `NOW`."""
    with Line(case.port) as line:
        sync(line, archive, lambda: NOW)


def test_log_that_the_case_has_now_is_its_current_log(
    tmp_path: Path,
) -> None:
    """A flash that was swapped for another and put back."""
    with open_archive(tmp_path / "a.db", create=True) as archive:
        for name in ("flash a", "flash b", "flash a"):
            with ScriptedCase(tmp_path / name, log_id=name.encode() + b"!") as case:
                brought_home(case, archive)
        (case_row,) = archive.cases()
        assert case_row.log_id == archive.logs(case_row.id)[0]


def test_case_with_an_unreadable_log_leaves_the_database_unchanged(tmp_path: Path) -> None:
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


def test_case_that_lost_a_synced_record_goes_on(tmp_path: Path) -> None:
    """Its newest record was damaged after the sync; the next one hangs on the one before."""
    with open_archive(tmp_path / "a.db", create=True) as archive:
        with ScriptedCase(tmp_path / "one") as case:
            case.log(5)
            brought_home(case, archive)
            spoil_record(tmp_path / "one", case.app.journal.next - 1)
        with ScriptedCase(tmp_path / "one") as case:
            case.log(2)
            brought_home(case, archive)
            with Line(case.port) as line:
                end = line.ask("status").integer("next")
        [log_id] = archive.logs(1)
        assert archive.highest_seq(log_id) == end - 1
        assert archive.quarantined() == 0


@pytest.mark.slow
def test_computer_that_was_ahead_once_writes_no_later_than_others(tmp_path: Path) -> None:
    """It was not sure of its time, and a sync wrote whose the case is."""
    ahead = NOW + 400 * 86400
    with open_archive(tmp_path / "a.db", create=True) as archive:
        with ScriptedCase(tmp_path / "one") as case, Line(case.port) as line:
            sync(
                line,
                archive,
                lambda: ahead,
                whose=lambda archive, case_id, log_id: ME,
                how_sure=lambda meeting: events.NOT_SURE,
            )
            assert archive.log_facts(archive.logs(1)[0]).person == ME
        now = NOW + events.CASE_EPOCH
        with archive.transaction():
            entry = archive.diary.add(Entry(HOLD, now, data={"reason": 1, "until": 0}), now)
        assert entry.written_at == now


def test_pending_policy_survives_an_interrupted_sync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_module, "ANSWER_S", 0.5)  # each question is asked three times
    with open_archive(tmp_path / "a.db", create=True) as archive:
        with ScriptedCase(tmp_path / "one") as case:
            case.script = only("time", lambda request, right: b"")
            with Line(case.port) as line, pytest.raises(CaseError, match="stopped making sense"):
                sync(line, archive, lambda: NOW, needle_um=250)
            case.script = honest
            with Line(case.port) as line:
                outcome = sync(line, archive, lambda: NOW)
        assert outcome.policy is not None
        assert outcome.policy.needle_um == 250
        assert read_policies(archive).waiting(archive.cases()[0]) is None


def test_lost_policy_is_restored_by_the_next_sync(tmp_path: Path) -> None:
    with open_archive(tmp_path / "a.db", create=True) as archive:
        with ScriptedCase(tmp_path / "one") as case, Line(case.port) as line:
            sync(line, archive, lambda: NOW, needle_um=250)
        for cell in (tmp_path / "one").rglob("policy-*"):
            cell.unlink()
        with ScriptedCase(tmp_path / "one") as case, Line(case.port) as line:
            assert sync(line, archive, lambda: NOW).policy_changed
            assert "revision=1;needle_um=250" in line.ask("policy").word("policy")
