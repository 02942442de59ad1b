"""``host page`` writes the page that `make page` has made."""

from pathlib import Path

import pytest
from tests.conftest import Host, HostJson, made_page
from tests.host.complaints import complaint

from rollhost.commands import page

pytestmark = pytest.mark.in_process


def test_page_is_written_as_it_was_made(host_json: HostJson, home: Path) -> None:
    made = made_page()
    written = host_json("page", str(home / "page.html"))
    assert (home / "page.html").read_bytes() == made.read_bytes()
    assert written["file"] == str(home / "page.html")
    assert written["opened"] is False


def test_page_replaces_a_page_and_no_other_file(host: Host, home: Path) -> None:
    made_page()
    file = home / "page.html"
    file.write_text("<p>Mine</p>")
    assert host("page", str(file)).returncode == 2
    assert file.read_text() == "<p>Mine</p>"
    assert host("page", str(file), "--force").returncode == 0
    assert host("page", str(file)).returncode == 0


def test_page_is_opened_in_the_browser_of_the_system(
    host_json: HostJson, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_page()
    asked = home / "asked"
    browser = home / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >{asked}\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    monkeypatch.setattr("webbrowser._tryorder", None)  # it is looked up once for each process
    assert host_json("page", str(home / "page.html"), "--open")["opened"] is True
    assert asked.read_text().strip() == (home / "page.html").as_uri()


def test_installation_without_the_page_says_how_to_make_it(
    host: Host, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "PAGE", home / "nowhere.html")
    sentence, step = complaint(host("page", str(home / "page.html")))
    assert sentence == "The page is not part of this installation."
    assert "make page" in step
    assert not (home / "page.html").exists()
