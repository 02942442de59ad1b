"""The browser, and pages opened in it."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from tests.browser import chromium
from tests.browser.samples import SAMPLES, Sample, moment
from tests.browser.view import View
from tests.host.ten_years import HOUR

from rollhost.cli.main import main
from rollhost.database.open import open_archive

if TYPE_CHECKING:  # not everywhere to be had: see pyproject.toml
    from playwright.sync_api import Browser

BROWSER_REQUIRED = "BROWSER_REQUIRED" in os.environ
"""Whether a missing browser is a failure; else its tests are skipped."""

FOR_DOCTOR = "with photos.html"
"""The name of a report with photos on the page for the dermatologist; it lies beside the other."""

Show = Callable[..., View]
"""Opens a file, with the settings of `View`; see the fixture `show`."""


def missing(what: str) -> NoReturn:
    """Skip the test, or fail it where a browser is required."""
    if BROWSER_REQUIRED:
        pytest.fail(what)
    pytest.skip(what)


# Not for the session: while Playwright runs, no test in this process can run an asyncio loop.
@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Browser"]:
    """A browser without a window, one for all tests of a module."""
    executable = chromium.find()
    if executable is None:
        missing("there is no Chromium or Chrome on the path: make browser")
    if find_spec("playwright") is None:
        missing("there is no playwright, which drives the browser, for this kind of machine")
    with chromium.started(executable, tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture
def show(browser: "Browser") -> Iterator[Show]:
    """Open a file, and expect it to be quiet: once it is loaded, and again after the test."""
    with ExitStack() as open_views:

        def opened(file: Path, **settings: Any) -> View:
            view = View(browser, file, **settings)
            open_views.callback(view.close)
            view.expect_quiet()
            open_views.callback(view.expect_quiet)
            return view

        yield opened


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sample]:
    """Every life, and its report as the command writes it."""
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        for name, live in SAMPLES.items():
            folder = tmp_path_factory.mktemp(name)
            with open_archive(folder / "rollcase.db", create=True) as archive:
                lived = live(archive, folder)
            patch.setenv("ROLLCASE_NOW", moment(lived.until + HOUR).isoformat())
            page = folder / "report.html"
            assert main(["report", "--db", str(folder / "rollcase.db"), str(page)]) == 0
            if lived.photos:
                page = folder / FOR_DOCTOR
                options = ["--db", str(folder / "rollcase.db"), "--photos-for-doctor"]
                assert main(["report", *options, str(page)]) == 0
            made[name] = Sample(folder / "report.html", lived)
    time.tzset()
    return made
