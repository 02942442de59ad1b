"""What ``host status --json`` and the page both say of a case, in one form."""

from datetime import datetime
from typing import Any

from rollcore import events
from rollhost.output.records import event_field, hold_reason
from rollhost.page.inside.sentences import ONCE_SEEN

SAME = (
    "device", "board", "firmware", "phase", "outdated", "soaks", "open_reactions", "records",
    "missing", "clock_behind_s", "by_later_clock",
)  # fmt: skip
"""Facts with one name and one form. The host's documents have more: what no case was told."""

OF_A_HEAD = ("uses", "most_uses", "days", "most_days")

OF_A_USE = (
    "seconds", "zone", "early", "early_by_later", "disinfected_before", "cleaned_in_time",
)  # fmt: skip


def unix(text: str | None) -> int | None:
    """Return a moment of a document as Unix time (s)."""
    return None if text is None else int(datetime.fromisoformat(text).timestamp())


def of_host(document: dict[str, Any], place: int = 0) -> dict[str, object]:
    """Return the facts of a case in ``host status --json``."""
    case = document["cases"][place]
    use, head, hold = case["last_use"], case["head"], case["hold"]
    return {
        **{name: case[name] for name in SAME},
        "until": unix(case["until"]),
        "says": case["says"].replace("say reaction seen", ONCE_SEEN),
        "as_of": unix(case["as_of"]),
        "synced": unix(case["synced"]),
        "needle": case["needle_mm"],
        "rest": case["rest_days"],
        "zones": [(zone["name"], zone["rested"], unix(zone["until"])) for zone in case["zones"]],
        "last_use": use
        and [unix(use["earliest"]), unix(use["latest"]), *(use[name] for name in OF_A_USE)],
        "disinfected": case["disinfected"]
        and {name: unix(moment) for name, moment in case["disinfected"].items()},
        "head": [*(head[name] for name in OF_A_HEAD), unix(head["worn_out"])],
        "out": head["out"] and (head["out"]["reason"], unix(head["out"]["at"])),
        "hold": hold and (hold["reason"], unix(hold["until"])),
        "clinician": document["clinician"] is not None,
        "aftercare": sorted(
            (window["key"], window["name"], window["zone"], unix(window["until"]))
            for window in document["aftercare"]
        ),
    }  # fmt: skip


def of_page(facts: dict[str, Any]) -> dict[str, object]:
    """Return the facts of a case on the page."""
    use, head, hold = facts["last_use"], facts["head"], facts["hold"]
    why = event_field(events.HEAD_OUT, "reason", head["out_reason"]) if head["out"] else ""
    return {
        **{name: facts[name] for name in SAME},
        "until": facts["until"],
        "says": facts["says"]["headline"],
        "as_of": facts["as_of"],
        "synced": facts["synced"],
        "needle": facts["needle_um"] / 1000,
        "rest": facts["rest_s"] / 86400,
        "zones": [(zone["name"], zone["rested"], zone["until"]) for zone in facts["zones"]],
        "last_use": use and [use["earliest"], use["latest"], *(use[name] for name in OF_A_USE)],
        "disinfected": facts["disinfected"],
        "head": [*(head[name] for name in OF_A_HEAD), head["worn_out"]],
        "out": (why, head["out_at"]) if head["out"] else None,
        "hold": hold and (hold_reason(hold["reason"]), hold["until"]),
        "clinician": facts["clinician"],
        "aftercare": sorted(
            (window["key"], window["name"], window["zone"], window["until"])
            for window in facts["aftercare"]
        ),
    }  # fmt: skip
