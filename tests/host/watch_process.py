"""``host watch`` as a process of its own."""

import os
import signal
import subprocess
import sys
import tempfile
import time

from tests.host.sim_process import PATIENCE_S, readable

PROGRAM = """
import sys
from rollhost.case import watch_schedule
watch_schedule.LOOK_S, watch_schedule.ROUND_S = map(float, sys.argv.pop(1).split())
watch_schedule.FIRST_RETRY_S = watch_schedule.ROUND_S
from rollhost.cli.main import main
sys.exit(main())
"""
"""``host``, but for how often it looks and does a round, so that no test waits for that."""


class WatchProcess:
    """``host watch`` as a process of its own; a context that ends it, if need be."""

    def __init__(self, *words: str, look_s: float = 0.05, round_s: float = 900.0) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, f"{look_s} {round_s}", "watch", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self._read = b""

    def __enter__(self) -> "WatchProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._errors.close()
        assert self._process.stdout
        self._process.stdout.close()

    def line(self) -> str:
        """Wait for the next line; return it without the time that it begins with."""
        assert self._process.stdout
        deadline = time.monotonic() + PATIENCE_S
        while b"\n" not in self._read:
            assert readable(self._process.stdout.fileno(), deadline), "it says nothing"
            data = os.read(self._process.stdout.fileno(), 4096)
            assert data, f"it has ended: {self.errors()}"
            self._read += data
        line, _, self._read = self._read.partition(b"\n")
        stamp, _, text = line.decode().partition("  ")
        time.strptime(stamp, "%Y-%m-%d %H:%M")
        return text

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it with a signal; return the exit code."""
        self._process.send_signal(number)
        return self._process.wait(timeout=PATIENCE_S)

    def rest(self) -> str:
        """Return what it has said since the last line, once it has ended."""
        assert self._process.stdout
        return (self._read + self._process.stdout.read()).decode()

    def errors(self) -> str:
        """Return what it has said on stderr."""
        self._errors.seek(0)
        return self._errors.read()
