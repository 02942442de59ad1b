"""`host remind`: each occasion once on each channel, late if need be, and never in quiet hours."""

import configparser
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.complaints import complaint, sentence_and_step
from tests.host.remind.notify_send import NotifySend
from tests.host.remind.web_server import WebServer
from tests.host.ten_years import BORN, DAY, HOUR, MINUTE, ORIGINAL, Life, with_zones

from rollcore.events import CASE_EPOCH
from rollhost.database import diary
from rollhost.database.archive import Archive, Person
from rollhost.database.diary import ME
from rollhost.database.sent import CLAIMED, FAILED, MISSED, SENT
from rollhost.output import units

pytestmark = pytest.mark.in_process

USE_AT = BORN + HOUR
"""About when the roller is used in these lives: on a Sunday, 2027-01-03 10:00 UTC."""

SECRET = "hunter2"


@pytest.fixture
def shown(home: Path, monkeypatch: pytest.MonkeyPatch) -> NotifySend:
    """The desktop, by a program that stands for notify-send."""
    return NotifySend(home / "bin", monkeypatch)


@pytest.fixture
def server() -> Iterator[WebServer]:
    """A service that takes reminders."""
    with WebServer() as server:
        yield server


@pytest.fixture
def life(archive: Archive) -> Life:
    """Somebody with a case called bathroom."""
    return Life(archive, name="bathroom")


@pytest.fixture
def dirty(life: Life) -> Life:
    """The same, after a use; the roller is not cleaned."""
    life.use()
    life.sync()
    return life


@pytest.fixture
def rested(dirty: Life) -> Life:
    """The same, at the moment at which the skin has rested, with a roller that is clean."""
    dirty.clean()
    dirty.sync()
    dirty.now = dirty.rested_at(0)
    return dirty


def at(moment: int) -> dict[str, str]:
    """Return the environment in which it is this Unix time (s)."""
    return {"ROLLCASE_NOW": units.utc(moment)}


def stages(archive: Archive) -> list[tuple[str, str]]:
    """Return the first word of the key of each row, with its stage, but for those of channels."""
    rows = archive.reminders.all_of(ME)
    return [(row.key.split("/")[0], row.stage) for row in rows if row.stage != "begun"]


class TestDesktop:
    def test_reminder_is_shown_once(self, host: Host, rested: Life, shown: NotifySend) -> None:
        first, second = (host("remind", **at(rested.unix)) for _ in range(2))
        text = "Rested (bathroom), by the rules you chose. The lamp shows the next step."
        assert first.stdout == f"{text} (desktop)\n"
        assert second.stdout == "Nothing is due.\n"
        assert shown.calls == [["--app-name=Rollcase", "--", "Rollcase", text]]

    def test_name_of_a_case_is_no_markup_and_no_option(
        self, host: Host, archive: Archive, rested: Life, shown: NotifySend
    ) -> None:
        with archive.transaction():
            archive.name_case(rested.case_id, "--<b>&\\n", rested.unix)
        assert host("remind", **at(rested.unix)).returncode == 0
        assert shown.texts[0].startswith("Rested (--&lt;b&gt;&amp;\\\\n)")

    def test_failure_is_said_once_with_the_next_step_and_tried_again_later(
        self, host: Host, archive: Archive, rested: Life, shown: NotifySend
    ) -> None:
        shown.ends_with(1)
        sentence, step = complaint(host("remind", **at(rested.unix)))
        assert sentence == "notify-send did not show the reminder (it ended with 1)."
        assert step.startswith("It needs a desktop that somebody is logged in to.")
        assert stages(archive) == [("rested", FAILED)]
        shown.ends_with(0)
        waits = host("remind", **at(rested.unix + MINUTE))
        assert waits.stdout.startswith("desktop did not take the last one: next try today")
        assert len(shown.calls) == 1
        assert "(desktop)" in host("remind", **at(rested.unix + 5 * MINUTE)).stdout
        assert stages(archive) == [("rested", SENT)]

    def test_reminder_that_never_was_shown_and_is_void_is_listed_as_missed(
        self, host: Host, dirty: Life, shown: NotifySend
    ) -> None:
        shown.ends_with(1)
        due = dirty.unix + 30 * MINUTE
        host("remind", **at(due))
        assert "not sent yet (desktop)" in host("remind", "--list", **at(due)).stdout
        dirty.clean()
        dirty.sync()
        listed = host("remind", "--list", **at(due + 2 * DAY)).stdout.splitlines()
        assert listed[0].endswith("not cleaned yet: missed (desktop)")

    def test_desktop_without_notify_send_says_what_to_install(
        self, host: Host, rested: Life, shown: NotifySend
    ) -> None:
        shown.remove()
        sentence, step = complaint(host("remind", **at(rested.unix)))
        assert sentence == "There is no notify-send, by which this desktop is reminded."
        assert "libnotify-bin" in step

    def test_dry_run_shows_what_is_due_and_sends_and_keeps_nothing(
        self, host: Host, archive: Archive, rested: Life, shown: NotifySend
    ) -> None:
        assert "Rested (bathroom)" in host("remind", "--dry-run", **at(rested.unix)).stdout
        assert (shown.calls, archive.reminders.all_of(ME)) == ([], [])


