"""Whether this computer knows the present rules of the time zone that it shows.

Cases and database keep UTC, so old rules show wrong times and store none. Python's package tzdata
comes with this program and has rules of its own, mostly newer than the system's. The two are
compared for the local zone alone, on each day from a year ago to a year ahead: a system that is old
only elsewhere in the world is new enough. On Windows, which has zones of its own and brings them up
to date with all else, and for a zone without a name there is nothing to compare.
"""

import os
import re
import time
from datetime import datetime
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from rollhost.cli.diagnostics import FINE, WARNING, Finding
from rollhost.output import units

DAY_S = 86400

DAYS = [*range(366), *range(-1, -366, -1)]
"""The days that are compared, counted from now: those to come first."""

VERSION_FILES = (
    "usr/share/zoneinfo/tzdata.zi",
    "usr/share/zoneinfo/+VERSION",
    "var/db/timezone/zoneinfo/+VERSION",  # macOS
)
"""Files that begin with the version of a system's rules, such as ``# version 2025b``."""


def local_zone(system: Path) -> str | None:
    """Return the name of the local zone, such as ``Europe/Berlin``; None if it has none.

    `system` is the root of the file system; tests use another one.
    """
    named = os.environ.get("TZ")
    if named is None:
        named = os.path.realpath(system / "etc/localtime")
        if "zoneinfo/" not in named:  # a copy of the zone's file, which has no name
            try:
                named = (system / "etc/timezone").read_text(encoding="utf-8").strip()
            except (OSError, UnicodeError):
                return None
    return named.lstrip(":").rpartition("zoneinfo/")[2] or None


def system_version(system: Path) -> str | None:
    """Return the version of the system's rules, such as ``2025b``; None if it does not say."""
    for name in VERSION_FILES:
        try:
            with (system / name).open("rb") as file:
                found = re.match(rb"(?:# version )?(\d{4}[a-z]+)\s", file.read(100))
        except OSError:
            continue
        if found:
            return found[1].decode()
    return None


def zone_data(name: str | None, version: str | None, now: int) -> list[Finding]:
    """Return whether the system knows the rules of the zone `name` at Unix time `now` (s).

    `version` is that of the system's rules. Without a zone of that name there is no finding.
    """
    try:
        import tzdata

        zones = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    except ModuleNotFoundError:
        return []
    if name not in zones:
        return []
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        zone = ZoneInfo.from_file(file)
    newest = tzdata.IANA_VERSION
    found = _difference(zone, now)
    if found is None or (version is not None and version >= newest):
        rules = newest if found is None else version
        return [Finding("zone_data", FINE, f"The time zone is {name}, by the rules of {rules}.")]
    day, ahead_s = found
    late = f"{units.span(abs(ahead_s))} too {'late' if ahead_s > 0 else 'early'}"
    return [
        Finding(
            "zone_data",
            WARNING,
            f"This computer has old rules for {name}{f', of {version}' if version else ''}: by"
            f" those of {newest}, the times that it shows on {units.day(day)} are {late}.",
            "Update your system (on Linux: its package tzdata). What is stored is right.",
        )
    ]


def _difference(zone: ZoneInfo, now: int) -> tuple[int, int] | None:
    """Return the first moment (Unix s) at which the system shows another time than `zone` has.

    With it come the seconds by which the system is ahead. None if there is no such moment.
    """
    for moment in (now + day * DAY_S for day in DAYS):
        offset = datetime.fromtimestamp(moment, zone).utcoffset()
        assert offset is not None  # every zone has one
        ahead_s = time.localtime(moment).tm_gmtoff - int(offset.total_seconds())
        if ahead_s:
            return moment, ahead_s
    return None
