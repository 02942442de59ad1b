"""MicroPython's prompt where a case should answer: whether a case was stopped, and its restart.

A single byte 0x03 from any program stops the firmware of a case. What is typed here changes nothing
on the board, and the port is open for this program alone.
"""

import contextlib
import os
import time
from pathlib import Path

import serial

PROMPT = b">>> "
RAW_PROMPT = b"raw REPL; CTRL-B to exit\r\n>"
SOFT_RESET_DONE = b"soft reboot\r\n"

CTRL_A, CTRL_B, CTRL_C, CTRL_D = b"\x01", b"\x02", b"\x03", b"\x04"

PTS = Path("/dev/pts")
PTY_MAKERS = ("/dev/ptmx", "/dev/pts/ptmx")

PROMPT_S = 1.0
"""How long (s) to wait for the prompt to answer (own); it answers in milliseconds."""

HAS_FIRMWARE = """\
import sys
m = ""
try:
    with open("main.py") as f:
        m = f.read(1000)
except Exception:
    pass
print("Rollcase on " in sys.implementation._machine or "ollcase" in m)
"""
"""Prints whether our firmware starts after a soft reset: it is in the image, or main.py says so."""


class NoPrompt(Exception):
    """No prompt answers."""


def is_shown(noise: bytes) -> bool:
    """Return whether these bytes of input look like MicroPython's prompt."""
    return any(sign in noise for sign in (b">>>", b"MicroPython", b"\r\n... "))


def is_shared(name: str) -> bool:
    """Return whether another process has this port open, as far as the system shows that.

    Only a program that asks for the port alone is kept out by our lock, and keeps us out by its.
    """
    try:
        port = Path(name).resolve(strict=True)
    except OSError:  # a URL
        return False
    for process in Path("/proc").glob("[0-9]*"):
        opened = set()
        for descriptor in process.glob("fd/*"):
            with contextlib.suppress(OSError):  # it is closed by now, or another user's
                opened.add(str(descriptor.readlink()))
        # Whoever made a pseudo-terminal, such as a virtual case, holds both of its ends.
        is_maker = port.parent == PTS and not opened.isdisjoint(PTY_MAKERS)
        if str(port) in opened and process.name != str(os.getpid()) and not is_maker:
            return True
    return False


def leave_raw_mode(port: serial.Serial) -> bytes:
    """Return what comes when MicroPython's raw prompt, which is silent, is asked to go.

    A case throws the byte away, and so does the usual prompt on an empty line.
    """
    port.write(CTRL_B)
    with contextlib.suppress(NoPrompt):
        return _read_until(port, PROMPT)
    return b""


def has_firmware(port: serial.Serial) -> bool:
    """Return whether the board at the prompt has our firmware. Raises `NoPrompt`."""
    port.write(CTRL_C + CTRL_A)  # the line may have half of a frame on it
    _read_until(port, RAW_PROMPT)
    port.write(HAS_FIRMWARE.encode() + CTRL_D)
    said = _read_until(port, CTRL_D + b">")
    port.write(CTRL_B)
    _read_until(port, PROMPT)
    return b"True" in said


def soft_reset(port: serial.Serial) -> None:
    """Let the board at the prompt start its main.py. Raises `NoPrompt`."""
    port.write(CTRL_D)
    _read_until(port, SOFT_RESET_DONE)


def _read_until(port: serial.Serial, sign: bytes) -> bytes:
    """Return what comes in up to `sign`. Raises `NoPrompt` if it does not come in time."""
    data = b""
    deadline = time.monotonic() + PROMPT_S
    while time.monotonic() < deadline:
        data += port.read(max(1, port.in_waiting))
        if sign in data:
            return data
    raise NoPrompt
