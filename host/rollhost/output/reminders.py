"""The words of reminders, and what ``host remind`` prints of them.

A reminder may stand on a lock screen. So it names the case, if one is in use, and says *rested*,
and nothing else of the skin, unless its owner wants the details.
"""

from collections.abc import Iterator, Sequence

from rollhost.database.sent import CLAIMED, FAILED, SENT, Sent
from rollhost.history.due import (
    ALCOHOL,
    CHECK,
    CLEAN,
    HEAD,
    LOOK,
    OLD_SYNC,
    PLAN,
    RESTED,
    STALE_S,
    WORN_OUT,
    Due,
    what_of,
)
from rollhost.output import units

NAMES = {
    RESTED: "rested",
    CLEAN: "not cleaned yet",
    LOOK: "a look is due",
    HEAD: "head near its end",
    WORN_OUT: "head worn out",
    ALCOHOL: "alcohol near its end",
    PLAN: "next session of a plan",
    CHECK: "yearly check",
    OLD_SYNC: "not synced for long",
}
"""What each kind of occasion is called in a list."""

STAGES = {SENT: "sent", CLAIMED: "maybe not sent", FAILED: "not sent yet"}
"""What the stage of a row is called; any other one is missed."""


def reminder_text(
    occasions: Sequence[Due], is_late: bool, has_details: bool, now: int, program: str, who: str
) -> str:
    """Return the text of a reminder of occasions of one kind at Unix time `now` (s).

    `program` is what to call the host's command; `who` is the name of the person, empty where
    there is no other one.
    """
    last = occasions[-1]
    text = _text(occasions, has_details, now, program)
    if is_late and last.what != PLAN:  # a plan names its day
        since = units.clock_time(last.at, now)
        text = f"Since {since}: {text[0].lower()}{text[1:]}"
    return f"{who}: {text}" if who else text


def _text(occasions: Sequence[Due], has_details: bool, now: int, program: str) -> str:
    last = occasions[-1]
    case, zone = last.case, last.zone
    if last.what == RESTED:
        zones = [due.zone for due in occasions if due.zone is not None]
        what = ", ".join(filter(None, [_and(zones) if zones and has_details else "", case]))
        rested = f"Rested ({what})" if what else "Rested"
        # Without a case in use there is no lamp to look at.
        lamp = " The lamp shows the next step." if case else ""
        return f"{rested}, by the rules you chose.{lamp}"
    if last.what == CLEAN:
        return f"Not cleaned yet ({case}): the roller waits for its soak. If it had one, sync."
    if last.what == LOOK:
        if has_details:
            return f"A look at your skin is due: is it better? Then {program} reaction."
        return f"A look is due: {program} status says at what."
    if last.what == HEAD:
        return f"The head is near its end ({case}): have a new one ready."
    if last.what == WORN_OUT:
        return f"The head is worn out ({case}): it is time for a new one."
    if last.what == ALCOHOL:
        old = units.day(last.ends, last.day)
        return f"The bottle of alcohol is near its end: from {old} on take a new one."
    if last.what == PLAN:
        of = f" ({zone})" if zone is not None and has_details else ""
        day = units.clock_time(last.ends, now, last.day)
        return f"Your plan{of}: the next session is {_on(day)}."
    if last.what == CHECK:
        return f"Once a year: go through the list of {program} check."
    synced = units.short_day(last.ends, now)
    return f"Not synced since {synced} ({case}): what is said here may be old. Plug it in and sync."


def _on(day: str) -> str:
    return day if day in ("today", "tomorrow", "yesterday") else f"on {day}"


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def occasion_document(occasion: Due, at: int) -> dict[str, object]:
    """Return an occasion for ``--json`` that is to be sent at Unix time `at` (s)."""
    return {
        "key": occasion.key,
        "what": occasion.what,
        "case": occasion.case or None,
        "due": units.iso(occasion.at),
        "sent_from": units.iso(at),
        "stale": units.iso(occasion.stale_at),
    }


def row_document(row: Sent) -> dict[str, object]:
    """Return a row of what was sent for ``--json``."""
    return {
        "key": row.key,
        "what": what_of(row.key),
        "channel": row.channel,
        "due": units.iso(row.due_at),
        "stage": row.stage,
        "at": units.iso(row.at),
        "late": row.is_late,
        "tries": row.tries,
    }


def list_lines(to_come: Sequence[tuple[Due, int]], rows: Sequence[Sent], now: int) -> Iterator[str]:
    """Yield what is to come, each with when it is sent (Unix s), and what was sent or missed.

    What is sent as one is one line: zones that rest until one moment, and a roller that is not
    cleaned, however many reminders of it come due in quiet hours.
    """
    if not to_come and not rows:
        yield "Nothing to remind of in the next 30 days, and nothing was sent."
    before: tuple[object, ...] = ()
    for row in rows:
        due = units.clock_time(row.due_at, now)
        is_void = row.stage == FAILED and now >= row.due_at + STALE_S
        stage = "missed" if is_void else STAGES.get(row.stage, "missed")
        late = ", late" if row.is_late and row.stage == SENT else ""
        name = NAMES.get(what_of(row.key), what_of(row.key))
        line = f"{due}  {name}: {stage}{late} ({row.channel})"
        if (row.due_at, line) != before:
            yield line
        before = row.due_at, line
    for occasion, at in to_come:
        case = f" ({occasion.case})" if occasion.case else ""
        line = f"{units.clock_time(at, now)}  {NAMES[occasion.what]}{case}: to come"
        sent_as_one = 0 if occasion.what == CLEAN else occasion.at, line
        if sent_as_one != before:
            yield line
        before = sent_as_one


def quiet_sentence(begins: int, ends: int) -> str:
    """Return the hours of the local clock in which nothing is sent; none if both are the same."""
    if begins == ends:
        return "From now on no hour is quiet."
    return f"From now on it is quiet from {begins} to {ends}."


def details_sentence(has_details: bool) -> str:
    """Return whether reminders name zones and the skin."""
    what = "zones and the skin" if has_details else "neither zones nor the skin"
    return f"From now on reminders name {what}, also on a lock screen."


def sent_lines(sent: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield each text that was sent, with its channel."""
    for channel, text in sent:
        yield f"{text} ({channel})"


def pause_lines(
    quiet_until: int | None, paused: Sequence[tuple[str, int]], now: int
) -> Iterator[str]:
    """Yield why nothing is sent now, and until when (Unix s)."""
    if quiet_until is not None:
        yield f"Quiet hours: nothing is sent until {units.clock_time(quiet_until, now)}."
        return
    for channel, until in paused:
        yield f"{channel} did not take the last one: next try {units.clock_time(until, now)}."


def missed_line(missed: Sequence[Sent]) -> str:
    """Return a sentence on what was too old to be sent."""
    names = dict.fromkeys(NAMES.get(what_of(row.key), row.key) for row in missed)
    return f"Too late to be sent, and kept as missed: {', '.join(names)}."


def pause_document(quiet_until: int | None, paused: Sequence[tuple[str, int]]) -> dict[str, object]:
    """Return why nothing is sent now, and until when (Unix s), for ``--json``."""
    return {
        "quiet_until": units.iso(quiet_until),
        "paused": {channel: units.iso(until) for channel, until in paused},
    }
