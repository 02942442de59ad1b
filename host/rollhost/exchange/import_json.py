"""Take in what export json has written: what is missing is added, and nothing twice.

The file comes from anywhere, so nothing in it is believed before it was looked
at. Of a record only the raw bytes count; one that is damaged goes into
quarantine, as in a sync. Nothing is written unless all of it can be.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from rollcore import events, policy
from rollcore.events import CASE_EPOCH, RECORD_SIZE
from rollcore.policy import Policy
from rollhost.database import diary
from rollhost.database.archive import Archive, Case
from rollhost.database.diary import Entry
from rollhost.errors import RollcaseError
from rollhost.exchange.export_csv_json import EXPORT_VERSION, FORMAT
from rollhost.history import plan
from rollhost.output.records import HOLD_REASONS

MAX_BYTES = 128 << 20
"""Largest file that is read (own): ten years of a hundred records a day are less."""

_LAST_TIME = CASE_EPOCH + (1 << 32)
"""Later than any time that a case can tell, in Unix seconds."""

_BIGGEST = 1 << 32

_LONGEST_PATH = 4096
"""Characters of the longest path that is kept, that of Linux."""


class NotAnExport(RollcaseError):
    """The file is not what `rollhost.exchange.export_csv_json` writes, or not whole."""


@dataclass(frozen=True)
class Quarantined:
    """A record that could not be read where it was exported."""

    seq: int
    raw: bytes
    chain: int
    reason: str


@dataclass(frozen=True)
class LogPart:
    """What the file holds of one log; `records` by their numbers."""

    name: str
    records: dict[int, bytes]
    quarantine: dict[int, Quarantined]


@dataclass(frozen=True)
class CasePart:
    """What the file holds of one case; its fields as those of `archive.Case`."""

    device: str
    name: str | None
    board: str
    firmware: str
    log: str | None
    met_at: int | None
    met_behind_s: int | None
    synced_at: int | None
    clock_behind_s: int | None
    new_policy: Policy | None
    logs: list[LogPart]


@dataclass(frozen=True)
class Export:
    """A whole file, looked at. With each entry comes the device that it is about, if any."""

    cases: list[CasePart]
    policies: list[Policy]
    entries: list[tuple[str | None, Entry]]


@dataclass
class Taken:
    """What an import has added."""

    cases: int = 0
    records: int = 0
    quarantined: int = 0
    """How many records went into quarantine; they are not among `records`."""
    entries: int = 0
    names_taken: list[str] = field(default_factory=list)
    """Names of cases that others have here already."""


# Reading.


def read(path: Path) -> Export:
    """Return what is in a file. Raises `NotAnExport` with the reason."""
    try:
        with path.open("rb") as file:
            data = _bounded(file, path)
    except OSError as error:
        raise NotAnExport(
            f"{path} cannot be read: {error.strerror or error}.", "Name a file of export json."
        ) from None
    try:
        document = json.loads(data, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise NotAnExport(
            f"{path} is not JSON, or not all of it is here.", "Name a file of export json."
        ) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise NotAnExport(f"{path} was not written by export json.", "Name a file that was.")
    version = document.get("schema_version")
    if isinstance(version, int) and version > EXPORT_VERSION:
        raise NotAnExport(
            f"{path} was written by a newer version of this program.",
            "Update this program; nothing was imported.",
        )
    try:
        if version != EXPORT_VERSION or isinstance(version, bool):
            raise _Wrong("schema_version")
        return _export(document)
    except _Wrong as wrong:
        raise NotAnExport(
            f"{path} does not hold what it should: see {wrong}.",
            "Was it changed? Export again; nothing was imported.",
        ) from None


def _bounded(file: BinaryIO, path: Path) -> bytes:
    """Return all of a file that may be an export, and no more than the start of another."""
    data = file.read(4096)
    if not data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        raise NotAnExport(f"{path} was not written by export json.", "Name a file that was.")
    data += file.read(MAX_BYTES + 1 - len(data))
    if len(data) > MAX_BYTES:
        raise NotAnExport(
            f"{path} is larger than {MAX_BYTES >> 20} MB.",
            "No export of years is. Is it the right file?",
        )
    return data


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


class _Wrong(Exception):
    """A value is not what it should be; says where it is."""


def _export(document: dict[str, object]) -> Export:
    top = _Fields(document, "the file")
    cases = [_case(_Fields(one, f"case {n}")) for n, one in enumerate(top.items("cases"), 1)]
    devices = [case.device for case in cases]
    if len(set(devices)) < len(devices):
        raise _Wrong("cases")
    policies = [_policy(text, "policies") for text in top.items("policies")]
    entries = [
        _entry(_Fields(one, f"entry {n} of the diary"), devices)
        for n, one in enumerate(top.items("diary"), 1)
    ]
    return Export(cases, policies, entries)


def _case(given: "_Fields") -> CasePart:
    waiting = given.value("new_policy")
    logs = [_log(_Fields(one, given.where)) for one in given.items("logs")]
    log = given.text("log", 64, or_none=True)
    names = [one.name for one in logs]
    if len(set(names)) < len(names) or log not in (None, *names):
        raise _Wrong(given.where)
    return CasePart(
        given.known_text("device", 512),
        given.text("name", 100, or_none=True),
        given.known_text("board", 512),
        given.known_text("firmware", 512),
        log,
        given.moment("met_at"),
        given.number("met_behind_s", -_BIGGEST, _BIGGEST),
        given.moment("synced_at"),
        given.number("clock_behind_s", -_BIGGEST, _BIGGEST),
        None if waiting is None else _policy(waiting, given.where),
        logs,
    )


def _log(given: "_Fields") -> LogPart:
    name = given.known_text("log", 64)
    if not re.fullmatch(r"([0-9a-f]{2})+", name):
        raise _Wrong(given.where)
    records: dict[int, bytes] = {}
    quarantine: dict[int, Quarantined] = {}
    for number, one in enumerate(given.items("records"), 1):
        record = _Fields(one, f"record {number} of log {name}")
        seq = record.known_number("seq", 1, _BIGGEST - 1)
        if seq in records:
            raise _Wrong(record.where)
        records[seq] = record.raw()
    for number, one in enumerate(given.items("quarantine"), 1):
        record = _Fields(one, f"record {number} in quarantine of log {name}")
        seq = record.known_number("seq", 1, _BIGGEST - 1)
        if seq in records or seq in quarantine:
            raise _Wrong(record.where)
        chain = record.known_number("chain", 0, _BIGGEST - 1)
        quarantine[seq] = Quarantined(seq, record.raw(), chain, record.known_text("reason", 500))
    return LogPart(name, records, quarantine)


def _policy(text: object, where: str) -> Policy:
    try:
        return policy.parse(text if isinstance(text, str) else "")
    except policy.PolicyError:
        raise _Wrong(where) from None


def _entry(given: "_Fields", devices: list[str]) -> tuple[str | None, Entry]:
    device = given.text("device", 512, or_none=True)
    kind = given.known_text("kind", 30)
    at, written_at = given.moment("at"), given.moment("written_at")
    data = given.value("data")
    is_known = kind in diary.KINDS and device in (None, *devices)
    if not is_known or at is None or written_at is None:
        raise _Wrong(given.where)
    _check_data(_Fields(data, given.where))
    assert isinstance(data, dict)
    token = given.known_number("token", 1, _BIGGEST - 1)
    zone = given.text("zone", 12, or_none=True)
    return device, Entry(kind, at, zone, None, data, token, written_at)


def _check_data(given: "_Fields") -> None:
    """Raise `_Wrong` unless what is known of an entry's data is as `Entry` says."""
    checks: dict[str, Callable[[object], bool]] = {
        "text": lambda value: isinstance(value, str) and len(value) <= diary.MAX_TEXT,
        "signs": lambda value: (
            isinstance(value, list)
            and all(isinstance(one, str) and one.isprintable() for one in value)
        ),
        "needle_um": lambda value: _is_number(value, 0, 0xFFFF),
        "path": lambda value: isinstance(value, str) and 0 < len(value) <= _LONGEST_PATH,
        "sha256": lambda value: (
            isinstance(value, str) and re.fullmatch(r"[0-9a-f]{64}", value) is not None
        ),
        "sessions": lambda value: value == 0 or _is_number(value, plan.FEWEST, plan.MOST),
        "reaction": lambda value: _is_number(value, 0, _BIGGEST - 1),
        "reason": lambda value: isinstance(value, int) and value in HOLD_REASONS,
        "until": lambda value: value == 0 or _is_number(value, CASE_EPOCH, _LAST_TIME - 1),
    }
    for name, value in given.fields.items():
        if name in checks and (isinstance(value, bool) or not checks[name](value)):
            raise _Wrong(given.where)


