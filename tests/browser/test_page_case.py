"""The case in the tab: the firmware itself, pressed, cut, hurt and synced where it is shown."""

import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser.open_page import OpenPage, opened
from tests.conftest import HostJson, made_page

from rollcore.events import CASE_EPOCH
from rollhost.sim.virtual_case import VirtualCase

if TYPE_CHECKING:  # not everywhere to be had: see pyproject.toml
    from playwright.sync_api import Browser

SOAK = ("case-minutes", "case-minutes")
"""Buttons that let a soak, and then the drying, pass."""


@pytest.fixture
def page(browser: "Browser") -> Iterator[OpenPage]:
    with opened(browser, made_page()) as page:
        page.press("case-begin")
        expect_phase(page, "prepare")
        yield page
        assert page.errors == []
        assert {address[:5] for address in page.asked_for} <= {"file:", "blob:"}


def expect_phase(page: OpenPage, phase: str) -> None:
    page.tab.wait_for_selector(f'#case-says[data-phase="{phase}"]')


def expect_told(page: OpenPage, words: str) -> None:
    page.tab.wait_for_selector(f'#case-told li:has-text("{words}")')


def touch(page: OpenPage, phase: str) -> None:
    """Press the drawn button with the mouse; wait until the lamp shows this phase."""
    page.tab.click("#case-button", delay=60)
    expect_phase(page, phase)


def use(page: OpenPage) -> None:
    """Soak, use the roller for ten minutes, and soak it again."""
    touch(page, "soaking")
    page.press("case-minutes")
    expect_phase(page, "drying")
    page.press("case-minutes")
    expect_phase(page, "ready")
    touch(page, "in use")
    page.press("case-minutes")
    touch(page, "clean me")
    touch(page, "soaking")
    page.press("case-hour")
    expect_phase(page, "resting")


def test_press_on_the_drawn_button_is_a_row_on_the_page_and_comes_home_once(
    page: OpenPage, home: Path, host_json: HostJson
) -> None:
    use(page)
    assert page.press("case-sync").startswith("Synced: ")
    assert page.press("case-sync") == "Synced: 0 new records."
    (facts,) = page.facts()
    assert facts["phase"] == "resting"
    assert facts["head"]["uses"] == 1
    assert facts["last_use"]["seconds"] >= 600
    saved = page.save(home / "page.json")
    # In the program its uses would count for the skin of whoever tries it.
    assert "--db try.db" in page.step
    (log,) = saved["cases"][0]["logs"]
    seqs = [record["seq"] for record in log["records"]]
    assert seqs == list(range(1, len(seqs) + 1))
    now = datetime.fromtimestamp(facts["synced"], timezone.utc).isoformat()
    for new in (len(seqs), 0):
        taken = host_json("import", str(home / "page.json"), ROLLCASE_NOW=now)
        assert taken["records"] == new
    assert host_json("verify", ROLLCASE_NOW=now)["intact"]
    status = host_json("status", ROLLCASE_NOW=now)["cases"][0]
    assert status["last_use"]["seconds"] == facts["last_use"]["seconds"]
    assert status["phase"] == "resting"

    # Until rested is one button, and the page's own time goes with the case's.
    page.press("case-rested")
    expect_phase(page, "prepare")
    (facts,) = page.facts()
    assert facts["phase"] == "prepare"


# How far (px) what was said begins from the button that was pressed, and whether all of it is seen.
SAID = """button => {
    const place = document.querySelector(".said:has(.say:not(:empty))");
    const said = place.getBoundingClientRect();
    const isSeen = said.top >= 0 && said.bottom <= innerHeight && place.role === "status";
    return [Math.abs(said.top - button.getBoundingClientRect().bottom), isSeen];
}"""


@pytest.mark.parametrize("width", [390, 1280])
def test_answer_stands_beside_the_button_that_was_pressed(page: OpenPage, width: int) -> None:
    page.tab.set_viewport_size({"width": width, "height": 800})
    for button, answer in (("case-sync", None), ("keep", None), ("forget", "yes")):
        page.press(button, answer)
        far, is_seen = page.tab.eval_on_selector(f"#{button}", SAID)
        assert is_seen, page.says
        assert far < 100, page.says
    assert page.says == "Forgotten."
    # Without an answer nothing is scrolled.
    page.tab.focus("#case-day")
    before = page.tab.evaluate("scrollY")
    page.press("case-day")
    assert page.tab.evaluate("scrollY") == before


