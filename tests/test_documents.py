"""The documents against the tree: links, paths, names, commands, make targets and versions."""

import ast
import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from rollcore.policy import for_needle
from rollhost.cli.main import COMMANDS, parsers
from rollhost.cli.parse_policy import changed
from rollhost.cli.parser import options_first

ROOT = Path(__file__).resolve().parents[1]

TOP_LEVEL = sorted(ROOT.glob("*.md"))
BOARDS = sorted((ROOT / "boards").glob("*.md"))
TRANSCRIPTS = {"first-month.md", "scenes.md"}
"""Pages that a program writes from what commands say; tests live through them again."""

PAGES = sorted(path for path in (ROOT / "docs").glob("*.md") if path.name not in TRANSCRIPTS)
DOCUMENTS = [*TOP_LEVEL, *BOARDS, *PAGES, ROOT / "firmware" / "PROTOCOL.md"]

FOLDERS = ("firmware/", "host/", "tests/", "boards/", "docs/", ".ci/", ".github/")
"""How a path begins that the documents name from the root of the tree."""

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`]+)`")
NAMES_IN_FILE = re.compile(r"((?:`[\w.]+`(?:, | and )?)+),? in `([\w./-]+\.(?:py|toml))`")
"""One name or several in backticks, then the file that has them."""

VERSION_NAME = re.compile(r"(?:\w+_)?(?:VERSION|FORMAT)")
VERSION_SOURCES = ("firmware", "host/rollhost")

NOT_A_NUMBER = {"BAD_VERSION", "FORMAT"}
"""Names of text that look like those of version numbers: an error's code, a file's first word."""


def ids(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in paths]


def text_of(path: Path) -> str:
    """Return a document in one line each paragraph, without its blocks of code."""
    text = re.sub(r"(?ms)^```.*?^```$", "", path.read_text("utf-8"))
    return re.sub(r"(?<!\n)\n *(?![\n|# -])", " ", text)


def blocks_of(path: Path) -> str:
    """Return the blocks of code of a document."""
    return "\n".join(re.findall(r"(?ms)^```\w*$(.*?)^```$", path.read_text("utf-8")))


def anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ (.+)$", text_of(path))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def targets(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement gives a value to."""
    for target in node.targets if isinstance(node, ast.Assign) else []:
        if isinstance(target, ast.Name):
            yield target.id
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def names_of(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    """Yield what a module defines: functions, classes, methods as ``Class.method``, constants."""
    for node in body:
        yield from (prefix + name for name in targets(node))
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield prefix + node.name
        if isinstance(node, ast.ClassDef):
            yield from names_of(node.body, f"{node.name}.")


def defined_in(path: Path) -> set[str]:
    """Return what a file defines; nothing for one that does not exist."""
    if not path.exists():
        return set()
    text = path.read_text("utf-8")
    if path.suffix == ".toml":
        return set(re.findall(r"(?m)^([\w-]+) = ", text))
    return set(names_of(ast.parse(text).body))


def sources() -> list[Path]:
    return [path for folder in VERSION_SOURCES for path in sorted((ROOT / folder).rglob("*.py"))]


def constants(path: Path) -> dict[str, object]:
    """Return the constants of a module whose values are written out."""
    found: dict[str, object] = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            with suppress(ValueError):  # computed
                found.update(dict.fromkeys(targets(node), ast.literal_eval(node.value)))
    return found


def version_table() -> dict[str, tuple[str, str]]:
    """Return the table of versions: by where each number is, what it is of, and the number."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    table = text.partition("## Version numbers")[2].partition("| version of |")[2]
    rows = [line.split(" | ") for line in table.partition("\n\n")[0].splitlines()[2:]]
    return {where: (of.removeprefix("| "), now) for of, now, where, _ in rows}


def test_documents_are_found() -> None:
    names = {path.name for path in TOP_LEVEL}
    assert names >= {"ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "DECISIONS.md"}
    assert names >= {"GLOSSARY.md", "README.md", "SECURITY.md"}


@pytest.mark.parametrize("path", ids(DOCUMENTS))
def test_links_lead_to_files_and_headings_that_exist(path: Path) -> None:
    broken = []
    for link in LINK.findall(path.read_text("utf-8")):
        name, _, anchor = link.partition("#")
        linked = path.parent / name if name else path
        if not link.startswith("https://") and not (
            linked.exists() and (not anchor or anchor in anchors(linked))
        ):
            broken.append(link)
    assert broken == []


README = (ROOT / "README.md").read_text("utf-8")

MOST_LINES = 340
"""README's length (lines) that a newcomer still reads in one go (own)."""


def test_readme_is_read_in_one_go_and_every_page_is_reached_from_it() -> None:
    assert len(README.splitlines()) <= MOST_LINES, "details belong on a page in docs/ or boards/"
    named = {link.partition("#")[0] for link in LINK.findall(README)}
    pages = {path.relative_to(ROOT).as_posix() for path in [*TOP_LEVEL, *BOARDS, *PAGES]}
    assert pages - named == {"README.md"}


COMMAND = re.compile(r"(?m)`host ([^`]+)`|^host (.+)$")
"""A command of ours in a document's text, or in a line of a block of code."""


def commands_in(text: str) -> list[str]:
    """Return the words behind each ``host`` in a document, without comments and redirections."""
    found = [inline or line.partition("#")[0] for inline, line in COMMAND.findall(text)]
    found = [words.partition(" > ")[0] for words in found]
    return sorted({" ".join(words.split()) for words in found})


FOR_USERS = "\n".join(path.read_text("utf-8") for path in [ROOT / "README.md", *PAGES, *BOARDS])


@pytest.mark.parametrize("words", commands_in(FOR_USERS))
def test_command_in_a_document_for_users_is_understood(words: str) -> None:
    name, *rest = shlex.split(words)
    if rest in ([], ["--help"]):  # a mention
        assert name in (*COMMANDS, "--help")
        return
    parser, chosen = parsers(name)
    _, unknown = parser.parse_known_args([name, *options_first(chosen, rest)])
    assert [word for word in unknown if word != "--"] == []


@pytest.mark.parametrize("needle_um", [250, 500, 1000])
def test_rules_that_the_readme_sets_are_allowed_with_any_needle(needle_um: int) -> None:
    (words,) = [words for words in commands_in(README) if words.startswith("policy set")]
    assert changed(for_needle(needle_um), words.split()[2:]).zones == ("face", "neck")


def test_readme_puts_host_on_the_path_of_each_terminal_before_it_is_typed() -> None:
    before, _, after = README.partition("## Try it")
    assert "`.venv/bin/host page --open`" in before
    block = after.partition("```\n")[2].partition("```")[0].splitlines()
    active = False
    for line in block:
        active = line.startswith(". .venv/bin/activate") or (
            active and "in another terminal" not in line
        )
        assert active or not line.startswith("host ")


def test_each_question_where_nothing_lights_is_reached_from_another() -> None:
    page = (ROOT / "boards" / "power-up.md").read_text("utf-8")
    tree = page.partition("## Nothing lights")[2].partition("\n## ")[0]
    steps = re.split(r"(?m)^### ", tree)[1:]
    questions = {int(step.partition(".")[0]): step for step in steps}
    assert list(questions) == list(range(1, len(questions) + 1))
    reached = {1}
    for number, step in questions.items():
        assert step.splitlines()[0].endswith("?"), step
        goes_to = {int(a or b) for a, b in re.findall(r"[Gg]o to (?:\[(\d+)\]|(\d+))", step)}
        assert number not in goes_to
        reached |= goes_to
    assert reached == set(questions)


@pytest.mark.parametrize("path", ids([*TOP_LEVEL, *PAGES]))
def test_paths_in_backticks_exist(path: Path) -> None:
    named = [
        code
        for code in CODE.findall(text_of(path))
        if code.startswith(FOLDERS) and re.fullmatch(r"[\w./-]+", code) and "NAME" not in code
    ]
    made = set(re.findall(r"^([\w./-]+\.html):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert [code for code in named if code not in made and not (ROOT / code).exists()] == []
    assert [code for code in named if (ROOT / code).is_dir() != code.endswith("/")] == []


@pytest.mark.parametrize("path", ids([*TOP_LEVEL, *PAGES]))
def test_names_are_in_the_file_that_the_document_says(path: Path) -> None:
    missing = [
        f"{name} in {file}"
        for names, file in NAMES_IN_FILE.findall(text_of(path))
        for name in CODE.findall(names)
        if name not in defined_in(ROOT / file)
    ]
    assert missing == []


def test_architecture_and_contributing_name_the_files_of_functions() -> None:
    found = {
        path.name: len(NAMES_IN_FILE.findall(text_of(path)))
        for path in TOP_LEVEL
        if path.name in ("ARCHITECTURE.md", "CONTRIBUTING.md")
    }
    assert all(count > 15 for count in found.values()), found


@pytest.mark.parametrize("path", ids(TOP_LEVEL))
def test_methods_in_backticks_exist_somewhere(path: Path) -> None:
    every = set().union(*(defined_in(source) for source in sources()))
    named = [
        code
        for code in CODE.findall(text_of(path))
        if re.fullmatch(r"[A-Z]\w*[a-z]\w*\.[a-z_]+", code) and not code.endswith(".md")
    ]
    assert [code for code in named if code not in every] == []


@pytest.mark.parametrize("path", ids(DOCUMENTS))
def test_commands_of_host_that_a_document_names_exist(path: Path) -> None:
    lines = [*CODE.findall(text_of(path)), *blocks_of(path).splitlines()]
    named = [match[1] for line in lines if (match := re.match(r"host ([a-z]+)\b", line))]
    assert [command for command in named if command not in COMMANDS] == []


@pytest.mark.parametrize("path", ids(DOCUMENTS))
def test_make_targets_that_a_document_names_exist(path: Path) -> None:
    known = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8")))
    lines = [*CODE.findall(text_of(path)), *blocks_of(path).splitlines()]
    named = [match[1] for line in lines if (match := re.match(r"make ([a-z -]+)", line))]
    assert [target for one in named for target in one.split() if target not in known] == []


def test_contributing_lists_every_make_target_that_has_a_help_text() -> None:
    helped = re.findall(r"(?m)^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"))
    listed = re.findall(
        r"(?m)^\| `make ([a-z-]+)` \|", (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    )
    assert sorted(listed) == sorted(helped)


def test_version_table_has_the_numbers_of_the_code() -> None:
    for where, (of, now) in version_table().items():
        name, _, file = where.replace("`", "").rpartition(" in ")
        path = ROOT / file
        if path.is_dir():
            actual = str(len(list(path.glob("*.sql"))))
        elif path.suffix == ".toml":
            found = re.search(rf'(?m)^{name} = ">=([\d.]+)"', path.read_text("utf-8"))
            assert found, where
            actual = found[1]
        else:
            value = constants(path)[name]
            parts = value if isinstance(value, tuple) else (value,)
            actual = ".".join(str(part) for part in parts)
        assert now == actual, f"{of}: {where}"


def test_version_numbers_of_the_code_are_all_in_the_table() -> None:
    found = {
        f"`{name}` in `{path.relative_to(ROOT).as_posix()}`"
        for path in sources()
        for name, value in constants(path).items()
        if VERSION_NAME.fullmatch(name) and not (isinstance(value, str) and name in NOT_A_NUMBER)
    }
    assert sorted(found - version_table().keys()) == []
