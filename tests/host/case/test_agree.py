"""After a sync case and host know the same: what is carried over, taken back, and told again."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.host.bringing_home import DAY, NOW, bring_home, live_until, use, write
from tests.host.scripted_case import FLASH, ScriptedCase, spoil_record
from tests.host.writing_down import TWO_ZONES

from rollcore import events, policy
from rollcore.events import CASE_EPOCH
from rollcore.memory import CLINIC_END, HEAD_SINCE, NEVER
from rollcore.policy import Policy
from rollcore.reactions import needs_clinician
from rollcore.rest import rested_at
from rollcore.state import HELD, PREPARE, RESTING, fold, judge
from rollhost.case.connection import Line
from rollhost.case.sync import Outcome, sync
from rollhost.cli.retire import retire
from rollhost.database import diary
from rollhost.database.archive import Archive, Case
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.history import case_status, history, holds
from rollhost.history.history import History
from rollhost.history.reactions import waiting_for_clinician
from rollhost.history.summary import Summary
from rollhost.output.status import case_document

pytestmark = pytest.mark.in_process

ONE_ZONE = policy.for_needle(500).changed(revision=1)
HANDS = Policy(policy.numbers_of(ONE_ZONE), ("hands",))
OTHER_DEVICE = "66778899aabbccdd"


class Household:
    """The cases and the database of one person."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self._home = home
        self._stack = stack
        self.path = home / "rollcase.db"

    def case(self, name: str = "first", device: str | None = None) -> ScriptedCase:
        """Switch a case on whose clock is right a hundred days before `NOW`."""
        log_id = name.encode().ljust(8, b"-")[:8]
        device = device or f"{name.encode().hex():0<16}"[:16]
        return self._stack.enter_context(
            ScriptedCase(self._home / name, device=device, log_id=log_id)
        )

    def wiped(self, name: str, device: str) -> ScriptedCase:
        """Return a case with empty flash and the chip of another."""
        return self.case(name, device)

    def sync(self, case: ScriptedCase, at: int) -> Outcome:
        """Sync at case time `at` (s), on a computer whose clock is right."""
        live_until(case, at)
        outcome = bring_home(case, self.path, at)
        with self.archive() as archive, archive.transaction():
            now, past = at + CASE_EPOCH, history.read(archive)
            [here] = [known for known in past.cases if known.id == outcome.case_id]
            assert said(outcome.past, outcome.case, now) == said(past, here, now)
            if archive.log_facts(outcome.log_id).person is None:
                archive.own_log(outcome.log_id, diary.ME, now)
        return outcome

    def archive(self) -> "OpenArchive":
        return OpenArchive(self.path)

    def write(self, entry: Entry, at: int) -> Entry:
        """Write an entry down at case time `at` (s)."""
        with self.archive() as archive, archive.transaction():
            return archive.diary.add(entry, at + CASE_EPOCH)

    def undo(self, entry: Entry, at: int) -> None:
        """Take an entry back at case time `at` (s)."""
        with self.archive() as archive, archive.transaction():
            archive.diary.undo(entry, at + CASE_EPOCH)

    def status(self, case: ScriptedCase, at: int) -> Summary:
        """Return what status says of a case at case time `at` (s)."""
        with self.archive() as archive:
            past = history.read(archive)
            known = next(known for known in past.cases if known.device == device_of(case))
            return case_status.summarise(past, known, at + CASE_EPOCH)


def said(past: History, case: Case, now: int) -> dict[str, object]:
    """Return all that a sync says of a case at Unix time `now` (s), by a name."""
    summary = case_status.summarise(past, case, now)
    return {**case_document(summary), "case": case, "state": vars(summary.state)}


class OpenArchive:
    """The database, opened for a moment."""

    def __init__(self, path: Path) -> None:
        self._open = open_archive(path, create=True)

    def __enter__(self) -> Archive:
        return self._open.__enter__()

    def __exit__(self, *failed: object) -> None:
        self._open.__exit__(None, None, None)


@pytest.fixture
def house(home: Path) -> Iterator[Household]:
    """A person with no case yet."""
    with ExitStack() as stack:
        yield Household(home, stack)


def device_of(case: ScriptedCase) -> str:
    return case._server._device


def phase(case: ScriptedCase) -> str:
    """Return the phase that the lamp shows."""
    return judge(case.app.journal.state, case.app.policy, case.app.clock.time).phase


def ends(case: ScriptedCase) -> list[int]:
    """Return the case time (s) from which each zone has rested, as the case knows it."""
    state, rules = case.app.journal.state, case.app.policy
    return [rested_at(state, rules, zone) for zone in range(len(rules.zones))]


def agree(house: Household, case: ScriptedCase, at: int) -> None:
    """Check that lamp and screen say the same at case time `at` (s), and nothing is told again."""
    live_until(case, at)
    said = house.status(case, at)
    assert said.standing.phase == phase(case)
    assert [until and until - CASE_EPOCH for _, until in said.zones()] == [
        end if end > at else None for end in ends(case)
    ]
    assert said.state.head_uses == case.app.journal.state.head_uses
    assert (said.waiting, said.taken_back) == ([], 0)
    outcome = house.sync(case, at)
    assert (outcome.new, outcome.agreed.agrees) == (0, True)


