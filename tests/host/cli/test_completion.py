"""What the shells complete, asked of the shells themselves where they are installed."""

import argparse
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import Host

from rollhost.cli import main
from rollhost.cli.completion import INSTALLED_BY, NAMES, SHELLS, Node, bash, fish, nodes_of, zsh
from rollhost.cli.main import COMMANDS
from rollhost.commands.hold import REASONS, RELEASE

Complete = Callable[..., list[str]]
"""Returns what is offered for the last of these words."""


def nested() -> list[Node]:
    """Return what a program takes that has commands below a command, and everything odd."""
    parser = argparse.ArgumentParser(prog="host")
    deep = parser.add_subparsers().add_parser("rules", help="it's: [yours]").add_subparsers()
    one = deep.add_parser("set", help="set 50 %% of them")
    one.add_argument("--level", choices=["low", "high", "$(touch bad)"], help="how; not what")
    one.add_argument("--secret", help=argparse.SUPPRESS)
    one.add_argument("files", nargs="*", type=Path)
    return list(nodes_of(parser))


def in_bash(script: str, *words: str, setup: str = "") -> list[str]:
    """Return what bash offers for the last of these words, with this script read in."""
    ask = f"""
        {setup}
        source /dev/stdin <<< "$SCRIPT"
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        set -u
        $(complete -p "$1" | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
        for word in "${{COMPREPLY[@]}}"; do echo "$word"; done
    """
    result = subprocess.run(
        ["bash", "--norc", "-c", ask, "bash", *words],
        env={**os.environ, "SCRIPT": script},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.stderr == ""
    return result.stdout.splitlines()


@pytest.fixture(scope="module")
def script() -> str:
    """The script for bash."""
    program, _ = main.parsers(None)
    nodes = [next(nodes_of(program))]
    for name in COMMANDS:
        nodes += nodes_of(main.parsers(name)[1], (name,))
    return bash(nodes)


class TestNodes:
    def test_completion_knows_options_of_the_program_and_of_each_command(self) -> None:
        program, rules, one = nested()
        assert program.commands == {"rules": "it's: [yours]"}
        assert (rules.command, one.command) == ("rules", "rules set")
        assert [option.names for option in one.options] == [("-h", "--help"), ("--level",)]
        assert one.options[1].purpose == "how"

    def test_words_with_a_meaning_to_the_shell_are_not_offered(self) -> None:
        value = nested()[2].options[1].value
        assert value is not None
        assert value.words == ("low", "high")


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
class TestBash:
    def test_commands_are_completed(self, script: str) -> None:
        assert in_bash(script, "host", "st") == ["status"]
        assert in_bash(script, "host", "") == list(COMMANDS)

    @pytest.mark.parametrize("name", NAMES)
    def test_both_program_names_have_completion(self, script: str, name: str) -> None:
        assert in_bash(script, name, "statu") == ["status"]

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_option_in_the_help_is_offered(self, script: str, command: str) -> None:
        told = main.parsers(command)[1].format_help()
        options = set(re.findall(r"(?<![\w-])--[a-z0-9-]+", told.partition("options:")[2]))
        offered = in_bash(script, "host", command, "--")
        assert offered
        assert {
            option for option in options if option in told.split("\n\n")[0] or option == "--help"
        } <= set(offered)
        assert all(word in told for word in offered)

    def test_options_of_the_program_are_not_those_of_a_command(self, script: str) -> None:
        assert in_bash(script, "host", "--") == ["--help", "--version"]
        assert "--needle" in in_bash(script, "host", "sync", "-")
        assert "--needle" not in in_bash(script, "host", "status", "-")

    def test_command_without_arguments_offers_its_options_at_once(self, script: str) -> None:
        assert "--json" in in_bash(script, "host", "ports", "")

    def test_choices_of_an_argument_are_offered_only_in_its_place(self, script: str) -> None:
        assert in_bash(script, "host", "hold", "") == [*REASONS, RELEASE]
        assert in_bash(script, "host", "completion", "f") == ["fish"]
        assert in_bash(script, "host", "completion", "fish", "b") == []

    def test_option_value_is_not_taken_for_a_command(self, script: str) -> None:
        assert in_bash(script, "host", "sync", "--db", "status", "--n") == ["--needle"]
        assert in_bash(script, "host", "sync", "--db", "=", "status", "--n") == ["--needle"]
        assert in_bash(script, "host", "sync", "--needle", "") == []

    @pytest.mark.parametrize("equals", [[], ["="]])
    def test_files_are_offered_for_a_file_argument(
        self, script: str, home: Path, equals: list[str]
    ) -> None:
        (home / "my diary.db").touch()
        words = ["host", "sync", "--db", *equals, f"{home}/my"]
        assert in_bash(script, *words) == [f"{home}/my diary.db"]

    def test_value_after_an_equals_sign_starts_empty(self, home: Path) -> None:
        script = bash(nested())
        assert in_bash(script, "host", "rules", "set", "--level", "=") == ["low", "high"]

    def test_subcommands_are_completed(self, home: Path) -> None:
        script = bash(nested())
        assert in_bash(script, "host", "rules", "") == ["set"]
        assert in_bash(script, "host", "rules", "set", "--l") == ["--level"]
        assert in_bash(script, "host", "rules", "set", "--level", "h") == ["high"]
        (home / "a").touch()
        assert in_bash(script, "host", "rules", "set", "x", "y", f"{home}/a") == [f"{home}/a"]
        assert in_bash(script, "host", "set", "--l") == []

    def test_omitted_optional_value_is_not_waited_for(self, script: str) -> None:
        assert in_bash(script, "host", "install", "--uf2", "--dri") == ["--drive"]
        assert "--drive" in in_bash(script, "host", "install", "--uf2", "--json", "")

    def test_option_after_an_omitted_value_waits_for_its_own_value(
        self, script: str, home: Path
    ) -> None:
        (home / "drive").mkdir()
        words = ["host", "install", "--uf2", "--drive", f"{home}/dri"]
        assert in_bash(script, *words) == [f"{home}/drive"]

    def test_completion_replaces_an_earlier_one(self, script: str) -> None:
        assert in_bash(script, "host", "st", setup="complete -W 'example.org' host") == ["status"]


class TestOthers:
    """Their scripts are read by them if they are installed; what is in them is looked at anyway."""

    @pytest.mark.parametrize("shell", SHELLS)
    def test_shell_accepts_the_completion_script(self, host: Host, shell: str) -> None:
        if not shutil.which(shell):
            pytest.skip(f"{shell} is not installed")
        result = subprocess.run(
            [shell, "-n"],
            input=host("completion", shell).stdout,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (result.returncode, result.stderr) == (0, "")

    def test_zsh_has_a_function_for_each_command(self, host: Host) -> None:
        told = host("completion", "zsh").stdout
        assert told.startswith("#compdef host rollcase\n")
        for name in COMMANDS:
            assert f"\n_rollcase_{name}() {{\n" in told
            assert f"        {name}) _rollcase_{name} ;;" in told
        assert "'--db=[the database]: :_files'" in told

    def test_zsh_accepts_unusual_help_text(self) -> None:
        told = zsh(nested())
        assert "'set:set 50 % of them'" in told
        assert "'rules:it’s, [yours]'" in told
        assert "'--level=[how]: :(low high)'" in told
        assert "'*: :_files'" in told
        assert "        set) _rollcase_rules_set ;;" in told

    def test_fish_completes_every_command_under_both_names(self, host: Host) -> None:
        told = host("completion", "fish").stdout.splitlines()
        for name in NAMES:
            for command, purpose in COMMANDS.items():
                purpose = purpose.replace("'", "’")
                assert (
                    f"complete -c {name} -n \"__rollcase_command '' 0 9999\""
                    f" -a {command} -d '{purpose}'"
                ) in told

    def test_fish_accepts_unusual_help_text(self) -> None:
        told = fish(nested())
        when = "-n \"__rollcase_command 'rules set' 0 9999\""
        assert f"complete -c rollcase {when} -l level -x -a 'low high' -d 'how'\n" in told
        assert f"complete -c rollcase {when} -F\n" in told
        assert "            case 'rules set --level'\n                set option $word\n" in told

    @pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
    @pytest.mark.parametrize(
        ("line", "offered"),
        [
            ("host statu", ["status"]),
            ("rollcase statu", ["status"]),
            ("host sync --nee", ["--needle"]),
            ("host status --nee", []),
            ("host sync --db status --nee", ["--needle"]),
            ("host completion f", ["fish"]),
            ("host completion fish b", []),
        ],
    )
    def test_fish_completes_commands_and_options(
        self, host: Host, line: str, offered: list[str]
    ) -> None:
        ask = f"source; complete -C '{line}' | cut -f 1"
        result = subprocess.run(
            ["fish", "--no-config", "-c", ask],
            input=host("completion", "fish").stdout,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (result.stdout.split(), result.stderr) == (offered, "")


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
