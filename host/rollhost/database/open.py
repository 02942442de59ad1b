"""Opening a database: where it is, which program made it, and the migrations of its schema.

Before a database with rows in it is migrated, a copy of it is made beside it, read back and
kept: ``rollcase.db.before-4`` is the one from before version 4 of the schema. A database that
cannot be written is read as it is; if it lacks migrations, a copy in memory gets them.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path
from time import monotonic, sleep

from rollhost.atomic_file import FileError, new_file
from rollhost.database.archive import Archive
from rollhost.database.row_crc import teach
from rollhost.database.sqlite_errors import cannot_be_written, in_our_words, is_in_use
from rollhost.errors import ArchiveError, UsageError

APPLICATION_ID = 0x524F4C4C
"""``ROLL``: marks the file's header as that of our database."""

BUSY_MS = 3000
"""How long (ms) we wait for another program that has locked the database (own)."""

CACHE_KIB = 256
"""How much memory (KiB) SQLite takes for pages that were read (own): the system keeps them, too."""


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

    With `create` it is made if there is none. Without it, a database that cannot be written
    is opened for reading. Raises `ArchiveError` if there is none, or if it is locked,
    damaged, another program's, from a newer version, or, with `create`, cannot be written;
    it is then unchanged.
    """
    named = path or os.environ.get("ROLLCASE_DB")
    path = (path or default_path()).expanduser().absolute()
    with in_our_words(path):
        if not is_there(path):
            if not create:
                raise ArchiveError(
                    f"There is no database at {path} yet.",
                    "Run sync first, or name another place with --db.",
                )
            if not named:
                make_folder(path)
            _create(path)
        if can_be_written(path):
            connection = _connect(path)
        elif create:
            raise cannot_be_written(path)
        else:
            connection = _open_to_read(path)
        try:
            yield _set_up(connection, path, path)
        finally:
            connection.close()


@contextmanager
def open_or_make(path: Path | None) -> Iterator[Archive]:
    """Open the database at `path` as `open_archive` does with `create`; make none after an error.

    One that is made is there at the end, whole. Raises `ArchiveError` as `open_archive` does, or
    if another program has made one meanwhile, `FileError` if it cannot be written, and
    `UsageError` if there is no folder for it.
    """
    named = path or os.environ.get("ROLLCASE_DB")
    place = (path or default_path()).expanduser().absolute()
    if is_there(place):
        with open_archive(path, create=True) as archive:
            yield archive
        return
    if not named:
        make_folder(place)
    is_done = False
    try:
        with new_file(place) as unfinished:
            with in_our_words(place), closing(_connect(unfinished)) as connection:
                yield _set_up(connection, place, None)
            is_done = True
    except UsageError:
        if not is_done:
            raise
        raise ArchiveError(f"Another program has made {place} meanwhile.", "Try again.") from None


def _connect(path: Path) -> sqlite3.Connection:
    # Autocommit: a transaction begins only where we say BEGIN.
    return sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None)


def _set_up(connection: sqlite3.Connection, path: Path, to_copy: Path | None) -> Archive:
    """Run the migrations that a database lacks; it is copied first where `to_copy` is a path."""
    migrate(connection, to_copy)
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    return Archive(connection, path)


@contextmanager
def open_copy(path: Path) -> Iterator[Archive]:
    """Open a copy in memory of the database at `path`, with all migrations.

    What is written to it is gone at the end. Raises `ArchiveError` as `look_into` does.
    """
    with in_our_words(path), closing(in_memory(path)) as connection:
        yield Archive(connection, path)


def connect_alone(path: Path) -> sqlite3.Connection:
    """Open the database at `path` so that no other program can, until it is closed.

    Raises errors of SQLite; "locked" if another program has it open.
    """
    connection = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None)
    teach(connection)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN EXCLUSIVE")  # SQLite keeps the lock from here on
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def open_or_empty(path: Path | None) -> Iterator[Archive]:
    """Open the database at `path` as `open_archive` does; if there is none, an empty one in memory.

    So a command can check its arguments against the database without making a file.
    """
    if is_there((path or default_path()).expanduser().absolute()):
        with open_archive(path) as archive:
            yield archive
        return
    with in_our_words():
        connection = sqlite3.connect(":memory:", isolation_level=None)
        try:
            migrate(connection, None)
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
        if not is_there(path):
            raise ArchiveError(f"There is no database at {path} yet.", "Run sync first.")
        with closing(_connect_to_read(path)) as connection:
            _check_owner(connection, path)
            yield Archive(connection, path)


@cache
def schema_steps() -> Sequence[str]:
    """Return the SQL of every migration, the first one first."""
    files = sorted(Path(__file__).with_name("migrations").glob("*.sql"))
    return [file.read_text(encoding="utf-8") for file in files]


def is_there(path: Path) -> bool:
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


def can_be_written(path: Path) -> bool:
    """Return whether this user may write the file, and the files that SQLite keeps beside it."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)


