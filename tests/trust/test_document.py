"""README's table of trials is the one of results.json."""

import json

from tests.trust import document
from tests.trust.run import RESULTS


def test_table_of_readme_is_made_from_the_results() -> None:
    rows = json.loads(RESULTS.read_text("utf-8"))
    readme = document.README.read_text("utf-8")
    assert document.with_section(readme, rows) == readme


def test_line_of_a_kind_sums_its_trials_and_tells_the_least_share() -> None:
    row = {"kind": "noise", "tried": 1200, "lost": 1, "doubled": 0, "bent": 2, "failed": 0}
    row["before"] = 30_000
    lines = (
        document.section([{**row, "share": 1}, {**row, "share": 0.25}]).strip().strip().splitlines()
    )
    assert lines[-1] == "| noise | 2,400 | 25 % | 2 | 0 | 4 | 0 | 60,000 |"
