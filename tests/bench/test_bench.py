"""The table of ``make bench``, its results, their comparison, and what is drawn from them.

No time is judged here: a busy computer would fail.
"""

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from tests.bench import archives, compare, document, results, run, table, timing
from tests.bench.results import Curve, Figure, Results
from tests.bench.table import Row, line

from rollcore.events import CASE_EPOCH
from rollhost.case.connection import Line
from rollhost.case.sync import sync
from rollhost.database.open import open_archive

KEPT = results.read(results.FILE)

SVG = "{http://www.w3.org/2000/svg}"


def figure(name: str = "press; an append", ratio: float = 2.0) -> Figure:
    """Return a row whose reference is 10 ms and whose aim is a ratio of at most 3."""
    return results.figure(Row(name, 10 * ratio, "ms", 10, at_most=3))


def alone(value: float) -> Figure:
    """Return a row without a reference whose aim is a value of at most 3."""
    return results.figure(Row("presses lost", value, "", at_most=3))


def rate(ratio: float, at_least: float | None = None) -> Figure:
    """Return a row that is the better the larger it is."""
    return results.figure(Row("presses; appends", ratio, "a second", 1, at_least=at_least))


def of(*rows: Figure) -> Results:
    """Return results with these rows."""
    return replace(KEPT, rows=list(rows))


# The table.


@pytest.mark.parametrize(
    ("row", "ratio", "aim", "met"),
    [
        pytest.param(Row("a; b", 6, "ms", 2, at_most=3), 3, "≤ 3", True, id="just met"),
        pytest.param(Row("a; b", 7, "ms", 2, at_most=3), 3.5, "≤ 3", False, id="over"),
        pytest.param(Row("a; b", 7, "ms", 2, at_least=4), 3.5, "≥ 4", False, id="under"),
        pytest.param(Row("a", 7, "ms", at_most=8), None, "≤ 8", True, id="without a reference"),
        pytest.param(Row("a; b", 7, "ms", 2), 3.5, "", None, id="without an aim"),
    ],
)
def test_row_judges_its_ratio_else_its_value(
    row: Row, ratio: float | None, aim: str, met: bool | None
) -> None:
    assert (row.ratio, row.aim, row.met) == (ratio, aim, met)


def test_line_of_a_row_says_loudly_that_an_aim_is_not_met() -> None:
    said = line(Row("host status; python", 70, "ms", 10, at_most=5))
    assert said.split() == ["host", "status;", "python", "70", "ms", "10", "7.00", "≤", "5", "NO"]


def test_reference_is_named_behind_the_last_semicolon() -> None:
    assert results.figure(Row("a; b; c", 2, "ms", 1)).reference_name == "c"
    assert results.figure(Row("a; b", 2, "ms")).reference_name is None


def test_figures_are_kept_with_four_digits() -> None:
    kept = results.figure(Row("a; b", 1234.56, "ms", 0.76543))
    assert (kept.value, kept.reference, kept.ratio) == (1235, 0.7654, 1613)


def test_names_of_rows_are_unique() -> None:
    assert len(set(run.names())) == len(run.names())


# The results.


def test_results_are_the_same_when_they_are_read_again(tmp_path: Path) -> None:
    found = replace(
        of(figure(), alone(1), rate(2)),
        growth=[Curve("host status", "records held", "ms", [(0, 1.5), (10_000, 2.5)])],
    )
    results.write(found, tmp_path / "results.json")
    assert results.read(tmp_path / "results.json") == found


def test_results_have_a_line_for_each_row_and_each_curve(tmp_path: Path) -> None:
    results.write(KEPT, tmp_path / "results.json")
    lines = (tmp_path / "results.json").read_text("utf-8").splitlines()
    rows = [text for text in lines if text.startswith("  {")]
    assert len(rows) == len(KEPT.rows) + len(KEPT.growth)


