"""Uses that were early by what was written down later: told apart from those against the rest."""

import json
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.logbook import DAY, Logbook, rules_for
from tests.host.report_pages import Read, facts_of
from tests.host.status_logs import HERE, row, told_now, write

from rollcore import events
from rollcore.events import CASE_EPOCH
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.history import history
from rollhost.output import units
from rollhost.output.status import case_document

LATER = "early by what was written down later"


def lived(archive: Archive, how: int = events.IN_TURN) -> Logbook:
    """Return the log of a case with weekly needles: a use, and ten days later another one."""
    book = Logbook(archive, HERE)
    book.set_clock()
    book.set_rules(rules_for(250))
    book.use()
    book.wait(10 * DAY)
    book.use(how=how)
    book.keep()
    return book


def at_a_clinic(archive: Archive, book: Logbook, before_s: int = 3 * DAY) -> None:
    """Write down a session at a clinic, so long ago."""
    at = book.now - before_s - CASE_EPOCH
    write(archive, diary.CLINIC, at, "face", needle_um=1500, text="")


class TestToldLater:
    def test_use_that_kept_the_rest_is_not_early(self, archive: Archive) -> None:
        book = lived(archive)
        assert history.read(archive).early_by_later == set()
        assert "early" not in row(told_now(archive, book), "Last use")[0]

    def test_clinic_session_that_is_told_later_makes_a_use_early_by_it(
        self, archive: Archive
    ) -> None:
        book = lived(archive)
        at_a_clinic(archive, book)
        about = told_now(archive, book)
        last = about.last_use
        assert last is not None
        assert history.read(archive).early_by_later == {last.key}
        assert row(about, "Last use")[0].endswith(f", {LATER}")
        assert "against the rest" not in " ".join(row(about, "Last use"))
        use = case_document(about)["last_use"]
        assert isinstance(use, dict)
        assert (use["early"], use["early_by_later"]) == (False, True)

    def test_clinic_session_after_a_use_makes_it_no_earlier(self, archive: Archive) -> None:
        book = lived(archive)
        book.wait(DAY)
        at_a_clinic(archive, book, before_s=0)
        assert history.read(archive).early_by_later == set()

    def test_use_against_the_rest_is_that_whatever_was_written_down_later(
        self, archive: Archive
    ) -> None:
        book = lived(archive, events.OVERRIDE)
        at_a_clinic(archive, book)
        about = told_now(archive, book)
        assert history.read(archive).early_by_later == set()
        assert row(about, "Last use")[0].endswith(", early, against the rest")

    def test_use_of_another_case_makes_a_use_early_by_what_came_later(
        self, archive: Archive
    ) -> None:
        book = lived(archive)
        other = Logbook(archive, book.now - 2 * DAY, device="other", log=b"otherlog")
        other.set_clock()
        other.set_rules(rules_for(250))
        other.use()
        other.keep()
        about = told_now(archive, book)
        assert row(about, "Last use")[0].endswith(f", {LATER}")

    def test_use_of_another_zone_makes_no_use_early(self, archive: Archive) -> None:
        book = lived(archive)
        at = book.now - 3 * DAY - CASE_EPOCH
        write(archive, diary.CLINIC, at, "neck", needle_um=1500, text="")
        assert history.read(archive).early_by_later == set()

    def test_end_of_a_reaction_that_is_told_later_makes_a_use_early_by_it(
        self, archive: Archive
    ) -> None:
        book = lived(archive)
        at = book.now - 3 * DAY - CASE_EPOCH
        began = write(archive, diary.REACTION, at - DAY, "face", text="", signs=[])
        write(archive, diary.REACTION_OVER, at, "face", reaction=began.token, text="", signs=[])
        assert len(history.read(archive).early_by_later) == 1

    @pytest.mark.in_process
    def test_log_marks_where_the_use_began(
        self,
        archive: Archive,
        host: Host,
        host_json: HostJson,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        book = lived(archive)
        at_a_clinic(archive, book)
        monkeypatch.setenv("ROLLCASE_NOW", units.utc(book.now + DAY))
        lines = host("log").stdout.splitlines()
        (line,) = [line for line in lines if "early" in line]
        assert line.endswith(f"  use started, {LATER}")
        marked = [record for record in host_json("log")["records"] if record["early_by_later"]]
        assert [record["kind"] for record in marked] == ["use_started"]
        assert json.loads(host("status", "--json").stdout)["cases"][0]["last_use"]["early_by_later"]

    @pytest.mark.in_process
    def test_report_says_against_the_rest_of_no_use_that_was_early_by_what_came_later(
        self,
        archive: Archive,
        host: Host,
        home: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        book = lived(archive)
        at_a_clinic(archive, book)
        (use,) = [use for use in facts_of(archive, book.now).uses if use.unknowing]
        assert not use.early
        monkeypatch.setenv("ROLLCASE_NOW", units.utc(book.now + DAY))
        assert host("report", str(home / "page.html")).returncode == 0
        page = Read()
        page.feed((home / "page.html").read_text())
        assert f"1 of them {LATER}" in page.text
        assert f"a use {LATER}" in page.text
        for sentence in ("a use against the rest", "of them against the rest", "early, against"):
            assert sentence not in page.text
