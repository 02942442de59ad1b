"""Whether the system of this computer says that its clock is synchronised with others.

It needs no right and no network. Where the system does not say so, the clock may be right all the
same. What each system offers:

- **Linux**: the kernel keeps the greatest error that its clock may have (``adjtimex``). It grows by
  500 ppm, is at its limit of 16 s where somebody has set the clock by hand, and is taken down by
  every program that synchronises the clock. The flag STA_UNSYNC is no answer: chrony may leave it
  set. ``timedatectl`` goes by the error, too. A computer that was offline overnight is at the
  limit; systemd keeps in the date of a file when it has synchronised last since the start.
- **macOS**: ``ntp_adjtime``. Apple's timed may leave it at *unsynchronised*, and what timed knows
  root alone may read. Then a person is asked, once.
- **Windows**: the registry has when the time service took its last good sample, and from where,
  also while the service does not run, as most of the time on a computer at home. ``w32tm`` asks
  the service, and answers in the language of the system.
"""

import ctypes
import sys
from contextlib import suppress
from pathlib import Path

MAX_ERROR_US = 16_000_000
"""From this error (microseconds) on Linux calls its clock unsynchronised: NTP_PHASE_LIMIT."""

STA_UNSYNC = 0x0040
TIME_ERROR = 5
"""What ``ntp_adjtime`` returns of a clock that is not synchronised."""

FRESH_S = 8 * 86400
"""How long (s) a system's last sample vouches for its clock (own): Windows takes one a week."""

AHEAD_S = 60
"""How far (s) the last sample may be ahead of now (own): the clock is moved after it was taken."""

STAMP = Path("/run/systemd/timesync/synchronized")
"""The file whose date is when systemd-timesyncd last synchronised; gone at each start."""

TIME_SERVICE = r"SYSTEM\CurrentControlSet\Services\W32Time"

FILETIME_EPOCH_S = 11_644_473_600
"""Seconds from 1601, where Windows counts from, to 1970."""


def is_synchronised(now: float) -> bool:
    """Return whether the system says so at Unix time `now` (s); False where it cannot say it."""
    with suppress(OSError, AttributeError, ValueError):  # a system that lacks what is asked for
        if sys.platform == "darwin":
            return macos_is_synchronised(*_kernel_clock("ntp_adjtime"))
        if sys.platform == "win32":
            return windows_is_synchronised(
                _registry("Parameters", "Type"),
                _registry(r"Config\Status", "LastGoodSampleInfo"),
                now,
            )
        _, _, error_us = _kernel_clock("adjtimex")
        return linux_is_synchronised(error_us, _stamp(), now)
    return False


# What the answers mean.


def linux_is_synchronised(error_us: int, synchronised_at: float | None, now: float) -> bool:
    """Return what Linux says: its clock's greatest error, and when systemd synchronised it last.

    Both times are Unix times (s); None where systemd has not since the start.
    """
    return 0 <= error_us < MAX_ERROR_US or _is_fresh(synchronised_at, now)


def macos_is_synchronised(returned: int, status: int, error_us: int) -> bool:
    """Return what macOS says. Its error in microseconds tells nothing: it begins at 500,000."""
    return 0 <= returned != TIME_ERROR and not status & STA_UNSYNC


def windows_is_synchronised(kind: str | None, sample: str | None, now: float) -> bool:
    """Return what the registry of Windows says; None for a value that is not there.

    `kind` is how the time service synchronises: with ``NoSync`` not at all, and only then a person
    can set the clock in the settings. `sample` is the last good sample: its time in units of
    100 ns since 1601, a semicolon, and where it came from.
    """
    if kind is None or kind.casefold() == "nosync" or sample is None:
        return False
    ticks, _, source = sample.partition(";")
    if not (ticks.isascii() and ticks.isdigit() and source.strip()):
        return False
    return _is_fresh(int(ticks) / 10_000_000 - FILETIME_EPOCH_S, now)


def _is_fresh(synchronised_at: float | None, now: float) -> bool:
    return synchronised_at is not None and -AHEAD_S <= now - synchronised_at <= FRESH_S


# Asking.


class _Timex(ctypes.Structure):
    """The beginning of C's ``struct timex``, which Linux and macOS have alike, and room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 64),
    )


def _kernel_clock(function: str) -> tuple[int, int, int]:
    """Return what the function returns, the status and the greatest error (microseconds)."""
    clock = _Timex(modes=0)  # change nothing
    returned = getattr(ctypes.CDLL(None), function)(ctypes.byref(clock))
    if returned < 0:
        raise OSError(f"{function} is refused")
    return returned, clock.status, clock.maxerror


def _stamp() -> float | None:
    try:
        return STAMP.stat().st_mtime
    except OSError:
        return None


def _registry(key: str, name: str) -> str | None:
    """Return a text of the time service in the registry, None if there is none."""
    if sys.platform != "win32":
        raise OSError("there is no registry")
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, rf"{TIME_SERVICE}\{key}") as opened:
            value, _ = winreg.QueryValueEx(opened, name)
    except OSError:
        return None
    return value if isinstance(value, str) else None