class TestCarried:
    def test_case_with_empty_flash_rests_for_the_use_of_its_old_log(self, house: Household) -> None:
        case = house.case()
        house.sync(case, NOW - 30 * DAY)
        assert case.app.set_policy(ONE_ZONE) == ""
        use(case, NOW - DAY)
        house.sync(case, NOW)
        wiped = house.wiped("wiped", device_of(case))
        outcome = house.sync(wiped, NOW)
        assert outcome.agreed.carried == 1
        assert phase(wiped) == RESTING
        assert ends(wiped) == [NOW - DAY + ONE_ZONE.rest_s]
        agree(house, wiped, NOW + 60)

    def test_head_goes_on_in_a_case_with_empty_flash(self, house: Household) -> None:
        case = house.case()
        house.sync(case, NOW - 90 * DAY)
        for ago in (60, 30, 1):
            use(case, NOW - ago * DAY)
        house.sync(case, NOW)
        since = case.app.journal.state.at[HEAD_SINCE]
        wiped = house.wiped("wiped", device_of(case))
        house.sync(wiped, NOW)
        state = wiped.app.journal.state
        assert (state.head_uses, state.at[HEAD_SINCE]) == (3, since)
        agree(house, wiped, NOW + 60)

    def test_new_head_in_a_case_with_empty_flash_counts_from_nothing(
        self, house: Household
    ) -> None:
        case = house.case()
        house.sync(case, NOW - 90 * DAY)
        use(case, NOW - 40 * DAY)
        house.sync(case, NOW)
        wiped = house.wiped("wiped", device_of(case))
        house.sync(wiped, NOW)
        write(wiped, events.HEAD_NEW, NOW + 60, uses=1, token=0)
        house.sync(wiped, NOW + 120)
        assert wiped.app.journal.state.head_uses == 0
        agree(house, wiped, NOW + 180)

    def test_second_case_rests_for_the_use_of_the_first(self, house: Household) -> None:
        one, two = house.case("one"), house.case("two")
        house.sync(one, NOW - 30 * DAY)
        house.sync(two, NOW - 30 * DAY)
        use(one, NOW - DAY)
        house.sync(one, NOW)
        assert house.status(two, NOW).standing.phase == RESTING
        assert house.sync(two, NOW).agreed.carried == 1
        assert phase(two) == RESTING
        assert two.app.journal.state.head_uses == 0
        agree(house, two, NOW + 60)
        agree(house, one, NOW + 60)

    def test_use_whose_record_is_damaged_is_carried_to_the_other_case_once(
        self, house: Household, home: Path
    ) -> None:
        """Power was cut in the use, so its start is its only record; the case knows of it."""
        one, two = house.case("one"), house.case("two")
        for case in (one, two):
            house.sync(case, NOW - 30 * DAY)
        how, digest = events.IN_TURN, one.app.policy.digest
        write(one, events.USE_STARTED, NOW - DAY, how=how, digest=digest)
        spoil_record(home / "one", one.app.journal.next - 1)
        boot = dict.fromkeys(("torn", "corrected", "lost", "skipped"), 0)
        write(one, events.BOOT, NOW - DAY + 1200, cause=events.POWER_ON, **boot)
        house.sync(one, NOW)
        assert house.status(two, NOW).standing.phase == RESTING
        assert house.sync(two, NOW + 60).agreed.carried == 1
        assert ends(two) == ends(one)
        agree(house, two, NOW + 120)
        assert house.sync(one, NOW + 180).agreed.carried == 0

    def test_zone_that_another_case_has_is_other_skin(self, house: Household) -> None:
        one, two = house.case("one"), house.case("two")
        for case, rules in ((one, ONE_ZONE), (two, HANDS)):
            house.sync(case, NOW - 30 * DAY)
            assert case.app.set_policy(rules) == ""
            house.sync(case, NOW - 29 * DAY)
        use(one, NOW - DAY)
        house.sync(one, NOW)
        assert house.sync(two, NOW).agreed.carried == 0
        assert phase(two) == PREPARE
        agree(house, two, NOW + 60)

    def test_use_is_carried_to_every_zone_where_nobody_has_named_them(
        self, house: Household
    ) -> None:
        one, two = house.case("one"), house.case("two")
        house.sync(one, NOW - 30 * DAY)
        house.sync(two, NOW - 30 * DAY)
        assert two.app.set_policy(TWO_ZONES) == ""
        use(one, NOW - DAY)
        house.sync(one, NOW)
        house.sync(two, NOW)
        assert ends(two) == [NOW - DAY + TWO_ZONES.rest_s] * 2
        agree(house, two, NOW + 60)

    def test_use_is_told_once_and_never_goes_in_a_circle(self, house: Household) -> None:
        one, two = house.case("one"), house.case("two")
        for month in range(12):
            for case in (one, two):
                use(case, NOW + (month * 2 + (case is two)) * 30 * DAY)
                for other in (one, two):
                    house.sync(other, case.app.clock.time + 60)
        house.sync(one, two.app.clock.time)
        for case in (one, two):
            with house.archive() as archive:
                past = history.read(archive)
            log = next(log for log in past.all_logs if log.case.device == device_of(case))
            carried = [event for event in log.events if event.kind == events.CARRIED]
            origins = [event.data["origin"] for event in carried]
            assert len(set(origins)) == len(origins) == 12
            assert len(log.content.uses) == 12
            assert case.app.journal.state.head_uses == 12
            agree(house, case, two.app.clock.time + 3600)

    def test_replaced_case_hands_over_rest_head_and_rules(self, house: Household) -> None:
        old = house.case("old")
        house.sync(old, NOW - 60 * DAY)
        assert old.app.set_policy(TWO_ZONES) == ""
        use(old, NOW - 40 * DAY, 1)
        use(old, NOW - DAY, 0)
        house.sync(old, NOW)
        new = house.case("new")
        house.sync(new, NOW)
        with house.archive() as archive:
            cases = {case.device: case for case in archive.cases()}
            retire(archive, cases[device_of(old)], cases[device_of(new)], NOW + CASE_EPOCH)
        house.sync(new, NOW + 60)
        assert new.app.policy.digest == TWO_ZONES.digest
        assert ends(new)[0] == NOW - DAY + TWO_ZONES.rest_s
        assert new.app.journal.state.head_uses == 2
        with house.archive() as archive:
            past = history.read(archive)
        assert [case.device for case in past.cases_now] == [device_of(new)]
        last_use = house.status(new, NOW + 60).last_use
        assert last_use is not None
        assert last_use.ended == NOW - DAY + CASE_EPOCH
        agree(house, new, NOW + 120)

    def test_case_goes_on_for_all_that_stood_in_its_place_one_after_the_other(
        self, house: Household
    ) -> None:
        old, middle, new = house.case("old"), house.case("middle"), house.case("new")
        house.sync(old, NOW - 60 * DAY)
        assert old.app.set_policy(TWO_ZONES) == ""
        use(old, NOW - DAY, 0)
        for case in (old, middle, new):
            house.sync(case, NOW)
        with house.archive() as archive:
            cases = {case.device: case for case in archive.cases()}
            for before, after in ((old, middle), (middle, new)):
                retire(archive, cases[device_of(before)], cases[device_of(after)], NOW + CASE_EPOCH)
        house.sync(new, NOW + 60)
        assert new.app.policy.digest == TWO_ZONES.digest
        assert new.app.journal.state.head_uses == 1
        assert ends(new) == [
            NOW - DAY + TWO_ZONES.rest_s,
            rested_at(old.app.journal.state, TWO_ZONES, 1),
        ]
        agree(house, new, NOW + 120)

    @pytest.mark.parametrize("of", ["wiped", "second"])
    def test_use_that_a_new_computer_knows_from_what_the_case_knew_is_carried(
        self, house: Household, home: Path, of: str
    ) -> None:
        """The log that the computer met has begun with it: no record here tells of it."""
        case = house.case()
        house.sync(case, NOW - 60 * DAY)
        assert case.app.set_policy(ONE_ZONE) == ""
        use(case, NOW - DAY)
        house.sync(case, NOW - DAY + 7200)
        case.app.ack(case.app.journal.next - 1)
        assert case.app.new_log(True) == ""
        house.path = home / "new.db"
        house.sync(case, NOW)
        other = house.wiped("wiped", device_of(case)) if of == "wiped" else house.case("second")
        for later in (60, 90):  # whose a case is that was never met is known after its first sync
            house.sync(other, NOW + later)
        assert ends(other) == ends(case) == [NOW - DAY + ONE_ZONE.rest_s]
        assert other.app.journal.state.head_uses == (of == "wiped")
        agree(house, other, NOW + 120)

    def test_rules_that_still_waited_for_a_replaced_case_go_to_the_new_one(
        self, house: Household
    ) -> None:
        old, new = house.case("old"), house.case("new")
        house.sync(old, NOW - 60 * DAY)
        assert old.app.set_policy(ONE_ZONE) == ""
        house.sync(old, NOW)
        house.sync(new, NOW)
        with house.archive() as archive:
            cases = {case.device: case for case in archive.cases()}
            wanted = ONE_ZONE.changed(revision=2, rest_h=40 * 24)
            basis = ONE_ZONE.digest
            with archive.transaction():
                archive.pend_policy(cases[device_of(old)].id, wanted, NOW + CASE_EPOCH, basis)
            retire(archive, cases[device_of(old)], cases[device_of(new)], NOW + CASE_EPOCH)
        house.sync(new, NOW + 60)
        assert new.app.policy.digest == wanted.digest

    def test_rules_that_went_with_the_flash_are_said_to_be_put_back(self, house: Household) -> None:
        case = house.case()
        house.sync(case, NOW - 60 * DAY)
        with house.archive() as archive:
            (known,) = archive.cases()
            with archive.transaction():
                archive.pend_policy(known.id, ONE_ZONE, NOW - 60 * DAY + CASE_EPOCH)
        outcome = house.sync(case, NOW - 50 * DAY)
        assert (outcome.policy_changed, outcome.policy_put_back) == (True, False)
        outcome = house.sync(house.wiped("wiped", device_of(case)), NOW)
        assert (outcome.policy_changed, outcome.policy_put_back) == (True, True)


