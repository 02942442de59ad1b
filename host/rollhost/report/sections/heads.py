"""Heads: the uses and days of each, against those that its policy allowed."""

from rollcore import events
from rollhost.output import units
from rollhost.output.records import event_field
from rollhost.output.text import one_line
from rollhost.report import charts
from rollhost.report.charts import Box
from rollhost.report.components import details, figure, legend, small, table
from rollhost.report.facts import DAY_S, CaseFacts, Facts, HeadFacts
from rollhost.report.markup import Inside, Markup, foreign, tag
from rollhost.report.sections.common import time_span


def section(facts: Facts) -> Inside:
    """Return a chart and a table of the heads of each case."""
    if not any(case.heads for case in facts.cases):
        return small("Nothing yet: each head will stand here, with its uses and its days.")
    return [_heads_of(case, number, facts) for number, case in enumerate(facts.cases)]


def _heads_of(case: CaseFacts, number: int, facts: Facts) -> Inside:
    if not case.heads:
        return None
    several = len(facts.cases) > 1
    beyond = sum(head.beyond_uses or head.beyond_days for head in case.heads)
    says = (
        f"{units.count(len(case.heads), 'head')} so far, {beyond or 'none'} used beyond the"
        " rules in force then."
    )
    if case.summary.head_ends is not None:
        by_uses = case.summary.head_ends.by_uses
        pace = "its uses, at the pace of the last ones" if by_uses else "its age"
        when = units.day(case.summary.head_ends.at)
        says += f" The one in now will be worn out about {when}, by {pace}."
    boxes = []
    rows: list[list[Inside]] = []
    for facts_of_head in case.heads:
        head = facts_of_head.head
        until = facts.now if head.until is None else head.until
        days = (until - head.since) // DAY_S + 1
        most, oldest = head.policy.head_uses, head.policy.head_s // DAY_S
        remarks = {"uses": facts_of_head.beyond_uses, "days": facts_of_head.beyond_days}
        old_at, last_use = facts_of_head.old_at, facts_of_head.last_use
        rows.append([
            units.day(head.since),
            _until(facts_of_head),
            f"{head.uses} of {most}",
            f"{days:,} of {oldest}",
            ", ".join(remark for remark, is_so in remarks.items() if is_so) or "–",
        ])  # fmt: skip
        boxes.append(Box(
            head.since, until, head.uses, most,
            (old_at, last_use or old_at) if facts_of_head.beyond_days else None,
            f"From {units.day(head.since)}: {units.count(head.uses, 'use')} in"
            f" {units.count(days, 'day')}, of {most} in {oldest}",
        ))  # fmt: skip
    name = "Heads" + (f" of case {one_line(case.case.title)}" if several else "")
    says_id = f"heads-says-{number}"
    signs: list[tuple[Markup, Inside]] = [
        (charts.swatch("head"), "a head: as wide as it lasted, as high as its uses"),
        (charts.swatch("limit-swatch"), "the most uses by its rules"),
    ]
    if beyond:
        signs.append((charts.swatch("over"), "beyond its uses or its days"))
    return [
        tag("h3", "Case ", foreign(case.case.title)) if several else None,
        figure(
            name, says, says_id, charts.boxes(time_span(facts), boxes, name, says_id), legend(signs)
        ),
        details(
            name,
            table(f"{name}, the newest first", ["From", "Until", "Uses", "Days", "Used beyond its"],
                  reversed(rows)),
        ),
    ]  # fmt: skip


def _until(head: HeadFacts) -> str:
    """Return until when a head was in, and why it was out before its time, if it was."""
    if head.out is None:
        return "in now" if head.head.until is None else units.day(head.head.until)
    why = f"out: {event_field(events.HEAD_OUT, 'reason', head.out)}"
    return why if head.head.until is None else f"{units.day(head.head.until)}, {why}"
