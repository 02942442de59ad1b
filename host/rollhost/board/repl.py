"""The prompt of a board that runs MicroPython: breaks in, has code run, and lets the board live on.

For `host install` and `host rescue`, which need no firmware on the board. The
transport is mpremote's. A watchdog runs on the board as long as we are in: if
the cable comes off, a board with a battery starts its firmware again by itself.
"""

import ast
import contextlib
import io
import re
import struct
from binascii import a2b_base64
from collections.abc import Callable, Iterator

from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

from rollhost.case.connection import plain
from rollhost.errors import CaseError, PortError, RollcaseError

READ_S = 5.0
"""How long mpremote waits for a byte that has to come (own)."""

PROMPT_S = 3.0
RUN_S = 30.0
"""How long a piece of code may be silent (own)."""

INSTALL_MICROPYTHON = (
    "A new board needs MicroPython first: hold its BOOTSEL button while you plug it in, then"
    " install --uf2 with the image for it."
)

ON_BOARD = """
import gc, hashlib, machine, os, sys, time
from binascii import a2b_base64, b2a_base64, hexlify

_buffer = memoryview(bytearray(3072))

def kind(path):
    try:
        return os.stat(path)[0] & 0xF000
    except OSError:
        return 0

def digest(path):
    sha = hashlib.sha256()
    with open(path, "rb") as file:
        while True:
            feed()
            n = file.readinto(_buffer)
            if not n:
                return hexlify(sha.digest()).decode()
            sha.update(_buffer[:n])

def tree(path, found, start):
    for name, what, *_ in os.ilistdir(path):
        name = path + "/" + name
        if what == 0x4000:
            tree(name, found, start)
        else:
            found[name[start:]] = digest(name)
    return found

def remove(path):
    feed()
    if kind(path) == 0x4000:
        for name in os.listdir(path):
            remove(path + "/" + name)
        os.rmdir(path)
    elif kind(path):
        os.remove(path)

def copy(source, target):
    with open(source, "rb") as old, open(target, "wb") as new:
        while True:
            feed()
            n = old.readinto(_buffer)
            if not n:
                return
            new.write(_buffer[:n])

def put(path, mode, text):
    with open(path, mode) as file:
        file.write(a2b_base64(text))

def send(path, left):
    write = sys.stdout.buffer.write
    try:
        with open(path, "rb") as file:
            while left:
                feed()
                n = file.readinto(_buffer[:left])
                if not n:
                    raise OSError(5)
                write(b2a_base64(_buffer[:n], newline=False))
                left -= n
    except OSError:
        while left > 0:
            write("!!!!")  # as long as was promised, so that whoever reads finds the end
            left -= 3
        raise

def send_flash(flash, blocks):
    block = memoryview(bytearray(3 * 4096))
    for number in range(0, blocks, 3):
        feed()
        part = block[: min(3, blocks - number) * 4096]
        flash.readblocks(number, part)
        sys.stdout.buffer.write(b2a_base64(part, newline=False))
"""
"""What we have the board learn first: short names for what the host asks for."""

GUARD = """
import machine
try:
    _dog = machine.WDT(timeout=8000)
    feed = _dog.feed
except Exception:
    feed = lambda: None
"""
"""Starts the watchdog, which nothing but a reset can stop: 8 s is the most that an RP2040 can."""


class BoardError(RollcaseError):
    """Code that we had the board run has failed there; `number` is its errno, 0 for none."""

    def __init__(self, traceback: str) -> None:
        lines = traceback.strip().splitlines()
        self.reason = plain(lines[-1])[:200] if lines else "no reason given"
        found = re.match(r"OSError: (?:\[Errno )?(\d+)", self.reason)
        self.number = int(found[1]) if found else 0
        super().__init__(f"The board says: {self.reason}.", "Try again; the log was left alone.")


class NotOpened(PortError):
    """The port cannot be opened; `rollhost.case.connection` finds better words for why."""


