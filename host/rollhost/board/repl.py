"""MicroPython's prompt on a board: interrupt its program, run code, start its program again.

For `host install` and `host rescue`, which need no firmware on the board. The
transport is mpremote's. A watchdog runs on the board meanwhile: if the cable
comes off, a board with a battery starts its firmware again.
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
"""How long (s) mpremote waits for an expected byte (own)."""

PROMPT_S = 3.0
"""How long (s) to wait for the prompt (own)."""

RUN_S = 30.0
"""How long (s) running code may print nothing (own)."""

OWN_IMAGE = "Rollcase on "
"""How the machine's name begins if the firmware is part of the image."""

INSTALL_MICROPYTHON = (
    "A new board needs MicroPython first: hold its BOOTSEL button while you plug it in, then"
    " install --uf2 with the image for it."
)

ON_BOARD = r"""
import gc, hashlib, machine, os, sys, time
from binascii import a2b_base64, b2a_base64, hexlify

gc.threshold(20000)  # modules that are compiled here leave less memory in pieces

_buffer = memoryview(bytearray(3072))

try:
    import rp2
    flash = rp2.Flash()
    blocks = flash.ioctl(4, 0)
except ImportError:
    blocks = 0

def kind(path):
    try:
        return os.stat(path)[0] & 0xF000
    except OSError:
        return 0

def is_mounted():
    try:
        os.listdir("/")
        return os.statvfs("/")[0] > 0
    except OSError:
        return False

def names(path):
    try:
        return os.listdir(path)
    except OSError:
        return []

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

def files(path):
    found = []
    if kind(path) == 0x8000:
        found.append(path)
    elif kind(path):
        for name in os.listdir(path):
            found += files(path + "/" + name)
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

def folder(path):
    if not kind(path):
        os.mkdir(path)

def folders(path):
    count = 0
    for name, what, *_ in os.ilistdir(path):
        if what == 0x4000:
            feed()
            count += 1 + folders((path + "/" + name).replace("//", "/"))
    return count

def write(path, data):
    with open(path, "wb") as file:
        file.write(data)

def program(block, at, data):
    start = at & 255
    page = bytearray(b"\xff" * (start + len(data) + 255 & ~255))
    page[start : start + len(data)] = data
    flash.writeblocks(block, page, at - start)

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
            write("!!!!")  # as many bytes as promised, so that the host finds the end
            left -= 3
        raise

def candidates():
    found = []
    start = bytearray(6)
    for block in range(blocks):
        flash.readblocks(block, start, 64)
        right = start[5] in (1, 2)
        for place in range(5):
            right += start[place] == b"RCLG\x02"[place]
        if right >= 4:
            found.append(block)
        if not block & 63:
            feed()
    return found

def each(numbers):
    block = bytearray(4096)
    for number in numbers:
        feed()
        flash.readblocks(number, block)
        yield block

def send_blocks(numbers):
    some = memoryview(bytearray(3 * 4096))
    size = 0
    for block in each(numbers):
        some[size : size + 4096] = block
        size += 4096
        if size == len(some):
            sys.stdout.buffer.write(b2a_base64(some, newline=False))
            size = 0
    sys.stdout.buffer.write(b2a_base64(some[:size], newline=False))

def digest_blocks(numbers):
    sha = hashlib.sha256()
    for block in each(numbers):
        sha.update(block)
    return hexlify(sha.digest()).decode()

def format_of(name):
    try:
        return __import__(name, None, None, ["FORMAT"]).FORMAT
    except (ImportError, AttributeError):
        return 0

def mark_of(path):
    try:
        with open(path, "rb") as file:
            file.seek(64)
            return hexlify(file.read(32)).decode()
    except OSError:
        return ""
"""
"""Functions that are defined on the board first; the host calls them."""

GUARD = """
import machine
try:
    restart_timer.stop()
except (NameError, AttributeError):
    pass
try:
    _dog = machine.WDT(timeout=8000)
    feed = _dog.feed
except Exception:
    feed = lambda: None
"""
"""Starts the watchdog, which only a reset can stop; 8 s is the most that an RP2040 can do.

The timer of boot.py must not end what takes long."""


class BoardError(RollcaseError):
    """Code on the board has raised an error; `number` is its errno, 0 if it has none."""

    def __init__(self, traceback: str) -> None:
        lines = traceback.strip().splitlines()
        self.reason = plain(lines[-1])[:200] if lines else "no reason given"
        errno = re.match(r"OSError: (?:\[Errno )?(\d+)", self.reason)
        self.number = int(errno[1]) if errno else 0
        super().__init__(f"The board says: {self.reason}.", "Try again; the log was left alone.")


