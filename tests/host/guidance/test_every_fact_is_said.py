"""Each fact about rolling at home is kept somewhere and said to a person: the table in `facts`."""

import importlib
import shlex
import shutil
from functools import cache
from pathlib import Path

import pytest
from tests.conftest import ROOT, Host
from tests.host.guidance.facts import FACTS, Fact
from tests.host.lived_in import NOW, make_lived_in
from tests.host.report_pages import read, report_of

from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.guidance.numbers import Number
from rollhost.guidance.reasons import REASONS
from rollhost.guidance.signs import SIGNS
from rollhost.guidance.windows import ADVICE, Advice

pytestmark = pytest.mark.in_process

REPORT = "report"

NUMBERED = [pytest.param(fact, id=f"{at} {fact.says[:52]}") for at, fact in enumerate(FACTS, 1)]


def kept(place: str) -> object:
    """Return what is kept at a place, or raise an error if there is nothing.

    The place is ``module``, ``module:NAME`` or ``module:NAME[key]``.
    """
    module_name, _, name = place.partition(":")
    module = importlib.import_module(module_name)
    if not name:
        return module
    name, _, key = name.rstrip("]").partition("[")
    found = getattr(module, name)
    if not key:
        return found
    table = found if isinstance(found, dict) else {row.key: row for row in found}
    return table[key]


def value_of(found: object) -> object:
    """Return the value of a number, the two spans (hours) of a window, or what was found."""
    if isinstance(found, Number):
        return found.value
    if isinstance(found, Advice):
        return found.short, found.long
    return found


@cache
def document(name: str) -> str:
    return " ".join((ROOT / name).read_text("utf-8").split())


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that was lived in, with a reaction that a clinician should see; made once."""
    path: Path = tmp_path_factory.mktemp("lived") / "rollcase.db"
    make_lived_in(path)
    reaction = Entry(
        diary.REACTION, NOW - 3600, "face", data={"text": "red and sore", "signs": ["pus"]}
    )
    with open_archive(path) as archive, archive.transaction():
        archive.diary.add(reaction, NOW)
    return path


@pytest.fixture(scope="module")
def report(lived: Path) -> str:
    """What the report about that database says."""
    return " ".join(" ".join(read(report_of(lived, NOW)).parts).split())


@pytest.mark.parametrize("fact", NUMBERED)
def test_fact_is_kept(fact: Fact) -> None:
    if fact.kept.endswith(".md"):
        assert (ROOT / fact.kept).exists()
        assert fact.kept in fact.words, "what a document alone keeps is said there"
    else:
        found = kept(fact.kept)
        assert found is not None
        assert fact.value is None or value_of(found) == fact.value


@pytest.mark.parametrize("fact", NUMBERED)
def test_fact_is_said_in_these_words(
    fact: Fact, host: Host, home: Path, lived: Path, report: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLLCASE_NOW", "2026-11-21T10:00:00Z")
    assert fact.words, "a fact without words"
    for place, words in fact.words.items():
        if place == REPORT:
            text = report
        elif place.startswith("host "):
            shutil.copy(lived, home / "rollcase.db")
            result = host(*shlex.split(place)[1:])
            text = " ".join(f"{result.stdout} {result.stderr}".split())
        else:
            text = document(place)
        assert words.casefold() in text.casefold(), place


def test_every_row_of_guidance_belongs_to_a_fact() -> None:
    places = {fact.kept for fact in FACTS}
    rows = {
        "rollhost.guidance.reasons:REASONS": REASONS.keys() - {"other"},
        "rollhost.guidance.signs:SIGNS": SIGNS.keys() - {"lump", "sore"},
        "rollhost.guidance.windows:ADVICE": {advice.key for advice in ADVICE},
    }
    missing = [f"{table}[{key}]" for table, keys in rows.items() for key in sorted(keys)]
    assert [place for place in missing if place not in places] == []
