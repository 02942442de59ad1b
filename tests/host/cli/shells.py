"""Ask a real shell what it completes, with a script of ours read in."""

import os
import pty
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SHELLS_REQUIRED = "SHELLS_REQUIRED" in os.environ
"""Whether a missing shell is a failure; else its tests are skipped."""

Ask = Callable[[str, str, Path], list[str]]
"""Returns what a shell offers at the end of a line, in its order: script, line, empty folder."""


def require(shell: str) -> None:
    """Skip the test where the shell is not installed, or fail it where it has to be."""
    if not shutil.which(shell):
        missing = f"{shell} is not installed: make shells"
        if SHELLS_REQUIRED:
            pytest.fail(missing)
        pytest.skip(missing)


def ask_bash(script: str, line: str, folder: Path) -> list[str]:
    """Return what bash offers at the end of a line."""
    # As bash does it, an equals sign is a word of its own.
    words = line.replace("=", " = ").replace("=  ", "= ").split(" ")
    if line.endswith("="):
        words.pop()
    return in_bash(script, *words)


def in_bash(script: str, *words: str, setup: str = "") -> list[str]:
    """Return what bash offers for the last of these words."""
    program = f"""
        {setup}
        source /dev/stdin <<< "$SCRIPT"
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        set -u
        $(complete -p "$1" | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
        for word in "${{COMPREPLY[@]}}"; do echo "$word"; done
    """
    result = subprocess.run(
        ["bash", "--norc", "-c", program, "bash", *words],
        env={**os.environ, "SCRIPT": script},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.stderr == ""
    return result.stdout.splitlines()


def ask_fish(script: str, line: str, folder: Path) -> list[str]:
    """Return what fish offers at the end of a line, without descriptions."""
    return [offer.partition("\t")[0] for offer in described_by_fish(script, line)]


def described_by_fish(script: str, line: str) -> list[str]:
    """Return what fish offers, each with a tab and its description, if it has one."""
    result = subprocess.run(
        ["fish", "--no-config", "-c", f"source; complete -C '{line}'"],
        input=script,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.stderr == ""
    return result.stdout.splitlines()


# zsh completes in its line editor only. What it hands to compadd is written down on its way there.
_ZSHRC = """
unsetopt auto_list auto_menu beep
autoload -U compinit && compinit -u -D
source "$FOLDER/script"
compadd() {
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
    local -a offers
    builtin compadd -A offers "$@"
    (( $#offers )) && print -rl -- $offers >>"$FOLDER/offers"
    builtin compadd "$@"
}
ask() {
    BUFFER=$LINE CURSOR=$#LINE
    zle complete-word
    print -r -- "$BUFFER" >"$FOLDER/buffer"
    BUFFER=exit
    zle accept-line
}
zle -N ask
zle -N zle-line-init ask
"""


def ask_zsh(script: str, line: str, folder: Path) -> list[str]:
    """Return what zsh offers at the end of a line."""
    (folder / ".zshrc").write_text(_ZSHRC)
    (folder / "script").write_text(script)
    offers = folder / "offers"
    offers.write_text("")
    master, slave = pty.openpty()
    environment = {
        **os.environ,
        "ZDOTDIR": str(folder),
        "FOLDER": str(folder),
        "LINE": line,
        "TERM": "dumb",
    }
    with subprocess.Popen(
        ["zsh", "-i", "-o", "no_global_rcs"],
        env=environment,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    ) as zsh:
        os.close(slave)
        said = b""
        try:
            while part := os.read(master, 4096):
                said += part
        except OSError:  # zsh has closed its end
            pass
        os.close(master)
        assert zsh.wait(60) == 0, said
    return offers.read_text().splitlines()


ASK: dict[str, Ask] = {"bash": ask_bash, "zsh": ask_zsh, "fish": ask_fish}
