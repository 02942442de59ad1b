"""How fast the page works in a real browser, beside ``host`` with the same records.

Both sync the same virtual case, whose port is bridged into the browser as in tests/browser/. The
page's times go from the press of a button to when everything is shown again; those of ``host`` are
of whole processes.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from tests.bench.archives import Archived, Kept
from tests.bench.host_speed import fresh, import_s
from tests.bench.table import Row
from tests.bench.timing import seconds, turns
from tests.bench.workshop import Measurement, Workshop
from tests.browser import chromium
from tests.browser.open_page import OpenPage, opened

from rollhost.page.built import PAGE
from rollhost.sim.virtual_case import VirtualCase

RECORDS = 10_000

ROWS = (
    f"page: first sync of {RECORDS:,} records; host sync",
    f"page: first sync of {RECORDS:,} records, kept in the browser; host sync",
    f"page: shown after a reload, {RECORDS:,} records; host status",
    f"page: file of {RECORDS:,} records saved; host export json",
    f"page: file of {RECORDS:,} records taken in; host import",
)


def why_not() -> str:
    """Return what is missing for a measurement of the page; empty if nothing is."""
    if not PAGE.exists():
        return "needs the page: make page"
    if chromium.find() is None:
        return "needs Chromium or Chrome: make browser"
    return "" if find_spec("playwright") else "needs playwright, which drives the browser"


def rows(workshop: Workshop) -> Iterator[Row]:
    """Yield how long the page takes for what ``host`` does too."""
    executable = chromium.find()
    assert executable
    archive = workshop.archive(RECORDS, None)
    file = workshop.folder / "for_page.json"
    archive.host("export", "json", "--force", str(file))
    with tempfile.TemporaryDirectory() as home, chromium.started(executable, Path(home)) as browser:

        @contextmanager
        def page(port: str = "/nowhere") -> Iterator[OpenPage]:
            with opened(browser, PAGE, port) as page:
                page.tab.clock.set_fixed_time(archive.now())
                yield page
                assert page.errors == [], page.errors

        def synced_s(kept: bool) -> float:
            with page(case.port) as new:
                if kept:
                    new.press("keep")
                return seconds(partial(_sync, new))

        def taken_in_s() -> float:
            with page() as new:
                return seconds(partial(_take_in, new, file))

        with VirtualCase(archive.flash) as case:
            ours, kept, theirs = turns(
                partial(synced_s, False),
                partial(synced_s, True),
                partial(host_sync_s, archive, case, workshop.folder),
            )
        yield Row(ROWS[0], ours, "s", theirs, 2)
        yield Row(ROWS[1], kept, "s", theirs)
        with page() as known:
            known.press("keep")
            _take_in(known, file)
            shown, status, saved, exported = turns(
                partial(seconds, known.load),
                partial(seconds, partial(archive.host, "status")),
                partial(seconds, partial(known.save, file.with_suffix(".page"))),
                partial(seconds, partial(archive.host, "export", "json", "--force", str(file))),
            )
        yield Row(ROWS[2], shown, "s", status)
        yield Row(ROWS[3], saved, "s", exported)
        taken, imported = turns(taken_in_s, partial(import_s, archive, file, workshop.folder))
        yield Row(ROWS[4], taken, "s", imported)


def _sync(page: OpenPage) -> None:
    said = page.sync()
    assert said.startswith("Synced"), said
    (facts,) = page.facts()
    assert facts["records"] >= RECORDS


def _take_in(page: OpenPage, file: Path) -> None:
    said = page.take_in(file)
    assert said.startswith("Taken in"), said


def host_sync_s(archive: Archived, case: VirtualCase, folder: Path) -> float:
    """Return how long (s) ``host sync`` takes with an empty database."""
    with fresh(folder) as database:
        empty = Kept(database, archive.until)
        return seconds(lambda: empty.host("sync", "--port", case.port))


MEASUREMENT = Measurement(ROWS, rows, why_not)
