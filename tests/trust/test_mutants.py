"""The mutations of a source, and which of them ``make mutants`` tries."""

import ast
import json
from pathlib import Path

import pytest
from tests.trust import mutants
from tests.trust.mutations import mutations

ROOT = Path(__file__).resolve().parents[2]


def made_of(source: str) -> set[str]:
    """Return what each mutation makes of a line."""
    return {mutation.lines(source)[1] for mutation in mutations(source)}


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("a = b < c", {"a = (b <= c)"}),
        ("a = b == c in d", {"a = (b != c in d)", "a = (b == c not in d)"}),
        ("a = b + c * d", {"a = (b - c * d)", "a = b + (c // d)"}),
        ("a = 7", {"a = 8", "a = 6"}),
        ("a = not True", {"a = True", "a = not False"}),
        ("if a: b()", {"if (not a): b()", "if a: pass"}),
        ("while a or b: break", {"while (a and b): break", "while (not (a or b)): break",
                                 "while a or b: pass"}),
        ("def f(): return a", {"def f(): return None"}),
        ("def f(): a.b = c", {"def f(): pass"}),
        ("a = range(b, c)", {"a = range(b, c - 1)"}),
        ("a = b[c:d]", {"a = b[c + 1:d]", "a = b[c:d + 1]"}),
        ("a = 'ä' if b is c else d", {"a = 'ä' if (b is not c) else d"}),
    ],
)  # fmt: skip
def test_statement_has_its_mutations(source: str, made: set[str]) -> None:
    assert made_of(source) == made


@pytest.mark.parametrize(
    "source",
    [
        "a: int | None",
        "def f(a: b | c) -> d | e: pass",
        "@a(b)\ndef f(): pass",
        "if TYPE_CHECKING: a = 7",
        "a = f'{b + 1}'",
        "'''A text.'''",
        "return None",
    ],
)
def test_what_no_test_can_tell_has_no_mutations(source: str) -> None:
    assert made_of(source) == set()


def test_each_mutation_of_the_product_is_python_and_another_program() -> None:
    path = ROOT / "firmware/rollcore/rest.py"
    source = path.read_text("utf-8")
    found = mutations(source)
    assert len(found) > 100
    assert len({mutation.of(source) for mutation in found}) == len(found)
    program = ast.dump(ast.parse(source))
    for mutation in found:
        assert ast.dump(ast.parse(mutation.of(source))) != program, mutation


def test_more_mutants_of_a_seed_begin_with_the_same_ones() -> None:
    many = mutants.chosen(7, 40)
    assert mutants.chosen(7, 20) == many[:20]
    assert mutants.chosen(8, 20) != many[:20]
    assert {mutant.path.split("/")[0] for mutant in many} == {"firmware", "host"}


def test_tests_of_a_file_are_those_of_its_name_then_of_its_folder_then_the_others() -> None:
    assert mutants.tests_of("firmware/rollcore/rest.py") == [
        ["tests/firmware/test_rest.py", "tests/firmware/test_rest_zones.py"],
        ["tests/firmware"],
        ["tests/host"],
    ]
    own, folder, others = mutants.tests_of("host/rollhost/case/fetch.py")
    assert (own, folder) == (["tests/host/case/test_fetch.py"], ["tests/host/case"])
    assert {"tests/host/history", "tests/host/commands", "tests/host/test_layers.py"} < set(others)
    assert all((ROOT / each).exists() for each in others)
    assert folder[0] not in others


def test_mutant_in_a_copy_is_gone_afterwards(tmp_path: Path) -> None:
    mutant, other = mutants.chosen(7, 2)
    for name in (mutant.path, other.path):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    path = tmp_path / mutant.path
    before = path.read_bytes(), path.stat().st_mtime
    seconds = set()
    for number in (0, 1):
        with mutants.changed(tmp_path, mutant, number):
            assert mutant.after in " ".join(path.read_text("utf-8").split())
            seconds.add(int(path.stat().st_mtime))
        assert (path.read_bytes(), path.stat().st_mtime) == before
    assert len(seconds | {int(before[1])}) == 3


def test_equivalent_mutants_exist_and_say_why() -> None:
    every = {(each.path, each.before, each.after) for each in mutants.all_mutants()}
    for each in mutants.EQUIVALENT:
        assert (each.path, each.before, each.after) in every, each
        assert len(each.why.split()) > 3, each


def test_last_run_has_killed_as_many_as_aimed_for() -> None:
    came = json.loads(mutants.RESULTS.read_text("utf-8"))
    assert came["killed"] + came["equivalent"] + came["survived"] == came["mutants"]
    assert came["share"] >= mutants.AIM == 0.97
    assert len(came["survivors"]) == came["survived"]
