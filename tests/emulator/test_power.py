"""The chip when power is short: what we rely on in MicroPython, and the case on a battery."""

import pytest
from tests.conftest import built
from tests.emulator import days
from tests.emulator.conftest import Boot
from tests.emulator.days import DAY, MINUTE, PHASES, RULES, Case
from tests.emulator.lights import answered
from tests.emulator.pico import BUTTON, FRESH_VOLTS, VBUS, VSYS, Pico

from rollcase import lamp
from rollcase.gestures import SETTLE_MS
from rollcore import events, state

WATCHDOG_STATE = "(machine.reset_cause(), machine.mem32[0x40058008], machine.mem32[0x4005801c])"

CLOCKS_MS = 1.0
"""Most that a sleep takes longer than asked."""

TICK_MS = 1.0
"""The step in which the case counts short times."""

LOST_MS = 0.05
"""Most that the ticks fall behind in a sleep: they are slow while the clocks come back."""

START_MS = 1500
"""From power-up to the prompt, with flash to format."""

HOP_S = 4 * 3600
PPM = 1e-6

AWAKE = 0.02
"""Largest share of its time that a case on a battery is awake."""

ANSWER_MS = 50
"""Longest that a host waits for an answer to a small question."""

LOW_VOLTS = 1.0
"""A third of 3.0 V, which is less than the Pico's board.py wants."""

FIRST_WRONG = 3
"""How many readings of a measurement can be wrong (pico-examples, pull request 393)."""


class Chip:
    """Eight registers at address 0x68."""

    def __init__(self) -> None:
        self.registers = bytearray(range(8))

    def readfrom_mem(self, addr: int, memaddr: int, nbytes: int) -> bytes:
        self._look(addr)
        return bytes(self.registers[memaddr : memaddr + nbytes])

    def writeto_mem(self, addr: int, memaddr: int, buf: bytes) -> None:
        self._look(addr)
        self.registers[memaddr : memaddr + len(buf)] = buf

    def _look(self, addr: int) -> None:
        if addr != 0x68:
            raise OSError(5)


def value(pico: Pico, code: str) -> object:
    """Run code that needs `machine` and `time`; return what it prints, which is a literal."""
    return pico.value("import machine, time\nfrom machine import Pin\n" + code)


@pytest.fixture
def pico() -> Pico:
    """Return a Pico with MicroPython and nothing else, on a battery."""
    stock = Pico(built("micropython-pico.uf2"), vbus=False)
    stock.run(START_MS)
    return stock


def test_ticks_never_run_ahead_in_sleep(pico: Pico) -> None:
    sleeps = 50
    code = f"Pin(25, Pin.OUT)(1)\nt = time.ticks_us()\nfor _ in range({sleeps}): "
    code += "machine.lightsleep(50)\nt -= time.ticks_us()\nPin(25)(0)\nprint(-t)"
    told = value(pico, code)
    assert isinstance(told, int)
    (start, _), (end, _) = pico.lamp[-2:]
    assert 0 <= end - start - told / 1000 < sleeps * LOST_MS
    assert sleeps * 50 <= end - start < sleeps * (50 + CLOCKS_MS)


@pytest.mark.parametrize("pin", [BUTTON, VBUS], ids=["button", "cable"])
def test_pin_ends_a_sleep_at_once(pico: Pico, pin: int) -> None:
    pico.execute(
        "import machine\nfrom machine import Pin\nPin(25, Pin.OUT)(1)\n"
        f"Pin({BUTTON}, Pin.IN, Pin.PULL_UP).irq(lambda pin: None)\n"
        f"Pin({VBUS}, Pin.IN).irq(lambda pin: None, Pin.IRQ_RISING)\n"
        "def nap():\n machine.lightsleep(4000)\n Pin(25)(0)\n"
    )
    pico.type(b"nap()\x04")
    pico.run(1000)
    asked = pico.now
    if pin == VBUS:
        pico.plug(True)
        pico.run(5)
    else:
        pico.touch([(True, 5)])
    woken, lit = pico.lamp[-1]
    assert not lit
    assert 0 < woken - asked < CLOCKS_MS


def test_watchdog_that_is_not_fed_and_a_reset_can_be_told_apart(pico: Pico) -> None:
    assert value(pico, f"print({WATCHDOG_STATE})") == (1, 0, 0)
    pico.execute("import machine\nmachine.WDT(timeout=500)\nwhile True: pass")
    assert value(pico, f"print({WATCHDOG_STATE})") == (3, 1, 0x6AB73121)
    pico.execute("import machine\nmachine.WDT(timeout=500)\nmachine.reset()")
    assert value(pico, f"print({WATCHDOG_STATE})") == (3, 2, 0)


