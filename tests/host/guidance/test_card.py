"""The card of what is normal, to watch, and for a clinician."""

import pytest

from rollhost.guidance.card import CARD
from rollhost.guidance.signs import SIGNS
from rollhost.output.reactions import card_lines

TEXT = " ".join(line for part in CARD for line in part.lines)


def test_card_has_three_parts_the_calmest_first() -> None:
    assert [part.key for part in CARD] == ["normal", "watch", "clinician"]


@pytest.mark.parametrize("sign", SIGNS)
def test_card_names_each_sign_for_a_clinician(sign: str) -> None:
    assert SIGNS[sign].name in " ".join(CARD[-1].lines)


@pytest.mark.parametrize(
    "words", ["like a sunburn", "brown or black skin", "darker, warmer, sorer", "72 hours",
              "7 days", "next three months", "out of the sun"]
)  # fmt: skip
def test_card_says_what_a_nurse_would(words: str) -> None:
    assert words in TEXT


def test_card_has_at_most_twelve_lines_of_80_characters() -> None:
    lines = card_lines(80)
    assert len(lines) <= 12
    assert max(map(len, lines)) <= 80
