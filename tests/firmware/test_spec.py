"""`firmware/SPEC.md`: its tables say what the code does."""

import re
from pathlib import Path

import pytest
from tests.micropython.suite import vectors

from rollcore import blocks, events, messages, policy, snapshot
from rollcore.events import KINDS, Field

ROOT = Path(__file__).resolve().parents[2]
SPEC = (ROOT / "firmware/SPEC.md").read_text("utf-8")
SIZES = {"B": "u8", "H": "u16", "I": "u32"}


def rows(pattern: str) -> list[tuple[str, ...]]:
    """Return the cells of every row of the tables that looks like this."""
    return re.findall(pattern, SPEC, re.MULTILINE)


def test_table_of_kinds_has_each_kind_with_its_fields_and_size() -> None:
    table = rows(r"^\| (\d+) \| `(\w+)` \| ([^|:]+)[^|]* \| (\d+) \|$")
    assert [
        (int(number), name, fields.strip(), int(size)) for number, name, fields, size in table
    ] == [
        (
            kind.number,
            kind.name,
            " · ".join(f"{field.name} {SIZES[field.code]}" for field in kind.fields),
            kind.size,
        )
        for _, kind in sorted(KINDS.items())
    ]


def named(field: Field) -> str:
    """Return the numbers and words of a field as the table has them."""
    words = " · ".join(f"{number} {word}" for number, word in field.names.items())
    return words + (f" · others: {field.others}" if field.others else "")


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_table_of_numbers_has_the_words_of_each_field(kind: events.Kind) -> None:
    table = {row[0]: row[1] for row in rows(r"^\| `(\w+\.\w+)` \| (.+) \|$")}
    listed = {f"{kind.name}.{field.name}" for field in kind.fields if field.names}
    assert {name for name in table if name.startswith(f"{kind.name}.")} == listed - {
        "fault.file",
        "fault.error",
    }
    for field in kind.fields:
        name = f"{kind.name}.{field.name}"
        if name in table:
            assert table[name] == named(field)


def test_table_of_sizes_is_that_of_the_code() -> None:
    table = rows(r"^\| (.+) \| (\d+) \|$")
    sizes = {
        "a flash block": blocks.BLOCK_SIZE,
        "a record": events.RECORD_SIZE,
        "the fields of a kind, at most": max(kind.size for kind in KINDS.values()),
        "the packed state": snapshot.SIZE,
        "a mark": blocks.MARK_SIZE,
        "an opening": blocks.OPENING_SIZE,
        "the slots of a block": blocks.SLOTS * events.RECORD_SIZE,
        "done": blocks.DONE_SIZE,
        "a page of a checkpoint": blocks.PAGE_SIZE,
        "the text of a policy, at most": policy.MAX_TEXT,
        "a question on the line, at most": messages.MAX_REQUEST,
        "an answer on the line, at most": messages.MAX_ANSWER,
    }
    assert [(name, int(size)) for name, size in table if name in sizes] == list(sizes.items())


def test_example_is_the_first_golden_record() -> None:
    assert f"\n{vectors.RECORDS[0][-1]}\n" in SPEC
    assert vectors.LOG_ID.hex() in SPEC
    assert f"{vectors.FIRST_CHAIN:08X}" in SPEC


FACTS = SPEC.partition("## What littlefs, MicroPython")[2].partition("\n## ")[0]
"""The table of what others' software does."""


def test_each_fact_about_other_software_names_a_test_or_finding_that_exists() -> None:
    lines = [line for line in FACTS.splitlines() if line.startswith("| ")][1:]
    assert len(lines) > 25
    for line in lines:
        _, guess, seen, version, shown, _ = line.split("|")
        assert all(cell.strip() for cell in (guess, seen, version)), line
        names = re.findall(r"`([^`]+)`", shown)
        files = [name for name in names if "/" in name]
        source = "".join((ROOT / name).read_text("utf-8") for name in files)
        missing = [name for name in names if "/" not in name and f"def {name}(" not in source]
        assert files, line
        assert missing == [], line
