"""Composition root: builds what the board declares, and runs the case.

`board` is the one file that differs between boards; see `boards/`.
"""

import gc
import os

import board
from rollcase import faults, lamp
from rollcase.app import App
from rollcase.hal import system
from rollcase.hal.lamps import PixelLamp, PlainLamp, RgbLamp
from rollcase.hal.serial import SerialPort
from rollcase.hal.trace import NoTrace, Trace
from rollcase.journal import Journal
from rollcase.loop import Loop
from rollcase.parts import Parts
from rollcase.server import Server
from rollcore.events import POWER_ON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rollcase.hal.lid import LidSwitch
    from rollcase.parts import Lamp, TimeChip


def make_lamp() -> "Lamp":
    """Return the lamp that the board declares."""
    if board.PIXEL is not None:
        return PixelLamp(board.PIXEL)
    if board.RGB is not None:
        red, green, blue = board.RGB
        return RgbLamp(red, green, blue, board.RGB_COMMON_ANODE)
    return PlainLamp(board.LED)


def make_chip() -> "TimeChip | None":
    """Return the clock chip that the board declares, if it does."""
    if board.RTC is None:
        return None
    from rollcase.hal.ds3231 import Ds3231

    return Ds3231(system.i2c(*board.RTC))


def make_lid() -> "LidSwitch | None":
    """Return the lid's switch that the board declares, if it does."""
    if board.LID is None:
        return None
    from rollcase.hal.lid import LidSwitch

    return LidSwitch(board.LID, board.LID_OPEN_HIGH)


def add_parts(parts: Parts) -> None:
    """Add what is off unless the board declares it. What it does not is not even loaded."""
    if board.LATCH is not None:
        from rollcase.hal.latch import Latch

        parts.latch = Latch(board.LATCH)
    if board.BUZZER is not None:
        from rollcase.hal.buzzer import Buzzer

        parts.buzzer = Buzzer(board.BUZZER)
    if board.BATTERY is not None:
        from rollcase.hal.battery import Battery

        pin, ratio = board.BATTERY
        parts.battery = Battery(pin, ratio)
        parts.battery_low_mv = board.BATTERY_LOW_MV


def make_directory(path: str) -> None:
    """Make the folder for the log if there can be one; if not, the journal says why."""
    try:
        os.mkdir(path)
    except OSError:
        pass  # it is there, or the flash is not


def blink(light: "Lamp", pattern: tuple[tuple[int, int], ...]) -> None:
    """Show a pattern once, with nothing else going on."""
    for colour, ms in pattern:
        light.show(colour)
        system.sleep_ms(ms)


def run(light: "Lamp", button: system.ButtonPin, watchdog: system.Watchdog, cause: int) -> None:
    """Run the case for as long as there is power. Where the firmware fails, it starts anew."""
    trace = NoTrace() if board.TRACE is None else Trace(*board.TRACE)
    app: App | None = None
    loop: Loop | None = None
    try:
        make_directory(board.DIRECTORY)
        lid = make_lid()
        parts = Parts(
            system.ticks_ms,
            button,
            light,
            SerialPort(),
            getattr(board, "Pause", system.Pause)(button, lid),
            system.Supply(board.VBUS),
            watchdog,
            trace.flush,
        )
        parts.lid = lid
        add_parts(parts)
        app = App(
            board.DIRECTORY,
            Journal(board.DIRECTORY, system.random_id),
            cause,
            system.ticks_ms(),
            trace.line,
            make_chip(),
        )
        loop = Loop(parts, app, Server(app, system.device_id(), board.NAME))
        app.start()
        while True:
            loop.turn()
    except Exception as error:
        gc.collect()  # it may have been for want of memory
        if loop is not None:
            loop.stop()
        try:
            told = system.traceback(error)
            for line in told.split("\n"):
                trace.line("error " + line.strip())
            if app is not None:
                app.failed(faults.fields(type(error).__name__, told))
        except Exception:
            pass  # what failed fails again: starting anew is all that is left
        watchdog.feed()
        blink(light, lamp.PATTERNS[lamp.FAULT][0])
        was_restarted = cause != POWER_ON
        if (app is None and was_restarted) or (app is not None and app.safe):
            raise  # it would only fail again; `host rescue` still finds the log
        system.restart()
    finally:
        if loop is not None:
            loop.stop()


def main() -> None:
    """Run the case until power goes or the host presses Ctrl-C.

    The button held at power-up keeps it from running at all, so that a case
    whose firmware is broken can be got at.
    """
    light = make_lamp()
    button = system.ButtonPin(board.BUTTON, board.BUTTON_ACTIVE_LOW)
    cause = system.cause_of_start()  # the watchdog's start would blur it
    if cause == POWER_ON and button.held():
        blink(light, lamp.SKIPPED)
        return
    watchdog = system.Watchdog()
    try:
        run(light, button, watchdog, cause)
    finally:
        watchdog.stop()
        light.show(0)  # a case that does not run shows nothing


if __name__ == "__main__":
    main()
