"""docs/first-month.md is what a first month with the case says today, word for word."""

from docs import first_month


def test_first_month_document_matches_what_happens() -> None:
    assert first_month.FILE.read_text("utf-8") == first_month.write(), "run: make docs"
