"""Adds a JSON export to the database, and nothing twice.

The file may come from anywhere, so every field is checked before it is used. Of a
record only the bytes count; a damaged record goes into quarantine, as in a sync.
Either the whole file is written to the database, or nothing of it.
"""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from rollcore import policy
from rollcore.policy import Policy
from rollhost.database import diary
from rollhost.database.archive import Archive, Carried, Case, LogFacts, Person
from rollhost.database.diary import Entry, derived_token
from rollhost.database.staging import StagedLog, Staging
from rollhost.errors import RollcaseError
from rollhost.exchange import export_fields
from rollhost.exchange.export_fields import EXPORT_VERSION, FORMAT, Table, WrongField, checked
from rollhost.exchange.import_logs import LogPart, OtherRecord, Quarantined, keep_logs
from rollhost.exchange.json_stream import JsonStream
from rollhost.history import forgetting, lineage

MAX_BYTES = 128 << 20
"""Bytes of the largest file that is read (own): ten years of a hundred records a day are less."""


class NotAnExport(RollcaseError):
    """The file is not a whole export of `rollhost.exchange.export_csv_json`, or was changed."""


class NewerExport(NotAnExport):
    """The file was written by a newer version of this program."""


class CasePart(NamedTuple):
    """A case in the file; its fields are as those of `archive.Case`.

    `new_policy` is of a file of version 1; from version 2 on it is an entry.
    """

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


class Export(NamedTuple):
    """A whole file, checked. Each entry comes with the device that it is about, if any."""

    cases: list[CasePart]
    policies: list[Policy]
    entries: list[tuple[str | None, Entry]]
    persons: list[Person]
    forgotten: list[int]
    forgotten_logs: list[tuple[str, str]]
    """Device and id of logs that were forgotten."""
    version: int
    user: int | None = None
    """The token of who uses the computer it comes from, where `ME` is not in it; else None."""

    def my_devices(self) -> set[str]:
        """Return the devices of real cases that are about who used the computer it comes from."""
        owned = {
            device
            for device, entry in self.entries
            if device is not None and entry.kind == diary.OWNER and entry.person == diary.ME
        }
        return {
            case.device
            for case in self.cases
            if case.board != "virtual"
            and (case.device in owned or any(log.person == diary.ME for log in case.logs))
        }


class Taken:
    """What an import has added."""

    def __init__(self) -> None:
        self.cases = 0
        self.records = 0
        self.quarantined = 0
        """How many records went into quarantine; they are not among `records`."""
        self.entries = 0
        """How many entries are new; policies that wait for a sync are not among them."""
        self.persons = 0
        self.names = 0
        """How many persons and cases that were here are called otherwise now."""
        self.owners = 0
        """How many cases that were here are about somebody else now, or have a person at last."""
        self.rules = 0
        """How many policies are new of cases that were here."""
        self.undone = 0
        """How many entries that were here were taken back where the file comes from."""
        self.forgotten = 0
        """How many entries of the diary were here and were forgotten where the file comes from."""
        self.records_forgotten = 0
        """How many records were here of logs that were forgotten there."""
        self.persons_forgotten: list[str] = []
        """What persons were called who were here and were forgotten there."""
        self.cases_forgotten: list[str] = []
        """What cases were called of which nothing is here any more."""
        self.left_out = 0
        """How many entries were not taken in, as nobody has said whose they are."""
        self.names_taken: list[str] = []
        """Names in the file that another case in the database has already."""


# Reading.


@contextmanager
def read(path: Path) -> Iterator[Export]:
    """Read the export in a file, whose records wait on the disk until the end of the context.

    Raises `NotAnExport` with the reason if it is none.
    """
    with closing(Staging()) as staging:
        try:
            with path.open("rb") as file:
                _check_start(file.peek(4096), path)
                if os.fstat(file.fileno()).st_size > MAX_BYTES:
                    raise _too_large(path)
                document = _document(file, path, staging)
        except OSError as error:
            raise NotAnExport(
                f"{path} cannot be read: {error.strerror or error}.", "Name a file of export json."
            ) from None
        yield check(document, path)


@contextmanager
def read_bytes(data: bytes, path: Path) -> Iterator[Export]:
    """Read the export in these bytes, of the file at `path`, as `read` does."""
    _check_start(data[:4096], path)
    with closing(Staging()) as staging:
        yield check(_document(io.BytesIO(data), path, staging), path)


