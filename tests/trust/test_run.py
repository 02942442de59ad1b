"""What ``make trust`` prints and writes, with trials of its own that take no time."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.trust import document, run
from tests.trust.trial import Counts, Trial

Main = Callable[..., int]


def clean(seed: int, piece: int) -> Counts:
    return Counts(tried=5)


def hurt(seed: int, piece: int) -> Counts:
    counts = Counts(tried=5)
    if piece == 1:
        counts.fault("lost", f"record 7 of seed {seed}")
    return counts


def weak(seed: int, piece: int) -> Counts:
    counts = Counts(tried=5)
    counts.fault("bent", "as is known")
    return counts


KINDS = {
    "weather": [Trial("rain", 2, clean), Trial("hail", 2, hurt)],
    "clocks": [Trial("late", 2, weak, most_bent=2)],
}


@pytest.fixture
def main(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Main:
    """Return the command, which tries these trials in this process and writes into `tmp_path`."""
    for name in ("README", "PAGE"):
        path = getattr(document, name)
        copy = tmp_path / path.name
        copy.write_bytes(path.read_bytes())
        monkeypatch.setattr(document, name, copy)
    monkeypatch.setattr(run, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(run, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(run, "by_kind", lambda: KINDS)
    monkeypatch.setattr(run, "fingerprint", lambda: "same")
    monkeypatch.setattr(run, "tried_commit", lambda: "c0ffee")

    def one_by_one(
        turns: run.Turns, seed: int, jobs: int, kept: run.Kept, most_s: float | None
    ) -> None:
        while turns:
            name, piece = turns.next()
            kept.add(name, piece, *run.run_piece(name, seed, piece))

    monkeypatch.setattr(run, "run_all", one_by_one)

    def call(*words: str) -> int:
        monkeypatch.setattr("sys.argv", ["run", *words])
        return run.main()

    return call


AGAIN = """again, at commit c0ffee: make trust SEED=7 ARGS="--only 'hail' --piece 1\""""


def test_fault_is_told_with_seed_commit_and_command_each_time(
    main: Main, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert main("--seed", "7", "--only", "hail") == 1
        assert "hail, piece 1: lost: record 7 of seed 7\n" + AGAIN in capsys.readouterr().out


def test_command_that_is_told_shows_the_fault_again(
    main: Main, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("--seed", "7", "--only", "hail", "--piece", "1") == 1
    out = capsys.readouterr().out
    assert "5 tried, 1 lost" in out
    assert "lost: record 7 of seed 7" in out


def test_weakness_that_is_known_is_counted_and_not_told(
    main: Main, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("--only", "late") == 0
    assert capsys.readouterr().out.splitlines()[0].startswith("10 tried, 0 lost, 0 doubled, 2 bent")


def test_kind_of_which_a_trial_was_never_run_is_not_all(main: Main, tmp_path: Path) -> None:
    main("--only", "rain")
    assert "| weather | 10 | 1 of 2 trials | 0 |" in (tmp_path / "survives.md").read_text("utf-8")
    main("--only", "hail")
    assert "| weather | 20 | all | 1 |" in (tmp_path / "survives.md").read_text("utf-8")


def test_row_names_the_seed_and_the_commit(main: Main, tmp_path: Path) -> None:
    main("--seed", "7", "--only", "rain")
    rain, hail = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert (rain["seed"], rain["commit"], rain["share"]) == (7, "c0ffee", 1)
    assert (hail["seed"], hail["commit"], hail["tried"], hail["share"]) == (None, None, 0, 0)


def test_run_with_another_seed_counts_what_was_tried_before(main: Main, tmp_path: Path) -> None:
    for seed in ("7", "7", "8", "9"):
        main("--seed", seed, "--only", "rain")
    rain, _ = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert (rain["tried"], rain["before"]) == (10, 20)
    assert "| weather | 10 | 1 of 2 trials | 0 | 0 | 0 | 0 | 20 |" in (
        tmp_path / "survives.md"
    ).read_text("utf-8")


def test_run_at_another_commit_counts_what_was_tried_before(
    main: Main, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main("--only", "rain")
    monkeypatch.setattr(run, "tried_commit", lambda: "decaf")
    main("--only", "rain")
    rain, _ = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert (rain["commit"], rain["tried"], rain["before"]) == ("decaf", 10, 10)


def test_piece_that_there_is_not_is_refused(main: Main, capsys: pytest.CaptureFixture[str]) -> None:
    assert main("--only", "rain", "--piece", "2") == 2
    assert "none of these trials has a piece 2" in capsys.readouterr().err


def test_stopped_run_says_that_it_goes_on(
    main: Main, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "run_all", stopped)
    assert main() == 130
    assert "the same command goes on" in capsys.readouterr().out


def test_next_piece_is_of_the_trial_that_took_least() -> None:
    turns = run.Turns({"slow": [0, 1], "quick": [0, 1, 2]}, {})
    order = []
    while turns:
        name, piece = turns.next()
        turns.took(name, 9 if name == "slow" else 4)
        order.append((name, piece))
    assert order == [("slow", 0), ("quick", 0), ("quick", 1), ("quick", 2), ("slow", 1)]
