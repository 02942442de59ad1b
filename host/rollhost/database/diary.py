"""Entries: what a person says. The diary is what they write down, such as clinic sessions.

Entries are added and never changed; the later one counts. To undo one, an entry of its own
says so. Each entry has a token. The next sync tells the case of those entries that matter to
it; the case's record carries the token, and so shows that the case was told.

Their order is the same on every computer: that of `written_at`, then of the token.
"""

import json
import os
import sqlite3
from binascii import crc32
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rollhost.database.row_crc import is_whole, row_crc, with_crc
from rollhost.errors import UsageError

NOTE = "note"
CLINIC = "clinic"
REACTION = "reaction"
FOLLOW_UP = "follow-up"
REACTION_OVER = "reaction over"
WATCH = "watch"
WATCH_OVER = "watch over"
SAW = "seen"
HOLD = "hold"
CHECK = "check"
HEAD = "head"
HEAD_OUT = "head over"
ALCOHOL = "alcohol"
PRODUCT = "product"
PHOTO = "photo"
MOVED = "moved"
PLAN = "plan"

KINDS = (
    NOTE,
    CLINIC,
    REACTION,
    FOLLOW_UP,
    REACTION_OVER,
    WATCH,
    WATCH_OVER,
    SAW,
    HOLD,
    CHECK,
    HEAD,
    HEAD_OUT,
    ALCOHOL,
    PRODUCT,
    PHOTO,
    MOVED,
    PLAN,
)
"""Every kind of entry of the diary."""

_ABOUT = {MOVED: "photo", FOLLOW_UP: "reaction", WATCH_OVER: "reaction"}
"""Kinds that mean nothing without the entry that they are about, and the field that names it."""

UNDO = "undo"
POLICY = "policy"
PERSON = "person"
CASE_NAME = "case name"
OWNER = "owner"

RETIRED = "retired"

NAMING = (PERSON, CASE_NAME, OWNER)
"""Kinds that say what a person or a case is called, and whose skin a log is about."""

UNDOABLE = (*KINDS, POLICY, *NAMING, RETIRED)
"""Kinds of entries that can be taken back."""

ALL_KINDS = (*KINDS, UNDO, POLICY, *NAMING, RETIRED)
"""Every kind of entry."""

ME = 0
"""The token of the person who uses this computer, as long as nobody else is named."""

MY_NAME = "me"
"""What that person is called, if they have not said otherwise."""

SOME_SIGN = "a sign noted on another computer"
"""A sign of a reaction of which only the log of a case tells."""

SOMEBODY = "somebody"
"""What a person is called whose name was forgotten on another computer."""

MAX_TEXT = 10_000
"""Longest text of an entry, in characters (own)."""


