"""`host sim` as a process of its own: one that a script drives, one that a person looks at."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

PATIENCE_S = 60.0
"""How long anything may take on a busy machine."""

HOST = [sys.executable, "-m", "rollhost"]
COMMAND = [*HOST, "sim"]


def readable(descriptor: int, deadline: float) -> bool:
    """Wait until there is something to read; say whether there is, at `deadline` at the latest."""
    return bool(select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0])


class HangUp:
    """Watches a port from its beginning to its end."""

    def __init__(self, port: str) -> None:
        self._port = os.open(port, os.O_RDWR | os.O_NOCTTY)

    def wait(self) -> None:
        """Wait until no process has the other side open: the case is gone."""
        try:
            deadline = time.monotonic() + PATIENCE_S
            while True:
                assert readable(self._port, deadline), "a process still holds the port"
                try:
                    if not os.read(self._port, 4096):
                        return
                except OSError:  # macOS says it this way
                    return
        finally:
            os.close(self._port)


class Headless:
    """``host sim --headless``; a context that ends it, if need be."""

    def __init__(self, *words: str) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [*COMMAND, "--headless", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self._read = b""
        self.seen: list[dict[str, Any]] = []
        """Every event so far."""

    def __enter__(self) -> "Headless":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._errors.close()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            pipe.close()

    def type(self, *commands: str) -> None:
        """Write commands to its stdin, a line each."""
        self.type_bytes("".join(f"{command}\n" for command in commands).encode())

    def type_bytes(self, data: bytes) -> None:
        """Write bytes to its stdin."""
        assert self._process.stdin
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def close_stdin(self) -> None:
        """Say that there will be no more commands."""
        assert self._process.stdin
        self._process.stdin.close()

    def until(self, **wanted: object) -> dict[str, Any]:
        """Return the next event that has all these values, passing over the others."""
        for event in self._events():
            if wanted.items() <= event.items():
                return event
        raise AssertionError(f"no {wanted} in {self.seen}")

    def do(self, command: str) -> list[dict[str, Any]]:
        """Have a command done; return what happened from the last one on."""
        before = len(self.seen)
        self.type(command)
        self.until(event="done", command=command)
        return self.seen[before:-1]

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it."""
        self._process.send_signal(number)

    def ended(self) -> "subprocess.CompletedProcess[str]":
        """Wait for its end; return the exit code and what it said on stderr."""
        code = self._process.wait(timeout=PATIENCE_S)
        self._errors.seek(0)
        return subprocess.CompletedProcess(COMMAND, code, "", self._errors.read())

    def _events(self) -> Iterable[dict[str, Any]]:
        assert self._process.stdout
        deadline = time.monotonic() + PATIENCE_S
        while True:
            while b"\n" in self._read:
                line, _, self._read = self._read.partition(b"\n")
                self.seen.append(json.loads(line))
                yield self.seen[-1]
            descriptor = self._process.stdout.fileno()
            if not readable(descriptor, deadline):
                return
            data = os.read(descriptor, 65536)
            if not data:
                return
            self._read += data


class OnScreen:
    """``host sim``, or another command, in a terminal; a context that ends it, if need be."""

    def __init__(
        self,
        *words: str,
        command: str = "sim",
        size: tuple[int, int] = (80, 24),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._terminal, self.tty = pty.openpty()
        self.resize(*size)
        self.modes = termios.tcgetattr(self.tty)
        """The terminal's modes before."""
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        # What would be believed instead of the terminal; pytest-xdist sets some of it.
        told = ("COLUMNS", "LINES", "NO_COLOR", "COLORTERM")
        clean = {name: value for name, value in os.environ.items() if name not in told}
        self.process = subprocess.Popen(
            [*HOST, command, *words],
            stdin=self.tty,
            stdout=self.tty,
            stderr=self._errors,
            env={**clean, "TERM": "xterm-256color", **(environment or {})},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self.written = b""
        """Everything that it wrote."""

    def __enter__(self) -> "OnScreen":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self._errors.close()
        os.close(self._terminal)
        os.close(self.tty)

    def resize(self, columns: int, rows: int) -> None:
        """Make the terminal larger or smaller."""
        fcntl.ioctl(self.tty, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def keys(self, keys: str) -> None:
        """Press keys."""
        os.write(self._terminal, keys.encode())

    def until(self, wanted: Callable[[str], bool] | str) -> str:
        """Return the screen as soon as it is as wanted, or shows the text that is."""
        accept = wanted if callable(wanted) else lambda screen: wanted in screen
        deadline = time.monotonic() + PATIENCE_S
        while not accept(self.screen()):
            assert readable(self._terminal, deadline), f"not seen in\n{self.screen()}"
            self.written += os.read(self._terminal, 65536)
        return self.screen()

    def until_written(self, wanted: str) -> str:
        """Return all that it wrote as soon as this is in it."""
        deadline = time.monotonic() + PATIENCE_S
        while wanted not in self.written.decode(errors="ignore"):
            assert readable(self._terminal, deadline), f"not seen in\n{self.written!r}"
            self.written += os.read(self._terminal, 65536)
        return self.written.decode(errors="ignore")

    def screen(self) -> str:
        """Return what the screen shows now, without colours."""
        since_clear = self.written.rpartition(b"\x1b[2J")[2].decode(errors="replace")
        rows: dict[int, str] = {}
        for row, text in re.findall(r"\x1b\[(\d+);1H(.*?)\x1b\[K", since_clear, re.DOTALL):
            rows[int(row)] = re.sub(r"\x1b\[[\d;]*m", "", text)
        return "\n".join(rows.get(row, "") for row in range(1, max(rows, default=0) + 1))

    def errors(self) -> str:
        """Return what it has said on stderr."""
        self._errors.seek(0)
        return self._errors.read()

    def ended(self) -> int:
        """Read on to its end and return its exit code."""
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            if readable(self._terminal, min(deadline, time.monotonic() + 0.1)):
                self.written += os.read(self._terminal, 65536)
            assert time.monotonic() < deadline, "it does not end"
        while readable(self._terminal, 0):
            self.written += os.read(self._terminal, 65536)
        return self.process.returncode
