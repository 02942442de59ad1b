"""What docs/calendar.md says of the libraries that read a calendar is what they do."""

import pytest
from docs.calendar_readers import LIBRARIES, USE, line_of, shown, table, two_exports


@pytest.mark.filterwarnings("ignore::FutureWarning")  # ics of itself
def test_table_of_the_document_is_what_the_libraries_do() -> None:
    assert shown() == table(), "python -m docs.calendar_readers writes it anew"


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_vobject_refuses_what_ics_writes_for_an_alarm_at_the_start() -> None:
    _, ics, vobject = LIBRARIES
    text = ics.again(two_exports()[0])
    assert line_of(text, USE, "TRIGGER") == "TRIGGER:P"
    with pytest.raises(Exception, match="not recognized as DURATION"):
        vobject.events(text)
