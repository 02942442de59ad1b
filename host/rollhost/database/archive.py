"""The database: every record that was ever fetched, as it was and as it reads.

SQLite in WAL mode, flushed at every commit. A record has one identity, (device,
log, sequence number), so that fetching it twice changes nothing. Rows are added
and never changed; the raw bytes stay beside the parsed columns, so that a later
version can read them again.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rollcore import events, policy
from rollcore.events import CASE_EPOCH, Event
from rollcore.policy import Policy
from rollhost.database.diary import Diary
from rollhost.database.sqlite_errors import in_our_words
from rollhost.errors import ArchiveError


@dataclass(frozen=True)
class Case:
    """A case that was talked to at least once. Times are Unix times (s).

    `log_id` is the log that it had then, at `met_at`, when its clock was
    `met_behind_s` behind this computer's. `clock_behind_s` is what the last sync
    that came to its end, at `synced_at`, had found before it set the clock.
    """

    id: int
    device: str
    name: str | None
    board: str
    firmware: str
    log_id: int | None
    met_at: int | None
    met_behind_s: int | None
    synced_at: int | None
    clock_behind_s: int | None

    @property
    def title(self) -> str:
        """What to call it: the owner's name for it, or the end of its id."""
        virtual = " (virtual)" if self.board == "virtual" else ""
        return (self.name or self.device[-6:]) + virtual


