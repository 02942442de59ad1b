"""The diagram of the states in ARCHITECTURE.md is what docs/states.py makes of the rules today."""

import pytest
from docs.states import arrows, diagram, shown

from rollcore import state


def test_diagram_of_the_states_is_up_to_date() -> None:
    assert shown() == diagram(), "run: make docs"


@pytest.mark.parametrize("phase", state.ACTIONS)
def test_every_phase_has_a_way_in_and_a_way_out(phase: str) -> None:
    found = arrows()
    assert any(after == phase for _, after in found)
    assert any(before == phase for before, _ in found)


@pytest.mark.parametrize("phase", state.BY_ITSELF)
def test_phase_that_the_case_ends_by_itself_has_a_way_out_by_time(phase: str) -> None:
    assert any(before == phase and "time" in ways for (before, _), ways in arrows().items())


@pytest.mark.parametrize("phase", [state.RESTING, state.DRYING, state.HELD, state.HEAD_EXPIRED])
def test_no_gesture_leads_to_a_use_without_rest_or_a_soak(phase: str) -> None:
    assert arrows().get((phase, state.IN_USE), []) == []
