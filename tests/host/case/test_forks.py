"""A flash that was put back from a copy: nothing is lost on either side, and it goes on cleanly."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.bringing_home import (
    DAY,
    NOW,
    PutBack,
    bring_home,
    contents,
    folded,
    go_on,
    hang_up_after,
    home_now,
    logs_in,
    make_put_back,
    use,
    write,
)
from tests.host.scripted_case import FLASH, LOG_ID, ScriptedCase
from tests.host.writing_down import TWO_ZONES

from rollcore import events
from rollcore.events import CASE_EPOCH
from rollcore.rest import rested_at
from rollhost.database.diary import HOLD, ME, Entry
from rollhost.database.open import open_archive
from rollhost.errors import CaseError
from rollhost.history import case_status, heads, history, lineage
from rollhost.output import units

pytestmark = pytest.mark.in_process

ORIGINAL = LOG_ID.hex()


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands run at the time at which the logs come home."""
    monkeypatch.setenv("ROLLCASE_NOW", units.utc(NOW + CASE_EPOCH))


@pytest.fixture
def put_back(home: Path) -> PutBack:
    """A case whose flash was put back, see `make_put_back`."""
    return make_put_back(home)


def refuse(case: ScriptedCase) -> None:
    """Let a case refuse to begin a new log."""
    case.app.new_log = lambda keep: "this firmware cannot do it"  # type: ignore[method-assign]