class TestTakenBack:
    def clinic(self, house: Household, at: int) -> Entry:
        return house.write(
            Entry(diary.CLINIC, at + CASE_EPOCH, data={"needle_um": 0, "text": ""}), at
        )

    def test_clinic_session_typed_by_mistake_no_longer_locks_any_case(
        self, house: Household
    ) -> None:
        one, two = house.case("one"), house.case("two")
        house.sync(one, NOW - 30 * DAY)
        entry = self.clinic(house, NOW - 60)
        for case in (one, two):
            house.sync(case, NOW)
            house.sync(case, NOW)
            assert phase(case) == RESTING
        house.undo(entry, NOW + 60)
        with house.archive() as archive:
            assert history.read(archive).sessions == []
        for case in (one, two):
            assert house.status(case, NOW + 60).standing.phase == PREPARE
            assert house.sync(case, NOW + 120).agreed.taken_back == 1
            assert phase(case) == PREPARE
            agree(house, case, NOW + 180)

    def test_entry_that_an_earlier_log_was_told_is_taken_back_in_the_one_born_of_it(
        self, house: Household
    ) -> None:
        case = house.case()
        house.sync(case, NOW - 30 * DAY)
        self.clinic(house, NOW - 9 * DAY)
        house.sync(case, NOW - 8 * DAY)
        before = ends(case)
        entry = self.clinic(house, NOW - 60)
        house.sync(case, NOW)
        assert case.app.new_log(True) == ""
        house.sync(case, NOW + 10)
        assert (phase(case), ends(case) > before) == (RESTING, True)
        house.undo(entry, NOW + 60)
        assert house.sync(case, NOW + 120).agreed.taken_back == 1
        assert ends(case) == before
        agree(house, case, NOW + 180)

    def test_earlier_session_counts_again(self, house: Household) -> None:
        case = house.case()
        house.sync(case, NOW - 30 * DAY)
        self.clinic(house, NOW - 9 * DAY)
        house.sync(case, NOW - 8 * DAY)
        before = ends(case)
        entry = self.clinic(house, NOW - 60)
        house.sync(case, NOW)
        assert ends(case) > before
        house.undo(entry, NOW + 60)
        house.sync(case, NOW + 120)
        assert ends(case) == before
        agree(house, case, NOW + 180)

    def test_hold_and_reaction_are_taken_back(self, house: Household) -> None:
        case = house.case()
        house.sync(case, NOW)
        hold: dict[str, object] = {"reason": events.ACNE, "until": 0}
        for entry in (
            Entry(diary.HOLD, NOW + CASE_EPOCH, data=hold),
            Entry(diary.REACTION, NOW + CASE_EPOCH, data={"text": "", "signs": ["pus"]}),
        ):
            written = house.write(entry, NOW)
            house.sync(case, case.app.clock.time + 60)
            assert phase(case) == HELD
            house.undo(written, case.app.clock.time)
            house.sync(case, case.app.clock.time + 60)
            assert phase(case) == PREPARE
            assert case.app.journal.state.tokens == [0] * 4
            agree(house, case, case.app.clock.time + 60)

    def test_head_that_was_not_new_has_seen_all_its_uses(self, house: Household) -> None:
        case = house.case()
        house.sync(case, NOW - 90 * DAY)
        use(case, NOW - 60 * DAY)
        house.sync(case, NOW - 59 * DAY)
        since = case.app.journal.state.at[HEAD_SINCE]
        with house.archive() as archive:
            case_id = archive.cases()[0].id
        new = Entry(diary.HEAD, NOW - 58 * DAY + CASE_EPOCH, case_id=case_id, data={"text": ""})
        entry = house.write(new, NOW - 58 * DAY)
        house.sync(case, NOW - 57 * DAY)
        use(case, NOW - 20 * DAY)
        house.undo(entry, NOW)
        house.sync(case, NOW)
        state = case.app.journal.state
        assert (state.head_uses, state.at[HEAD_SINCE]) == (2, since)
        agree(house, case, NOW + 60)

    def test_other_computer_takes_it_back_as_soon_as_it_reads_the_log(
        self, house: Household, home: Path
    ) -> None:
        case = house.case()
        house.sync(case, NOW - 30 * DAY)
        entry = self.clinic(house, NOW - 60)
        house.sync(case, NOW)
        bring_home(case, home / "other.db", NOW)
        house.undo(entry, NOW + 60)
        house.sync(case, NOW + 120)
        bring_home(case, home / "other.db", NOW + 180)
        with open_archive(home / "other.db") as archive:
            past = history.read(archive)
            summary = case_status.summarise(past, past.cases[0], NOW + 180 + CASE_EPOCH)
        assert summary.standing.phase == PREPARE
        assert phase(case) == PREPARE

    def test_entry_before_the_first_record_here_cannot_be_taken_back(
        self, house: Household
    ) -> None:
        """The host program was told only what the records add up to."""
        case = house.case()
        house.sync(case, NOW - 30 * DAY)
        entry = self.clinic(house, NOW - 60)
        house.sync(case, NOW)
        assert case.app.journal.new_log is not None
        with house.archive() as archive, archive.transaction():
            [log_id] = archive.logs(1)
            for raw in archive.raw_records(log_id):
                if "token" not in events.decode(raw).data:
                    query = "DELETE FROM records WHERE log_id = ? AND seq = ?"
                    archive._db.execute(query, (log_id, events.seq_of(raw)))
            archive.diary.undo(entry, NOW)
        case.app.set_policy(ONE_ZONE)
        outcome = house.sync(case, NOW + 60)
        assert outcome.agreed.not_taken_back + outcome.agreed.taken_back == 1