def _is_number(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


class _Fields:
    """An object of the document; `where` says which, for whoever has to find it."""

    def __init__(self, given: object, where: str) -> None:
        if not isinstance(given, dict):
            raise _Wrong(where)
        self.fields: dict[str, object] = given
        self.where = where

    def value(self, name: str) -> object:
        if name not in self.fields:
            raise _Wrong(f"{name} in {self.where}")
        return self.fields[name]

    def items(self, name: str) -> list[object]:
        value = self.value(name)
        if not isinstance(value, list):
            raise _Wrong(f"{name} in {self.where}")
        return value

    def text(self, name: str, most: int, or_none: bool = False) -> str | None:
        """Return a text of 1 to `most` characters, all of which can be shown."""
        value = self.value(name)
        if value is None and or_none:
            return None
        if not isinstance(value, str) or not 1 <= len(value) <= most or not value.isprintable():
            raise _Wrong(f"{name} in {self.where}")
        return value

    def known_text(self, name: str, most: int) -> str:
        text = self.text(name, most)
        assert text is not None
        return text

    def number(self, name: str, low: int, high: int) -> int | None:
        value = self.value(name)
        if value is None:
            return None
        if not isinstance(value, int) or not _is_number(value, low, high):
            raise _Wrong(f"{name} in {self.where}")
        return value

    def known_number(self, name: str, low: int, high: int) -> int:
        number = self.number(name, low, high)
        if number is None:
            raise _Wrong(f"{name} in {self.where}")
        return number

    def moment(self, name: str) -> int | None:
        """Return a time in Unix seconds."""
        return self.number(name, 0, _LAST_TIME - 1)

    def raw(self) -> bytes:
        value = self.value("raw")
        # fromhex takes blanks too, and more of it than a record has.
        if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
            raise _Wrong(f"raw in {self.where}")
        return bytes.fromhex(value)


# Writing.


def keep_in(archive: Archive, export: Export) -> Taken:
    """Add what is missing, all of it or nothing.

    Raises `NotAnExport` where the file and the database tell different things
    of the same record or entry: one of them is not the original.
    """
    taken = Taken()
    with archive.transaction():
        for rules in export.policies:
            archive.keep_policy(rules)
        known = {case.device: case for case in archive.cases()}
        ids: dict[str, int] = {}
        for part in export.cases:
            ids[part.device] = _keep_case(archive, part, known.get(part.device), taken)
        _keep_entries(archive, export, ids, taken)
    return taken


def _keep_case(archive: Archive, part: CasePart, case: Case | None, taken: Taken) -> int:
    if case is None:
        case_id = archive.keep_case(part.device, part.board, part.firmware)
        taken.cases += 1
        if part.new_policy is not None:
            archive.pend_policy(case_id, part.new_policy)
    else:
        case_id = case.id
    if part.name is not None and (case is None or case.name is None):
        if any(other.name == part.name for other in archive.cases()):
            taken.names_taken.append(part.name)
        else:
            archive.name_case(case_id, part.name)
    for log in part.logs:
        _keep_log(archive, archive.keep_log(case_id, log.name), log, taken)
    # Whoever met the case last knows best which log it has now, and when that was.
    if part.log is not None and _later(part.met_at, case.met_at if case else None):
        archive.keep_case(part.device, part.board, part.firmware)
        log_id = archive.keep_log(case_id, part.log)
        archive.note_meeting(case_id, log_id, part.met_at or 0, part.met_behind_s or 0)
    if _later(part.synced_at, case.synced_at if case else None):
        archive.note_sync(case_id, part.synced_at or 0, part.clock_behind_s or 0)
    return case_id


def _later(one: int | None, other: int | None) -> bool:
    return one is not None and (other is None or one > other)


def _keep_log(archive: Archive, log_id: int, part: LogPart, taken: Taken) -> None:
    held = {events.seq_of(raw): raw for raw in archive.raw_records(log_id)}
    aside = {row[0] for row in archive.quarantine_of(log_id)}
    for seq, raw, chain, reason in _judged(part):
        if reason:
            if seq not in held:
                taken.quarantined += archive.keep_aside(log_id, seq, raw, chain, reason)
            continue
        if held.get(seq, raw) != raw:
            raise NotAnExport(
                f"Record {seq} of log {part.name} is another one here than in the file.",
                "One of them is no original; nothing was imported.",
            )
        taken.records += archive.keep_event(log_id, events.decode(raw), raw)
        if seq in aside:
            archive.release(log_id, seq)


def _judged(part: LogPart) -> Iterator[tuple[int, bytes, int, str]]:
    """Yield the seq, bytes and chain of each record in order, and why it cannot be read, or "".

    A record has to hang on the start of the log, or on any record before it: a
    case that has lost some goes on from what is left. After a gap nobody knows
    what it should hang on, and its bytes have to speak for themselves.
    """
    last, chain = 0, events.first_chain(bytes.fromhex(part.name))
    links = {_as_link(chain)}
    for seq in sorted([*part.records, *part.quarantine]):
        aside = part.quarantine.get(seq)
        raw = aside.raw if aside else part.records[seq]
        if aside:
            chain = aside.chain
            reason = aside.reason
        else:
            if seq != last + 1:
                chain = 0
            known = seq != last + 1 or _link(raw) in links
            reason = _flaw(raw, seq) if known else "its checksum does not fit"
        yield seq, raw, chain, reason
        # What comes after a damaged record may hang on the checksum that it should have.
        links |= {_as_link(events.crc_of(raw)), _as_link(events.crc_due(raw, chain))}
        last, chain = seq, events.crc_of(raw)


def _flaw(raw: bytes, seq: int) -> str:
    """Return why a record cannot be read, though its checksum fits; nothing if it can."""
    try:
        event = events.decode(raw)
    except events.RecordError as error:
        return str(error)
    return "" if event.seq == seq else f"it says it is number {event.seq}"


def _link(raw: bytes) -> int:
    """Return what a record hangs on, as `_as_link` says it.

    A CRC over other bytes with another seed is the exclusive or of the two, so
    that the seed can be told from the bytes, and need not be tried.
    """
    return events.crc_of(raw) ^ events.crc_due(raw, 0)


def _as_link(crc: int) -> int:
    """Return what a record that is chained to this CRC says for its `_link`."""
    return events.crc_due(_EMPTY, crc) ^ events.crc_due(_EMPTY, 0)


_EMPTY = bytes(RECORD_SIZE)


def _keep_entries(archive: Archive, export: Export, ids: dict[str, int], taken: Taken) -> None:
    held = {entry.token: entry for entry in archive.diary.entries()}
    for device, one in export.entries:
        entry = Entry(
            one.kind,
            one.at,
            one.zone,
            None if device is None else ids[device],
            one.data,
            one.token,
            one.written_at,
        )
        if entry.token not in held:
            archive.diary.keep(entry)
            held[entry.token] = entry
            taken.entries += 1
        elif held[entry.token] != entry:
            raise NotAnExport(
                f"Entry {entry.token} of the diary is another one here than in the file.",
                "One of them is no original; nothing was imported.",
            )
