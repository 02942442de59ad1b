"""Where the page is once ``make page`` has made it. It is in no clone, and in every wheel."""

from pathlib import Path

PAGE = Path(__file__).resolve().parent / "rollcase.html"

GENERATOR = "Rollcase page"
"""How the page's mark begins, by which a file is known for such a page."""
