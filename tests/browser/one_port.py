"""A browser that knows one serial port by its own Web Serial: a virtual case's pseudo-terminal.

Browsers on Linux ask libudev which ports there are, and show a person those on USB. A libudev of
our own, built from `one_port_udev.c`, tells of one. Nothing else of the browser is replaced.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser import chromium

if TYPE_CHECKING:  # not everywhere to be had: see pyproject.toml
    from playwright.sync_api import BrowserContext

SOURCE = Path(__file__).with_name("one_port_udev.c")

DRIVERS = Path("/proc/tty/drivers")

SERIAL_NUMBER = "0102030405060708"
"""What `one_port_udev.c` gives the device, which is a Pico by its vendor and product."""

CHOSEN = {"name": "Rollcase", "vendor_id": 0x2E8A, "product_id": 5, "serial_number": SERIAL_NUMBER}
"""The port as Chromium notes in a profile that a person chose it."""

NO_CHOOSER = """Serial.prototype.requestPort = async () => {
    const [port] = await navigator.serial.getPorts();
    if (port) return port;
    throw new DOMException("No port was chosen.", "NotFoundError");
};"""
"""A browser without a window has no chooser: this answers with the port that was chosen before."""


def missing() -> str:
    """Return what a browser with such a port needs that is not here; an empty text if nothing."""
    if not DRIVERS.exists():
        return "the ports of a browser are looked at on Linux alone"
    if _driver() is None:
        return f"{DRIVERS} has no driver of serial ports, and Chromium asks for one"
    if shutil.which("cc") is None:
        return "there is no C compiler: install gcc"
    return ""


def _driver() -> tuple[str, str] | None:
    """Return the major and the first minor number of a driver of serial ports."""
    for line in DRIVERS.read_text().splitlines():
        words = line.split()
        if words[4:] == ["serial"]:
            return words[2], words[3].partition("-")[0]
    return None


@dataclass
class OnePort:
    """The port at `path`, for browsers that are started in `environment`."""

    path: str
    library: Path
    _gone: Path

    @property
    def environment(self) -> dict[str, str]:
        """What the library reads, and what makes a browser use it."""
        major, minor = _driver() or ("", "")
        return {
            # It is found by its soname, too, where a browser loads it by itself.
            "LD_PRELOAD": str(self.library),
            "ONE_PORT": self.path,
            "ONE_PORT_GONE": str(self._gone),
            "ONE_PORT_MAJOR": major,
            "ONE_PORT_MINOR": minor,
            "ONE_PORT_SERIAL": SERIAL_NUMBER,
        }

    def unplug(self) -> None:
        """Let the browser hear that the device is gone; its pseudo-terminal stays."""
        self._gone.touch()


def built(path: str, folder: Path) -> OnePort:
    """Return the port at `path`, with the library built in `folder`; see `missing`."""
    library = folder / "libudev.so.1"
    words = ["-shared", "-fPIC", "-Wall", "-Wl,-soname,libudev.so.1"]
    subprocess.run(["cc", *words, "-o", library, SOURCE], check=True)
    return OnePort(path, library, folder / "gone")


@contextmanager
def chromium_with(
    port: OnePort, executable: Path, home: Path, origin: str
) -> Iterator["BrowserContext"]:
    """Start Chromium, in which a person once chose this port for the pages of `origin`.

    `origin` is such as ``http://127.0.0.1:8000``, or ``file:///*`` for pages from files.
    """
    profile = home / "profile"
    chosen = {f"{origin},*": {"setting": {"chosen-objects": [CHOSEN]}}}
    settings = {"profile": {"content_settings": {"exceptions": {"serial_chooser_data": chosen}}}}
    (profile / "Default").mkdir(parents=True)
    (profile / "Default" / "Preferences").write_text(json.dumps(settings))
    from playwright.sync_api import sync_playwright

    with chromium.environment(home) as environment, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=executable,
            args=list(chromium.ARGUMENTS),
            chromium_sandbox=False,
            accept_downloads=True,
            env={**environment, **port.environment},
        )
        try:
            context.add_init_script(NO_CHOOSER)
            yield context
        finally:
            context.close()
