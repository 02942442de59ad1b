"""A person's folder for the trials of the host: a database that is lived in, copies, and a case.

`Scene`s are commands there. What is in a database is told as rows that do not depend on the order
of adding or on tokens that were drawn since: `rows`.
"""

import atexit
import contextlib
import io
import json
import os
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.conftest import MEMORY, holds_our_files
from tests.host.database_files import STEPS, make_golden
from tests.host.photo_files import four_corners
from tests.lives.living_case import LivingCase

from rollcore import events
from rollhost.board.bring_home import keep_in
from rollhost.board.rescue import Saved
from rollhost.cli.main import main
from rollhost.cli.terminal import complain
from rollhost.database.open import open_archive
from rollhost.database.row_crc import is_whole
from rollhost.errors import RollcaseError
from rollhost.output import units

DAY = 86400
BORN = 1_798_966_800
"""2027-01-03 09:00 UTC, in Unix seconds: when this begins."""
NOW = BORN + 60 * DAY
"""When the command runs that is tried."""

RECORDS = 500
"""How many records the case has to bring home."""

SECRET = "a word that is to be forgotten"

Rows = Counter[tuple[str, ...]]
"""The rows of a database: the table's name, then what is in each column that counts."""


@dataclass(frozen=True)
class Scene:
    """A command in a folder, by its words; `{}` in them stands for the folder.

    `makes` are the files that it makes or replaces. `once` says that what is done once is not to be
    done again: a second note is a second note.
    """

    name: str
    words: tuple[str, ...]
    makes: tuple[str, ...] = ()
    once: bool = False
    case: bool = False
    """Whether it talks to the case."""
    older: int = 0
    """The schema that the database has before it; 0: that of today."""
    without: bool = False
    """Whether there is no database before it."""
    reads: bool = False
    """Whether nothing in the database changes."""
    leaves: str = ""
    """The beginning of the names of whole copies of which there may be one more after each try."""


SCENES = [
    Scene("sync", ("sync", "--port", "{port}", "--person", "me"), case=True),
    Scene("first sync", ("sync", "--port", "{port}", "--person", "me"), case=True, without=True),
    Scene("import", ("import", "{}/other.json", "--person", "me")),
    Scene("restore", ("restore", "{}/copy.db", "--yes"), leaves="rollcase-replaced-"),
    Scene(
        "restore of nothing", ("restore", "{}/copy.db", "--yes"), without=True,
        leaves="rollcase-replaced-",
    ),
    Scene("backup", ("backup", "{}/new.db"), makes=("new.db",), reads=True),
    Scene("backup over", ("backup", "{}/copy.db", "--force"), makes=("copy.db",), reads=True),
    Scene("undo", ("undo", "--yes", "{token}"), once=True),
    Scene("forget an entry", ("forget", "--yes", "{token}"), once=True),
    Scene("forget a person", ("forget", "--yes", "Ann"), once=True),
    Scene("note", ("note", "a line"), once=True),
    Scene("photo", ("photo", "{}/face.jpg", "--zone", "face"), once=True),
    Scene("policy set", ("policy", "set", "rest=10d"), once=True),
    Scene("reaction", ("reaction", "open", "hot", "--sign", "pus", "--zone", "face"), once=True),
    Scene("rescue", ("bring home",)),
    *(
        Scene(f"migration from {version}", ("status",), older=version)
        for version in range(1, 7)
    ),
    Scene("export json", ("export", "json", "{}/out", "--force"), makes=("out",), reads=True),
    Scene("export csv", ("export", "csv", "{}/out", "--force"), makes=("out",), reads=True),
    Scene("export ics", ("export", "ics", "{}/out", "--force"), makes=("out",)),
    Scene("export sqlite", ("export", "sqlite", "{}/out", "--force"), makes=("out",), reads=True),
    Scene("report", ("report", "{}/page.html"), makes=("page.html",), reads=True),
]  # fmt: skip


