"""The database: every record that was ever fetched, as the bytes that the case wrote.

SQLite in WAL mode, flushed at every commit. A record is identified by device, log
and seq, so that fetching it twice changes nothing. Its row is never changed. What the
bytes say is read from them each time, so a later version may read more in them.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rollcore import events, slots
from rollcore.events import CASE_EPOCH, Event
from rollcore.policy import Policy
from rollcore.policy import parse as parse_policy
from rollcore.slots import Slot
from rollhost.database.calendar_memory import CalendarMemory
from rollhost.database.diary import (
    CASE_NAME,
    ME,
    MY_NAME,
    NAMING,
    OWNER,
    PERSON,
    POLICY,
    SOMEBODY,
    UNDO,
    Diary,
    Entry,
    derived_token,
    standing,
)
from rollhost.database.row_crc import is_whole, row_crc, with_crc
from rollhost.database.slot_reader import Read, read_all
from rollhost.database.sqlite_errors import in_our_words
from rollhost.errors import ArchiveError

if TYPE_CHECKING:
    from rollhost.database.sent import SentMemory

LOG_ID_DIGITS = 16
"""Hex digits of the id by which a case knows its log. More are the name of a fork of it."""

# Of a record's bytes in SQL; SQLite counts from 1.
_KIND = "substr(raw, 5, 1)"
_IS_POLICY_SET = f"{_KIND} = x'{events.POLICY_SET:02x}'"
"""As in the index of these records, which SQLite takes only for a query with the same words."""
_TIME = " || ".join(f"hex(substr(raw, {place}, 1))" for place in (16, 15, 14, 13))
"""The case time in hex, the highest digit first."""


_OF_A_LOG = ("records", "quarantine", "case_states", "carried", "flipped", "milestones")
"""The tables with rows of one log."""


class Case(NamedTuple):
    """A case that has answered at least once. Times are Unix times (s).

    When it answered last, at `met_at`, it had the log `log_id`, and its clock was
    `met_behind_s` (s) behind this computer's. The last sync that was completed, at
    `synced_at`, found the clock `clock_behind_s` (s) behind, and then set it.
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
        """The owner's name for the case, else the last six characters of its device id."""
        virtual = " (virtual)" if self.board == "virtual" else ""
        return (self.name or self.device[-6:]) + virtual


class Person(NamedTuple):
    """A person, by the token that names them on every computer."""

    token: int
    name: str


class Carried(NamedTuple):
    """A session of another log that a log was told of. `at` is a Unix time (s).

    `origin` is the CRC of device, log and seq of the record that it is from, `token` that
    of the entry, None if it is from no entry. `what` is 1 for a use and 2 for a session at a
    clinic; a `zone` of 255 means all zones, a `needle_um` (micrometres) of 0 an unknown one.
    """

    origin: int
    zone: int
    at: int
    what: int
    needle_um: int
    token: int | None


class LogFacts(NamedTuple):
    """What is known of a log besides its records.

    `person` is the token of the person whose skin it is about, None if nobody has said;
    `generation` and `follows` (the id of the log before it on the same flash) are as the
    case told them, `fork_of` is the name of the log that this one has left. `states` are
    the packed states that the case told, with the seq of each.
    """

    name: str
    person: int | None = None
    generation: int | None = None
    follows: str | None = None
    fork_of: str | None = None
    states: tuple[tuple[int, bytes], ...] = ()
    carried: tuple[Carried, ...] = ()


