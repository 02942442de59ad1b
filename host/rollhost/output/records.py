"""Records as sentences, and as fields with words in place of numbers."""

from rollcore import events
from rollcore.events import CASE_EPOCH, FIRST_PLAUSIBLE, Event
from rollhost.history.timeline import Placed
from rollhost.output.units import clock_time, count, minute, needle, span, span_rounded_up


def _names(kind: int, name: str) -> dict[int, str]:
    return next(field.names for field in events.KINDS[kind].fields if field.name == name)


HOLD_REASONS = _names(events.HOLD_SET, "reason")
"""Reasons for a hold, by the numbers of `hold_set.reason`."""

REFUSALS = _names(events.REFUSED, "reason")
"""Reasons for a refused use, by the numbers of `refused.reason`."""


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


def event_sentence(event: Event, now: float) -> str:
    """Return an event as a sentence without its full stop; `now` (Unix s) makes dates short."""
    data = event_fields(event)
    kind = event.kind
    if kind == events.BOOT:
        torn = event.data["torn"]
        text = f"the case started ({data['cause']})"
        return text + (f"; {count(torn, 'byte')} of a broken record left out" if torn else "")
    if kind == events.CLOCK_SET:
        old = event.data["old"]
        if old < FIRST_PLAUSIBLE:
            return f"clock set for the first time, by the {data['source']}"
        shift = event.time - old
        way = "forward" if shift >= 0 else "back"
        return f"clock set {way} by {span(abs(shift))}, by the {data['source']}"
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
        until = event.data["until"]
        when = f" until {clock_time(until + CASE_EPOCH, now)}" if until >= FIRST_PLAUSIBLE else ""
        return f"a use was refused: {data['reason']}{when}"
    if kind == events.HEAD_NEW:
        return f"new head; the old one saw {count(event.data['uses'], 'use')}"
    if kind == events.CLINIC:
        at = clock_time(event.data["at"] + CASE_EPOCH, now)
        length = event.data["needle_um"]
        return f"session at a clinic, {at}" + (f", {needle(length)}" if length else "")
    if kind == events.REACTION:
        at = clock_time(event.data["at"] + CASE_EPOCH, now)
        return f"a reaction of the skin, {at}" if event.data["open"] else f"reaction over, {at}"
    if kind == events.FAULT:
        where = f"{data['file']}, line {event.data['line']}"
        return f"the firmware failed and started anew: {data['error']} in {where}"
    if kind == events.BATTERY_LOW:
        return f"the battery is nearly empty: {event.data['millivolts'] / 1000:.2f} V"
    if kind == events.LID:
        return _LID[event.data["what"]]
    if event.data["reason"] == events.NO_HOLD:
        return "hold released"
    return f"put on hold: {data['reason']}"


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
