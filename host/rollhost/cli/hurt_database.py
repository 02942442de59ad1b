"""What a command says that has failed because rows of the database have changed."""

from pathlib import Path

from rollhost.database.open import default_path, is_there, open_copy
from rollhost.database.sqlite_errors import MEND
from rollhost.errors import DamagedArchive
from rollhost.exchange.sound_rows import wrong_rows


def refuse_if_hurt(path: Path | None) -> None:
    """Raise `DamagedArchive` if a row of the database is not such as this program writes.

    `path` is as in `open_archive`. Without a database nothing is wrong with it.
    """
    path = (path or default_path()).expanduser().absolute()
    if not is_there(path):
        return
    with open_copy(path) as archive:
        for sentence in wrong_rows(archive):
            raise DamagedArchive(f"{path} is damaged. {sentence}", MEND)
