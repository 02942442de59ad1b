"""How each person wants to be reminded on this computer: quiet hours, and whether with details.

It is kept in a small file beside the database. It is about this computer alone, so it goes into no
export and no backup. It holds no address: addresses have secrets in them.
"""

import json
from pathlib import Path
from typing import NamedTuple

from rollhost.atomic_file import new_file
from rollhost.remind.schedule import QUIET, Quiet

NAME = "rollcase-remind.json"
"""The name of the file, in the folder of the database."""


class Settings(NamedTuple):
    """What one person has said, or the defaults."""

    quiet: Quiet = QUIET
    has_details: bool = False


def read(database: Path, person: int) -> Settings:
    """Return what the person with this token wants; the defaults where nothing can be read."""
    said = _all(database).get(str(person))
    if not isinstance(said, dict):
        return Settings()
    hours = said.get("quiet")
    quiet = QUIET
    if isinstance(hours, list) and len(hours) == 2 and all(type(hour) is int for hour in hours):
        quiet = Quiet(*hours) if all(0 <= hour <= 24 for hour in hours) else QUIET
    return Settings(quiet, said.get("details") is True)


def keep(database: Path, person: int, settings: Settings) -> None:
    """Keep what the person with this token wants. Raises `FileError` where it cannot be kept."""
    said = _all(database)
    said[str(person)] = {"quiet": list(settings.quiet), "details": settings.has_details}
    with new_file(database.with_name(NAME), force=True) as path:
        path.write_text(json.dumps(said) + "\n", encoding="utf-8")


def _all(database: Path) -> dict[str, object]:
    try:
        said = json.loads(database.with_name(NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
