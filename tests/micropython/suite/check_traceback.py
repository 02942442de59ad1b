"""Tracebacks, as `rollcase.faults` reads them."""

from tests.micropython.suite.expect import equal, true

from rollcase import faults
from rollcase.clock import elapsed
from rollcase.hal.traceback import traceback
from rollcore.events import ERRORS, FILES


def test_traceback_says_where_an_exception_was_raised() -> None:
    nothing: "int | None" = None
    try:
        elapsed(nothing, 1)  # type: ignore[arg-type]  # what a bug would do
    except TypeError as error:
        text = traceback(error)
    true(text.startswith("Traceback"), text)
    found = faults.fields("TypeError", text)
    equal(dict(FILES)[found["file"]], "rollcase/clock.py")
    equal(dict(ERRORS)[found["error"]], "TypeError")
    true(found["line"] > 0, text)
