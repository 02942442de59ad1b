"""``host status``: one screen that answers, for the person who asks and for the script."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from time import time

import pytest
from tests.conftest import Host, HostJson
from tests.host.complaints import complaint
from tests.host.logbook import DAY, HOUR, Logbook, rules_for
from tests.host.run_host import modules_of

from rollcore import events
from rollcore.events import CASE_EPOCH
from rollcore.policy import Policy
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.history.untold import open_reactions

pytestmark = pytest.mark.in_process

NOW = 1_795_255_200
"""2026-11-21 10:00 UTC, in Unix seconds."""


LONG = ("abcdefghijkl", "bcdefghijklm", "cdefghijklmn", "defghijklmno")
"""Areas of skin with names as long as they may be."""


@pytest.fixture
def path(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The owner's database, not there yet; it is `NOW`."""
    monkeypatch.setenv("ROLLCASE_NOW", "2026-11-21T10:00:00Z")
    return home / "rollcase.db"


def begun(
    archive: Archive, rules: Policy, device: str = "5c1f0a2b3c4d5e6f", now: int = NOW
) -> Logbook:
    """Return the log of a case whose clock is right, with these rules."""
    book = Logbook(archive, now, device)
    book.set_clock()
    book.set_rules(rules)
    return book


def write(archive: Archive, kind: str, when: int, zone: str | None = None, **data: object) -> Entry:
    """Write into the diary, at `NOW`."""
    with archive.transaction():
        return archive.diary.add(Entry(kind, when, zone, data=data), NOW)


class TestNothing:
    def test_status_without_a_database_says_what_to_do(self, host: Host, path: Path) -> None:
        _, step = complaint(host("status"))
        assert "sync" in step
        assert not path.exists()

    def test_status_without_a_case_says_so_and_still_shows_the_skin(
        self, host: Host, host_json: HostJson, path: Path
    ) -> None:
        with open_archive(path, create=True) as archive:
            write(archive, diary.HOLD, NOW - HOUR, reason=events.SUNBURN, until=0)
            write(archive, diary.REACTION, NOW - HOUR, text="", signs=["pus"])
        assert host("status").stdout == (
            "See a clinician today: pus. Do not roll.\n"
            "No case was synced yet.\nOn hold      sunburn until it has healed\n"
            "Reaction     since today 09:00: see a clinician\n"
            "             once it is gone: reaction over\n"
        )
        document = host_json("status")
        assert document["cases"] == []
        assert [row["signs"] for row in document["reactions"]] == [["pus"]]

    def test_status_of_an_empty_database_is_one_sentence(self, host: Host, path: Path) -> None:
        with open_archive(path, create=True):
            pass
        assert host("status").stdout == "No case was synced yet.\n"
        assert complaint(host("status", "--case", "none"), 2)[0] == "There is no case none."