class Entry(NamedTuple):
    """One entry. Times are Unix times (s).

    `at` is when it happened, `written_at` when it was written: of two entries the one
    with the later `written_at` counts. `case_id` is None for an entry about the person,
    which concerns every case. `person` is the token of who said it, or of whom it is
    said. `basis` is what the entry was based on, None if nothing is known of it.
    `data` has the fields of its kind:

    A day that was said without a time stays that day in every time zone: `data` has it as
    ``day`` (ISO 8601), and people are shown nothing else of it. `at` is then noon of it where it
    was typed (of a plan the first moment, of a photo the camera's time of day), because a rest
    has to count from a moment, and entries have an order.

    - note: text
    - clinic: needle_um (0 if not known), text
    - reaction: text, signs (a list of words), redness and pain (0 to 10, where they were said);
      watch (the token of that entry), where a sign was seen of what was only watched until then
    - watch: something to keep an eye on, which holds nothing; its fields are those of a reaction
    - follow-up: reaction (the token of that entry, or of a watch), text, signs, redness, pain
    - reaction over: reaction (the token of that entry), text
    - watch over: reaction (the token of the watch), text; no case is told, and no rest follows
    - seen: reaction (the token of that entry; 0: of all that were written before), text;
      reactions (their tokens, where it is only in a log, which says that it was about all)
    - hold: reason (a number of `hold_set.reason`), until (Unix s, or 0), until_day (the day
      that was said for it without a time), text; a release has reason 0, and: released (the
      reason that it is about, else all), doctor (True: one said yes)
    - check: reasons (a list of words: the reasons against rolling that were answered with yes),
      text
    - head: text; the zone is that which the head is for
    - head over: reason (a number of `head_out.reason`), text
    - alcohol: a bottle was opened; text
    - product: product (a word: what was put on the zone), text
    - photo: path (absolute), sha256 (hex, of the file as it was), text
    - moved: photo (the token of that entry), path (absolute, where its file was found again)
    - plan: sessions (how many; 0 ends the plan)
    - undo: token (that of the entry that no longer counts)
    - policy: policy (its text), log and seq (the last record here of the log that the case had,
      when the policy was chosen); the basis is the digest of the policy that it replaces
    - person: name; about the person
    - case name: name, None to take it away
    - retired: by (the device id of the case that is used in its place, None if none is)
    - owner: log (the id by which the case knows it, hex): it is about the skin of the person
    """

    kind: str
    at: int
    zone: str | None = None
    case_id: int | None = None
    data: Mapping[str, object] = {}
    token: int = 0
    written_at: int = 0
    person: int = ME
    basis: int | None = None

    def number(self, name: str) -> int:
        """Return a number in `data`; 0 if there is none of that name."""
        value = self.data.get(name, 0)
        assert isinstance(value, int)
        return value

    @property
    def day(self) -> str | None:
        """The day (ISO 8601) that was said for `at` without a time; None if a time was."""
        return self._said("day")

    @property
    def until_day(self) -> str | None:
        """The last day (ISO 8601) of a hold that was said without a time; None if a time was."""
        return self._said("until_day")

    def _said(self, name: str) -> str | None:
        value = self.data.get(name)
        return None if value is None else str(value)

    @property
    def text(self) -> str:
        """The owner's words; may be empty."""
        return str(self.data.get("text", ""))

    @property
    def signs(self) -> list[str]:
        """The signs of a reaction that were seen."""
        return self._words("signs")

    @property
    def reactions(self) -> list[int]:
        """The tokens of the reactions that a clinician has looked at, where several are said."""
        found = self.data.get("reactions", [])
        tokens = found if isinstance(found, list) else []
        return [token for token in tokens if isinstance(token, int)]

    @property
    def is_heard(self) -> bool:
        """Whether only the log of a case has it: `written_at` is when the case was told."""
        return self.data.get("heard") is True

    @property
    def reasons(self) -> list[str]:
        """The reasons against rolling that a check was answered with."""
        return self._words("reasons")

    def _words(self, name: str) -> list[str]:
        words = self.data.get(name, [])
        return [str(word) for word in words] if isinstance(words, list) else []


class ChangedEntry(Exception):
    """An entry in the database is not as it was written, by its checksum."""

    def __init__(self, token: int) -> None:
        super().__init__(f"Not as this program wrote it: entry {token:08x}, by its checksum.")
        self.token = token


def check_length(entry: Entry) -> None:
    """Raise `UsageError` if the text of an entry is too long."""
    if len(entry.text) > MAX_TEXT:
        raise UsageError(
            f"The text has {len(entry.text):,} characters; {MAX_TEXT:,} are the most.",
            "Nothing was written down.",
        )


def derived_token(*words: str) -> int:
    """Return the token of an entry that follows from these words: the same on every computer."""
    return crc32("\0".join(words).encode()) or 1


def standing(entries: Sequence[Entry], kinds: Sequence[str] = KINDS) -> list[Entry]:
    """Return those entries of these kinds that were not undone, in the order given.

    Where a photo was found again goes with the photo, and a look at a reaction with the reaction,
    but a sign that a clinician should see stays until the look itself is taken back.
    """
    undone = {entry.number("token") for entry in entries if entry.kind == UNDO}
    return [
        entry
        for entry in entries
        if entry.kind in kinds
        and entry.token not in undone
        and not (
            entry.kind in _ABOUT
            and entry.number(_ABOUT[entry.kind]) in undone
            and not (entry.kind == FOLLOW_UP and entry.signs)
        )
    ]


