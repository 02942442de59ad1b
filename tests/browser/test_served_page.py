"""The page as a web server hands it out: kept by the browser, and installed as an app."""

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser.open_page import OpenPage
from tests.conftest import made_page

from release.served_page import served_page

if TYPE_CHECKING:  # not everywhere to be had: see pyproject.toml
    from playwright.sync_api import Browser, BrowserContext

KEPT = "navigator.serviceWorker.ready.then(() => caches.keys())"
"""The names of what the browser keeps, once a worker serves the page."""


class Server:
    """Serves a folder on this computer, until it is told to go away."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(SimpleHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                asked.append(self.path)

        handler = functools.partial(Handler, directory=str(folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def go_away(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def folder(home: Path) -> Path:
    write(made_page().read_text(encoding="utf-8"), home / "served")
    return home / "served"


@pytest.fixture
def serve(folder: Path) -> Iterator[Callable[[int], Server]]:
    """Serve the folder on a port; 0 is any."""
    with ExitStack() as stack:

        def served(port: int = 0) -> Server:
            server = Server(folder, port)
            stack.callback(server.go_away)
            return server

        yield served


@pytest.fixture
def context(browser: "Browser") -> Iterator["BrowserContext"]:
    context = browser.new_context()
    yield context
    context.close()


def write(page: str, folder: Path) -> None:
    """Write the folder that is made of the text of a page."""
    folder.mkdir(exist_ok=True)
    for name, data in served_page(page).items():
        (folder / name).write_bytes(data)


def test_page_that_was_opened_once_works_without_its_server(
    context: "BrowserContext", serve: Callable[[int], Server]
) -> None:
    server = serve(0)
    page = OpenPage(context, made_page(), port=None, address=server.address)
    assert page.tab.evaluate(KEPT)
    server.go_away()
    page.load()
    page.tab.click("#case-begin")
    page.tab.wait_for_selector("#case-says:not(:empty)", timeout=30_000)
    assert page.press("case-sync").startswith("Synced: ")
    assert page.errors == []
    page.tab.goto(f"{server.address}index.html")
    page.tab.wait_for_selector("body[data-shown]", state="attached")


def test_page_loads_nothing_but_its_own_files(
    context: "BrowserContext", serve: Callable[[int], Server]
) -> None:
    server = serve(0)
    page = OpenPage(context, made_page(), port=None, address=server.address)
    page.tab.evaluate(KEPT)
    files = {path.removeprefix("/").split("?")[0] for path in server.asked}
    assert files - {""} <= set(served_page(made_page().read_text("utf-8")))
    assert all(url.startswith((server.address, "blob:", "data:")) for url in page.asked_for)
    assert page.errors == []


def test_browser_finds_nothing_that_keeps_the_page_from_being_installed(
    context: "BrowserContext", serve: Callable[[int], Server]
) -> None:
    server = serve(0)
    page = OpenPage(context, made_page(), port=None, address=server.address)
    page.tab.evaluate(KEPT)
    chromium = context.new_cdp_session(page.tab)
    manifest = chromium.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"] == f"{server.address}rollcase.webmanifest"
    errors = chromium.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A window whose data is forgotten, as a test's is, installs nothing.
    assert [error["errorId"] for error in errors if error["errorId"] != "in-incognito"] == []


def test_newer_release_is_shown_from_the_next_time_on_and_the_older_one_forgotten(
    context: "BrowserContext", serve: Callable[[int], Server], folder: Path
) -> None:
    server = serve(0)
    page = OpenPage(context, made_page(), port=None, address=server.address)
    (old,) = page.tab.evaluate(KEPT)
    page.load()
    write(made_page().read_text("utf-8").replace("<title>", "<title>Newer ", 1), folder)
    page.tab.evaluate(
        "new Promise((done) => { navigator.serviceWorker.oncontrollerchange = done;"
        " navigator.serviceWorker.ready.then((one) => one.update()); })"
    )
    assert page.tab.title() == "Rollcase"
    server.go_away()
    page.load()
    assert page.tab.title() == "Newer Rollcase"
    (new,) = page.tab.evaluate(KEPT)
    assert new != old


def test_page_whose_script_was_changed_does_not_start(
    context: "BrowserContext", serve: Callable[[int], Server], folder: Path
) -> None:
    index = folder / "index.html"
    text = index.read_text("utf-8")
    index.write_text(text.replace("navigator.serviceWorker", "navigator .serviceWorker"), "utf-8")
    server = serve(0)
    tab = context.new_page()
    with tab.expect_event("console", lambda said: "Content Security Policy" in said.text):
        tab.goto(server.address)
    tab.wait_for_selector("body[data-shown]", state="attached")
    assert tab.evaluate("navigator.serviceWorker.getRegistrations()") == []
