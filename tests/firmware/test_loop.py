"""One turn of the case: which calls each part gets, and in which order."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from tests.firmware.fakes import FakeParts
from tests.firmware.memory_flash import Ground

from rollcase.app import QUIET_MS, App
from rollcase.clock import TICKS_MASK
from rollcase.journal import SETTLED_S, Journal
from rollcase.loop import MEASURE_EVERY_S, Loop
from rollcase.server import Server
from rollcore import events, frames, messages, policy, state
from rollcore.blocks import SLOTS, first_of
from rollcore.events import RECORD_SIZE
from rollcore.messages import ANSWERS, REQUESTS, Message
from rollcore.state import SAFE_AFTER

NOW = 205_000_000
LOG_ID = bytes(range(1, 9))

Did = tuple[str, int]


class Bench:
    """A case of fake parts: each call to them is noted, in order."""

    def __init__(
        self, directory: Path, cause: int = events.POWER_ON, ground: Ground | None = None
    ) -> None:
        self.ground = ground or Ground()
        self.did: list[Did] = []
        self.fakes = FakeParts(
            TICKS_MASK - 500, lambda name, number: self.did.append((name, number))
        )
        self.parts = self.fakes.smallest()
        journal = Journal(self.ground.flash, self.ground.files, lambda: LOG_ID)
        self.app = App(str(directory), journal, cause, self.fakes.ticks.now(), lambda line: None)
        self.server = Server(self.app, "e661a4d1", "bench")
        self.loop = Loop(self.parts, self.app, self.server)
        self.app.start()

    def turn(self, ms: int = 0) -> list[Did]:
        """Let `ms` pass, take a turn, and return what was done."""
        self.fakes.ticks.go_on(ms)
        self.did = []
        self.loop.turn()
        return self.did

    def live(self, seconds: int) -> list[Did]:
        """Take turns as often as the case asks for, and return all that was done."""
        done: list[Did] = []
        ms = seconds * 1000
        while ms > 0:
            done += self.turn()
            hop = max(1, min(ms, self.app.idle_ms()))
            self.fakes.ticks.go_on(hop)
            ms -= hop
        return done + self.turn()

    def touch(self, ms: int) -> list[Did]:
        """Keep the button down for `ms`, with a turn every 10 ms."""
        done: list[Did] = []
        self.fakes.button.pressed = True
        for _ in range(ms // 10):
            done += self.turn(10)
        self.fakes.button.pressed = False
        for _ in range(6):
            done += self.turn(10)
        return done

    def ask(self, verb: str, fields: dict[str, object]) -> None:
        """Send a request."""
        body = messages.encode(Message(1, verb, fields), REQUESTS)
        self.fakes.port.incoming += frames.encode(body)

    def answers(self) -> list[Message]:
        """Return the answers that the host got."""
        bodies = frames.Decoder(messages.MAX_ANSWER).feed(self.fakes.port.sent)
        return [messages.decode(body, ANSWERS) for body in bodies]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Return a case on the bench, after its first turn."""
    bench = Bench(tmp_path)
    bench.turn()
    return bench


def names(done: list[Did]) -> list[str]:
    return [name for name, _ in done]


def values(done: list[Did], name: str) -> list[int]:
    return [value for did, value in done if did == name]


def to_ready(bench: Bench) -> None:
    bench.touch(200)
    bench.live(1200)
    assert bench.app.standing.phase == state.READY


def to_resting(bench: Bench) -> None:
    to_ready(bench)
    bench.touch(200)
    bench.live(60)
    bench.touch(200)
    bench.touch(200)
    bench.live(600 + 1800)
    assert bench.app.standing.phase == state.RESTING


def to_safe(directory: Path) -> Bench:
    bench = Bench(directory)
    for _ in range(SAFE_AFTER):
        bench.app.failed({"file": 2, "error": 13, "line": 1})
        bench = Bench(directory, events.SOFT_RESET, bench.ground)
    bench.turn()
    assert bench.app.safe
    return bench


# Watchdog


def test_watchdog_is_fed_once_a_turn_and_right_after_the_step(bench: Bench) -> None:
    done = bench.turn(1000)
    assert names(done).count("feed") == 1
    assert names(done)[:2] == ["down", "feed"]


