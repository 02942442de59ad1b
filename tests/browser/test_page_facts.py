"""What the page works out from a log is what the host works out from it, with the same rollcore."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from docs.scenes import cold_sore, stored_wet, tap_water, weekly
from docs.walk import Walk, begin
from tests.browser.facts import of_host, of_page
from tests.browser.open_page import opened
from tests.browser.random_logs import RECORDS, as_case, as_export, folded, random_log
from tests.conftest import Host, HostJson, made_page
from tests.host.ten_years import BORN, DAY, HOUR, ORIGINAL, Life, with_zones

from rollcore import events, state
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.open import open_archive
from rollhost.exchange.export_fields import EXPORT_VERSION, FORMAT
from rollhost.page.inside.log import ANEW

if TYPE_CHECKING:  # not everywhere to be had: see pyproject.toml
    from playwright.sync_api import Browser

LOGS = 60
"""How many random logs; ``make trust`` tries 500."""

LIVES = 20


def test_fold_of_random_logs_is_the_same_on_the_page(browser: "Browser", home: Path) -> None:
    logs = {seed: random_log(seed) for seed in range(1, LOGS + 1)}
    (home / "logs.json").write_text(json.dumps(as_export(logs)))
    with opened(browser, made_page()) as page:
        assert page.take_in(home / "logs.json") == f"Taken in: {LOGS * RECORDS} new records."
        on_page = {int(facts["device"], 16): facts["state"] for facts in page.facts()}
        assert page.errors == []
    assert on_page == {seed: folded(log) for seed, log in logs.items()}


def test_case_without_a_log_of_its_own_is_left_to_the_program(
    browser: "Browser", home: Path
) -> None:
    forgotten = {**as_case(1, []), "log": None, "logs": []}
    (put_back,) = as_case(2, random_log(2))["logs"]
    fork = {**put_back, "log": "02" * 12, "fork_of": put_back["log"], "records": []}
    forked = {**as_case(2, []), "log": fork["log"], "logs": [put_back, fork]}
    document = {
        "format": FORMAT,
        "schema_version": EXPORT_VERSION,
        "cases": [forgotten, forked, as_case(3, random_log(3))],
        "policies": [],
        "diary": [],
    }
    (home / "logs.json").write_text(json.dumps(document))
    with opened(browser, made_page()) as page:
        assert page.take_in(home / "logs.json") == f"Taken in: {RECORDS} new records."
        assert page.step == "For the program alone: 2 cases."
        assert [facts["device"] for facts in page.facts()] == [f"{3:016x}"]
        assert page.errors == []


def happen_late(life: Life, seed: int) -> None:
    """Let something happen in the last days of a life, another thing in each."""
    if seed % 5 == 1:
        life.clinic(1500)
    elif seed % 5 == 2:
        life.write_down(diary.HOLD, reason=events.SUNBURN, until=life.unix + 10 * DAY)
    elif seed % 5 == 3:
        life.write_down(diary.REACTION, "face", text="red", signs=["spreading"])
    elif seed % 5 == 0:
        life.write_down(diary.HEAD_OUT, reason=events.HEAD_DROPPED)
    elif seed % 5 == 4 and life.standing().phase == state.PREPARE:
        life.use(seconds=100)


@pytest.mark.in_process
def test_facts_of_lived_in_logs_are_those_of_host_status(
    browser: "Browser", home: Path, host: Host, host_json: HostJson, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_host, now = {}, BORN + 90 * DAY
    monkeypatch.setenv("ROLLCASE_NOW", datetime.fromtimestamp(now).isoformat() + "Z")
    for seed in range(1, LIVES + 1):
        monkeypatch.setenv("ROLLCASE_DB", str(home / f"{seed}.db"))
        rules = with_zones(ORIGINAL, "face", "scalp") if seed % 3 == 0 else ORIGINAL
        with open_archive(home / f"{seed}.db", create=True) as archive:
            life = Life(archive, device=f"{seed:016x}", seed=seed, rules=rules)
            # Each life ends at another hour of its days, so that phases and windows differ.
            until = now - seed * 5 * HOUR
            life.live(until - 2 * DAY)
            happen_late(life, seed)
            life.live(until)
        exported = host("export", "json", str(home / f"{seed}.json"))
        assert exported.returncode == 0, exported.stderr
        status = host_json("status")
        on_host[f"{seed:016x}"] = of_host(status)
    with opened(browser, made_page()) as page:
        page.tab.clock.set_fixed_time(now)
        for seed in range(1, LIVES + 1):
            assert page.take_in(home / f"{seed}.json").startswith("Taken in")
        on_page = {facts["device"]: of_page(facts) for facts in page.facts()}
        assert page.errors == []
    assert on_page == on_host
    assert {facts["phase"] for facts in on_page.values()} >= {state.RESTING, state.HELD}


def live_with_a_new_log(archive: Archive, seed: int) -> int:
    """Live with a case whose log is lost and started anew; return the Unix time (s) at the end."""
    rules = with_zones(ORIGINAL, "face", "scalp") if seed % 2 else ORIGINAL
    life = Life(archive, seed=seed, rules=rules)
    life.live(BORN + 40 * DAY)
    while life.standing().phase != state.PREPARE:
        life.wait(HOUR)
    life.use(0 if life.standing().rested & 1 else 1)
    if seed != 3:
        life.clean()
    life.sync()
    again = Life(archive, seed=seed + 10, born=life.unix + DAY, rules=rules)
    again.live(life.unix + (1 + seed) * DAY)
    return again.unix


@pytest.mark.in_process
def test_earlier_log_of_a_case_counts_for_its_rest_and_is_in_its_log(
    browser: "Browser", home: Path, host: Host, host_json: HostJson, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(browser, made_page()) as page:
        for seed in range(1, 5):
            monkeypatch.setenv("ROLLCASE_DB", str(home / f"{seed}.db"))
            with open_archive(home / f"{seed}.db", create=True) as archive:
                now = live_with_a_new_log(archive, seed)
            monkeypatch.setenv("ROLLCASE_NOW", datetime.fromtimestamp(now).isoformat() + "Z")
            assert host("export", "json", str(home / f"{seed}.json")).returncode == 0
            page.tab.clock.set_fixed_time(now)
            page.load()
            assert page.take_in(home / f"{seed}.json").startswith("Taken in")
            assert of_page(page.facts()[0]) == of_host(host_json("status"))
            assert page.facts()[0]["phase"] == state.RESTING
        page.tab.click("text=Log, the newest first")
        page.tab.wait_for_selector(f'.log li:has-text("{ANEW}")')
        assert page.errors == []


@pytest.mark.parametrize("scene", [weekly, cold_sore, tap_water, stored_wet])
def test_scene_ends_on_the_page_as_in_host_status(
    browser: "Browser", home: Path, scene: Callable[[Walk], None]
) -> None:
    with begin() as walk:
        scene(walk)
        walk.host(f"export json {home}/scene.json")
        status, now = walk.document("status"), walk.now
    with opened(browser, made_page()) as page:
        page.tab.clock.set_fixed_time(now)
        assert page.take_in(home / "scene.json").startswith("Taken in")
        assert of_page(page.facts()[0]) == of_host(status)
        assert page.errors == []
