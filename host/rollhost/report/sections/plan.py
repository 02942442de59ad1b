"""Plans of several sessions: the progress of each."""

from rollhost.output import units
from rollhost.output.plan import FOR_LONGER_NEEDLES, has_short_needles
from rollhost.report import phrases
from rollhost.report.components import small
from rollhost.report.facts import Facts
from rollhost.report.markup import Inside, tag


def section(facts: Facts) -> Inside:
    """Return the progress of each plan, step by step."""
    needles = [case.summary.policy.needle_um for case in facts.cases]
    is_short = has_short_needles(max(needles, default=0))
    if not facts.plans and is_short:
        return small(FOR_LONGER_NEEDLES)
    if not facts.plans:
        return small("No course is planned. ", tag("code", "host plan"), " writes one down.")
    inside: list[Inside] = []
    for plan in facts.plans:
        zone = f", {phrases.plain_zone(plan.zone)}" if plan.zone else ""
        done = min(len(plan.done), plan.sessions)
        when = "was due on" if plan.next_at <= facts.now else "is planned for"
        which = "The yearly one after it" if plan.complete else f"Session {done + 1}"
        steps = []
        for number in range(plan.sessions):
            session = plan.done[number] if number < done else None
            dated = units.day(session.ended, session.day) if session else None
            label = dated or ("next" if number == done else "to come")
            look = "done" if dated else ("next" if number == done else "to-come")
            steps.append(tag("li", tag("span", str(number + 1), class_="step"),
                             tag("span", label), class_=look))  # fmt: skip
        since = units.day(plan.began, plan.began_day)
        so_far = f"{phrases.of(done, plan.sessions, 'session')}{zone}, since {since}"
        next_day = units.day(plan.next_at, plan.next_day)
        inside.append(tag("p", phrases.sentence(so_far), f" {which} {when} {next_day},"
                          " not before the skin has rested."))  # fmt: skip
        inside.append(tag("ol", steps, class_="steps"))
    inside.append(small("The plan is its owner's. Sessions less than three weeks apart are one"
                        " step of it."))  # fmt: skip
    if is_short:
        inside.append(small(FOR_LONGER_NEEDLES))
    return inside