class TestTakenBackAfterDamage:
    """A case has told what it knows, because a record of it is damaged."""

    @pytest.fixture
    def other(self, home: Path, house: Household) -> Household:
        """The second computer of the same person."""
        computer = Household(home, house._stack)
        computer.path = home / "other.db"
        return computer

    def told(self, house: Household, case: ScriptedCase, kind: str, at: int, **data: int) -> Entry:
        """Write an entry down, and sync at case time `at` (s)."""
        fields: dict[str, object] = {"text": "", **data}
        fields |= {"signs": []} if kind == diary.REACTION else {}
        entry = house.write(Entry(kind, at + CASE_EPOCH, data=fields), at)
        house.sync(case, at)
        return entry

    def over(self, house: Household, case: ScriptedCase, at: int) -> Entry:
        """Say that the skin reacts and, an hour later at case time `at` (s), that this is over."""
        began = self.told(house, case, diary.REACTION, at - 3600)
        return self.told(house, case, diary.REACTION_OVER, at, reaction=began.token)

    def test_reaction_is_open_again_where_a_record_before_it_is_damaged(
        self, house: Household, other: Household, home: Path
    ) -> None:
        case = house.case()
        house.sync(case, NOW - 30 * DAY)
        write(case, events.LID, NOW - 20 * DAY, what=events.LID_OPENED)
        write(case, events.LID, NOW - 20 * DAY + 60, what=events.LID_CLOSED)
        spoil_record(home / "first", case.app.journal.next - 2)
        over = self.over(house, case, NOW - 10 * DAY)
        self.told(other, case, diary.CLINIC, NOW - DAY, needle_um=1500)
        house.undo(over, NOW)
        outcome = house.sync(case, NOW)
        assert (outcome.agreed.taken_back, outcome.agreed.not_taken_back) == (1, 0)
        assert case.app.journal.state.reactions == house.status(case, NOW).state.reactions == 1
        assert house.sync(case, NOW + 60).new == 0

    def test_reaction_is_open_again_where_a_record_after_its_end_is_damaged(
        self, house: Household, other: Household, home: Path
    ) -> None:
        """The last entry that the case has taken is told once more, and makes no new record."""
        case = house.case()
        house.sync(case, NOW - 30 * DAY)
        over = self.over(house, case, NOW - 10 * DAY)
        clinic = self.told(other, case, diary.CLINIC, NOW - DAY, needle_um=1500)
        spoil_record(home / "first", case.app.journal.next - 1)
        boot = dict.fromkeys(("torn", "corrected", "lost", "skipped"), 0)
        write(case, events.BOOT, NOW - DAY + 60, cause=events.POWER_ON, **boot)
        with house.archive() as archive, archive.transaction():
            archive.diary.keep(clinic)
        house.undo(over, NOW)
        outcome = house.sync(case, NOW)
        assert (outcome.agreed.taken_back, outcome.agreed.not_taken_back) == (0, 1)
        assert case.app.journal.state.reactions == house.status(case, NOW).state.reactions == 1
        assert house.sync(case, NOW + 60).new == 1  # the session, which is not the last entry now
        assert house.sync(case, NOW + 120).new == 0

    def test_hold_that_the_case_alone_knows_stays_where_something_else_is_taken_back(
        self, house: Household, other: Household, home: Path
    ) -> None:
        case = house.case()
        house.sync(case, NOW - 30 * DAY)
        self.told(other, case, diary.HOLD, NOW - 20 * DAY, reason=events.ACNE, until=0)
        spoil_record(home / "first", case.app.journal.next - 1)
        clinic = self.told(house, case, diary.CLINIC, NOW - DAY, needle_um=1500)
        house.undo(clinic, NOW)
        assert house.sync(case, NOW).agreed.taken_back == 1
        assert kept(case) == (events.ACNE, 0)
        assert case.app.journal.state.at[CLINIC_END] == NEVER


class TestRedFlagOfTwoComputers:
    """One case, and two computers that have not heard of each other's entries."""

    @pytest.fixture
    def other(self, home: Path, house: Household) -> Household:
        """The second computer of the same person."""
        computer = Household(home, house._stack)
        computer.path = home / "other.db"
        return computer

    def opened(self, computer: Household, at: int, *signs: str) -> Entry:
        """Write down a reaction at case time `at` (s)."""
        data: dict[str, object] = {"text": "", "signs": list(signs)}
        return computer.write(Entry(diary.REACTION, at + CASE_EPOCH, data=data), at)

    def about(self, computer: Household, kind: str, began: Entry, at: int, *signs: str) -> Entry:
        """Write down a look at a reaction, or that a clinician has seen it."""
        data: dict[str, object] = {"reaction": began.token, "text": "", "signs": list(signs)}
        return computer.write(Entry(kind, at + CASE_EPOCH, data=data), at)

    def waiting(self, computer: Household) -> list[int]:
        """Return the tokens of the reactions that wait for a clinician by this computer."""
        with computer.archive() as archive:
            found = waiting_for_clinician(history.read(archive).entries)
        return [reaction.began.token for reaction in found]

    def test_visit_about_one_reaction_leaves_that_of_the_other_computer_unseen(
        self, house: Household, other: Household
    ) -> None:
        case = house.case()
        began = self.opened(house, NOW, "pus")
        theirs = self.opened(other, NOW + 1, "fever")
        self.about(house, diary.SAW, began, NOW + 2)
        house.sync(case, NOW + 60)
        other.sync(case, NOW + 120)
        assert self.waiting(other) == [theirs.token]
        assert judge(case.app.journal.state, case.app.policy, NOW + 120).reason == events.RED_FLAG
        house.sync(case, NOW + 180)
        assert self.waiting(house) == [theirs.token]
        third = self.opened(house, NOW + 240, "pus")
        self.about(house, diary.SAW, third, NOW + 241)
        house.sync(case, NOW + 300)
        other.sync(case, NOW + 360)
        assert self.waiting(house) == self.waiting(other) == [theirs.token]
        assert needs_clinician(case.app.journal.state)

    def test_sign_after_a_visit_that_the_other_computer_wrote_holds_each_case(
        self, house: Household, other: Household
    ) -> None:
        first, second = house.case("first"), house.case("second")
        began = self.opened(house, NOW, "pus")
        house.sync(first, NOW + 60)
        for case in (first, second):
            other.sync(case, NOW + 60)  # from now on it knows whose they are
        self.about(house, diary.SAW, began, NOW + 120)
        self.about(other, diary.FOLLOW_UP, began, NOW + 180, "fever")
        house.sync(first, NOW + 240)
        for case, at in ((first, NOW + 300), (second, NOW + 360)):
            other.sync(case, at)
            assert judge(case.app.journal.state, case.app.policy, at).reason == events.RED_FLAG
        assert self.waiting(other) == [began.token]
        agree(other, second, NOW + 420)
        house.sync(first, NOW + 480)
        assert self.waiting(house) == [began.token]
        self.about(house, diary.SAW, began, NOW + 540)
        house.sync(first, NOW + 600)
        other.sync(first, NOW + 660)
        other.sync(second, NOW + 720)
        assert self.waiting(other) == []
        for case in (first, second):
            assert not needs_clinician(case.app.journal.state)

    @pytest.mark.parametrize("is_told", [True, False])
    @pytest.mark.parametrize("is_seen", [True, False])
    def test_sign_at_a_look_stays_where_the_reaction_was_taken_back(
        self, house: Household, is_told: bool, is_seen: bool
    ) -> None:
        case = house.case()
        house.sync(case, NOW)
        began = self.opened(house, NOW)
        look = self.about(house, diary.FOLLOW_UP, began, NOW + 1, "fever")
        if is_told:
            house.sync(case, NOW + 60)
        house.undo(began, NOW + 120)
        house.sync(case, NOW + 180)
        assert self.waiting(house) == [began.token]
        assert needs_clinician(case.app.journal.state)
        agree(house, case, NOW + 240)
        if is_seen:
            self.about(house, diary.SAW, began, NOW + 300)
        else:
            house.undo(look, NOW + 300)
        house.sync(case, NOW + 360)
        assert self.waiting(house) == []
        assert phase(case) == PREPARE

    def test_fifth_red_flag_goes_once_a_clinician_has_seen_all_that_the_case_knew(
        self, house: Household, other: Household
    ) -> None:
        case = house.case()
        theirs = self.opened(other, NOW, "fever")
        began = [self.opened(house, NOW + number, "pus") for number in range(5)]
        house.sync(case, NOW + 60)
        assert case.app.journal.state.red_unnamed == 1
        for number, reaction in enumerate(began):
            assert needs_clinician(case.app.journal.state)
            self.about(house, diary.SAW, reaction, NOW + 120 * (number + 1))
            house.sync(case, NOW + 120 * (number + 1) + 60)
        assert self.waiting(house) == []
        assert not needs_clinician(case.app.journal.state)
        for at in (NOW + 1200, NOW + 1260):
            other.sync(case, at)
        assert self.waiting(other) == [theirs.token]
        assert needs_clinician(case.app.journal.state)


