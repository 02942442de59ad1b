"""What is found right and wrong with ports, rights, database and clocks."""

import os
import sqlite3
import sys
from pathlib import Path

import pytest
from tests.host.case_answers import NOW, status
from tests.host.database_files import everything_in, seal
from tests.host.scripted_case import DEVICE

from rollcore import VERSION, events, snapshot
from rollcore.events import CASE_EPOCH
from rollcore.memory import State
from rollhost.cli import diagnostics
from rollhost.cli.diagnostics import FINE, UDEV_RULE, WARNING, WRONG, Finding, Seen, User
from rollhost.database.archive import Case
from rollhost.database.open import look_into, open_archive, schema_steps
from rollhost.errors import ArchiveError, PortError


def only_one(findings: list[Finding], check: str) -> Finding:
    """Return the finding of this check, of which there is one."""
    found = [finding for finding in findings if finding.check == check]
    assert len(found) == 1, findings
    return found[0]


class TestRight:
    @staticmethod
    def user(*groups: str, enrolled: tuple[str, ...] = (), root: bool = False) -> User:
        return User("mia", root, frozenset(groups), frozenset(enrolled or groups))

    def test_port_that_can_be_opened_is_enough_for_the_rights_check(self) -> None:
        found = diagnostics.right_to_ports(self.user(), {"/dev/ttyACM0": True}, ["dialout"])
        assert (found.verdict, found.says) == (FINE, "You may open /dev/ttyACM0.")

    def test_port_that_cannot_be_opened_is_wrong_in_any_group(self) -> None:
        user = self.user("dialout")
        found = diagnostics.right_to_ports(
            user, {"/dev/ttyACM0": True, "/dev/ttyACM1": False}, ["dialout"]
        )
        assert found.verdict == WRONG
        assert found.says == "You are not allowed to open /dev/ttyACM1."

    def test_group_decides_when_there_is_no_port(self) -> None:
        found = diagnostics.right_to_ports(self.user("mia", "dialout"), {}, ["dialout"])
        assert found.verdict == FINE
        assert "group dialout" in found.says

    def test_user_outside_the_group_is_told_how_to_join(self) -> None:
        found = diagnostics.right_to_ports(self.user("mia"), {}, ["uucp"])
        assert found.verdict == WARNING
        assert found.hint == "sudo usermod -aG uucp mia, then log out and in again."

    def test_user_just_added_to_the_group_is_told_to_log_in_again(self) -> None:
        user = self.user("mia", enrolled=("mia", "dialout"))
        found = diagnostics.right_to_ports(user, {"/dev/ttyACM0": False}, ["dialout"])
        assert found.verdict == WRONG
        assert "log out and in again" in found.hint
        assert "usermod" not in found.hint

    def test_root_needs_no_group(self) -> None:
        assert diagnostics.right_to_ports(self.user(root=True), {}, []).verdict == FINE

    def test_current_user_has_a_name(self) -> None:
        user = diagnostics.this_user()
        assert user.name
        assert user.is_root == (os.geteuid() == 0)

    def test_port_groups_are_those_of_this_system(self, home: Path) -> None:
        assert diagnostics.serial_groups(home) == []
        (home / "etc").mkdir()
        (home / "etc" / "group").write_text("root:x:0:\nuucp:x:14:mia\nmydialout:x:9:\n")
        assert diagnostics.serial_groups(home) == ["uucp"]


