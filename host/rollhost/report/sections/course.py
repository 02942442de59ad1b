"""Courses of sessions: how far each has come."""

from rollhost.output import units
from rollhost.report import phrases
from rollhost.report.components import small
from rollhost.report.facts import Facts
from rollhost.report.markup import Inside, tag


def section(facts: Facts) -> Inside:
    """Return how far each course has come."""
    if not facts.courses:
        return small("No course is planned. ", tag("code", "host plan"), " writes one down.")
    inside: list[Inside] = []
    for one in facts.courses:
        zone = f", {phrases.plain_zone(one.zone)}" if one.zone else ""
        done = min(len(one.done), one.sessions)
        when = "was due on" if one.next_at <= facts.now else "is planned for"
        which = "The yearly one after it" if one.complete else f"Session {done + 1}"
        steps = []
        for number in range(one.sessions):
            dated = units.day(one.done[number].ended) if number < done else None
            label = dated or ("next" if number == done else "to come")
            look = "done" if dated else ("next" if number == done else "to-come")
            steps.append(tag("li", tag("span", str(number + 1), class_="step"),
                             tag("span", label), class_=look))  # fmt: skip
        so_far = f"{phrases.of(done, one.sessions, 'session')}{zone}, since {units.day(one.began)}"
        next_day = units.day(one.next_at)
        inside.append(tag("p", phrases.sentence(so_far), f" {which} {when} {next_day},"
                          " not before the skin has rested."))  # fmt: skip
        inside.append(tag("ol", steps, class_="steps"))
    inside.append(small("The plan is its owner's. Sessions less than three weeks apart are one"
                        " step of it."))  # fmt: skip
    return inside
