"""The page as a person meets it: what it says, on which screens, and by which senses."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.conftest import Show
from tests.browser.open_page import OpenPage, opened
from tests.browser.view import View
from tests.conftest import made_page
from tests.host.scripted_case import ScriptedCase
from tests.host.ten_years import BORN, DAY, HOUR, ORIGINAL, Life, with_zones

from rollcase import lamp
from rollcore import events
from rollcore.events import Event
from rollhost.cli.main import main
from rollhost.database import diary
from rollhost.database.open import open_archive
from rollhost.guidance.card import CARD
from rollhost.page.inside.sentences import CLINICIAN

if TYPE_CHECKING:  # not everywhere to be had: see pyproject.toml
    from playwright.sync_api import Browser

NOW = BORN + 60 * DAY


class Exported:
    """A file for the page, and what the program says of the same life at the same time."""

    def __init__(self, folder: Path, *, red_flag: bool, days_ago: int = 0) -> None:
        self.file = folder / "rollcase.json"
        self.database = folder / "rollcase.db"
        with open_archive(self.database, create=True) as archive:
            life = Life(archive, seed=7, rules=with_zones(ORIGINAL, "face", "scalp"))
            life.live(NOW - (1 + days_ago) * DAY)
            if red_flag:
                life.write_down(diary.REACTION, "face", text="red", signs=["spreading"])
            life.live(NOW - days_ago * DAY - 2 * HOUR)


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Exported]]:
    """Three lives: one that was synced today, one a while ago, one with a red flag."""
    made = {
        "new": Exported(tmp_path_factory.mktemp("new"), red_flag=False),
        "old": Exported(tmp_path_factory.mktemp("old"), red_flag=False, days_ago=9),
        "red": Exported(tmp_path_factory.mktemp("red"), red_flag=True),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROLLCASE_NOW", f"{datetime.fromtimestamp(NOW).isoformat()}Z")
        for life in made.values():
            assert main(["export", "json", "--db", str(life.database), str(life.file)]) == 0
        yield made


def take_in(view: View, life: Exported) -> None:
    """Let a page take a life in, at its moment, and open its log."""
    view.page.wait_for_selector("body[data-shown]", state="attached")
    view.page.clock.set_fixed_time(NOW)
    view.page.set_input_files("#take-in", life.file)
    view.page.wait_for_selector("article")
    # Not by a click: from there on Tab would begin.
    view.page.evaluate("document.querySelector('.log').open = true")
    view.page.wait_for_selector(".log li")


@pytest.mark.parametrize(
    "colours",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"forced_colors": True}],
    ids=["light", "dark", "forced colours"],
)
def test_page_is_accessible_and_fits_the_smallest_window(
    show: Show, lives: dict[str, Exported], colours: dict[str, Any]
) -> None:
    view = show(made_page(), width=320, **colours)
    take_in(view, lives["red"])
    view.page.click("#case-begin")
    view.page.wait_for_selector('#case-says[data-phase="prepare"]')
    view.expect_accessible()
    view.expect_to_fit()


def test_everything_is_reached_by_keyboard_and_named(
    show: Show, lives: dict[str, Exported]
) -> None:
    view = show(made_page())
    take_in(view, lives["new"])
    stops = " | ".join(view.expect_keyboard())
    for name in ("Sync a case", "Save a file", "Stop the lamp", "Log, the newest", "Older", "Keep"):
        assert name in stops
    tree = view.tree()
    for part in ("banner", "main", "contentinfo", "status:", 'article "Case ', 'region "Sync"'):
        assert part in tree
    assert 'button "Take in a file that was saved"' in tree


def test_log_is_read_from_its_newest_record_a_page_at_a_time(
    show: Show, lives: dict[str, Exported], capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["log", "--db", str(lives["new"].database)]) == 0
    printed = capsys.readouterr().out.partition("You wrote down")[0].splitlines()
    of_program = [re.sub(r"^(\S+ \S+) +", r"\1 ", line) for line in printed]
    view = show(made_page())
    take_in(view, lives["new"])
    rows = view.page.locator(".log li")
    first = rows.count()
    while view.page.is_visible("text=Older records"):
        before = rows.count()
        view.page.click("text=Older records")
        rows.nth(before).wait_for()
    found = [item.inner_text() for item in rows.all()]
    assert first < len(found)
    on_page = [f"{text[:16]} {text[16:].strip()}" for text in reversed(found)]
    assert on_page[-40:] == of_program[-40:]
    assert len(on_page) == len(of_program)


def test_red_flag_comes_first_and_says_see_a_clinician(
    show: Show, lives: dict[str, Exported]
) -> None:
    view = show(made_page())
    take_in(view, lives["red"])
    assert view.page.inner_text("article p >> nth=0") == CLINICIAN
    assert "clinician" in view.page.inner_text(".headline")


def test_old_data_says_as_of_when_first(show: Show, lives: dict[str, Exported]) -> None:
    view = show(made_page())
    take_in(view, lives["old"])
    assert re.match(
        r"As of \w{3} \d+ \w{3}, \d+ days ago", view.page.inner_text("article p >> nth=0")
    )


def test_lamp_plays_what_the_case_has_in_its_table(
    browser: "Browser", lives: dict[str, Exported]
) -> None:
    with opened(browser, made_page()) as page:
        page.tab.clock.set_fixed_time(NOW)
        page.take_in(lives["new"].file)
        (facts,) = page.facts()
        pattern = lamp.pattern_of(facts["phase"], facts["stage"], clock_set=True)
        assert [tuple(step) for step in facts["lamp"]] == list(pattern)
        page.tab.click("text=Stop the lamp")
        assert page.tab.is_visible("text=Play the lamp")
        page.tab.emulate_media(reduced_motion="reduce")
        page.load()
        page.take_in(lives["new"].file)
        assert page.tab.is_visible("text=Play the lamp")


def test_page_on_paper_has_the_status_and_the_card_and_no_buttons(
    show: Show, lives: dict[str, Exported]
) -> None:
    view = show(made_page())
    take_in(view, lives["new"])
    text = " ".join(sheet.extract_text() for sheet in view.printed().pages)
    words = " ".join(text.split())
    assert "Last use" in words
    assert "Sync a case" not in words
    for part in CARD:
        assert part.title in words


def test_browser_without_web_serial_is_told_which_ones_have_it(browser: "Browser") -> None:
    context = browser.new_context()
    context.add_init_script("delete Navigator.prototype.serial")
    page = OpenPage(context, made_page())
    assert page.says == "This browser cannot talk to a case."
    step = page.step
    for name in ("Chrome", "Edge", "Android from 148", "Firefox from 151"):
        assert name in step
    assert page.tab.is_disabled("#sync")
    assert page.errors == []
    context.close()


def test_port_that_another_program_has_is_told_with_a_next_step(browser: "Browser") -> None:
    with opened(browser, made_page()) as page:
        page.port.refuses = True
        assert page.sync().startswith("This port cannot be opened")
        assert "Close that" in page.step


# A log that is nearly full.


def fill(case: ScriptedCase) -> None:
    """Let the case log that it has refused a use for want of room."""
    data = {"gesture": events.PRESS, "reason": events.LOG_NEARLY_FULL, "until": 0, "digest": 0}
    case.app.journal.append(Event(events.REFUSED, data, boot=1, uptime=9, time=9))


@pytest.fixture
def full(browser: "Browser", home: Path) -> Iterator[tuple[OpenPage, ScriptedCase]]:
    """A page that has met a case whose log is nearly full."""
    with opened(browser, made_page()) as page, ScriptedCase(home / "flash") as case:
        page.port.path = case.port
        case.log(30)
        assert not page.tab.is_visible("#full")
        fill(case)
        page.press("sync", "yes")
        assert page.tab.is_visible("#full")
        yield page, case
        assert page.errors == []


def acknowledged(case: ScriptedCase) -> list[int]:
    return [asked.integer("seq") for asked in case.asked if asked.verb == "ack"]


def test_full_log_is_acknowledged_by_the_file_that_was_read_back(
    full: tuple[OpenPage, ScriptedCase], home: Path
) -> None:
    page, case = full
    saved = page.save(home / "page.json")
    last = saved["cases"][0]["logs"][0]["records"][-1]["seq"]
    case.log(5)  # what came after the file is not let go
    page.sync()
    assert acknowledged(case) == []
    assert page.tab.is_disabled("#acknowledge")
    page.pick(home / "page.json")
    assert page.press("acknowledge").endswith(f"up to number {last}.")
    assert acknowledged(case) == [last]
    assert case.app.journal.acked == last
    assert not page.tab.is_visible("#full")


@pytest.mark.parametrize("change", ["a gap", "another record", "no records", "another case", "cut"])
def test_file_that_is_not_the_whole_log_acknowledges_nothing(
    full: tuple[OpenPage, ScriptedCase], home: Path, change: str
) -> None:
    page, case = full
    text = page.save(home / "page.json")
    log = text["cases"][0]["logs"][0]
    if change == "a gap":
        del log["records"][10]
    elif change == "another record":
        raw = log["records"][-1]["raw"]
        log["records"][-1]["raw"] = raw[:20] + ("0" if raw[20] != "0" else "1") + raw[21:]
    elif change == "no records":
        log["records"] = []
    elif change == "another case":
        text["cases"][0]["device"] = "00000000000000ff"
    written = json.dumps(text)
    (home / "changed.json").write_text(written[:-40] if change == "cut" else written)
    page.pick(home / "changed.json")
    assert "case may delete" not in page.press("acknowledge")
    assert "Nothing was" in page.step or change == "cut"
    assert acknowledged(case) == []
