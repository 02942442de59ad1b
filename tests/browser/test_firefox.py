"""The page in Firefox: it starts, says what it cannot do there, and syncs by Firefox's own port."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.browser import firefox, one_port
from tests.browser.conftest import missing
from tests.browser.firefox import Firefox
from tests.browser.random_logs import as_export, random_log
from tests.conftest import HostJson, made_page

from rollhost.sim.virtual_case import VirtualCase

WITH_SERIAL = 151
"""The first version that has Web Serial."""

CHOOSER = "webSerial-choosePort-notification"


@contextmanager
def page_in_firefox(
    home: Path, environment: dict[str, str], settings: dict[str, object]
) -> Iterator[Firefox]:
    """Open the page from its file in a Firefox that knows nothing yet."""
    executable = firefox.find()
    if executable is None:
        missing("there is no Firefox on the path: make browser")
    page = made_page().as_uri()
    with firefox.started(executable, home / "firefox", environment, settings) as browser:
        browser.open(page)
        browser.wait_for("body[data-shown]")
        yield browser


def says(browser: Firefox, where: str = "say") -> str:
    places = ".said:has(.say:not(:empty))"
    said: str = browser.run(f"return document.querySelector('{places} .{where}').textContent")
    return said


NOTHING: dict[str, object] = {"dom.webserial.enabled": False, "network.cookie.cookieBehavior": 2}
"""Settings of a browser that has no Web Serial, and refuses to keep anything."""


def test_page_without_a_port_and_a_store_says_so_and_shows_a_file(home: Path) -> None:
    (home / "logs.json").write_text(json.dumps(as_export({1: random_log(1)})))
    with page_in_firefox(home, {}, NOTHING) as browser:
        assert says(browser) == "This browser cannot talk to a case."
        assert "Chrome and Edge" in says(browser, "step")
        assert "Firefox from 151" in says(browser, "step")
        disabled = "return [...document.querySelectorAll('button:disabled')].map(each => each.id)"
        assert "sync" in browser.run(disabled)
        browser.take_in("#take-in", home / "logs.json")
        browser.wait_for("article")
        browser.click("#keep")
        browser.wait_for("body[data-did='2']")
        assert says(browser) == "This browser does not keep it: it refuses to."
        assert "save a file" in says(browser, "step")
        assert browser.wait_for("article")
        kept = "return (await indexedDB.databases().catch(() => [])).length"
        assert browser.run(kept) == 0


@pytest.mark.in_process
def test_sync_by_firefoxes_own_port_brings_home_each_record_once(
    home: Path, host_json: HostJson
) -> None:
    if why := one_port.missing():
        pytest.skip(why)
    (home / "udev").mkdir()
    with VirtualCase() as case:
        port = one_port.built(case.port, home / "udev")
        with page_in_firefox(home, port.environment, {}) as browser:
            if browser.version < WITH_SERIAL:
                pytest.skip(f"Firefox {browser.version} has no Web Serial")
            for count in (1, 2):
                case.press()
                browser.click("#sync")
                assert browser.allow() == CHOOSER
                browser.wait_for(f"body[data-did='{count}']")
                assert says(browser).startswith("Synced: ")
            facts = "return document.getElementById('cases').dataset.facts"
            (known,) = json.loads(browser.run(facts))
        # The page let go of the port, and acknowledged nothing: the host has all of it to fetch.
        synced = host_json("sync", "--port", case.port)
        assert 0 <= synced["new"] - known["records"] <= 1
        assert host_json("verify")["intact"]
