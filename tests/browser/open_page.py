"""The page as a person uses it: its buttons, what it says, and the file that it saves."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.browser.bridged_port import BridgedPort

if TYPE_CHECKING:  # not everywhere to be had: see pyproject.toml
    from playwright.sync_api import Browser, BrowserContext, Page

READY_MS = 30_000
"""How long (ms) to wait for a page on a busy computer."""


class OpenPage:
    """The page `file` in a tab of `context`, its port bridged to `port`; None: it is not bridged.

    `address` is where it is opened from, if not from the file.
    """

    port: BridgedPort

    def __init__(
        self,
        context: "BrowserContext",
        file: Path,
        port: str | None = "/nowhere",
        address: str | None = None,
    ) -> None:
        self.errors: list[str] = []
        self.asked_for: list[str] = []
        self.tab: Page = context.new_page()
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))
        self.tab.on(
            "console",
            lambda said: self.errors.append(said.text) if said.type == "error" else None,
        )
        self.tab.on("request", lambda request: self.asked_for.append(request.url))
        if port is not None:
            self.port = BridgedPort(self.tab, port)
        self._address = address or file.resolve().as_uri()
        self.load()

    def load(self) -> None:
        """Open the page, anew if it is open."""
        self.tab.goto(self._address)
        self.tab.wait_for_selector("body[data-shown]", state="attached", timeout=READY_MS)

    @property
    def says(self) -> str:
        """The sentence that was said last, wherever it stands."""
        return self.tab.inner_text(".say:not(:empty)")

    @property
    def step(self) -> str:
        """The next step after that sentence; empty if there is none."""
        return self.tab.inner_text(".said:has(.say:not(:empty)) .step")

    def press(self, button: str, answer: str | None = None) -> str:
        """Press the button with this id, and the one that answers; return what the page says."""
        with self._done():
            self.tab.click(f"#{button}")
            if answer:
                self.tab.click(f"#{answer}")
        return self.says

    @contextmanager
    def _done(self) -> Iterator[None]:
        did = int(self.tab.get_attribute("body", "data-did") or 0)
        yield
        self.tab.wait_for_selector(
            f'body[data-did="{did + 1}"]', state="attached", timeout=READY_MS
        )

    def sync(self) -> str:
        """Sync, and return what the page says then."""
        return self.press("sync")

    def save(self, to: Path) -> dict[str, Any]:
        """Save a file to this path; return what is in it."""
        with self.tab.expect_download() as download:
            self.press("save")
        download.value.save_as(to)
        document: dict[str, Any] = json.loads(to.read_text(encoding="utf-8"))
        return document

    def take_in(self, file: Path) -> str:
        """Take a file in; return what the page says then."""
        with self._done():
            self.tab.set_input_files("#take-in", file)
        return self.says

    def pick(self, file: Path) -> None:
        """Pick a file again that was saved, so that it is read back."""
        with self._done():
            self.tab.set_input_files("#pick", file)

    def facts(self) -> list[dict[str, Any]]:
        """Return the facts of each case that is shown."""
        text = self.tab.get_attribute("#cases", "data-facts")
        found: list[dict[str, Any]] = json.loads(text or "[]")
        return found


@contextmanager
def opened(browser: "Browser", file: Path, port: str = "/nowhere") -> Iterator[OpenPage]:
    """Open the page in a browser that knows nothing yet."""
    context = browser.new_context(accept_downloads=True)
    try:
        yield OpenPage(context, file, port)
    finally:
        context.close()
