"""What ``host forget`` erases: the question before, and the answer after."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rollhost.history.forgetting import Plan
from rollhost.output import units
from rollhost.output.entries import entry_sentence


def forget_question(plan: Plan, now: int) -> str:
    """Return in words what would be erased."""
    if plan.person is None:
        return "; ".join(entry_sentence(entry, now) for entry in plan.named) + "."
    entries = units.count(len(plan.named), "entry")
    return (
        f"All that is known of {plan.person.name}: {units.count(plan.records, 'record')},"
        f" {entries} of the diary."
    )


_MOST = 4
"""How many copies are named one by one (own)."""


def forgotten_document(plan: Plan, copies: Sequence[Path], done: bool) -> dict[str, object]:
    """Return what was erased, or would be, for ``--json``."""
    return {
        "erased": done,
        "person": plan.person.name if plan.person else None,
        "entries": len(plan.named),
        "records": plan.records,
        "copies": [str(path) for path in copies],
    }


def forgotten_lines(plan: Plan, copies: Sequence[Path]) -> Iterator[str]:
    """Yield what was erased, and where it still is."""
    yield "It is erased here. A mark without words stays, so that no import brings it back."
    if plan.logged:
        yield "The case's log still has the fact itself, without your words."
    for case in plan.cases:
        yield (
            f"Case {case.title} still holds its log, which is not fetched again. To begin an empty"
            f" one: case lend {case.device[-6:]} NAME."  # its name may be forgotten, too
        )
    if plan.person is None and any(entry.kind == "photo" for entry in plan.named):
        yield "The photo's file was left where it is."
    if copies:
        yield f"Copies from before still have it: {_named(copies)}."
    yield "Other exports, backups and computers still have it until they import from here."


def changed_sentence(token: int) -> str:
    """Return what is wrong with an entry that a disk has changed."""
    return f"Entry {token:08x} is not as it was written, so nobody knows what it said."


def dropped_document(copies: Sequence[Path], done: bool) -> dict[str, object]:
    """Return for ``--json`` that an entry which has changed was erased, or would be."""
    return {
        "erased": done,
        "person": None,
        "entries": 1,
        "records": 0,
        "copies": [str(path) for path in copies],
    }


def dropped_lines(copies: Sequence[Path]) -> Iterator[str]:
    """Yield that an entry which has changed was erased, and how it comes back."""
    yield "It is erased here. If it still counts, write it again, or import an export that has it."
    if copies:
        yield f"Copies from before may still have it: {_named(copies)}."


def _named(copies: Sequence[Path]) -> str:
    """Return the paths of copies; of more than `_MOST` their number and their folders."""
    if len(copies) <= _MOST:
        return ", ".join(map(str, copies))
    folders = dict.fromkeys(path.parent for path in copies)
    return f"{len(copies)} in {' and '.join(map(str, folders))}"
