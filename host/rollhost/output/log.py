"""What ``host log`` prints: the records of each log and the diary, as sentences and JSON."""

from collections.abc import Iterator, Mapping, Sequence

from rollcore import events
from rollhost.database.archive import Case
from rollhost.database.diary import Entry
from rollhost.history.reactions import Reaction
from rollhost.history.timeline import Placed
from rollhost.output import units
from rollhost.output.entries import entry_document, entry_sentence
from rollhost.output.reactions import clinician_document, clinician_sentence
from rollhost.output.records import BY_LATER, day_of, event_fields, event_sentence, stamp

Row = tuple[Placed, str | None, bool]
"""A record, the name of its zone, and whether it is of a use that was early by what was written
down later."""

Logs = Sequence[tuple[Case, Sequence[Row]]]
"""The case of each log, and its rows."""


def log_document(
    logs: Logs,
    entries: Sequence[Entry],
    days: Mapping[int, str],
    to_be_seen: Sequence[Reaction] = (),
) -> dict[str, object]:
    """Return records and entries for ``--json``. Times are ISO 8601 with the local offset.

    `days` are those of `said_days`, `to_be_seen` the reactions that wait for a clinician.
    """
    return {
        "clinician": clinician_document(to_be_seen),
        "records": [_record_document(case, row, days) for case, rows in logs for row in rows],
        "diary": [entry_document(entry) for entry in entries],
    }


def log_lines(
    logs: Logs,
    entries: Sequence[Entry],
    days: Mapping[int, str],
    several_zones: bool,
    now: float,
    to_be_seen: Sequence[Reaction] = (),
) -> Iterator[str]:
    """Yield a line for each record, but for one that says the same again, then for each entry.

    `days` are those of `said_days`. With `several_zones` the zones are named. `now` (Unix s) makes
    dates near it short. First comes what a clinician should see, of the reactions `to_be_seen`.
    """
    if to_be_seen:
        yield clinician_sentence(to_be_seen)
    shown = [(case, rows) for case, rows in logs if rows]
    if not shown and not entries:
        yield "Nothing of that was logged." if logs else "Nothing was logged yet."
    for case, rows in shown:
        if len(logs) > 1:
            # Not only of several cases: a case that has begun another log has several.
            yield f"Case {case.title}, log of {units.count(len(rows), 'record')}"
        before = ""
        for placed, name, by_later in rows:
            zone = f", {name}" if name and several_zones else ""
            sentence = event_sentence(placed.event, now, day_of(placed.event, days))
            early = f", {BY_LATER}" if by_later else ""
            line = f"{stamp(placed):<16}  {sentence}{zone}{early}"
            # What is set for each zone alike is said once.
            if placed.event.kind != events.CORRECTED or line != before:
                yield line
            before = line
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
