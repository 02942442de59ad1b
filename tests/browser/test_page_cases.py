"""The page meets cases that are damaged, put back, unsure of the time, or that lie."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser.facts import of_host, of_page
from tests.browser.open_page import OpenPage, opened
from tests.conftest import Host, HostJson, made_page
from tests.host.scripted_case import ScriptedCase, answer, only, spoil_record

from rollcore import events
from rollcore.events import Event
from rollcore.messages import Message
from rollhost.errors import QUARANTINED

if TYPE_CHECKING:  # not everywhere to be had: see pyproject.toml
    from playwright.sync_api import Browser

MARKUP = "<b>case</b><img/src=x/onerror=document.title='mine'>"

HELLO: dict[str, object] = {"device": "aa", "board": "pico", "firmware": "0.1.0"}
STATUS: dict[str, object] = {
    "log": "0102030405060708", "first": 1, "next": 0xFFFFFFFF, "acked": 0, "boot": 1, "uptime": 1,
    "time": 1, "clock_set": 0, "digest": 0, "fault": "",
}  # fmt: skip


@pytest.fixture
def page(browser: "Browser") -> Iterator[OpenPage]:
    with opened(browser, made_page()) as page:
        yield page
        assert page.errors == []


def meet(page: OpenPage, case: ScriptedCase, answer: str | None = None) -> str:
    """Sync this case, and answer the question about the clock; return what the page says."""
    page.port.path = case.port
    return page.press("sync", answer)


def test_person_confirms_the_clock_once_and_it_is_set(page: OpenPage, home: Path) -> None:
    with ScriptedCase(home / "flash") as case:
        meet(page, case, "yes")
        (setting,) = [asked for asked in case.asked if asked.verb == "time"]
        assert setting.integer("sure") == 4  # confirmed
        meet(page, case)
        assert "heard" not in case.verbs()
    # Another case is not asked about: the clock of this computer was confirmed.
    with ScriptedCase(home / "other", device="00000000000000aa") as other:
        meet(page, other)
        assert "time" in other.verbs()


def test_clock_that_nobody_confirms_is_only_heard(page: OpenPage, home: Path) -> None:
    with ScriptedCase(home / "flash") as case:
        meet(page, case, "no")
        assert "heard" in case.verbs()
        assert "time" not in case.verbs()
        # And is asked about again: nobody has said that it is right.
        meet(page, case, "yes")
        assert "time" in case.verbs()


def test_damaged_record_goes_into_quarantine_and_comes_home_as_it_is(
    page: OpenPage, home: Path, host: Host
) -> None:
    with ScriptedCase(home / "flash") as case:
        case.log(300)
        spoil_record(home / "flash", 150)
        meet(page, case, "yes")
        saved = page.save(home / "page.json")
        (log,) = saved["cases"][0]["logs"]
        assert [record["seq"] for record in log["quarantine"]] == [150]
        imported = host("import", str(home / "page.json"), "--json")
        assert imported.returncode == QUARANTINED, imported.stderr
        assert json.loads(imported.stdout)["quarantined"] == 1
        meet(page, case)
        assert (
            page.save(home / "again.json")["cases"][0]["logs"][0]["quarantine"] == log["quarantine"]
        )


def test_first_case_of_all_that_comes_by_a_file_is_mine(
    page: OpenPage, home: Path, host: Host
) -> None:
    with ScriptedCase(home / "flash") as case:
        meet(page, case, "yes")
        page.save(home / "page.json")
        assert host("import", str(home / "page.json")).returncode == 0
        for words in (["status"], ["sync", "--port", case.port]):
            assert "Whose" not in host(*words).stdout


def test_what_a_case_says_is_shown_as_text(page: OpenPage, home: Path) -> None:
    with ScriptedCase(home / "flash", device=MARKUP) as case:
        meet(page, case, "yes")
    assert MARKUP[-6:] in page.tab.inner_text("#cases")
    assert page.tab.query_selector_all("#cases b, #cases img") == []
    assert page.tab.title() == "Rollcase"


@pytest.mark.parametrize(
    ("verb", "lie"),
    [
        ("status", lambda asked, right: answer(asked, "status", **STATUS)),
        ("get", lambda asked, right: answer(asked, "records", seq=2, chain=0, raw=bytes(32))),
        ("policy", lambda asked, right: answer(asked, "policy", policy="1;revision=x")),
        ("hello", lambda asked, right: answer(asked, "case", **{**HELLO, "version": 9})),
    ],
    ids=["more records than there are", "other records", "a policy", "a version"],
)
def test_lie_is_refused_with_nothing_kept(
    page: OpenPage, home: Path, verb: str, lie: Callable[[Message, bytes], bytes]
) -> None:
    with ScriptedCase(home / "flash", only(verb, lie)) as case:
        said = meet(page, case)
    assert not said.startswith("Synced")
    assert page.facts() == []


def test_case_that_was_put_back_is_left_to_the_program_with_nothing_changed(
    page: OpenPage, home: Path
) -> None:
    with ScriptedCase(home / "flash") as case:
        shutil.copytree(home / "flash", home / "copy")
        case.log(20)
        meet(page, case, "yes")
    before = page.facts()
    with ScriptedCase(home / "copy") as case:
        case.log(50)
        assert "put back" in meet(page, case)
    assert page.facts() == before


def use(case: ScriptedCase) -> None:
    """Let the case log a use that begins and ends now."""
    clock = case.app.clock
    at = {"boot": 1, "uptime": clock.uptime, "time": clock.time}
    begun = {"how": events.BY_BUTTON, "digest": 0}
    ended = {"seconds": 300, "how": events.BY_BUTTON}
    case.app.journal.append(Event(events.USE_STARTED, begun, **at))
    case.app.journal.append(Event(events.USE_ENDED, ended, **at))


@pytest.mark.in_process
def test_use_in_a_log_that_was_lost_still_has_its_rest(
    page: OpenPage, home: Path, host: Host, host_json: HostJson
) -> None:
    with ScriptedCase(home / "flash") as case:
        meet(page, case, "yes")
        use(case)
        assert meet(page, case) == "Synced: 2 new records."
    with ScriptedCase(home / "blank", log_id=bytes(range(8, 0, -1))) as case:
        meet(page, case)
    (facts,) = page.facts()
    assert facts["phase"] == "resting"
    assert facts["head"]["uses"] == 1
    assert facts["says"]["rows"][0][1].startswith("today")
    page.save(home / "page.json")
    assert host("import", str(home / "page.json")).returncode == 0
    assert of_page(facts) == of_host(host_json("status"))


def test_changed_script_does_not_start(browser: "Browser", home: Path) -> None:
    text = made_page().read_text(encoding="utf-8")
    (home / "changed.html").write_text(text.replace("Plug the case in", "Send me money", 1))
    tab = browser.new_page()
    with tab.expect_event("console", lambda said: "Content Security Policy" in said.text):
        tab.goto((home / "changed.html").as_uri())
    assert tab.inner_text("#said .say") == "Starting…"
    tab.close()
