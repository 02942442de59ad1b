"""What ``host verify`` prints of the logs: sentences for a person, and JSON."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rollhost.database.archive import Case
from rollhost.history.verify import (
    DAMAGED,
    LOST,
    MILESTONE,
    MISSING,
    MOVED,
    NEVER_GIVEN,
    PUT_RIGHT,
    RESUMED,
    TOLD,
    UNCHAINED,
    UNKNOWN,
    UNREADABLE,
    Remark,
    Verdict,
)
from rollhost.output import units
from rollhost.output.records import damage

MOST_SHOWN = 20
"""How many remarks on a log are printed at most (own)."""


class VerifiedLog(NamedTuple):
    """A log of a case, by its name (hex), and the result of verifying it.

    `fork_of` is the name of the log that it has left, None if it has not.
    """

    case: Case
    log: str
    verdict: Verdict
    fork_of: str | None = None


def verify_document(logs: Sequence[VerifiedLog], rows: Sequence[str] = ()) -> dict[str, object]:
    """Return the result for ``--json``; `rows` are sentences on rows that have changed."""
    return {
        "intact": not rows and not any(log.verdict.wrong for log in logs),
        "rows": list(rows),
        "logs": [_log_document(log) for log in logs],
    }


def verify_lines(logs: Sequence[VerifiedLog], rows: Sequence[str] = ()) -> Iterator[str]:
    """Yield the result as a person reads it: a headline for each log, then its remarks.

    `rows` are sentences on rows that have changed. With any, there are no logs.
    """
    yield from rows[:MOST_SHOWN]
    if len(rows) > MOST_SHOWN:
        yield f"And {len(rows) - MOST_SHOWN:,} more: see --json."
    if not logs and not rows:
        yield "Nothing was logged yet."
    for log in logs:
        verdict = log.verdict
        # A case has several logs if it has begun another one, or if one has forked.
        several = sum(other.case.id == log.case.id for other in logs) > 1
        name = f", log {log.log[-6:]}" if several else ""
        if log.fork_of is not None:
            name += f", which has left log {log.fork_of[-6:]}"
        yield f"Case {log.case.title}{name}: {_headline(verdict)}"
        for remark in verdict.remarks[:MOST_SHOWN]:
            yield f"  {remark_sentence(remark)}"
        if len(verdict.remarks) > MOST_SHOWN:
            yield f"  And {len(verdict.remarks) - MOST_SHOWN:,} more: see --json."


def remark_sentence(remark: Remark) -> str:
    """Return a remark as a sentence."""
    which = _records(remark.first, remark.last)
    following = remark.last + 1
    if remark.kind == MILESTONE:
        return (
            f"{which}: not what was kept of them says, so that was edited. Where this database can"
            " be written, it is gone now; the records are as they were."
        )
    if remark.kind == NEVER_GIVEN:
        number = "Number" if remark.first == remark.last else "Numbers"
        numbers = which.replace("Records", number).replace("Record", number)
        return f"{numbers}: never given to a record. Nothing is missing there."
    if remark.kind == TOLD:
        return f"{which}: not here; the case has told what they add up to."
    if remark.kind == PUT_RIGHT:
        bits = units.count(remark.other, "flipped bit")
        return f"{which}: came with {bits}, put right here."
    if remark.kind == LOST:
        after = f"record {remark.other}" if remark.other else "the log's beginning"
        return f"{which}: lost by the case, which went on after {after}."
    if remark.kind == RESUMED:
        return f"{which}: here, but lost by the case later, which went on with record {following}."
    if remark.kind == MISSING:
        return (
            f"{which}: missing. Record {following} is chained to one that is not here:"
            " deleted here, or gone from the case before it was synced into this database."
        )
    if remark.kind == UNREADABLE:
        return f"{which} was edited: its bytes cannot be read ({remark.reason})."
    if remark.kind == MOVED:
        return f"{which} was swapped: its bytes are those of record {remark.other}."
    if remark.kind == UNCHAINED and remark.first == 1:
        return "Record 1 is not chained to the log's id: it was edited or swapped."
    if remark.kind == UNCHAINED:
        before = f"record {remark.first - 1}"
        return f"{which} is not chained to {before}: one of the two was edited or swapped."
    if remark.kind == UNKNOWN:
        return f"{which}: in quarantine, whole, but not readable here ({_shown(remark.reason)})."
    assert remark.kind == DAMAGED
    return f"{which}: in quarantine, damaged when it came ({_shown(remark.reason)})."


def _records(first: int, last: int) -> str:
    return f"Record {first}" if first == last else f"Records {first} to {last}"


def _shown(text: str) -> str:
    """Return a text with its control characters escaped."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _headline(verdict: Verdict) -> str:
    records = units.count(verdict.records, "record")
    if verdict.wrong:
        return f"{records}, {units.count(verdict.wrong, 'thing')} wrong."
    starts = sum(verdict.starts.values())
    odd = ", ".join(
        f"{number:,} by {cause}" for cause, number in verdict.starts.items() if cause != "power"
    )
    started = f"; {units.count(starts, 'start')}" if starts else ""
    found = damage(verdict.damage)
    return f"{records}, all chained{started}{f' ({odd})' if odd else ''}{found}."


def _log_document(log: VerifiedLog) -> dict[str, object]:
    verdict = log.verdict
    return {
        "device": log.case.device,
        "name": log.case.name,
        "log": log.log,
        "fork_of": log.fork_of,
        "intact": not verdict.wrong,
        "records": verdict.records,
        "quarantined": verdict.quarantined,
        "starts": verdict.starts,
        "damage": verdict.damage,
        "remarks": [
            {
                "kind": remark.kind,
                "first": remark.first,
                "last": remark.last,
                "wrong": remark.is_wrong,
                "says": remark_sentence(remark),
            }
            for remark in verdict.remarks
        ],
    }