class Kept:
    """What is new in the database: `events` were added, others are in quarantine."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.quarantined = 0
        self.corrected = 0
        """In how many of the added records flipped bits were put right."""


class Archive:
    """An open database. Made by `open_archive`."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None = None) -> None:
        self._db = connection
        self._path = path
        self.diary = Diary(connection)
        """The entries that the owner wrote."""
        self.calendar = CalendarMemory(connection)
        """What calendars were given."""

    @property
    def reminders(self) -> "SentMemory":
        """What was sent to remind somebody."""
        from rollhost.database.sent import SentMemory  # few commands need it

        return SentMemory(self._db)

    def close(self) -> None:
        """Close the database; changes that were not committed are lost."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all changes at the end; roll all of them back on any error."""
        with in_our_words(self._path), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield

    # Cases and their logs.

    def cases(self) -> list[Case]:
        """Return every case, by device id: an order that is the same on every computer."""
        with in_our_words():
            rows = self._db.execute(
                "SELECT id, device, name, board, firmware, log_id, met_at, met_behind_s,"
                " synced_at, clock_behind_s FROM cases ORDER BY device"
            )
            return [Case(*row) for row in rows]

    def keep_case(self, device: str, board: str, firmware: str) -> int:
        """Return the id of the case with this device id; add the case or update its row."""
        self._db.execute(
            "INSERT INTO cases (device, board, firmware) VALUES (?, ?, ?)"
            " ON CONFLICT (device) DO UPDATE SET board = excluded.board,"
            " firmware = excluded.firmware",
            (device, board, firmware),
        )
        return self._number("SELECT id FROM cases WHERE device = ?", device)

    def keep_log(self, case_id: int, log: str, person: int | None = ME) -> int:
        """Return the id of this log of the case; add the log, about this person, if it is new."""
        self._db.execute(
            "INSERT OR IGNORE INTO logs (case_id, log, person) VALUES (?, ?, ?)",
            (case_id, log, person),
        )
        return self._number("SELECT id FROM logs WHERE case_id = ? AND log = ?", case_id, log)

    def heir(self, case_id: int) -> int | None:
        """Return the person whom a log is about that a case has begun, None if nobody knows.

        It is the person whom its log before was about. The first case of all is that of the person
        who uses this computer; whose another one is has to be said, and so that of a virtual one.
        """
        with in_our_words():
            case, person = self._db.execute(
                "SELECT cases.board, logs.person FROM cases LEFT JOIN logs ON logs.id = log_id"
                " WHERE cases.id = ?",
                (case_id,),
            ).fetchone()
            others = self._number(
                "SELECT count(DISTINCT case_id) FROM logs JOIN cases ON cases.id = case_id"
                " WHERE board <> 'virtual' AND case_id <> ?",
                case_id,
            )
        if person is not None:
            return int(person)
        return None if others or case == "virtual" or self.logs(case_id) else ME

    def note_meeting(self, case_id: int, log_id: int | None, at: int, behind_s: int) -> None:
        """Note that the case answered at Unix time `at` (s): its log, how far its clock is behind.

        `log_id` is None for a log that was forgotten; `behind_s` is in seconds.
        """
        self._db.execute(
            "UPDATE cases SET log_id = ?, met_at = ?, met_behind_s = ? WHERE id = ?",
            (log_id, at, behind_s, case_id),
        )

    def note_sync(self, case_id: int, at: int, clock_behind_s: int) -> None:
        """Note that a sync was completed at Unix time `at` (s)."""
        self._db.execute(
            "UPDATE cases SET synced_at = ?, clock_behind_s = ? WHERE id = ?",
            (at, clock_behind_s, case_id),
        )

    def logs(self, case_id: int) -> list[int]:
        """Return the ids of a case's logs, in the order in which they were first seen."""
        with in_our_words():
            rows = self._db.execute("SELECT id FROM logs WHERE case_id = ? ORDER BY id", (case_id,))
            return [row[0] for row in rows]

    def log_facts(self, log_id: int) -> LogFacts:
        """Return what is known of a log besides its records."""
        with in_our_words():
            log, person, generation, follows, fork_of = self._db.execute(
                "SELECT logs.log, logs.person, logs.generation, logs.follows, origin.log"
                " FROM logs LEFT JOIN logs AS origin ON origin.id = logs.fork_of"
                " WHERE logs.id = ?",
                (log_id,),
            ).fetchone()
            states = self._db.execute(
                "SELECT seq, state FROM case_states WHERE log_id = ? ORDER BY seq", (log_id,)
            ).fetchall()
            carried = self._db.execute(
                "SELECT origin, zone, at, what, needle_um, token FROM carried WHERE log_id = ?"
                " ORDER BY origin, zone, at",
                (log_id,),
            ).fetchall()
        told = tuple(Carried(*row) for row in carried)
        return LogFacts(log, person, generation, follows, fork_of, tuple(states), told)

    def note_log_facts(self, log_id: int, facts: LogFacts) -> None:
        """Add what was not known of a log. The person is that of `facts`.

        Runs inside `transaction`.
        """
        self._db.execute(
            "UPDATE logs SET person = ?2, generation = coalesce(generation, ?3),"
            " follows = coalesce(follows, ?4), fork_of = coalesce(fork_of, (SELECT id FROM logs"
            " AS origin WHERE origin.case_id = logs.case_id AND origin.log = ?5)) WHERE id = ?1",
            (log_id, facts.person, facts.generation, facts.follows, facts.fork_of),
        )
        for seq, state in facts.states:
            self.keep_state(log_id, seq, state)
        for session in facts.carried:
            self._db.execute(
                "INSERT OR IGNORE INTO carried VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                with_crc(log_id, *session),
            )

    def keep_fork(self, log_id: int, name: str) -> int:
        """Return the id of the log called `name`, which has left a log; add it if it is new.

        It is about the same person. Runs inside `transaction`.
        """
        self._db.execute(
            "INSERT OR IGNORE INTO logs (case_id, log, person, fork_of)"
            " SELECT case_id, ?, person, id FROM logs WHERE id = ?",
            (name, log_id),
        )
        return self._number(
            "SELECT id FROM logs WHERE log = ?"
            " AND case_id = (SELECT case_id FROM logs WHERE id = ?)",
            name,
            log_id,
        )

    def note_follows(self, log_id: int, before: int) -> None:
        """Note that a log was begun in place of the log `before`, with what the case knew.

        It is about the same person. Runs inside `transaction`.
        """
        self._db.execute(
            "UPDATE logs SET follows = before.log, person = before.person"
            " FROM (SELECT log, person FROM logs WHERE id = ?2) AS before WHERE id = ?1",
            (log_id, before),
        )

    def keep_state(self, log_id: int, seq: int, state: bytes) -> None:
        """Keep the packed state after record `seq` as the case has told it.

        The first one that was told for this record counts. Runs inside `transaction`.
        """
        self._db.execute(
            "INSERT OR IGNORE INTO case_states (log_id, seq, state) VALUES (?, ?, ?)",
            (log_id, seq, state),
        )

    # Names, and whose a log is: what the entries say.

    def persons(self) -> list[Person]:
        """Return every person, by token; the one who uses this computer is the first."""
        with in_our_words():
            rows = self._db.execute("SELECT token, name FROM persons ORDER BY token").fetchall()
            return [Person(*row) for row in rows]

    def keep_person(self, person: Person) -> None:
        """Add a person, unless they are here, by whatever name."""
        query = "INSERT OR IGNORE INTO persons VALUES (?, ?, ?)"
        self._db.execute(query, with_crc(person.token, person.name))

    def name_person(self, person: int, name: str, now: int) -> None:
        """Write, at Unix time `now` (s), what a person is called; add them if they are new.

        Runs inside `transaction`.
        """
        self.keep_person(Person(person, name))
        self.diary.add(Entry(PERSON, now, data={"name": name}, person=person), now)
        self.settle()

    def name_case(self, case_id: int, name: str | None, now: int = 0) -> None:
        """Write, at Unix time `now` (s), what the owner calls a case; None: nothing any more.

        Raises `ArchiveError` if another case is called so. Runs inside `transaction`.
        """
        if name is not None and any(
            case.name == name and case.id != case_id for case in self.cases()
        ):
            raise ArchiveError(
                f"Another case is called {name} already.", "Choose another name."
            ) from None
        self.diary.add(Entry(CASE_NAME, now, None, case_id, {"name": name}), now)
        self.settle()

    def own_log(self, log_id: int, person: int, now: int, written_at: int | None = None) -> None:
        """Write, at Unix time `now` (s), that a log is about this person's skin, if it is news.

        So are its forks. `written_at` (Unix s) is when it counts as written, None: `now`. Runs
        inside `transaction`.
        """
        case_id, log = self._log_of(log_id)
        if self.owner_said(case_id, log) == person:
            return
        entry = Entry(OWNER, now, None, case_id, {"log": log}, person=person)
        self.diary.add(entry, now if written_at is None else written_at)
        self.settle()

    def infer_owner(self, log_id: int) -> None:
        """Write whom a log is about, as nobody has been asked; nothing where somebody has said it.

        It is the same entry on every computer, and older than any other. Runs inside
        `transaction`.
        """
        case_id, log = self._log_of(log_id)
        person = self.log_facts(log_id).person
        if person is None or self.owner_said(case_id, log) is not None:
            return
        query = "SELECT device FROM cases WHERE id = ?"
        device = self._db.execute(query, (case_id,)).fetchone()[0]
        token = derived_token(OWNER, device, log, str(person))
        if token not in self.diary.forgotten():
            self.diary.keep(Entry(OWNER, 0, None, case_id, {"log": log}, token, person=person))

    def _log_of(self, log_id: int) -> tuple[int, str]:
        """Return the case of a log, and the id by which the case knows the log."""
        query = "SELECT case_id, substr(log, 1, ?) FROM logs WHERE id = ?"
        case_id, log = self._db.execute(query, (LOG_ID_DIGITS, log_id)).fetchone()
        return case_id, log

    def owner_said(self, case_id: int, log: str) -> int | None:
        """Return the person whom a log is about by its entries, None if none says it.

        `log` is the id by which the case knows it.
        """
        owners = [
            entry.person
            for entry in standing(self.diary.everything(), [OWNER])
            if (entry.case_id, entry.data["log"]) == (case_id, log)
        ]
        return owners[-1] if owners else None

    def settle(self) -> None:
        """Let persons, cases and logs be called and owned as the entries say.

        Of two cases with one name the one that was named later has it; a second person with a name
        is called with a number behind it. Somebody all of whose names were undone is called by the
        first of them, and one whose names were forgotten elsewhere `SOMEBODY`. A person who is in
        no entry and no log any more is deleted. Whose a log is stays as it is where no entry says
        it. Rules are the log's person's, also where somebody else was named when they were chosen.
        Runs inside `transaction`.
        """
        self._forget_unknown_persons()
        every = self.diary.everything()
        counting = standing(every, NAMING)
        self._name_persons(every, counting)
        for entry in every:
            if entry.kind == OWNER:
                self._set_owner(entry, None)
        self._db.execute("UPDATE cases SET name = NULL")
        for entry in counting:
            if entry.kind == OWNER:
                self._set_owner(entry, entry.person)
            elif entry.kind == CASE_NAME:
                name = entry.data["name"]
                self._db.execute("UPDATE cases SET name = NULL WHERE name = ?", (name,))
                query = "UPDATE cases SET name = ? WHERE id = ?"
                self._db.execute(query, (name, entry.case_id))
        self._give_rules_to_owners()

    def _give_rules_to_owners(self) -> None:
        """Let the rules chosen for a log, and what takes them back, be of whom the log is about.

        Else they would be erased with, or be exported with the token of, somebody whose log it
        never was. Of a log that is nobody's they are `ME`'s, as in `pend_policy`. Rules that were
        chosen before the first sync are for all logs of the case, if these are of one person.
        """
        chosen = self._db.execute(
            "SELECT token, coalesce(logs.person, ?) FROM entries JOIN logs"
            " ON logs.case_id = entries.case_id AND logs.log = json_extract(data, '$.log')"
            " WHERE kind = ?",
            (ME, POLICY),
        ).fetchall()
        chosen += self._db.execute(
            "SELECT token, coalesce(min(logs.person), ?) FROM entries JOIN logs"
            " ON logs.case_id = entries.case_id"
            " WHERE kind = ? AND json_extract(data, '$.log') IS NULL"
            " GROUP BY token HAVING count(DISTINCT ifnull(logs.person, -1)) = 1",
            (ME, POLICY),
        ).fetchall()
        for token, person in chosen:
            self.diary.give_to(person, token)
        taken_back = self._db.execute(
            "SELECT entries.token, rules.person FROM entries JOIN entries AS rules"
            " ON rules.token = json_extract(entries.data, '$.token')"
            " WHERE entries.kind = ? AND rules.kind = ?",
            (UNDO, POLICY),
        ).fetchall()
        for token, person in taken_back:
            self.diary.give_to(person, token)

    def _name_persons(self, every: Sequence[Entry], counting: Sequence[Entry]) -> None:
        names = {person.token: SOMEBODY for person in self.persons()}
        for entry in reversed(every):
            if entry.kind == PERSON:
                names[entry.person] = str(entry.data["name"])
        names[ME] = MY_NAME
        for entry in counting:
            if entry.kind == PERSON:
                names[entry.person] = str(entry.data["name"])
        taken: set[str] = set()
        for person, called in sorted(names.items()):
            name, number = called, 1
            while name.casefold() in taken:  # the same number on every computer
                number += 1
                name = f"{called} {number}"
            taken.add(name.casefold())
            self._name_person(person, name)

    def _forget_unknown_persons(self) -> None:
        """Delete persons of whom nothing is known; what they called a case is the case's."""
        names = (
            "SELECT token FROM entries WHERE kind = ?1 UNION"
            " SELECT entries.token FROM entries JOIN entries AS name"
            " ON name.token = json_extract(entries.data, '$.token')"
            " WHERE entries.kind = ?2 AND name.kind = ?1"
        )
        rows = self._db.execute(
            "SELECT token FROM persons WHERE token <> ?3 AND token NOT IN"
            f" (SELECT person FROM entries WHERE token NOT IN ({names})"
            " UNION SELECT person FROM logs WHERE person IS NOT NULL)",
            (CASE_NAME, UNDO, ME),
        ).fetchall()
        for (person,) in rows:
            left = self._db.execute("SELECT token FROM entries WHERE person = ?", (person,))
            for (token,) in left.fetchall():
                self.diary.give_to(ME, token)
            self.forget_person(person)

    def _name_person(self, person: int, name: str) -> None:
        query = "UPDATE persons SET name = ?, crc = ? WHERE token = ?"
        self._db.execute(query, (name, row_crc(person, name), person))

    def _set_owner(self, entry: Entry, person: int | None) -> None:
        log = str(entry.data["log"])
        self._db.execute(
            "UPDATE logs SET person = ? WHERE case_id = ? AND substr(log, 1, ?) = ?",
            (person, entry.case_id, len(log), log),
        )

    # What was forgotten.

    def forget_log(self, device: str, log: str) -> int:
        """Delete the records of a log and of its forks, and all else that is known of them.

        `log` is the id by which the case knows the log. It is kept as a mark: the log is never
        taken in again. Returns how many records there were. Runs inside `transaction`.
        """
        self._db.execute(
            "INSERT OR IGNORE INTO forgotten_logs (device, log) VALUES (?, ?)", (device, log)
        )
        rows = self._db.execute(
            "SELECT logs.id FROM logs JOIN cases ON cases.id = case_id"
            " WHERE device = ? AND substr(log, 1, ?) = ?",
            (device, len(log), log),
        ).fetchall()
        ids = [row[0] for row in rows]
        deleted = 0
        for log_id in ids:
            deleted += self._number("SELECT count(*) FROM records WHERE log_id = ?", log_id)
            for table in _OF_A_LOG:
                self._db.execute(f"DELETE FROM {table} WHERE log_id = ?", (log_id,))
            self._db.execute("UPDATE logs SET fork_of = NULL WHERE fork_of = ?", (log_id,))
            self._db.execute("UPDATE cases SET log_id = NULL WHERE log_id = ?", (log_id,))
        for log_id in ids:
            self._db.execute("DELETE FROM logs WHERE id = ?", (log_id,))
        return deleted

    def forgotten_logs(self) -> list[tuple[str, str]]:
        """Return device and id of each log that was forgotten, in their order."""
        with in_our_words():
            query = "SELECT device, log FROM forgotten_logs ORDER BY device, log"
            return self._db.execute(query).fetchall()

    def forget_person(self, person: int) -> None:
        """Delete a person who has no log and no entry any more; `ME` stays, without a name.

        Runs inside `transaction`.
        """
        self.calendar.replace(person, [])
        self.reminders.forget(person)
        if person == ME:
            self._name_person(ME, MY_NAME)
        else:
            self._db.execute("DELETE FROM persons WHERE token = ?", (person,))

    def forget_unused(self, digests: Collection[int]) -> None:
        """Delete the policies whose digests are not among these, and cases without a log.

        What was written of such a case has to be forgotten before. Runs inside `transaction`.
        """
        for digest in self.policies():
            if digest not in digests:
                self._db.execute("DELETE FROM policies WHERE digest = ?", (digest,))
        self.forget_empty_cases()

    def forget_empty_cases(self) -> None:
        """Delete the cases of which there is no log and no entry. Runs inside `transaction`."""
        self._db.execute(
            "DELETE FROM cases WHERE id NOT IN (SELECT case_id FROM logs)"
            " AND id NOT IN (SELECT case_id FROM entries WHERE case_id IS NOT NULL)"
        )

    def scrub(self) -> None:
        """Write the file anew, so that nothing that was deleted can be found in its bytes.

        Runs outside of `transaction`.
        """
        with in_our_words():
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # Records.

    def highest_seq(self, log_id: int) -> int:
        """Return the highest seq of this log in the database; 0 if there is no record."""
        return self._number(
            "SELECT max((SELECT coalesce(max(seq), 0) FROM records WHERE log_id = ?1),"
            " (SELECT coalesce(max(seq), 0) FROM quarantine WHERE log_id = ?1))",
            log_id,
        )

    def last_record(self, log_id: int, before: int | None = None) -> tuple[int, bytes] | None:
        """Return seq and bytes of the last record of this log; None if there is none.

        With `before` it is the last one with a lower seq.
        """
        row: tuple[int, bytes] | None = self._db.execute(
            "SELECT seq, raw FROM records WHERE log_id = ? AND seq < ? ORDER BY seq DESC LIMIT 1",
            (log_id, 1 << 32 if before is None else before),
        ).fetchone()
        return row

    def last_of_kind(self, log_id: int, kind: int) -> bytes | None:
        """Return the bytes of the last record of this kind in the log; None if there is none."""
        row: tuple[bytes] | None = self._db.execute(
            f"SELECT raw FROM records WHERE log_id = ? AND {_KIND} = ? ORDER BY seq DESC LIMIT 1",
            (log_id, bytes([kind])),
        ).fetchone()
        return None if row is None else row[0]

    def newest_entry(self) -> int | None:
        """Return when (Unix s) the last entry was written; None if there is none."""
        newest: int | None = self._db.execute("SELECT max(written_at) FROM entries").fetchone()[0]
        return newest

    def first_seq(self, log_id: int) -> int | None:
        """Return the lowest seq of this log in the database; None if there is no record."""
        lowest: int | None = self._db.execute(
            "SELECT min(seq) FROM (SELECT seq FROM records WHERE log_id = ?1"
            " UNION ALL SELECT seq FROM quarantine WHERE log_id = ?1)",
            (log_id,),
        ).fetchone()[0]
        return lowest

    def whole_record(self, log_id: int, seq: int) -> bytes | None:
        """Return the bytes of record `seq` of this log, None if it is not here, or is damaged.

        One in quarantine that is whole and only not known here is among them.
        """
        row = self._db.execute(
            "SELECT raw, NULL FROM records WHERE log_id = ?1 AND seq = ?2"
            " UNION ALL SELECT raw, chain FROM quarantine WHERE log_id = ?1 AND seq = ?2",
            (log_id, seq),
        ).fetchone()
        if row is None or (row[1] is not None and not events.intact(row[0], row[1])):
            return None
        raw: bytes = row[0]
        return raw

    def keep_records(
        self, log_id: int, first: int, chain: int | None, raw: bytes, known: int | None = None
    ) -> tuple[int, int]:
        """Add the records in whole slots, blank ones among them, that begin with seq `first`.

        `chain` is the CRC that the first is chained to, None if that is not known; the slots up to
        number `known` were whole once, None: all of them. Returns how many records are new, and how
        many of these are in quarantine. Runs inside `transaction`.
        """
        kept = self.keep_slots(log_id, read_all(first, chain, raw, known))
        return len(kept.events) + kept.quarantined, kept.quarantined

    def keep_slots(self, log_id: int, found: Iterable[Read]) -> "Kept":
        """Add the records in some slots; return what is new.

        A record in which flipped bits were put right is added as it was, and the bytes as they
        came are kept beside it. One that is damaged or cannot be read goes into quarantine.
        Torn and skipped slots are no records. Runs inside `transaction`.
        """
        kept = Kept()
        found = list(found)
        seqs = [read.slot.seq for read in found]
        here = self._seqs(log_id, min(seqs), max(seqs)) if seqs else set()
        new: list[tuple[int, bytes]] = []
        for read in found:
            slot = read.slot
            if slot.what in (slots.TORN, slots.SKIPPED):
                continue
            try:
                event = _decoded(slot)
            except events.RecordError as error:
                kept.quarantined += self.keep_in_quarantine(
                    log_id, slot.seq, slot.raw, slot.seed, str(error)
                )
                continue
            if slot.seq not in here:
                here.add(slot.seq)
                new.append((log_id, slot.raw))
                kept.events.append(event)
                if slot.what == slots.CORRECTED:
                    kept.corrected += self.keep_flipped(log_id, slot.seq, read.raw)
        self.add_records(new)
        return kept

    def _seqs(self, log_id: int, first: int, last: int) -> set[int]:
        """Return which of the numbers `first` to `last` have a record here."""
        query = "SELECT seq FROM records WHERE log_id = ? AND seq BETWEEN ? AND ?"
        return {row[0] for row in self._db.execute(query, (log_id, first, last))}

    def read_again(self, log_id: int) -> int:
        """Move records that this version can read out of quarantine; return their number.

        Runs inside `transaction`.
        """
        rows = self._db.execute(
            "SELECT seq, raw, chain FROM quarantine WHERE log_id = ?", (log_id,)
        ).fetchall()
        readable = []
        for seq, raw, chain in rows:
            what = slots.WHOLE if events.intact(raw, chain) else slots.DAMAGED
            try:
                _decoded(Slot(seq, what, raw, chain))
            except events.RecordError:
                continue
            readable.append((log_id, raw))
        return self.add_records(readable)

    def raw_records(self, log_id: int) -> list[bytes]:
        """Return the bytes of each record of a log, by seq."""
        with in_our_words():
            rows = self._db.execute(
                "SELECT raw FROM records WHERE log_id = ? ORDER BY seq", (log_id,)
            ).fetchall()
        return [row[0] for row in rows]

    def records_between(self, log_id: int, first: int, until: int) -> dict[int, bytes]:
        """Return the bytes of the records of a log with seqs from `first` to before `until`."""
        with in_our_words():
            rows = self._db.execute(
                "SELECT seq, raw FROM records WHERE log_id = ? AND seq >= ? AND seq < ?",
                (log_id, first, until),
            )
            return dict(rows.fetchall())

    def raw_records_since(self, log_id: int, seq: int, also: Sequence[int]) -> list[bytes]:
        """Return the bytes of each record of a log from `seq` on, after those in `also`, by seq."""
        with in_our_words():
            rows = self._db.execute(
                "SELECT seq, raw FROM json_each(?3) CROSS JOIN records"
                " ON records.log_id = ?1 AND records.seq = json_each.value"
                " UNION ALL SELECT seq, raw FROM records WHERE log_id = ?1 AND seq >= ?2"
                " ORDER BY seq",
                (log_id, seq, json.dumps(also)),
            ).fetchall()
        return [row[1] for row in rows]

    def records_before(self, log_id: int, seq: int) -> int:
        """Return how many records of a log have a lower seq; with those in quarantine."""
        with in_our_words():
            return self._number(
                "SELECT (SELECT count(*) FROM records WHERE log_id = ?1 AND seq < ?2)"
                " + (SELECT count(*) FROM quarantine WHERE log_id = ?1 AND seq < ?2)",
                log_id,
                seq,
            )

    def milestone(self, log_id: int) -> tuple[int, str] | None:
        """Return the milestone of a log, as `keep_milestone` took it; None if it has none."""
        with in_our_words():
            row: tuple[int, str] | None = self._db.execute(
                "SELECT seq, data FROM milestones WHERE log_id = ?", (log_id,)
            ).fetchone()
        return row

    def keep_milestone(self, log_id: int, seq: int, data: str) -> None:
        """Keep what the records of a log before record `seq` add up to, in place of what was kept.

        It is gone by itself as soon as one of these records changes. Runs inside `transaction`.
        """
        self._db.execute("INSERT OR REPLACE INTO milestones VALUES (?, ?, ?)", (log_id, seq, data))

    def drop_milestone(self, log_id: int) -> None:
        """Drop the milestone of a log. Runs inside `transaction`."""
        self._db.execute("DELETE FROM milestones WHERE log_id = ?", (log_id,))

    def is_logged(self, token: int) -> bool:
        """Return whether a record of any log has this token: a case was told of that entry."""
        with in_our_words():
            rows = self._db.execute(
                "SELECT raw FROM records WHERE instr(raw, ?)", (token.to_bytes(4, "little"),)
            )
            return any(events.decode(raw).data.get("token") == token for (raw,) in rows)

    def quarantined(self) -> int:
        """Return how many records are in quarantine, in all."""
        with in_our_words():
            return self._number("SELECT count(*) FROM quarantine")

    # Policies.

    def keep_policy(self, policy: Policy) -> None:
        """Add a policy, under the digest by which records name it."""
        here = self._db.execute("SELECT 1 FROM policies WHERE policy = ?", (policy.text,))
        if here.fetchone() is None:
            query = "INSERT OR IGNORE INTO policies VALUES (?, ?)"
            self._db.execute(query, (policy.digest, policy.text))

    def policy_settings(self, log_id: int) -> list[tuple[int, int, int]]:
        """Return seq, digest and needle length (micrometres) of each ``policy_set`` record."""
        with in_our_words():
            rows = self._db.execute(
                "SELECT raw FROM records INDEXED BY policy_records"
                f" WHERE log_id = ? AND {_IS_POLICY_SET} ORDER BY seq",
                (log_id,),
            )
            settings = [events.decode(raw) for (raw,) in rows]
        return [(event.seq, event.data["digest"], event.data["needle_um"]) for event in settings]

    def pend_policy(
        self, case_id: int, policy: Policy, now: int = 0, basis: int | None = None
    ) -> None:
        """Write that a policy was chosen for this case, which gets it at its next sync.

        Whoever gets the case from that person does not get the policy. It is written at Unix time
        `now` (s), to replace the policy whose digest is `basis`, None if that is not known. Runs
        inside `transaction`.
        """
        query = (
            "SELECT log_id, person FROM cases LEFT JOIN logs ON logs.id = log_id WHERE cases.id = ?"
        )
        log_id, person = self._db.execute(query, (case_id,)).fetchone()
        data: dict[str, object] = {
            "policy": policy.text,
            "log": None if log_id is None else self.log_name(log_id),
            "seq": 0 if log_id is None else self.highest_seq(log_id),
        }
        about = ME if person is None else person
        self.diary.add(Entry(POLICY, now, None, case_id, data, basis=basis, person=about), now)

    # Settings of this computer.

    def setting(self, name: str) -> Any:
        """Return the value of a setting of this computer, None if it has none."""
        with in_our_words():
            query = "SELECT value FROM settings WHERE name = ?"
            row = self._db.execute(query, (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def settings(self) -> dict[str, Any]:
        """Return the values of all settings by name, without those that a disk has changed."""
        with in_our_words():
            rows = self._db.execute("SELECT name, value, crc FROM settings").fetchall()
        return {row[0]: json.loads(row[1]) for row in rows if is_whole(row)}

    def set_setting(self, name: str, value: object) -> None:
        """Keep the value of a setting, which JSON can hold; None takes it away.

        Runs inside `transaction`.
        """
        if value is None:
            self._db.execute("DELETE FROM settings WHERE name = ?", (name,))
            return
        self._db.execute(
            "INSERT INTO settings (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, json.dumps(value, sort_keys=True)),
        )

    def has_settings(self) -> bool:
        """Return whether this computer was told anything that is kept as a setting."""
        with in_our_words():
            return self._db.execute("SELECT 1 FROM settings LIMIT 1").fetchone() is not None

    def replace_settings(self, settings: Mapping[str, object]) -> None:
        """Keep these settings and no others. Runs inside `transaction`."""
        self._db.execute("DELETE FROM settings")
        for name, value in settings.items():
            self.set_setting(name, value)

    # For diagnostics and verify.

    def schema_version(self) -> int:
        """Return how many migrations were run on this database."""
        with in_our_words():
            return self._number("PRAGMA user_version")

    def damage(self) -> list[str]:
        """Return the errors that SQLite finds in the file, in its words; empty if it finds none."""
        with in_our_words():
            rows = self._db.execute("PRAGMA integrity_check(3)").fetchall()
        return [row[0] for row in rows if row[0] != "ok"]

    def broken_references(self) -> dict[str, int]:
        """Return how many rows refer to what is not there, by the name of their table."""
        with in_our_words():
            tables = [row[0] for row in self._db.execute("PRAGMA foreign_key_check")]
        return {table: tables.count(table) for table in sorted(set(tables))}

    def rows_of(self, table: str) -> Iterator[dict[str, object]]:
        """Yield each row of a table, by the names of its columns."""
        with in_our_words():
            found = self._db.execute(f'SELECT * FROM "{table}"')
            names = [name for name, *_ in found.description]
            for row in found:
                yield dict(zip(names, row, strict=True))

    def record_places(self) -> set[tuple[str, str, int]]:
        """Return device, log and seq of every record, those in quarantine among them."""
        with in_our_words():
            rows = self._db.execute(
                "SELECT device, log, seq FROM (SELECT log_id, seq FROM records"
                " UNION ALL SELECT log_id, seq FROM quarantine) AS found"
                " JOIN logs ON logs.id = found.log_id JOIN cases ON cases.id = logs.case_id"
            )
            return set(rows.fetchall())

    def newest_stamp(self, case_id: int) -> int | None:
        """Return the latest Unix time (s) in a record of a case; None if there is no record."""
        with in_our_words():
            newest: str | None = self._db.execute(
                f"SELECT max({_TIME}) FROM records JOIN logs ON logs.id = log_id WHERE case_id = ?",
                (case_id,),
            ).fetchone()[0]
        return None if newest is None else int(newest, 16) + CASE_EPOCH

    def log_name(self, log_id: int) -> str:
        """Return the id that the case gave this log, in hex."""
        with in_our_words():
            query = "SELECT log FROM logs WHERE id = ?"
            name: str = self._db.execute(query, (log_id,)).fetchone()[0]
        return name

    def stored(self, log_id: int) -> dict[int, bytes]:
        """Return the bytes of each record of a log by the seq of its row, in that order.

        In a database that somebody has changed, the bytes may be those of another seq.
        """
        with in_our_words():
            query = "SELECT seq, raw FROM records WHERE log_id = ? ORDER BY seq"
            return dict(self._db.execute(query, (log_id,)).fetchall())

    # Out of one database and into another.

    @property
    def path(self) -> Path:
        """The file that holds the database, or that it was copied from into memory."""
        return self._path or Path(self._db.execute("PRAGMA database_list").fetchone()[2])

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read the database as it is at one moment; writes of other programs are not seen.

        Within `transaction` that moment is the transaction's.
        """
        with in_our_words():
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN")
            try:
                self._number("PRAGMA schema_version")  # SQLite takes the moment at the first read
                yield
            finally:
                self._db.execute("ROLLBACK")

    def copy_to(self, path: Path) -> None:
        """Copy the whole database into an empty file. Raises OSError if the disk is full."""
        copy = sqlite3.connect(path)
        try:
            self._db.backup(copy)
        except sqlite3.OperationalError as error:
            raise OSError(str(error)) from None
        finally:
            copy.close()

    def counts(self) -> dict[str, int]:
        """Return the number of rows of each table, by the table's name."""
        with in_our_words(self.path):
            tables = self._db.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                " ORDER BY name"
            ).fetchall()
            return {name: self._number(f'SELECT count(*) FROM "{name}"') for (name,) in tables}

    def policies(self) -> dict[int, Policy]:
        """Return every policy that was ever seen, by its digest, in that order."""
        with in_our_words():
            rows = self._db.execute(
                "SELECT digest, policy FROM policies ORDER BY digest"
            ).fetchall()
            return {digest: parse_policy(text) for digest, text in rows}

    def quarantine_of(self, log_id: int) -> list[tuple[int, bytes, int, str]]:
        """Return seq, bytes, chain and reason of each record of a log in quarantine, by seq."""
        with in_our_words():
            return self._db.execute(
                "SELECT seq, raw, chain, reason FROM quarantine WHERE log_id = ? ORDER BY seq",
                (log_id,),
            ).fetchall()

    def add_records(self, found: Iterable[tuple[int, bytes]]) -> int:
        """Add records that this version can read, each with the id of its log.

        They are in quarantine no more. Returns how many are new. Runs inside `transaction`.
        """
        added = self._db.executemany(
            "INSERT OR IGNORE INTO records VALUES (?, ?, ?)",
            ((log_id, events.seq_of(raw), raw) for log_id, raw in found),
        )
        self._db.execute(
            "DELETE FROM quarantine WHERE EXISTS (SELECT 1 FROM records"
            " WHERE records.log_id = quarantine.log_id AND records.seq = quarantine.seq)"
        )
        return max(added.rowcount, 0)

    def keep_in_quarantine(self, log_id: int, seq: int, raw: bytes, chain: int, reason: str) -> int:
        """Add a record that cannot be read to the quarantine; return 1 if it is new, else 0."""
        return self._db.execute(
            "INSERT OR IGNORE INTO quarantine VALUES (?, ?, ?, ?, ?, ?)",
            with_crc(log_id, seq, raw, chain, reason),
        ).rowcount

    def keep_flipped(self, log_id: int, seq: int, raw: bytes) -> int:
        """Keep the bytes of a record as they came, with flipped bits; return 1 if new, else 0."""
        return self._db.execute(
            "INSERT OR IGNORE INTO flipped (log_id, seq, raw) VALUES (?, ?, ?)", (log_id, seq, raw)
        ).rowcount

    def flipped(self, log_id: int) -> dict[int, bytes]:
        """Return the bytes as they came of records in which flipped bits were put right, by seq."""
        with in_our_words():
            query = "SELECT seq, raw FROM flipped WHERE log_id = ? ORDER BY seq"
            return dict(self._db.execute(query, (log_id,)).fetchall())

    def _number(self, query: str, *values: int | str) -> int:
        number: int = self._db.execute(query, values).fetchone()[0]
        return number


def _decoded(slot: Slot) -> Event:
    """Return the event in a slot. Raises `RecordError` with the reason if it cannot be read."""
    if not slot.is_record and not events.intact(slot.raw, slot.seed):
        raise events.RecordError("its checksum does not fit")
    event = events.decode(slot.raw)
    if event.seq != slot.seq:
        raise events.RecordError(f"it says it is number {event.seq}")
    return event
