"""Where a case may be plugged in, and which of these ports has one."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rollhost.case.connection import CaseRefused, Line
from rollhost.errors import CaseError, NoCaseFound, PortError, RollcaseError, SeveralCases

USB_VENDOR = 0x2E8A
"""Raspberry Pi."""

USB_BOOTSEL = (0x0003, 0x000F)
"""Products that are an RP2040 and an RP2350 in BOOTSEL mode: a drive, no port."""


@dataclass(frozen=True)
class Found:
    """A port that may have a case, and what is there: a case, or the reason why not."""

    port: str
    line: Line | None
    problem: RollcaseError | None


def candidates() -> list[str]:
    """Return the ports that may have a case: boards on USB, then virtual cases."""
    from serial.tools.list_ports import comports

    from rollhost.case.virtual_ports import live_ports

    boards = [port.device for port in comports() if port.vid == USB_VENDOR]
    return sorted(boards) + live_ports()


def look(ports: Iterable[str]) -> list[Found]:
    """Greet whatever is on each port. Lines that are found stay open."""
    found = []
    for port in ports:
        try:
            found.append(Found(port, Line(port), None))
        except (PortError, CaseError) as error:
            found.append(Found(port, None, error))
    return found


def find_case(
    named: str | None,
    is_wanted: Callable[[str], bool] = lambda device: True,
    titles: Mapping[str, str] | None = None,
) -> Line:
    """Return the line to the one case there is, or to the one on the port `named`.

    Without a name, ``ROLLCASE_PORT`` is one. `is_wanted` is asked with the id of a
    case's chip; `titles` are what the owner calls cases, by these ids. Raises
    `PortError` or `CaseError` for a named port, `NoCaseFound` where no port has a
    case that is wanted, and `SeveralCases` where more than one has.
    """
    titles = titles or {}
    named = named or os.environ.get("ROLLCASE_PORT") or None
    found = look(candidates()) if named is None else [Found(named, Line(named), None)]
    lines = [one.line for one in found if one.line]
    fitting = [line for line in lines if is_wanted(line.device)]
    for line in lines:
        if [line] != fitting:
            line.close()
    if len(fitting) == 1:
        return fitting[0]
    there = ", ".join(
        f"{titles.get(line.device, line.device[-6:])} on {line.name}" for line in lines
    )
    if fitting:
        raise SeveralCases(
            f"There are {len(lines)} cases: {there}.", "Say which one with --case or --port."
        )
    if lines:
        raise NoCaseFound(f"That case is not here, but {there} is.", "Is its name right?")
    problems = [one.problem for one in found if one.problem]
    if len(problems) == 1 and isinstance(problems[0], CaseRefused):
        raise problems[0]  # a case it is, with something to say
    if problems:
        # The first is as good as any; `host ports` shows them all.
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
    """Return where boards in BOOTSEL mode show up, as USB devices or as drives.

    `system` is the root of the file system, another one in tests.
    """
    found = []
    for product in sorted(system.glob("sys/bus/usb/devices/*/idProduct")):
        vendor = _hex_in(product.with_name("idVendor"))
        if vendor == USB_VENDOR and _hex_in(product) in USB_BOOTSEL:
            found.append(product.parent.name)
    if not found:  # macOS, or a system without sysfs
        for pattern in ("media/*/*", "run/media/*/*", "Volumes/*"):
            drives = sorted(system.glob(pattern + "/INFO_UF2.TXT"))
            found.extend(str(drive.parent) for drive in drives)
    return found


def _hex_in(path: Path) -> int:
    try:
        return int(path.read_text(), 16)
    except (OSError, ValueError):
        return 0
