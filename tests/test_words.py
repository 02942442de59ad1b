"""No word that the product can print promises more than a person at a bathroom sink can have."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import ROOT

PROMISES = re.compile(
    r"steril|\bsafe(?:ly|r|st|ty)?\b|\bcur(?:e|es|ed|ing)\b|guarant|harmless|\brisk[- ]free", re.I
)

EXPLAINED = (
    "Nothing done at a bathroom sink is sterilisation in the clinical sense: alcohol does not kill"
    " spores.",
    "prompts you to sterilise the roller before and after ([what that means at"
    " home](#what-sterilise-means-at-home))",
    "## What “sterilise” means at home",
)
"""Where the word that people search for is used, and what it means here."""

CODE = ("host/rollhost", "firmware", "boards")
PAGES = [
    ROOT / "README.md",
    *sorted(ROOT.glob("boards/*.md")),
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(ROOT.glob("docs/*.svg")),
    *sorted(ROOT.glob("boards/drawings/*.svg")),
    *sorted(ROOT.glob("host/rollhost/**/*.css")),
]


def promises(text: str) -> list[str]:
    """Return the words in a text that promise too much, with what stands around each."""
    text = " ".join(text.split())
    for sentence in EXPLAINED:
        text = text.replace(sentence, "")
    return [
        text[max(found.start() - 30, 0) : found.end() + 30] for found in PROMISES.finditer(text)
    ]


def strings(code: str) -> Iterator[str]:
    """Yield the strings of a module that it can print: all but its docstrings."""
    nodes = list(ast.walk(ast.parse(code)))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if not isinstance(node, ast.Constant) or id(node) in docstrings:
            continue
        if isinstance(node.value, str):
            yield node.value


def test_search_finds_each_promise_and_leaves_other_words() -> None:
    for words in ("it is sterile", "STERILISED", "safe to roll", "safely", "a cure", "guaranteed"):
        assert promises(words), words
    assert promises(f"{EXPLAINED[0]} So it is sterile.")
    assert not promises("secure, obscure, unsafe-inline, a curious vessel")
    assert list(strings('"""Safe."""\nx = f"{y} is safe"\n')) == [" is safe"]


def test_sentences_that_explain_sterilising_stand_in_the_readme() -> None:
    text = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert [sentence for sentence in EXPLAINED if sentence not in text] == []


@pytest.mark.parametrize("folder", CODE)
def test_nothing_that_code_can_print_promises_too_much(folder: str) -> None:
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    found = {
        file.relative_to(ROOT).as_posix(): promised
        for file in files
        for text in strings(file.read_text("utf-8"))
        if (promised := promises(text))
    }
    assert found == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_page_promises_nothing(page: Path) -> None:
    assert promises(page.read_text("utf-8")) == []


def test_nothing_says_to_install_what_nobody_has_published() -> None:
    named = re.compile(r"pip[x]? (?:install|inject) (?:-\S+ )*['\"]?rollcase\b(?! \S)")
    texts = {page: page.read_text("utf-8") for page in PAGES}
    for folder in CODE:
        for module in (ROOT / folder).rglob("*.py"):
            texts[module] = "\n".join(strings(module.read_text("utf-8")))
    assert [page.name for page, text in texts.items() if named.search(text)] == []
