"""Sentences about signs that a clinician should see."""

from rollcore.memory import State
from rollhost.output.reactions import ONLY_AT_A_CASE, clinician_document, clinician_sentence


def test_sign_that_only_a_case_still_knows_of_is_said() -> None:
    known = State()
    known.red_unnamed = 1
    says = f"See a clinician today: {ONLY_AT_A_CASE}. Do not roll."
    assert clinician_sentence([], [State(), known]) == says
    assert clinician_document([], [State(), known]) == {"says": says, "signs": [ONLY_AT_A_CASE]}


def test_case_without_a_sign_says_nothing_of_a_clinician() -> None:
    assert clinician_sentence([], [State()]) == ""
    assert clinician_document([], [State()]) is None