def test_results_name_versions_machine_and_commit_and_nobody() -> None:
    found = results.found([Row("a; b", 2, "ms", 1)], [])
    assert list(found.versions) == ["rollcase", "Python", "SQLite", "MicroPython", "mpremote"]
    assert all(found.versions.values())
    assert list(found.machine) == ["cpu", "cores", "system"]
    assert list(KEPT.versions) == list(found.versions)
    assert list(KEPT.machine) == list(found.machine)


def test_kept_results_have_every_row_of_the_benchmark() -> None:
    assert [row.name for row in KEPT.rows] == run.names(), "run make bench again"


def test_kept_results_are_as_the_program_writes_them(tmp_path: Path) -> None:
    results.write(KEPT, tmp_path / "results.json")
    assert (tmp_path / "results.json").read_bytes() == results.FILE.read_bytes()


def test_kept_ratios_are_those_of_value_and_reference() -> None:
    for row in KEPT.rows:
        if row.reference is None:
            assert row.ratio is None
        else:
            assert row.ratio == pytest.approx(row.value / row.reference, rel=1e-3), row.name


# What is drawn and said of them.


def test_drawing_is_that_of_the_kept_results() -> None:
    assert document.DRAWING.read_text("utf-8") == document.drawing(KEPT.growth), (
        "run python -m tests.bench.document"
    )


def test_documents_have_the_figures_of_the_kept_results() -> None:
    readme, page = (path.read_text("utf-8") for path in (document.README, document.PAGE))
    hint = "run python -m tests.bench.document"
    assert document.readme_with_section(readme, KEPT) == readme, hint
    assert document.page_with_section(page, KEPT) == page, hint


def test_another_figure_changes_the_sections_of_both_documents() -> None:
    rows = [replace(row, value=2 * row.value) for row in KEPT.rows]
    others = replace(KEPT, rows=rows)
    assert document.section(others) != document.section(KEPT)
    assert document.in_short(others) != document.in_short(KEPT)


def test_drawing_has_a_curve_with_all_its_points_and_words_within_the_sheet() -> None:
    curves = [
        Curve("host status", "records held", "ms", [(0, 20), (10_000, 30), (100_000, 40)]),
        Curve("press & pull", "records on flash", "KB/s", [(300, 5), (30_000, 5)]),
    ]
    sheet = ET.fromstring(document.drawing(curves))
    assert len(sheet.findall(f".//{SVG}circle")) == 5
    words = [text.text for text in sheet.iter(f"{SVG}text")]
    assert {"host status", "press & pull", "40", "100 k"} <= set(words)
    for point in sheet.iter(f"{SVG}circle"):
        assert 0 < float(point.attrib["cx"]) < document.WIDTH
        assert 0 < float(point.attrib["cy"]) < document.HEIGHT


def test_drawing_of_a_flat_curve_is_flat_and_of_a_linear_one_is_straight() -> None:
    flat = Curve("flat", "records", "ms", [(1, 5), (100, 5)])
    linear = Curve("linear", "records", "s", [(25, 1), (50, 2), (100, 4)])
    (start, end), (first, second, third) = (
        [
            (float(point.attrib["cx"]), float(point.attrib["cy"]))
            for point in ET.fromstring(document.drawing([curve])).iter(f"{SVG}circle")
        ]
        for curve in (flat, linear)
    )
    assert start[1] == end[1]
    assert (second[1] - first[1]) * 2 == pytest.approx(third[1] - second[1], abs=0.3)


def test_drawing_has_colours_for_the_dark() -> None:
    drawing = document.drawing(KEPT.growth)
    light, _, dark = drawing.partition("prefers-color-scheme: dark")
    assert "text { fill: #1c1c1c }" in light
    assert "text { fill: #e8e8e8 }" in dark


# From one run to another.


def test_comparison_of_a_run_with_itself_finds_nothing() -> None:
    lines, is_worse = compare.compare(KEPT, KEPT)
    assert (len(lines), is_worse) == (1, False)


