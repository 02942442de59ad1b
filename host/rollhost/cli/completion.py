"""Completion for shells, made from the parsers: what may follow what, then a script that knows it.

The scripts are static, so that no Python starts at a TAB. Each walks the words
so far to find the command that they belong to, and offers what that takes.
"""

import argparse
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

NAMES = ("host", "rollcase")

FILE = "file"
PORT = "port"
WORDS = "words"
ANYTHING = "anything"

_FILES = ("FILE", "FOLDER", "DIR", "UF2")
"""What stands for a file in a help text."""

MOST_WORDS = 9999
"""More arguments than anybody gives."""

_PLAIN = re.compile(r"[A-Za-z0-9._+/-]+")
"""Words that mean nothing to a shell but themselves; others are not offered."""


@dataclass(frozen=True)
class Value:
    """What an option or an argument takes: a kind, and the words that there are of `WORDS`."""

    kind: str
    words: tuple[str, ...] = ()
    repeats: bool = False
    """Whether an argument may be given again and again."""


@dataclass(frozen=True)
class Option:
    """An option: its names, what it is for, and what it takes, if anything."""

    names: tuple[str, ...]
    purpose: str
    value: Value | None


@dataclass(frozen=True)
class Node:
    """The program or one of its commands, by the words that lead there.

    `arguments` are what it takes beside options, in their order.
    """

    path: tuple[str, ...]
    options: list[Option] = field(default_factory=list)
    commands: dict[str, str] = field(default_factory=dict)
    arguments: list[Value] = field(default_factory=list)

    @property
    def command(self) -> str:
        """The words that lead here."""
        return " ".join(self.path)


