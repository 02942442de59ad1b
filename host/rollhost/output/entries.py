"""The entries of the diary: sentences for a person, and JSON."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rollcore import events
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.guidance.products import shown
from rollhost.guidance.signs import names
from rollhost.history.policies import policy_of
from rollhost.output import units
from rollhost.output.policy import rules_in_short
from rollhost.output.records import event_field, hold_reason
from rollhost.output.text import labelled, one_line

SCORES = ("redness", "pain")
"""What a person says in numbers from 0 to 10 at a look."""


def entry_sentence(
    entry: Entry, now: float, dated: bool = True, titles: Mapping[int, str] | None = None
) -> str:
    """Return an entry as a sentence without its full stop; with `dated` it has the entry's date.

    `now` (Unix s) makes dates near it short, such as ``today``. `titles` has what each case is
    called, by its id; None: the case is not named.
    """
    at = f", {units.clock_time(entry.at, now, entry.day)}" if dated else ""
    zone = f", {entry.zone}" if entry.zone else ""
    text = f": {one_line(entry.text)}" if entry.text else ""
    scores = ", ".join(f"{name} {entry.number(name)}" for name in SCORES if name in entry.data)
    seen = "; ".join(part for part in (names(entry.signs), scores) if part)
    signs = f" ({seen})" if seen else ""
    if entry.kind == diary.CLINIC:
        length = f", {units.needle(entry.number('needle_um'))}" if entry.number("needle_um") else ""
        return f"a session at a clinic{at}{zone}{length}{text}"
    if entry.kind == diary.REACTION:
        return f"a reaction of the skin{at}{zone}{signs}{text}"
    if entry.kind == diary.FOLLOW_UP:
        return f"a look at the reaction{at}{zone}{signs}{text}"
    if entry.kind == diary.REACTION_OVER:
        return f"the reaction is over{at}{zone}{text}"
    if entry.kind == diary.HOLD:
        return f"{_hold(entry, now)}{text}"
    if entry.kind == diary.WATCH:
        return f"something to watch{at}{zone}{signs}{text}"
    if entry.kind == diary.WATCH_OVER:
        return f"no more to watch{at}{zone}{text}"
    if entry.kind == diary.SAW:
        return f"a clinician looked at it{at}{zone}{text}"
    if entry.kind == diary.CHECK:
        return f"the reasons against rolling{at}: {_answers(entry)}{text}"
    if entry.kind == diary.HEAD:
        return f"a new head{at}{zone}{text}"
    if entry.kind == diary.HEAD_OUT:
        reason = event_field(events.HEAD_OUT, "reason", entry.number("reason"))
        return f"the head is out ({reason}){at}{text}"
    if entry.kind == diary.ALCOHOL:
        return f"a new bottle of alcohol{at}{text}"
    if entry.kind == diary.PRODUCT:
        return f"{shown(one_line(str(entry.data.get('product'))))} on the skin{at}{zone}{text}"
    if entry.kind in (diary.PHOTO, diary.MOVED):
        name = one_line(Path(str(entry.data.get("path", ""))).name)
        what = "a photo" if entry.kind == diary.PHOTO else "a photo was found again"
        return f"{what}, {name}{at}{zone}{text}"
    if entry.kind == diary.PLAN:
        return _plan(entry, at)
    if entry.kind in (diary.PERSON, diary.CASE_NAME):
        noun = "a person" if entry.kind == diary.PERSON else "a case"
        return f"the name of {noun}, {one_line(str(entry.data.get('name')))}{at}"
    if entry.kind == diary.OWNER:
        return f"whose {_which(entry, titles)} is{at}"
    if entry.kind == diary.RETIRED:
        by = entry.data.get("by")
        gone = f"replaced by {str(by)[-6:]}" if by else "retired"
        return f"{_which(entry, titles)} is {gone}{at}"
    if entry.kind == diary.POLICY:
        return f"the rules that you set{at}: {rules_in_short(policy_of(entry))}"
    return f"a note{at}{zone}{text}"


def _answers(entry: Entry) -> str:
    return one_line(", ".join(map(reason_in_short, entry.reasons))) or "none of them"


def reason_in_short(name: str) -> str:
    """Return what a reason against rolling is called in a sentence, also one that is newer."""
    return name.replace("-", " ")


def _which(entry: Entry, titles: Mapping[int, str] | None) -> str:
    """Return which case an entry is about."""
    title = (titles or {}).get(entry.case_id or 0)
    return f"case {title}" if title else "a case"


def _plan(entry: Entry, at: str) -> str:
    zone = f", {entry.zone}" if entry.zone else ""
    wanted = entry.number("sessions")
    if not wanted:
        return f"the course is over{at}{zone}"
    return f"a course of {units.count(wanted, 'session')}{at}{zone}"


def _hold(entry: Entry, now: float) -> str:
    reason = entry.number("reason")
    if reason == events.NO_HOLD:
        about = entry.number("released")
        which = f"the hold for {hold_reason(about)} is over" if about else "the hold is over"
        return f"{which}, a doctor said yes" if entry.data.get("doctor") else which
    name = hold_reason(reason)
    until = entry.number("until")
    end = f" until {units.clock_time(until, now, entry.until_day)}" if until else ""
    return f"on hold ({name}){end}"


def said_days(entries: Sequence[Entry]) -> dict[int, str]:
    """Return the day (ISO 8601) of each entry that has one without a time, by its token.

    A case that was told of the entry has the moment in its record, and the entry's token.
    """
    return {entry.token: entry.day for entry in entries if entry.day is not None}


NUMBER_DIGITS = 4
"""The least hex digits of an entry's number, as people type it (own)."""