def test_watchdog_can_be_stopped_and_started_again(pico: Pico) -> None:
    stop = "machine.mem32[0x4005b000] = 1 << 30\n"
    assert value(pico, f"machine.WDT(timeout=500)\n{stop}print(1)") == 1
    pico.run(60_000)
    assert value(pico, f"print({WATCHDOG_STATE})") == (1, 0, 0x6AB73121)
    pico.execute("import machine\nmachine.WDT(timeout=500)\nwhile True: pass")
    assert value(pico, f"print({WATCHDOG_STATE})") == (3, 1, 0x6AB73121)


def test_chip_soldered_to_the_bus_answers(pico: Pico) -> None:
    chip = Chip()
    pico.attach(chip)
    bus = "i2c = machine.I2C(0, sda=Pin(4), scl=Pin(5))\n"
    absent = "try: i2c.readfrom_mem(0x50, 0, 3)\nexcept OSError as e: print(e.errno)\n"
    assert value(pico, bus + "print(i2c.readfrom_mem(0x68, 2, 3))") == b"\x02\x03\x04"
    assert value(pico, bus + absent) == 5
    assert value(pico, bus + "i2c.writeto_mem(0x68, 3, b'abc')\nprint(1)") == 1
    assert chip.registers == b"\x00\x01\x02abc\x06\x07"


def test_volts_on_a_pin_are_read(pico: Pico) -> None:
    pico.put_volts(29, 1.65)
    told = value(pico, "print(machine.ADC(29).read_u16())")
    assert isinstance(told, int)
    assert told / 65535 * 3.3 == pytest.approx(1.65, abs=0.001)


@pytest.fixture
def case(boot: Boot) -> Case:
    """Return a new case on a battery."""
    return Case(boot(vbus=False))


@pytest.mark.parametrize("phase", PHASES)
def test_case_on_a_battery_is_asleep_nearly_always(case: Case, phase: str) -> None:
    PHASES[phase](case)
    case.pico.run(1000)
    assert case.phase == phase
    assert case.pico.awake_share(30) < AWAKE


def test_soak_and_a_drying_spent_asleep_are_as_long_as_they_should_be(case: Case) -> None:
    """This runs without hops: none of 2400 sleeps counts too long, and few ppm are lost."""
    case.pico.press()
    awake = case.pico.awake_share(RULES.soak_before_s + RULES.dry_before_s + 10)
    told = {line: when for when, line in case.pico.trace if line.startswith("lamp")}
    dried = (told["lamp ready 0"] - told["lamp drying 0"]) / 1000
    assert RULES.dry_before_s <= dried < RULES.dry_before_s * (1 + 100 * PPM)
    assert awake < AWAKE


def test_month_on_a_battery_is_slept_through_and_counted_right(case: Case) -> None:
    days.resting(case)
    start, true = case.time(), case.pico.now
    awake = []
    for _ in range(30):
        case.pico.let_pass(DAY, HOP_S)
        awake.append(case.pico.awake_share(10))
    month = (case.pico.now - true) / 1000
    case.pico.let_pass(20 * MINUTE)
    told, true_now = case.time(), (case.pico.now - true) / 1000
    assert max(awake) < AWAKE
    assert month > 30 * DAY
    assert -1 <= true_now - (told - start) < true_now * 100 * PPM
    assert case.phase == state.PREPARE  # 28 days of rest are over


def test_power_cut_after_a_month_costs_a_quarter_of_an_hour(boot: Boot, case: Case) -> None:
    case.pico.let_pass(30 * DAY, HOP_S)
    case.pico.let_pass(20 * MINUTE)
    case.pico.run(1500)
    told = case.time()
    again = Case(boot(case.pico.flash, vbus=False)).time()
    assert 0 <= told - again <= 16 * MINUTE


def press_often(pico: Pico) -> list[float]:
    """Press at many moments of the lamp's rhythm; return how long each took to be answered."""
    took = []
    for moment in range(8):
        pico.run(137 * moment)
        pico.touch([(True, 100)])
        released = pico.now
        pico.touch([(False, 2500)])
        stays = lamp.pattern_of(state.SOAKING, 0, clock_set=False)
        took.append(answered(pico, released + SETTLE_MS, (), stays))
        pico.touch([(True, 2100), (False, 200)])  # a long press: from soaking back to prepare
    return took


