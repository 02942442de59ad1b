"""What ``host plan`` prints of the plans that run: sentences for a person, and JSON."""

from collections.abc import Callable, Iterator, Sequence

from rollhost.database.diary import Entry
from rollhost.guidance.numbers import SHORT_NEEDLE_UM
from rollhost.history.plan import Plan
from rollhost.output import units
from rollhost.output.entries import entry_document
from rollhost.output.text import one_line

FOR_LONGER_NEEDLES = (
    "Plans of sessions come from clinics, at 0.5 to 2.5 mm. With needles up to 0.3 mm once a week"
    " is plenty."
)
"""Said where a plan is for short needles; without one, none is offered then."""


def has_short_needles(needle_um: int) -> bool:
    """Return whether needles of this length (micrometres) are too short for plans; 0: not known."""
    return 0 < needle_um <= SHORT_NEEDLE_UM


def plans_document(plans: Sequence[Plan], held: Sequence[str], now: int) -> dict[str, object]:
    """Return the plans for ``--json``; `held` has sentences that say why no session may be now."""
    return {"courses": [plan_document(plan, now) for plan in plans], "held": list(held)}


def plans_lines(
    plans: Sequence[Plan], held: Sequence[str], zone: str | None, now: int
) -> Iterator[str]:
    """Yield the plans as a person reads them; `zone` is the one asked for, None for all."""
    if not plans:
        yield no_plan(zone)
        return
    for plan in plans:
        yield from plan_lines(plan, now)
    yield from held


def no_plan(zone: str | None) -> str:
    """Return the sentence that no plan runs, for one zone or at all."""
    return "No course runs" + (f" for {one_line(zone)}." if zone is not None else ".")


def plan_document(plan: Plan, now: int) -> dict[str, object]:
    """Return a plan for ``--json``. Times are ISO 8601 with the local offset."""
    return {
        "zone": plan.zone,
        "began": units.iso(plan.began),
        "began_day": plan.began_day,
        "sessions": plan.sessions,
        "done": len(plan.done),
        "complete": plan.complete,
        "next": units.iso(plan.next_at),
        "next_day": plan.next_day,
        "due": plan.next_at <= now,
        "steps": [
            {
                "at": units.iso(session.ended),
                "day": session.day,
                "at_clinic": session.at_clinic,
                "zone": session.zone,
                "needle_mm": session.needle_um / 1000 if session.needle_um else None,
            }
            for session in plan.done
        ],
    }


def plan_lines(plan: Plan, now: int) -> Iterator[str]:
    """Yield a line on the plan's progress, then one for each of its steps that is done."""
    zone = f", {plan.zone}" if plan.zone else ""
    which = "the next" if plan.done else "the first"
    done = f"{len(plan.done)} done" if plan.done else "none done yet"
    if plan.complete:
        done = "all done, now one a year"
    sessions = units.count(plan.sessions, "session")
    yield f"Course of {sessions}{zone}: {done}, {which} {plan_due(plan, now, _day)}."
    for number, session in enumerate(plan.done, 1):
        where = "at a clinic" if session.at_clinic else "at home"
        length = f", {units.needle(session.needle_um)}" if session.needle_um else ""
        yield f"{number:>3}  {_day(session.ended, session.day)}, {where}{length}"


def plan_due(plan: Plan, now: int, day: Callable[[int, str | None], str]) -> str:
    """Return when the next session is, seen from Unix time `now` (s); `day` words a moment."""
    planned = day(plan.next_at, plan.next_day)
    if plan.next_at > now:
        return f"from {planned} on"
    return "is due today" if planned == day(now, None) else f"was due on {planned}"


def begun_document(
    entry: Entry, replaced: Sequence[Entry], plan: Plan, held: Sequence[str], now: int
) -> dict[str, object]:
    """Return a new plan for ``--json``, with its entry and those of the plans that it replaces."""
    return {
        "entry": entry_document(entry),
        "replaced": [entry_document(before) for before in replaced],
        "course": plan_document(plan, now),
        "held": list(held),
    }


def begun_lines(
    replaced: Sequence[Entry], plan: Plan, held: Sequence[str], now: int
) -> Iterator[str]:
    """Yield a new plan as a person reads it, after the plans that it replaces."""
    for before in replaced:
        sessions = units.count(before.number("sessions"), "session")
        began = _day(before.at, before.day)
        yield f"The course of {sessions} from {began} on is over; this one takes its place."
    yield from plan_lines(plan, now)
    yield from held
    yield "This is your own plan: what your clinic says counts more."


def ended_sentence(entry: Entry) -> str:
    """Return the sentence after an entry was written that ends a plan."""
    return "Written down: the course is over" + (f", {entry.zone}." if entry.zone else ".")


def _day(unix: int, said: str | None) -> str:
    return f"{units.date_of(unix, said):%a} {units.day(unix, said)}"
