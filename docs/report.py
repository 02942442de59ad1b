"""Takes pictures of a report as a browser shows it: report-light.png, -dark.png and -print.png.

Usage: make docs. The report is of a year that a script has lived (tests/host/ten_years.py).
Where there is no browser, the pictures stay as they are.
"""

import sys
import tempfile
import time
from io import BytesIO
from os import environ
from pathlib import Path
from unittest.mock import patch

from PIL import Image
from tests.browser import chromium
from tests.browser.view import View
from tests.host.ten_years import a_year

from rollhost.cli.main import main as host
from rollhost.database.open import open_archive
from rollhost.output import units

FOLDER = Path(__file__).resolve().parent

WIDTH, HEIGHT = 1000, 2000
"""CSS px of the window: down to the rest between uses."""

A4_PX = (794, 1123)
"""An A4 page in CSS px (96 to the inch)."""


def take(file: Path, browser_home: Path) -> None:
    """Take the pictures of the report in `file`."""
    executable = chromium.find()
    assert executable is not None
    with chromium.started(executable, browser_home) as browser:
        for look in ("light", "dark"):
            view = View(browser, file, width=WIDTH, height=HEIGHT, color_scheme=look)
            _keep(view.page.screenshot(), f"report-{look}.png")
            view.close()
        view = View(browser, file, width=A4_PX[0], height=A4_PX[1], media="print")
        _keep(view.page.screenshot(), "report-print.png")
        view.close()


def _keep(png: bytes, name: str) -> None:
    # Few colours are in it: a palette makes the file a third.
    Image.open(BytesIO(png)).convert("RGB").quantize(128).save(FOLDER / name, optimize=True)


def main() -> None:
    """Make the report, and take its pictures."""
    if chromium.find() is None:
        print("There is no browser: the pictures of the report stay as they are.", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "photos").mkdir()
        with open_archive(folder / "year.db", create=True) as archive:
            lived = a_year(archive, folder / "photos")
        file = folder / "report.html"
        with patch.dict(environ, ROLLCASE_NOW=units.utc(lived.until), TZ="UTC"):
            time.tzset()
            assert host(["report", str(file), "--db", str(folder / "year.db")]) == 0
        take(file, folder)


if __name__ == "__main__":
    main()