class Repl:
    """The prompt on a port; a context that ends with the board running its own program again.

    Raises `PortError` where no MicroPython answers, and `CaseError` as soon as
    the line breaks.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        try:
            self._transport = SerialTransport(name, timeout=READ_S)
        except (TransportError, OSError, ValueError):
            raise NotOpened(f"{plain(name)} cannot be opened.", "Try: ports.") from None
        self._at_prompt = False
        try:
            self._break_in()
        except BaseException:
            with contextlib.suppress(OSError):
                # Whatever we have stopped goes on: out of the raw prompt, and a soft reset.
                self._transport.serial.write(b"\r\x03\x02\x04")
            self._close()
            raise
        self._at_prompt = True

    def __enter__(self) -> "Repl":
        return self

    def __exit__(self, *_: object) -> None:
        self.restart()

    def run(self, code: str) -> bytes:
        """Have the board run code; return what it prints. Raises `BoardError` if it fails there."""
        with self._spoken():
            self._at_prompt = False
            self._transport.exec_raw_no_follow("feed()\n" + code)
            return self._rest()

    def read(
        self, code: str, size: int, progress: Callable[[int], None] = lambda done: None
    ) -> bytes:
        """Have the board run code that prints so many bytes as base64; return the bytes.

        `progress` is told how many have come, each time that some have. Raises
        `BoardError` where the board cannot read them.
        """
        port = self._transport.serial
        encoded = bytearray()
        length = (size + 2) // 3 * 4
        with self._spoken():
            self._at_prompt = False
            self._transport.exec_raw_no_follow("feed()\n" + code)
            # mpremote reads byte by byte; a log of ten thousand records is not for that.
            while len(encoded) < length:
                some = port.read(max(1, min(port.in_waiting, length - len(encoded))))
                if not some:
                    raise TransportError("timeout")
                encoded += some
                progress(len(encoded) * 3 // 4)
            self._rest()
            return a2b_base64(encoded)

    def ask(self, expression: str) -> object:
        """Return the value of an expression, made of Python's own types, on the board."""
        printed = self.run(f"print(repr({expression}))").decode(errors="replace").strip()
        try:
            value: object = ast.literal_eval(printed)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            raise self._nonsense() from None
        return value

    def number(self, expression: str) -> int:
        """Return the value of an expression, which has to be a number."""
        value = self.ask(expression)
        if not isinstance(value, int):
            raise self._nonsense()
        return value

    def text(self, expression: str) -> str:
        """Return the value of an expression, which has to be text."""
        value = self.ask(expression)
        if not isinstance(value, str):
            raise self._nonsense()
        return value

    def names(self, expression: str) -> list[str]:
        """Return the value of an expression, which has to be a list or tuple of texts."""
        value = self.ask(expression)
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise self._nonsense()
        return list(value)

    def table(self, expression: str) -> dict[str, str]:
        """Return the value of an expression, which has to map texts to texts."""
        value = self.ask(expression)
        if not isinstance(value, dict):
            raise self._nonsense()
        if not all(isinstance(one, str) for pair in value.items() for one in pair):
            raise self._nonsense()
        return value

    def restart(self) -> None:
        """Start the board anew, so that its own program runs, and let go of the port."""
        if self._at_prompt:
            with contextlib.suppress(RollcaseError), self._spoken():
                # Late enough for us to be gone: a held port comes back under another name.
                self._transport.exec_raw_no_follow("time.sleep_ms(100)\nmachine.reset()")
        self._close()  # where we were stopped in the middle of something, the watchdog does it

    def _broken_off(self) -> CaseError:
        return CaseError(
            f"The line to the board on {self.name} broke off.",
            "Plug it in and do the same again: it goes on from there. The log is untouched.",
        )

    def _nonsense(self) -> CaseError:
        return CaseError(
            f"The board on {self.name} does not make sense.", "Unplug it and try again."
        )

    def _break_in(self) -> None:
        try:
            # Not reset yet: from here on nothing may go unguarded for long.
            self._enter(soft_reset=False)
            name = self._transport.exec("import sys; print(sys.implementation.name)")
            if name.strip() != b"micropython":
                raise PortError(
                    f"The board on {self.name} runs {plain(name.decode('latin-1').strip())[:40]},"
                    " not MicroPython.",
                    INSTALL_MICROPYTHON,
                )
            self._transport.exec(GUARD)
            self._enter(soft_reset=True)
            self._transport.exec(GUARD + ON_BOARD)
        except OSError:
            raise self._broken_off() from None
        except (TransportError, struct.error):
            raise PortError(
                f"Nothing on {self.name} answers like MicroPython.",
                f"Is this the right port? {INSTALL_MICROPYTHON}",
            ) from None

    def _enter(self, soft_reset: bool) -> None:
        # mpremote prints what puzzles it.
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                self._transport.enter_raw_repl(soft_reset, PROMPT_S)
            except TransportError:
                # Something was in its mouth, such as half a frame of ours.
                self._transport.enter_raw_repl(soft_reset, PROMPT_S)

    def _rest(self) -> bytes:
        """Return what running code prints from here on. Raises `BoardError` if it fails."""
        printed, trouble = self._transport.follow(RUN_S)
        self._at_prompt = True
        if trouble:
            raise BoardError(trouble.decode(errors="replace"))
        return bytes(printed)

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self._transport.close()
        with contextlib.suppress(OSError):
            self._transport.serial.close()  # which it leaves out where the board has gone

    @contextlib.contextmanager
    def _spoken(self) -> Iterator[None]:
        """Turn what a broken line raises into a sentence and the next step."""
        try:
            yield
        except (TransportError, OSError, ValueError, struct.error):
            raise self._broken_off() from None
