"""A cable that a test can cut: passes bytes between a host and a case, and counts them."""

import os
import pty
import select
import threading
import tty
from types import TracebackType

import serial


class Relay:
    """A port at `port` that leads to the case on another port.

    After `cut_after` bytes, both ways together, the line is dead: the port is gone.
    """

    def __init__(self, case_port: str, cut_after: int | None = None) -> None:
        self._case = serial.Serial(case_port, timeout=0)
        self._cut_after = cut_after
        self._host, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self.passed = 0
        """Bytes that have gone through."""
        self._more = threading.Condition()
        self._hold_at: int | None = None
        self._called, self._call = os.pipe()
        self._stop_reading, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "Relay":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.write(self._stop, b"!")
        self._thread.join()
        self._case.close()
        for end in (self._stop, self._stop_reading, self._call, self._called, self._slave):
            os.close(end)

    def hold_at(self, passed: int | None) -> None:
        """Pass nothing on once so many bytes have gone through, until called again."""
        self._hold_at = passed
        os.write(self._call, b"!")

    def wait_for(self, passed: int) -> None:
        """Wait until that many bytes have gone through. Raises TimeoutError."""
        with self._more:
            if not self._more.wait_for(lambda: self.passed >= passed, 60):
                raise TimeoutError(f"only {self.passed} bytes went through")

    def _serve(self) -> None:
        ends = [self._host, self._case.fileno()]
        orders = [self._stop_reading, self._called]
        try:
            while self.passed != self._cut_after:
                held = self.passed == self._hold_at
                ready, _, _ = select.select(orders if held else ends + orders, [], [])
                if self._stop_reading in ready:
                    return
                if self._called in ready:
                    os.read(self._called, 1)
                    continue
                for source, target in (ends[:2], ends[1::-1]):
                    if source in ready:
                        self._pass_on(source, target)
        finally:
            os.close(self._host)

    def _pass_on(self, source: int, target: int) -> None:
        stops = [stop for stop in (self._cut_after, self._hold_at) if stop is not None]
        most = min([4096, *(max(0, stop - self.passed) for stop in stops)])
        data = os.read(source, most) if most else b""
        while data:
            sent = os.write(target, data)
            data = data[sent:]
            with self._more:
                self.passed += sent
                self._more.notify_all()
