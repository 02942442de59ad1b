"""The page in a real browser: it syncs a virtual case, keeps, saves, takes in, and forgets."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser.open_page import OpenPage, opened
from tests.conftest import HostJson, made_page

from rollcore import messages
from rollhost.sim.virtual_case import VirtualCase

if TYPE_CHECKING:  # not everywhere to be had: see pyproject.toml
    from playwright.sync_api import Browser

MINUTE = 60_000
SOAK = 11 * MINUTE


@pytest.fixture
def case() -> Iterator[VirtualCase]:
    with VirtualCase() as case:
        yield case


@pytest.fixture
def page(browser: "Browser", case: VirtualCase) -> Iterator[OpenPage]:
    with opened(browser, made_page(), case.port) as page:
        yield page
        assert page.errors == []
        assert [
            address for address in page.asked_for if address[:5] not in ("file:", "blob:")
        ] == []


def use(case: VirtualCase) -> None:
    """Soak, use the roller for three minutes, and soak it again."""
    case.press()
    case.jump(SOAK)
    case.jump(SOAK)
    case.press()
    case.jump(3 * MINUTE)
    case.press()
    case.press()
    case.jump(SOAK)


def seqs(saved: dict[str, object]) -> list[int]:
    (case,) = saved["cases"]  # type: ignore[misc]
    (log,) = case["logs"]  # type: ignore[has-type]
    return [record["seq"] for record in log["records"]]


def moment(case: VirtualCase) -> float:
    """Return the Unix time (s) that the case's life has come to."""
    return time.time() + case.jumped_s


def at(unix: float) -> str:
    return datetime.fromtimestamp(unix, timezone.utc).isoformat()


def test_press_on_the_case_is_a_row_on_the_page_and_comes_home_once(
    page: OpenPage, case: VirtualCase, home: Path, host_json: HostJson
) -> None:
    use(case)
    case.jump(24 * 60 * MINUTE)
    now = moment(case)
    page.tab.clock.set_fixed_time(now)
    assert page.sync().startswith("Synced: ")
    (facts,) = page.facts()
    saved = page.save(home / "page.json")
    assert seqs(saved) == list(range(1, len(seqs(saved)) + 1))

    # Nothing new for the host, but what its own sync makes; and nothing twice.
    imported = host_json("import", str(home / "page.json"), ROLLCASE_NOW=at(now))
    assert imported["records"] == len(seqs(saved))
    synced = host_json("sync", "--port", case.port, ROLLCASE_NOW=at(now))
    assert synced["new"] <= 1
    assert host_json("verify", ROLLCASE_NOW=at(now))["intact"]
    status = host_json("status", ROLLCASE_NOW=at(now))["cases"][0]
    assert facts["phase"] == status["phase"] == "resting"
    assert facts["last_use"]["seconds"] == status["last_use"]["seconds"] >= 180
    assert facts["last_use"]["disinfected_before"] is status["last_use"]["disinfected_before"]
    assert facts["last_use"]["cleaned_in_time"] is status["last_use"]["cleaned_in_time"]
    assert facts["head"]["uses"] == status["head"]["uses"] == 1


def test_page_never_acknowledges(page: OpenPage, case: VirtualCase) -> None:
    page.sync()
    page.sync()
    verbs = {part.split(b" ")[1].split(b"*")[0] for part in page.port.sent.split(b"~")[1:]}
    assert {b"hello", b"status", b"get", b"time"} <= verbs
    assert verbs <= {b"hello", b"status", b"get", b"policy", b"state", b"time", b"heard"}
    assert verbs <= {verb.encode() for verb in messages.REQUESTS}


def test_second_sync_fetches_only_what_is_new(page: OpenPage, case: VirtualCase) -> None:
    page.sync()
    before = page.port.passed
    assert page.sync() == "Synced: 0 new records."
    assert page.port.passed - before < 2000
    case.press()
    assert page.sync() == "Synced: 1 new record."