class TestNewHead:
    def say(self, house: Household, case: ScriptedCase, at: int, path: Path | None = None) -> None:
        """Write down at case time `at` (s) that a new head is in a case."""
        with OpenArchive(path or house.path) as archive, archive.transaction():
            known = next(known for known in archive.cases() if known.device == device_of(case))
            new = Entry(diary.HEAD, at + CASE_EPOCH, case_id=known.id, data={"text": ""})
            archive.diary.add(new, at + CASE_EPOCH)

    def test_new_head_of_which_the_replaced_case_never_heard_is_in_the_new_case(
        self, house: Household
    ) -> None:
        old, new = house.case("old"), house.case("new")
        house.sync(old, NOW - 60 * DAY)
        use(old, NOW - 40 * DAY)
        house.sync(old, NOW - 30 * DAY)
        self.say(house, old, NOW - 20 * DAY)
        house.sync(new, NOW - DAY)
        with house.archive() as archive:
            cases = {case.device: case for case in archive.cases()}
            retire(archive, cases[device_of(old)], cases[device_of(new)], NOW + CASE_EPOCH)
        house.sync(new, NOW)
        state = new.app.journal.state
        assert (state.head_uses, state.at[HEAD_SINCE]) == (0, NOW - 20 * DAY)
        agree(house, new, NOW + 60)

    def test_use_after_a_new_head_counts_though_another_computer_told_of_it_first(
        self, house: Household, home: Path
    ) -> None:
        """The computer that knows of the use has not heard of the new head, and the other way."""
        case = house.case("first")
        with ExitStack() as stack:
            theirs = Household(home, stack)
            theirs.path = home / "theirs.db"
            for computer in (house, theirs):
                computer.sync(case, NOW - 90 * DAY)
            self.say(theirs, case, NOW - 61 * DAY)
            use(case, NOW - 60 * DAY)
            house.sync(case, NOW - 59 * DAY)
            wiped = house.wiped("wiped", device_of(case))
            house.sync(wiped, NOW)
            for at in (NOW + 60, NOW + 120):
                theirs.sync(wiped, at)
                assert wiped.app.journal.state.head_uses == 1
                agree(theirs, wiped, at + 30)
            use(wiped, NOW + 30 * DAY)
            theirs.sync(wiped, NOW + 31 * DAY)
            assert wiped.app.journal.state.head_uses == 2

    @pytest.mark.parametrize("uses", [0, 1])
    def test_head_that_was_newer_counts_though_the_case_heard_of_the_older_one_later(
        self, house: Household, home: Path, uses: int
    ) -> None:
        """Two computers write one down each; the one with the older one syncs first."""
        case, other = house.case(), home / "other.db"
        house.sync(case, NOW - 90 * DAY)
        bring_home(case, other, NOW - 90 * DAY + 60)
        self.say(house, case, NOW - 80 * DAY)
        use(case, NOW - 60 * DAY)
        self.say(house, case, NOW - 50 * DAY, other)
        if uses:
            use(case, NOW - 20 * DAY)
        house.sync(case, NOW)
        assert case.app.journal.state.head_uses == 1 + uses
        with open_archive(other) as archive, archive.transaction():
            archive.own_log(archive.logs(archive.cases()[0].id)[0], diary.ME, NOW + CASE_EPOCH)
        bring_home(case, other, NOW + 60)
        assert case.app.journal.state.head_uses == uses
        bring_home(case, other, NOW + 120)
        assert case.app.journal.state.head_uses == uses

    def test_head_counts_from_when_it_was_said_also_in_the_case(self, house: Household) -> None:
        case = house.case()
        house.sync(case, NOW - 90 * DAY)
        use(case, NOW - 60 * DAY)
        house.sync(case, NOW - 59 * DAY)
        with house.archive() as archive:
            case_id = archive.cases()[0].id
        said = NOW - 58 * DAY
        new = Entry(diary.HEAD, said + CASE_EPOCH, case_id=case_id, data={"text": ""})
        house.write(new, said)
        for ago in (40, 20, 1):
            use(case, NOW - ago * DAY)
        house.sync(case, NOW)
        state = case.app.journal.state
        assert (state.head_uses, state.at[HEAD_SINCE]) == (3, said)
        agree(house, case, NOW + 60)