def test_press_asleep_is_answered_as_fast_as_on_usb_but_for_its_wakes(boot: Boot) -> None:
    """Each press against the same one on USB, which writes the same record to the same flash.

    Asleep, two sleeps end late by up to `CLOCKS_MS` each: the one that the release ends, and the
    one in which the button settles. And the case counts settling in whole ticks: a tick later or
    not, on either side, by where the release falls between two ticks.
    """
    asleep, awake = press_often(boot(vbus=False)), press_often(boot())
    later = [slept - waited for slept, waited in zip(asleep, awake, strict=True)]
    assert max(later) < 2 * CLOCKS_MS + TICK_MS


def test_tap_while_asleep_is_heard(case: Case) -> None:
    case.pico.run(1000)
    case.pico.touch([(True, SETTLE_MS + 5), (False, 500)])
    assert case.phase == state.SOAKING


def test_cable_wakes_a_case_for_good(case: Case) -> None:
    case.pico.run(1500)
    case.pico.plug(True)
    case.pico.run(CLOCKS_MS)
    assert case.pico.awake_share(10) == pytest.approx(1)


@pytest.mark.parametrize("awake_ms", [0.1, 0.3, 0.5, 0.7])
def test_cable_is_noticed_while_a_case_is_awake_for_a_moment(case: Case, awake_ms: float) -> None:
    wakes = case.pico.wakes
    while case.pico.wakes == wakes:
        case.pico.run(0.05)
    case.pico.run(awake_ms)
    case.pico.plug(True)
    case.pico.run(5)
    assert case.pico.awake_share(4) == pytest.approx(1)


def test_case_goes_to_sleep_when_the_cable_is_pulled(boot: Boot) -> None:
    pico = boot()
    pico.plug(False)
    pico.run(3000)
    assert pico.awake_share(10) < AWAKE


@pytest.mark.parametrize("asleep_ms", [0, 700, 1500, 2300])
def test_host_is_answered_at_once_when_the_cable_is_in(case: Case, asleep_ms: float) -> None:
    case.pico.run(3000 + asleep_ms)
    case.pico.plug(True)
    asked = case.pico.now
    case.pico.ask("status")
    assert case.pico.now - asked < ANSWER_MS


def test_low_battery_is_logged_once_a_day(case: Case) -> None:
    case.pico.put_volts(VSYS, LOW_VOLTS)
    case.pico.let_pass(3 * DAY - MINUTE, 15 * MINUTE)
    low = [event for event in case.log if event.name == "battery_low"]
    assert [event.uptime // DAY for event in low] == [0, 1, 2]
    assert [event.data["millivolts"] for event in low] == [pytest.approx(3000, abs=5)] * 3


@pytest.mark.parametrize("vbus", [True, False], ids=["cable", "fresh battery"])
def test_cable_or_fresh_battery_is_never_logged_as_low(boot: Boot, vbus: bool) -> None:
    case = Case(boot(vbus=vbus))
    if vbus:
        case.pico.put_volts(VSYS, LOW_VOLTS)
    case.pico.let_pass(DAY, 15 * MINUTE)
    assert [event.name for event in case.log] == ["boot"]


def test_fresh_battery_whose_first_readings_are_low_is_never_logged_as_low(case: Case) -> None:
    case.pico.read_first(VSYS, LOW_VOLTS, FIRST_WRONG)
    case.pico.let_pass(DAY, 15 * MINUTE)
    assert [event.name for event in case.log] == ["boot"]


def test_low_battery_whose_first_readings_are_high_is_logged_with_its_own_voltage(
    case: Case,
) -> None:
    case.pico.put_volts(VSYS, LOW_VOLTS)
    case.pico.read_first(VSYS, FRESH_VOLTS, FIRST_WRONG)
    case.pico.let_pass(30 * MINUTE, 15 * MINUTE)
    low = [event for event in case.log if event.name == "battery_low"]
    assert [event.data["millivolts"] for event in low] == [pytest.approx(3000, abs=5)]


def test_low_battery_is_shown_after_the_next_gesture_and_not_again(case: Case) -> None:
    days.held(case)
    case.pico.put_volts(VSYS, LOW_VOLTS)
    case.pico.let_pass(16 * MINUTE)
    assert events.BATTERY_LOW in [event.kind for event in case.log]
    stays = lamp.pattern_of(state.HELD, 0, clock_set=False)
    for answer in (lamp.NOTED + lamp.BATTERY, lamp.NOTED):
        case.pico.touch([(True, 100)])
        released = case.pico.now
        case.pico.touch([(False, 8000)])
        assert answered(case.pico, released + SETTLE_MS, answer, stays) < 150