def _connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a database so that it is read and never changed, wherever it is."""
    # A file beside it may mean that it is in use: read it with SQLite's locks. Without one it
    # is opened as immutable, else SQLite would make a -wal.
    in_use = any(path.with_name(path.name + ending).exists() for ending in ("-wal", "-journal"))
    mode = "mode=ro" if in_use else "mode=ro&immutable=1"
    connection = sqlite3.connect(
        f"{path.as_uri()}?{mode}", uri=True, timeout=BUSY_MS / 1000, isolation_level=None
    )
    teach(connection)  # else a write is refused for the sake of a trigger, and not of the mode
    try:
        connection.execute("PRAGMA schema_version")
    except sqlite3.OperationalError as error:
        connection.close()
        if not in_use or is_in_use(error):
            raise
        # A program was stopped in the middle. SQLite puts that right only where it can write.
        try:
            return _recovered(path)
        except OSError:
            raise error from None
    except BaseException:
        connection.close()
        raise
    return connection


def _recovered(path: Path) -> sqlite3.Connection:
    """Return a copy in memory of a database, with what is in the ``-wal`` or journal beside it."""
    import shutil  # these take 5 ms, and only a program that was stopped needs them
    import tempfile

    memory = sqlite3.connect(":memory:", isolation_level=None)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        for ending in ("", "-journal", "-wal"):
            with suppress(FileNotFoundError):
                shutil.copyfile(f"{path}{ending}", f"{copy}{ending}")
        with closing(sqlite3.connect(copy)) as connection:
            connection.backup(memory)
    return memory


def _open_to_read(path: Path) -> sqlite3.Connection:
    """Open a database that cannot be written; if it lacks migrations, a copy in memory."""
    connection = _connect_to_read(path)
    if _check_owner(connection, path) < len(schema_steps()):
        connection.close()
        connection = in_memory(path)
    connection.execute("PRAGMA query_only = ON")
    return connection


def in_memory(path: Path) -> sqlite3.Connection:
    """Return a copy in memory of a database, with all migrations."""
    memory = sqlite3.connect(":memory:", isolation_level=None)
    with closing(_connect_to_read(path)) as connection:
        _check_owner(connection, path)
        connection.backup(memory)
    migrate(memory, None)
    return memory


def make_folder(path: Path) -> None:
    """Make the folder of a database, with those around it. Raises `ArchiveError`."""
    with _said_in_our_words(path):
        path.parent.mkdir(parents=True, exist_ok=True)


def _create(path: Path) -> None:
    """Make an empty file that only its owner may read."""
    with _said_in_our_words(path):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


@contextmanager
def _said_in_our_words(path: Path) -> Iterator[None]:
    """Raise `ArchiveError` in place of an OSError as a database is made at `path`."""
    try:
        yield
    except OSError as error:
        raise ArchiveError(
            f"The database cannot be made at {path}: {error.strerror}.",
            "Name another place with --db or ROLLCASE_DB.",
        ) from None


def migrate(connection: sqlite3.Connection, path: Path | None) -> None:
    """Run the migrations that this database lacks, all of them or none; copy it first.

    A `path` of None means that it is in memory, where there is nothing to copy.
    """
    steps = schema_steps()
    teach(connection)
    if _check_owner(connection, path or Path(":memory:")) == len(steps):
        return
    _use_wal(connection)
    connection.execute("BEGIN IMMEDIATE")  # others may read on, and so may the copy
    copy = None
    try:
        # Another program may have run them while we waited for the lock.
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if path and version < len(steps) and _holds_rows(connection):
            copy = _copy_before(path, len(steps))
        for step in steps[version:]:
            for statement in _statements(step):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
        if copy:
            _give_back_room(connection)
    except BaseException:
        if connection.in_transaction:  # else SQLite has rolled back by itself
            connection.execute("ROLLBACK")
        if copy and connection.execute("PRAGMA user_version").fetchone()[0] == version:
            copy.unlink(missing_ok=True)
        raise


def _use_wal(connection: sqlite3.Connection) -> None:
    """Let the database have a ``-wal``. Raises "locked" if others keep it longer than `BUSY_MS`.

    Two programs that do this at once would wait for each other, so SQLite lets one fail at once.
    """
    last = monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not is_in_use(error) or monotonic() > last:
                raise
            sleep(0.01)
        else:
            return


def _give_back_room(connection: sqlite3.Connection) -> None:
    """Make the file smaller by what migrations have freed, unless another program has it open."""
    with suppress(sqlite3.OperationalError):
        connection.execute("VACUUM")


def _holds_rows(connection: sqlite3.Connection) -> bool:
    """Return whether any table has a row."""
    query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    tables = connection.execute(query).fetchall()
    rows = (connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone() for (name,) in tables)
    return any(row is not None for row in rows)


def _copy_before(path: Path, version: int) -> Path | None:
    """Copy the database beside itself, before it gets this version of the schema.

    Returns the copy, or None if an earlier attempt has left the same one. Raises
    `ArchiveError` if no copy can be made. The caller keeps others from writing meanwhile.
    """
    from filecmp import cmp  # only a migration needs these two

    from rollhost.database.copying import copy_whole

    names = (f"{path.name}.before-{version}{f'-{n}' if n > 1 else ''}" for n in count(1))
    earlier = []
    for copy in map(path.with_name, names):
        if not os.path.lexists(copy):
            break
        earlier.append(copy)
    try:
        # SQLite copies through no connection that is about to write.
        with new_file(copy) as unfinished, closing(sqlite3.connect(path)) as reader:
            copy_whole(Archive(reader), unfinished)
    except FileError as error:
        raise ArchiveError(
            f"The database was not updated, as no copy of it could be made: {error.sentence}",
            "Make room on that disk, then try again; the database is as it was.",
        ) from None
    if any(cmp(copy, other, shallow=False) for other in earlier if other.is_file()):
        copy.unlink()
        return None
    return copy


def _check_owner(connection: sqlite3.Connection, path: Path) -> int:
    """Return the schema's version. Raises `ArchiveError` if another program or version made it."""
    # Of one moment: another program may be migrating it.
    connection.execute("BEGIN")
    try:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        owner: int = connection.execute("PRAGMA application_id").fetchone()[0]
        tables: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    if owner != APPLICATION_ID and (owner or version or tables):
        raise ArchiveError(
            f"{path} is a database of another program.", "Name another place with --db."
        )
    if version > len(schema_steps()):
        hint = "Update this program; nothing was changed."
        copy = _copy_for_us(path, version)
        if copy:
            hint += f" {copy} is a copy from before the update."
        raise ArchiveError(f"{path} was written by a newer version of this program.", hint)
    return version


def _copy_for_us(path: Path, version: int) -> Path | None:
    """Return the copy from before a later version that this program can read; None if none is."""
    ours = len(schema_steps())
    for later in range(ours + 1, version + 1):
        copy = path.with_name(f"{path.name}.before-{later}")
        with suppress(OSError), copy.open("rb") as file:
            # SQLite's header holds PRAGMA user_version in the four bytes from 60 on.
            if int.from_bytes(file.read(64)[60:], "big") <= ours:
                return copy
    return None


def _statements(script: str) -> Iterator[str]:
    """Yield a script's statements: `executescript` would commit before the first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
