"""What bash, zsh and fish complete, asked of the shells themselves."""

import argparse
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import Host
from tests.host.cli.shells import ASK, described_by_fish, in_bash, require

from rollhost.cli import main
from rollhost.cli.completion import INSTALLED_BY, NAMES, SHELLS, script, table
from rollhost.cli.main import COMMANDS
from rollhost.cli.parser import Parser
from rollhost.commands.hold import RELEASE
from rollhost.guidance.reasons import HOLDING

Complete = Callable[[str], list[str]]
"""Returns what a shell offers at the end of a line."""

PROGRAM = table(main.parsers(None)[0], COMMANDS, {name: main.parsers(name)[1] for name in COMMANDS})


def odd() -> str:
    """Return the table of a program with one command that takes everything odd."""
    command = Parser()
    command.add_argument(
        "--level", choices=["low", "high", "$(touch bad)"], help="how: 50 %% of [it]; not what"
    )
    command.add_argument("--secret", help=argparse.SUPPRESS)
    command.add_argument("files", nargs="*", type=Path)
    return table(Parser(), {"set": r"it's: [yours] \n"}, {"set": command})


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    """Each shell that there is a script for."""
    name: str = request.param
    require(name)
    return name


@pytest.fixture
def complete(shell: str, home: Path) -> Complete:
    """Complete a line of ours in that shell."""
    return lambda line: ASK[shell](script(shell, PROGRAM), line, home)


@pytest.fixture
def complete_odd(shell: str, home: Path) -> Complete:
    """Complete a line of the odd program in that shell."""
    return lambda line: ASK[shell](script(shell, odd()), line, home)


class TestTable:
    def test_completion_knows_options_of_the_program_and_of_each_command(self) -> None:
        rows = [row.split("\t") for row in odd().split("\n")]
        assert [row[1] for row in rows if row[0] == "set"] == ["-h", "--help", "--level", "*"]
        assert ["set", "--level", "low high", "how: 50 % of [it]"] in rows
        assert ["", "set", "<command>", "it’s: [yours] /n"] in rows

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_option_in_the_help_is_offered(self, command: str) -> None:
        told = main.parsers(command)[1].format_help()
        options = set(re.findall(r"(?<![\w-])--[a-z0-9-]+", told.partition("options:")[2]))
        rows = [row.split("\t") for row in PROGRAM.split("\n")]
        offered = [row[1] for row in rows if row[0] == command and row[1].startswith("--")]
        assert offered
        assert {option for option in options if option in told.split("\n\n")[0]} | {
            "--help"
        } <= set(offered)
        assert all(option in told for option in offered)