class TestOneCase:
    @pytest.fixture
    def used(self, path: Path) -> Logbook:
        """The log of a case in the middle of things: used, on hold, with a reaction."""
        with open_archive(path, create=True) as archive:
            book = begun(archive, rules_for(250, "face", "neck"), now=NOW - 2 * DAY)
            book.use(0)
            book.use(1)
            book.keep()
            write(archive, diary.HOLD, NOW, reason=events.SUNBURN, until=NOW + 2 * DAY)
            write(archive, diary.PLAN, NOW - DAY, "face", sessions=4)
        return book

    def test_status_is_one_screen_that_begins_with_the_answer(
        self, host: Host, used: Logbook
    ) -> None:
        result = host("status")
        assert (result.returncode, result.stderr) == (0, "")
        rows = result.stdout.splitlines()
        assert (
            rows[0]
            == "On hold (sunburn) until Mon 23 Nov 2026, 10:00, or longer, until it has healed."
        )
        assert [row.split()[0] for row in rows if row[0] != " "][1:] == [
            "Last", "Disinfected", "Face", "Neck", "Head", "Rules", "Waiting", "Synced",
            "Aftercare", "Course",
        ]  # fmt: skip
        assert len(rows) <= 24
        assert "Case" not in result.stdout

    def test_status_json_says_the_same_as_the_text(
        self, host: Host, host_json: HostJson, used: Logbook
    ) -> None:
        document = host_json("status")
        printed = host("status").stdout
        assert sorted(document) == [
            "aftercare", "alcohol", "cases", "clinician", "courses", "dark_spots",
            "healed", "holds", "lumps", "person", "products", "quarantined", "reactions",
            "rests", "schema_version", "unclaimed", "watches",
        ]  # fmt: skip
        (case,) = document["cases"]
        assert case["says"] == printed.splitlines()[0]
        assert case["waiting"] == 1
        assert "1 thing that you wrote down" in printed
        for zone in case["zones"]:
            until = moment_in(zone["until"])
            assert f"{zone['name'].capitalize():<12} rests until {until}" in printed
        assert f"used {case['head']['uses']} of {case['head']['most_uses']} times" in printed
        for window in document["aftercare"]:
            assert f"{window['name']}, until" in printed
        ends = {row["name"]: row for row in document["aftercare"]}
        for name, row in ends.items():
            end = moment_in(row["until"])
            end = end if row["until_day"] is None else end.partition(",")[0]
            assert f"{name}, until {end}" in printed
        (course,) = document["courses"]
        assert f"{course['done']} of {course['sessions']} sessions" in printed
        assert document["quarantined"] == 0

    def test_status_begins_with_an_open_reaction(
        self, host: Host, host_json: HostJson, used: Logbook, path: Path
    ) -> None:
        with open_archive(path) as archive:
            write(archive, diary.REACTION, NOW - HOUR, "neck", text="", signs=[])
        rows = host("status").stdout.splitlines()
        assert rows[0] == "On hold: a reaction of the skin is open."
        # 72 hours after the session of the neck.
        assert "Reaction     since today 09:00, neck: look again tomorrow 11:03" in rows
        document = host_json("status")
        assert document["cases"][0]["open_reactions"] == 1
        assert document["cases"][0]["phase"] == "held"

    def test_status_asks_no_case_and_changes_nothing(
        self, host: Host, used: Logbook, path: Path
    ) -> None:
        before = path.read_bytes()
        host("status")
        assert path.read_bytes() == before

    def test_status_loads_nothing_heavy(self, used: Logbook) -> None:
        loaded = modules_of("status")
        assert "sqlite3" in loaded
        assert not loaded & {
            "PIL", "icalendar", "rich", "serial", "platformdirs", "asyncio", "http", "email",
        }  # fmt: skip

    def test_status_times_are_local(self, host: Host, host_json: HostJson, used: Logbook) -> None:
        assert "until Mon 23 Nov 2026, 11:00, or longer" in host("status", TZ="CET-1").stdout
        (case,) = host_json("status", TZ="CET-1")["cases"]
        assert case["until"] == "2026-11-23T11:00:00+01:00"


def moment_in(iso: str) -> str:
    """Return a moment of a document as it is printed, more than a day from now."""
    when = datetime.fromisoformat(iso)
    days = (when.date() - datetime.fromtimestamp(NOW).date()).days
    if -1 <= days <= 1:
        return f"{['today', 'tomorrow', 'yesterday'][days]} {when:%H:%M}"
    return f"{when:%a} {when.day} {when:%b %Y, %H:%M}"


class TestSeveralCases:
    @pytest.fixture
    def two(self, path: Path) -> None:
        """Two cases, with one zone in common, and a course for it."""
        with open_archive(path, create=True) as archive:
            home = begun(archive, rules_for(1000, "face", "neck"), "aa00aa00", NOW - 3 * DAY)
            home.use(0)
            home.keep()
            away = begun(archive, rules_for(250, "neck"), "bb00bb00", NOW - 2 * DAY)
            away.use(0)
            away.keep()
            with archive.transaction():
                archive.name_case(home.case_id, "home")
                archive.name_case(away.case_id, "away")
            write(archive, diary.PLAN, NOW - 4 * DAY, "face", sessions=3)

    def test_each_case_has_its_part_and_the_skin_has_its_own(self, host: Host, two: None) -> None:
        home, away, about_skin = host("status").stdout.split("\n\n")
        assert home.startswith("Case home\n")
        assert "Face         rests until" in home
        assert away.startswith("Case away\nNot yet: the skin rests until")
        assert about_skin.startswith("Aftercare ")
        assert about_skin.splitlines()[-1].startswith("Course ")
        assert "Aftercare" not in home + away

    def test_named_case_is_shown_alone(self, host: Host, host_json: HostJson, two: None) -> None:
        printed = host("status", "--case", "away").stdout
        assert printed.startswith("Not yet: the skin rests until")
        assert "Case" not in printed
        assert "\n\n" not in printed
        assert [row["name"] for row in host_json("status", "--case", "00bb00")["cases"]] == ["away"]

    def test_skin_is_the_same_whichever_case_is_named(
        self, host: Host, host_json: HostJson, two: None
    ) -> None:
        """Also where that case does not know the zone of a course."""
        documents = [host_json("status", *words) for words in ([], ["--case", "away"])]
        for name in ("aftercare", "courses", "reactions"):
            assert documents[0][name] == documents[1][name]
        (course,) = documents[0]["courses"]
        (neck, *_) = [
            zone["until"] for zone in documents[0]["cases"][0]["zones"] if zone["name"] == "face"
        ]
        assert course["next"] == neck  # 42 days, which is more than a month

    def test_unknown_case_name_is_refused(self, host: Host, two: None) -> None:
        sentence, _ = complaint(host("status", "--case", "attic"), 2)
        assert sentence == "There is no case attic."

    def test_ambiguous_case_name_is_refused(self, host: Host, path: Path) -> None:
        with open_archive(path, create=True) as archive:
            for device in ("aa001234", "bb001234"):
                begun(archive, rules_for(), device).keep()
        sentence, _ = complaint(host("status", "--case", "1234"), 4)
        assert "several cases" in sentence


