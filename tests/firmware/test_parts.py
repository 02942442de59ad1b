"""The parts of a case: a driver and a fake of each interface."""

import ast
from pathlib import Path

import pytest
from boards.virtual import flash as virtual
from tests.firmware.memory_flash import MemoryFiles, MemoryFlash

ROOT = Path(__file__).resolve().parents[2]
CASE = ROOT / "firmware" / "rollcase"
HAL = CASE / "hal"


def classes(path: Path) -> dict[str, set[str]]:
    """Return the classes of a file, each with the names of its own methods."""
    return {
        node.name: {method.name for method in node.body if isinstance(method, ast.FunctionDef)}
        for node in class_nodes(path)
    }


def class_nodes(path: Path) -> list[ast.ClassDef]:
    """Return the classes of a file."""
    tree = ast.parse(path.read_text("utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def attributes(path: Path) -> dict[str, set[str]]:
    """Return the classes of a file, each with the names that it sets on itself."""
    return {
        node.name: {
            part.attr
            for part in ast.walk(node)
            if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store)
        }
        for node in class_nodes(path)
    }


INTERFACES = classes(CASE / "parts.py")
del INTERFACES["Parts"]
FLASH = {name: INTERFACES.pop(name) for name in ("BlockDevice", "Files")}
"""What the log is on: MicroPython has the device, and the tests a flash in memory."""
FAKES = classes(Path(__file__).resolve().parent / "fakes.py")
DRIVERS = {
    name: methods | attributes(path)[name]
    for path in sorted(HAL.glob("*.py"))
    for name, methods in classes(path).items()
}


def test_interfaces_are_found() -> None:
    assert {"Button", "Lamp", "Port", "TimeChip"} <= set(INTERFACES)


@pytest.mark.parametrize("interface", INTERFACES)
def test_each_interface_has_a_driver(interface: str) -> None:
    assert [name for name, methods in DRIVERS.items() if INTERFACES[interface] <= methods]


@pytest.mark.parametrize("interface", INTERFACES)
def test_each_interface_has_a_fake(interface: str) -> None:
    assert FAKES[f"Fake{interface}"] - {"__init__"} == INTERFACES[interface]


@pytest.mark.parametrize("path", sorted(HAL.glob("*.py")), ids=lambda path: path.stem)
def test_file_has_one_driver_of_an_interface(path: Path) -> None:
    drivers = [
        name
        for name, methods in classes(path).items()
        if any(interface <= methods for interface in INTERFACES.values())
    ]
    assert len(drivers) <= 1


def test_flash_in_memory_and_that_of_a_virtual_case_do_what_a_board_does() -> None:
    for device in (MemoryFlash, virtual.Flash):
        assert FLASH["BlockDevice"] <= set(dir(device))


def test_files_of_the_log_and_those_in_memory_do_the_same() -> None:
    assert FLASH["Files"] <= classes(CASE / "block_files.py")["BlockFiles"]
    assert FLASH["Files"] <= set(dir(MemoryFiles))
