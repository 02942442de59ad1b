"""Completion for shells: a table of the options and arguments of each command, and a script.

The scripts are static, so that no Python starts at a TAB. For every shell awk finds
the rows for the words typed so far; the shell only shows them.
"""

import argparse
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from rollhost.cli.parser import Parser

NAMES = ("host", "rollcase")

_FILES = ("FILE", "FOLDER", "DIR", "UF2")
"""Placeholders for files in help texts."""

_PLAIN = re.compile(r"[A-Za-z0-9._+/-]+")
"""Words without characters that are special in a shell; other words are not offered."""


def table(program: Parser, purposes: Mapping[str, str], commands: Mapping[str, Parser]) -> str:
    """Return a row for each option, command and argument: four cells with tabs between them.

    - the command that it belongs to, empty for the program itself
    - an option, a command, or the place of an argument: 0 for the first, * from here on
    - the value: words to choose from, <file>, <port>, <any>, nothing; <command> for a command
    - its purpose
    """
    rows = list(_rows("", program))
    rows += [("", name, "<command>", purpose) for name, purpose in purposes.items()]
    rows.append(("", "0", "<commands>", ""))
    for name, parser in commands.items():
        rows += _rows(name, parser)
    # In single quotes these are the only two characters that are special in one of the shells.
    return "\n".join(map("\t".join, rows)).replace("'", "’").replace("\\", "/")


def _rows(command: str, parser: Parser) -> Iterator[tuple[str, str, str, str]]:
    place = 0
    for argument in parser.arguments:
        if argument.help == argparse.SUPPRESS:
            continue
        for option in argument.option_strings:
            yield command, option, _takes(argument), _first_remark(argument.help or "")
        if not argument.option_strings:
            offered = parser.offered.get(argument.dest)
            where = "*" if argument.nargs in ("*", "+") and offered is None else str(place)
            takes = _takes(argument) if offered is None else " ".join(offered)
            yield command, where, takes, ""
            place += 1


def _takes(argument: argparse.Action) -> str:
    if argument.nargs == 0:
        return ""
    if argument.choices is not None:
        return " ".join(word for word in map(str, argument.choices) if _PLAIN.fullmatch(word))
    if argument.dest == "port":
        return "<port>"
    is_file = argument.type is Path or argument.metavar in _FILES
    return "<file>" if is_file else "<any>"


def _first_remark(text: str) -> str:
    """Return a help text up to its first semicolon or bracket, as argparse shows it."""
    shown = " ".join(text.replace("%%", "%").split())
    return re.split(r"[;(]", shown)[0].rstrip(" :,")


def script(shell: str, rows: str) -> str:
    """Return the script for bash 3.2, zsh 5.1, fish 3.1 or newer, with these rows of `table`."""
    return _SCRIPTS[shell].replace("AWK", _AWK).replace("ROWS", rows).replace("NAMES", _names)


_names = " ".join(NAMES)

_AWK = """
BEGIN {
    FS = "\t"
    last = ARGC - 1
    for (i = 1; i <= last; i++) { word[i] = ARGV[i]; ARGV[i] = "" }
}
{ takes[$1, $2] = $3; row[NR] = $0 }
END {
    place = 0
    for (i = 1; i < last; i++) {
        if (word[i] == "=") continue
        if (option != "" && word[i] !~ /^-/) { option = ""; continue }
        option = ""
        if (word[i] ~ /^-/) { if (takes[command, word[i]] != "") option = word[i] }
        else if (takes[command, word[i]] == "<command>") command = word[i]
        else place++
    }
    typed = word[last]
    if (typed ~ /^--.*=/) { option = typed; sub(/=.*/, "", option); typed = "" }
    if (option != "" && typed !~ /^-/) offer = takes[command, option]
    else if (typed ~ /^-/) offer = "<options>"
    else if ((command, place) in takes) offer = takes[command, place]
    else if ((command, "*") in takes) offer = takes[command, "*"]
    else offer = "<options>"
    ports = "ls -d /dev/ttyACM* /dev/cu.usbmodem* 2>/dev/null"
    if (offer == "<port>") while ((ports | getline) > 0) print
    else if (offer == "<file>") print offer
    else if (offer == "<options>" || offer == "<commands>") {
        for (i = 1; i <= NR; i++) {
            split(row[i], cell)
            fits = offer == "<options>" ? cell[2] ~ /^-/ : cell[3] == "<command>"
            if (cell[1] == command && fits) print cell[2] FS cell[4]
        }
    } else if (offer != "<any>") {
        count = split(offer, choice, " ")
        for (i = 1; i <= count; i++) print choice[i]
    }
}
"""
"""Prints what to offer for the last of its words: a line each, or <file>."""

