"""Records as sentences, and as fields with words in place of numbers.

The page in a browser runs this file too, under MicroPython.
"""

from rollcore import events, reactions
from rollcore.events import CASE_EPOCH, FIRST_PLAUSIBLE, Event
from rollcore.memory import MOMENTS
from rollhost.history.timeline import Placed
from rollhost.output.units import clock_time, count, minute, needle, span, span_rounded_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def _names(kind: int, name: str) -> dict[int, str]:
    return next(field.names for field in events.KINDS[kind].fields if field.name == name)


HOLD_REASONS = _names(events.HOLD_SET, "reason")
"""Reasons for a hold that are known here, by the numbers of `hold_set.reason`."""

REFUSALS = _names(events.REFUSED, "reason")
"""Reasons for a refused use, by the numbers of `refused.reason`."""

_REFUSED = {
    "red flag": "a clinician should look at the skin first",
    "head out": "the head is out",
}
"""Reasons for a refused use that a sentence has other words for."""


BEFORE_THIS_HEAD = "the head before this one"
"""Words behind the last soak where the present head has had none."""

BY_LATER = "early by what was written down later"
"""Words for a use that was early, which its case could not know; see `history.told_later`."""


def hold_reason(number: int) -> str:
    """Return why a case is on hold, in words, also for a number that a newer version has given."""
    return str(event_field(events.HOLD_SET, "reason", number))


def event_field(kind: int, name: str, number: int) -> int | str:
    """Return the word for a field's number; the number itself if it stands for no word."""
    return next(field.shown(number) for field in events.KINDS[kind].fields if field.name == name)


def stamp(placed: Placed) -> str:
    """Return an event's time to the minute, with its uncertainty: ``2026-11-20 09:05 ±2 hours``."""
    if placed.known:
        return minute(placed.earliest)
    if placed.earliest < CASE_EPOCH + FIRST_PLAUSIBLE:
        if placed.latest is None:
            return "clock not set"
        return f"before {minute(placed.latest)}"
    if placed.latest is None:
        return f"after {minute(placed.earliest)}"
    half = (placed.latest - placed.earliest) / 2
    return f"{minute(placed.earliest + half)} ±{span_rounded_up(half)}"


def event_fields(event: Event) -> dict[str, object]:
    """Return the fields of an event, with words in place of numbers that stand for a word."""
    kind = events.KINDS[event.kind]
    return {field.name: field.shown(event.data[field.name]) for field in kind.fields}


def day_of(event: Event, days: "Mapping[int, str]") -> str | None:
    """Return the day (ISO 8601) that was said for an event without a time; None if none was.

    `days` are those of the entries, by their tokens.
    """
    return days.get(event.data["token"]) if "at" in event.data and "token" in event.data else None


def event_sentence(event: Event, now: float, said: str | None = None) -> str:
    """Return an event as a sentence without its full stop; `now` (Unix s) makes dates short.

    `said` is the day (ISO 8601) of the entry that it is about, if that has no time; see `day_of`.
    """
    data = event_fields(event)
    kind = event.kind
    at = clock_time(event.data.get("at", 0) + CASE_EPOCH, now, said)
    if kind == events.BOOT:
        return f"the case started ({data['cause']}){damage(event.data)}"
    if kind == events.CLOCK_SET:
        old = event.data["old"]
        if old < FIRST_PLAUSIBLE:
            return f"clock set for the first time, by the {data['source']}{_sure(event)}"
        shift = event.time - old
        way = "forward" if shift >= 0 else "back"
        return f"clock set {way} by {span(abs(shift))}, by the {data['source']}{_sure(event)}"
    if kind == events.POLICY_SET:
        return f"rules set for {needle(event.data['needle_um'])}"
    if kind == events.SOAK_STARTED:
        return f"soak {data['purpose']} started"
    if kind == events.SOAK_ENDED:
        return f"soak {data['purpose']} {data['how']}"
    if kind == events.USE_STARTED:
        early = event.data["how"] == events.OVERRIDE
        return "use started early, against the rest" if early else "use started"
    if kind == events.USE_ENDED:
        return f"use ended after {span(event.data['seconds'])}{_HOW_ENDED[event.data['how']]}"
    if kind == events.REFUSED:
        reason = str(data["reason"])
        return f"a use was refused: {_REFUSED.get(reason, reason)}{_until(event, now)}"
    if kind == events.HEAD_NEW:
        return f"new head; the old one saw {count(event.data['uses'], 'use')}"
    if kind in (events.CLINIC, events.CARRIED):
        length = event.data["needle_um"]
        what = "session at a clinic" if kind == events.CLINIC else _CARRIED[event.data["what"]]
        everywhere = ", all zones" if event.zone == events.ALL_ZONES else ""
        return f"{what}, {at}" + (f", {needle(length)}" if length else "") + everywhere
    if kind == events.REACTION:
        return f"a reaction of the skin, {at}" if event.data["open"] else f"reaction over, {at}"
    if kind == events.FAULT:
        where = f"{data['file']}, line {event.data['line']}"
        return f"the firmware failed and started anew: {data['error']} in {where}"
    if kind == events.BATTERY_LOW:
        return f"the battery is nearly empty: {event.data['millivolts'] / 1000:.2f} V"
    if kind == events.LID:
        return _LID[event.data["what"]]
    if kind == events.CORRECTED:
        return f"set by the host: {_corrected(event, now)}"
    if kind == events.CLOCK_HEARD:
        heard = clock_time(event.data["heard"] + CASE_EPOCH, now)
        return f"the {data['source']} said that it is {heard}; not taken{_why_not(event)}"
    if kind == events.REACTION_OPENED:
        red = ", with a sign that a clinician should see" if event.data["red"] else ""
        return f"a reaction of the skin, {at}{red}"
    if kind == events.REACTION_CLOSED:
        return f"reaction over, {at}"
    if kind == events.REACTION_RED:
        return f"a sign that a clinician should see, {at}"
    if kind == events.CLINICIAN_SAW:
        which = "the reaction" if event.data["opened"] else "all reactions"
        return f"a clinician has seen {which}, {at}"
    if kind == events.HEAD_OUT:
        return f"the head is out: {data['reason']}; it saw {count(event.data['uses'], 'use')}"
    if kind == events.OVERRIDE_ASKED:
        return f"a use was asked for, against the rest{_until(event, now)}"
    if event.data["reason"] == events.NO_HOLD:
        about = event.data["until"]
        return f"hold released: {hold_reason(about)}" if about else "hold released"
    return f"put on hold: {data['reason']}"


