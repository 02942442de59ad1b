"""Settings that an earlier version has kept in a file beside the database."""

import json
from contextlib import suppress
from typing import Any

from rollhost.database.archive import Archive
from rollhost.errors import RollcaseError


def take_over(archive: Archive, setting: str, file: str) -> None:
    """Let what a file says be a setting of this computer, unless there is one; remove the file.

    It is in the folder of the database. Where the database cannot be written the file stays. Never
    inside `transaction`.
    """
    path = archive.path.with_name(file)
    if not path.is_file():
        return
    said: Any = None
    with suppress(OSError, ValueError):
        said = json.loads(path.read_text(encoding="utf-8"))
    with suppress(RollcaseError, OSError):
        with archive.transaction():
            if archive.setting(setting) is None:
                archive.set_setting(setting, said)
        path.unlink()
