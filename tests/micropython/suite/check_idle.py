"""A case with nothing to do allocates nothing, so that it can do nothing for years."""

import gc

from tests.firmware.fakes import FakeParts
from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.fake_streams import Port
from tests.micropython.suite.logbook import open_journal
from tests.micropython.suite.ram_flash import LOG, new_flash

from rollcase.app import App
from rollcase.hal.button import ButtonPin
from rollcase.hal.pause import Pause
from rollcase.loop import Loop
from rollcase.server import Server
from rollcore import events, policy, state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

NOW = 205000000
TURNS = 10000
STEP_MS = 20
"""The turns take 200 s: less than the shortest phase, and less than between two checkpoints."""

LOOKS = 100
"""Looks at a port: this MicroPython takes a millisecond or two for each."""

FIRST_TICK = (1 << 30) - 100000
"""The tick counter wraps in the middle of the turns."""


class Idler:
    """A case of these parts, with everything that a board can declare."""

    def __init__(self) -> None:
        new_flash()
        self.fakes = FakeParts(FIRST_TICK)
        self.fakes.supply.plugged = False
        self.start(events.POWER_ON)

    def start(self, cause: int) -> None:
        """Start the case, as after a reset."""
        ticks = self.fakes.ticks.now()
        self.app = App(LOG, open_journal(), cause, ticks, lambda line: None)
        loop = Loop(self.fakes.whole(), self.app, Server(self.app, "e661a4d1", "still"))
        self.app.start()
        self.turn = loop.turn  # kept, because each look at a bound method allocates

    def live(self, seconds: int) -> None:
        """Let time pass."""
        for _ in range(seconds):
            self.pass_ms(1000)

    def pass_ms(self, ms: int) -> None:
        """Let time pass at once."""
        self.fakes.ticks.go_on(ms)
        self.turn()

    def press(self) -> None:
        """Press the button, and let the lamp's answer pass."""
        for is_down in (True, False):
            self.fakes.button.pressed = is_down
            for _ in range(3):
                self.pass_ms(50)
        self.live(30)

    def to_phase(self, phase: str) -> None:
        """Do what a person does until the case is in this phase."""
        for _ in range(20):
            now = self.app.standing.phase
            if now == phase:
                return
            if now in (state.SOAKING, state.DRYING):
                self.live(self.app.standing.until - self.app.clock.time)
            else:
                self.press()
        raise AssertionError(phase)

    def idle(self, where: str) -> None:
        """Take many turns with nothing to do."""
        phase = self.app.standing.phase
        for _ in range(100):
            self.pass_ms(STEP_MS)
        # The upkeep that the last records have left is not what an idle case does.
        self.app.journal.checkpoint(self.app.clock.time, self.app.clock.uptime)
        while self.app.tend():
            pass
        shown = self.fakes.lamp.shown
        used = allocated(self.turns)
        equal(used, 0, where)
        equal(self.app.standing.phase, phase, where)
        true(self.fakes.lamp.shown > shown or phase == state.READY, "the lamp did nothing")

    def turns(self) -> None:
        """Take the turns that are measured."""
        ticks, turn = self.fakes.ticks, self.turn
        for _ in range(TURNS):
            ticks.go_on(STEP_MS)
            turn()


def allocated(call: "Callable[[], object]") -> int:
    """Return how many bytes of memory a call has taken and not given back, collected or not."""
    heap: Any = gc  # Python's own has no `mem_alloc`
    gc.collect()
    gc.disable()
    before = heap.mem_alloc()
    call()
    after = heap.mem_alloc()
    gc.enable()
    return int(after - before)


def test_measure_sees_allocated_memory() -> None:
    true(allocated(lambda: [bytes(8) for _ in range(100)]) >= 800, "nothing seen")


def idle_in(phase: str) -> None:
    """Bring a case whose clock is set into a phase, and let it idle there."""
    idler = Idler()
    equal(idler.app.set_clock(NOW, events.FROM_HOST, events.SYNCHRONISED), "")
    idler.to_phase(phase)
    idler.idle(phase)


def test_idle_case_allocates_nothing_while_preparing() -> None:
    idle_in(state.PREPARE)


def test_idle_case_allocates_nothing_while_soaking() -> None:
    idle_in(state.SOAKING)


def test_idle_case_allocates_nothing_while_drying() -> None:
    idle_in(state.DRYING)


def test_idle_case_allocates_nothing_while_ready() -> None:
    idle_in(state.READY)


def test_idle_case_allocates_nothing_in_use() -> None:
    idle_in(state.IN_USE)


def test_idle_case_allocates_nothing_while_it_waits_to_be_cleaned() -> None:
    idle_in(state.CLEAN_ME)


def test_idle_case_allocates_nothing_while_resting() -> None:
    idle_in(state.RESTING)


def test_idle_case_allocates_nothing_before_its_clock_is_set() -> None:
    idler = Idler()
    idler.idle("clock not set")
    equal(idler.app.journal.state.clock_set, False)


def test_idle_case_allocates_nothing_on_hold_with_several_zones() -> None:
    idler = Idler()
    rules = policy.for_needle(250)
    zones = ("face", "neck", "hands", "belly")
    equal(idler.app.set_policy(policy.Policy(policy.numbers_of(rules), zones)), "")
    until = idler.app.clock.time + 86400
    told = {"reason": events.ACNE, "until": until, "token": 1}
    equal(idler.app.tell(events.HOLD_SET, told), "")
    idler.idle("held")


def test_idle_case_allocates_nothing_in_safe_mode() -> None:
    idler = Idler()
    for _ in range(3):
        idler.app.failed({"file": 2, "error": 13, "line": 1})
        idler.start(events.SOFT_RESET)
    true(idler.app.safe, "not safe")
    idler.idle("safe mode")


def test_port_allocates_nothing_while_the_host_is_silent() -> None:
    held = Port()

    def listen() -> None:
        for _ in range(LOOKS):
            held.port.read()

    listen()
    equal(allocated(listen), 0)


def test_pause_and_the_button_allocate_nothing() -> None:
    button = ButtonPin(14, True)
    pause = Pause(button, None)

    def rest() -> None:
        for _ in range(LOOKS):
            button.down()
            pause.wait(0, 0)

    rest()
    equal(allocated(rest), 0)