class TestDatabase:
    def test_backup_that_is_put_back_sends_nothing_again(
        self, host: Host, home: Path, archive: Archive, rested: Life, shown: NotifySend
    ) -> None:
        (backup,) = (home / "a.db",)
        assert host("export", "sqlite", str(backup)).returncode == 0
        host("remind", **at(rested.unix))
        archive.close()
        assert host("restore", str(backup), "--yes", **at(rested.unix)).returncode == 0
        assert host("remind", **at(rested.unix)).stdout == "Nothing is due.\n"
        assert len(shown.calls) == 1

    def test_database_that_cannot_be_written_sends_nothing(
        self, host_without_rights: Host, home: Path, archive: Archive, rested: Life,
        shown: NotifySend, monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        archive.close()
        monkeypatch.setenv("ROLLCASE_NOW", units.utc(rested.unix))
        (home / "rollcase.db").chmod(0o400)
        home.chmod(0o500)
        result = host_without_rights("remind")
        dry = host_without_rights("remind", "--dry-run")
        home.chmod(0o700)
        assert "cannot be written" in complaint(result)[0]
        assert dry.stdout.startswith("Rested (bathroom)")
        assert shown.calls == []


class TestTime:
    def test_dirty_roller_is_named_again_until_it_is_clean(
        self, host: Host, archive: Archive, dirty: Life, shown: NotifySend
    ) -> None:
        used = dirty.unix
        for after, count in ((29 * MINUTE, 0), (30 * MINUTE, 1), (3 * HOUR, 2), (DAY, 3)):
            host("remind", **at(used + after))
            assert len(shown.calls) == count
        dirty.now += 25 * HOUR
        dirty.clean()
        dirty.sync()
        host("remind", **at(used + 2 * DAY))
        assert len(shown.calls) == 3

    def test_what_came_due_while_the_computer_was_off_says_since_when(
        self, host: Host, rested: Life, shown: NotifySend
    ) -> None:
        host("remind", **at(rested.unix + 23 * HOUR))
        due = units.clock_time(rested.unix, rested.unix + 23 * HOUR)
        assert due.startswith("yesterday")
        assert shown.texts == [
            f"Since {due}: rested (bathroom), by the rules you chose. The lamp shows the next step."
        ]

    def test_sleep_of_five_days_leaves_what_it_missed_unsent_and_lists_it(
        self, host: Host, archive: Archive, rested: Life, shown: NotifySend
    ) -> None:
        host("remind", **at(rested.unix - HOUR))
        later = host("remind", **at(rested.unix + 5 * DAY))
        assert later.stdout == "Nothing is due.\nToo late to be sent, and kept as missed: rested.\n"
        assert (shown.calls, stages(archive)) == ([], [("rested", MISSED)])
        listed = host("remind", "--list", **at(rested.unix + 5 * DAY)).stdout
        assert "rested: missed (desktop)" in listed.splitlines()[0]
        assert host("remind", **at(rested.unix + 5 * DAY)).stdout == "Nothing is due.\n"

    def test_quiet_hours_put_off_until_they_end(
        self, host: Host, host_json: HostJson, rested: Life, shown: NotifySend
    ) -> None:
        host("remind", "--quiet", "9-13", **at(rested.unix - DAY))
        now = host_json("remind", **at(rested.unix))
        assert (now["sent"], len(now["waiting"])) == ([], 1)
        over = units.iso(USE_AT + 7 * DAY + 3 * HOUR)
        assert (now["quiet_until"], shown.calls) == (over, [])
        listed = host_json("remind", "--list", **at(rested.unix))["to_come"]
        assert [row["sent_from"] for row in listed if row["what"] == "rested"] == [over]
        assert len(host_json("remind", **at(USE_AT + 7 * DAY + 3 * HOUR))["sent"]) == 1

    def test_dirty_roller_is_listed_once_where_quiet_hours_end(
        self, host: Host, host_json: HostJson, dirty: Life, shown: NotifySend
    ) -> None:
        now = at(dirty.unix)
        host("remind", "--quiet", "0-23", "--list", **now)
        first, second, *_ = host_json("remind", "--list", **now)["to_come"]
        assert (first["what"], first["sent_from"]) == (second["what"], second["sent_from"])
        lines = host("remind", "--list", **now).stdout.splitlines()
        assert len([line for line in lines if "today 23:00  not cleaned yet" in line]) == 1

    def test_zones_that_are_named_together_are_one_line_of_the_list(
        self, host: Host, archive: Archive, shown: NotifySend
    ) -> None:
        life = Life(archive, rules=with_zones(ORIGINAL, "face", "scalp"))
        for zone in (0, 1):
            life.use(zone)
            life.clean()
        life.sync()
        for moment in (life.unix, life.unix + 8 * DAY):
            host("remind", **at(moment))
            lines = host("remind", "--list", **at(moment)).stdout.splitlines()
            assert len([line for line in lines if " rested" in line]) == 1

    def test_settings_are_said_once_they_are_kept(
        self, host: Host, rested: Life, shown: NotifySend
    ) -> None:
        for words, told in (
            (("--quiet", "23-7", "--list"), "From now on it is quiet from 23 to 7."),
            (("--quiet", "none", "--dry-run"), "From now on no hour is quiet."),
            (("--details",), "From now on reminders name zones and the skin, also"),
            (("--private", "--dry-run"), "From now on reminders name neither zones nor"),
        ):
            result = host("remind", *words, **at(rested.unix))
            assert result.stderr.startswith(told)
        assert host("remind", "--dry-run", **at(rested.unix)).stderr == ""

    def test_second_database_in_the_folder_has_hours_and_details_of_its_own(
        self, host: Host, host_json: HostJson, rested: Life, home: Path, shown: NotifySend
    ) -> None:
        assert host("backup", str(home / "bens.db")).returncode == 0
        host("remind", "--quiet", "none", "--details", "--dry-run", **at(rested.unix))
        night = at(rested.unix + 14 * HOUR)
        quiet = [
            host_json("remind", "--dry-run", "--db", str(home / name), **night)["quiet_until"]
            for name in ("rollcase.db", "bens.db")
        ]
        assert quiet[0] is None
        assert quiet[1] is not None

    def test_hours_are_kept_for_each_person(
        self, host: Host, archive: Archive, rested: Life, shown: NotifySend
    ) -> None:
        with archive.transaction():
            archive.name_person(7, "Ann", BORN)
        host("remind", "--person", "Ann", "--quiet", "0-23", **at(rested.unix))
        assert host("remind", "--person", "Ann", **at(rested.unix)).stdout == "Nothing is due.\n"
        host("remind", **at(rested.unix))
        assert len(shown.calls) == 1

    def test_hours_in_the_file_of_an_earlier_version_are_taken_over_once(
        self, host: Host, rested: Life, shown: NotifySend, home: Path
    ) -> None:
        file = home / "rollcase-remind.json"
        file.write_text('{"0": {"quiet": [0, 24], "details": false}}')
        assert "Quiet hours" in host("remind", **at(rested.unix)).stdout
        assert not file.exists()
        assert "Quiet hours" in host("remind", "--details", **at(rested.unix)).stdout
        file.write_text("no JSON")
        assert "(desktop)" in host("remind", "--quiet", "none", **at(rested.unix)).stdout
        assert not file.exists()

    def test_clock_that_is_set_back_sends_nothing_again_and_gives_up_nothing(
        self, host: Host, archive: Archive, rested: Life, shown: NotifySend
    ) -> None:
        host("remind", **at(rested.unix - HOUR))
        host("remind", **at(rested.unix + 90 * DAY))  # by a clock that is wrong
        assert ("rested", MISSED) in stages(archive)
        host("remind", **at(rested.unix))
        assert len([text for text in shown.texts if "ested (bathroom)" in text]) == 1
        for moment in (rested.unix - DAY, rested.unix + HOUR):
            host("remind", **at(moment))
        assert len([text for text in shown.texts if "ested (bathroom)" in text]) == 1

    def test_new_use_before_the_end_of_a_rest_makes_its_reminder_void(
        self, host: Host, rested: Life, shown: NotifySend
    ) -> None:
        rested.now -= DAY
        rested.use(early=True) if rested.standing().phase == "resting" else None
        rested.clean()
        rested.sync()
        assert host("remind", **at(rested.lived.uses[0] + 7 * DAY)).stdout == "Nothing is due.\n"
        assert shown.calls == []

    def test_fortnight_with_two_persons_reminds_each_of_everything_once(
        self, host_json: HostJson, archive: Archive, life: Life, shown: NotifySend
    ) -> None:
        with archive.transaction():
            archive.name_person(7, "Ann", BORN)
        theirs = Life(archive, name="Ann's", device="a2" * 8, seed=2)
        with archive.transaction():
            archive.own_log(theirs._log_row, 7, BORN)
        theirs.sync()
        life.write_down(diary.PLAN, sessions=3)
        sent: dict[str, list[str]] = {"me": [], "Ann": []}
        acts: dict[int, Callable[[], None]] = {
            2 * DAY: life.use, 2 * DAY + 6 * HOUR: life.clean, 3 * DAY: theirs.use
        }  # fmt: skip
        for hours in range(0, 14 * 24 + 1, 6):
            moment = BORN + hours * HOUR
            if hours * HOUR in acts:
                acts[hours * HOUR]()
                life.sync()
                theirs.sync()
            life.now = theirs.now = max(life.now, moment - CASE_EPOCH)
            for name, found in sent.items():
                document = host_json("remind", "--person", name, **at(life.unix))
                found += [message["text"] for message in document["sent"]]
        assert all(text.startswith("Ann: ") for text in sent["Ann"])
        # After half an hour and three hours, which a look every six sees as one; then once a day.
        counts = {
            (name, what): sum(what in text.lower() for text in texts)
            for name, texts in sent.items()
            for what in ("rested (bathroom)", "rested (ann's)", "cleaned", "plan", "bathroom")
        }
        assert counts == {
            ("me", "rested (bathroom)"): 1,
            ("me", "rested (ann's)"): 0,
            ("me", "cleaned"): 1,
            ("me", "plan"): 1,
            ("me", "bathroom"): 2,
            ("Ann", "rested (bathroom)"): 0,
            ("Ann", "rested (ann's)"): 1,
            ("Ann", "cleaned"): 4,
            ("Ann", "plan"): 0,
            ("Ann", "bathroom"): 0,
        }
        assert len(shown.calls) == sum(map(len, sent.values()))


class TestAddresses:
    def test_addresses_of_a_file_are_channels_of_their_own_and_retried_alone(
        self,
        host_json: HostJson,
        host: Host,
        home: Path,
        archive: Archive,
        rested: Life,
        shown: NotifySend,
        server: WebServer,
    ) -> None:
        file = home / "to"
        file.write_text(f"# both\ndesktop\n{server.address(SECRET)}\n{server.address(SECRET)}\n")
        server.status = 500
        result = host("remind", "--to-file", str(file), **at(rested.unix))
        assert result.returncode == 1
        assert (len(shown.calls), server.refused) == (1, 1)
        assert sorted(stages(archive)) == [("rested", FAILED), ("rested", SENT)]
        server.status = 200
        host("remind", "--to-file", str(file), **at(rested.unix + MINUTE))
        assert server.texts == []
        for _ in range(2):
            host("remind", "--to-file", str(file), **at(rested.unix + 6 * MINUTE))
        assert (len(shown.calls), len(server.texts)) == (1, 1)

    def test_list_without_addresses_has_nothing_to_come_that_an_address_was_sent(
        self, host: Host, host_json: HostJson, home: Path, rested: Life, server: WebServer
    ) -> None:
        file = home / "to"
        file.write_text(f"{server.address(SECRET)}\n")
        words, now = ("remind", "--to-file", str(file)), at(rested.unix)
        host(*words, **now)
        to_come = host_json("remind", "--list", **now)["to_come"]
        assert "rested" not in [row["what"] for row in to_come]
        file.write_text(f"{server.address('another')}\n")
        to_come = host_json(*words, "--list", **now)["to_come"]
        assert "rested" in [row["what"] for row in to_come]

    def test_address_is_never_printed_and_never_kept(
        self,
        host: Host,
        home: Path,
        rested: Life,
        server: WebServer,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        server.status = 500
        bad = [f"nosuch://{SECRET}@host", f"mailto://{SECRET}", f"{SECRET}", f"json://{SECRET}@::"]
        monkeypatch.setenv("ROLLCASE_REMIND_TO", " ".join([server.address(SECRET), *bad]))
        printed = []
        for words in (
            [],
            ["--list"],
            ["--dry-run"],
            ["--json"],
            ["--systemd"],
            ["--systemd", "timer", "--json"],
        ):
            result = host("remind", *words, **at(rested.unix))
            printed.append(result.stdout + result.stderr)
        assert printed[0].count("knows no such address") >= 2
        assert SECRET not in "".join(printed)
        kept = [path for path in home.iterdir() if path.is_file() and path.name != "to"]
        assert kept
        assert not [path for path in kept if SECRET.encode() in path.read_bytes()]

    @pytest.mark.parametrize("more", [(), ("--systemd",), ("--list", "--json")])
    def test_address_in_place_of_a_file_is_refused_and_not_shown(
        self, host: Host, rested: Life, more: tuple[str, ...]
    ) -> None:
        result = host("remind", "--to-file", f"json://ann:{SECRET}@host", *more)
        assert result.returncode == 2
        assert SECRET not in result.stdout + result.stderr

    def test_address_that_apprise_does_not_know_stops_no_other_one(
        self, host: Host, home: Path, rested: Life, server: WebServer
    ) -> None:
        (home / "to").write_text(f"nosuch://{SECRET}\n{server.address()}\n")
        result = host("remind", "--to-file", str(home / "to"), **at(rested.unix))
        assert result.returncode == 1
        assert result.stdout.startswith("Rested (bathroom)")
        sentence, _ = sentence_and_step(result.stderr)
        assert sentence.startswith("Apprise knows no such address as nosuch-")
        assert len(server.texts) == 1

    @pytest.mark.parametrize("text", [None, "# nothing\n\n"])
    def test_file_without_an_address_is_refused(
        self, host: Host, home: Path, rested: Life, text: str | None
    ) -> None:
        if text is not None:
            (home / "to").write_text(text)
        result = host("remind", "--to-file", str(home / "to"), **at(rested.unix))
        assert complaint(result, 2)[0].startswith(str(home / "to"))


class TestTwoAtOnce:
    @pytest.mark.slow
    def test_two_processes_at_once_send_each_reminder_once(
        self, rested: Life, shown: NotifySend
    ) -> None:
        command = [sys.executable, "-m", "rollhost", "remind"]
        environment = {**os.environ, **at(rested.unix)}
        both = [
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        said = sorted(process.communicate(timeout=60)[0] for process in both)
        assert [process.returncode for process in both] == [0, 0]
        assert len(shown.calls) == 1
        assert [text.startswith("Rested") for text in said] == [False, True]

    def test_claim_of_a_program_that_was_stopped_is_not_sent_and_listed_as_maybe_not_sent(
        self, host: Host, archive: Archive, rested: Life, shown: NotifySend
    ) -> None:
        host("remind", **at(rested.unix))
        with archive.transaction():
            rows = [row for row in archive.reminders.all_of(ME) if row.stage == SENT]
            archive.reminders.keep([row._replace(stage=CLAIMED) for row in rows])
        assert host("remind", **at(rested.unix)).stdout == "Nothing is due.\n"
        assert len(shown.calls) == 1
        listed = host("remind", "--list", **at(rested.unix)).stdout
        assert "rested: maybe not sent (desktop)" in listed


class TestWords:
    def test_skin_is_named_only_once_its_owner_wants_it(
        self, host: Host, archive: Archive, rested: Life, shown: NotifySend
    ) -> None:
        rested.now += 2 * HOUR
        entry = rested.write_down(diary.REACTION, "face", text="pus and pain", signs=["pus"])
        now = entry.at + DAY
        (plain,) = (line for line in host("remind", "--dry-run", **at(now)).stdout.splitlines())
        assert plain == "A look is due: host status says at what. (desktop)"
        detailed = host("remind", "--dry-run", "--details", **at(now)).stdout
        assert detailed.startswith("A look at your skin is due")
        assert "pus" not in detailed
        assert "your skin" in host("remind", "--dry-run", **at(now)).stdout
        assert host("remind", "--dry-run", "--private", **at(now)).stdout == f"{plain}\n"

    def test_forgotten_person_leaves_no_reminder(
        self, host: Host, archive: Archive, rested: Life, shown: NotifySend
    ) -> None:
        with archive.transaction():
            archive.keep_person(Person(7, "Ann"))
        host("remind", "--person", "Ann", **at(rested.unix))
        assert len(archive.reminders.all_of(7)) == 1
        with archive.transaction():
            archive.forget_person(7)
        assert archive.reminders.all_of(7) == []


class TestUnits:
    def test_units_run_this_program_with_the_same_options_again_and_again(
        self, host: Host, home: Path
    ) -> None:
        words = ["--to-file", "to %h", "--person", "Ann"]
        service, timer = (
            host("remind", "--systemd", kind, *words).stdout for kind in ("service", "timer")
        )
        parser = configparser.RawConfigParser(strict=False)
        parser.optionxform = str  # type: ignore[assignment, method-assign]
        parser.read_string(service + timer)
        started = parser["Service"]["ExecStart"]
        assert '"remind" "--person" "Ann" "--to-file"' in started
        assert 'to %%h"' in started
        assert f'"--db" "{home}/rollcase.db"' in started
        assert parser["Timer"]["OnCalendar"] == "*:0/15"
        both = host("remind", "--systemd", *words)
        assert service in both.stdout
        assert timer in both.stdout
        assert "enable --now rollcase-remind.timer" in both.stderr

    @pytest.mark.parametrize(
        "words", [["--dry-run", "--list"], ["--systemd", "--list"], ["--details", "--private"]]
    )
    def test_options_that_contradict_each_other_are_refused(
        self, host: Host, words: list[str]
    ) -> None:
        complaint(host("remind", *words), 2)

    @pytest.mark.parametrize("hours", ["22", "25-3", "a-b", "-1-3"])
    def test_hours_that_make_no_sense_are_refused(self, host: Host, hours: str) -> None:
        assert host("remind", f"--quiet={hours}").returncode == 2

    def test_document_says_what_was_sent(
        self, host_json: HostJson, rested: Life, shown: NotifySend
    ) -> None:
        document = host_json("remind", **at(rested.unix))
        (sent,) = document["sent"]
        assert (sent["channel"], sent["late"]) == ("desktop", False)
        assert document["failed"] == document["waiting"] == document["missed"] == []
        (row,) = host_json("remind", "--list", **at(rested.unix))["rows"]
        assert (row["what"], row["stage"], row["tries"]) == ("rested", "sent", 1)
        assert json.dumps(row)
