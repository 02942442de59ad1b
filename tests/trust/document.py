"""Puts what results.json says of the trials into documents.

docs/survives.md has a line for each kind of trial, README a sentence on all of them.
"""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.generated_section import replaced

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PAGE = ROOT / "docs" / "survives.md"
MAKER = "tests/trust/document.py"

FAULTS = ("lost", "doubled", "bent", "failed")
FAULT_WORDS = {
    "lost": "records lost",
    "doubled": "records doubled",
    "bent": "rests, holds or limits too short",
    "failed": "other failures",
}


def section(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the table of docs/survives.md; `rows` are those of results.json."""
    kinds = _by_kind(rows)
    lines = ["", "| what | tried | of all | lost | doubled | bent | failed | before |"]
    lines.append("|---" + "|--:" * 7 + "|")
    for kind, of_kind in kinds.items():
        tried = sum(row["tried"] for row in of_kind)
        faults = [f"{sum(row[fault] for row in of_kind):,}" for fault in FAULTS]
        before = sum(row["before"] for row in of_kind)
        cells = [kind, f"{tried:,}", _share(of_kind), *faults, f"{before:,}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n\n"


def in_short(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return README's sentence: how much was tried, and what went wrong, in which kinds."""
    kinds = _by_kind(rows)
    tried = {kind: sum(row["tried"] for row in of_kind) for kind, of_kind in kinds.items()}
    most = max(tried, key=lambda kind: tried[kind])
    found = []
    for fault in FAULTS:
        counts = {kind: sum(row[fault] for row in of_kind) for kind, of_kind in kinds.items()}
        where = [kind for kind, count in counts.items() if count]
        told = f"{sum(counts.values()):,} {FAULT_WORDS[fault]}"
        found.append(f"{told} (in *{'*, *'.join(where)}*)" if where else told)
    first = [
        f"{sum(tried.values()):,} trials of {len(kinds)} kinds, {tried[most]:,} of them",
        f"*{most}*, came to this:",
    ]
    return "\n".join([*first, *(f"{each};" for each in found[:-1]), f"{found[-1]}."])


def _by_kind(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        kinds.setdefault(row["kind"], []).append(row)
    return kinds


def _share(rows: Collection[Mapping[str, Any]]) -> str:
    """Return how much of the trials in `rows` was run, of that which was run least.

    Where some were never run, return how many were.
    """
    tried = sum(row["share"] > 0 for row in rows)
    if tried < len(rows):
        return f"{tried} of {len(rows)} trials"
    least = min(row["share"] for row in rows)
    return "all" if least == 1 else f"{100 * least:.2g} %"


def page_with_section(page: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """Return docs/survives.md with the table of these results in place of its own."""
    return replaced(page, "What is tried", MAKER, section(rows))


def readme_with_section(readme: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """Return README with the sentence on these results in place of its own."""
    return replaced(readme, "What is tried, in short", MAKER, in_short(rows))


def write(rows: Collection[Mapping[str, Any]]) -> None:
    """Write table and sentence anew."""
    PAGE.write_text(page_with_section(PAGE.read_text("utf-8"), rows), "utf-8")
    README.write_text(readme_with_section(README.read_text("utf-8"), rows), "utf-8")
