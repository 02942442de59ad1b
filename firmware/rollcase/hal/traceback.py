"""Tracebacks, as MicroPython prints them."""

import io
import sys


def traceback(error: Exception) -> str:
    """Return what MicroPython prints of an exception: where it was raised, and what it says."""
    text = io.StringIO()
    sys.print_exception(error, text)
    return text.getvalue()