class TestHeadOut:
    """A head that is out stays out, whatever becomes of its case, until a new one is in."""

    @pytest.fixture
    def used(self, house: Household) -> ScriptedCase:
        """A case that was used once, and synced."""
        case = house.case("used")
        house.sync(case, NOW - 90 * DAY)
        use(case, NOW - 60 * DAY)
        house.sync(case, NOW - 59 * DAY)
        return case

    @pytest.fixture
    def theirs(self, used: ScriptedCase, home: Path) -> Iterator[Household]:
        """Another computer that has synced the case."""
        with ExitStack() as stack:
            other = Household(home, stack)
            other.path = home / "theirs.db"
            other.sync(used, NOW - 58 * DAY)
            yield other

    def say(self, house: Household, case: ScriptedCase, kind: str, at: int) -> Entry:
        """Write down at case time `at` (s) that the head of a case is out, or that it is new."""
        with house.archive() as archive:
            (case_id,) = [known.id for known in archive.cases() if known.device == device_of(case)]
        data: dict[str, object] = {"text": ""}
        if kind == diary.HEAD_OUT:
            data["reason"] = events.HEAD_DROPPED
        return house.write(Entry(kind, at + CASE_EPOCH, case_id=case_id, data=data), at)

    def replace(self, house: Household, old: ScriptedCase, at: int) -> ScriptedCase:
        """Return a case that replaces another from case time `at` (s) on, as it was synced."""
        new = house.case("new")
        house.sync(new, at)
        with house.archive() as archive:
            cases = {case.device: case for case in archive.cases()}
            retire(archive, cases[device_of(old)], cases[device_of(new)], at + CASE_EPOCH)
        house.sync(new, at + 60)
        return new

    @pytest.mark.parametrize("how", ["told", "untold", "at the case"])
    @pytest.mark.parametrize("next_case", ["wiped", "new"])
    def test_head_stays_out_in_a_wiped_and_in_a_new_case_until_another_is_in(
        self, house: Household, used: ScriptedCase, how: str, next_case: str
    ) -> None:
        out = None
        if how == "at the case":
            write(used, events.HEAD_OUT, NOW - 9 * DAY, reason=events.HEAD_DROPPED, uses=1, token=0)
        else:
            out = self.say(house, used, diary.HEAD_OUT, NOW - 9 * DAY)
        if how != "untold":
            house.sync(used, NOW - 8 * DAY)
        if next_case == "wiped":
            case = house.wiped("wiped", device_of(used))
            house.sync(case, NOW)
        else:
            case = self.replace(house, used, NOW)
        assert house.status(case, NOW + 60).state.head_out == 1 + events.HEAD_DROPPED
        assert case.app.journal.state.head_out == 1 + events.HEAD_DROPPED
        agree(house, case, NOW + 120)
        if out is not None and next_case == "wiped":
            house.undo(out, NOW + 180)
            house.sync(case, NOW + 240)
            assert case.app.journal.state.head_out == 0
            self.say(house, case, diary.HEAD_OUT, NOW + 300)
            house.sync(case, NOW + 360)
            assert case.app.journal.state.head_out == 1 + events.HEAD_DROPPED
        self.say(house, case, diary.HEAD, NOW + 3600)
        house.sync(case, NOW + 3660)
        assert case.app.journal.state.head_out == 0
        agree(house, case, NOW + 3720)

    @pytest.mark.parametrize("next_case", ["wiped", "new"])
    def test_new_head_at_the_old_case_is_in_the_wiped_and_in_the_new_case(
        self, house: Household, used: ScriptedCase, next_case: str
    ) -> None:
        self.say(house, used, diary.HEAD_OUT, NOW - 9 * DAY)
        house.sync(used, NOW - 8 * DAY)
        write(used, events.HEAD_NEW, NOW - 7 * DAY, uses=1, token=0)
        house.sync(used, NOW - 6 * DAY)
        if next_case == "wiped":
            case = house.wiped("wiped", device_of(used))
            house.sync(case, NOW)
        else:
            case = self.replace(house, used, NOW)
        assert case.app.journal.state.head_out == 0
        agree(house, case, NOW + 120)

    def test_new_head_at_the_case_ends_what_was_written_before_and_not_told_yet(
        self, house: Household, used: ScriptedCase
    ) -> None:
        self.say(house, used, diary.HEAD_OUT, NOW - 9 * DAY)
        write(used, events.HEAD_NEW, NOW - 8 * DAY, uses=1, token=0)
        house.sync(used, NOW)
        assert used.app.journal.state.head_out == 0
        agree(house, used, NOW + 60)

    def test_head_out_of_a_case_that_was_replaced_is_ended_by_a_new_one_there(
        self, house: Household, used: ScriptedCase
    ) -> None:
        self.say(house, used, diary.HEAD_OUT, NOW - 9 * DAY)
        self.say(house, used, diary.HEAD, NOW - 8 * DAY)
        case = self.replace(house, used, NOW)
        assert case.app.journal.state.head_out == 0
        agree(house, case, NOW + 120)

    def test_head_out_that_another_computer_wrote_after_a_new_head_stands(
        self, house: Household, used: ScriptedCase, theirs: Household
    ) -> None:
        """The case hears of the new head after the other one is said to be out."""
        self.say(house, used, diary.HEAD, NOW)
        self.say(theirs, used, diary.HEAD_OUT, NOW + 2)
        house.sync(used, NOW + 4)
        theirs.sync(used, NOW + 6)
        assert used.app.journal.state.head_out == 1 + events.HEAD_DROPPED
        for computer, at in ((house, NOW + 60), (theirs, NOW + 180)):
            computer.sync(used, at)
            agree(computer, used, at + 60)

    @pytest.mark.parametrize("next_case", ["wiped", "new"])
    def test_head_is_in_again_once_a_computer_syncs_that_knows_of_the_new_one(
        self, house: Household, used: ScriptedCase, theirs: Household, next_case: str
    ) -> None:
        """Before, the next case was told of the old one by a computer that knows no better."""
        self.say(house, used, diary.HEAD_OUT, NOW - 9 * DAY)
        house.sync(used, NOW - 8 * DAY)
        write(used, events.HEAD_NEW, NOW - 7 * DAY, uses=1, token=0)
        theirs.sync(used, NOW - 6 * DAY)
        if next_case == "wiped":
            case = house.wiped("wiped", device_of(used))
            house.sync(case, NOW)
        else:
            case = self.replace(house, used, NOW)
            theirs.sync(case, NOW + 60)
            with theirs.archive() as archive:
                cases = {known.device: known for known in archive.cases()}
                retire(archive, cases[device_of(used)], cases[device_of(case)], NOW + CASE_EPOCH)
        assert case.app.journal.state.head_out == 1 + events.HEAD_DROPPED
        theirs.sync(case, NOW + 120)
        assert case.app.journal.state.head_out == 0
        for computer, at in ((theirs, NOW + 180), (house, NOW + 300)):
            computer.sync(case, at)
            agree(computer, case, at + 60)

    def test_head_that_another_computer_has_set_out_stays_out(
        self, house: Household, used: ScriptedCase, theirs: Household
    ) -> None:
        """Nobody knows which time it was set out for: it may have been after the new one."""
        out = {"reason": events.HEAD_DROPPED, "uses": 1, "token": 0}
        write(used, events.HEAD_OUT, NOW - 9 * DAY, **out)
        house.sync(used, NOW - 8 * DAY)
        write(used, events.HEAD_NEW, NOW - 7 * DAY, uses=1, token=0)
        theirs.sync(used, NOW - 6 * DAY)
        case = house.wiped("wiped", device_of(used))
        house.sync(case, NOW)
        theirs.sync(case, NOW + 60)
        assert case.app.journal.state.head_out == 1 + events.HEAD_DROPPED
        for computer, at in ((theirs, NOW + 120), (house, NOW + 240)):
            computer.sync(case, at)
            agree(computer, case, at + 60)

    def test_head_stays_out_where_a_damaged_record_may_have_said_so_again(
        self, house: Household, used: ScriptedCase, theirs: Household, home: Path
    ) -> None:
        self.say(house, used, diary.HEAD_OUT, NOW - 9 * DAY)
        house.sync(used, NOW - 8 * DAY)
        write(used, events.HEAD_NEW, NOW - 7 * DAY, uses=1, token=0)
        theirs.sync(used, NOW - 6 * DAY)
        case = house.wiped("wiped", device_of(used))
        house.sync(case, NOW)
        write(case, events.HEAD_OUT, NOW + 60, reason=events.HEAD_SAID, uses=1, token=0)
        spoil_record(home / "wiped", case.app.journal.next - 1)
        write(case, events.LID, NOW + 70, what=events.LID_OPENED)
        theirs.sync(case, NOW + 120)
        assert case.app.journal.state.head_out