class NotOpened(PortError):
    """The port cannot be opened; `rollhost.case.connection` says why in better words."""


class Repl:
    """The prompt on a port; a context after which the board runs its own program again.

    Raises `PortError` if no MicroPython answers. Every method raises `CaseError` if the
    line breaks.
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
                # The interrupted program starts again: leave the raw prompt, then soft reset.
                self._transport.serial.write(b"\r\x03\x02\x04")
            self._close()
            raise
        self._at_prompt = True

    def __enter__(self) -> "Repl":
        return self

    def __exit__(self, *_: object) -> None:
        self.restart()

    def run(self, code: str) -> bytes:
        """Run code on the board; return what it prints. Raises `BoardError` if the code fails."""
        with self._errors_in_words():
            self._start(code)
            return self._finish()

    def read(
        self, code: str, size: int, progress: Callable[[int], None] = lambda done: None
    ) -> bytes:
        """Run code on the board that prints `size` bytes as base64; return the bytes.

        `progress` is called with the number of bytes so far. Raises `BoardError` if the
        code fails.
        """
        port = self._transport.serial
        encoded = bytearray()
        length = (size + 2) // 3 * 4
        with self._errors_in_words():
            self._start(code)
            # mpremote reads byte by byte, which is too slow for a log of ten thousand records.
            while len(encoded) < length:
                some = port.read(max(1, min(port.in_waiting, length - len(encoded))))
                if not some:
                    raise TransportError("timeout")
                encoded += some
                progress(len(encoded) * 3 // 4)
            self._finish()
            return a2b_base64(encoded)

    def ask(self, expression: str) -> object:
        """Return the value on the board of an expression of Python's built-in types."""
        printed = self.run(f"print(repr({expression}))").decode(errors="replace").strip()
        try:
            value: object = ast.literal_eval(printed)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            raise self._nonsense() from None
        return value

    def number(self, expression: str) -> int:
        """Return an expression's value on the board. Raises `CaseError` unless it is an int."""
        value = self.ask(expression)
        if not isinstance(value, int):
            raise self._nonsense()
        return value

    def numbers(self, expression: str) -> list[int]:
        """Return an expression's value on the board. Raises `CaseError` unless it is ints."""
        value = self.ask(expression)
        if not isinstance(value, list) or not all(isinstance(number, int) for number in value):
            raise self._nonsense()
        return list(value)

    def text(self, expression: str) -> str:
        """Return an expression's value on the board. Raises `CaseError` unless it is text."""
        value = self.ask(expression)
        if not isinstance(value, str):
            raise self._nonsense()
        return value

    def names(self, expression: str) -> list[str]:
        """Return an expression's value on the board. Raises `CaseError` unless it is texts."""
        value = self.ask(expression)
        if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
            raise self._nonsense()
        return list(value)

    def table(self, expression: str) -> dict[str, str]:
        """Return the value of an expression on the board, a dict of texts by texts.

        Raises `CaseError` if it is another value.
        """
        value = self.ask(expression)
        if not isinstance(value, dict):
            raise self._nonsense()
        if not all(isinstance(text, str) for pair in value.items() for text in pair):
            raise self._nonsense()
        return value

    def restart(self) -> None:
        """Reset the board, so that its own program runs, and close the port."""
        if self._at_prompt:
            with contextlib.suppress(RollcaseError), self._errors_in_words():
                # After 100 ms the port is closed: an open one would come back under another name.
                self._transport.exec_raw_no_follow("time.sleep_ms(100)\nmachine.reset()")
        self._close()  # if code still runs, the watchdog resets the board

    def _start(self, code: str) -> None:
        self._at_prompt = False
        self._transport.exec_raw_no_follow("feed()\n" + code)

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
            # Without a reset first: the watchdog has to run before anything that takes long.
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
        # mpremote prints unexpected answers.
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                self._transport.enter_raw_repl(soft_reset, PROMPT_S)
            except TransportError:
                # An input that was not finished, such as half a frame, may have disturbed it.
                self._transport.enter_raw_repl(soft_reset, PROMPT_S)

    def _finish(self) -> bytes:
        """Wait until the code has run; return what it prints. Raises `BoardError` if it fails."""
        printed, error = self._transport.follow(RUN_S)
        self._at_prompt = True
        if error:
            raise BoardError(error.decode(errors="replace"))
        return bytes(printed)

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self._transport.close()
        with contextlib.suppress(OSError):
            self._transport.serial.close()  # mpremote does not, if the board is gone

    @contextlib.contextmanager
    def _errors_in_words(self) -> Iterator[None]:
        """Raise `CaseError` in place of any error of a broken line."""
        try:
            yield
        except (TransportError, OSError, ValueError, struct.error):
            raise self._broken_off() from None
