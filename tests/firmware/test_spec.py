"""`firmware/SPEC.md`: its tables say what the code does."""

import re
from pathlib import Path

import pytest

from rollcore import events
from rollcore.events import KINDS, Field

SPEC = (Path(__file__).resolve().parents[2] / "firmware/SPEC.md").read_text("utf-8")
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
        for kind in KINDS.values()
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
