"""Composition root: builds the parts that the board declares, and runs the case.

`board` is the one file that differs between boards; see `boards/`. The driver of a part that the
board does not declare is not loaded, which saves memory.
"""

import gc
import sys

import __main__  # type: ignore[import-not-found]

# A board that has the firmware as sources compiles them here. Collecting only once the heap is full
# leaves free memory in pieces that are too small for that.
gc.threshold(20_000)

import board
from rollcase import faults, lamp
from rollcase.app import App
from rollcase.block_files import BlockFiles
from rollcase.hal import identity, reset, ticks
from rollcase.hal.button import ButtonPin
from rollcase.hal.flash import flash, format_and_mount
from rollcase.hal.pause import Pause
from rollcase.hal.serial import SerialPort
from rollcase.hal.supply import Supply
from rollcase.hal.trace import NoTrace, Trace
from rollcase.hal.traceback import traceback
from rollcase.hal.watchdog import Watchdog
from rollcase.journal import Journal
from rollcase.loop import Loop
from rollcase.parts import Parts
from rollcase.server import Server
from rollcore.events import POWER_ON

gc.threshold(-1)  # as it was: from here on little is allocated

STOPPED_UNPLUGGED_S = 5
"""How long (s) a case that was stopped stands at MicroPython's prompt without USB power."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from boot import RestartTimer
    from rollcase.hal.lid import LidSwitch
    from rollcase.parts import Lamp, TimeChip


def make_lamp() -> "Lamp":
    """Return the lamp that the board declares."""
    if board.PIXEL is not None:
        from rollcase.hal.pixel_lamp import PixelLamp

        return PixelLamp(board.PIXEL)
    if board.RGB is not None:
        from rollcase.hal.rgb_lamp import RgbLamp

        red, green, blue = board.RGB
        return RgbLamp(red, green, blue, board.RGB_COMMON_ANODE)
    from rollcase.hal.plain_lamp import PlainLamp

    return PlainLamp(board.LED)


def make_chip() -> "TimeChip | None":
    """Return the clock chip that the board declares; None if it declares none."""
    if board.RTC is None:
        return None
    from rollcase.hal.ds3231 import Ds3231
    from rollcase.hal.i2c import i2c

    return Ds3231(i2c(*board.RTC))


def make_lid() -> "LidSwitch | None":
    """Return the lid switch that the board declares; None if it declares none."""
    if board.LID is None:
        return None
    from rollcase.hal.lid import LidSwitch

    return LidSwitch(board.LID, board.LID_OPEN_HIGH)


def add_parts(parts: Parts) -> None:
    """Add latch, buzzer and battery, where the board declares them."""
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


def open_journal(directory: str) -> Journal:
    """Return the log in this folder of the flash."""
    root = directory.rsplit("/", 1)[0] or "/"
    files = BlockFiles(directory, lambda: format_and_mount(root))
    return Journal(flash(), files, identity.random_id)


def blink(light: "Lamp", pattern: tuple[tuple[int, int], ...]) -> None:
    """Show a pattern (colours, each with its ms) once, and do nothing else meanwhile."""
    for colour, ms in pattern:
        light.show(colour)
        ticks.sleep_ms(ms)


def run(light: "Lamp", button: ButtonPin, watchdog: Watchdog, cause: int) -> None:
    """Run the case for as long as there is power. If the firmware fails, restart the chip."""
    trace = NoTrace() if board.TRACE is None else Trace(*board.TRACE)
    app: App | None = None
    loop: Loop | None = None
    try:
        lid = make_lid()
        parts = Parts(
            ticks.ticks_ms,
            button,
            light,
            SerialPort(gives_up=sys.platform == "rp2"),
            getattr(board, "Pause", Pause)(button, lid),
            Supply(board.VBUS, button.down),
            watchdog,
            trace.flush,
        )
        parts.lid = lid
        add_parts(parts)
        app = App(
            board.DIRECTORY,
            open_journal(board.DIRECTORY),
            cause,
            ticks.ticks_ms(),
            trace.line,
            make_chip(),
        )
        loop = Loop(parts, app, Server(app, identity.device_id(), board.NAME))
        app.start()
        while True:
            loop.turn()
    except Exception as error:
        gc.collect()  # the failure may have been for want of memory
        if loop is not None:
            loop.stop()
        try:
            text = traceback(error)
            for line in text.split("\n"):
                trace.line("error " + line.strip())
            if app is not None:
                app.failed(faults.fields(type(error).__name__, text))
        except Exception:
            pass  # the same failure again: a restart is all that is left
        watchdog.feed()
        blink(light, lamp.PATTERNS[lamp.FAULT][0])
        was_restarted = cause != POWER_ON
        if (app is None and was_restarted) or (app is not None and app.safe):
            raise  # a restart would only fail again; `host rescue` still finds the log
        reset.restart()
    finally:
        if loop is not None:
            loop.stop()


def main() -> None:
    """Run the case until power goes or the host presses Ctrl-C.

    If the button is held at power-up, the case does not run at all, so that a
    board whose firmware is broken can be got at. From MicroPython's prompt the
    timer of boot.py starts the case again, but not firmware that has failed too often.
    """
    light = make_lamp()
    button = ButtonPin(board.BUTTON, board.BUTTON_ACTIVE_LOW)
    cause = reset.cause_of_start()  # before the watchdog starts and hides it
    if cause == POWER_ON and button.held():
        blink(light, lamp.SKIPPED)
        return
    watchdog = Watchdog()
    # None where boot.py is another program's, or missing, as on the virtual case.
    timer: RestartTimer | None = getattr(__main__, "restart_timer", None)
    if timer is not None:
        timer.stop()
    try:
        run(light, button, watchdog, cause)
    except KeyboardInterrupt:
        if timer is not None:
            timer.start(STOPPED_UNPLUGGED_S)
        raise
    finally:
        watchdog.stop()
        light.show(0)  # a case that does not run shows nothing


if __name__ == "__main__":
    main()
