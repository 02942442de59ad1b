"""The page syncs by Chromium's own Web Serial; the virtual case's pseudo-terminal is its port."""

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.browser import chromium, one_port
from tests.browser.conftest import missing
from tests.browser.one_port import OnePort
from tests.browser.open_page import OpenPage
from tests.conftest import HostJson, made_page
from tests.end_to_end.full_log import fill
from tests.end_to_end.relay import Relay

from rollhost.sim.virtual_case import VirtualCase

RECORDS = 300

MIDDLE = 6000
"""After so many bytes on the line, about half the records have come."""

FROM_A_FILE = "file:///*"

Open = Callable[[str], OpenPage]
"""Opens the page from files (`FROM_A_FILE`) or from an address of this computer."""


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder, and prints nothing."""

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the page on this computer."""
    handler = functools.partial(Quiet, directory=str(made_page().parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def case(home: Path) -> Iterator[VirtualCase]:
    """A case with many records."""
    fill(home / "flash.img", RECORDS)
    with VirtualCase(home / "flash.img") as case:
        yield case


@pytest.fixture
def port(case: VirtualCase, home: Path) -> OnePort:
    if why := one_port.missing():
        pytest.skip(why)
    (home / "udev").mkdir()
    return one_port.built(case.port, home / "udev")


@pytest.fixture
def open_page(port: OnePort, home: Path) -> Iterator[Open]:
    executable = chromium.find()
    if executable is None:
        missing("there is no Chromium or Chrome on the path: make browser")
    page = made_page()
    with ExitStack() as stack:

        def opened(origin: str) -> OpenPage:
            context = stack.enter_context(
                one_port.chromium_with(port, executable, home / "browser", origin)
            )
            address = None if origin == FROM_A_FILE else f"{origin}/{page.name}"
            return OpenPage(context, page, port=None, address=address)

        yield opened


def seqs(page: OpenPage, to: Path) -> list[int]:
    """Return the numbers of the records that the page saves in a file."""
    ((log,),) = (case["logs"] for case in page.save(to)["cases"])
    return [record["seq"] for record in log["records"]]


@pytest.mark.in_process
@pytest.mark.parametrize("place", ["file", "address"])
def test_sync_by_the_browsers_own_port_brings_home_each_record_once(
    open_page: Open, case: VirtualCase, address: str, home: Path, host_json: HostJson, place: str
) -> None:
    page = open_page(FROM_A_FILE if place == "file" else address)
    said = page.sync()
    assert said.startswith("Synced: ")
    # The port was let go of: it opens again, and there is nothing new.
    assert page.sync() == "Synced: 0 new records."
    case.press()
    assert page.sync() == "Synced: 1 new record."
    found = seqs(page, home / "page.json")
    assert len(found) > RECORDS
    assert found == list(range(1, len(found) + 1))
    imported = host_json("import", str(home / "page.json"))
    assert imported["records"] == len(found)
    assert host_json("sync", "--port", case.port)["new"] <= 1
    assert host_json("verify")["intact"]
    assert page.errors == []


def test_browser_tells_of_a_case_that_is_unplugged(open_page: Open, port: OnePort) -> None:
    page = open_page(FROM_A_FILE)
    page.sync()
    with page.tab.expect_event("console", lambda said: said.text == "gone"):
        page.tab.evaluate(
            "navigator.serial.addEventListener('disconnect', () => console.log('gone'))"
        )
        port.unplug()
    assert page.tab.evaluate("navigator.serial.getPorts().then(ports => ports.length)") == 0


def test_cable_that_is_pulled_in_the_middle_of_a_sync_is_said_to_have_broken_off(
    open_page: Open, port: OnePort, case: VirtualCase
) -> None:
    with Relay(case.port, cut_after=MIDDLE) as relay:
        port.path = relay.port
        page = open_page(FROM_A_FILE)
        assert page.sync() == "The line to the case broke off."
        assert page.facts() == []
        assert page.errors == []


def test_case_whose_power_is_cut_in_the_middle_of_a_sync_loses_nothing(
    open_page: Open, port: OnePort, case: VirtualCase, home: Path
) -> None:
    with Relay(case.port) as relay:
        port.path = relay.port
        relay.hold_at(MIDDLE)
        page = open_page(FROM_A_FILE)
        page.tab.click("#sync")
        relay.wait_for(MIDDLE)
        case.cut()
        relay.hold_at(None)
        page.tab.wait_for_selector('body[data-did="1"]', state="attached")
        assert page.sync().startswith("Synced: ")
        found = seqs(page, home / "page.json")
        assert len(found) > RECORDS
        assert found == list(range(1, len(found) + 1))
        assert page.errors == []