@pytest.mark.slow
class TestEveryShell:
    def test_commands_are_completed(self, complete: Complete) -> None:
        assert complete("host st") == ["status"]
        assert sorted(complete("host ")) == sorted(COMMANDS)

    @pytest.mark.parametrize("name", NAMES)
    def test_both_program_names_have_completion(self, complete: Complete, name: str) -> None:
        assert complete(f"{name} statu") == ["status"]

    def test_options_of_the_program_are_not_those_of_a_command(self, complete: Complete) -> None:
        assert complete("host --") == ["--help", "--version"]
        assert "--needle" in complete("host sync -")
        assert "--needle" not in complete("host status -")

    def test_command_without_arguments_offers_its_options_at_once(self, complete: Complete) -> None:
        assert "--json" in complete("host ports ")

    def test_choices_of_an_argument_are_offered_only_in_its_place(self, complete: Complete) -> None:
        assert sorted(complete("host hold ")) == sorted([*HOLDING, RELEASE])
        assert complete("host completion f") == ["fish"]
        assert complete("host completion fish b") == []

    def test_option_value_is_not_taken_for_a_command(self, complete: Complete) -> None:
        assert complete("host sync --db status --n") == ["--needle"]
        assert complete("host sync --db=status --n") == ["--needle"]
        assert complete("host sync --needle ") == []

    @pytest.mark.parametrize("line", ["host sync --db ", "host sync --db=", "host export csv "])
    def test_files_are_offered_for_a_file_argument(
        self, complete: Complete, shell: str, home: Path, line: str
    ) -> None:
        (home / "my diary.db").touch()
        offered = {
            "bash": f"{home}/my diary.db",
            "zsh": "my\\ diary.db",
            "fish": line.removeprefix("host sync ") * line.endswith("=") + f"{home}/my diary.db",
        }
        assert complete(f"{line}{home}/my") == [offered[shell]]

    def test_values_are_offered_after_an_equals_sign(
        self, complete_odd: Complete, shell: str
    ) -> None:
        before = "--level=" if shell == "fish" else ""
        offered = [f"{before}low", f"{before}high"]
        assert sorted(complete_odd("host set --level=")) == sorted(offered)
        assert complete_odd("host set --level=h") == [f"{before}high"]

    def test_odd_words_are_completed(
        self, complete_odd: Complete, home: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        folder = tmp_path_factory.mktemp("files")
        (folder / "a").touch()
        assert complete_odd("host s") == ["set"]
        assert complete_odd("host set --l") == ["--level"]
        assert complete_odd("host set --level h") == ["high"]
        assert [Path(offer).name for offer in complete_odd(f"host set x y {folder}/")] == ["a"]
        assert complete_odd("host level --lev") == []
        assert not Path("bad").exists()

    def test_omitted_optional_value_is_not_waited_for(self, complete: Complete) -> None:
        assert complete("host install --uf2 --dri") == ["--drive"]
        assert "--drive" in complete("host install --uf2 --json ")

    def test_option_after_an_omitted_value_waits_for_its_own_value(
        self, complete: Complete, home: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        folder = tmp_path_factory.mktemp("drives")
        (folder / "drive").mkdir()
        (offer,) = complete(f"host install --uf2 --drive {folder}/dri")
        assert Path(offer).name == "drive"

    def test_shell_accepts_the_completion_script(self, host: Host, shell: str) -> None:
        result = subprocess.run(
            [shell, "-n"],
            input=host("completion", shell).stdout,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (result.returncode, result.stderr) == (0, "")


def test_fish_says_what_each_command_is_for() -> None:
    require("fish")
    offers = described_by_fish(script("fish", PROGRAM), "host ")
    purposes = {name: purpose.replace("'", "’") for name, purpose in COMMANDS.items()}
    assert sorted(offers) == sorted(f"{name}\t{purpose}" for name, purpose in purposes.items())


def test_bash_completion_replaces_another_one_of_the_same_name() -> None:
    require("bash")
    setup = "complete -W 'example.org' host"
    assert in_bash(script("bash", PROGRAM), "host", "st", setup=setup) == ["status"]


class TestCommand:
    @pytest.mark.parametrize("shell", SHELLS)
    def test_completion_script_is_alone_on_stdout_with_the_hint_on_stderr(
        self, host: Host, shell: str
    ) -> None:
        result = host("completion", shell)
        assert result.returncode == 0
        assert "To install it" not in result.stdout
        assert result.stderr.startswith("To install it:\n  ")
        assert f"host completion {shell}" in result.stderr

    @pytest.mark.parametrize("shell", SHELLS)
    def test_completion_script_is_that_of_the_shell(self, host: Host, shell: str) -> None:
        assert host("completion", shell).stdout == script(shell, PROGRAM)

    def test_bash_finds_the_script_where_the_hint_puts_it(self, host: Host, home: Path) -> None:
        installing = "host() { cat script; }; " + INSTALLED_BY["bash"].format(program="host")
        (home / "script").write_text(host("completion", "bash").stdout)
        subprocess.run(
            ["bash", "-c", installing], cwd=home, env={**os.environ, "HOME": str(home)}, check=True
        )
        folder = home / ".local/share/bash-completion/completions"
        for name in NAMES:
            assert in_bash((folder / name).read_text(), name, "statu") == ["status"]

    def test_unknown_shell_is_refused(self, host: Host) -> None:
        assert host("completion", "tcsh").returncode == 2
