"""The rule of each folder of the host program: its imports go down only, read from the source."""

import ast
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.firmware.source_imports import of_file

HOST = ROOT / "host" / "rollhost"

LAYERS = {
    "commands": "one file a command; no command imports another",
    "report": "one HTML page, from history alone; a section a file",
    "sim": "a case without a case",
    "cli": "arguments in, exit code out",
    "page": "the page in a browser: its parts, and what makes one file of them",
    "remind": "what to send now, and the ways by which it is sent",
    "mqtt": "Home Assistant by MQTT: what it is told, the way to its broker",
    "exchange": "files that come from or go to other programs",
    "output": "where a fact becomes a sentence, a unit or JSON",
    "board": "talking to a chip without our firmware",
    "case": "talking to a case whose firmware runs",
    "history": "what the rows mean at one moment; no I/O, no sentence",
    "guidance": "what is known about rolling at home, with sources; tables and pure functions",
    "database": "rows in and out; knows no meaning",
    "errors": "what everyone may use",
    "now": "what everyone may use",
    "atomic_file": "what everyone may use",
    "system_clock": "what everyone may use",
}
"""Each folder (or file) of the host program and its rule, the highest first."""

HEIGHT = {
    name: 0 if rule == "what everyone may use" else len(LAYERS) - place
    for place, (name, rule) in enumerate(LAYERS.items())
}

NOT_IN_HISTORY = {"os", "sys", "time", "sqlite3", "pathlib", "argparse", "subprocess", "serial",
                  "rich"}  # fmt: skip
"""What would let history do I/O or print."""


def layer_of(module: str) -> str:
    """Return the folder or file of `rollhost` that a module, by its full name, belongs to."""
    return module.split(".")[1]


def files_of(layer: str) -> list[object]:
    """Return the files of a layer, as parameters that carry their paths as names."""
    files = [*HOST.glob(f"{layer}.py"), *sorted((HOST / layer).rglob("*.py"))]
    return [pytest.param(file, id=file.relative_to(HOST).as_posix()) for file in files]


def imports_of(file: Path) -> set[str]:
    """Return the modules of `rollhost` that a file imports, anywhere in it."""
    return {name for name in of_file(file) if name.startswith("rollhost.")}


def broken_rules(layer: str, imported: set[str]) -> list[str]:
    """Return what a file in `layer` imports against the rule of its folder, in words."""
    return [
        f"{layer}/ ({LAYERS[layer]}) imports {module}"
        for module in sorted(imported)
        if HEIGHT[layer_of(module)] > HEIGHT[layer]
    ]


def test_every_folder_of_the_host_has_a_rule() -> None:
    found = {path.relative_to(HOST).parts[0].removesuffix(".py") for path in HOST.rglob("*.py")}
    found -= {"__init__", "__main__"}
    assert found == set(LAYERS)


@pytest.mark.parametrize("file", [file for layer in LAYERS for file in files_of(layer)])
def test_imports_go_down_only(file: Path) -> None:
    layer = file.relative_to(HOST).parts[0].removesuffix(".py")
    assert broken_rules(layer, imports_of(file)) == []


def test_broken_import_rule_is_named_with_its_folder() -> None:
    broken = broken_rules("database", {"rollhost.errors", "rollhost.history.logs"})
    assert broken == ["database/ (rows in and out; knows no meaning) imports rollhost.history.logs"]


@pytest.mark.parametrize(
    "file", sorted((HOST / "commands").glob("*.py")), ids=lambda file: file.stem
)
def test_no_command_imports_another(file: Path) -> None:
    assert not {name for name in imports_of(file) if layer_of(name) == "commands"}


JSON_WORDS = {"args.json", "json", "SCHEMA_VERSION", "schema_version"}

MAY_MENTION_JSON = {
    "demo": {"args.json", "json"},  # prints its story as it is lived; reads what `host` answers
    "doctor": {"args.json"},  # refuses --json beside --udev
    "export": {"json"},  # the name of a format
    "install": {"args.json"},  # says each step as soon as it is done
    "share": {"args.json"},  # refuses --json beside --setup-sql
    "restore": {"args.json"},  # asks nothing where a document is wanted
    "sim": {"json"},  # prints an event a line, for as long as the case runs
}
"""What a command may know of JSON, which only `rollhost.cli.result` prints."""


def json_words_of(file: Path) -> set[str]:
    """Return which of `JSON_WORDS` the code of a file has as names, attributes or strings."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Attribute():
                found.add(ast.unparse(node))
            case ast.Name(id=name) | ast.Constant(value=str(name)) | ast.alias(name=name):
                found.add(name)
    return found & JSON_WORDS


@pytest.mark.parametrize(
    "file", sorted((HOST / "commands").glob("*.py")), ids=lambda file: file.stem
)
def test_command_leaves_json_to_the_result(file: Path) -> None:
    assert json_words_of(file) == MAY_MENTION_JSON.get(file.stem, set())


@pytest.mark.parametrize(
    "file", sorted((HOST / "history").glob("*.py")), ids=lambda file: file.stem
)
def test_history_does_no_io(file: Path) -> None:
    assert not {name.split(".")[0] for name in of_file(file)} & NOT_IN_HISTORY