def test_cable_that_is_pulled_at_any_byte_loses_nothing_and_doubles_nothing(
    page: OpenPage, case: VirtualCase, home: Path
) -> None:
    use(case)
    for cut in range(40, 1500, 130):
        page.port.passed, page.port.cut_after = 0, cut
        said = page.sync()
        assert said == "The line to the case broke off." or said.startswith("Synced: ")
        assert said.startswith("The line") or cut > 400
    page.port.cut_after = None
    assert page.sync().startswith("Synced: ")
    saved = page.save(home / "page.json")
    assert seqs(saved) == list(range(1, len(seqs(saved)) + 1))


def test_nothing_is_kept_until_the_person_says_so(page: OpenPage, case: VirtualCase) -> None:
    page.sync()
    assert page.tab.evaluate("indexedDB.databases()") == []
    page.load()
    assert page.facts() == []
    page.sync()
    assert page.tab.is_visible("#who-can-read")
    assert page.press("keep") == "Kept in this browser."
    (facts,) = page.facts()
    page.load()
    assert [known["state"] for known in page.facts()] == [facts["state"]]
    assert page.press("forget", "yes") == "Forgotten."
    assert page.tab.evaluate("indexedDB.databases()") == []
    page.load()
    assert page.facts() == []


def test_page_closed_in_the_middle_of_a_sync_goes_on_later(
    page: OpenPage, case: VirtualCase, home: Path
) -> None:
    page.sync()
    page.press("keep")
    use(case)
    page.port.passed, page.port.cut_after = 0, 900
    page.tab.click("#sync")
    page.load()
    page.port.close()
    page.port.cut_after = None
    assert page.sync().startswith("Synced: ")
    saved = page.save(home / "page.json")
    assert seqs(saved) == list(range(1, len(seqs(saved)) + 1))


def test_two_cases_are_kept_apart(page: OpenPage, case: VirtualCase, home: Path) -> None:
    page.sync()
    use(case)
    page.sync()
    with VirtualCase() as other:
        page.port.path = other.port
        page.sync()
    found = {facts["device"]: facts for facts in page.facts()}
    assert sorted(facts["head"]["uses"] for facts in found.values()) == [0, 1]
    saved = page.save(home / "page.json")
    assert len(saved["cases"]) == 2


def test_two_tabs_keep_one_store(browser: "Browser", case: VirtualCase, home: Path) -> None:
    context = browser.new_context()
    try:
        one = OpenPage(context, made_page(), case.port)
        one.sync()
        one.press("keep")
        other = OpenPage(context, made_page(), case.port)
        use(case)
        assert other.sync() != "Synced: 0 new records."
        assert one.sync() == "Synced: 0 new records."
        saved = one.save(home / "one.json")
        assert seqs(saved) == list(range(1, len(seqs(saved)) + 1))
        assert one.errors == other.errors == []
    finally:
        context.close()


def test_saved_file_is_taken_in_and_saved_again_as_it_was(
    page: OpenPage, case: VirtualCase, browser: "Browser", home: Path
) -> None:
    use(case)
    page.sync()
    saved = page.save(home / "page.json")
    with opened(browser, made_page()) as other:
        assert other.take_in(home / "page.json") == f"Taken in: {len(seqs(saved))} new records."
        assert other.take_in(home / "page.json") == "Taken in: 0 new records."
        assert other.save(home / "again.json") == saved
        assert [known["state"] for known in other.facts()] == [
            known["state"] for known in page.facts()
        ]


@pytest.mark.parametrize("change", ["raw", "cut", "format", "policy", "log"])
def test_nonsense_is_refused_with_nothing_changed(
    page: OpenPage, case: VirtualCase, home: Path, change: str
) -> None:
    page.sync()
    saved = page.save(home / "page.json")
    before = page.facts()
    text = json.dumps(saved)
    log = saved["cases"][0]["logs"][0]
    if change == "raw":
        raw = log["records"][0]["raw"]
        log["records"][0]["raw"] = raw[:20] + ("0" if raw[20] != "0" else "1") + raw[21:]
    elif change == "format":
        saved["format"] = "<img src=x onerror=alert(1)>"
    elif change == "policy":
        saved["policies"] = ["1;revision=1;__class__"]
    elif change == "log":
        log["log"] = "../../../../etc"
    (home / "wrong.json").write_text(text[:-40] if change == "cut" else json.dumps(saved))
    assert not page.take_in(home / "wrong.json").startswith("Taken in")
    assert page.facts() == before