class Archive:
    """An open database. Made by `open_archive`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self.diary = Diary(connection)
        """What the owner wrote down."""

    def close(self) -> None:
        """Close the database; what was not committed is gone."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: commit at the end, roll back on any error."""
        with in_our_words(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield

    def name_case(self, case_id: int, name: str | None) -> None:
        """Give a case the owner's name for it. Raises `ArchiveError` if another one has it."""
        try:
            self._db.execute("UPDATE cases SET name = ? WHERE id = ?", (name, case_id))
        except sqlite3.IntegrityError:
            raise ArchiveError(
                f"Another case is called {name} already.", "Choose another name."
            ) from None

    # Cases and their logs.

    def cases(self) -> list[Case]:
        """Return every case, in the order of its first sync."""
        with in_our_words():
            rows = self._db.execute(
                "SELECT id, device, name, board, firmware, log_id, met_at, met_behind_s,"
                " synced_at, clock_behind_s FROM cases ORDER BY id"
            )
            return [Case(*row) for row in rows]

    def keep_case(self, device: str, board: str, firmware: str) -> int:
        """Return the id of the case with this chip, made or brought up to date."""
        self._db.execute(
            "INSERT INTO cases (device, board, firmware) VALUES (?, ?, ?)"
            " ON CONFLICT (device) DO UPDATE SET board = excluded.board,"
            " firmware = excluded.firmware",
            (device, board, firmware),
        )
        return self._number("SELECT id FROM cases WHERE device = ?", device)

    def keep_log(self, case_id: int, log: str) -> int:
        """Return the id of this case's log, made if it is new."""
        self._db.execute("INSERT OR IGNORE INTO logs (case_id, log) VALUES (?, ?)", (case_id, log))
        return self._number("SELECT id FROM logs WHERE case_id = ? AND log = ?", case_id, log)

    def note_meeting(self, case_id: int, log_id: int, at: int, behind_s: int) -> None:
        """Note that the case had this log at Unix time `at` (s), its clock that much behind."""
        self._db.execute(
            "UPDATE cases SET log_id = ?, met_at = ?, met_behind_s = ? WHERE id = ?",
            (log_id, at, behind_s, case_id),
        )

    def note_sync(self, case_id: int, at: int, clock_behind_s: int) -> None:
        """Note that a sync has finished at Unix time `at` (s)."""
        self._db.execute(
            "UPDATE cases SET synced_at = ?, clock_behind_s = ? WHERE id = ?",
            (at, clock_behind_s, case_id),
        )

    def logs(self, case_id: int) -> list[int]:
        """Return the ids of a case's logs, in the order in which they were first seen."""
        with in_our_words():
            rows = self._db.execute("SELECT id FROM logs WHERE case_id = ? ORDER BY id", (case_id,))
            return [row[0] for row in rows]

    # Records.

    def highest_seq(self, log_id: int) -> int:
        """Return the highest sequence number held of this log; 0 if none is."""
        return self._number(
            "SELECT max((SELECT coalesce(max(seq), 0) FROM records WHERE log_id = ?1),"
            " (SELECT coalesce(max(seq), 0) FROM quarantine WHERE log_id = ?1))",
            log_id,
        )

    def continues(self, log_id: int, seq: int, chain: int) -> bool:
        """Say whether a block that begins with `seq` and is chained to `chain` may follow.

        It may if the record before is not here, if it hangs on that one, or on
        an earlier one: a case that has lost records goes on from what is left.
        """
        before = self._db.execute(
            "SELECT raw FROM records WHERE log_id = ? AND seq = ?", (log_id, seq - 1)
        ).fetchone()
        if before is None or events.crc_of(before[0]) == chain:
            return True
        log = self.log_name(log_id)
        known = {events.crc_of(raw) for raw in self.raw_records(log_id)}
        return chain in known or chain == events.first_chain(bytes.fromhex(log))

    def missing(self, log_id: int) -> int:
        """Return how many records up to the highest held are not here: lost, or pruned early."""
        held = self._number(
            "SELECT (SELECT count(*) FROM records WHERE log_id = ?1)"
            " + (SELECT count(*) FROM quarantine WHERE log_id = ?1)",
            log_id,
        )
        return self.highest_seq(log_id) - held

    def keep_records(self, log_id: int, first: int, chain: int, raw: bytes) -> tuple[int, int]:
        """Keep a block of whole records that begins with seq `first`, chained to `chain`.

        What is damaged or cannot be read goes into quarantine as it came, and
        the others are kept. Returns how many were new, and how many of these
        went into quarantine. Runs inside `transaction`.
        """
        new = quarantined = 0
        for seq, (record, seed, intact) in enumerate(events.split(raw, chain), first):
            try:
                event = _read(record, seq, intact)
            except events.RecordError as error:
                added = self.keep_aside(log_id, seq, record, seed, str(error))
                quarantined += added
            else:
                added = self.keep_event(log_id, event, record)
            new += added
        return new, quarantined

    def read_again(self, log_id: int) -> int:
        """Take out of quarantine what this version can read; return how many records that is.

        Runs inside `transaction`.
        """
        rows = self._db.execute(
            "SELECT seq, raw, chain FROM quarantine WHERE log_id = ?", (log_id,)
        ).fetchall()
        saved = 0
        for seq, raw, chain in rows:
            try:
                _read(raw, seq, events.intact(raw, chain))
            except events.RecordError:
                continue
            self.release(log_id, seq)
            self.keep_records(log_id, seq, chain, raw)
            saved += 1
        return saved

    def events(self, log_id: int) -> list[Event]:
        """Return the records of a log as events, in order."""
        return [events.decode(raw) for raw in self.raw_records(log_id)]

    def raw_records(self, log_id: int) -> list[bytes]:
        """Return the records of a log as the case wrote them, in order."""
        with in_our_words():
            rows = self._db.execute(
                "SELECT raw FROM records WHERE log_id = ? ORDER BY seq", (log_id,)
            ).fetchall()
        return [row[0] for row in rows]

    def tokens(self, log_id: int) -> set[int]:
        """Return the tokens of everything that the case was told for this log, and has logged."""
        with in_our_words():
            rows = self._db.execute(
                "SELECT json_extract(data, '$.token') FROM records WHERE log_id = ?"
                " AND kind IN ('clinic', 'head_new', 'hold_set', 'reaction')",
                (log_id,),
            ).fetchall()
        return {row[0] for row in rows}

    def quarantined(self) -> int:
        """Return how many records are in quarantine, in all."""
        with in_our_words():
            return self._number("SELECT count(*) FROM quarantine")

    # Rules.

    def keep_policy(self, rules: Policy) -> None:
        """Keep rules under the digest by which the log names them."""
        self._db.execute("INSERT OR IGNORE INTO policies VALUES (?, ?)", (rules.digest, rules.text))

    def policy(self, digest: int) -> Policy | None:
        """Return the rules with this digest, if they were ever seen."""
        with in_our_words():
            row = self._db.execute(
                "SELECT policy FROM policies WHERE digest = ?", (digest,)
            ).fetchone()
        return policy.parse(row[0]) if row else None

    def logged_policy(self, log_id: int) -> Policy | None:
        """Return the rules that the owner put in force last by the log, if they were ever seen.

        A case that has lost them goes back to the rules that it came with, of
        revision 0: those are nobody's choice.
        """
        with in_our_words():
            rows = self._db.execute(
                "SELECT json_extract(data, '$.digest'), json_extract(data, '$.needle_um')"
                " FROM records WHERE log_id = ? AND kind = 'policy_set' ORDER BY seq DESC",
                (log_id,),
            ).fetchall()
        for digest, needle_um in rows:
            if policy.is_default(digest, needle_um):
                continue
            return self.policy(digest)
        return None

    def pend_policy(self, case_id: int, rules: Policy | None) -> None:
        """Let rules wait for this case's next sync; None: nothing waits any more."""
        if rules is None:
            self._db.execute("DELETE FROM pending_policies WHERE case_id = ?", (case_id,))
        else:
            self._db.execute(
                "INSERT OR REPLACE INTO pending_policies VALUES (?, ?)", (case_id, rules.text)
            )

    def pending_policy(self, case_id: int) -> Policy | None:
        """Return the rules that wait for this case, if any do."""
        with in_our_words():
            row = self._db.execute(
                "SELECT policy FROM pending_policies WHERE case_id = ?", (case_id,)
            ).fetchone()
        return policy.parse(row[0]) if row else None

    # For those who check.

    def schema_version(self) -> int:
        """Return how many migrations this database has seen."""
        with in_our_words():
            return self._number("PRAGMA user_version")

    def damage(self) -> list[str]:
        """Return what SQLite finds wrong with the file, in its words; nothing for a sound one."""
        with in_our_words():
            found = self._db.execute("PRAGMA integrity_check(3)").fetchall()
        return [row[0] for row in found if row[0] != "ok"]

    def newest_stamp(self, case_id: int) -> int | None:
        """Return the latest Unix time (s) that a record of a case is stamped with."""
        with in_our_words():
            newest: int | None = self._db.execute(
                "SELECT max(case_time) FROM records JOIN logs ON logs.id = log_id"
                " WHERE case_id = ?",
                (case_id,),
            ).fetchone()[0]
        return newest

    def log_name(self, log_id: int) -> str:
        """Return a log's id as the case says it, in hex."""
        with in_our_words():
            query = "SELECT log FROM logs WHERE id = ?"
            name: str = self._db.execute(query, (log_id,)).fetchone()[0]
        return name

    def stored(self, log_id: int) -> list[tuple[int, bytes, tuple[object, ...]]]:
        """Return each record of a log: its row's number, its bytes, and the columns beside them.

        These are kind, zone, boot, uptime_s, case_time and data.
        """
        with in_our_words():
            rows = self._db.execute(
                "SELECT seq, raw, kind, zone, boot, uptime_s, case_time, data FROM records"
                " WHERE log_id = ? ORDER BY seq",
                (log_id,),
            )
            return [(row[0], row[1], row[2:]) for row in rows]

    # Out of one database and into another.

    @property
    def path(self) -> Path:
        """The file that holds the database."""
        return Path(self._db.execute("PRAGMA database_list").fetchone()[2])

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read as of one moment, whatever other programs write meanwhile."""
        with in_our_words():
            self._db.execute("BEGIN")
            try:
                self._number("PRAGMA schema_version")  # the moment is that of the first look
                yield
            finally:
                self._db.execute("ROLLBACK")

    def copy_to(self, path: Path) -> None:
        """Copy the whole database into an empty file. Raises OSError where that has no room."""
        copy = sqlite3.connect(path)
        try:
            self._db.backup(copy)
        except sqlite3.OperationalError as error:
            raise OSError(str(error)) from None
        finally:
            copy.close()

    def counts(self) -> dict[str, int]:
        """Return how many rows each table has."""
        with in_our_words():
            tables = self._db.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                " ORDER BY name"
            ).fetchall()
            return {name: self._number(f'SELECT count(*) FROM "{name}"') for (name,) in tables}

    def policies(self) -> list[Policy]:
        """Return all rules that were ever seen."""
        with in_our_words():
            rows = self._db.execute("SELECT policy FROM policies ORDER BY digest").fetchall()
            return [policy.parse(row[0]) for row in rows]

    def quarantine_of(self, log_id: int) -> list[tuple[int, bytes, int, str]]:
        """Return seq, bytes, chain and reason of each record of a log that could not be read."""
        with in_our_words():
            return self._db.execute(
                "SELECT seq, raw, chain, reason FROM quarantine WHERE log_id = ? ORDER BY seq",
                (log_id,),
            ).fetchall()

    def keep_event(self, log_id: int, event: Event, raw: bytes) -> int:
        """Keep a record that was read as `event`; return 1 if it was new, else 0."""
        return self._db.execute(
            "INSERT OR IGNORE INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                log_id,
                event.seq,
                raw,
                event.name,
                event.zone,
                event.boot,
                event.uptime,
                event.time + CASE_EPOCH,
                json.dumps(event.data, sort_keys=True),
            ),
        ).rowcount

    def keep_aside(self, log_id: int, seq: int, raw: bytes, chain: int, reason: str) -> int:
        """Keep a record that cannot be read, in quarantine; return 1 if it was new, else 0."""
        return self._db.execute(
            "INSERT OR IGNORE INTO quarantine VALUES (?, ?, ?, ?, ?)",
            (log_id, seq, raw, chain, reason),
        ).rowcount

    def release(self, log_id: int, seq: int) -> None:
        """Take a record out of quarantine."""
        self._db.execute("DELETE FROM quarantine WHERE log_id = ? AND seq = ?", (log_id, seq))

    def _number(self, query: str, *values: int | str) -> int:
        number: int = self._db.execute(query, values).fetchone()[0]
        return number


def _read(record: bytes, seq: int, intact: bool) -> Event:
    """Return the event in a record. Raises `RecordError` that says why it cannot be read."""
    if not intact:
        raise events.RecordError("its checksum does not fit")
    event = events.decode(record)
    if event.seq != seq:
        raise events.RecordError(f"it says it is number {event.seq}")
    return event
