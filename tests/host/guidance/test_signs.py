"""The list of signs that a clinician should see."""

import pytest

from rollhost.guidance.signs import SIGNS, names, when_to_go


@pytest.mark.parametrize("sign", SIGNS)
def test_each_sign_has_words_and_a_source_with_its_grade(sign: str) -> None:
    known = SIGNS[sign]
    assert known.name
    assert known.asked
    assert known.source.endswith(("(A)", "(B)", "(own)"))


def test_signs_that_come_late_are_the_lump_and_the_sore() -> None:
    assert [sign for sign, known in SIGNS.items() if known.comes_late] == ["lump", "sore"]


def test_sign_that_is_not_known_here_keeps_its_word() -> None:
    assert names(["pus", "itching"]) == "pus, itching"


@pytest.mark.parametrize(
    ("signs", "when"),
    [(["fever"], "today"), (["pus", "eye"], "today, at once"), (["itching"], "today")],
)
def test_sign_near_the_eye_is_for_today_at_once(signs: list[str], when: str) -> None:
    assert when_to_go(signs) == when
