"""What ``host check`` prints: the questions, the last answers, and what each answer means."""

from collections.abc import Iterable, Iterator, Sequence

from rollhost.database.diary import Entry
from rollhost.guidance.reasons import ASKED, KINDS, Reason
from rollhost.output.entries import entry_document, entry_sentence
from rollhost.output.text import labelled

TITLE = "Reasons against rolling at home. Is one of these so for you?"

NONE = "none of these"


def check_hint(program: str) -> str:
    """Return the line by which a sync names ``host check``; `program` is as in `sync_hints`."""
    return f"Before the first use, and once a year: {program} check, the reasons against rolling."


def reason_document(reason: Reason) -> dict[str, object]:
    """Return a reason for ``--json``."""
    return {
        "reason": reason.name,
        "asked": reason.line,
        "kind": reason.kind,
        "then": KINDS[reason.kind],
        "means": reason.means,
        "source": reason.source,
    }


def questions_document(last: Entry | None) -> dict[str, object]:
    """Return the questions and the last answer for ``--json``."""
    return {
        "entry": None,
        "last": entry_document(last) if last else None,
        "questions": [reason_document(reason) for reason in ASKED.values()],
    }


def questions_lines(last: Entry | None, now: float, width: int | None) -> Iterator[str]:
    """Yield the questions and the last answer as a person reads them, at Unix time `now` (s)."""
    yield last_line(last, now)
    for kind, then in KINDS.items():
        yield ""
        yield f"{kind.capitalize()} ({then}):"
        rows = [(name, reason.line) for name, reason in ASKED.items() if reason.kind == kind]
        yield from labelled(rows, width, column=15)


def last_line(last: Entry | None, now: float) -> str:
    """Return the sentence on the last answer, at Unix time `now` (s)."""
    if last is None:
        return "The reasons against rolling were not asked for yet."
    return f"Answered last: {entry_sentence(last, now)}."


def answer_document(
    entry: Entry, chosen: Sequence[Reason], holds: Iterable[Entry]
) -> dict[str, object]:
    """Return an answer for ``--json``: the reasons in it, and the holds that follow from it."""
    return {
        "entry": entry_document(entry),
        "reasons": [reason_document(reason) for reason in chosen],
        "holds": [entry_document(hold) for hold in holds],
    }


def answer_lines(entry: Entry, chosen: Sequence[Reason], told: str, now: float) -> Iterator[str]:
    """Yield an answer as a person reads it, at Unix time `now` (s), and what each reason means.

    `told` says which case is told of the holds that follow; empty if none follow.
    """
    yield f"Written down: {entry_sentence(entry, now)}."
    for reason in chosen:
        called = reason.name.replace("-", " ").capitalize()
        yield f"{called}: {reason.kind} ({KINDS[reason.kind]}). {reason.means}"
    if any(reason.needs_doctor for reason in chosen):
        yield "Once a doctor said yes: hold release --doctor."
    if any(reason.heals for reason in chosen):
        yield "Once the skin is well: hold release."
    if told:
        yield told
    if not chosen:
        yield "Answer again when one of them comes up: check."
