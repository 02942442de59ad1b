"""The command's manners: words, exit codes, streams, and what it loads to get there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import Host
from tests.host.complaints import complaint
from tests.host.run_host import loaded_by, modules_of, sync_here
from tests.host.scripted_case import DEVICE, ScriptedCase, spoil_record

from rollcore import VERSION
from rollhost.cli.main import COMMANDS
from rollhost.cli.parser import Parser, options_first
from rollhost.now import current_case_time

NAMES = [name for name in ("host", "rollcase") if Path(sys.executable).with_name(name).exists()]
"""What the command is installed as."""


@pytest.fixture
def synced(case: ScriptedCase, home: Path) -> None:
    """Have synced the case."""
    sync_here(case, home / "rollcase.db")


def usage_error(result: "subprocess.CompletedProcess[str]") -> str:
    """Return the sentence of a `host` that was called wrongly."""
    sentence, step = complaint(result, 2)
    assert step.startswith("See ")
    assert step.endswith(" --help.")
    return sentence


NEEDED = {
    "export": ["csv"],
    "import": ["log.json"],
    "completion": ["bash"],
    "mqtt": ["remove", "mqtt://host"],
}
"""Words without which a command says nothing but that they are missing."""


class TestHelp:
    def test_host_without_arguments_shows_help_and_exits_2(self, host: Host) -> None:
        result = host()
        assert (result.returncode, result.stderr) == (2, "")
        assert result.stdout == host("--help").stdout

    @pytest.mark.in_process
    @pytest.mark.parametrize("command", ["", *COMMANDS])
    def test_help_fits_80_columns(self, host: Host, command: str) -> None:
        result = host(*command.split(), "--help", COLUMNS="80")
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout.startswith(f"usage: host {command}".rstrip())
        assert max(len(line) for line in result.stdout.splitlines()) <= 80

    @pytest.mark.in_process
    @pytest.mark.parametrize("words", ["help", "HELP", "help sync"])
    def test_help_as_a_command_shows_the_same_help(self, host: Host, words: str) -> None:
        of = words.split()[1:]
        result = host(*words.split())
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout == host(*of, "--help").stdout

    @pytest.mark.in_process
    def test_help_about_an_unknown_command_names_it(self, host: Host) -> None:
        assert "'reprot'" in complaint(host("help", "reprot"), 2)[0]

    @pytest.mark.in_process
    def test_help_is_a_word_like_others_behind_a_command(self, host: Host, home: Path) -> None:
        assert host("note", "help").stdout.endswith(": help.\n")

    def test_help_names_every_command_and_what_it_is_for(self, host: Host) -> None:
        told = " ".join(host("--help", COLUMNS="200").stdout.split())
        for name, purpose in COMMANDS.items():
            assert f" {name} {purpose}" in told

    def test_version_is_that_of_the_product(self, host: Host) -> None:
        result = host("--version")
        assert (result.returncode, result.stdout) == (0, f"rollcase {VERSION}\n")

    @pytest.mark.skipif(len(NAMES) < 2, reason="the command is not installed")
    @pytest.mark.parametrize("name", NAMES)
    def test_help_and_errors_use_the_typed_program_name(self, name: str) -> None:
        def run(*words: str) -> "subprocess.CompletedProcess[str]":
            command = Path(sys.executable).with_name(name)
            return subprocess.run([command, *words], capture_output=True, text=True)

        assert run("--help").stdout.startswith(f"usage: {name} ")
        assert run("status", "--help").stdout.startswith(f"usage: {name} status ")
        assert run("nonsense").stderr.startswith(f"{name}: ")
        assert run("status", "--nonsense").stderr.startswith(f"{name}")
        assert run("status").stderr.startswith(f"{name}: There is no database")


class TestCalledWrongly:
    def test_usage_error_of_a_separate_process_is_the_same(self, host: Host) -> None:
        assert "'nonsense'" in usage_error(host("nonsense"))

    @pytest.mark.parametrize("words", [["nonsense"], ["\x1b[2J"], ["x", "status"], [""]])
    def test_unknown_command_is_named(self, host_here: Host, words: list[str]) -> None:
        assert repr(words[0]) in usage_error(host_here(*words))

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            ("status --json", 1),
            ("nonsense --json", 2),
            ("log --json --gibberish", 2),
            ("sync --json --needle 5", 2),
            ("sync --port /dev/ttyACM99 --json", 3),
        ],
    )
    def test_error_with_json_is_a_document_as_well(
        self, host_here: Host, words: str, code: int
    ) -> None:
        sentence, step = complaint(host_here(*words.split()), code)
        assert sentence
        assert step

    def test_json_after_two_dashes_is_a_word(self, host_here: Host) -> None:
        assert host_here("status", "--", "--json").stdout == ""

    @pytest.mark.parametrize(
        "words", [["note"], ["person", "add"], ["hold", "sunburn", "--note"]], ids=" ".join
    )
    def test_words_typed_in_another_encoding_are_kept_or_refused(
        self, host: Host, words: list[str]
    ) -> None:
        ascii_only = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
        assert host(*words, "süß", **ascii_only).returncode == 0
        assert "süß" in host("export", "json").stdout.encode().decode("unicode_escape")
        sentence, _ = complaint(host(*words, os.fsdecode(b"s\xfc\xdf")), 2)
        assert "not in UTF-8" in sentence

    def test_misspelt_command_gets_a_suggestion(self, host_here: Host) -> None:
        sentence, step = complaint(host_here("reprot", "x.html"), 2)
        assert sentence == "There is no command 'reprot'."
        assert step == "Did you mean report?"

    def test_option_with_a_word_before_the_command_is_told_where_it_stands(
        self, host_here: Host
    ) -> None:
        sentence, step = complaint(host_here("--db", "my.db", "status"), 2)
        assert sentence == "An option stands behind its command."
        assert step == "As in: host status --db"
        _, step = complaint(host_here("--last=3", "log"), 2)
        assert step == "As in: host log --last=3"

    @pytest.mark.parametrize("command", ["", *COMMANDS])
    def test_unknown_option_is_named(self, host_here: Host, command: str) -> None:
        words = [*command.split(), *NEEDED.get(command, ())]
        assert "--gibberish" in usage_error(host_here(*words, "--gibberish"))

    def test_surplus_argument_is_named(self, host_here: Host) -> None:
        assert "sync" in usage_error(host_here("status", "sync"))

    @pytest.mark.parametrize("number", ["0", "-1", "x", "", "1.5", "²"])
    def test_record_count_below_1_is_refused(self, host_here: Host, number: str) -> None:
        sentence = usage_error(host_here("log", f"--last={number}"))
        assert f"{number!r} is not a number from 1 up" in sentence

    @pytest.mark.parametrize(
        "length", ["nan", "inf", "-inf", "-1", "0", "0.05", "abc", "", "1e999", "0,5", "500"]
    )
    def test_impossible_needle_is_refused_with_the_possible_range(
        self, host_here: Host, length: str
    ) -> None:
        sentence = usage_error(host_here("sync", f"--needle={length}"))
        assert f"{length!r} is no n" in sentence  # no number, or no needle length
        assert "0.1 to 1.0 mm" in sentence

    @pytest.mark.parametrize("length", ["1.001", "1.5", "2.5mm"])
    def test_needle_of_a_clinic_is_refused_with_what_to_do(
        self, host_here: Host, length: str
    ) -> None:
        result = host_here("sync", f"--needle={length}")
        assert result.returncode == 2
        told = " ".join(result.stderr.split())
        assert (
            f"{length.removesuffix('mm')} mm is a clinic's length. Rollcase sets no rest for it at"
            " home. Ask whoever treats your skin; note sessions with host clinic." in told
        )

    @pytest.mark.parametrize("length", ["0.1", "0.5", "0.50mm", "1", "1.0"])
    def test_possible_needle_is_accepted(self, host_here: Host, length: str) -> None:
        sentence, _ = complaint(host_here("sync", "--port", "/dev/ttyACM99", "--needle", length), 3)
        assert sentence == "There is no port /dev/ttyACM99."

    @pytest.mark.parametrize(
        "now",
        ["yesterday", "12", "2026-13-01", "0001-01-01T00:00:00+14:00", "9999-12-31", "1970-01-01"],
    )
    @pytest.mark.parametrize("command", ["status", "log"])
    def test_impossible_current_time_is_refused(
        self, host_here: Host, synced: None, command: str, now: str
    ) -> None:
        sentence, step = complaint(host_here(command, ROLLCASE_NOW=now), 2)
        assert sentence == f"ROLLCASE_NOW is not a time from 2020 to 2155: {now!r}."
        assert "2026-11-20T10:00:00Z" in step

    @pytest.mark.parametrize(
        "now", ["2026-11-20", "2026-11-20T10:00:00Z", "2026-11-20T12:00+02:00"]
    )
    def test_possible_current_time_is_accepted(
        self, host_here: Host, case: ScriptedCase, now: str
    ) -> None:
        assert host_here("sync", "--port", case.port, ROLLCASE_NOW=now).returncode == 0


class TestOrder:
    """Words and options of a command stand in any order."""

    @pytest.mark.parametrize(
        ("line", "text"),
        [
            ("note --zone face hello --at 2h world", "hello world"),
            ("note hello --at=2h world --zone face", "hello world"),
            ("note --zo face hello --at 2h world", "hello world"),
            ("clinic 3d --needle 1.5 Dr Smith", "Dr Smith"),
            ("clinic --needle 1.5 3d Dr --zone face Smith", "Dr Smith"),
            ("reaction open red --sign pus and --sign fever itchy", "red and itchy"),
            ("reaction --sign pus open --at 2h red", "red"),
            ("note -5 degrees", "-5 degrees"),
            ("note -5% less", "-5% less"),
            ("note it - --at 2h -", "it - -"),
            ("note --at 2h -- --zone or not", "--zone or not"),
            ("note new -- --at 2h -- again", "new --at 2h -- again"),
        ],
    )
    def test_arguments_keep_their_order(self, host_here: Host, line: str, text: str) -> None:
        command, *rest = line.split()
        result = host_here(command, "--json", *rest)
        assert (result.returncode, result.stderr) == (0, "")
        assert json.loads(result.stdout)["entry"]["text"] == text

    def test_phrase_may_begin_with_a_dash(self, host_here: Host) -> None:
        result = host_here("note", "--json", "rest", "--at least a day", "--at", "2h")
        assert json.loads(result.stdout)["entry"]["text"] == "rest --at least a day"

    def test_option_without_its_value_leaves_the_next_option_its_own(self) -> None:
        parser = Parser()
        parser.add_argument("--copy", nargs="?")
        parser.add_argument("--port")
        parser.add_argument("words", nargs="*")
        words = options_first(parser, ["a", "--copy", "--port", "p", "b"])
        assert words == ["--copy", "--port", "p", "--", "a", "b"]

    def test_head_takes_its_text_after_the_case_option(self, host_here: Host, synced: None) -> None:
        result = host_here("head", "new", "--case", DEVICE[-6:], "dropped", "--json", "it")
        assert json.loads(result.stdout)["entry"]["text"] == "dropped it"

    @pytest.mark.parametrize(
        ("line", "named"),
        [
            ("note hello --colour red", "--colour"),
            ("note --colour red hello", "--colour"),
            ("note hello -colour", "-colour"),
            ("status --colour sync", "--colour sync"),
            ("status acne sunburn --db x", "acne sunburn"),
            ("note x --at", "argument --at: expected one argument"),
            ("note x --at --zone face", "argument --at: expected one argument"),
            ("import --", "the file is missing"),
            ("export --force", "say which format: csv, diary, json, ics or sqlite"),
        ],
    )
    def test_senseless_arguments_are_still_refused(
        self, host_here: Host, home: Path, line: str, named: str
    ) -> None:
        assert usage_error(host_here(*line.split())).rstrip(".").endswith(named)
        assert not (home / "rollcase.db").exists()


HEAVY = {"PIL", "icalendar", "rich", "mpremote", "littlefs", "platformdirs"}
"""What one command or another cannot do without, and the others can."""

SHARED = {"arguments", "written"}
"""Modules of `rollhost.commands` that are no command."""


class TestLoading:
    def test_sync_without_new_records_loads_the_serial_port_and_nothing_heavy(
        self, case: ScriptedCase, synced: None
    ) -> None:
        loaded = modules_of("sync", "--port", case.port)
        assert "serial" in loaded
        assert not loaded & HEAVY

    @pytest.mark.parametrize(
        "command",
        [
            "status", "log", "note hello", "reaction", "hold", "plan", "photo", "policy",
            "name bathroom", "export csv", "export json", "verify",
        ],
    )  # fmt: skip
    def test_database_commands_load_nothing_heavy(self, synced: None, command: str) -> None:
        assert not modules_of(*command.split()) & (HEAVY | {"serial"})

    @pytest.mark.parametrize(
        "command", ["--version", "--help", "sync --port {port}", "status", "note hello", "plan"]
    )
    def test_only_the_requested_command_is_loaded(
        self, case: ScriptedCase, synced: None, command: str
    ) -> None:
        loaded = loaded_by(*command.format(port=case.port).split())
        prefix = "rollhost.commands."
        commands = {name.removeprefix(prefix) for name in loaded if name.startswith(prefix)}
        assert commands - SHARED == {command.split()[0]} & set(COMMANDS)
        assert not {name for name in loaded if name.startswith("rollhost.report")}


WATCHED = """
import gc, sys
from rollhost.cli.main import main
from rollhost.commands import ports
run = ports.run
ports.run = lambda args: print("collected:", gc.isenabled()) or run(args)
sys.argv = ["host", "ports", "--json"]
main()
"""
"""A process of its own, which says whether garbage is collected while a command runs."""


def test_garbage_is_collected_while_a_command_runs() -> None:
    words = [sys.executable, "-c", WATCHED]
    assert "collected: True" in subprocess.check_output(words, text=True)


class TestStreams:
    @pytest.mark.parametrize("unbuffered", ["", "1"])
    @pytest.mark.parametrize(
        "words", [["log"], ["status"], ["--help"], ["status", "--help"], ["--version"], []]
    )
    def test_closed_pipe_causes_no_traceback(
        self, synced: None, words: list[str], unbuffered: str
    ) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        result = subprocess.run(
            [sys.executable, "-m", "rollhost", *words],
            stdout=writing,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            timeout=60,
        )
        os.close(writing)
        assert result.stderr == b""

    def test_reader_of_one_line_gets_that_line(self, case: ScriptedCase, home: Path) -> None:
        case.log(3000)
        sync_here(case, home / "rollcase.db")
        with subprocess.Popen(
            [sys.executable, "-m", "rollhost", "log"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as log:
            assert log.stdout is not None
            assert log.stderr is not None
            assert b"the case started" in log.stdout.readline()
            log.stdout.close()
            assert log.stderr.read() == b""

    @pytest.mark.parametrize("command", ["status", "log", "ports", "sync"])
    def test_json_is_one_document_with_its_version(
        self, host: Host, case: ScriptedCase, synced: None, command: str
    ) -> None:
        port = ["--port", case.port] if command == "sync" else []
        document = json.loads(host(command, "--json", *port).stdout)
        assert document["schema_version"] == 1
        assert len(document) > 1

    @pytest.mark.parametrize("command", ["status", "log"])
    def test_error_prints_no_json_document(self, host: Host, command: str) -> None:
        complaint(host(command, "--json"))

    def test_log_json_names_case_and_records(self, host: Host, synced: None) -> None:
        assert json.loads(host("status", "--json").stdout)["cases"][0]["device"] == DEVICE
        records = json.loads(host("log", "--json").stdout)["records"]
        assert [(record["seq"], record["kind"]) for record in records] == [
            (1, "boot"),
            (2, "clock_set"),
        ]

    def test_log_shows_only_the_last_records_on_request(
        self, host: Host, case: ScriptedCase, home: Path
    ) -> None:
        case.log(9)
        sync_here(case, home / "rollcase.db")
        records = json.loads(host("log", "--json", "--last", "2").stdout)["records"]
        assert [record["seq"] for record in records] == [10, 11]

    def test_sync_that_brings_damaged_records_exits_5_and_says_so_once(
        self, host: Host, case: ScriptedCase
    ) -> None:
        case.log(3)
        spoil_record(case.directory, 2)
        result = host("sync", "--port", case.port)
        assert result.returncode == 5
        assert "1 record could not be read: kept as it came, in quarantine." in result.stdout
        again = host("sync", "--port", case.port)
        assert again.returncode == 0
        assert "Quarantine   1 record that could not be read: verify says which" in again.stdout
        assert "1 record that could not be read: verify says which" in host("status").stdout
        assert json.loads(host("status", "--json").stdout)["quarantined"] == 1

    def test_computer_with_a_wrong_clock_still_syncs_the_log(
        self, host: Host, case: ScriptedCase
    ) -> None:
        result = host("sync", "--port", case.port, ROLLCASE_NOW="2020-01-01")
        assert result.returncode == 0
        assert result.stdout.startswith("1 new record from case ")
        assert result.stderr.startswith("The case says: the time is before this product existed.")


def test_computer_clock_in_1970_gives_case_time_0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollhost.now.time", lambda: 60.0)
    assert current_case_time() == 0
