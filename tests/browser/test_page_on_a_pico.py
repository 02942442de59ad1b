"""The page syncs the real image on an emulated Pico, and the host after it finds nothing twice."""

from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser.open_page import opened
from tests.conftest import HostJson, built, made_page

from rollhost.sim.virtual_case import VirtualCase

if TYPE_CHECKING:  # not everywhere to be had: see pyproject.toml
    from playwright.sync_api import Browser

MINUTE = 60_000
SOAK = 11 * MINUTE


@pytest.mark.in_process
def test_image_on_an_emulated_pico_is_synced_by_page_and_host_to_the_same_records(
    browser: "Browser", home: Path, host_json: HostJson
) -> None:
    with (
        VirtualCase(home / "flash.img", built("rollcase-pico.uf2")) as pico,
        opened(browser, made_page(), pico.port) as page,
    ):
        pico.press()
        pico.jump(SOAK)
        pico.jump(SOAK)
        pico.press()
        pico.jump(3 * MINUTE)
        pico.press()
        now = datetime.now(timezone.utc).timestamp() + pico.jumped_s
        page.tab.clock.set_fixed_time(now)
        said = page.press("sync", "yes")  # the clock is right
        assert said.startswith("Synced: ")
        assert page.sync() == "Synced: 0 new records."
        (facts,) = page.facts()
        assert facts["board"] == "pico"
        assert facts["head"]["uses"] == 1
        saved = page.save(home / "page.json")
        assert page.errors == []
        there = {"ROLLCASE_NOW": datetime.fromtimestamp(now, timezone.utc).isoformat()}
        # In an archive of its own, the host fetches what the page has; beside the page's file it
        # finds nothing that is new but the setting of the clock.
        (log,) = saved["cases"][0]["logs"]
        alone = {**there, "ROLLCASE_DB": str(home / "alone.db")}
        found = host_json("sync", "--port", pico.port, **alone)
        assert 0 <= found["new"] - len(log["records"]) <= 1
        assert host_json("import", str(home / "page.json"), **there)["records"] == facts["records"]
        assert host_json("sync", "--port", pico.port, **there)["new"] <= 2
        assert host_json("verify", **there)["intact"]
        assert host_json("status", **there)["cases"][0]["head"]["uses"] == 1
