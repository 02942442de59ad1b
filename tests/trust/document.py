"""Puts what results.json says of the trials into README: a line for each kind of trial."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN = "<!-- What is tried: made by tests/trust/document.py -->\n"
END = "<!-- The end of what is tried -->\n"

FAULTS = ("lost", "doubled", "bent", "failed")


def section(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the table of README; `rows` are those of results.json."""
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        kinds.setdefault(row["kind"], []).append(row)
    lines = ["", "| what | tried | of all | lost | doubled | bent | failed | before |"]
    lines.append("|---" + "|--:" * 7 + "|")
    for kind, of_kind in kinds.items():
        tried = sum(row["tried"] for row in of_kind)
        faults = [f"{sum(row[fault] for row in of_kind):,}" for fault in FAULTS]
        before = sum(row["before"] for row in of_kind)
        cells = [kind, f"{tried:,}", _share(of_kind), *faults, f"{before:,}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n\n"


def _share(rows: Collection[Mapping[str, Any]]) -> str:
    """Return how much of the trials in `rows` was run, of that which was run least.

    Where some were never run, return how many were.
    """
    tried = sum(row["share"] > 0 for row in rows)
    if tried < len(rows):
        return f"{tried} of {len(rows)} trials"
    least = min(row["share"] for row in rows)
    return "all" if least == 1 else f"{100 * least:.2g} %"


def with_section(readme: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """Return README with the table of these results in place of its own."""
    before, _, rest = readme.partition(BEGIN)
    return before + BEGIN + section(rows) + END + rest.partition(END)[2]


def write(rows: Iterable[Mapping[str, Any]]) -> None:
    """Write the table anew."""
    README.write_text(with_section(README.read_text("utf-8"), rows), "utf-8")
