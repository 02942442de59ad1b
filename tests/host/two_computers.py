"""Two computers, three persons and four cases: what a person types, and what a sync does.

Everything goes through `host`, also a sync: a case is the firmware's own app behind a port.
"""

import contextlib
import io
import json
import os
from pathlib import Path
from typing import Any

import serial
from tests.firmware.whole_case import WholeCase
from tests.host.serial_handlers.protocol_case import SERVERS

from rollcase.server import Server
from rollcore.events import RECORD_SIZE, Event
from rollhost.cli.main import main
from rollhost.database import diary
from rollhost.database.diary import Entry, derived_token
from rollhost.database.open import open_archive
from rollhost.history import history
from rollhost.history.history import History
from rollhost.output import units

serial.protocol_handler_packages.append("tests.host.serial_handlers")

NAMES = ("me", "Annalena", "Benedikt")
TOKENS = (
    diary.ME,
    *(derived_token(diary.PERSON, name.casefold()) for name in NAMES[1:]),
)
"""The same name is the same token on every computer."""

SECRET_FIELDS = ("text", "path", "name", "policy")
"""Fields of an entry's data in which a person's words are."""


class RealCase(WholeCase):
    """A case with the firmware in it, and whose it is (an index of `NAMES`).

    Commands reach it on the port `port`.
    """

    def __init__(self, number: int, owner: int, home: Path, now: int) -> None:
        self.number = number
        self.owner = owner
        self.device = f"{number + 1:04x}" * 4
        self.port = f"case://{self.device}"
        self._now = now
        self.records: dict[str, list[bytes]] = {}
        """The bytes of the records of each log that it ever had, by the log's id."""
        super().__init__(home / self.device)
        SERVERS[self.device] = Server(self.app, self.device, "pico")

    def _make_id(self) -> bytes:
        self._logs += 1
        return f"case{self.number}{self._logs:03d}".encode()

    @property
    def log_name(self) -> str:
        """The id of the log that the case has now."""
        return self.app.journal.log_id.hex()

    def be_at(self, now: int) -> None:
        """Let time pass until Unix time `now` (s)."""
        self.wait(max(now - self._now, 0))
        self._now = max(now, self._now)

    def be_used(self) -> int:
        """Let somebody soak the roller, use it and clean it; return the Unix time (s) after it.

        The case may refuse the use.
        """
        before = self.ms
        for wait_s in (1200, 120, 600):
            self.press()
            self.wait(wait_s)
        self._now += (self.ms - before) // 1000 + 1
        return self._now

    def keep_records(self) -> list[Event]:
        """Remember the bytes of the records of the log that the case has now; return the log."""
        journal = self.app.journal
        raws: list[bytes] = []
        seq = 1
        while raw := journal.read(seq, 1000)[2]:
            raws += [raw[at : at + RECORD_SIZE] for at in range(0, len(raw), RECORD_SIZE)]
            seq = len(raws) + 1
        self.records[self.log_name] = raws
        return self.log()


class Computer:
    """A computer with a database of its own.

    `undone` and `forgotten` are the tokens of entries that were ever undone or forgotten there, and
    `logs_forgotten` the ids of logs: none of them may return.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.undone: set[int] = set()
        self.forgotten: set[int] = set()
        self.logs_forgotten: set[str] = set()
        self.backups = 0
        self.printed: list[str] = []
        """All that `host` has printed, on stdout and stderr."""
        with open_archive(path, create=True):
            pass

    def run(self, now: int, *words: str) -> tuple[int, str]:
        """Run ``host`` at Unix time `now` (s); return its exit code and what it printed."""
        before = dict(os.environ)
        # In C, argparse does not look for translations of its texts, which takes a third of a run.
        os.environ |= {"ROLLCASE_NOW": units.utc(now), "LANGUAGE": "C"}
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = main([*words, "--db", str(self.path)])
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else -1
        finally:
            os.environ.clear()
            os.environ.update(before)
        out.seek(0)
        answer = out.read()
        self.printed += [answer, err.getvalue()]
        return code, answer if code == 0 else err.getvalue()

    def ask(self, now: int, *words: str) -> dict[str, Any]:
        """Run ``host … --json``, which has to succeed, and return the document."""
        code, text = self.run(now, *words, "--json")
        assert code == 0, (words, text)
        document: dict[str, Any] = json.loads(text)
        return document

    def read(self) -> History:
        """Return what the database says."""
        with open_archive(self.path) as archive:
            return history.read(archive)

    def person(self, index: int, now: int) -> str:
        """Return what a person is called here; the first time they are added."""
        names = {person.token: person.name for person in self.read().persons}
        if TOKENS[index] not in names:
            code, text = self.run(now, "person", "add", NAMES[index])
            assert code == 0, text
            return NAMES[index]
        return names[TOKENS[index]]

    def bytes_of(self) -> bytes:
        """Return every byte of the database."""
        files = [Path(f"{self.path}{ending}") for ending in ("", "-wal", "-journal")]
        return b"\0".join(file.read_bytes() for file in files if file.exists())


def secret(entry: Entry) -> str:
    """Return the words in an entry."""
    return " ".join(str(entry.data.get(name, "")) for name in SECRET_FIELDS)
