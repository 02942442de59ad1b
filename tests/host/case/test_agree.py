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
from rollcore.memory import HEAD_SINCE, NEVER
from rollcore.policy import Policy
from rollcore.rest import rested_at
from rollcore.state import HELD, PREPARE, RESTING, judge
from rollhost.case.connection import Line
from rollhost.case.sync import Outcome, sync
from rollhost.cli.retire import retire
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.history import case_status, history
from rollhost.history.case_status import Summary

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
            if archive.log_facts(outcome.log_id).person is None:
                archive.own_log(outcome.log_id, diary.ME, at + CASE_EPOCH)
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
        agree(house, new, NOW + 120)


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
            archive._db.execute("DELETE FROM records WHERE json_extract(data, '$.token') IS NULL")
            archive.diary.undo(entry, NOW)
        case.app.set_policy(ONE_ZONE)
        outcome = house.sync(case, NOW + 60)
        assert outcome.agreed.not_taken_back + outcome.agreed.taken_back == 1


class TestNewHead:
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
