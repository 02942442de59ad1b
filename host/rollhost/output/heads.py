"""What is said of a case's present head: in ``host status`` and ``host head``, for both readers."""

from collections.abc import Sequence

from rollcore import events, state
from rollcore.events import CASE_EPOCH
from rollhost.guidance import heads as guidance
from rollhost.history.skin_status import Around
from rollhost.history.summary import Summary
from rollhost.output import units
from rollhost.output.persons import others_line
from rollhost.output.records import event_field
from rollhost.output.standing import head_texts
from rollhost.output.text import labelled


def head_document(summary: Summary) -> dict[str, object]:
    """Return the present head for ``--json``; ``worn_out`` is when it is expected to be."""
    return {
        "may_be_used": not _problem(summary),
        "uses": summary.state.head_uses,
        "most_uses": summary.policy.head_uses,
        "days": summary.head_days,
        "most_days": summary.policy.head_s // 86400,
        "worn_out": units.iso(summary.head_ends.at) if summary.head_ends else None,
        "out": None
        if summary.head_out is None
        else {
            "reason": event_field(events.HEAD_OUT, "reason", summary.head_out.reason),
            "at": units.iso(summary.head_out.at),
        },
        "zone": summary.head_for.zone if summary.head_for else None,
        "used_on_others": summary.head_for.others if summary.head_for else [],
    }


def heads_document(summaries: Sequence[Summary], around: Around) -> dict[str, object]:
    """Return the present head of each case of a person for ``--json``."""
    return {
        "person": around.person,
        "heads": [
            {
                "device": summary.case.device,
                "name": summary.case.name,
                **head_document(summary),
            }
            for summary in summaries
        ],
    }


def heads_lines(summaries: Sequence[Summary], width: int | None, around: Around) -> list[str]:
    """Return the present head of each case of a person as they read it, and the next step."""
    if not summaries and around.theirs:
        return [others_line(around.person, around.theirs)]
    if not summaries:
        return ["No head is known yet: no case was synced.", "Plug your case in, and run sync."]
    lines = [f"{around.person}:"] if around.person and around.others else []
    for summary in summaries:
        texts = head_texts(summary)
        if _problem(summary) and not summary.state.head_out:
            texts.append(_problem(summary))
        if len(summaries) > 1:
            lines.append(f"Case {summary.case.title}")
        lines += labelled([("Head", text) for text in texts], width)
    # A very long press means a new head only in this phase.
    at_case = any(summary.standing.phase == state.HEAD_EXPIRED for summary in summaries)
    or_press = ", or hold the case's button for 10 s" if at_case else ""
    lines.append(f"Once a new one is in, say head new{or_press}.")
    return [*lines, *([guidance.DISPOSAL] if any(map(_goes_away, summaries)) else [])]


def _goes_away(summary: Summary) -> bool:
    """Return whether the head is to be put away, and is still there."""
    is_lost = summary.state.head_out == 1 + events.HEAD_LOST
    return bool(_problem(summary)) and not is_lost


def _problem(summary: Summary) -> str:
    """Return why the head may not be used, as the case judges it; empty if it may."""
    if summary.state.head_out:
        return "it is out"
    worn_out_at = state.head_expires_at(summary.state, summary.policy)
    used_up = summary.state.head_uses >= summary.policy.head_uses
    if used_up or worn_out_at <= summary.now - CASE_EPOCH:
        return "it is worn out"
    return ""