def test_step_that_fails_does_not_feed_the_watchdog(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> int:
        raise ValueError("a bug")

    monkeypatch.setattr(bench.app, "step", broken)
    bench.did = []
    with pytest.raises(ValueError, match="a bug"):
        bench.loop.turn()
    assert "feed" not in names(bench.did)


# Lamp


def test_lamp_is_told_a_colour_once(bench: Bench) -> None:
    shown = [values(bench.turn(10), "show") for _ in range(300)]
    changes = [colours[0] for colours in shown if colours]
    assert len(changes) >= 3
    assert all(one != other for one, other in pairwise(changes))


def test_lamp_is_told_its_first_colour_though_it_is_dark(tmp_path: Path) -> None:
    assert names(Bench(tmp_path).turn())[:3] == ["down", "feed", "show"]


def test_change_by_the_host_is_shown_before_the_pause(bench: Bench) -> None:
    """The wait would count from the start of a new pattern that the lamp does not show yet."""
    bench.ask("hold", {"reason": events.ACNE, "until": 0, "token": 9})
    done = bench.turn(500)
    for _ in range(3):
        done += bench.turn()
    assert "write" in names(done)
    after = names(done)[names(done).index("write") :]
    assert "show" in after
    assert not {"wait", "sleep"} & set(after[: after.index("show")])


# Latch, lid and buzzer


def test_latch_locks_while_the_case_rests_and_is_told_so_once(bench: Bench) -> None:
    bench.parts.latch = bench.fakes.latch
    to_resting(bench)
    bench.did = []
    done = bench.live(86400)
    assert values(done, "lock") == []
    assert bench.app.locked


def test_latch_is_told_each_change_once(bench: Bench) -> None:
    bench.parts.latch = bench.fakes.latch
    to_ready(bench)
    bench.touch(200)
    bench.live(60)
    done = bench.touch(200) + bench.touch(200) + bench.live(600 + 1800)
    assert values(done, "lock") == [1]
    done = bench.touch(10100)
    assert bench.app.standing.phase == state.PREPARE
    assert values(done, "lock") == [0]


def test_board_without_a_latch_is_told_nothing(bench: Bench) -> None:
    to_resting(bench)
    assert bench.app.locked
    assert "lock" not in names(bench.turn())


def test_lid_is_looked_at_where_there_is_one(bench: Bench) -> None:
    bench.fakes.lid.opened = True
    to_ready(bench)
    before = bench.app.journal.next
    bench.turn(100)
    assert bench.app.journal.next == before
    bench.parts.lid = bench.fakes.lid
    bench.turn(100)
    bench.turn(100)
    assert bench.app.journal.next == before + 1


def test_buzzer_sounds_each_tone_once_and_then_is_silent(bench: Bench) -> None:
    bench.parts.buzzer = bench.fakes.buzzer
    bench.touch(200)
    bench.live(598)
    done = [did for _ in range(300) for did in bench.turn(10)]
    assert values(done, "sound") == [880, 0, 1320, 0]


@pytest.mark.parametrize("has_buzzer", [True, False])
def test_finished_tune_does_not_keep_the_case_awake(bench: Bench, has_buzzer: bool) -> None:
    if has_buzzer:
        bench.parts.buzzer = bench.fakes.buzzer
    bench.touch(200)
    bench.live(700)
    rests = [value for _ in range(20) for value in values(bench.turn(400), "wait")]
    assert len(rests) == 20
    assert min(rests) > 0


# Battery


def test_battery_is_measured_every_quarter_of_an_hour(bench: Bench) -> None:
    bench.parts.battery = bench.fakes.battery
    bench.parts.battery_low_mv = 3300
    bench.fakes.supply.plugged = False
    assert values(bench.live(MEASURE_EVERY_S - 1), "millivolts") == [0]
    assert values(bench.live(2 * MEASURE_EVERY_S), "millivolts") == [0, 0]


@pytest.mark.parametrize(
    ("voltage", "plugged", "logged"),
    [(3299, False, [3299]), (3300, False, []), (3299, True, [])],
    ids=["low", "just enough", "low but plugged in"],
)
def test_low_battery_is_logged(
    bench: Bench, voltage: int, plugged: bool, logged: list[int]
) -> None:
    bench.parts.battery = bench.fakes.battery
    bench.parts.battery_low_mv = 3300
    bench.fakes.battery.voltage, bench.fakes.supply.plugged = voltage, plugged
    bench.turn()
    _, _, raw = bench.app.journal.read(1, 100)
    found = [events.decode(record) for record, _, _ in events.split(raw, 0)]
    millivolts = [event.data["millivolts"] for event in found if event.name == "battery_low"]
    assert millivolts == logged


# Rest


def test_plugged_in_case_waits_and_does_not_sleep(bench: Bench) -> None:
    assert names(bench.turn(10))[-1] == "wait"


def test_case_on_battery_sleeps_once_the_trace_is_flushed(bench: Bench) -> None:
    bench.fakes.supply.plugged = False
    assert names(bench.turn(10))[-2:] == ["flush", "sleep"]


def test_lamp_that_goes_out_in_a_sleep_keeps_the_case_awake(bench: Bench) -> None:
    bench.fakes.supply.plugged = False
    bench.fakes.lamp.holding = False
    assert names(bench.turn(10))[-1] == "wait"


def test_tone_keeps_the_case_awake(bench: Bench) -> None:
    bench.fakes.supply.plugged = False
    bench.parts.buzzer = bench.fakes.buzzer
    bench.touch(200)
    bench.live(598)
    rests = [(names(bench.turn(10))[-1], bool(bench.app.tone())) for _ in range(300)]
    assert set(rests) == {("wait", True), ("sleep", False)}


def test_pause_ends_when_the_lamp_or_the_case_is_due(bench: Bench) -> None:
    bench.live(5)  # with the upkeep after a start
    for ms in (0, 10, 300, 700):
        (rest,) = values(bench.turn(ms), "wait")
        assert 0 < rest == min(bench.app.lamp_ms(), bench.app.idle_ms())


def test_case_does_its_upkeep_piece_by_piece_before_it_pauses(bench: Bench) -> None:
    bench.fakes.ticks.go_on(QUIET_MS)
    turns = 0
    while "wait" not in names(bench.turn()):
        turns += 1
        assert names(bench.did)[:2] == ["down", "feed"]
    assert turns > 1
    assert "wait" in names(bench.turn())
    bench.fakes.ticks.go_on(SETTLED_S * 1000)
    assert "wait" not in names(bench.turn())  # a checkpoint
    assert "wait" in names(bench.turn())


def test_host_is_answered_before_the_upkeep(bench: Bench) -> None:
    bench.fakes.ticks.go_on(QUIET_MS)
    before = list(bench.ground.flash.programs)
    for _ in range(2):
        bench.ask("status", {})
    bench.turn()
    bench.turn()
    assert len(bench.answers()) == 2
    assert bench.ground.flash.programs == before
    bench.live(5)
    assert bench.ground.flash.programs != before


def test_button_is_heard_before_the_upkeep(bench: Bench) -> None:
    before = bench.app.journal.next
    bench.fakes.ticks.go_on(QUIET_MS - 100)
    bench.touch(200)
    assert bench.app.journal.next == before + 1
    assert bench.app.journal.left > 0
    assert bench.ground.files.names() == ["1-000/00000"]
    bench.live(5)
    assert "1-000/00001" in bench.ground.files.names()


def test_case_in_safe_mode_pauses_too(tmp_path: Path) -> None:
    bench = to_safe(tmp_path)
    rests = [value for _ in range(100) for value in values(bench.turn(30_000), "wait")]
    assert len(rests) == 100
    assert min(rests) > 0


# The line


def test_request_is_answered_in_its_turn(bench: Bench) -> None:
    bench.ask("status", {})
    bench.turn()
    assert [answer.verb for answer in bench.answers()] == ["status"]


def test_each_turn_answers_one_request_without_a_pause_between(bench: Bench) -> None:
    for _ in range(3):
        bench.ask("status", {})
    for left in (2, 1, 0):
        done = bench.turn()
        assert names(done).count("write") == 1
        if left:
            assert not {"wait", "sleep"} & set(names(done))
    assert len(bench.answers()) == 3


def grow_log(bench: Bench, blocks: int) -> int:
    """Fill so many blocks of the log; return how many records it has."""
    while bench.app.journal.next <= blocks * SLOTS:
        bench.app.journal.append(events.Event(events.HEAD_NEW, {"uses": 0, "token": 0}, boot=1))
    return blocks * SLOTS


def test_long_log_is_sent_two_blocks_a_turn_without_a_pause(bench: Bench) -> None:
    bench.ask("get", {"seq": 1, "count": grow_log(bench, 5)})
    sent = []
    for _ in range(3):
        done = bench.turn()
        sent.append(names(done).count("write"))
        assert names(done)[:2] == ["down", "feed"]
        assert not {"wait", "sleep"} & set(names(done))
    assert sent == [2, 2, 1]
    assert [answer.integer("seq") for answer in bench.answers()] == [
        first_of(number) for number in range(5)
    ]


def test_question_in_the_midst_of_a_long_log_is_answered_next(bench: Bench) -> None:
    bench.ask("get", {"seq": 1, "count": grow_log(bench, 5)})
    bench.turn()
    bench.ask("status", {})
    for _ in range(3):
        bench.turn()
    assert [answer.verb for answer in bench.answers()] == ["records", "records", "status"]


def test_button_works_while_a_long_log_is_sent(bench: Bench) -> None:
    bench.ask("get", {"seq": 1, "count": grow_log(bench, 30)})
    bench.touch(120)  # of 10 ms each turn
    assert bench.app.standing.phase == state.SOAKING
    assert len(bench.answers()) == 30


def test_host_that_is_slow_gets_one_block_and_the_next_when_it_has_taken_that(
    bench: Bench,
) -> None:
    bench.ask("get", {"seq": 1, "count": grow_log(bench, 3)})
    bench.fakes.port.takes = False
    bench.turn()
    assert bench.fakes.port.sent == b""
    one = len(bench.fakes.port.unsent)
    bench.turn()
    assert len(bench.fakes.port.unsent) == one < 2 * SLOTS * RECORD_SIZE
    bench.fakes.port.takes = True
    for _ in range(4):
        bench.turn()
    assert len(bench.answers()) == 3


def test_next_block_follows_without_a_pause_when_a_slow_host_has_taken_the_last(
    bench: Bench,
) -> None:
    records = grow_log(bench, 3)
    while bench.app.tend():
        pass  # with something left to tend, no turn pauses
    bench.ask("get", {"seq": 1, "count": records})
    bench.fakes.port.takes = False
    bench.turn()
    bench.fakes.port.takes = True
    done = bench.turn() + bench.turn()
    assert names(done).count("write") == 3
    assert not {"wait", "sleep"} & set(names(done))
    assert len(bench.answers()) == 3


@pytest.mark.parametrize("plugged", [True, False])
def test_case_never_sleeps_on_an_answer_that_the_host_has_not_taken(
    bench: Bench, plugged: bool
) -> None:
    bench.fakes.supply.plugged = plugged
    bench.fakes.port.takes = False
    bench.ask("status", {})
    for _ in range(5):
        done = bench.turn(50)
        assert "sleep" not in names(done)
        assert done[-1] == ("wait", 1)
    bench.fakes.port.takes = True
    bench.turn(50)
    assert [answer.verb for answer in bench.answers()] == ["status"]


def test_second_request_waits_until_the_first_answer_is_taken(bench: Bench) -> None:
    bench.fakes.port.takes = False
    bench.ask("status", {})
    bench.ask("policy", {})
    bench.turn()
    waiting = bench.fakes.port.unsent
    bench.turn()
    assert bench.fakes.port.unsent == waiting
    bench.fakes.port.takes = True
    for _ in range(3):
        bench.turn()
    assert [answer.verb for answer in bench.answers()] == ["status", "policy"]


def test_button_works_while_the_host_is_slow(bench: Bench) -> None:
    bench.fakes.port.takes = False
    bench.ask("status", {})
    bench.touch(200)
    assert bench.app.standing.phase == state.SOAKING


# Failures


class Broken:
    """Stands in for something that has a bug."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __call__(self, *_: object) -> bytes:
        raise self.error


def test_failure_in_an_answer_is_a_failure_of_the_case(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.server, "_reply", Broken(IndexError("a bug")))
    bench.ask("status", {})
    with pytest.raises(IndexError, match="a bug"):
        bench.turn()


def test_failure_in_safe_mode_costs_one_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = to_safe(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(bench.server, "_reply", Broken(IndexError("a bug")))
        bench.ask("status", {})
        bench.turn()
    assert bench.answers() == []
    bench.ask("get", {"seq": 1, "count": 1})
    bench.turn()
    assert [answer.verb for answer in bench.answers()] == ["records"]


def test_safe_mode_gives_the_log_and_says_why(tmp_path: Path) -> None:
    bench = to_safe(tmp_path)
    bench.ask("status", {})
    bench.turn()
    assert "3 times in a row" in bench.answers()[0].word("fault")


def change_the_rules(bench: Bench) -> None:
    bench.ask("rule", {"policy": policy.for_needle(250).text})


def set_the_clock(bench: Bench) -> None:
    bench.ask("time", {"time": NOW, "sure": 1, "force": 0})


def hold(bench: Bench) -> None:
    bench.ask("hold", {"reason": events.ACNE, "until": 0, "token": 9})


@pytest.mark.parametrize("change", [change_the_rules, set_the_clock, hold])
def test_safe_mode_changes_nothing(tmp_path: Path, change: Callable[[Bench], None]) -> None:
    bench = to_safe(tmp_path)
    before = bench.app.journal.next
    change(bench)
    bench.turn()
    assert [answer.verb for answer in bench.answers()] == ["error"]
    assert bench.app.journal.next == before
    assert bench.app.safe


def test_power_up_ends_safe_mode(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ground=to_safe(tmp_path).ground)
    assert (bench.app.safe, bench.app.fault) == (False, "")
    bench.touch(200)
    assert bench.app.standing.phase == state.SOAKING
