"""Whether a file lies in a folder that a program keeps the same on several computers."""

import os
import re
from pathlib import Path

from rollhost.cli.diagnostics import WARNING, Finding

NAMES = {
    "Dropbox": re.compile(r"dropbox( \(.+\))?"),
    "OneDrive": re.compile(r"onedrive( ?- ?.+)?"),
    "iCloud Drive": re.compile(r"icloud ?drive|mobile documents|com~apple~clouddocs"),
    "Google Drive": re.compile(r"google ?drive(-.+)?|drivefs"),
    "Nextcloud": re.compile(r"nextcloud\d*"),
    "ownCloud": re.compile(r"owncloud"),
    "Syncthing": re.compile(r"syncthing"),
}
"""What the folders of these programs are called, in small letters."""

MARKS = {
    "Syncthing": (".stfolder",),
    "Dropbox": (".dropbox", ".dropbox.cache"),
    "Nextcloud or ownCloud": (".sync_*.db", "._sync_*.db", ".nextcloudsync.log"),
}
"""Files and folders by which these programs know the folders that they keep."""


def kept_by(path: Path) -> str | None:
    """Return the program that keeps the folder of a file, or one around it; None if none does."""
    for folder in Path(os.path.realpath(path)).parents:
        for program, marks in MARKS.items():
            if any(next(folder.glob(mark), None) is not None for mark in marks):
                return program
        for program, name in NAMES.items():
            if name.fullmatch(folder.name.casefold()):
                return program
    return None


def database_there(path: Path, program: str) -> list[Finding]:
    """Return a warning if a database lies in such a folder; `program` is what this one is called.

    A database of SQLite that is copied while it is open is an older one there, an empty one, or
    damaged.
    """
    keeper = kept_by(path)
    if keeper is None:
        return []
    return [
        Finding(
            "synced_folder",
            WARNING,
            f"The database lies in a folder that {keeper} keeps: copied while it is open, it may"
            " be lost.",
            f"Move it out of there, and let the folder have: {program} share FOLDER.",
        )
    ]
