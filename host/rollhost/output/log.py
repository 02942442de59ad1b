"""What ``host log`` prints: the records of each log and the diary, as sentences and JSON."""

from collections.abc import Iterator, Mapping, Sequence

from rollhost.database.archive import Case
from rollhost.database.diary import Entry
from rollhost.history.timeline import Placed
from rollhost.output import units
from rollhost.output.entries import entry_document, entry_sentence
from rollhost.output.records import BY_LATER, day_of, event_fields, event_sentence, stamp

Row = tuple[Placed, str | None, bool]
"""A record, the name of its zone, and whether it is of a use that was early by what was written
down later."""

Logs = Sequence[tuple[Case, Sequence[Row]]]
"""The case of each log, and its rows."""


def log_document(
    logs: Logs, entries: Sequence[Entry], days: Mapping[int, str]
) -> dict[str, object]:
    """Return records and entries for ``--json``. Times are ISO 8601 with the local offset.

    `days` are those of `said_days`.
    """
    return {
        "records": [_record_document(case, row, days) for case, rows in logs for row in rows],
        "diary": [entry_document(entry) for entry in entries],
    }


def log_lines(
    logs: Logs,
    entries: Sequence[Entry],
    days: Mapping[int, str],
    several_zones: bool,
    now: float,
) -> Iterator[str]:
    """Yield a line for each record, then one for each entry.

    `days` are those of `said_days`. With `several_zones` the zones are named. `now` (Unix s) makes
    dates near it short.
    """
    shown = [(case, rows) for case, rows in logs if rows]
    if not shown and not entries:
        yield "Nothing of that was logged." if logs else "Nothing was logged yet."
    for case, rows in shown:
        if len(logs) > 1:
            # Not only of several cases: a case that has begun another log has several.
            yield f"Case {case.title}, log of {units.count(len(rows), 'record')}"
        for placed, name, by_later in rows:
            zone = f", {name}" if name and several_zones else ""
            sentence = event_sentence(placed.event, now, day_of(placed.event, days))
            early = f", {BY_LATER}" if by_later else ""
            yield f"{stamp(placed):<16}  {sentence}{zone}{early}"
    if entries and shown:
        yield "You wrote down"
    for entry in sorted(entries, key=lambda entry: entry.at):
        yield f"{units.minute(entry.at, entry.day):<16}  {entry_sentence(entry, now, dated=False)}"


def _record_document(case: Case, row: Row, days: Mapping[int, str]) -> dict[str, object]:
    placed, zone, by_later = row
    event = placed.event
    return {
        "device": case.device,
        "seq": event.seq,
        "kind": event.name,
        "zone": event.zone,
        "zone_name": zone,
        "boot": event.boot,
        "uptime_s": event.uptime,
        "earliest": units.iso(placed.earliest),
        "latest": units.iso(placed.latest),
        "day": day_of(event, days),
        "early_by_later": by_later,
        "data": event_fields(event),
    }
