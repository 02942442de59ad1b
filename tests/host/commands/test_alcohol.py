"""``host alcohol``: a bottle that was opened, and that it is old."""

from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.bringing_home import live_until
from tests.host.calendars import read
from tests.host.complaints import complaint
from tests.host.scripted_case import ScriptedCase
from tests.host.writing_down import NOW_S, later, said

from rollcore.events import CASE_EPOCH
from rollhost.guidance.heads import ALCOHOL, ALCOHOL_OLD_S

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]

DAYS = ALCOHOL_OLD_S // 86400


def about_alcohol(lines: list[str]) -> list[str]:
    """Return the lines of status or sync that are about the bottle."""
    return [line for line in lines if line.startswith("Alcohol")]


class TestAlcohol:
    def test_new_bottle_is_written_down_with_what_to_mind(
        self, host: Host, host_json: HostJson
    ) -> None:
        assert said(host, "alcohol", "new", "70", "%", "--at", "yesterday") == [
            "Written down: a new bottle of alcohol, yesterday: 70 %.", *ALCOHOL
        ]  # fmt: skip
        assert said(host, "alcohol") == ["The bottle was opened yesterday: 70 %.", *ALCOHOL]
        assert said(host, "log") == ["2026-11-19        a new bottle of alcohol: 70 %"]
        bottle = host_json("alcohol")["bottle"]
        assert (bottle["day"], bottle["old"]) == ("2026-11-19", False)

    @pytest.mark.parametrize(
        ("words", "remark"),
        [
            ("45 %", "45 % is too weak for a soak: better take 70 %."),
            ("isopropyl, 59.5%", "59 % is too weak for a soak: better take 70 %."),
            ("99,9 %", "99 % has too little water in it to work well: better take 70 %."),
            ("60 %", ""),
            ("90%", ""),
            ("70", ""),
        ],
    )
    def test_strength_that_works_less_well_is_told_at_once_and_later(
        self, host: Host, words: str, remark: str
    ) -> None:
        remarks = [remark] if remark else []
        assert said(host, "alcohol", "new", words)[1:] == [*remarks, *ALCOHOL]
        assert said(host, "alcohol")[1:] == [*remarks, *ALCOHOL]

    def test_bottle_that_was_opened_long_ago_is_called_old_at_once(self, host: Host) -> None:
        old = "That is over half a year ago: open a new one."
        assert said(host, "alcohol", "new", "--at", "2026-04-02")[1:] == [old, *ALCOHOL]

    def test_nothing_is_said_as_long_as_no_bottle_was_noted(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, home: Path
    ) -> None:
        assert about_alcohol(said(host, "status")) == []
        assert host_json("status")["alcohol"] is None
        assert host_json("alcohol")["bottle"] is None
        first = "No bottle was noted yet. Once you open one, say alcohol new."
        assert said(host, "alcohol")[0] == first

    def test_old_bottle_is_told_by_status_and_sync_until_a_new_one_is_open(
        self,
        host: Host,
        host_json: HostJson,
        synced: ScriptedCase,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        said(host, "alcohol", "new")
        later(monkeypatch, DAYS - 1)
        assert about_alcohol(said(host, "status")) == []
        later(monkeypatch, DAYS)
        step = "the bottle has been open since 20 Nov 2026: open a new one, and say alcohol new"
        assert about_alcohol(said(host, "status")) == [f"Alcohol      {step}"]
        live_until(synced, NOW_S - CASE_EPOCH + ALCOHOL_OLD_S)
        assert about_alcohol(said(host, "sync", "--port", synced.port)) == [f"Alcohol: {step}."]
        assert host_json("sync", "--port", synced.port)["alcohol"]["old"] is True
        assert said(host, "alcohol")[1] == "That is over half a year ago: open a new one."
        said(host, "alcohol", "new")
        assert about_alcohol(said(host, "status")) == []
        assert host("undo", "--yes").returncode == 0
        assert len(about_alcohol(said(host, "status"))) == 1

    def test_bottle_is_of_one_person(self, host: Host, host_json: HostJson) -> None:
        said(host, "person", "add", "Ann")
        said(host, "alcohol", "new", "--person", "Ann")
        assert host_json("alcohol")["bottle"] is None
        assert host_json("alcohol", "--person", "Ann")["bottle"] is not None

    def test_older_bottle_that_is_noted_later_is_not_the_one_in_use(
        self, host: Host, host_json: HostJson
    ) -> None:
        said(host, "alcohol", "new", "second")
        said(host, "alcohol", "new", "first", "--at", "30d")
        assert host_json("alcohol")["bottle"]["text"] == "second"

    def test_calendar_has_the_day_for_a_new_bottle(
        self, host: Host, synced: ScriptedCase, home: Path
    ) -> None:
        said(host, "alcohol", "new")
        assert host("export", "ics", str(home / "days.ics")).returncode == 0
        events = read((home / "days.ics").read_bytes()).values()
        starts = [event.start for event in events if event.title == "Open a new bottle of alcohol"]
        assert starts == [NOW_S + ALCOHOL_OLD_S]

    def test_bottle_of_tomorrow_is_refused(self, host: Host) -> None:
        complaint(host("alcohol", "new", "--at", "tomorrow"), 2)
        complaint(host("alcohol", "old"), 2)
