"""When `host watch` does what, in virtual time: no clock is read and no port opened."""

import pytest

from rollhost.case.watch_schedule import (
    FIRST_RETRY_S,
    FRESH_S,
    LONGEST_PAUSE_S,
    LOOK_S,
    ROUND_S,
    SLEPT_S,
    Complaints,
    Rounds,
    Sleeps,
    Watcher,
)


class TestWatcher:
    def test_port_is_due_when_it_appears_and_a_day_after_its_sync(self) -> None:
        watcher = Watcher()
        assert watcher.due({"a": 1}, 100.0) == ["a"]
        watcher.synced("a", 101.0)
        assert watcher.due({"a": 1}, 101.0 + FRESH_S - 1) == []
        assert watcher.due({"a": 1}, 101.0 + FRESH_S) == ["a"]

    def test_port_that_comes_back_is_due_at_once(self) -> None:
        watcher = Watcher()
        watcher.due({"a": 1}, 0.0)
        watcher.synced("a", 0.0)
        assert watcher.due({}, 2.0) == []
        assert watcher.due({"a": 1}, 4.0) == ["a"]

    def test_port_that_was_gone_between_two_looks_is_due_at_once(self) -> None:
        watcher = Watcher()
        watcher.due({"a": 1}, 0.0)
        watcher.synced("a", 0.0)
        assert watcher.due({"a": 2}, 2.0) == ["a"]

    def test_due_port_does_not_make_other_ports_due(self) -> None:
        watcher = Watcher()
        watcher.due({"a": 1}, 0.0)
        watcher.synced("a", 0.0)
        assert watcher.due({"a": 1, "b": 2}, 2.0) == ["b"]

    def test_failing_port_is_tried_again_less_and_less_often(self) -> None:
        watcher = Watcher()
        now, pauses = 0.0, []
        for _ in range(16):
            assert watcher.due({"a": 1}, now) == ["a"]
            watcher.failed("a", "No.", now)
            before = now
            while not watcher.due({"a": 1}, now):
                now += 1
            pauses.append(now - before)
        assert pauses[:4] == [LOOK_S, 2 * LOOK_S, 4 * LOOK_S, 8 * LOOK_S]
        assert pauses[-1] == LONGEST_PAUSE_S

    def test_successful_sync_resets_the_retry_pause(self) -> None:
        watcher = Watcher()
        watcher.due({"a": 1}, 0.0)
        watcher.failed("a", "No.", 0.0)
        watcher.failed("a", "No.", 2.0)
        watcher.synced("a", 6.0)
        assert watcher.failed("a", "No.", 10.0)
        assert watcher.due({"a": 1}, 10.0 + LOOK_S) == ["a"]

    def test_same_complaint_is_printed_once_for_all_ports(self) -> None:
        watcher = Watcher()
        watcher.due({"a": 1, "b": 2}, 0.0)
        assert watcher.failed("a", "The database is broken.", 0.0)
        assert not watcher.failed("b", "The database is broken.", 0.0)
        assert not watcher.failed("a", "The database is broken.", 9.0)
        assert watcher.failed("a", "Something else.", 99.0)

    def test_port_that_comes_back_may_print_its_complaint_again(self) -> None:
        watcher = Watcher()
        watcher.due({"a": 1}, 0.0)
        watcher.failed("a", "No.", 0.0)
        watcher.due({}, 2.0)
        watcher.due({"a": 1}, 4.0)
        assert not watcher.has_failed("a")
        assert watcher.failed("a", "No.", 4.0)

    def test_every_port_is_due_once_the_computer_has_slept(self) -> None:
        watcher = Watcher()
        watcher.due({"a": 1, "b": 1}, 0.0)
        watcher.synced("a", 0.0)
        for _ in range(9):
            watcher.failed("b", "No.", 0.0)
        watcher.wake(50.0)
        assert watcher.due({"a": 1, "b": 1}, 50.0) == ["a", "b"]
        assert not watcher.failed("b", "No.", 50.0)  # it was said before the sleep
        assert watcher.due({"a": 1, "b": 1}, 50.0 + LOOK_S) == ["a", "b"]

    def test_hub_that_comes_back_under_other_names_makes_its_ports_due_and_no_old_ones(
        self,
    ) -> None:
        watcher = Watcher()
        watcher.due({"/dev/ttyACM0": 7, "/dev/ttyACM1": 8}, 0.0)
        for port in ("/dev/ttyACM0", "/dev/ttyACM1"):
            watcher.synced(port, 0.0)
        assert watcher.due({}, 2.0) == []
        # One name is that of the other case from before, with an inode of its own.
        back = {"/dev/ttyACM1": 9, "/dev/ttyACM2": 10}
        assert watcher.due(back, 4.0) == ["/dev/ttyACM1", "/dev/ttyACM2"]


