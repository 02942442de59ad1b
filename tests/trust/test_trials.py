"""A share of every trial that ``make trust`` runs whole."""

import pytest
from tests.conftest import built
from tests.trust.run import SEED, all_trials
from tests.trust.trial import Trial
from tests.trust.trials_clocks import SURE

SHARES = [
    pytest.param(trial, piece, id=f"{trial.name}-{piece}")
    for trial in all_trials()
    for piece in trial.share
]


@pytest.mark.parametrize(("trial", "piece"), SHARES)
def test_share_of_a_trial_loses_doubles_and_bends_nothing(trial: Trial, piece: int) -> None:
    if trial.needs_image:
        built("rollcase-pico.uf2")
    if missing := trial.lacks():
        pytest.skip(missing)
    counts = trial.run(SEED, piece)
    assert trial.accepts(counts), counts


def test_trials_have_names_of_their_own_and_pieces_to_share() -> None:
    trials = all_trials()
    assert len({trial.name for trial in trials}) == len(trials)
    for trial in trials:
        assert set(trial.share) <= set(range(trial.pieces)), trial.name


def test_trial_of_a_wrong_clock_that_claims_to_be_sure_sees_rests_that_end_early() -> None:
    assert SURE.run(SEED, 0).bent > 0


def test_trials_of_an_install_are_named_where_there_is_no_image() -> None:
    assert sum(trial.name.startswith("install cut at ") for trial in all_trials()) == 8
