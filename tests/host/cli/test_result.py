"""One answer, two renderings: what goes to stdout, what to stderr, and in which of them."""

import json

import pytest

from rollhost.cli.result import SCHEMA_VERSION, Result, show
from rollhost.errors import FAILED


def never() -> dict[str, object]:
    """Fail: this rendering was not asked for."""
    raise AssertionError("made without being asked for")


def test_result_as_text_is_the_lines_alone(capsys: pytest.CaptureFixture[str]) -> None:
    result = Result(never, lambda: ["Rested.", "", "Face  rested"])
    assert show(result, as_json=False) == 0
    assert capsys.readouterr() == ("Rested.\n\nFace  rested\n", "")


def test_result_as_json_is_one_document_that_begins_with_the_schema_version(
    capsys: pytest.CaptureFixture[str],
) -> None:
    result = Result(lambda: {"uses": 3, "refused": []}, never)
    assert show(result, as_json=True) == 0
    printed, aside = capsys.readouterr()
    assert list(json.loads(printed).items()) == [
        ("schema_version", SCHEMA_VERSION), ("uses", 3), ("refused", []),
    ]  # fmt: skip
    assert printed.count("\n") == 5
    assert aside == ""


def test_result_without_lines_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    show(Result(None, list), as_json=False)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("as_json", "aside"), [(False, "both\ntext only\n"), (True, "both\n")], ids=["text", "json"]
)
def test_notes_accompany_both_renderings_and_hints_only_the_text(
    capsys: pytest.CaptureFixture[str], as_json: bool, aside: str
) -> None:
    result = Result(lambda: {}, list, notes=["both"], hints=["text only"])
    show(result, as_json)
    assert capsys.readouterr().err == aside


def test_exit_code_is_that_of_the_result() -> None:
    assert show(Result(dict, list, exit_code=FAILED), as_json=False) == FAILED