def _check_start(start: bytes, path: Path) -> None:
    """Raise `NotAnExport` if a file that begins so cannot be JSON."""
    if not start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        raise NotAnExport(f"{path} was not written by export json.", "Name a file that was.")


def _document(file: BinaryIO, path: Path, staging: Staging) -> object:
    """Return the document in a file. Raises `NotAnExport`."""
    try:
        return _Reader(_text_of(file, path), staging).document()
    except (ValueError, RecursionError):
        raise NotAnExport(
            f"{path} is not JSON, or not all of it is here.", "Name a file of export json."
        ) from None


def _text_of(file: BinaryIO, path: Path) -> Callable[[int], str]:
    """Return what reads so many more characters of a file.

    That raises `NotAnExport` if it is too large: the size of a pipe is not known before.
    """
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    left = MAX_BYTES

    def more(count: int) -> str:
        nonlocal left
        piece = text.read(count)
        left -= len(piece)
        if left < 0:
            raise _too_large(path)
        return piece

    return more


def _too_large(path: Path) -> NotAnExport:
    return NotAnExport(
        f"{path} is larger than {MAX_BYTES >> 20} MB.",
        "No export of years is. Is it the right file?",
    )


class Records(NamedTuple):
    """The records of a log in a file, up to the first wrong one; `wrong` says which that is."""

    log: StagedLog
    wrong: str = ""


class _Reader:
    """Reads the document in a file; `Records` take the place of the records of each log."""

    def __init__(self, read: Callable[[int], str], staging: Staging) -> None:
        self._stream = JsonStream(read)
        self._staging = staging

    def document(self) -> object:
        """Return what the file holds. Raises ValueError if it is no JSON."""
        document = self._object("cases", self._cases)
        self._stream.end()
        return document

    def _cases(self) -> object:
        return [self._object("logs", self._logs) for _ in self._stream.items()]

    def _logs(self) -> object:
        return [self._object("records", self._records) for _ in self._stream.items()]

    def _object(self, large: str, read: Callable[[], object]) -> object:
        """Return the next value; if it is an object, `read` reads the list that is called so."""
        stream = self._stream
        if stream.next() != "{":
            return stream.value()
        return {
            name: read() if name == large and stream.next() == "[" else stream.value()
            for name in stream.members()
        }

    def _records(self) -> Records:
        log = self._staging.new_log()
        last, wrong = 0, ""

        def right_ones() -> Iterator[tuple[int, bytes]]:
            nonlocal last, wrong
            for n, _ in enumerate(self._stream.items(), 1):
                record = self._stream.value()
                if wrong:
                    continue
                try:
                    row = checked(record, export_fields.RECORD, "record")
                except WrongField as field:
                    wrong = f"{field} {n}"
                    continue
                seq: int = row["seq"]
                if seq > last:
                    last = seq
                elif seq in log:
                    wrong = f"record {n}"
                    continue
                yield seq, bytes.fromhex(row["raw"])

        log.add(right_ones())
        return Records(log, wrong)