class World:
    """The folder, made once in a process; `before` is what it holds, `place` where commands run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = folder / "now"
        self.database = self.place / "rollcase.db"
        self.line = folder / "line"
        self.place.mkdir()
        os.environ["ROLLCASE_DB"] = str(self.database)
        os.environ["ROLLCASE_RUNTIME_DIR"] = str(folder / "run")
        self.case = LivingCase(self.place / "case", 0, BORN * 1000)
        self.token = ""
        self._live()
        self.before = folder / "before"
        shutil.copytree(self.place, self.before)
        self.older = {version: self._older(version) for version in range(1, 7)}
        self.saved = Saved(
            "00c0ffee", "Raspberry Pi Pico with RP2040",
            {number: self.case.flash.read(number, 0, 4096) for number in range(64)}, {},
        )  # fmt: skip

    def begin(self, scene: Scene) -> None:
        """Let the folder be as it is before the scene."""
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.before, self.place)
        if scene.without:
            self.database.unlink()
        if scene.older:
            shutil.copyfile(self.older[scene.older], self.database)

    def command(
        self, scene: Scene, chance: Callable[[int], bytes] | None = None
    ) -> Callable[[], int]:
        """Return what runs the command of a scene; it returns the exit code.

        What it draws at random it draws from `chance`, so that each try is the same again.
        """
        words = [
            word.format(self.place, port=self.case.port, token=self.token).replace(
                "{}", str(self.place)
            )
            for word in scene.words
        ]

        def run() -> int:
            os.environ["ROLLCASE_NOW"] = units.utc(NOW)
            if chance is not None:
                os.urandom = chance
            if words == ["bring home"]:
                return self._bring_home()
            return main(words)

        return run

    def _bring_home(self) -> int:
        """Do what `host rescue` does once a board is read; there is none here to read."""
        try:
            with open_archive(self.database, create=True) as archive:
                keep_in(archive, self.saved, "pico", NOW)
        except RollcaseError as error:
            complain(f"host: {error.sentence}", error.hint)
            return error.exit_code
        return 0

    def run(self, scene: Scene) -> tuple[int, str, str]:
        """Run the command of a scene here; return exit code, stdout and stderr."""
        return _heard(self.command(scene))

    def host(self, now: int, *words: str) -> tuple[int, str, str]:
        """Run ``host`` at Unix time `now` (s); return exit code, stdout and stderr."""
        os.environ["ROLLCASE_NOW"] = units.utc(now)
        return _heard(lambda: main(list(words)))

    def must(self, now: int, *words: str) -> str:
        """Run ``host``, which has to succeed; return what it printed."""
        code, out, err = self.host(now, *words)
        assert code == 0, (words, out, err)
        return out

    def files(self) -> dict[str, bytes]:
        """Return the files in the folder, by name, but what SQLite keeps beside the database."""
        return {
            path.name: path.read_bytes()
            for path in self.place.iterdir()
            if path.is_file() and not path.name.startswith("rollcase.db-")
        }

    def _live(self) -> None:
        """Live for two months: uses, a first sync, two persons, all that a case can be told."""
        case, now = self.case, BORN
        case.settle()
        sync = ("sync", "--port", case.port)
        self.must(now, *sync, "--needle", "0.25")
        self.must(now, "policy", "set", "zones=face,neck")
        self.must(now, *sync)
        self._use(now + 60)
        now += 2 * DAY
        self.must(now, "person", "add", "Ann")
        self.must(now, "note", "of hers", "--person", "Ann")
        self.must(now, "hold", "acne", "--until", "20d")
        self.must(now, "note", SECRET)
        case.live_until(now * 1000)
        self.must(now, *sync)
        shutil.copyfile(self.database, self.place / "other.db")
        self._other(now + DAY)
        now += 3 * DAY
        self.must(now, "backup", str(self.place / "copy.db"))
        # What the case is to be told at the next sync.
        self.must(now, "undo", "--yes", self._token_of("hold"))
        self.must(now, "clinic", units.utc(now - DAY)[:10], "--needle", "1.5", "--zone", "face")
        self.must(now, "hold", "sunburn", "--until", "90d")
        self.must(now, "reaction", "open", "red", "--sign", "fever", "--zone", "neck")
        self.must(now, "head", "new")
        self.must(now, "head", "out", "dropped")
        self.must(now, "policy", "set", "rest=12d")
        self.must(now, "export", "ics", str(self.place / "out"))
        (self.place / "out").write_text("what was exported before\n")
        self.must(now, "report", str(self.place / "page.html"))
        four_corners().save(self.place / "face.jpg")
        self.token = self._token_of("note", SECRET)
        while case.next_seq <= RECORDS + 20:
            what = events.LID_OPENED if case.next_seq % 2 else events.NOT_USED
            assert case.app._recorder.log(events.LID, {"what": what}) == ""
            if case.next_seq % 50 == 0:
                case.live_until(case.ms + DAY * 1000)
        case.live_until(NOW * 1000)

    def _use(self, now: int) -> None:
        self.case.live_until(now * 1000)
        for wait_s in (1200, 120, 600):
            self.case.press()
            self.case.wait(wait_s)

    def _other(self, now: int) -> None:
        """Live on another computer, and export what it has."""
        database = ("--db", str(self.place / "other.db"))
        self.must(now, "note", "written elsewhere", *database)
        self.must(
            now, "clinic", units.utc(now)[:10], "--needle", "1.0", "--zone", "neck", *database
        )
        self.must(now, "person", "add", "Ben", *database)
        self.must(now, "export", "json", str(self.place / "other.json"), *database)
        (self.place / "other.db").unlink()

    def _token_of(self, kind: str, text: str = "") -> str:
        with closing(sqlite3.connect(self.database)) as base:
            found = base.execute("SELECT kind, data, token FROM entries ORDER BY id").fetchall()
        tokens = [token for of, data, token in found if of == kind and text in data]
        return f"{tokens[-1]:08x}"

    def _older(self, version: int) -> Path:
        path = self.folder / f"schema-{version}.db"
        golden = 3 if version in (4, 5) else version
        make_golden(path, golden)
        with closing(sqlite3.connect(path)) as base:
            for step in range(golden, version):
                base.executescript(STEPS[step])
            base.execute(f"PRAGMA user_version = {version}")
        return path


def _heard(do: Callable[[], int]) -> tuple[int, str, str]:
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = do()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else -1
    out.seek(0)
    return code, out.read(), err.getvalue()


@cache
def world() -> World:
    """Return the world of this process."""
    memory = MEMORY if holds_our_files(MEMORY) else None
    folder = Path(tempfile.mkdtemp(prefix="rollcase-", dir=memory))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return World(folder)


@contextlib.contextmanager
def entered() -> Iterator[World]:
    """Lend the world of this process, with an environment of its own."""
    before = dict(os.environ)
    try:
        os.environ |= {"TZ": "UTC", "LANGUAGE": "C"}
        found = world()
        os.environ["ROLLCASE_DB"] = str(found.database)
        os.environ["ROLLCASE_RUNTIME_DIR"] = str(found.folder / "run")
        os.environ["TMPDIR"] = str(found.folder)
        yield found
    finally:
        os.environ.clear()
        os.environ.update(before)


TOKENS = {
    "entries": ("token",), "carried": ("token", "origin"), "forgotten": (), "records": (),
}  # fmt: skip
"""Columns that hold tokens."""

NOT_COUNTED = ("milestones", "sqlite_sequence")
"""Tables that hold nothing but what follows from others."""


def rows(path: Path, known: frozenset[str] = frozenset()) -> Rows:
    """Return the rows of a database. Tokens that are not `known` were drawn since: `new`."""
    with closing(sqlite3.connect(path)) as base:
        base.row_factory = sqlite3.Row
        (sound,) = base.execute("PRAGMA integrity_check(3)").fetchone()
        if sound != "ok":
            raise sqlite3.DatabaseError(f"not sound: {sound}")
        if base.execute("PRAGMA foreign_key_check").fetchall():
            raise sqlite3.DatabaseError("rows refer to what is not there")
        (version,) = base.execute("PRAGMA user_version").fetchone()
        names = [
            name
            for (name,) in base.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            if name not in NOT_COUNTED
        ]
        tables = {name: base.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
    cases = {row["id"]: row["device"] for row in tables.get("cases", [])}
    logs = {row["id"]: f"{cases[row['case_id']]} {row['log']}" for row in tables.get("logs", [])}
    names_of = {"case_id": cases, "log_id": logs, "fork_of": logs}
    found: Rows = Counter()
    for name, table in tables.items():
        for row in table:
            told = [name]
            if "crc" in row.keys() and not is_whole(tuple(row)):  # noqa: SIM118
                raise sqlite3.DatabaseError(f"a row of {name} is not as it was written")
            for column in row.keys():  # noqa: SIM118
                value = row[column]
                if column in ("id", "crc"):
                    continue
                if column in names_of:
                    value = names_of[column].get(value, value)
                elif column == "data" and name == "entries":
                    value = _without_new(json.loads(value), known)
                elif column in TOKENS.get(name, ()) and str(value) not in known:
                    value = "new"
                told.append(f"{column}={value!r}")
            found[tuple(told)] += 1
    found["schema", str(version)] += 1
    return found


def _without_new(data: dict[str, object], known: frozenset[str]) -> dict[str, object]:
    for name in ("token", "reaction", "photo"):
        if name in data and str(data[name]) not in known:
            data[name] = "new"
    return data


def tokens_in(path: Path) -> frozenset[str]:
    """Return the tokens of the entries in a database."""
    if not path.exists():
        return frozenset()
    with closing(sqlite3.connect(path)) as base:
        tables = {name for (name,) in base.execute("SELECT name FROM sqlite_schema")}
        where = "entries" if "entries" in tables else "diary"
        if where not in tables:
            return frozenset()
        return frozenset(str(token) for (token,) in base.execute(f"SELECT token FROM {where}"))
