"""What `trials_same_script.py` sees of two lives that differ, and that its scripts are varied."""

import struct
from dataclasses import replace

import pytest
from tests.trust.emulated_day import Broken
from tests.trust.trials_same_script import KINDS, PIECES, Lived, compare, script

RECORDS = [struct.pack("<I28x", seq) for seq in (1, 2, 3)]
LIVED = Lived(told=RECORDS[1:], kept=RECORDS, home=RECORDS, answers=[0], known={"phase": "ready"})


def with_records(*records: bytes) -> Lived:
    """Return a life with other records, all of which came home."""
    return replace(LIVED, told=list(records[1:]), kept=list(records), home=list(records))


OTHERS = {
    "a record fewer": (with_records(*RECORDS[:2]), "lost"),
    "a record more": (with_records(*RECORDS, struct.pack("<I28x", 4)), "failed"),
    "a record with another byte": (with_records(*RECORDS[:2], RECORDS[2][:31] + b"!"), "failed"),
    "a number twice": (with_records(*RECORDS, RECORDS[2]), "doubled"),
    "a record that did not come home": (replace(LIVED, home=RECORDS[:2]), "lost"),
    "another state": (replace(LIVED, known={"phase": "resting"}), "bent"),
    "another answer": (replace(LIVED, answers=[1]), "failed"),
}


@pytest.mark.parametrize("what", OTHERS)
def test_life_that_differs_is_a_fault_of_its_kind(what: str) -> None:
    other, kind = OTHERS[what]
    with pytest.raises(Broken) as broken:
        compare(LIVED, other)
    assert broken.value.what == kind


def test_record_that_was_told_and_is_not_kept_is_lost() -> None:
    told_more = replace(LIVED, told=[*RECORDS, struct.pack("<I28x", 4)])
    with pytest.raises(Broken, match="lost"):
        compare(LIVED, told_more)


def test_two_lives_with_the_same_records_are_no_fault() -> None:
    compare(LIVED, with_records(*RECORDS))


def test_scripts_are_the_same_again_and_have_everything_that_may_be_done() -> None:
    assert script(7) == script(7) != script(8)
    assert {kind for piece in range(2 * PIECES) for kind, _, _ in script(piece)} == set(KINDS)