class TestFork:
    def test_fork_and_the_new_log_are_about_the_person_of_the_log(self, put_back: PutBack) -> None:
        with open_archive(put_back.path) as archive, archive.transaction():
            (case,) = archive.cases()
            assert case.log_id is not None
            archive.name_person(7, "Ben", NOW)
            archive.own_log(case.log_id, 7, NOW + CASE_EPOCH)
        with put_back.case() as case_here:
            go_on(case_here)
            assert not home_now(case_here, put_back.path).agreed.is_nobodys
        assert [log.facts.person for log in logs_in(put_back.path)] == [7, 7, 7]

    def test_records_since_are_kept_beside_the_log_and_a_new_log_begins(
        self, put_back: PutBack
    ) -> None:
        before = contents(put_back.path)["records"]
        with put_back.case() as case:
            go_on(case)
            outcome = home_now(case, put_back.path)
            logs = logs_in(put_back.path)
            assert outcome.new_log == case.app.journal.log_id.hex()
        original, fork, born = logs
        assert [
            row for row in contents(put_back.path)["records"] if row[0] == original.id
        ] == before
        assert (original.name, fork.facts.fork_of, born.facts.follows) == (
            ORIGINAL,
            ORIGINAL,
            fork.name,
        )
        assert fork.name == lineage.fork_name(ORIGINAL, fork.raw[0])
        assert outcome.back_to == fork.events[0].seq - 1
        assert [event.kind for event in fork.events[-4:]] == [
            events.USE_STARTED, events.USE_ENDED, events.SOAK_STARTED, events.SOAK_ENDED
        ]  # fmt: skip
        assert not set(fork.raw) & set(original.raw)

    def test_state_of_fork_and_new_log_is_that_of_the_case(self, put_back: PutBack) -> None:
        with put_back.case() as case:
            go_on(case)
            refuse(case)
            home_now(case, put_back.path)
            assert folded(put_back.path) == case.app.journal.state
            with open_archive(put_back.path) as archive:
                past = history.read(archive)
            chosen = past.policies.chosen(past.cases[0])
            assert chosen is not None
            assert chosen.digest == TWO_ZONES.digest
        with put_back.case() as case:
            home_now(case, put_back.path)
            assert logs_in(put_back.path)[-1].name == case.app.journal.log_id.hex()
            assert folded(put_back.path) == case.app.journal.state
            write(case, events.LID, NOW, what=events.LID_OPENED)
            home_now(case, put_back.path)
            assert folded(put_back.path) == case.app.journal.state

    def test_each_session_and_each_use_of_the_head_counts_once(self, put_back: PutBack) -> None:
        with put_back.case() as case:
            go_on(case)
            home_now(case, put_back.path)
            use(case, NOW - 100, 0)
            home_now(case, put_back.path)
        with open_archive(put_back.path) as archive:
            past = history.read(archive)
            [case_row] = past.cases
        ended = [NOW + CASE_EPOCH - ago for ago in (90 * DAY, 5 * DAY, 2 * DAY, 100)]
        assert [session.ended for session in past.sessions] == ended
        assert [session.zone for session in past.sessions] == ["face", "face", "neck", "face"]
        [head] = heads.heads(past.logs(case_row), NOW + CASE_EPOCH)
        assert (head.uses, head.until) == (4, None)

    def test_rest_counts_what_the_case_has_lost_and_no_more(self, put_back: PutBack) -> None:
        """The neck rests for a use that only the old log has; nothing counts for other zones."""
        with put_back.case() as case:
            go_on(case)
            bring_home(case, put_back.path, NOW)
        with open_archive(put_back.path) as archive:
            past = history.read(archive)
            summary = case_status.summarise(past, past.cases[0], NOW + CASE_EPOCH)
        rests = dict(summary.zones())
        until = NOW + CASE_EPOCH - 2 * DAY + TWO_ZONES.rest_s
        # The clock stood at the end of the soak: its use may have been just before the sync.
        assert rests == {"face": until + 2 * DAY - 660, "neck": until}

    def test_no_zone_rests_for_what_both_sides_have(self, home: Path) -> None:
        """The face was used before the log went back, and nothing since: the neck may be."""
        one = PutBack(home)
        with one.case() as case:
            bring_home(case, one.path, NOW - 91 * DAY)
            assert case.app.set_policy(TWO_ZONES) == ""
            use(case, NOW - 10 * DAY, 0)
            home_now(case, one.path)
        one.copy()
        with one.case() as case:
            write(case, events.LID, NOW - 2 * DAY, what=events.LID_OPENED)
            home_now(case, one.path)
        one.put_back()
        with one.case() as case:
            write(case, events.LID, NOW - DAY, what=events.LID_CLOSED)
            refuse(case)
            home_now(case, one.path)
        with open_archive(one.path) as archive:
            past = history.read(archive)
            summary = case_status.summarise(past, past.cases[0], NOW + CASE_EPOCH)
        until = NOW + CASE_EPOCH - 10 * DAY + TWO_ZONES.rest_s
        assert dict(summary.zones()) == {"face": until, "neck": None}

    @pytest.mark.parametrize("lost", ["use", "hold"])
    def test_new_log_of_another_computer_is_told_what_only_this_one_knows(
        self, home: Path, lost: str
    ) -> None:
        """The new log says that it goes on from the log here, but not from which record of it."""
        one, other = PutBack(home), home / "other.db"
        with one.case() as case:
            for path in (one.path, other):
                bring_home(case, path, NOW - 91 * DAY)
                with open_archive(path) as archive, archive.transaction():
                    (known,) = archive.cases()
                    assert known.log_id is not None
                    archive.own_log(known.log_id, ME, NOW)
            assert case.app.set_policy(TWO_ZONES) == ""
            home_now(case, one.path)
        one.copy()
        with one.case() as case:
            write(case, events.LID, NOW - 9 * DAY, what=events.LID_OPENED)
            home_now(case, other)
            if lost == "use":
                use(case, NOW - 6 * DAY, 1)
            else:
                hold = {"reason": events.ACNE, "until": 0}
                with open_archive(one.path) as archive, archive.transaction():
                    archive.diary.add(Entry(HOLD, NOW + CASE_EPOCH, data=dict(hold)), NOW)
            home_now(case, one.path)
            known_before = case.app.journal.state.copy()
        one.put_back()
        with one.case() as case:
            use(case, NOW - 5 * DAY, 0)
            assert home_now(case, other).new_log
            home_now(case, one.path)
            state = case.app.journal.state
            assert rested_at(state, TWO_ZONES, 1) == rested_at(known_before, TWO_ZONES, 1)
            assert state.hold_reason == known_before.hold_reason
            assert home_now(case, one.path).new == 0

    def test_two_computers_call_a_fork_the_same(self, put_back: PutBack, home: Path) -> None:
        shutil.copy(put_back.path, home / "other.db")
        with put_back.case() as case:
            go_on(case)
            refuse(case)
            home_now(case, put_back.path)
            use(case, NOW - DAY, 1)
            home_now(case, home / "other.db")
        names = [[log.name for log in logs_in(path)] for path in (put_back.path, home / "other.db")]
        assert names[0] == names[1]
        assert len(names[0]) == 2

    def test_log_that_went_back_and_has_nothing_new_yet_is_no_error(
        self, put_back: PutBack
    ) -> None:
        """What it has logged since its start, the log here has too."""
        with put_back.case() as case:
            shared = case.app.journal.next - 1
            outcome = home_now(case, put_back.path)
            assert (outcome.back_to, outcome.new_log != "") == (shared, True)
            original, born = logs_in(put_back.path)
            assert (original.name, born.facts.fork_of) == (ORIGINAL, None)
            home_now(case, put_back.path)
            assert folded(put_back.path) == case.app.journal.state

    def test_fork_as_long_as_the_log_here_is_noticed_before_it_is_acknowledged(
        self, put_back: PutBack
    ) -> None:
        held = len(logs_in(put_back.path)[0].raw)
        with put_back.case() as case:
            while case.app.journal.next <= held:
                write(case, events.LID, NOW - 3 * DAY, what=events.LID_CLOSED)
            assert case.app.journal.next == held + 1
            home_now(case, put_back.path)
            original, fork, _ = logs_in(put_back.path)
            assert len(original.raw) == held
            assert fork.events[-1].seq == held

    def test_fork_longer_than_the_log_here_is_noticed(self, put_back: PutBack) -> None:
        held = len(logs_in(put_back.path)[0].raw)
        with put_back.case() as case:
            for ago in range(held + 150, 0, -1):
                write(case, events.LID, NOW - 3 * DAY - ago, what=events.LID_CLOSED)
            last = case.app.journal.next - 1
            home_now(case, put_back.path)
            original, fork, _ = logs_in(put_back.path)
            assert len(original.raw) == held
            assert [event.seq for event in fork.events] == list(range(fork.events[0].seq, last + 1))

    def test_flash_that_is_put_back_twice_makes_two_forks(self, put_back: PutBack) -> None:
        with put_back.case() as case:
            go_on(case)
            home_now(case, put_back.path)
        put_back.put_back()
        with put_back.case() as case:
            use(case, NOW - 4 * DAY, 1)
            home_now(case, put_back.path)
            home_now(case, put_back.path)
            assert folded(put_back.path) == case.app.journal.state
        logs = logs_in(put_back.path)
        assert [log.facts.fork_of for log in logs].count(ORIGINAL) == 2
        keys = [session.key for log in logs for session in log.content.sessions]
        assert len(keys) == len(set(keys)) == 4

    def test_fork_of_a_fork_leaves_the_fork(self, put_back: PutBack, home: Path) -> None:
        with put_back.case() as case:
            go_on(case)
            refuse(case)
            home_now(case, put_back.path)
        shutil.copytree(home / "flash", home / "second")
        with put_back.case() as case:
            use(case, NOW - 4 * DAY, 1)
            refuse(case)
            home_now(case, put_back.path)
        shutil.copy(home / "second" / FLASH, home / "flash" / FLASH)
        with put_back.case() as case:
            use(case, NOW - 3 * DAY, 0)
            refuse(case)
            home_now(case, put_back.path)
            assert folded(put_back.path) == case.app.journal.state
        original, first, second = logs_in(put_back.path)
        assert (first.facts.fork_of, second.facts.fork_of) == (original.name, first.name)

    def test_refused_new_log_is_said_and_the_fork_goes_on_growing(
        self, put_back: PutBack, host: Host
    ) -> None:
        with put_back.case() as case:
            refuse(case)
            go_on(case)
            for uses in (1, 2):
                result = host("sync", "--port", case.port)
                assert result.returncode == 0
                assert "The case says: this firmware cannot do it." in result.stderr
                assert "The case needs a new log and has not begun one" in result.stderr
                assert len(logs_in(put_back.path)[1].content.uses) == uses
                use(case, NOW - 50, 1)

    def test_sync_cut_after_any_answer_ends_in_the_same_database(
        self, put_back: PutBack, home: Path
    ) -> None:
        with put_back.case() as case:
            go_on(case)
        shutil.copytree(home / "flash", home / "at rest")
        shutil.copy(put_back.path, home / "before.db")
        with put_back.case() as case:
            home_now(case, put_back.path)
            answers = case.answers
        expected = contents(put_back.path)
        for cut in range(1, answers):
            shutil.rmtree(home / "flash")
            shutil.copytree(home / "at rest", home / "flash")
            shutil.copy(home / "before.db", put_back.path)
            with put_back.case() as case:
                case.script = hang_up_after(cut)
                with pytest.raises(CaseError):
                    home_now(case, put_back.path)
                # The same run goes on: the power stays, only the cable was pulled.
                case.reopen()
                home_now(case, put_back.path)
            found = contents(put_back.path)
            assert found == expected, cut


