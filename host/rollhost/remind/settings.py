"""How each person wants to be reminded on this computer: quiet hours, and whether with details.

It is a setting of this computer, so it goes into no export. It holds no address: addresses have
secrets in them.
"""

from typing import NamedTuple

from rollhost.database.archive import Archive
from rollhost.database.settings_file import take_over
from rollhost.remind.schedule import QUIET, Quiet

SETTING = "remind"
"""The name of the setting: what each person has said, by their token."""

FILE = "rollcase-remind.json"
"""The file of an earlier version that had the same."""


class Settings(NamedTuple):
    """What one person has said, or the defaults."""

    quiet: Quiet = QUIET
    has_details: bool = False


def read(archive: Archive, person: int) -> Settings:
    """Return what the person with this token wants; the defaults where nothing can be read."""
    take_over(archive, SETTING, FILE)
    said = _all(archive).get(str(person))
    if not isinstance(said, dict):
        return Settings()
    hours = said.get("quiet")
    quiet = QUIET
    if isinstance(hours, list) and len(hours) == 2 and all(type(hour) is int for hour in hours):
        quiet = Quiet(*hours) if all(0 <= hour <= 24 for hour in hours) else QUIET
    return Settings(quiet, said.get("details") is True)


def keep(archive: Archive, person: int, settings: Settings) -> None:
    """Keep what the person with this token wants. Raises `ArchiveError` where it cannot be kept."""
    said = {"quiet": list(settings.quiet), "details": settings.has_details}
    take_over(archive, SETTING, FILE)
    with archive.transaction():
        archive.set_setting(SETTING, {**_all(archive), str(person): said})


def _all(archive: Archive) -> dict[str, object]:
    said = archive.setting(SETTING)
    return said if isinstance(said, dict) else {}