def short_token(entry: Entry, entries: Sequence[Entry]) -> str:
    """Return the number by which a person names an entry: so much of its token as tells it apart.

    `entries` are all that there are, so that it is the same number in every list.
    """
    whole = f"{entry.token:08x}"
    others = [f"{other.token:08x}" for other in entries if other.token != entry.token]
    for digits in range(NUMBER_DIGITS, len(whole)):
        if not any(other.startswith(whole[:digits]) for other in others):
            return whole[:digits]
    return whole


def numbered(entries: Sequence[Entry], number: str) -> list[Entry]:
    """Return the entries whose token begins with these hex digits, `NUMBER_DIGITS` at least.

    A number from `short_token` stays good where more entries are known, as long as one has it.
    """
    digits = number.strip().lower()
    if len(digits) < NUMBER_DIGITS:
        return []
    return [entry for entry in entries if f"{entry.token:08x}".startswith(digits)]


def entries_document(entries: Sequence[Entry], every: Sequence[Entry]) -> dict[str, object]:
    """Return entries with their numbers for ``--json``, in the order given.

    `every` are all that there are.
    """
    return {
        "entries": [
            {"number": short_token(entry, every), **entry_document(entry)} for entry in entries
        ]
    }


def entries_lines(
    entries: Sequence[Entry],
    every: Sequence[Entry],
    titles: Mapping[int, str],
    now: float,
    width: int | None,
) -> list[str]:
    """Return entries with their numbers as a person reads them, the newest last.

    `every` are all that there are, `titles` is as in `entry_sentence`.
    """
    rows = [
        (short_token(entry, every), entry_sentence(entry, now, titles=titles)) for entry in entries
    ]
    return labelled(rows, width, column=8) or ["Nothing is written down."]


def entry_document(entry: Entry) -> dict[str, object]:
    """Return an entry for ``--json``. Times are ISO 8601 with the local offset.

    ``day`` and a hold's ``until_day`` are days that were said without a time, else None.
    """
    data = dict(entry.data)
    if entry.kind == diary.HOLD:
        until = entry.number("until")
        data["until"] = units.iso(until) if until else None
        data["until_day"] = entry.until_day
        data["reason"] = hold_reason(entry.number("reason"))
        if entry.number("released"):
            data["released"] = hold_reason(entry.number("released"))
    if entry.kind == diary.HEAD_OUT:
        data["reason"] = event_field(events.HEAD_OUT, "reason", entry.number("reason"))
    return {
        "kind": entry.kind,
        "at": units.iso(entry.at),
        "day": entry.day,
        "zone": entry.zone,
        **data,
        "written": units.iso(entry.written_at),
    }


def written_document(entry: Entry, advice: Sequence[str] | None = None) -> dict[str, object]:
    """Return the result of a command that wrote an entry, for ``--json``; None: no advice field."""
    document: dict[str, object] = {"entry": entry_document(entry)}
    return document if advice is None else {**document, "advice": list(advice)}


NEXT_SYNC = "The next sync tells the case."
ALL_RETIRED = "Every case is retired, so status alone counts it. To use one again: undo."
NO_CASE_YET = "No case is theirs yet: status counts it, and a case is told at its first sync."
"""Which case is told of an entry, and when."""


def written_lines(
    entry: Entry, now: int, told: str, advice: Sequence[str] | None = None
) -> Iterator[str]:
    """Yield the result of a command that wrote an entry at Unix time `now` (s), with advice.

    `told` says which case is told of it; empty if none has to be.
    """
    yield f"Written down: {entry_sentence(entry, now)}."
    if told:
        yield told
    yield from advice or ()
