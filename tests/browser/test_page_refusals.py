"""What the page says where it cannot go on: a sentence, and the next step. Nothing is lost."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser.open_page import OpenPage, opened
from tests.conftest import made_page
from tests.host.scripted_case import ScriptedCase, answer, only

from rollhost.page.inside.effects import PageError
from rollhost.page.inside.line import Line

if TYPE_CHECKING:  # not everywhere to be had: see pyproject.toml
    from playwright.sync_api import Browser


@pytest.fixture
def page(browser: "Browser") -> Iterator[OpenPage]:
    with opened(browser, made_page()) as page:
        yield page
        assert page.errors == []


def step(page: OpenPage) -> str:
    return page.step


class Quota:
    """How much a browser grants the page."""

    def __init__(self, page: OpenPage) -> None:
        self._tools = page.tab.context.new_cdp_session(page.tab)

    def grant(self, size: int | None) -> None:
        """Let it grant so many bytes; None: as many as it wants."""
        words = {"origin": "file:///", "quotaSize": size}
        known = {name: word for name, word in words.items() if word is not None}
        self._tools.send("Storage.overrideQuotaForOrigin", known)


def test_storage_that_is_full_loses_nothing_of_a_sync(page: OpenPage, home: Path) -> None:
    with ScriptedCase(home / "flash") as case:
        page.port.path = case.port
        page.press("sync", "yes")
        quota = Quota(page)
        before = page.facts()[0]["records"]
        quota.grant(1)
        assert page.press("keep") == "This browser does not keep it: its storage is full."
        assert "save a file" in step(page)
        assert page.facts()[0]["records"] == before
        # From here on Chromium believes this for half a minute, and asks for no new quota.
        quota.grant(25_000)
        assert page.press("keep") == "Kept in this browser."
        case.log(1000)
        assert page.sync().startswith("This browser does not keep what has come")
        assert "Nothing is lost" in step(page)
        assert page.facts()[0]["records"] == before
        quota.grant(None)
        assert page.sync().startswith("Synced: ")
        assert page.facts()[0]["records"] >= before + 1000


@pytest.mark.parametrize(
    ("version", "says", "then"),
    [
        (1, "The firmware of this case is too old for this page.", "host install"),
        (99, "This page is too old for the firmware of this case.", "Get a newer page."),
    ],
)
def test_firmware_of_another_time_is_named_with_the_next_step(
    page: OpenPage, home: Path, version: int, says: str, then: str
) -> None:
    hello = {"device": "aa", "board": "pico", "firmware": "0.1.0", "version": version}
    with ScriptedCase(
        home / "flash", only("hello", lambda asked, right: answer(asked, "case", **hello))
    ) as case:
        page.port.path = case.port
        assert page.sync() == says
    assert then in step(page)
    assert page.facts() == []


def test_question_that_older_firmware_does_not_know_leaves_its_log_to_the_program(
    page: OpenPage, home: Path
) -> None:
    with ScriptedCase(home / "flash") as case:
        case.unknown = {"policy"}
        page.port.path = case.port
        assert page.sync().startswith("The case says: ")
    assert step(page).startswith("Its firmware is older than this page.")
    assert "Nothing is lost" in step(page)


def said_of(port: Callable[[int], bytes]) -> PageError:
    """Greet what is on a port, and return what is said of it; `port` is told which read it is."""
    job, reads = Line(1).greet(), 0
    effect = job.send(None)  # type: ignore[arg-type]
    while True:
        reply: dict[str, object] = {}
        if effect["do"] == "read port":
            reads += 1
            data = port(reads)
            reply = {"text": base64.b64encode(data).decode(), "took_ms": effect["ms"]}
        try:
            effect = job.send(reply)
        except PageError as error:
            return error


@pytest.mark.parametrize(
    ("said", "says", "then"),
    [
        (b"", "Nothing answers on this port.", "unplug it"),
        (b"+CREG: 0,1\r\nOK\r\n", "What is on this port talks, but not like a case.", "another"),
        (b"\r\n>>> ", "This board stands at MicroPython's prompt.", "host install"),
    ],
    ids=["silence", "a modem", "MicroPython"],
)
def test_board_that_is_no_case_is_told_from_one(said: bytes, says: str, then: str) -> None:
    error = said_of(lambda reads: said if reads == 1 else b"")
    assert error.sentence == says
    assert then in error.step