_SCRIPTS = {
    "bash": """\
# Completion of bash for host and rollcase.
_rollcase_offers() {
    printf '%s\\n' 'ROWS' | awk 'AWK' "$@"
}
_rollcase() {
    local typed="${COMP_WORDS[COMP_CWORD]}" offer
    if [[ $typed == "=" ]]; then typed=; fi
    COMPREPLY=()
    while IFS=$'\\t' read -r offer _; do
        if [[ $offer == "<file>" ]]; then
            compopt -o filenames 2>/dev/null
            while IFS= read -r offer; do COMPREPLY+=("$offer"); done < <(compgen -f -- "$typed")
        elif [[ $offer == "$typed"* ]]; then
            COMPREPLY+=("$offer")
        fi
    done < <(_rollcase_offers "${COMP_WORDS[@]:1:COMP_CWORD-1}" "$typed")
}
complete -F _rollcase NAMES
""",
    "zsh": """\
#compdef NAMES
# Completion of zsh for host and rollcase.
_rollcase_offers() {
    printf '%s\\n' 'ROWS' | awk 'AWK' "$@"
}
_rollcase() {
    local -a offers
    offers=("${(@f)$(_rollcase_offers "${(@Q)words[2,CURRENT]}")}")
    if [[ $PREFIX == --*=* ]]; then compset -P '*='; fi
    if [[ $offers == "<file>" ]]; then
        _files
    elif [[ -n $offers ]]; then
        offers=("${(@)offers//$'\\t'/:}")
        _describe host offers
    fi
}
# Loaded by the completion system it is called at once; read in by hand it is not.
if [[ $funcstack[1] == "_rollcase" ]]; then
    _rollcase "$@"
else
    compdef _rollcase NAMES
fi
""",
    "fish": """\
# Completion of fish for host and rollcase.
function __rollcase_offers
    printf '%s\\n' 'ROWS' | awk 'AWK' $argv
end
function __rollcase
    set -l typed (commandline -ct)
    set -l option (string match -r -- '^--.*?=' $typed)
    set -l offers (__rollcase_offers (commandline -opc)[2..-1] "$typed")
    if test "$offers" = '<file>'
        set offers (complete -C "'' "(string replace -- "$option" '' $typed))
    end
    for offer in $offers
        echo "$option$offer"
    end
end
for name in NAMES
    complete -c $name -f -a '(__rollcase)'
end
""",
}

SHELLS = tuple(_SCRIPTS)
"""The shells that have a script."""

INSTALLED_BY = {
    "bash": "mkdir -p ~/.local/share/bash-completion/completions && {program} completion bash"
    " | tee ~/.local/share/bash-completion/completions/{{host,rollcase}} >/dev/null",
    "zsh": "{program} completion zsh > ~/.zfunc/_rollcase, with fpath+=~/.zfunc before compinit"
    " in ~/.zshrc",
    "fish": "mkdir -p ~/.config/fish/completions && {program} completion fish"
    " | tee ~/.config/fish/completions/{{host,rollcase}}.fish >/dev/null",
}
"""The command that installs the script for all later shells."""