def _until(event: Event, now: float) -> str:
    """Return until when the rest goes; nothing if a clock that was never set says it."""
    until = event.data["until"]
    return f" until {clock_time(until + CASE_EPOCH, now)}" if until >= FIRST_PLAUSIBLE else ""


def damage(found: "Mapping[str, int]") -> str:
    """Return what starts have found broken, by the fields of a start; empty if nothing was."""
    return "".join([f"; {words}" for words in damage_words(found)])


def damage_words(found: "Mapping[str, int]") -> list[str]:
    """Return what starts have found broken, by the fields of a start: some words for each thing."""
    torn = found.get("torn", 0)
    words = []
    if torn >= events.RECORD_SIZE:
        words.append(f"{count(torn, 'byte')} of broken records left out")
    elif torn:
        words.append(f"{count(torn, 'half-written record')} left out")
    said = (
        ("corrected", "flipped bits put right in {}", "place"),
        ("lost", "{} lost to damage", "record"),
        ("skipped", "{} passed over", "damaged blank slot"),
    )
    for name, sentence, noun in said:
        if found.get(name, 0):
            words.append(sentence.format(count(found[name], noun)))
    return words


def _sure(event: Event) -> str:
    """Return why that clock was right; nothing if nobody says it, or the caller named the time."""
    why = _WHY_SURE.get(event.data["sure"])
    return f" ({why})" if why else ""


_WHY_SURE = {
    events.SYNCHRONISED: "whose system keeps it right",
    events.AGREES: "which agrees with a sure one",
    events.SURE_RTC: "which a sure one had set",
    events.CONFIRMED: "you said that it is right",
}


def _why_not(event: Event) -> str:
    why = _WHY_NOT_TAKEN.get(event.data["why"])
    return f": {why}" if why else ""


_WHY_NOT_TAKEN = {
    events.UNSURE: "nobody had said that it is right",
    events.BEHIND_SURE: "a sure clock had said a later time",
    events.JUMP: "a sure clock had set the case, and it had only counted since",
}


def _corrected(event: Event, now: float) -> str:
    """Return what was set instead, in words."""
    field, value, extra = (event.data[name] for name in ("field", "value", "extra"))
    if field == events.CORRECTED_HOLD:
        return "hold released" if extra == events.NO_HOLD else f"on hold ({hold_reason(extra)})"
    if field == events.CORRECTED_HEAD:
        uses = f"the head has seen {count(value, 'use')}"
        return f"{uses}, and is out" if extra > 1 else uses
    if field == events.CORRECTED_NEEDLE:
        return f"the needle of the last use was {needle(value)}" if value else "the needle is open"
    if field == events.CORRECTED_REACTIONS:
        return f"{count(value, 'reaction')} open" if value else "no reaction open"
    if field == events.CORRECTED_RED:
        return _flag(value, extra)
    if field >= MOMENTS:
        return "something that a newer version knows"
    if value == events.CORRECTED_NEVER:
        return f"{_MOMENTS[field]}: none"
    return f"{_MOMENTS[field]} was {clock_time(value + CASE_EPOCH, now)}"


def _flag(token: int, flags: int) -> str:
    """Return what is known of a red flag, in words; for token 0 `flags` is how many there are."""
    if token and flags & reactions.SEEN:
        return "a clinician has seen the sign"
    if flags & reactions.RED if token else flags:
        return "a sign that a clinician should see"
    return "no sign that a clinician should see"


_MOMENTS = (
    ["the end of the last use"] * events.ZONES
    + ["the end of the last session at a clinic"] * events.ZONES
    + [
        "the start of the use",
        "the start of the soak",
        "the end of the soak",
        "the first day of the head",
        "the end of the last reaction",
        "the last opening of the lid",
    ]
    + ["the end of the last use before that"] * (2 * events.ZONES)
    + ["the end of the last session before that"] * events.ZONES
)
"""What each moment of a state is called, by its number."""

_CARRIED = {
    events.CARRIED_USE: "carried over: a use",
    events.CARRIED_CLINIC: "carried over: a session at a clinic",
}


_HOW_ENDED = {
    events.BY_BUTTON: "",
    events.TIMED_OUT: "; nobody ended it",
    events.CANCELLED: "; too short to count",
    events.AFTERWARDS: "; told when the lid was closed",
}

_LID = {
    events.LID_OPENED: "lid opened",
    events.LID_CLOSED: "lid closed",
    events.NOT_USED: "the roller was out, and not used",
}
