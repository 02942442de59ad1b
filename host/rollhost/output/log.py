"""What ``host log`` prints: the records of each log and the diary, as sentences and JSON."""

from collections.abc import Iterator, Sequence

from rollhost.database.archive import Case
from rollhost.database.diary import Entry
from rollhost.history.timeline import Placed
from rollhost.output import units
from rollhost.output.entries import entry_document, entry_sentence
from rollhost.output.records import event_fields, event_sentence, stamp

Row = tuple[Placed, str | None]
"""A record, and the name of its zone."""

Logs = Sequence[tuple[Case, Sequence[Row]]]
"""The case of each log, and its rows."""


def log_document(logs: Logs, entries: Sequence[Entry]) -> dict[str, object]:
    """Return records and entries for ``--json``. Times are ISO 8601 with the local offset."""
    return {
        "records": [_record_document(case, row) for case, rows in logs for row in rows],
        "diary": [entry_document(entry) for entry in entries],
    }


def log_lines(
    logs: Logs, entries: Sequence[Entry], several_zones: bool, now: float
) -> Iterator[str]:
    """Yield a line for each record, then one for each entry.

    With `several_zones` the zones are named. `now` (Unix s) makes dates near it short.
    """
    shown = [(case, rows) for case, rows in logs if rows]
    if not shown and not entries:
        yield "Nothing of that was logged." if logs else "Nothing was logged yet."
    for case, rows in shown:
        if len(logs) > 1:
            # Not only of several cases: a case that has begun another log has several.
            yield f"Case {case.title}, log of {units.count(len(rows), 'record')}"
        for placed, name in rows:
            zone = f", {name}" if name and several_zones else ""
            yield f"{stamp(placed):<16}  {event_sentence(placed.event, now)}{zone}"
    if entries and shown:
        yield "You wrote down"
    for entry in sorted(entries, key=lambda entry: entry.at):
        yield f"{units.minute(entry.at):<16}  {entry_sentence(entry, now, dated=False)}"


def _record_document(case: Case, row: Row) -> dict[str, object]:
    placed, zone = row
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
        "data": event_fields(event),
    }
