"""The real image on an RP2040: its button, its lamp, its flash, its restarts."""

import itertools
import random
from pathlib import Path

import pytest
from tests.emulator.conftest import Boot
from tests.emulator.pico import BLANK, BLOCK, Pico, half_done

from rollcore import events
from rollcore.events import Event

SETTLE_MS = 45
"""How long the firmware waits before it believes a new level (see rollcase.gestures)."""

BOUNCES = [(True, 3.0), (False, 7.0), (True, 1.0), (False, 11.0), (True, 5.0), (False, 9.0)]
"""36 ms of chatter, as the contact closes."""


def kinds(pico: Pico) -> list[str]:
    """Return the kinds of the records that the case holds."""
    return [events.decode(raw).name for raw in pico.log()]


def live_a_day(pico: Pico) -> list[int]:
    """Prepare, use and clean; return how many records were on flash each time the lamp answered."""
    acknowledged = [1]
    for wait_s in (0, 1201, 120, 0):
        if wait_s:
            pico.let_pass(wait_s)
        pico.press()
        acknowledged.append(pico.ask("status").integer("next") - 1)
    pico.let_pass(2401)
    return acknowledged


def test_bouncing_button_is_pressed_once(boot: Boot) -> None:
    pico = boot()
    pico.touch([*BOUNCES, (True, 150), *[(not down, ms) for down, ms in BOUNCES], (False, 200)])
    assert kinds(pico) == ["boot", "soak_started"]


@pytest.mark.parametrize("used", [False, True], ids=["new", "well used"])
def test_press_is_answered_within_150_ms_of_being_understood(boot: Boot, used: bool) -> None:
    """The time of the flash counts too; a press is understood 45 ms after the contact settled."""
    pico = boot(well_used(boot) if used else None)
    waits = []
    for _ in range(12):
        pico.run(random.Random(pico.now).uniform(0, 700))
        pico.touch([(True, 150)])
        pico.trace.clear()
        released = pico.now
        pico.touch([(False, 500)])
        shown = next(when for when, line in pico.trace if line.startswith("lamp soaking"))
        waits.append(shown - released - SETTLE_MS)
        pico.touch([(True, 2100), (False, 200)])  # a long press: from soaking back to prepare
    assert max(waits) < 150
    assert min(waits) >= 0


def well_used(boot: Boot) -> bytes:
    """Return flash whose free blocks hold old data, so that each has to be erased before use."""
    pico = boot()
    pico.run(500)
    return bytes(
        byte
        for at in range(0, len(pico.flash), BLOCK)
        for byte in (
            random.Random(at).randbytes(BLOCK)
            if pico.flash[at : at + BLOCK] == BLANK
            else pico.flash[at : at + BLOCK]
        )
    )


def test_lamp_shows_what_the_log_says(boot: Boot) -> None:
    """Slow blue is a second on, a second off, and the tiny blink of a clock that is not set."""
    pico = boot()
    pico.run(2000)
    pico.lamp.clear()
    pico.run(8000)
    times = [when for when, _ in pico.lamp]
    steps = [round((later - sooner) / 10) for sooner, later in itertools.pairwise(times)]
    cycle = [100, 140, 6, 40]
    assert len(steps) > 8
    assert any(steps == (cycle * 9)[start:][: len(steps)] for start in range(4)), steps


def test_day_is_logged_as_it_was(boot: Boot) -> None:
    pico = boot()
    live_a_day(pico)
    assert kinds(pico) == [
        "boot",
        "soak_started",
        "soak_ended",
        "use_started",
        "use_ended",
        "soak_started",
        "soak_ended",
    ]


def test_power_cut_at_every_flash_command_loses_no_answered_record(boot: Boot) -> None:
    """The same holds for a cut in the middle of each command."""
    pico = boot()
    states: list[tuple[int, bytes]] = []
    answered = 1
    pico.on_flash = lambda before, after: states.extend(
        [(answered, half_done(before, after)), (answered, after)]
    )
    first = pico.log()
    for wait_s in (0, 1201, 120, 0):
        if wait_s:
            pico.let_pass(wait_s)
        pico.press()
        answered = pico.ask("status").integer("next") - 1
    pico.let_pass(2401)
    whole = pico.log()
    assert whole[:1] == first
    assert len(states) > 2 * len(whole)
    for answered, flash in states:
        found = boot(flash).log()
        assert len(found) - 1 >= answered  # and the record of this start
        assert found[:-1] == whole[: len(found) - 1]
        assert events.decode(found[-1]).kind == events.BOOT


def test_first_start_cut_at_any_flash_command_starts_again(image: Path, boot: Boot) -> None:
    """The first start formats the flash; a cut may come at any command of that."""
    pico = Pico(image)
    states: list[bytes] = []
    pico.on_flash = lambda before, after: states.extend([half_done(before, after), after])
    pico.boot()
    pico.run(300)
    assert len(states) > 10
    for flash in states:
        assert kinds(boot(flash))[-1] == "boot"


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("machine.WDT(timeout=50)\nwhile True: pass", events.WATCHDOG),
        ("machine.reset()", events.SOFT_RESET),
    ],
    ids=["watchdog", "reset"],
)
def test_restart_goes_on_with_the_log_and_says_why(boot: Boot, code: str, cause: int) -> None:
    pico = boot()
    pico.press()
    before = pico.log()
    pico.execute("import machine\n" + code)
    pico.boot()
    found = pico.log()
    assert found[: len(before)] == before
    restart: Event = events.decode(found[-1])
    assert (restart.kind, restart.data["cause"]) == (events.BOOT, cause)


def test_ctrl_c_gives_the_prompt_and_a_soft_reset_gives_the_case_back(boot: Boot) -> None:
    pico = boot()
    assert "42" in pico.execute("print(6 * 7)")
    assert pico.lamp[-1][1] is False  # a case that does not run shows nothing
    pico.type(b"\x02\x04")  # out of the raw prompt, and a soft reset
    pico.boot()
    assert kinds(pico) == ["boot", "boot"]


def test_log_on_a_flash_that_cannot_be_mounted_goes_home_and_a_new_one_begins(boot: Boot) -> None:
    """The log is found past littlefs, of which nothing is written before the host has it all."""
    noise = random.Random(7).randbytes(2 * BLOCK)
    pico = boot()
    pico.press()
    pico.run(3000)
    before = pico.log()
    damaged = noise + pico.flash[2 * BLOCK :]
    broken = boot(damaged)
    assert broken.log()[: len(before)] == before
    broken.run(3000)
    assert "littlefs" in broken.ask("status").word("fault")
    broken.lamp.clear()
    broken.run(7000)
    assert len(broken.lamp) >= 18  # SOS: nine lights and as many darks
    assert (broken.erases, broken.flash[: 2 * BLOCK]) == (0, noise)

    status = broken.ask("status")
    broken.ask("ack", log=status.word("log"), seq=status.integer("next") - 1)
    assert broken.ask("newlog", log=status.word("log"), keep=1).verb == "log"
    assert broken.ask("status").integer("next") == 1
    broken.run(3000)
    broken.press()
    again = boot(broken.flash)
    assert (kinds(again)[-1], again.ask("status").word("fault")) == ("boot", "")
    assert len(again.log()) == 2