def put(path: Path, text: str) -> None:
    """Write a file, and the folders down to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


class TestModemManager:
    def test_system_without_modem_manager_needs_no_rule(self, home: Path) -> None:
        put(home / "proc/1/comm", "systemd\n")
        found = diagnostics.modem_manager(home)
        assert (found.verdict, found.hint) == (FINE, "")
        assert "not running" in found.says

    def test_modem_manager_without_a_rule_is_a_warning(self, home: Path) -> None:
        put(home / "proc/77/comm", "ModemManager\n")
        found = diagnostics.modem_manager(home)
        assert found.verdict == WARNING
        assert found.hint == "A rule keeps it away: host doctor --udev."

    @pytest.mark.parametrize("folder", diagnostics.UDEV_FOLDERS)
    def test_printed_udev_rule_is_found_again(self, home: Path, folder: str) -> None:
        put(home / "proc/77/comm", "ModemManager\n")
        put(home / folder / "70-rollcase.rules", UDEV_RULE)
        found = diagnostics.modem_manager(home)
        assert found.verdict == FINE
        assert f"/{folder}/70-rollcase.rules" in found.says

    @pytest.mark.parametrize(
        "rule",
        [
            '# ATTRS{idVendor}=="2e8a", ENV{ID_MM_DEVICE_IGNORE}="1"',
            'ATTRS{idVendor}=="2e8a", TAG+="uaccess"',
            'ATTRS{idVendor}=="046d", ENV{ID_MM_DEVICE_IGNORE}="1"',
        ],
    )
    def test_udev_rules_for_other_devices_do_not_count(self, home: Path, rule: str) -> None:
        put(home / "proc/77/comm", "ModemManager\n")
        put(home / "etc/udev/rules.d/60-other.rules", rule + "\n")
        assert diagnostics.modem_manager(home).verdict == WARNING

    def test_udev_rule_hidden_by_another_file_does_not_count(self, home: Path) -> None:
        put(home / "proc/77/comm", "ModemManager\n")
        put(home / "usr/lib/udev/rules.d/70-rollcase.rules", UDEV_RULE)
        put(home / "etc/udev/rules.d/70-rollcase.rules", "")
        assert diagnostics.modem_manager(home).verdict == WARNING

    def test_udev_rule_over_two_lines_counts(self, home: Path) -> None:
        put(home / "proc/77/comm", "ModemManager\n")
        text = 'ATTRS{idVendor}=="2E8A", \\\n  ENV{ID_MM_DEVICE_IGNORE}="1"\n'
        put(home / "etc/udev/rules.d/60-mine.rules", text)
        assert diagnostics.modem_manager(home).verdict == FINE


def seen(firmware: str = VERSION, **changed: object) -> Seen:
    """Return a case on a port, and what it answers."""
    return Seen("/dev/ttyACM0", DEVICE, "pico", firmware, 2, status(**changed), is_case=True)


LOG = (DEVICE, "0102030405060708")


def judged(
    one: Seen, check: str, held: dict[tuple[str, str], int] | None = None
) -> tuple[str, str]:
    """Return the verdict of a check of this case, and all that is said about it."""
    found = only_one(diagnostics.ports([one], [], held or {}, NOW), check)
    return found.verdict, f"{found.says} {found.hint}".strip()


class TestPorts:
    def test_case_in_good_order_is_fine(self) -> None:
        found = diagnostics.ports([seen()], [], {LOG: 10}, NOW)
        assert {finding.verdict for finding in found} == {FINE}
        assert found[0].says == (
            f"Case 3d4e5f answers on /dev/ttyACM0 (pico, firmware {VERSION}), protocol 2 of our 2."
        ).replace("3d4e5f", DEVICE[-6:])

    def test_older_and_newer_firmware_are_warnings(self) -> None:
        verdict, told = judged(seen("0.0.9"), "case")
        assert verdict == WARNING
        assert "host install" in told
        verdict, told = judged(seen("0.10.0"), "case")
        assert verdict == WARNING
        assert told.endswith("Update this program.")

    def test_clock_that_was_never_set_is_a_warning(self) -> None:
        verdict, told = judged(seen(time=100), "case_clock")
        assert verdict == WARNING
        assert "was never set" in told

    @pytest.mark.parametrize(
        ("off", "verdict", "words"),
        [
            (-59, FINE, "is right"),
            (59, FINE, "is right"),
            (-7200, WARNING, "2 hours behind. host sync sets it."),
            (7200, WARNING, "2 hours ahead"),
        ],
    )
    def test_difference_between_the_clocks_is_shown(
        self, off: int, verdict: str, words: str
    ) -> None:
        found, told = judged(seen(time=NOW - CASE_EPOCH + off), "case_clock")
        assert found == verdict
        assert words in told

    def test_case_is_not_set_by_a_computer_that_is_not_sure(self) -> None:
        one = seen(time=NOW - CASE_EPOCH - 7200)
        found = only_one(diagnostics.ports([one], [], {}, NOW, is_sure=False), "case_clock")
        assert found.says.endswith("2 hours behind.")
        assert found.hint == "If this computer is right: host sync --clock-is-right."

    def test_clock_that_contradicts_a_sure_one_of_this_run_is_not_said_to_be_set(self) -> None:
        known = State()
        known.sure = known.clock_set = True
        one = seen(time=NOW - CASE_EPOCH - 7200)._replace(known=snapshot.pack(known))
        _, told = judged(one, "case_clock")
        assert "2 hours behind." in told
        assert told.endswith("If this computer is right: host sync --clock-is-right.")

    def test_fault_of_a_case_is_wrong_and_shown_in_its_words(self) -> None:
        verdict, told = judged(seen(fault="its log is full"), "case_fault")
        assert verdict == WRONG
        assert "shows SOS: its log is full." in told

    def test_unsynced_records_are_counted_from_the_database(self) -> None:
        _, told = judged(seen(), "case_log", {LOG: 3})
        assert "has 7 records to bring home: host sync." in told

    def test_case_counts_unsynced_records_of_a_log_not_in_the_database(self) -> None:
        _, told = judged(seen(acked=9), "case_log", {("other", LOG[1]): 3})
        assert "has 1 record to bring home" in told

    def test_log_shorter_than_in_the_database_is_a_warning(self) -> None:
        verdict, told = judged(seen(), "case_log", {LOG: 11})
        assert verdict == WARNING
        assert "ends with record 10, but record 11 of it is here already" in told
        assert "host sync brings home what it has written since" in told

    def test_log_that_was_forgotten_here_is_a_warning_with_the_next_step(self) -> None:
        found = only_one(diagnostics.ports([seen()], [], {}, NOW, forgotten={LOG}), "case_log")
        assert (found.verdict, "was forgotten here" in found.says) == (WARNING, True)
        assert found.hint == f"To begin an empty one: host case lend {DEVICE[-6:]} NAME."

    def test_port_with_a_problem_is_wrong_unless_a_case_answers(self) -> None:
        problem = Seen("/dev/ttyACM1", problem=PortError("In use.", "Close it."))
        alone = only_one(diagnostics.ports([problem], [], {}, NOW), "port")
        assert (alone.verdict, alone.says, alone.hint) == (WRONG, "In use.", "Close it.")
        beside = only_one(diagnostics.ports([problem, seen()], [], {}, NOW), "port")
        assert beside.verdict == WARNING

    def test_board_in_bootsel_mode_is_reported(self) -> None:
        found = only_one(diagnostics.ports([], ["1-2"], {}, NOW), "port")
        assert found.verdict == WARNING
        assert found.hint == "Put the image on it: host install --uf2."

    def test_missing_case_is_a_warning(self) -> None:
        found = only_one(diagnostics.ports([], [], {}, NOW), "port")
        assert found.verdict == WARNING
        assert "cable that carries data" in found.hint


class TestDatabase:
    def test_missing_database_is_fine_where_one_can_be_created(self, home: Path) -> None:
        found = diagnostics.database(home / "deep" / "down" / "a.db")
        assert only_one(found.findings, "database").verdict == FINE
        assert list(home.glob("deep")) == []

    def test_missing_database_is_wrong_where_none_can_be_created(self, home: Path) -> None:
        (home / "file").write_text("")
        found = only_one(diagnostics.database(home / "file" / "a.db").findings, "database")
        assert found.verdict == WRONG
        assert "none can be made there" in found.says

    def test_intact_database_is_fine_and_stays_unchanged(self, home: Path, database: Path) -> None:
        before = everything_in(home)
        found = diagnostics.database(database)
        assert everything_in(home) == before
        assert [finding.verdict for finding in found.findings] == [FINE] * 5
        assert found.held == {(DEVICE, "0102030405060708"): 5}
        assert [case.device for case, _ in found.newest] == [DEVICE]

    def test_commit_of_another_program_is_seen(self, home: Path) -> None:
        with open_archive(home / "a.db", create=True) as archive:
            with archive.transaction():
                case_id = archive.keep_case(DEVICE, "pico", VERSION)
                log_id = archive.keep_log(case_id, "01")
                archive.keep_records(log_id, 1, 0, bytes(32))
            found = diagnostics.database(home / "a.db")
        assert found.held == {(DEVICE, "01"): 1}

    @pytest.mark.parametrize("table", ["records", "cases", "sqlite_autoindex_cases_1"])
    def test_damage_anywhere_in_the_database_is_wrong(self, database: Path, table: str) -> None:
        seal(database, table)
        before = database.read_bytes()
        found = only_one(diagnostics.database(database).findings, "database")
        assert found.verdict == WRONG
        assert "damaged" in found.says
        assert "\n" not in found.says
        assert "a backup in its place" in found.hint
        assert database.read_bytes() == before

    def test_index_without_a_row_is_damage(self, home: Path, database: Path) -> None:
        raw = database.read_bytes()
        index = raw.rindex(DEVICE.encode())
        assert index != raw.index(DEVICE.encode())
        database.write_bytes(raw[:index] + b"x" + raw[index + 1 :])
        found = only_one(diagnostics.database(database).findings, "database")
        assert found.verdict == WRONG
        assert f"{database} is damaged: row 1 missing from index" in found.says

    def test_file_that_is_no_database_is_wrong(self, home: Path) -> None:
        (home / "a.db").write_text("Dear diary, " * 100)
        found = only_one(diagnostics.database(home / "a.db").findings, "database")
        assert found.verdict == WRONG
        assert "damaged or no database" in found.says

    def test_database_of_another_program_is_wrong(self, home: Path) -> None:
        with sqlite3.connect(home / "a.db") as db:
            db.execute("CREATE TABLE songs (title TEXT)")
        db.close()
        found = only_one(diagnostics.database(home / "a.db").findings, "database")
        assert found.verdict == WRONG
        assert "of another program" in found.says

    def test_newer_schema_is_wrong_and_older_schema_is_not(
        self, home: Path, database: Path
    ) -> None:
        def set_version(version: int) -> None:
            with sqlite3.connect(database) as db:
                db.execute(f"PRAGMA user_version = {version}")
            db.close()

        set_version(len(schema_steps()) + 1)
        found = only_one(diagnostics.database(database).findings, "database")
        assert found.verdict == WRONG
        assert "newer version" in found.says
        set_version(0)
        before = database.read_bytes()
        found = only_one(diagnostics.database(database).findings, "schema")
        assert found.verdict == FINE
        assert "is version 0: the next command brings it to" in found.says
        assert database.read_bytes() == before

    def test_folder_in_place_of_the_database_is_wrong(self, home: Path) -> None:
        found = only_one(diagnostics.database(home).findings, "database")
        assert found.verdict == WRONG
        assert "is a folder" in found.says

    def test_database_readable_by_others_is_a_warning(self, database: Path) -> None:
        database.chmod(0o644)
        found = only_one(diagnostics.database(database).findings, "database_mode")
        assert found.verdict == WARNING
        assert "mode 0644" in found.says
        assert found.hint == f"chmod 600 '{database}'"

    def test_nobody_claims_on_windows_that_others_cannot_read_the_database(
        self, database: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Stands for Windows, where every file has the mode 0666."""
        database.chmod(0o666)
        monkeypatch.setattr(sys, "platform", "win32")
        found = only_one(diagnostics.database(database).findings, "database_mode")
        assert (found.verdict, found.hint) == (FINE, "")
        assert "who else may read it, Windows keeps with its folder" in found.says

    def test_quarantine_and_missing_records_are_warnings(self, home: Path) -> None:
        with open_archive(home / "a.db", create=True) as archive, archive.transaction():
            log_id = archive.keep_log(archive.keep_case(DEVICE, "pico", VERSION), "01")
            archive.keep_records(log_id, 3, 0, bytes(64))
        found = diagnostics.database(home / "a.db").findings
        quarantine, missing = only_one(found, "quarantine"), only_one(found, "missing")
        assert (quarantine.verdict, missing.verdict) == (WARNING, WARNING)
        assert quarantine.says.startswith("2 records could not be read")
        assert missing.says == "2 records of the logs are not here."
        assert missing.hint == "See which: host verify."

    def test_check_opens_the_database_read_only(self, database: Path) -> None:
        with (
            pytest.raises(ArchiveError, match="cannot be written"),
            look_into(database) as archive,
        ):
            archive.keep_case("another", "pico", VERSION)

    def test_full_disk_is_reported(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert diagnostics.free_space(home / "no" / "such" / "a.db").verdict == FINE
        monkeypatch.setattr(diagnostics, "LEAST_FREE", 1 << 62)
        found = diagnostics.free_space(home / "a.db")
        assert found.verdict == WRONG
        assert "a sync may not fit" in found.says


def a_case(board: str) -> Case:
    """Return a case with this board."""
    return Case(1, DEVICE, None, board, VERSION, 1, None, None, None, None)


class TestComputerClock:
    @pytest.mark.parametrize(
        ("now", "board", "newest", "verdict"),
        [
            (NOW, "pico", NOW - 1, FINE),
            (NOW, "pico", NOW + 59, FINE),
            (NOW, "pico", NOW + 60, WRONG),
            (NOW, "virtual", NOW + 60, WARNING),
            (1_767_225_599, "pico", 0, WRONG),
            (1_767_225_600, "pico", 0, FINE),
        ],
    )
    def test_computer_clock_is_compared_with_synced_records(
        self, now: int, board: str, newest: int, verdict: str
    ) -> None:
        found = diagnostics.computer_clock(now, [(a_case(board), newest)], events.SYNCHRONISED)
        assert found.verdict == verdict

    @pytest.mark.parametrize(
        ("sure", "verdict", "words"),
        [
            (events.SYNCHRONISED, FINE, "its system keeps it synchronised"),
            (events.CONFIRMED, FINE, "you have said that it is right"),
            (events.GIVEN, FINE, "as ROLLCASE_NOW has it"),
            (events.NOT_SURE, WARNING, "nobody else has"),
        ],
    )
    def test_computer_clock_says_who_vouches_for_it(
        self, sure: int, verdict: str, words: str
    ) -> None:
        found = diagnostics.computer_clock(NOW, [], sure)
        assert found.verdict == verdict
        assert words in found.says
        assert bool(found.hint) == (verdict == WARNING)

    def test_virtual_case_asks_nobody_whether_the_clock_is_right(self) -> None:
        found = diagnostics.computer_clock(NOW, [], events.NOT_SURE, is_trial=True)
        assert (found.verdict, found.hint) == (FINE, "")

    def test_virtual_case_that_jumped_ahead_is_explained(self) -> None:
        found = diagnostics.computer_clock(NOW, [(a_case("virtual"), NOW + 86400)], 1)
        assert found.hint == "If its time was made to jump: ROLLCASE_NOW=2027-01-16T08:00:00Z."