def test_synced_case_in_the_tab_is_a_link_away(page: OpenPage) -> None:
    assert not page.tab.is_visible("#case-see")
    page.press("case-sync")
    page.tab.click("#case-see a")
    assert page.tab.eval_on_selector("#cases", "it => it === document.activeElement")
    assert page.tab.eval_on_selector(
        ".headline", "it => it.getBoundingClientRect().bottom < innerHeight"
    )


def test_touch_that_is_neither_short_nor_long_does_nothing(page: OpenPage) -> None:
    page.tab.click("#case-button", delay=700)
    page.press("case-minutes")
    assert page.tab.get_attribute("#case-says", "data-phase") == "prepare"


def test_long_press_by_space_bar_stops_the_soak(page: OpenPage) -> None:
    page.tab.focus("#case-button")
    page.tab.keyboard.down(" ")
    page.tab.wait_for_selector("#case-button[data-down]")
    page.tab.keyboard.up(" ")
    expect_phase(page, "soaking")
    page.tab.keyboard.down(" ")
    expect_phase(page, "prepare")  # after two seconds of holding
    page.tab.keyboard.up(" ")
    expect_told(page, "soak ended")


def test_power_that_goes_in_a_write_costs_nothing_that_was_answered(page: OpenPage) -> None:
    page.press("case-sync")
    page.tab.click("#case-tear")
    page.tab.click("#case-button", delay=60)
    expect_told(page, "in the middle of a write")
    assert page.press("case-sync") == "The case in this tab has no power, or its cable is out."
    page.tab.click("#case-power")
    expect_told(page, "Half a record was found and dropped")
    expect_phase(page, "prepare")
    assert page.press("case-sync") == "Synced: 2 new records."


def test_flipped_bit_is_put_right_and_said(page: OpenPage, home: Path) -> None:
    touch(page, "soaking")
    page.tab.click("#case-flip")
    expect_told(page, "has flipped on the flash")
    assert page.press("case-sync").endswith(
        "A flipped bit was found in one of them, and put right."
    )
    saved = page.save(home / "page.json")
    (log,) = saved["cases"][0]["logs"]
    assert len(log["records"]) == 3


def test_cable_that_comes_out_in_a_sync_loses_and_doubles_nothing(
    page: OpenPage, home: Path
) -> None:
    touch(page, "soaking")
    for _ in range(3):
        page.tab.click("#case-pull")
        assert page.press("case-sync") == "The line to the case broke off."
        page.tab.click("#case-cable")
    assert page.press("case-sync").startswith("Synced: ")
    saved = page.save(home / "page.json")
    (log,) = saved["cases"][0]["logs"]
    seqs = [record["seq"] for record in log["records"]]
    assert seqs == list(range(1, len(seqs) + 1))


def test_time_that_passes_for_the_case_in_the_tab_sets_no_other_clock(
    page: OpenPage, browser: "Browser"
) -> None:
    page.press("case-day")
    page.press("case-sync")
    with VirtualCase() as other:
        page.port.path = other.port
        assert page.sync().startswith("Synced: ")
        first, second = page.facts()
        assert abs(first["synced"] - second["synced"]) > 23 * 3600
        synced = next(event for event in other.events() if event.get("kind") == "clock_set")
        assert abs(int(str(synced["time"])) + CASE_EPOCH - time.time()) < 3600


def test_number_of_a_case_lives_it_again(page: OpenPage) -> None:
    touch(page, "soaking")
    page.tab.click("summary")
    page.tab.click("#case-show")
    page.tab.wait_for_selector('#case-number-said:has-text("up to now")')
    number = page.tab.input_value("#case-number")
    page.press("case-minutes")
    expect_phase(page, "drying")
    page.tab.fill("#case-number", "nonsense")
    page.tab.click("#case-again")
    page.tab.wait_for_selector('#case-number-said:has-text("not the number of a case")')
    expect_phase(page, "drying")
    page.tab.fill("#case-number", number)
    page.press("case-again")
    expect_phase(page, "soaking")
    assert page.tab.locator('#case-told li:has-text("is on the flash")').count() == 2
