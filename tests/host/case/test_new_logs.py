"""A log that begins with a state: born with what the case knew, or pruned before it was met."""

from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.firmware.memory_flash import MemoryFiles
from tests.host.bringing_home import DAY, NOW, bring_home, folded, live_until, logs_in, use, write
from tests.host.scripted_case import LOG_ID, ScriptedCase, answer, only
from tests.host.writing_down import TWO_ZONES

from rollcase.block_store import HURT
from rollcore import blocks, events
from rollcore.events import CASE_EPOCH
from rollcore.reactions import needs_clinician
from rollhost.case import fetch
from rollhost.database.diary import HOLD, Entry
from rollhost.database.open import open_archive
from rollhost.history import case_status, heads, history
from rollhost.history.summary import Summary
from rollhost.output import units

pytestmark = pytest.mark.in_process


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands run at the time at which the logs come home."""
    monkeypatch.setenv("ROLLCASE_NOW", units.utc(NOW + CASE_EPOCH))


@pytest.fixture
def lived(case: ScriptedCase, home: Path) -> ScriptedCase:
    """A case that was used in both zones and is on hold, and all of it is in `old.db`."""
    bring_home(case, home / "old.db", NOW - 91 * DAY)
    assert case.app.set_policy(TWO_ZONES) == ""
    use(case, NOW - 60 * DAY, 0)
    use(case, NOW - 10 * DAY, 1)
    assert case.app.tell(events.HEAD_NEW, {"token": 77}, 0) == ""
    use(case, NOW - 3 * DAY, 0)
    hold = {"token": 78, "reason": events.SUNBURN, "until": NOW + 20 * DAY}
    assert case.app.tell(events.HOLD_SET, hold, 0) == ""
    bring_home(case, home / "old.db", case.app.clock.time)
    return case


def summary_of(path: Path) -> Summary:
    """Return the summary of the only case in a database."""
    with open_archive(path) as archive:
        past = history.read(archive)
    return case_status.summarise(past, past.cases[0], NOW + CASE_EPOCH)


def begin_new_log(case: ScriptedCase, keep: bool = True) -> None:
    """Let the case begin a new log, as if another computer had asked for it."""
    case.app.ack(case.app.journal.next - 1)
    assert case.app.new_log(keep) == ""


class TestBorn:
    @pytest.mark.parametrize("database", ["old.db", "new.db"])
    def test_born_log_shows_the_state_of_the_case(
        self, lived: ScriptedCase, home: Path, database: str
    ) -> None:
        """Also on a computer that never met the log before."""
        begin_new_log(lived)
        bring_home(lived, home / database, lived.app.clock.time)
        assert folded(home / database) == lived.app.journal.state
        write(lived, events.LID, NOW - DAY, what=events.LID_OPENED)
        bring_home(lived, home / database, lived.app.clock.time)
        assert folded(home / database) == lived.app.journal.state
        summary = summary_of(home / database)
        assert summary.hold
        ends = [NOW - 3 * DAY + TWO_ZONES.rest_s, NOW - 10 * DAY + TWO_ZONES.rest_s]
        assert [until for _, until in summary.zones()] == [end + CASE_EPOCH for end in ends]
        assert (summary.state.head_uses, summary.policy.digest) == (1, TWO_ZONES.digest)
        assert summary.missing == 0

    def test_computer_that_knows_the_log_before_asks_whether_the_new_one_goes_on_from_it(
        self, lived: ScriptedCase, home: Path
    ) -> None:
        begin_new_log(lived)
        bring_home(lived, home / "old.db", lived.app.clock.time)
        old, born = logs_in(home / "old.db")
        assert (born.facts.follows, born.parent) == (LOG_ID.hex(), old)
        assert len([verb for verb in lived.verbs() if verb == "newlog"]) == 1

    def test_log_that_is_born_twice_before_it_is_met_rests_no_shorter(
        self, lived: ScriptedCase, home: Path
    ) -> None:
        """Nobody here can say whether it goes on from what is here: each zone keeps its rest."""
        begin_new_log(lived)
        write(lived, events.LID, NOW - DAY, what=events.LID_OPENED)
        begin_new_log(lived)
        bring_home(lived, home / "old.db", lived.app.clock.time)
        _, born = logs_in(home / "old.db")
        assert born.facts.follows is None
        assert folded(home / "old.db") == lived.app.journal.state
        ends = [NOW - ago * DAY + TWO_ZONES.rest_s + CASE_EPOCH for ago in (3, 10)]
        assert [until for _, until in summary_of(home / "old.db").zones()] == ends

    def test_head_goes_on_in_the_new_log(self, lived: ScriptedCase, home: Path) -> None:
        begin_new_log(lived)
        use(lived, NOW - 2 * DAY, 1)
        bring_home(lived, home / "old.db", lived.app.clock.time)
        first, second = heads.heads(logs_in(home / "old.db"), NOW + CASE_EPOCH)
        assert (first.uses, second.uses, second.until) == (2, 2, None)
        bring_home(lived, home / "new.db", lived.app.clock.time)
        [head] = heads.heads(logs_in(home / "new.db"), NOW + CASE_EPOCH)
        assert (head.uses, head.since) == (2, second.since)

    def test_use_that_spans_both_logs_is_one_session(self, lived: ScriptedCase, home: Path) -> None:
        digest = TWO_ZONES.digest
        write(lived, events.USE_STARTED, NOW - DAY, 1, how=events.IN_TURN, digest=digest)
        bring_home(lived, home / "old.db", lived.app.clock.time)
        begin_new_log(lived)
        end = NOW - DAY + 300
        write(lived, events.USE_ENDED, end, 1, how=events.BY_BUTTON, seconds=300)
        bring_home(lived, home / "old.db", lived.app.clock.time)
        with open_archive(home / "old.db") as archive:
            sessions = history.read(archive).sessions
        assert [(session.ended, session.zone) for session in sessions[-1:]] == [
            (end + CASE_EPOCH, "neck")
        ]
        assert len(sessions) == 4

    def test_soak_in_the_log_before_counts_for_a_use_in_the_new_one(
        self, lived: ScriptedCase, home: Path
    ) -> None:
        soak = events.BEFORE_USE
        write(lived, events.SOAK_STARTED, NOW - DAY, purpose=soak)
        write(lived, events.SOAK_ENDED, NOW - DAY + 600, purpose=soak, how=events.SOAK_DONE)
        bring_home(lived, home / "old.db", lived.app.clock.time)
        begin_new_log(lived)
        use(lived, NOW - DAY + 1800, 1)
        bring_home(lived, home / "old.db", lived.app.clock.time)
        [session] = logs_in(home / "old.db")[-1].content.sessions
        assert session.use is not None
        assert session.use.disinfected is not None
        assert session.use.disinfected.last == NOW - DAY + 600 + CASE_EPOCH

    def test_clock_that_was_set_in_the_log_before_places_the_records_of_the_new_one(
        self, lived: ScriptedCase, home: Path
    ) -> None:
        begin_new_log(lived)
        write(lived, events.LID, NOW - DAY, what=events.LID_OPENED)
        live_until(lived, NOW)
        bring_home(lived, home / "old.db", NOW)
        [placed] = logs_in(home / "old.db")[-1].placed
        assert placed.known
        assert placed.earliest == NOW - DAY + CASE_EPOCH

    def test_owner_policy_is_known_in_the_new_log(self, lived: ScriptedCase, home: Path) -> None:
        begin_new_log(lived)
        for name in ("old.db", "new.db"):
            outcome = bring_home(lived, home / name, lived.app.clock.time)
            assert not outcome.policy_changed
            with open_archive(home / name) as archive:
                past = history.read(archive)
            chosen = past.policies.chosen(past.cases[0])
            assert chosen is not None
            assert chosen.digest == TWO_ZONES.digest

    def test_nothing_is_told_again_to_a_log_that_goes_on(
        self, case: ScriptedCase, host: Host, host_json: HostJson
    ) -> None:
        assert host("sync", "--port", case.port).returncode == 0
        for words in (["hold", "acne"], ["head", "new"], ["clinic", "3d"], ["reaction", "open"]):
            assert host(*words).returncode == 0
        assert host_json("sync", "--port", case.port)["told"] == 4
        begin_new_log(case)
        document = host_json("sync", "--port", case.port)
        assert (document["told"], document["case"]["waiting"]) == (0, 0)

    def test_head_and_reaction_are_not_told_again_where_nobody_knows_what_it_goes_on_from(
        self, case: ScriptedCase, host: Host, host_json: HostJson
    ) -> None:
        """Told twice, a head would look new, and a reaction would have to be closed twice."""
        assert host("sync", "--port", case.port).returncode == 0
        for words in (["head", "new"], ["reaction", "open"]):
            assert host(*words).returncode == 0
        assert host_json("sync", "--port", case.port)["told"] == 2
        begin_new_log(case)
        write(case, events.LID, case.app.clock.time + 9, what=events.LID_OPENED)
        begin_new_log(case)
        assert host_json("sync", "--port", case.port)["told"] == 0
        assert case.app.journal.state.reactions == 1

    def test_visit_about_a_red_flag_that_a_log_was_born_with_is_about_that_reaction(
        self, case: ScriptedCase, host: Host, host_json: HostJson, home: Path
    ) -> None:
        """A new computer does not know the reaction: about all it would be about others, too."""
        assert host("sync", "--port", case.port).returncode == 0
        assert host("reaction", "open", "--sign", "pus").returncode == 0
        assert host_json("sync", "--port", case.port)["told"] == 1
        (token,) = set(case.app.journal.state.tokens) - {0}
        begin_new_log(case)
        new = ("--db", str(home / "new.db"))
        for _ in range(2):  # from the first on it knows whose the case is
            assert host("sync", "--port", case.port, "--person", "me", *new).returncode == 0
        assert needs_clinician(case.app.journal.state)
        assert host_json("reaction", "seen", *new)["entry"]["reaction"] == token
        assert host("sync", "--port", case.port, *new).returncode == 0
        assert not needs_clinician(case.app.journal.state)

    @pytest.mark.parametrize("is_released", [False, True])
    def test_hold_that_a_log_was_born_with_outlasts_one_that_is_said_later(
        self, lived: ScriptedCase, home: Path, is_released: bool
    ) -> None:
        """This computer knows of it by the state alone that the new log began with."""
        begin_new_log(lived)
        bring_home(lived, home / "new.db", NOW)
        later = {"reason": events.ACNE, "until": NOW + 3 * DAY + CASE_EPOCH}
        released = {"reason": events.NO_HOLD, "until": 0}
        with open_archive(home / "new.db") as archive, archive.transaction():
            for data in [released, later] if is_released else [later]:
                archive.diary.add(Entry(HOLD, NOW + CASE_EPOCH, data={**data}), NOW + CASE_EPOCH)
        bring_home(lived, home / "new.db", NOW + 60)
        state = lived.app.journal.state
        stays = (events.SUNBURN, NOW + 20 * DAY)
        wanted = (events.ACNE, NOW + 3 * DAY) if is_released else stays
        assert (state.hold_reason, state.hold_until) == wanted

    def test_log_of_another_owner_takes_nothing_over(self, lived: ScriptedCase, home: Path) -> None:
        begin_new_log(lived, keep=False)
        bring_home(lived, home / "old.db", lived.app.clock.time)
        _, lent = logs_in(home / "old.db")
        assert lent.parent is None
        assert folded(home / "old.db") == lived.app.journal.state
        assert folded(home / "old.db").head_out
        with open_archive(home / "old.db") as archive, archive.transaction():
            archive.note_follows(2, 1)  # as a rescue reads it from the flash
        assert logs_in(home / "old.db")[-1].parent is None

    def test_verify_finds_nothing_wrong_in_a_born_log(
        self, lived: ScriptedCase, home: Path, host: Host
    ) -> None:
        begin_new_log(lived)
        bring_home(lived, home / "rollcase.db", lived.app.clock.time)
        write(lived, events.LID, NOW - DAY, what=events.LID_OPENED)
        bring_home(lived, home / "rollcase.db", lived.app.clock.time)
        result = host("verify")
        assert result.returncode == 0, result.stdout
        assert "1 record, all chained" in result.stdout

    def test_state_that_the_case_cannot_tell_is_said(
        self, lived: ScriptedCase, home: Path, host: Host
    ) -> None:
        begin_new_log(lived)
        words = "the state before that record is damaged"
        lived.script = only(
            "state", lambda request, right: answer(request, "error", code="storage", words=words)
        )
        result = host("sync", "--port", lived.port)
        assert result.returncode == 0
        assert f"The case says: {words}. It was about records that are not here" in result.stderr

    def test_state_of_now_stands_in_for_one_that_is_damaged(
        self, lived: ScriptedCase, home: Path
    ) -> None:
        begin_new_log(lived)
        write(lived, events.LID, NOW - DAY, what=events.LID_OPENED)
        words = "the state before that record is damaged"
        lived.script = only(
            "state",
            lambda request, right: (
                answer(request, "error", code="storage", words=words)
                if request.integer("seq")
                else right
            ),
        )
        outcome = bring_home(lived, home / "new.db", lived.app.clock.time)
        assert outcome.state_refused == ""
        assert folded(home / "new.db") == lived.app.journal.state


class TestPruned:
    @pytest.fixture
    def pruned(self, lived: ScriptedCase) -> ScriptedCase:
        """The case after it has deleted its oldest block, in which there was a new head."""
        assert lived.app.tell(events.HEAD_NEW, {"token": 80}, 0) == ""
        while lived.app.journal.next < 3 * blocks.SLOTS:
            write(lived, events.LID, lived.app.clock.time + 1, what=events.LID_CLOSED)
        lived.app.ack(lived.app.journal.next - 1)
        lived.app.journal._store._let_go(lived.app.journal.acked)
        assert lived.app.journal.first == blocks.SLOTS + 1
        return lived

    def test_new_computer_has_the_state_of_the_case(
        self, pruned: ScriptedCase, home: Path, host: Host
    ) -> None:
        bring_home(pruned, home / "rollcase.db", pruned.app.clock.time)
        assert folded(home / "rollcase.db") == pruned.app.journal.state
        summary = summary_of(home / "rollcase.db")
        assert (summary.missing, summary.hold) == (blocks.SLOTS, True)
        assert [name for name, _ in summary.zones()] == ["face", "neck"]
        result = host("verify")
        assert result.returncode == 0
        assert "Records 1 to 117: not here; the case has told what they add up to." in result.stdout

    def test_computer_that_was_away_has_the_state_of_the_case(
        self, pruned: ScriptedCase, home: Path
    ) -> None:
        """Records that it never had were deleted after another computer had them."""
        bring_home(pruned, home / "old.db", pruned.app.clock.time)
        assert folded(home / "old.db") == pruned.app.journal.state


class TestLostBlock:
    def test_block_that_is_lost_in_the_middle_is_bridged_by_the_state_behind_it(
        self, lived: ScriptedCase, home: Path
    ) -> None:
        while lived.app.journal.next < 3 * blocks.SLOTS:
            write(lived, events.LID, lived.app.clock.time + 1, what=events.LID_CLOSED)
            if lived.app.journal.next == 2 * blocks.SLOTS:
                assert lived.app.tell(events.HEAD_NEW, {"token": 79}, 0) == ""
        del lived.app.journal._store._blocks[1]
        bring_home(lived, home / "new.db", lived.app.clock.time)
        assert folded(home / "new.db") == lived.app.journal.state
        [log] = logs_in(home / "new.db")
        assert (log.missing, [seq for seq, _ in log.facts.states]) == (117, [234])


class TestHurt:
    def test_fault_that_asks_for_a_new_log_is_known_by_the_words_of_the_firmware(self) -> None:
        assert fetch.HURT == HURT

    def test_case_whose_files_are_hurt_begins_a_new_log(
        self, lived: ScriptedCase, home: Path, host: Host
    ) -> None:
        store = lived.app.journal._store
        assert isinstance(store._files, MemoryFiles)
        store._files.forget(store._name(store.last))
        store._to_check = store.last
        lived.app.journal.settle()
        assert lived.app.fault == HURT
        old = lived.app.journal.log_id
        result = host("sync", "--port", lived.port, ROLLCASE_DB=str(home / "old.db"))
        assert result.returncode == 0, result.stderr
        assert lived.app.journal.log_id != old
        assert lived.app.fault == ""
        assert (
            "Littlefs had lost a part of the case's log. All of it is here, and the case has begun"
            " a new log." in result.stdout
        )
        assert "SOS" not in result.stderr
        assert folded(home / "old.db") == lived.app.journal.state

    def test_press_while_a_new_log_is_asked_for_is_brought_home_first(
        self, lived: ScriptedCase, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begin, presses = lived.app.new_log, iter([1, 2])

        def new_log(keep: bool) -> str:
            if next(presses, None) is not None:
                write(lived, events.LID, lived.app.clock.time, what=events.LID_OPENED)
            return begin(keep)

        monkeypatch.setattr(lived.app, "new_log", new_log)
        monkeypatch.setattr(fetch, "HURT", "")  # the fault of a case that has none
        outcome = bring_home(lived, home / "old.db", lived.app.clock.time)
        assert (outcome.new, outcome.new_log_refused) == (2, "")
        assert outcome.new_log == lived.app.journal.log_id.hex()

    def test_case_is_asked_for_one_new_log_in_a_sync(
        self, lived: ScriptedCase, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begin = lived.app.new_log

        def new_log(keep: bool) -> str:
            why_not = begin(keep)
            write(lived, events.LID, lived.app.clock.time, what=events.LID_OPENED)
            return why_not

        monkeypatch.setattr(lived.app, "new_log", new_log)
        monkeypatch.setattr(fetch, "HURT", "")  # the fault of a case that has none
        bring_home(lived, home / "old.db", lived.app.clock.time)
        assert len(logs_in(home / "old.db")) == 2

    def test_refused_new_log_is_said_and_the_sync_goes_on(
        self, lived: ScriptedCase, home: Path, host: Host, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(type(lived.app.journal), "hurt", property(lambda journal: HURT))
        monkeypatch.setattr(lived.app, "new_log", lambda keep: "this firmware cannot do it")
        result = host("sync", "--port", lived.port, ROLLCASE_DB=str(home / "old.db"))
        assert result.returncode == 0
        assert "this firmware cannot do it. The case needs a new log" in result.stderr
        assert f"The case shows SOS: {HURT}." in result.stderr