class TestWidth:
    """No line is longer than a terminal is wide, whatever there is to tell."""

    @pytest.fixture
    def host_lines(
        self, capsys: pytest.CaptureFixture[str], path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[[], list[str]]:
        """Run ``host status`` within this process, for 80 columns."""
        from rollhost.cli.main import main

        monkeypatch.setenv("COLUMNS", "80")

        def run() -> list[str]:
            assert main(["status"]) == 0
            return capsys.readouterr().out.splitlines()

        return run

    @pytest.mark.parametrize("what", ["soak", "use", "cut", "early", "late", "clinic", "over", ""])
    @pytest.mark.parametrize("chosen", [True, False])
    def test_no_line_of_a_full_status_is_wider_than_the_terminal(
        self,
        path: Path,
        host_lines: Callable[[], list[str]],
        what: str,
        chosen: bool,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        with open_archive(path, create=True) as archive:
            born = NOW - 3000 * DAY // 1000 - 5 * DAY
            book = Logbook(archive, born)
            book.set_clock()
            if chosen:
                book.set_rules(rules_for(250, *LONG))
            for zone in range(4 if chosen else 1):
                book.use(zone)
                write(archive, diary.REACTION, NOW - DAY, LONG[zone], signs=["pus"])
                write(archive, diary.PLAN, NOW - DAY, LONG[zone], sessions=6)
            if what == "soak":
                book.write(events.SOAK_STARTED, purpose=events.BEFORE_USE)
            elif what in ("use", "cut", "early", "late"):
                book.begin(how=events.OVERRIDE)
                if what == "cut":
                    book.start(3 * HOUR)
                    book.set_clock()
                elif what != "use":
                    book.end(how=events.TIMED_OUT, seconds=1800)
                if what == "late":
                    book.clean(20 * HOUR)
            elif what in ("clinic", "over"):
                now = book.now - CASE_EPOCH
                book.clean()
                if what == "clinic":
                    book.write(events.CLINIC, at=now, needle_um=0, token=0)
                else:
                    book.write(events.REACTION, open=0, at=now, token=0)
            elif not what:
                book.write(events.HOLD_SET, reason=events.ASK_DOCTOR, until=0xFFFF0000, token=0)
            book.behind = 3 * DAY
            book.keep(lost=[2])
            book.wait(10)
            book.keep(lost=[2], finished=False)
            with archive.transaction():
                archive.pend_policy(book.case_id, rules_for(750))
        # Without the reactions too, which would be all that the first line tells.
        for keep in (True, False):
            if not keep:
                with open_archive(path) as archive:
                    for reaction in open_reactions(archive.diary.entries()):
                        write(archive, diary.REACTION_OVER, NOW - DAY, reaction=reaction.token)
            found = host_lines()
            assert found
            assert [line for line in found if len(line) > 80] == []
            assert all(line.strip() for line in found)
        monkeypatch.setenv("ROLLCASE_NOW", "2029-09-26T20:00:00Z")
        assert max(len(line) for line in host_lines()) <= 80


def test_status_asks_the_clock_once(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An answer is for one moment."""
    from rollhost.cli.main import main

    with open_archive(path, create=True) as archive:
        book = begun(archive, rules_for(250))
        book.use()
        book.keep()
    asked = []

    def clock() -> float:
        asked.append(time())
        return asked[-1]

    monkeypatch.delenv("ROLLCASE_NOW", raising=False)
    monkeypatch.setattr("rollhost.now.time", clock)
    assert main(["status"]) == 0
    assert len(asked) == 1
    assert capsys.readouterr().out
