"""Takes pictures of the page that syncs a case: page-light.png, page-dark.png, page-narrow.png.

Usage: make docs. The page has taken in two months that a script lived (tests/host/ten_years.py).
Where there is no browser, or the page is not made, the pictures stay as they are.
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
from tests.host.ten_years import two_months

from rollhost.cli.main import main as host
from rollhost.database.open import open_archive
from rollhost.output import units
from rollhost.page.built import PAGE

FOLDER = Path(__file__).resolve().parent

LOOKS = {"light": (760, 900, "light"), "dark": (760, 900, "dark"), "narrow": (320, 900, "light")}
"""The window in CSS px, and its colours, by the name of the picture."""


def take(file: Path, now: int, browser_home: Path) -> None:
    """Take the pictures of the page with what is in `file`, at Unix time `now` (s)."""
    executable = chromium.find()
    assert executable is not None
    with chromium.started(executable, browser_home) as browser:
        for name, (width, height, colours) in LOOKS.items():
            view = View(browser, PAGE, width=width, height=height, color_scheme=colours)  # type: ignore[arg-type]
            view.page.wait_for_selector("body[data-shown]", state="attached")
            view.page.clock.set_fixed_time(now)
            view.page.set_input_files("#take-in", file)
            view.page.wait_for_selector("article")
            view.page.click("text=Stop the lamp")
            view.page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
            picture = Image.open(BytesIO(view.page.screenshot())).convert("RGB")
            picture.quantize(64).save(FOLDER / f"page-{name}.png", optimize=True)
            view.close()


def main() -> None:
    """Let the page take a life in, and take its pictures."""
    if chromium.find() is None or not PAGE.exists():
        print("There is no browser or no page: the pictures stay as they are.", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_archive(folder / "life.db", create=True) as archive:
            lived = two_months(archive)
        file = folder / "rollcase.json"
        with patch.dict(environ, ROLLCASE_NOW=units.utc(lived.until), TZ="UTC"):
            time.tzset()
            assert host(["export", "json", str(file), "--db", str(folder / "life.db")]) == 0
            take(file, lived.until, folder)


if __name__ == "__main__":
    main()