@pytest.mark.parametrize(
    ("old", "new", "word", "is_worse"),
    [
        pytest.param(figure(ratio=2), figure(ratio=2.2), "", False, id="within noise"),
        pytest.param(figure(ratio=2), figure(ratio=2.4), "worse", True, id="slower"),
        pytest.param(figure(ratio=2), figure(ratio=1.6), "better", False, id="faster"),
        pytest.param(figure(ratio=2.9), figure(ratio=3.1), "as before", True, id="aim lost"),
        pytest.param(figure(ratio=3.1), figure(ratio=2.9), "as before", False, id="aim reached"),
        pytest.param(rate(2, 1), rate(1.5, 1), "worse", True, id="less rate"),
        pytest.param(rate(1), rate(2), "better", False, id="more rate without an aim"),
        pytest.param(alone(0), alone(1), "worse", True, id="none before"),
    ],
)
def test_comparison_says_what_got_worse(
    old: Figure, new: Figure, word: str, is_worse: bool
) -> None:
    lines, found = compare.compare(of(old), of(new))
    assert found is is_worse
    assert [text for text in lines if "press" in text and text.startswith(word)] == lines[:-1]
    assert len(lines) == (2 if word else 1)


def test_comparison_leaves_out_rows_of_one_run() -> None:
    lines, is_worse = compare.compare(of(figure("a")), of(figure("b", ratio=9)))
    assert (lines[0][:14], is_worse) == ("0 rows in both", False)


def test_comparison_says_that_computers_differ() -> None:
    other = replace(KEPT, machine={**KEPT.machine, "cores": 64})
    assert "different computers" in compare.compare(KEPT, other)[0][-1]


# The archives.


def test_archive_of_a_life_is_that_of_its_case(tmp_path: Path) -> None:
    archived = archives.build(tmp_path, 400)
    with (
        archived.case() as case,
        Line(case.port) as port,
        open_archive(archived.database) as archive,
    ):
        outcome = sync(port, archive, lambda: archived.now() - CASE_EPOCH)
        (kept,) = archive.cases()
        # Where a record differed, the case's log would be kept beside the life's, or as its fork.
        (log_id,) = archive.logs(kept.id)
        raws = archive.raw_records(log_id)
    assert outcome.new == 0
    assert 400 <= len(raws) < 410


@pytest.mark.parametrize(
    "text", ["", '{"rows": [', "[]", "{}", '{"rows": [], "growth": []}', '"rows"']
)
def test_comparison_with_something_else_is_refused_in_a_sentence(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.json"
    other.write_text(text, "utf-8")
    monkeypatch.setattr("sys.argv", ["compare", str(results.FILE), str(other)])
    with pytest.raises(SystemExit, match="2"):
        compare.main()
    assert f"{other} is no result of make bench. Give two files" in capsys.readouterr().err


def test_comparison_with_a_file_that_is_not_there_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["compare", str(results.FILE), str(tmp_path / "gone.json")])
    with pytest.raises(SystemExit, match="2"):
        compare.main()
    assert "gone.json'. Give two files" in capsys.readouterr().err


# What is measured.


def test_columns_stand_below_each_other_for_every_name() -> None:
    assert max(len(name) for name in run.names()) <= table.WIDTH


def test_what_a_measured_program_says_is_told_only_if_it_fails(
    capfd: pytest.CaptureFixture[str],
) -> None:
    says = "import sys; print('so', file=sys.stderr); sys.exit({})"
    timing.run(["python", "-c", says.format(0)])
    assert capfd.readouterr() == ("", "")
    with pytest.raises(RuntimeError, match="ended with 3: so"):
        timing.run(["python", "-c", says.format(3)])


def test_no_run_is_no_median(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["run", "--runs", "0"])
    with pytest.raises(SystemExit, match="2"):
        run.main()
    assert "--runs is 1 or more" in capsys.readouterr().err