def nodes_of(parser: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[Node]:
    """Yield what this parser takes, then what those of its commands take."""
    node = Node(path)
    below: list[tuple[str, argparse.ArgumentParser]] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            purposes = {one.dest: _as_shown(one.help) for one in action._choices_actions}
            for name, one in action.choices.items():
                node.commands[name] = purposes.get(name, "")
                below.append((name, one))
        elif action.help == argparse.SUPPRESS:
            continue
        elif action.option_strings:
            purpose = _one_line(action.help)
            names = tuple(action.option_strings)
            node.options.append(Option(names, purpose, _value(action)))
        else:
            value = _value(action) or Value(ANYTHING)
            node.arguments.append(replace(value, repeats=action.nargs in ("*", "+")))
    yield node
    for name, one in below:
        yield from nodes_of(one, (*path, name))


def _one_line(text: str | None) -> str:
    """Return a help text up to its first remark."""
    return re.split(r"[;(]", _as_shown(text))[0].rstrip(" :,")


def _as_shown(text: str | None) -> str:
    """Return a help text as argparse shows it."""
    return " ".join((text or "").replace("%%", "%").split())


def _value(action: argparse.Action) -> Value | None:
    if action.nargs == 0:
        return None
    if action.choices is not None:
        words = [str(word) for word in action.choices]
        return Value(WORDS, tuple(word for word in words if _PLAIN.fullmatch(word)))
    if action.dest == "port":
        return Value(PORT)
    if action.type is Path or action.metavar in _FILES:
        return Value(FILE)
    return Value(ANYTHING)


def bash(nodes: Sequence[Node]) -> str:
    """Return the script for bash, 3.2 or newer."""
    return "\n".join(
        [
            "# Completion of bash for host and rollcase.",
            "_rollcase() {",
            '    local cur="${COMP_WORDS[COMP_CWORD]}" command= option= word words= kind= place=0',
            "    COMPREPLY=()",
            "    # Which command the words so far belong to, and which option waits for its value.",
            '    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
            '        if [[ $word == "=" ]]; then continue; fi',
            "        if [[ $option && $word != -* ]]; then option=; continue; fi",
            "        option=",
            '        case "$command $word" in',
            *_cases(_steps(nodes), "            ", lambda path: f"command='{path}'"),
            *_cases(_waiting(nodes), "            ", lambda _: 'option="$word"'),
            "            *) if [[ $word != -* ]]; then place=$((place + 1)); fi ;;",
            "        esac",
            "    done",
            '    if [[ $cur == "=" ]]; then cur=; fi',
            "    if [[ $option && $cur != -* ]]; then",
            '        case "$command $option" in',
            *_bash_values(nodes),
            "        esac",
            "    elif [[ $cur == -* ]]; then",
            '        case "$command" in',
            *[
                f"            {_quoted(node.command)}) words='{' '.join(_option_words(node))}' ;;"
                for node in nodes
            ],
            "        esac",
            "    else",
            '        case "$command $place" in',
            *[f"            {line}" for node in nodes for line in _bash_places(node)],
            "        esac",
            "    fi",
            "    while IFS= read -r word; do",
            '        COMPREPLY+=("$word")',
            "    done < <(",
            '        if [[ $kind == file ]]; then compgen -f -- "$cur"',
            "        elif [[ $kind == port ]]; then",
            '            compgen -W "$(compgen -G \'/dev/ttyACM*\')" -- "$cur"',
            '        else compgen -W "$words" -- "$cur"; fi',
            "    )",
            "    if [[ $kind == file ]]; then compopt -o filenames 2>/dev/null; fi",
            "}",
            f"complete -F _rollcase {' '.join(NAMES)}",
            "",
        ]
    )


def _bash_places(node: Node) -> list[str]:
    """Return what is offered as the first word that is no option, as the second, and so on."""
    lines = []
    arguments = [Value(WORDS, tuple(node.commands))] if node.commands else node.arguments
    for place, value in enumerate(arguments):
        where = f"'{node.command} '*" if value.repeats else f"'{node.command} {place}'"
        lines.append(f"{where}) {_bash_offer(value)} ;;")
    if not arguments or not (node.commands or arguments[-1].repeats):
        # When there are no arguments left to give, there are options.
        lines.append(f"'{node.command} '*) words='{' '.join(_option_words(node))}' ;;")
    return lines


def _bash_offer(value: Value) -> str:
    return f"words='{' '.join(value.words)}'" if value.kind == WORDS else f"kind={value.kind}"


def _bash_values(nodes: Sequence[Node]) -> list[str]:
    lines = []
    for node in nodes:
        for option in node.options:
            if option.value and option.value.kind != ANYTHING:
                where = "|".join(_quoted(f"{node.command} {name}") for name in option.names)
                lines.append(f"            {where}) {_bash_offer(option.value)} ;;")
    return lines


def _cases(found: dict[str, list[str]], indent: str, does: Callable[[str], str]) -> list[str]:
    return [
        f"{indent}{'|'.join(map(_quoted, keys))}) {does(what)} ;;"
        for what, keys in found.items()
        if keys
    ]


def _steps(nodes: Sequence[Node]) -> dict[str, list[str]]:
    """Return, for each command, by which word after which command one gets there."""
    return {
        " ".join((*node.path, name)): [f"{node.command} {name}"]
        for node in nodes
        for name in node.commands
    }


def _waiting(nodes: Sequence[Node]) -> dict[str, list[str]]:
    """Return, for each command, which options after it take a value."""
    return {
        node.command: [
            f"{node.command} {name}"
            for option in node.options
            if option.value
            for name in option.names
        ]
        for node in nodes
    }


def _option_words(node: Node) -> list[str]:
    return [name for option in node.options for name in option.names]


def _quoted(text: str) -> str:
    """Return a text as one word that every one of these shells takes as it is."""
    return "'" + text.replace("'", "’") + "'"


def zsh(nodes: Sequence[Node]) -> str:
    """Return the script for zsh: a function for each command."""
    lines = [f"#compdef {' '.join(NAMES)}", "# Completion of zsh for host and rollcase."]
    for node in nodes:
        lines += ["", f"{_function(node.path)}() {{"]
        specs = [_zsh_option(option) for option in node.options]
        if node.commands:
            lines += ["    local curcontext=$curcontext state line", "    local -a commands"]
            specs += ["'1: :->command'", "'*:: :->rest'"]
        for number, value in enumerate(node.arguments, 1):
            where = "*" if value.repeats else str(number)
            specs.append(f"'{where}: :{_zsh_value(value)}'")
        context = "-C " if node.commands else ""
        lines.append(f"    _arguments {context}\\")
        lines += [f"        {spec} \\" for spec in specs[:-1]] + [f"        {specs[-1]}"]
        if node.commands:
            lines += ["    case $state in", "    command)", "        commands=("]
            lines += [
                f"            {_quoted(f'{name}:{_no_colon(purpose)}')}"
                for name, purpose in node.commands.items()
            ]
            lines += ["        )", "        _describe command commands ;;", "    rest)"]
            lines += ["        case $words[1] in"]
            lines += [
                f"        {name}) {_function((*node.path, name))} ;;" for name in node.commands
            ]
            lines += ["        esac ;;", "    esac"]
        lines.append("}")
    return "\n".join(
        [
            *lines,
            "",
            "# Loaded by the completion system it is called at once; read in by hand it is not.",
            'if [[ $funcstack[1] == "_rollcase" ]]; then',
            '    _rollcase "$@"',
            "else",
            f"    compdef _rollcase {' '.join(NAMES)}",
            "fi",
            "",
        ]
    )


def _function(path: tuple[str, ...]) -> str:
    return "_".join(("_rollcase", *path))


def _zsh_option(option: Option) -> str:
    told = re.sub(r"([\[\]:])", r"\\\1", option.purpose)
    value = f": :{_zsh_value(option.value)}" if option.value else ""
    if len(option.names) == 1:
        return _quoted(f"{option.names[0]}{'=' if option.value else ''}[{told}]{value}")
    names = " ".join(option.names)
    return f"'({names})'{{{','.join(option.names)}}}{_quoted(f'[{told}]{value}')}"


def _zsh_value(value: Value) -> str:
    if value.kind == WORDS:
        return f"({' '.join(value.words)})"
    return {FILE: "_files", PORT: '_files -g "/dev/ttyACM*"'}.get(value.kind, " ")


def _no_colon(text: str) -> str:
    return text.replace(":", ",")


def fish(nodes: Sequence[Node]) -> str:
    """Return the script for fish."""
    lines = [
        "# Completion of fish for host and rollcase.",
        "# Whether the words so far belong to this command, with so many arguments after it.",
        "function __rollcase_command",
        "    set -l command ''",
        "    set -l option ''",
        "    set -l place 0",
        "    for word in (commandline -opc)[2..-1]",
        "        if test -n \"$option\"; and not string match -q -- '-*' $word",
        "            set option ''",
        "            continue",
        "        end",
        "        set option ''",
        '        switch "$command $word"',
    ]
    for path, keys in _steps(nodes).items():
        lines += [f"            case {' '.join(map(_quoted, keys))}"]
        lines += [f"                set command {_quoted(path)}"]
    for keys in _waiting(nodes).values():
        if keys:
            lines += [f"            case {' '.join(map(_quoted, keys))}"]
            lines += ["                set option $word"]
    lines += [
        "            case '*'",
        "                if not string match -q -- '-*' $word",
        "                    set place (math $place + 1)",
        "                end",
        "        end",
        "    end",
        '    test "$command" = "$argv[1]"; and test $place -ge $argv[2] -a $place -le $argv[3]',
        "end",
        "",
    ]
    for name in NAMES:
        lines.append(f"complete -c {name} -f")
        for node in nodes:
            begin = f"complete -c {name} -n {_fish_when(node, 0, MOST_WORDS)}"
            for command, purpose in node.commands.items():
                lines.append(f"{begin} -a {command} -d {_quoted(purpose)}")
            for place, value in enumerate(node.arguments):
                when = _fish_when(node, place, MOST_WORDS if value.repeats else place)
                if _fish_value(value):
                    lines.append(f"complete -c {name} -n {when}{_fish_value(value)}")
            for option in node.options:
                names = "".join(
                    f" -l {one[2:]}" if one.startswith("--") else f" -s {one[1:]}"
                    for one in option.names
                )
                # Required, and exclusive of files where it is none.
                how = "-r" if option.value and option.value.kind == FILE else "-x"
                takes = f" {how}{_fish_value(option.value)}" if option.value else ""
                lines.append(f"{begin}{names}{takes} -d {_quoted(option.purpose)}")
    return "\n".join([*lines, ""])


def _fish_when(node: Node, first: int, last: int) -> str:
    """Return the condition that this command has so many arguments, as one word for fish."""
    return f"\"__rollcase_command '{node.command}' {first} {last}\""


def _fish_value(value: Value) -> str:
    if value.kind == WORDS:
        return f" -a {_quoted(' '.join(value.words))}"
    return {FILE: " -F", PORT: " -a '(path filter /dev/ttyACM*)'"}.get(value.kind, "")


SHELLS: dict[str, Callable[[Sequence[Node]], str]] = {"bash": bash, "zsh": zsh, "fish": fish}
"""The shells that there are scripts for."""

INSTALLED_BY = {
    "bash": "mkdir -p ~/.local/share/bash-completion/completions && {program} completion bash"
    " | tee ~/.local/share/bash-completion/completions/{{host,rollcase}} >/dev/null",
    "zsh": "{program} completion zsh > ~/.zfunc/_rollcase, with fpath+=~/.zfunc before compinit"
    " in ~/.zshrc",
    "fish": "mkdir -p ~/.config/fish/completions && {program} completion fish"
    " | tee ~/.config/fish/completions/{{host,rollcase}}.fish >/dev/null",
}
"""What to type, once, to have it in every shell from then on."""
