"""Opening a database: where it is, whose it is, and the migrations that bring it up to date."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from rollhost.database.archive import Archive
from rollhost.database.sqlite_errors import in_our_words
from rollhost.errors import ArchiveError

APPLICATION_ID = 0x524F4C4C
"""``ROLL``: says in the file's header whose database this is."""

BUSY_MS = 3000
"""How long another program may hold the database before we give up (own)."""


def default_path() -> Path:
    """Return where the database is unless somebody says otherwise."""
    named = os.environ.get("ROLLCASE_DB")
    if named:
        return Path(named)
    import platformdirs  # 10 ms that --db and ROLLCASE_DB do without

    return platformdirs.user_data_path("rollcase") / "rollcase.db"


@contextmanager
def open_archive(path: Path | None, create: bool = False) -> Iterator[Archive]:
    """Open the database at `path` (None: its usual place) and bring its schema up to date.

    Raises `ArchiveError` where there is none and `create` is false, and for one
    that is locked, read-only, damaged, somebody else's, or from a newer version;
    it is then as it was.
    """
    named = path or os.environ.get("ROLLCASE_DB")
    path = (path or default_path()).expanduser().absolute()
    with in_our_words(path):
        if not _is_there(path):
            if not create:
                raise ArchiveError(
                    f"There is no database at {path} yet.",
                    "Run sync first, or name another place with --db.",
                )
            _create(path, with_folders=not named)
        # Autocommit, so that transactions are where we say BEGIN and nowhere else.
        connection = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None)
        try:
            _migrate(connection, path)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = FULL")
            yield Archive(connection)
        finally:
            connection.close()


@contextmanager
def open_or_empty(path: Path | None) -> Iterator[Archive]:
    """Open the database at `path` as `open_archive` does; where there is none, an empty one.

    That one is in memory: whoever checks what a person asks for makes no file.
    """
    if _is_there((path or default_path()).expanduser().absolute()):
        with open_archive(path) as archive:
            yield archive
        return
    with in_our_words():
        connection = sqlite3.connect(":memory:", isolation_level=None)
        try:
            _migrate(connection, Path(":memory:"))
            yield Archive(connection)
        finally:
            connection.close()


@contextmanager
def look_into(path: Path) -> Iterator[Archive]:
    """Open the database at `path` to read, and leave it as it is: an older schema stays one.

    Raises `ArchiveError` where there is none, and for one that is locked,
    damaged, somebody else's, or from a newer version.
    """
    with in_our_words(path):
        if not _is_there(path):
            raise ArchiveError(f"There is no database at {path} yet.", "Run sync first.")
        # With a log of changes beside it, it may be in use, and reading takes part in its locks.
        # Without one it is opened as a file that nobody changes, else SQLite would make that log.
        in_use = path.with_name(path.name + "-wal").exists()
        how = "mode=ro" if in_use else "mode=ro&immutable=1"
        connection = sqlite3.connect(f"{path.as_uri()}?{how}", uri=True, timeout=BUSY_MS / 1000)
        try:
            _check_owner(connection, path)
            yield Archive(connection)
        finally:
            connection.close()


def schema_steps() -> list[str]:
    """Return the SQL of every migration, the first one first."""
    folder = resources.files("rollhost.database.migrations")
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".sql"))
    return [folder.joinpath(name).read_text(encoding="utf-8") for name in names]


def _is_there(path: Path) -> bool:
    """Say whether there is a file. Raises `ArchiveError` for a folder, or where we may not look."""
    try:
        if path.is_file():
            return True
        path.stat()  # may say that it is not there
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise ArchiveError(
            f"{path} cannot be opened: {error.strerror}.", "Name another place with --db."
        ) from None
    kind = "a folder" if path.is_dir() else "no ordinary file"
    raise ArchiveError(f"{path} is {kind}.", "Name a file with --db.")


def _create(path: Path, with_folders: bool) -> None:
    """Make an empty file that nobody else may read, and the folders down to its usual place."""
    try:
        if with_folders:
            path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise ArchiveError(
            f"The database cannot be made at {path}: {error.strerror}.",
            "Name another place with --db or ROLLCASE_DB.",
        ) from None


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Run the migrations that this database has not seen, all of them or none."""
    steps = schema_steps()
    if _check_owner(connection, path) == len(steps):
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN EXCLUSIVE")
    try:
        # Another program may have been faster while we waited for the lock.
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for step in steps[version:]:
            for statement in _statements(step):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # else SQLite has rolled back by itself
            connection.execute("ROLLBACK")
        raise


def _check_owner(connection: sqlite3.Connection, path: Path) -> int:
    """Return the schema's version. Raises `ArchiveError` where it is not ours, or not yet."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    owner: int = connection.execute("PRAGMA application_id").fetchone()[0]
    tables: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if owner != APPLICATION_ID and (owner or version or tables):
        raise ArchiveError(
            f"{path} is a database of another program.", "Name another place with --db."
        )
    if version > len(schema_steps()):
        raise ArchiveError(
            f"{path} was written by a newer version of this program.",
            "Update this program; nothing was changed.",
        )
    return version


def _statements(script: str) -> Iterator[str]:
    """Cut a script into statements; `executescript` would commit before the first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