class TestAssumedNeedle:
    @pytest.mark.parametrize("was_all_along", [True, False])
    def test_use_before_the_first_needle_counts_as_half_a_millimetre_unless_it_is_denied(
        self, house: Household, was_all_along: bool
    ) -> None:
        case = house.case()
        house.sync(case, NOW - 30 * DAY)
        use(case, NOW - DAY)
        with Line(case.port) as line, house.archive() as archive:
            live_until(case, NOW)
            sync(line, archive, lambda: NOW, 250, is_all_along=lambda: was_all_along)
        days = 7 if was_all_along else 28
        assert ends(case) == [NOW - DAY + days * DAY]
        agree(house, case, NOW + 60)

    @pytest.mark.parametrize("what", ["comes back with empty flash", "is a second one"])
    def test_needle_that_was_so_all_along_goes_to_a_case_that(
        self, house: Household, what: str
    ) -> None:
        first = house.case()
        house.sync(first, NOW - 30 * DAY)
        use(first, NOW - DAY)
        with Line(first.port) as line, house.archive() as archive:
            live_until(first, NOW)
            sync(line, archive, lambda: NOW, 250, is_all_along=lambda: True)
        other = house.case("other", device_of(first) if "empty" in what else OTHER_DEVICE)
        with Line(other.port) as line, house.archive() as archive:
            live_until(other, NOW + 60)
            sync(line, archive, lambda: NOW + 60, 250, whose=lambda *about: diary.ME)
        assert ends(other) == [NOW + 6 * DAY]
        agree(house, other, NOW + 120)

    def test_nobody_is_asked_where_no_use_was_before(self, house: Household) -> None:
        case = house.case()
        house.sync(case, NOW - 30 * DAY)

        def asked() -> bool:
            pytest.fail("somebody was asked")

        with Line(case.port) as line, house.archive() as archive:
            sync(line, archive, lambda: NOW, 250, is_all_along=asked)


class TestCompared:
    def test_hold_that_the_case_has_lost_is_told_again(self, house: Household) -> None:
        case = house.case()
        house.sync(case, NOW - 30 * DAY)
        hold: dict[str, object] = {"reason": events.ACNE, "until": 0}
        house.write(Entry(diary.HOLD, NOW + CASE_EPOCH, data=hold), NOW)
        house.sync(case, NOW)
        case.app.journal.state.hold_reason = 0
        outcome = house.sync(case, NOW + 60)
        assert (outcome.agreed.again, outcome.agreed.agrees) == (1, True)
        assert phase(case) == HELD
        agree(house, case, NOW + 120)

    @pytest.mark.parametrize("lost", ["end of the use", "uses", "age", "needle"])
    def test_use_that_the_case_has_lost_is_told_again(self, house: Household, lost: str) -> None:
        case = house.case()
        house.sync(case, NOW - 30 * DAY)
        assert case.app.set_policy(ONE_ZONE) == ""
        use(case, NOW - DAY)
        house.sync(case, NOW)
        state = case.app.journal.state
        before = state.copy()
        if lost == "end of the use":
            state.at[0] = NEVER
        elif lost == "uses":
            state.head_uses = 0
        elif lost == "age":
            state.at[HEAD_SINCE] = NEVER
        else:
            state.needles[0] = 0
        house.sync(case, NOW + 60)
        now = case.app.journal.state
        assert (now.at, now.head_uses, now.needles) == (before.at, before.head_uses, before.needles)
        agree(house, case, NOW + 120)

    def test_longer_rest_of_the_case_is_said_and_stays(self, house: Household) -> None:
        case = house.case()
        house.sync(case, NOW - 30 * DAY)
        use(case, NOW - DAY)
        house.sync(case, NOW)
        case.app.journal.state.at[0] += 3600
        outcome = house.sync(case, NOW + 60)
        assert (outcome.agreed.again, outcome.agreed.agrees) == (0, False)
        assert case.app.journal.state.at[0] == NOW - DAY + 3600

    def test_log_with_a_damaged_record_cannot_be_compared(
        self, house: Household, home: Path
    ) -> None:
        case = house.case()
        house.sync(case, NOW - 30 * DAY)
        write(case, events.LID, NOW - DAY, what=events.LID_OPENED)
        write(case, events.LID, NOW - DAY + 60, what=events.LID_CLOSED)
        spoil_record(home / "first", case.app.journal.next - 2)
        outcome = house.sync(case, NOW)
        assert outcome.agreed.agrees is None
        assert (home / "first" / FLASH).exists()

    def test_use_that_damage_made_the_host_assume_is_on_the_head_in_the_case_too(
        self, house: Household, home: Path
    ) -> None:
        """The case knows that it was too short to count; the record of its end is lost."""
        case = house.case()
        house.sync(case, NOW - 30 * DAY)
        how, digest = events.IN_TURN, case.app.policy.digest
        write(case, events.USE_STARTED, NOW - DAY, how=how, digest=digest)
        write(case, events.USE_ENDED, NOW - DAY + 4, how=events.CANCELLED, seconds=4)
        spoil_record(home / "first", case.app.journal.next - 1)
        boot = dict.fromkeys(("torn", "corrected", "lost", "skipped"), 0)
        write(case, events.BOOT, NOW - DAY + 60, cause=events.POWER_ON, **boot)
        assert house.sync(case, NOW).agreed.agrees is None
        said = house.status(case, NOW)
        assert said.state.head_uses == case.app.journal.state.head_uses == 1
        assert house.sync(case, NOW + 60).new == 0


def kept(case: ScriptedCase) -> tuple[int, int]:
    """Return the hold that a case keeps: its reason, and its end as case time (s) or 0."""
    state = case.app.journal.state
    return state.hold_reason, state.hold_until


