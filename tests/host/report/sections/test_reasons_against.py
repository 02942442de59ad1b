"""The line on the reasons against rolling, as a doctor reads it."""

import pytest
from tests.host.report_pages import facts_of, write_down
from tests.host.ten_years import BORN, DAY, Life

from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.report.sections.reasons_against import asked_line


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            {"reasons": ["blood-thinner", "dark-skin"], "text": "warfarin\nsince May"},
            "blood thinner, dark skin (“warfarin since May”).",
        ),
        ({"reasons": []}, "none of them."),
        ({"reasons": ["of-a-newer-version"]}, "of a newer version."),
    ],
)
def test_line_has_the_last_answer_and_its_day(
    archive: Archive, answer: dict[str, object], says: str
) -> None:
    Life(archive).sync()
    write_down(archive, diary.CHECK, BORN + DAY, 1, reasons=["keloid"])
    write_down(archive, diary.CHECK, BORN + 2 * DAY, 2, **answer)
    line = asked_line(facts_of(archive, BORN + 3 * DAY))
    assert line.startswith("Answered on ")
    assert line.endswith(f": {says}")


def test_line_says_that_nobody_was_asked(archive: Archive) -> None:
    Life(archive).sync()
    line = asked_line(facts_of(archive, BORN + DAY))
    assert line == "Not asked for yet."