def check(document: object, path: object) -> Export:
    """Return the export in a document, in which each log has `Records`.

    Raises `NotAnExport` with the reason if it is none; `path` is where it comes from.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise NotAnExport(f"{path} was not written by export json.", "Name a file that was.")
    version = document.get("schema_version")
    if isinstance(version, int) and version > EXPORT_VERSION:
        raise NewerExport(
            f"{path} was written by a newer version of this program.",
            "Update this program; nothing was imported.",
        )
    try:
        if type(version) is not int or version < 1:
            raise WrongField("schema_version")
        return _export(document, version)
    except WrongField as wrong:
        raise NotAnExport(
            f"{path} does not hold what it should: see {wrong}.",
            "Was it changed? Export again; nothing was imported.",
        ) from None


def _export(document: dict[str, object], version: int) -> Export:
    table = _table(
        version, export_fields.FILE, export_fields.FILE_SINCE_2, export_fields.FILE_SINCE_3
    )
    top = checked(document, table, "the file")
    persons = [
        Person(**checked(person, export_fields.PERSON, f"person {n}"))
        for n, person in enumerate(top.get("persons", []), 1)
    ]
    tokens = {person.token for person in persons}
    if len(tokens) < len(persons):
        raise WrongField("persons")
    tokens = {diary.ME, *tokens} if version > 1 else {diary.ME}  # who is in every database
    cases = [_case(case, version, tokens, f"case {n}") for n, case in enumerate(top["cases"], 1)]
    devices = [case.device for case in cases]
    if len(set(devices)) < len(devices):
        raise WrongField("cases")
    if not all(map(export_fields.is_policy, top["policies"])):
        raise WrongField("policies")
    entries = [
        _entry(entry, version, tokens, devices, f"entry {n} of the diary")
        for n, entry in enumerate(top["diary"], 1)
    ]
    policies = list(map(policy.parse, top["policies"]))
    forgotten_logs = [
        checked(log, export_fields.FORGOTTEN_LOG, "forgotten_logs")
        for log in top.get("forgotten_logs", [])
    ]
    marks = [(log["device"], log["log"]) for log in forgotten_logs]
    user = checked(document, export_fields.USER, "the file")["user"] if "user" in document else None
    return Export(cases, policies, entries, persons, top.get("forgotten", []), marks, version, user)


def _table(version: int, table: Table, *since: Table) -> Table:
    """Return the fields that a file of this version has; `since` are those of version 2 and up."""
    for later in since[: version - 1]:
        table = {**table, **later}
    return table


def _case(case: object, version: int, persons: set[int], where: str) -> CasePart:
    fields = checked(case, export_fields.CASE, where)
    logs = [_log(log, version, persons, where) for log in fields["logs"]]
    names = [log.name for log in logs]
    left = [log.facts.fork_of for log in logs if log.facts is not None]
    if len(set(names)) < len(names) or not {fields["log"], *left} <= {None, *names}:
        raise WrongField(where)
    if version == 1 and fields["board"] == "virtual":
        logs = [log._replace(person=None) for log in logs]
    waiting = fields["new_policy"] if version == 1 else None
    new_policy = None if waiting is None else policy.parse(waiting)
    return CasePart(**{**fields, "logs": logs, "new_policy": new_policy})


_LOG: Table = {**export_fields.LOG, "records": lambda value: isinstance(value, Records)}


def _log(log: object, version: int, persons: set[int], where: str) -> LogPart:
    table = _table(version, _LOG, export_fields.LOG_SINCE_2)
    fields = checked(log, table, where)
    name = fields["log"]
    facts = None if version == 1 else _facts(fields, persons, f"log {name}")
    records, wrong = fields["records"]
    if wrong:
        raise WrongField(f"{wrong} of log {name}")
    quarantine: dict[int, Quarantined] = {}
    for n, record in enumerate(fields["quarantine"], 1):
        where = f"record {n} in quarantine of log {name}"
        row = checked(record, export_fields.QUARANTINED, where)
        if row["seq"] in records or row["seq"] in quarantine:
            raise WrongField(where)
        quarantine[row["seq"]] = Quarantined(**{**row, "raw": bytes.fromhex(row["raw"])})
    flipped: dict[int, bytes] = {}
    if isinstance(log, dict) and "flipped" in log:
        for record in checked(log, export_fields.FLIPPED, where)["flipped"]:
            row = checked(record, export_fields.CAME, f"flipped in log {name}")
            flipped[row["seq"]] = bytes.fromhex(row["came"])
    person = facts.person if facts is not None else diary.ME
    return LogPart(name, facts, person, records, quarantine, flipped)


def _facts(fields: dict[str, Any], persons: set[int], where: str) -> LogFacts:
    if fields["person"] not in (None, *persons):
        raise WrongField(f"person in {where}")
    states = [checked(state, export_fields.STATE, where) for state in fields["states"]]
    carried = [checked(fact, export_fields.CARRIED, where) for fact in fields["carried"]]
    return LogFacts(
        fields["log"],
        fields["person"],
        fields["generation"],
        fields["follows"],
        fields["fork_of"],
        tuple((state["seq"], bytes.fromhex(state["state"])) for state in states),
        tuple(Carried(**fact) for fact in carried),
    )


def _entry(
    entry: object, version: int, persons: set[int], devices: list[str], where: str
) -> tuple[str | None, Entry]:
    table = _table(
        version, export_fields.ENTRY, export_fields.ENTRY_SINCE_2, export_fields.ENTRY_SINCE_3
    )
    fields = checked(entry, table, where)
    device, data = fields.pop("device"), fields["data"]
    if device not in (None, *devices) or fields.get("person", diary.ME) not in persons:
        raise WrongField(where)
    if not all(name in data for name in export_fields.NEEDED.get(fields["kind"], ())):
        raise WrongField(f"data in {where}")
    known_fields = {name: check for name, check in export_fields.DATA.items() if name in data}
    checked(data, known_fields, where)
    return device, Entry(**fields)


# Whose it is.


def known_user(archive: Archive, export: Export) -> int | None:
    """Return who used the computer that the file comes from, None if no log in it says so.

    It is the person whom a log is about here that was about themselves there.
    """
    here = _owners(archive)
    there = {
        (case.device, lineage.case_id_of(log.name))
        for case in export.cases
        for log in case.logs
        if log.person == diary.ME
    }
    found = {owner for log in there if (owner := here.get(log)) is not None}
    return min(found) if found and (len(found) == 1 or diary.ME in found) else None


def is_of_a_stranger(archive: Archive, export: Export) -> bool:
    """Return whether who used the computer that the file comes from may be somebody else.

    So it is if a log is about somebody else here than there, or if both have real cases of their
    own, and none in common; but not if `known_user` knows who that is.
    """
    owners = _owners(archive)
    for case in export.cases:
        for log in case.logs:
            name = case.device, lineage.case_id_of(log.name)
            if name in owners and owners[name] != log.person:
                return True
    here = {
        case.device
        for case in archive.cases()
        if case.board != "virtual"
        and any(archive.log_facts(log_id).person == diary.ME for log_id in archive.logs(case.id))
    }
    there = export.my_devices()
    return bool(here and there) and not here & there


def _owners(archive: Archive) -> dict[tuple[str, str], int | None]:
    """Return whom each log of a real case is about, by the case's device and the log's id."""
    owners: dict[tuple[str, str], int | None] = {}
    for case in archive.cases():
        if case.board != "virtual":
            for facts in map(archive.log_facts, archive.logs(case.id)):
                owners[case.device, lineage.case_id_of(facts.name)] = facts.person
    return owners


def _renamed(export: Export, me: int | None, taken: Taken) -> Export:
    """Return the export with `me` in place of who used the computer that it comes from.

    None: nobody has said who that is. What they wrote is left out, and their cases are nobody's.
    """
    if me == diary.ME:
        return export
    entries: list[tuple[str | None, Entry]] = []
    for device, entry in export.entries:
        if entry.person != diary.ME or entry.kind in (diary.POLICY, diary.CASE_NAME):
            entries.append((device, entry))
        elif me is not None:
            entries.append((device, entry._replace(person=me)))
        else:
            taken.left_out += entry.kind in diary.KINDS
    cases = [
        case._replace(
            logs=[log._replace(person=me) if log.person == diary.ME else log for log in case.logs],
        )
        for case in export.cases
    ]
    persons = [person for person in export.persons if person.token != diary.ME]
    return export._replace(cases=cases, entries=entries, persons=persons)


def by_names_here(export: Export, user: int) -> Export:
    """Return the export with `ME` in place of the person `user`, who uses this computer."""
    cases = [
        case._replace(
            logs=[
                log._replace(person=diary.ME) if log.person == user else log for log in case.logs
            ],
        )
        for case in export.cases
    ]
    entries = [
        (device, entry._replace(person=diary.ME) if entry.person == user else entry)
        for device, entry in export.entries
    ]
    persons = [person for person in export.persons if person.token != user]
    return export._replace(cases=cases, entries=entries, persons=persons)


# Writing.


def keep_in(
    archive: Archive,
    export: Export,
    me: int | None = diary.ME,
    latest: int | None = None,
    user: int | None = None,
) -> Taken:
    """Add what the database lacks, all of it or nothing.

    `me` is who used the computer that the file comes from; None: nobody has said. `user` is the
    person by whose name others know who uses this computer, if it was said. Of the moments at
    which a case answered, those after `latest` (Unix s) count as unknown, in the file and here:
    they are by a clock that is ahead. None: all of them count. Raises `NotAnExport` if a record or
    an entry differs between the file and the database: then one of the two is not the original.
    """
    taken = Taken()
    with archive.transaction():
        before = _Said(archive)
        export = _renamed(export, me, taken)
        if user is not None:
            export = by_names_here(export, user)
        for known_policy in export.policies:
            archive.keep_policy(known_policy)
        for person in export.persons:
            archive.keep_person(person)
        for device, log in export.forgotten_logs:
            taken.records_forgotten += archive.forget_log(device, log)
        marks = set(archive.forgotten_logs())
        known = {case.device: case for case in archive.cases()}
        ids: dict[str, int] = {}
        for part in export.cases:
            left = [
                log for log in part.logs if (part.device, lineage.case_id_of(log.name)) not in marks
            ]
            if left or not part.logs:
                part = part._replace(logs=left)
                ids[part.device] = _keep_case(archive, part, known.get(part.device), taken, latest)
        erased = _keep_entries(archive, export, ids, taken)
        archive.settle()
        if marks or archive.diary.forgotten():
            forgetting.sweep(archive)
        _compare_names(archive, export, taken)
        _compare(before, _Said(archive), taken)
    if erased or taken.records_forgotten:
        archive.scrub()
    return taken


class _Said:
    """What persons and cases are called, whose each case is and which entries stand."""

    def __init__(self, archive: Archive) -> None:
        cases = archive.cases()
        every = archive.diary.everything()
        self.persons = {person.token: person.name for person in archive.persons()}
        self.titles = {case.device: case.title for case in cases}
        self.owners = {
            case.device: None if case.log_id is None else archive.log_facts(case.log_id).person
            for case in cases
        }
        self.tokens = {entry.token for entry in every}
        self.undoable = {entry.token for entry in diary.standing(every, diary.UNDOABLE)}
        devices = {case.id: case.device for case in cases}
        self.rules = {
            entry.token: devices[entry.case_id]
            for entry in diary.standing(every, [diary.POLICY])
            if entry.case_id is not None
        }


def _compare(before: _Said, after: _Said, taken: Taken) -> None:
    """Count what has become of persons, names and rules that were here."""
    taken.names += sum(
        name != after.persons.get(token, name) for token, name in before.persons.items()
    )
    taken.names += sum(
        name != after.titles.get(device, name) for device, name in before.titles.items()
    )
    taken.persons = len(after.persons.keys() - before.persons.keys())
    taken.owners = sum(
        after.owners.get(device, owner) != owner for device, owner in before.owners.items()
    )
    new_rules = after.rules.keys() - before.tokens
    taken.rules = sum(after.rules[token] in before.titles for token in new_rules)
    taken.undone = len((before.undoable & after.tokens) - after.undoable)
    taken.persons_forgotten = [
        name for token, name in before.persons.items() if token not in after.persons
    ]
    taken.cases_forgotten = [
        title for device, title in before.titles.items() if device not in after.titles
    ]


def _keep_case(
    archive: Archive, part: CasePart, case: Case | None, taken: Taken, latest: int | None
) -> int:
    if case is None:
        case_id = archive.keep_case(part.device, part.board, part.firmware)
        taken.cases += 1
    else:
        case_id = case.id
    try:
        joined = keep_logs(archive, case_id, part.logs)
    except OtherRecord as other:
        raise NotAnExport(
            f"Record {other.seq} of log {other.name} is another one here than in the file.",
            "One of them is no original; nothing was imported.",
        ) from None
    taken.records += joined.records
    taken.quarantined += joined.quarantined
    ids = joined.ids
    for log in part.logs:  # each may name any other
        _keep_facts(archive, ids, log)
    # Which log the case has now is known from the later answer: in the file or in the database.
    # It is none that is known if that log was forgotten, or if the file has one person's logs only.
    log_id = None if part.log is None else ids.get(part.log)
    met_at = case.met_at if case else None
    is_same = case is not None and part.met_at == met_at and case.log_id is None
    if _later(part.met_at, met_at, latest) or (is_same and log_id is not None):
        archive.keep_case(part.device, part.board, part.firmware)
        archive.note_meeting(case_id, log_id, part.met_at or 0, part.met_behind_s or 0)
    if _later(part.synced_at, case.synced_at if case else None, latest):
        archive.note_sync(case_id, part.synced_at or 0, part.clock_behind_s or 0)
    return case_id


def _later(in_file: int | None, in_database: int | None, latest: int | None) -> bool:
    """Return whether the moment in the file counts, and not that in the database."""
    if in_file is None or (latest is not None and in_file > latest):
        return False
    is_ahead = latest is not None and in_database is not None and in_database > latest
    return in_database is None or is_ahead or in_file > in_database


def _keep_facts(archive: Archive, ids: dict[str, int], part: LogPart) -> None:
    """Add what the file says of a log; `ids` are those of the logs in the file, by their names."""
    if part.facts is None:
        return
    log_id = ids[part.name]
    known = archive.log_facts(log_id)
    if known.name != part.name:
        return  # what is a log in one of the two is a part of a log in the other
    follows = part.facts.follows
    if follows in ids:
        follows = archive.log_name(ids[follows])
    archive.note_log_facts(log_id, part.facts._replace(person=known.person, follows=follows))


def _keep_entries(archive: Archive, export: Export, ids: dict[str, int], taken: Taken) -> int:
    """Add the entries that are missing, but none that was forgotten here or in the file.

    Returns how many entries of any kind were here that were forgotten there.
    """
    here = {entry.token for entry in archive.diary.entries()}
    taken.forgotten = len(here & set(export.forgotten))
    erased = sum(archive.diary.forget(token) for token in export.forgotten)
    forgotten = set(archive.diary.forgotten())
    known = {entry.token: entry for entry in archive.diary.everything()}
    for device, exported in [*export.entries, *_older_facts(archive, export, ids)]:
        if exported.token in forgotten or (device is not None and device not in ids):
            continue
        entry = exported._replace(case_id=None if device is None else ids[device])
        if entry.token not in known:
            archive.diary.keep(entry)
            known[entry.token] = entry
            taken.entries += entry.kind in diary.KINDS
        # Whose it is may have been said here and there in other words.
        elif known[entry.token]._replace(person=entry.person) != entry:
            raise NotAnExport(
                f"Entry {entry.token} of the diary is another one here than in the file.",
                "One of them is no original; nothing was imported.",
            )
    return erased


def _older_facts(
    archive: Archive, export: Export, ids: dict[str, int]
) -> Iterator[tuple[str | None, Entry]]:
    """Yield as entries what a file of an older version says beside them.

    It is not known when that was written. So it counts only where no entry says anything.
    """
    if export.version > 2:
        return
    devices = {case_id: device for device, case_id in ids.items()}
    here = [(devices.get(entry.case_id or 0), entry) for entry in archive.diary.everything()]
    said = {_subject(device, entry) for device, entry in [*here, *export.entries]}
    facts: list[tuple[str | None, Entry]] = [
        (None, Entry(diary.PERSON, 0, data={"name": person.name}, person=person.token))
        for person in export.persons
        if person.token != diary.ME
    ]
    for part in export.cases:
        if part.name is not None:
            facts.append((part.device, Entry(diary.CASE_NAME, 0, data={"name": part.name})))
        if part.new_policy is not None:
            facts.append(
                (part.device, Entry(diary.POLICY, 0, data={"policy": part.new_policy.text}))
            )
        facts += [
            (
                part.device,
                Entry(
                    diary.OWNER, 0, data={"log": lineage.case_id_of(log.name)}, person=log.person
                ),
            )
            for log in part.logs
            if log.person is not None
        ]
    for device, entry in facts:
        if _subject(device, entry) not in said:
            words = [entry.kind, device or "", str(entry.person), *map(str, entry.data.values())]
            yield device, entry._replace(token=derived_token(*words))


def _subject(device: str | None, entry: Entry) -> tuple[object, ...]:
    """Return what an entry of `diary.NAMING` or a policy is about."""
    return (
        entry.kind,
        device,
        entry.data.get("log") if entry.kind == diary.OWNER else None,
        (entry.person if entry.kind == diary.PERSON else None),
    )


def _compare_names(archive: Archive, export: Export, taken: Taken) -> None:
    names = {case.device: case.name for case in archive.cases()}
    for part in export.cases:
        if part.name is not None and names.get(part.device) is None and part.name in names.values():
            taken.names_taken.append(part.name)
