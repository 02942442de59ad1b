"""What the host may have the case do: set a policy, tell an entry, acknowledge."""

from pathlib import Path

import pytest
from tests.firmware.memory_flash import Ground
from tests.firmware.whole_case import (
    DAY,
    NOW,
    WholeCase,
    bring_to,
    events_of,
    lose_policy,
    tell,
    with_zones,
)

from rollcase.clock import Clock
from rollcase.journal import Journal
from rollcase.orders import Orders
from rollcase.recorder import Recorder
from rollcase.timekeeper import Timekeeper
from rollcore import events, policy, state
from rollcore.events import FROM_HOST

# A policy, set and lost


NEW_RULES = policy.for_needle(250).changed(revision=1)


def kept(case: WholeCase) -> list[str]:
    """Return the names of the policies in each of the two folders, which hold the same."""
    first, second = (
        sorted(path.name for path in (case.directory / folder).glob("policy-*"))
        for folder in ("a", "b")
    )
    assert first == second
    return first


def test_new_policy_is_in_force_at_once_and_after_a_power_cut(case: WholeCase) -> None:
    assert case.app.set_policy(NEW_RULES) == ""
    assert case.news(1) == [
        (
            "policy_set",
            {"digest": NEW_RULES.digest, "needle_um": 250, "kept": 0},
        )
    ]
    assert case.app.policy.text == NEW_RULES.text
    case.switch_on()
    assert case.app.policy.text == NEW_RULES.text
    assert kept(case) == [f"policy-{NEW_RULES.digest:08x}"]


def test_new_policy_changes_the_current_rest(case: WholeCase) -> None:
    case.app.set_policy(NEW_RULES)
    bring_to(case, state.RESTING)
    case.wait(4 * DAY)
    assert case.phase == state.RESTING
    case.app.set_policy(NEW_RULES.changed(rest_h=72, short_rest=1))
    assert case.phase == state.PREPARE


def test_first_policy_leaves_the_rest_of_a_use_before_it(case: WholeCase) -> None:
    """Nobody has said which needle that was; the default's is assumed, which is longer."""
    bring_to(case, state.RESTING)
    case.wait(8 * DAY)
    case.app.set_policy(NEW_RULES)
    assert case.phase == state.RESTING
    case.wait(20 * DAY)
    assert case.phase == state.PREPARE


def test_policy_in_force_is_not_set_again(case: WholeCase) -> None:
    case.app.set_policy(NEW_RULES)
    before = case.last_seq
    assert case.app.set_policy(NEW_RULES) == ""
    assert case.news(before) == []


@pytest.mark.parametrize("folder", ["a", "b"])
def test_policy_whose_file_the_flash_does_not_take_is_not_in_force(
    case: WholeCase, folder: str
) -> None:
    before, seq = case.app.policy.text, case.last_seq
    path = case.directory / folder / f"policy-{NEW_RULES.digest:08x}"
    path.mkdir(parents=True)  # is no file, and so cannot be written as one
    assert "the flash did not take the rules" in case.app.set_policy(NEW_RULES)
    assert (case.app.policy.text, case.last_seq) == (before, seq)
    path.rmdir()
    case.switch_on()
    assert case.app.policy.text == before
    assert case.app.set_policy(NEW_RULES) == ""
    assert case.app.policy.text == NEW_RULES.text


def test_policy_is_in_force_even_if_the_older_file_cannot_be_removed(case: WholeCase) -> None:
    # Is no file, and so cannot be removed as one.
    (case.directory / "a" / "policy-00000000").mkdir(parents=True)
    assert case.app.set_policy(NEW_RULES) == ""
    assert case.app.policy.text == NEW_RULES.text
    assert case.app.fault == ""
    case.switch_on()
    assert case.app.policy.text == NEW_RULES.text


@pytest.mark.parametrize("damage", [None, b"", b"damaged"], ids=["gone", "empty", "damaged"])
def test_policy_lost_from_flash_is_the_needles_default_until_it_is_set_again(
    case: WholeCase, damage: bytes | None
) -> None:
    longer = NEW_RULES.changed(rest_h=200)
    case.app.set_policy(longer)
    lose_policy(case, damage)
    case.switch_on()
    assert case.app.policy.text == policy.for_needle(250).text
    assert case.app.set_policy(longer) == ""
    assert case.app.policy.text == longer.text
    case.switch_on()
    assert case.app.policy.text == longer.text


