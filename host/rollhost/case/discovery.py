"""Which ports may have a case, and which of them have one."""

import errno
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from rollhost.case.connection import CaseRefused, Line, plain
from rollhost.errors import CaseError, NoCaseFound, PortError, RollcaseError, SeveralCases

USB_VENDOR = 0x2E8A
"""The USB vendor id of Raspberry Pi."""

USB_BOOTSEL = (0x0003, 0x000F)
"""The USB product ids of an RP2040 and an RP2350 in BOOTSEL mode: they have a drive, no port."""

UF2_INFO = "INFO_UF2.TXT"
"""The file on such a drive that says which board it is."""

MOUNTED = ("media/*/*", "media/*", "run/media/*/*", "Volumes/*", "mnt/*")
"""Where Linux and macOS mount drives."""

WINDOWS_LETTERS = "DEFGHIJKLMNOPQRSTUVWXYZ"
"""The letters that Windows gives to drives; A and B are floppies, C is the system's."""


class Found(NamedTuple):
    """A port, and the line to the case on it, or the reason why there is none."""

    port: str
    line: Line | None
    problem: RollcaseError | None


def candidates() -> list[str]:
    """Return the ports that may have a case: boards on USB, then virtual cases.

    Raises OSError where a device was pulled meanwhile.
    """
    from serial.tools.list_ports import comports

    from rollhost.case.virtual_ports import live_ports

    try:
        boards = [port.device for port in comports() if port.vid == USB_VENDOR]
    except (TypeError, ValueError) as error:  # pyserial takes what it cannot read for a number
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV)) from error
    return sorted(boards) + live_ports()


def greet(port: str, starts: bool = False) -> tuple[Line | None, RollcaseError | None]:
    """Return the line to the case on this port, or the reason why there is none.

    With `starts`, a case that was stopped is started again.
    """
    try:
        return Line(port, starts), None
    except (PortError, CaseError) as error:
        return None, error


def look(ports: Iterable[str], starts: bool = False) -> list[Found]:
    """Return what is on each port, as `greet` does. The lines stay open."""
    return [Found(port, *greet(port, starts)) for port in ports]


def find_case(
    named: str | None,
    is_wanted: Callable[[str], bool] = lambda device: True,
    titles: Mapping[str, str] | None = None,
    called: str | None = None,
) -> Line:
    """Return the line to the only case that is wanted, or to the case on the port `named`.

    A case that was stopped is started again. Without `named`, the port in ``ROLLCASE_PORT`` is
    taken. `is_wanted` takes a case's device id; `titles` has the owner's names for cases, by
    device id, `called` is the wanted one's name as it was typed. Raises `PortError` or `CaseError`
    for a named port, `NoCaseFound` if no port has a wanted case, and `SeveralCases` if more than
    one has.
    """
    titles = titles or {}
    named = named or os.environ.get("ROLLCASE_PORT") or None
    if named is None:
        ports = look(candidates(), starts=True)
    else:
        ports = [Found(named, Line(named, starts=True), None)]
    lines = [port.line for port in ports if port.line]
    wanted = [line for line in lines if is_wanted(line.device)]
    for line in lines:
        if [line] != wanted:
            line.close()
    if len(wanted) == 1:
        return wanted[0]
    cases = ", ".join(
        f"{titles.get(line.device, line.device[-6:])} on {line.name}" for line in lines
    )
    if wanted:
        raise SeveralCases(
            f"There are {len(lines)} cases: {cases}.", "Say which one with --case or --port."
        )
    if lines:
        verb = "is" if len(lines) == 1 else "are"
        asked = "That case" if called is None else f"Case {plain(called)}"
        raise NoCaseFound(f"{asked} is not here, but {cases} {verb}.", "Is its name right?")
    problems = [port.problem for port in ports if port.problem]
    if len(problems) == 1 and isinstance(problems[0], CaseRefused):
        raise problems[0]  # there is a case, and this is its answer
    if problems:
        # One is enough here; `host ports` shows them all.
        raise NoCaseFound(problems[0].sentence, problems[0].hint)
    if bootsel_boards():
        raise NoCaseFound(
            "A board is plugged in, but as a drive (BOOTSEL mode): it runs no firmware now.",
            "Put the image on it: host install --uf2. Or unplug it and plug it in again"
            " without touching its button.",
        )
    raise NoCaseFound(
        "No case found.",
        "Is it plugged in, with a cable that carries data? Without a case: host sim.",
    )


def bootsel_boards(system: Path = Path("/")) -> list[str]:
    """Return the boards in BOOTSEL mode: names of USB devices, or paths of drives.

    `system` is the root of the file system; tests use another one.
    """
    boards = [
        product.parent.name
        for product in sorted(system.glob("sys/bus/usb/devices/*/idProduct"))
        if _hex_in(product.with_name("idVendor")) == USB_VENDOR and _hex_in(product) in USB_BOOTSEL
    ]
    # Without sysfs, as on macOS and Windows, the drives say it.
    return boards or [str(drive) for drive in bootsel_drives(system)]


def bootsel_drives(system: Path = Path("/")) -> list[Path]:
    """Return the drives of boards in BOOTSEL mode, wherever systems mount them.

    `system` is the root of the file system; tests use another one.
    """
    drives: list[Path] = []
    for place in MOUNTED:
        drives += [info.parent for info in sorted(system.glob(f"{place}/{UF2_INFO}"))]
    if sys.platform == "win32":
        for letter in WINDOWS_LETTERS:
            with suppress(OSError):  # a drive that is locked, or a reader without a card
                if Path(f"{letter}:/{UF2_INFO}").exists():
                    drives.append(Path(f"{letter}:/"))
    return drives


def _hex_in(path: Path) -> int:
    try:
        return int(path.read_text(encoding="ascii"), 16)
    except (OSError, ValueError):
        return 0
