"""The database as tables for spreadsheets (CSV), and as JSON that can be imported again.

The same database gives the same text, so that two exports can be compared.
"""

import csv
import io
import json
from collections.abc import Iterator

from rollcore.events import Event
from rollcore.policy import Policy
from rollhost.database.archive import Case
from rollhost.exchange.export_fields import EXPORT_VERSION, FORMAT
from rollhost.history.history import History
from rollhost.history.logs import Log
from rollhost.output import units
from rollhost.output.entries import entry_sentence, said_days
from rollhost.output.records import day_of, event_fields, event_sentence

COLUMNS = ("earliest", "latest", "device", "case", "log", "seq", "kind", "zone", "words")
"""The columns of the table. Times are ISO 8601 with the local offset."""

DIARY_COLUMNS = ("at", "day", "kind", "device", "case", "zone", "words", "text", "written", "token")
"""The columns of the table of the diary. ``day`` is a day that was said without a time, ``words``
the entry as `host log` says it, ``text`` the person's own words in it."""

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
"""Characters that a spreadsheet may take for the start of a formula, also full-width ones."""


def table(history: History) -> str:
    """Return every record as CSV, a row each, oldest first within each log."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    days = said_days(history.written)
    for case in history.cases:
        for log in history.logs(case):
            for placed, zone in zip(log.placed, log.zones, strict=True):
                event = placed.event
                row = (
                    units.iso(placed.earliest),
                    units.iso(placed.latest) or "",
                    case.device,
                    case.name or "",
                    log.name,
                    event.seq,
                    event.name,
                    zone or "",
                    # No date is near 1970, so none is shortened.
                    event_sentence(event, 0, day_of(event, days)),
                )
                writer.writerow([_cell(value) for value in row])
    return text.getvalue()


def diary_table(history: History) -> str:
    """Return the entries of the diary that were not undone as CSV, a row each, by their times."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(DIARY_COLUMNS)
    cases = {case.id: case for case in history.cases}
    for entry in sorted(history.diary, key=lambda entry: entry.at):
        case = None if entry.case_id is None else cases[entry.case_id]
        row = (
            units.iso(entry.at),
            entry.day or "",
            entry.kind,
            case.device if case else "",
            (case.name if case else None) or "",
            entry.zone or "",
            entry_sentence(entry, 0, dated=False),
            entry.text,
            units.iso(entry.written_at),
            entry.token,
        )
        writer.writerow([_cell(value) for value in row])
    return text.getvalue()


def _cell(value: object) -> str:
    """Return a value as text that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULAS) else text


def document(history: History, with_records: bool = True) -> dict[str, object]:
    """Return the whole database for a JSON export.

    Without records, each log has none, and none of them is placed in time.

    Fields that `rollhost.exchange.import_json` reads are as stored: the bytes of records in
    hex, times in Unix seconds. The other fields of a record are for people, and so is
    `new_policy`: it is an entry too. Entries that were undone are among the others, beside the
    entry that undoes them; of a forgotten one there is only the token.
    """
    devices = {case.id: case.device for case in history.cases}
    return {
        "format": FORMAT,
        "schema_version": EXPORT_VERSION,
        "persons": [{"token": person.token, "name": person.name} for person in history.persons],
        "cases": [
            _case(history, case, with_records) for case in sorted(history.cases, key=_device)
        ],
        "policies": [known.text for known in _policies(history)],
        "diary": [
            {
                "token": entry.token,
                "person": entry.person,
                "device": None if entry.case_id is None else devices[entry.case_id],
                "kind": entry.kind,
                "at": entry.at,
                "zone": entry.zone,
                "data": entry.data,
                "written_at": entry.written_at,
                "basis": entry.basis,
            }
            for entry in history.written
        ],
        "forgotten": history.forgotten,
        "forgotten_logs": [
            {"device": device, "log": log} for device, log in history.forgotten_logs
        ],
    }


def _policies(history: History) -> list[Policy]:
    """Return the policies; of those of one person, what their records and entries name."""
    if history.is_whole:
        return history.policies.all
    return [known for known in history.policies.all if known.digest in history.digests]


def _device(case: Case) -> str:
    return case.device


def _name(log: Log) -> str:
    return log.name


def _case(history: History, case: Case, with_records: bool) -> dict[str, object]:
    waiting = history.policies.waiting(case)
    log_now = history.log_now(case)
    return {
        "device": case.device,
        "name": case.name,
        "board": case.board,
        "firmware": case.firmware,
        "log": log_now.name if log_now else None,
        "met_at": case.met_at,
        "met_behind_s": case.met_behind_s,
        "synced_at": case.synced_at,
        "clock_behind_s": case.clock_behind_s,
        "new_policy": waiting.text if waiting else None,
        "logs": [_log(log, with_records) for log in sorted(history.logs(case), key=_name)],
    }


def _log(log: Log, with_records: bool) -> dict[str, object]:
    return {
        "log": log.name,
        "person": log.facts.person,
        "generation": log.facts.generation,
        "follows": log.facts.follows,
        "fork_of": log.facts.fork_of,
        "states": [{"seq": seq, "state": state.hex()} for seq, state in log.facts.states],
        "carried": [session._asdict() for session in log.facts.carried],
        "records": [
            {
                "seq": placed.event.seq,
                "raw": raw.hex(),
                "earliest": units.iso(placed.earliest),
                "latest": units.iso(placed.latest),
                **_decoded(placed.event),
            }
            for placed, raw in zip(log.placed, log.raw, strict=True)
        ]
        if with_records
        else [],
        "quarantine": [
            {"seq": seq, "raw": raw.hex(), "chain": chain, "reason": reason}
            for seq, raw, chain, reason in log.quarantine
        ],
        "flipped": [{"seq": seq, "came": raw.hex()} for seq, raw in log.flipped.items()],
    }


def _decoded(event: Event) -> dict[str, object]:
    return {
        "kind": event.name,
        "zone": event.zone,
        "boot": event.boot,
        "uptime_s": event.uptime,
        "data": event_fields(event),
    }


def json_text(history: History) -> str:
    """Return the text of a JSON export, with a line for each record."""
    return text_of(document(history))


def text_of(exported: dict[str, object]) -> str:
    """Return the text of the document of an export."""
    return "".join(_lines(exported, 0)) + "\n"


def _lines(value: object, depth: int) -> Iterator[str]:
    """Yield JSON, indented but for records and entries, which are a line each."""
    inner, outer = "\n" + " " * (depth + 1), "\n" + " " * depth
    if isinstance(value, dict) and "seq" not in value and "token" not in value and value:
        for number, (name, member) in enumerate(value.items()):
            yield f"{',' if number else '{'}{inner}{json.dumps(name)}: "
            yield from _lines(member, depth + 1)
        yield outer + "}"
    elif isinstance(value, list) and value:
        for number, member in enumerate(value):
            yield f"{',' if number else '['}{inner}"
            yield from _lines(member, depth + 1)
        yield outer + "]"
    else:
        yield json.dumps(value)