class TestCommands:
    @pytest.fixture
    def forked(self, put_back: PutBack) -> Iterator[ScriptedCase]:
        """The case after its log has forked and a new one has begun."""
        with put_back.case() as case:
            go_on(case)
            home_now(case, put_back.path)
            yield case

    def test_sync_says_what_has_become_of_the_log(self, put_back: PutBack, host: Host) -> None:
        with put_back.case() as case:
            go_on(case)
            result = host("sync", "--port", case.port)
        assert "The case's log had gone back to record" in result.stdout
        assert "as a log of its own" in result.stdout
        assert "the case has begun a new log" in result.stdout
        assert (result.returncode, result.stderr) == (0, "")

    def test_sync_says_the_same_as_json(self, put_back: PutBack, host_json: HostJson) -> None:
        with put_back.case() as case:
            go_on(case)
            first = host_json("sync", "--port", case.port)
            new = case.app.journal.log_id.hex()
            second = host_json("sync", "--port", case.port)
        assert first["back_to"] == logs_in(put_back.path)[1].events[0].seq - 1
        assert first["new_log"] == {"begun": new, "refused": None}
        assert (second["back_to"], second["new_log"]["begun"]) == (None, None)

    def test_verify_finds_nothing_wrong_and_names_the_fork(
        self, forked: ScriptedCase, host: Host, put_back: PutBack
    ) -> None:
        result = host("verify")
        assert (result.returncode, result.stderr) == (0, "")
        assert f", which has left log {ORIGINAL[-6:]}: " in result.stdout
        assert result.stdout.count("all chained") == 3
        with open_archive(put_back.path) as archive, archive.transaction():
            archive._db.execute("DELETE FROM records WHERE log_id = 2 AND seq % 2 = 1")
        assert host("verify").returncode == 1

    @pytest.mark.parametrize("command", ["status", "log", "plan", "policy", "doctor"])
    def test_command_works_with_a_fork(
        self, forked: ScriptedCase, host: Host, command: str
    ) -> None:
        result = host(command)
        assert result.returncode in (0, 1), result.stderr
        assert result.stdout

    def test_report_and_exports_work_with_a_fork(
        self, forked: ScriptedCase, host: Host, home: Path
    ) -> None:
        for words in (["report", "a.html"], ["export", "csv", "a.csv"], ["export", "ics", "a.ics"]):
            result = host(*words[:-1], str(home / words[-1]))
            assert result.returncode == 0, result.stderr
            assert (home / words[-1]).stat().st_size > 100
