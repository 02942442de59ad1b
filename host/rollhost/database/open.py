"""Opening a database: where it is, which program made it, and the migrations of its schema."""

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
"""``ROLL``: marks the file's header as that of our database."""

BUSY_MS = 3000
"""How long (ms) we wait for another program that has locked the database (own)."""


def default_path() -> Path:
    """Return the path in ``ROLLCASE_DB``, else that in the platform's folder for data."""
    named = os.environ.get("ROLLCASE_DB")
    if named:
        return Path(named)
    import platformdirs  # takes 10 ms, so only where it is needed

    return platformdirs.user_data_path("rollcase") / "rollcase.db"


@contextmanager
def open_archive(path: Path | None, create: bool = False) -> Iterator[Archive]:
    """Open the database at `path` (None: `default_path`) and run the migrations that it lacks.

    With `create` it is made if there is none. Raises `ArchiveError` if there is none,
    or if it is locked, read-only, damaged, another program's, or from a newer version;
    it is then unchanged.
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
        # Autocommit: a transaction begins only where we say BEGIN.
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
    """Open the database at `path` as `open_archive` does; if there is none, an empty one in memory.

    So a command can check its arguments against the database without making a file.
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
    """Open the database at `path` for reading only, without migrations.

    Raises `ArchiveError` if there is none, or if it is locked, damaged, another
    program's, or from a newer version.
    """
    with in_our_words(path):
        if not _is_there(path):
            raise ArchiveError(f"There is no database at {path} yet.", "Run sync first.")
        # A -wal file beside it may mean that it is in use: read it with SQLite's locks. Without
        # that file it is opened as immutable, else SQLite would make one.
        in_use = path.with_name(path.name + "-wal").exists()
        mode = "mode=ro" if in_use else "mode=ro&immutable=1"
        connection = sqlite3.connect(f"{path.as_uri()}?{mode}", uri=True, timeout=BUSY_MS / 1000)
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
    """Return whether there is a file. Raises `ArchiveError` for a folder, or without access."""
    try:
        if path.is_file():
            return True
        path.stat()  # raises if there is nothing
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise ArchiveError(
            f"{path} cannot be opened: {error.strerror}.", "Name another place with --db."
        ) from None
    kind = "a folder" if path.is_dir() else "no ordinary file"
    raise ArchiveError(f"{path} is {kind}.", "Name a file with --db.")


def _create(path: Path, with_folders: bool) -> None:
    """Make an empty file that only its owner may read; with `with_folders` also its folders."""
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
    """Run the migrations that this database lacks, all of them or none."""
    steps = schema_steps()
    if _check_owner(connection, path) == len(steps):
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN EXCLUSIVE")
    try:
        # Another program may have run them while we waited for the lock.
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
    """Return the schema's version. Raises `ArchiveError` if another program or version made it."""
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
    """Yield a script's statements: `executescript` would commit before the first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