class TestSeveralHolds:
    def hold(self, house: Household, at: int, reason: int, days: int = 0) -> Entry:
        """Say a hold at case time `at` (s) that ends after so many days, 0: never."""
        until = at + days * DAY + CASE_EPOCH if days else 0
        data: dict[str, object] = {"reason": reason, "until": until}
        return house.write(Entry(diary.HOLD, at + CASE_EPOCH, data=data), at)

    def release(self, house: Household, at: int, reason: int = 0) -> Entry:
        """Release the hold for a reason at case time `at` (s), 0: all holds."""
        data: dict[str, object] = {"reason": events.NO_HOLD, "until": 0}
        data |= {"released": reason} if reason else {}
        return house.write(Entry(diary.HOLD, at + CASE_EPOCH, data=data), at)

    def reasons(self, house: Household, case: ScriptedCase, at: int) -> list[int]:
        """Return the reasons of the holds that status lists at case time `at` (s)."""
        return [hold.reason for hold in house.status(case, at).holds]

    @pytest.mark.parametrize("is_synced_between", [False, True])
    def test_later_hold_with_an_end_leaves_one_without_an_end(
        self, house: Household, is_synced_between: bool
    ) -> None:
        case = house.case()
        house.sync(case, NOW)
        self.hold(house, NOW, events.ISOTRETINOIN)
        if is_synced_between:
            house.sync(case, NOW + 60)
        self.hold(house, NOW + 60, events.SUNBURN, days=10)
        said = house.status(case, NOW + 120)
        assert (said.state.hold_reason, said.state.hold_until) == (events.ISOTRETINOIN, 0)
        house.sync(case, NOW + 120)
        assert kept(case) == (events.ISOTRETINOIN, 0)
        assert self.reasons(house, case, NOW + 180) == [events.ISOTRETINOIN, events.SUNBURN]
        agree(house, case, NOW + 180)
        live_until(case, NOW + 11 * DAY)
        assert phase(case) == HELD
        assert self.reasons(house, case, NOW + 11 * DAY) == [events.ISOTRETINOIN]

    def test_next_hold_stands_once_the_longest_is_released(self, house: Household) -> None:
        case = house.case()
        house.sync(case, NOW)
        self.hold(house, NOW, events.ISOTRETINOIN)
        sunburn = self.hold(house, NOW + 1, events.SUNBURN, days=10)
        house.sync(case, NOW + 60)
        self.release(house, NOW + 60, events.ISOTRETINOIN)
        assert self.reasons(house, case, NOW + 60) == [events.SUNBURN]
        house.sync(case, NOW + 120)
        assert kept(case) == (events.SUNBURN, sunburn.number("until") - CASE_EPOCH)
        agree(house, case, NOW + 180)
        self.release(house, NOW + 180, events.SUNBURN)
        house.sync(case, NOW + 240)
        assert phase(case) == PREPARE
        agree(house, case, NOW + 300)

    def test_hold_stays_where_the_sync_is_cut_after_a_release_of_another(
        self, house: Household
    ) -> None:
        case = house.case()
        house.sync(case, NOW)
        self.hold(house, NOW, events.ISOTRETINOIN)
        self.hold(house, NOW + 1, events.SUNBURN, days=10)
        house.sync(case, NOW + 60)
        message = holds.telling(self.release(house, NOW + 60, events.ISOTRETINOIN))
        before = case.app.journal.state
        after = fold(before, message.event(before, NOW + 120))
        assert (after.hold_reason, after.hold_until) == (events.ISOTRETINOIN, 0)

    def test_release_of_all_ends_each_hold(self, house: Household) -> None:
        case = house.case()
        house.sync(case, NOW)
        self.hold(house, NOW, events.ISOTRETINOIN)
        self.hold(house, NOW + 1, events.SUNBURN, days=10)
        house.sync(case, NOW + 60)
        self.release(house, NOW + 60)
        house.sync(case, NOW + 120)
        assert phase(case) == PREPARE
        assert self.reasons(house, case, NOW + 120) == []
        agree(house, case, NOW + 180)

    @pytest.mark.parametrize("undone", [0, 1])
    def test_undo_of_one_hold_leaves_the_other(self, house: Household, undone: int) -> None:
        case = house.case()
        house.sync(case, NOW)
        said = [
            self.hold(house, NOW, events.ISOTRETINOIN),
            self.hold(house, NOW + 1, events.SUNBURN, days=10),
        ]
        house.sync(case, NOW + 60)
        house.undo(said[undone], NOW + 60)
        (left,) = [hold for hold in said if hold is not said[undone]]
        assert self.reasons(house, case, NOW + 60) == [left.number("reason")]
        house.sync(case, NOW + 120)
        assert kept(case)[0] == left.number("reason")
        agree(house, case, NOW + 180)

    def test_undo_of_a_release_brings_the_hold_back(self, house: Household) -> None:
        case = house.case()
        house.sync(case, NOW)
        self.hold(house, NOW, events.ISOTRETINOIN)
        house.sync(case, NOW + 60)
        released = self.release(house, NOW + 60, events.ISOTRETINOIN)
        house.sync(case, NOW + 120)
        assert phase(case) == PREPARE
        house.undo(released, NOW + 180)
        house.sync(case, NOW + 240)
        assert kept(case) == (events.ISOTRETINOIN, 0)
        agree(house, case, NOW + 300)

    def test_same_reason_said_again_replaces_its_end(self, house: Household) -> None:
        case = house.case()
        house.sync(case, NOW)
        self.hold(house, NOW, events.ACNE)
        house.sync(case, NOW + 60)
        self.hold(house, NOW + 60, events.SUNBURN, days=2)
        again = self.hold(house, NOW + 61, events.ACNE, days=5)
        house.sync(case, NOW + 120)
        assert kept(case) == (events.ACNE, again.number("until") - CASE_EPOCH)
        agree(house, case, NOW + 180)

    def test_two_computers_come_to_the_same_holds(self, home: Path) -> None:
        """The second one knows the first one's holds by the case's log alone."""
        with ExitStack() as stack:
            ours, theirs = Household(home, stack), Household(home, stack)
            theirs.path = home / "theirs.db"
            case = ours.case()
            ours.sync(case, NOW)
            self.hold(ours, NOW, events.ISOTRETINOIN)
            self.hold(ours, NOW + 1, events.SUNBURN, days=10)
            ours.sync(case, NOW + 60)
            theirs.sync(case, NOW + 120)
            both = [events.ISOTRETINOIN, events.SUNBURN]
            assert self.reasons(theirs, case, NOW + 120) == both
            self.hold(theirs, NOW + 180, events.ACNE, days=3)
            theirs.sync(case, NOW + 240)
            assert kept(case) == (events.ISOTRETINOIN, 0)
            ours.sync(case, NOW + 300)
            assert self.reasons(ours, case, NOW + 300) == [*both, events.ACNE]
            self.release(ours, NOW + 360, events.ISOTRETINOIN)
            ours.sync(case, NOW + 420)
            theirs.sync(case, NOW + 480)
            for computer in (ours, theirs):
                there = self.reasons(computer, case, NOW + 480)
                assert there == [events.SUNBURN, events.ACNE]
                agree(computer, case, NOW + 540)
            self.release(theirs, NOW + 600, events.SUNBURN)
            theirs.sync(case, NOW + 660)
            ours.sync(case, NOW + 720)
            for computer in (ours, theirs):
                assert self.reasons(computer, case, NOW + 720) == [events.ACNE]
                agree(computer, case, NOW + 780)

    def test_new_computer_releases_one_hold_of_several(self, home: Path) -> None:
        with ExitStack() as stack:
            ours, theirs = Household(home, stack), Household(home, stack)
            theirs.path = home / "theirs.db"
            case = ours.case()
            ours.sync(case, NOW)
            self.hold(ours, NOW, events.ISOTRETINOIN)
            self.hold(ours, NOW + 1, events.SUNBURN, days=10)
            ours.sync(case, NOW + 60)
            theirs.sync(case, NOW + 120)
            self.release(theirs, NOW + 180, events.ISOTRETINOIN)
            theirs.sync(case, NOW + 240)
            assert kept(case)[0] == events.SUNBURN
            ours.sync(case, NOW + 300)
            for computer in (ours, theirs):
                assert self.reasons(computer, case, NOW + 300) == [events.SUNBURN]
                agree(computer, case, NOW + 360)

    def test_second_case_is_told_every_hold_that_stands(self, house: Household) -> None:
        case = house.case()
        house.sync(case, NOW)
        self.hold(house, NOW, events.ISOTRETINOIN)
        self.hold(house, NOW + 1, events.SUNBURN, days=10)
        other = house.case("second")
        house.sync(other, NOW + 60)  # now it is known whose it is
        house.sync(other, NOW + 120)
        assert kept(other) == (events.ISOTRETINOIN, 0)
        assert self.reasons(house, other, NOW + 120) == [events.ISOTRETINOIN, events.SUNBURN]

    def test_hold_and_release_of_one_second_are_read_in_the_order_of_the_log(
        self, home: Path
    ) -> None:
        with ExitStack() as stack:
            ours, theirs = Household(home, stack), Household(home, stack)
            theirs.path = home / "theirs.db"
            case = ours.case()
            ours.sync(case, NOW)
            at = NOW + CASE_EPOCH
            for token, reason in ((9, events.ACNE), (3, events.NO_HOLD)):
                data: dict[str, object] = {"reason": reason, "until": 0}
                entry = Entry(diary.HOLD, at, data=data, token=token, written_at=at + 9 - token)
                with ours.archive() as archive, archive.transaction():
                    archive.diary.keep(entry)
                ours.sync(case, NOW)
            theirs.sync(case, NOW + 60)
            theirs.sync(case, NOW + 120)
            assert phase(case) == PREPARE
            assert self.reasons(theirs, case, NOW + 120) == []