class Diary:
    """The entries in a database; see `Archive.diary`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def add(self, entry: Entry, now: int) -> Entry:
        """Add an entry, written at Unix time `now` (s); return it with its token.

        Its `written_at` is after that of every older entry, so that the later entry
        counts also where this computer's clock was put back, or where entries were
        imported from a computer whose clock is ahead. Runs inside `Archive.transaction`.
        """
        query = "SELECT coalesce(max(written_at), 0) FROM entries"
        newest: int = self._db.execute(query).fetchone()[0]
        entry = entry._replace(token=self.new_token(), written_at=max(now, newest + 1))
        self.keep(entry)
        return entry

    def new_token(self) -> int:
        """Return a random token that no entry has, nor one that was forgotten."""
        token = 0
        while not token or self._is_taken(token):
            token = int.from_bytes(os.urandom(4), "big")
        return token

    def keep(self, entry: Entry) -> None:
        """Add an entry with the token that it has. Runs inside `Archive.transaction`.

        Raises `UsageError` for a text that is too long.
        """
        check_length(entry)
        last: int = self._db.execute("SELECT coalesce(max(id), 0) FROM entries").fetchone()[0]
        row = with_crc(
            last + 1,
            entry.token,
            entry.person,
            entry.case_id,
            entry.kind,
            entry.at,
            entry.zone,
            json.dumps(entry.data, sort_keys=True),
            entry.written_at,
            entry.basis,
        )
        marks = ", ".join("?" * len(row))
        self._db.execute(f"INSERT INTO entries VALUES ({marks})", row)

    def give_to(self, person: int, token: int) -> None:
        """Let the entry with this token be of this person. Runs inside `Archive.transaction`."""
        for row in self._rows("WHERE token = ? AND person <> ?", token, person):
            id_, _, _, *others, _ = row
            query = "UPDATE entries SET person = ?, crc = ? WHERE token = ?"
            self._db.execute(query, (person, row_crc(id_, token, person, *others), token))

    def undo(self, entry: Entry, now: int) -> None:
        """Write, at Unix time `now` (s), that an entry no longer counts.

        Runs inside `Archive.transaction`.
        """
        data: dict[str, object] = {"token": entry.token}
        undone = Entry(UNDO, now, case_id=entry.case_id, data=data, person=entry.person)
        self.add(undone, now)

    def forget(self, token: int) -> bool:
        """Delete the entry with this token; return whether there was one.

        The token is kept as a mark: it is never taken in again. Runs inside `Archive.transaction`.
        """
        self._db.execute("INSERT OR IGNORE INTO forgotten (token) VALUES (?)", (token,))
        return self._db.execute("DELETE FROM entries WHERE token = ?", (token,)).rowcount > 0

    def forgotten(self) -> list[int]:
        """Return the tokens of entries that were forgotten, in their order."""
        return [row[0] for row in self._db.execute("SELECT token FROM forgotten ORDER BY token")]

    def entries(self) -> list[Entry]:
        """Return the entries of the diary that were not undone, in the order of `everything`."""
        return standing(self.everything())

    def everything(self) -> list[Entry]:
        """Return every entry of every kind, in the order of `written_at`, then of the token.

        Raises `ChangedEntry` if one is not as it was written.
        """
        return [
            Entry(kind, at, zone, case_id, json.loads(data), token, written_at, person, basis)
            for _, token, person, case_id, kind, at, zone, data, written_at, basis, _ in self._rows(
                "ORDER BY written_at, token"
            )
        ]

    def changed(self) -> list[int]:
        """Return the tokens of entries that are not as they were written, by their checksum."""
        rows = self._db.execute("SELECT * FROM entries ORDER BY written_at, token")
        return [row[1] for row in rows if not is_whole(row)]

    def drop(self, token: int) -> None:
        """Delete the entry with this token, without a mark: it may be taken in again.

        Runs inside `Archive.transaction`.
        """
        self._db.execute("DELETE FROM entries WHERE token = ?", (token,))

    def _rows(self, which: str, *values: int) -> list[tuple[Any, ...]]:
        """Return rows of the entries. Raises `ChangedEntry` if one is not as it was written."""
        rows = self._db.execute(f"SELECT * FROM entries {which}", values).fetchall()
        for row in rows:
            if not is_whole(row):
                raise ChangedEntry(row[1])
        return rows

    def _is_taken(self, token: int) -> bool:
        query = (
            "SELECT (SELECT count(*) FROM entries WHERE token = ?1)"
            " + (SELECT count(*) FROM forgotten WHERE token = ?1)"
        )
        return bool(self._db.execute(query, (token,)).fetchone()[0])