class TestSleeps:
    def test_sleep_is_noticed_once_by_the_steady_clock_that_stood_still(self) -> None:
        sleeps = Sleeps()
        assert not sleeps.noticed(100.0, 5000.0)
        assert not sleeps.noticed(102.0, 5002.0)
        assert sleeps.noticed(104.0, 5004.0 + 8 * 3600)
        assert not sleeps.noticed(106.0, 5006.0 + 8 * 3600)

    def test_long_sync_is_no_sleep(self) -> None:
        sleeps = Sleeps()
        sleeps.noticed(100.0, 5000.0)
        assert not sleeps.noticed(1000.0, 5900.0)

    def test_clock_that_is_put_right_bit_by_bit_or_set_back_is_no_sleep(self) -> None:
        sleeps = Sleeps()
        for look in range(100):
            assert not sleeps.noticed(100.0 + look * LOOK_S, 5000.0 + look * (LOOK_S + 1.0))
        assert not sleeps.noticed(300.0, 0.0)
        assert not sleeps.noticed(302.0, 2.0)
        assert sleeps.noticed(304.0, 4.0 + SLEPT_S + 1)


class TestRounds:
    def test_first_round_is_due_at_once_and_the_next_after_a_quarter_of_an_hour(self) -> None:
        rounds = Rounds()
        assert rounds.is_due(100.0)
        rounds.done(100.0, False)
        assert not rounds.is_due(100.0 + ROUND_S - 1)
        assert rounds.is_due(100.0 + ROUND_S)

    def test_round_that_failed_is_tried_again_soon_and_then_less_often(self) -> None:
        rounds = Rounds()
        now, pauses = 0.0, []
        for _ in range(7):
            rounds.done(now, True)
            before = now
            while not rounds.is_due(now):
                now += 1
            pauses.append(now - before)
        assert pauses[:3] == [FIRST_RETRY_S, 2 * FIRST_RETRY_S, 4 * FIRST_RETRY_S]
        assert pauses[-2:] == [ROUND_S, ROUND_S]
        rounds.done(now, False)
        rounds.done(now, True)
        assert rounds.is_due(now + FIRST_RETRY_S)

    def test_round_is_due_at_once_after_a_sleep(self) -> None:
        rounds = Rounds()
        rounds.done(100.0, False)
        rounds.wake()
        assert rounds.is_due(100.0)


class TestComplaints:
    def test_complaint_is_new_once_until_it_was_gone(self) -> None:
        complaints = Complaints()
        assert complaints.new("share", ["No network."]) == ["No network."]
        assert complaints.new("share", ["No network.", "A file is damaged."]) == [
            "A file is damaged."
        ]
        assert complaints.new("share", []) == []
        assert complaints.new("share", ["No network."]) == ["No network."]

    def test_same_complaint_of_two_parts_is_new_once(self) -> None:
        complaints = Complaints()
        assert complaints.new("share", ["The disk is full."]) == ["The disk is full."]
        assert complaints.new("backup", ["The disk is full."]) == []
        assert complaints.has("The disk is full.")

    @pytest.mark.parametrize("is_put_off", [True, False])
    def test_complaint_of_what_is_put_off_goes_on(self, is_put_off: bool) -> None:
        complaints = Complaints()
        complaints.new("remind", ["It did not take it."])
        complaints.new("remind", [], is_put_off)
        again = complaints.new("remind", ["It did not take it."])
        assert again == ([] if is_put_off else ["It did not take it."])
