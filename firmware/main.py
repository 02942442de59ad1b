"""Composition root: builds what the board declares, and runs the case.

`board` is the one file that differs between boards; see `boards/`.
"""

import os

import board
from rollcase.app import App
from rollcase.hal import system
from rollcase.hal.lamps import PlainLamp, RgbLamp
from rollcase.hal.serial import SerialPort
from rollcase.hal.trace import Trace, silent
from rollcase.journal import Journal
from rollcase.link import Link


def make_lamp() -> "PlainLamp | RgbLamp":
    """Return the lamp that the board declares."""
    if board.RGB is not None:
        red, green, blue = board.RGB
        return RgbLamp(red, green, blue, board.RGB_COMMON_ANODE)
    return PlainLamp(board.LED)


def make_directory(path: str) -> None:
    """Make the folder for the log if there can be one; if not, the journal says why."""
    try:
        os.mkdir(path)
    except OSError:
        pass  # it is there, or the flash is not


def run(lamp: "PlainLamp | RgbLamp") -> None:
    """Run the case for as long as there is power."""
    button = system.ButtonPin(board.BUTTON, board.BUTTON_ACTIVE_LOW)
    port = SerialPort()
    pause = getattr(board, "Pause", system.Pause)(button)
    trace = silent if board.TRACE is None else Trace(*board.TRACE).line
    make_directory(board.DIRECTORY)
    app = App(
        board.DIRECTORY,
        Journal(board.DIRECTORY, system.random_id),
        system.cause_of_start(),
        system.ticks_ms(),
        trace,
    )
    link = Link(app, system.device_id(), board.NAME)
    shown = -1
    while True:
        colour = app.step(system.ticks_ms(), button.down())
        if colour != shown:
            lamp.show(colour)
            shown = colour
        link.receive(port.read())
        port.write(b"" if port.busy else link.answer())
        if port.busy:
            pause.wait(1, 1)  # the host is slow to take its answer
        elif not link.waiting:
            pause.wait(app.lamp_ms(), app.idle_ms())


def main() -> None:
    """Run the case until power goes or the host presses Ctrl-C."""
    lamp = make_lamp()
    try:
        run(lamp)
    finally:
        lamp.show(0)  # a case that does not run shows nothing


if __name__ == "__main__":
    main()
