"""Who may import whom, read from the imports themselves.

`rollcore` is pure and shared; `rollcase` is the device without its hardware; `hal` is the
hardware; `main` puts them together; `rollhost` knows of the firmware nothing but `rollcore`.
"""

import ast
from pathlib import Path

import pytest
from tests.firmware.source_imports import imports, of_file

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
CORE = FIRMWARE / "rollcore"
CASE = FIRMWARE / "rollcase"
HAL = CASE / "hal"
HOST = ROOT / "host" / "rollhost"
BOARDS = ROOT / "boards"

OURS = {"rollcore", "rollcase", "rollhost", "main", "board", "tests"}
IMPURE = {"machine", "micropython", "rp2", "time", "utime", "os", "uos", "sys", "usys", "io",
          "select", "uselect", "serial", "pathlib", "random", "socket", "threading", "asyncio",
          "datetime", "subprocess", "tempfile", "shutil", "logging", "typing"}  # fmt: skip
HARDWARE = {"machine", "rp2", "micropython", "time", "utime", "select", "uselect", "sys", "usys"}


def tops(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def within(names: set[str], package: str) -> set[str]:
    return {name for name in names if name == package or name.startswith(package + ".")}


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def named(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in paths]


CORE_FILES = files(CORE)
CASE_FILES = [path for path in files(CASE) if HAL not in path.parents]
HOST_FILES = files(HOST)
INSIDE = HOST / "page" / "inside"
UNDER_APP = ("display", "journal", "recorder", "timekeeper", "orders")
"""What `App` is made of. Each may know those before it; none calls back."""

NOT_MAIN = [
    path
    for path in [*files(FIRMWARE), *files(HOST), *files(BOARDS)]
    if HAL not in path.parents and path != FIRMWARE / "main.py"
]


def test_layers_are_where_this_file_looks_for_them() -> None:
    for folder, some in (
        (CORE_FILES, {"events.py", "policy.py", "state.py", "frames.py", "messages.py"}),
        (CASE_FILES, {"app.py", "journal.py", "server.py"}),
        (files(HAL), {"button.py", "serial.py", "watchdog.py"}),
        (HOST_FILES, {"archive.py", "main.py"}),
        (files(BOARDS), {"board.py"}),
    ):
        assert some <= {path.name for path in folder}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import a.b, c as d", {"a.b", "c"}),
        ("from a.b import c as d", {"a.b", "a.b.c"}),
        ("def f():\n    if x:\n        import a", {"a"}),
        ("from . import x", {"p.q", "p.q.x"}),
        ("from .y import x", {"p.q.y", "p.q.y.x"}),
        ("from .. import x", {"p", "p.x"}),
        ("try:\n    import a\nexcept ImportError:\n    b = 1", {"a"}),
    ],
)
def test_imports_are_read_wherever_they_stand(source: str, found: set[str]) -> None:
    assert imports(source, "p.q") == found


def test_imports_for_types_alone_are_left_out() -> None:
    source = "if TYPE_CHECKING:\n    import a\nelse:\n    import b\nif x:\n    import c"
    assert imports(source) == {"a", "b", "c"}
    assert imports(source, running=True) == {"b", "c"}


@pytest.mark.parametrize("path", named(CORE_FILES))
def test_rollcore_is_pure(path: Path) -> None:
    names = tops(of_file(path))
    assert not names & IMPURE
    assert not names & (OURS - {"rollcore"})


@pytest.mark.parametrize("path", named(CORE_FILES))
def test_rollcore_runs_on_both_sides_without_asking_where_it_is(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        assert not isinstance(node, ast.Try) or not any(
            isinstance(inner, (ast.Import, ast.ImportFrom)) for inner in ast.walk(node)
        )
        if isinstance(node, ast.Name):
            assert node.id not in ("ImportError", "ModuleNotFoundError", "open", "print", "input")


@pytest.mark.parametrize("path", named(CASE_FILES))
def test_rollcase_knows_no_hardware(path: Path) -> None:
    names = of_file(path)
    assert not tops(names) & HARDWARE
    assert not tops(names) & (OURS - {"rollcore", "rollcase"})
    assert not within(names, "rollcase.hal")


@pytest.mark.parametrize("number", range(len(UNDER_APP)), ids=UNDER_APP)
def test_module_under_app_knows_none_above_it(number: int) -> None:
    above = {f"rollcase.{name}" for name in [*UNDER_APP[number + 1 :], "app", "loop", "server"]}
    assert not of_file(CASE / f"{UNDER_APP[number]}.py") & above


@pytest.mark.parametrize("path", named(files(HAL)))
def test_hal_knows_neither_the_board_nor_who_uses_it(path: Path) -> None:
    names = of_file(path)
    assert not tops(names) & (OURS - {"rollcore", "rollcase"})
    assert within(names, "rollcase") <= within(names, "rollcase.hal") | {"rollcase"}


@pytest.mark.parametrize("path", named(NOT_MAIN))
def test_hal_is_imported_by_main_alone(path: Path) -> None:
    # A board that brings hardware of its own may name hal's types.
    assert not within(of_file(path, running=True), "rollcase.hal")


def test_main_imports_hal() -> None:
    assert within(of_file(FIRMWARE / "main.py"), "rollcase.hal")


@pytest.mark.parametrize("path", named([*files(FIRMWARE)]))
def test_firmware_knows_nothing_of_the_host(path: Path) -> None:
    assert not tops(of_file(path)) & {"rollhost", "tests"}


@pytest.mark.parametrize("path", named(HOST_FILES))
def test_rollhost_knows_of_the_firmware_rollcore_alone(path: Path) -> None:
    imported = of_file(path)
    if path.parent == INSIDE:
        # The page has the firmware's files beside it, and shows the lamp from its own table.
        imported -= {"rollcase", "rollcase.lamp"}
    assert not tops(imported) & {"rollcase", "hal", "main", "board", "machine", "tests"}


def test_rollhost_uses_rollcore() -> None:
    assert any("rollcore" in tops(of_file(path)) for path in HOST_FILES)