@pytest.mark.parametrize("folder", ["a", "b"])
@pytest.mark.parametrize("damage", [None, b"", b"damaged"], ids=["gone", "empty", "damaged"])
def test_policy_lost_in_one_of_its_folders_stays_in_force(
    case: WholeCase, folder: str, damage: bytes | None
) -> None:
    case.app.set_policy(NEW_RULES)
    (path,) = (case.directory / folder).glob("policy-*")
    path.unlink() if damage is None else path.write_bytes(damage)
    before = case.last_seq
    case.switch_on()
    assert case.app.policy.text == NEW_RULES.text
    assert [name for name, _ in case.news(before)] == ["boot"]


# Entries


def test_entry_told_twice_is_logged_once(case: WholeCase) -> None:
    told = {"uses": 0, "token": 77}
    assert case.app.tell(events.HEAD_NEW, dict(told)) == ""
    before = case.last_seq
    assert case.app.tell(events.HEAD_NEW, dict(told)) == ""
    assert case.last_seq == before


@pytest.mark.parametrize("ahead", [601, 5 * DAY])
def test_clinic_session_in_the_future_is_taken_as_now_and_moves_with_the_clock(
    case: WholeCase, ahead: int
) -> None:
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    assert tell(case, events.CLINIC, at=NOW + ahead, needle_um=0) == ""
    assert case.log()[-1].data["at"] == NOW + ahead
    assert case.app.standing.until == NOW + 28 * DAY
    case.switch_on()
    assert case.app.set_clock(NOW + 9 * DAY, FROM_HOST, events.SYNCHRONISED) == ""
    assert case.app.standing.until == NOW + ahead + 28 * DAY


def test_clinic_session_of_an_unnamed_zone_is_not_taken(case: WholeCase) -> None:
    assert "zones 0 to 0" in tell(case, events.CLINIC, 1, at=0, needle_um=0)


def test_closed_reaction_of_an_unnamed_zone_is_taken(case: WholeCase) -> None:
    assert "zones 0 to 0" in tell(case, events.REACTION, 2, open=1, at=0)
    assert tell(case, events.REACTION, 2, open=0, at=0) == ""


# Orders alone: nobody above them


class Bare:
    """The orders of a case without its app: a policy in `directory`, the log on `ground`."""

    def __init__(self, directory: Path) -> None:
        self.ground = Ground()
        journal = Journal(self.ground.flash, self.ground.files, lambda: bytes(8))
        self.recorder = Recorder(
            journal, Clock(NOW, 0), policy.for_needle(500), events.POWER_ON, lambda line: None
        )
        timekeeper = Timekeeper(self.recorder, None)
        self.orders = Orders(str(directory), self.recorder, timekeeper)

    def kinds(self) -> list[str]:
        """Return the names of all records."""
        return [event.name for event in events_of(self.recorder.journal)]


def test_orders_log_the_start_first(tmp_path: Path) -> None:
    bare = Bare(tmp_path)
    assert bare.orders.tell(events.HOLD_SET, {"reason": 1, "until": 0, "token": 5}, 0) == ""
    assert bare.kinds() == ["boot", "hold_set"]


def test_refused_order_does_not_log_the_start(tmp_path: Path) -> None:
    bare = Bare(tmp_path)
    assert bare.orders.tell(events.CLINIC, {"at": 0, "needle_um": 0, "token": 5}, 3) != ""
    assert (bare.kinds(), bare.recorder.changed) == ([], False)


def test_orders_leave_word_of_what_they_changed(tmp_path: Path) -> None:
    bare = Bare(tmp_path)
    assert bare.orders.set_policy(with_zones(policy.for_needle(250), "face", "neck")) == ""
    assert bare.recorder.changed
    assert bare.recorder.policy.zones == ("face", "neck")


def test_new_head_is_told_with_the_uses_of_the_old_one(tmp_path: Path) -> None:
    bare = Bare(tmp_path)
    bare.recorder.start()
    for kind, data in (
        (events.USE_STARTED, {"how": events.IN_TURN, "digest": 0}),
        (events.USE_ENDED, {"how": events.BY_BUTTON, "seconds": 99}),
    ):
        assert bare.recorder.log(kind, data) == ""
    told = {"token": 9}
    assert bare.orders.tell(events.HEAD_NEW, told, 0) == ""
    assert told["uses"] == 1


def test_policy_that_cannot_be_logged_leaves_the_one_before_in_force(tmp_path: Path) -> None:
    bare = Bare(tmp_path)
    bare.recorder.start()
    before = bare.recorder.policy
    bare.ground.flash.broken = True  # the files of the policy are written
    assert "record" in bare.orders.set_policy(policy.for_needle(250))
    assert bare.recorder.policy is before
