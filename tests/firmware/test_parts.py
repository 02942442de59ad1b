"""The parts of a case: a driver and a fake of each interface."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HAL = ROOT / "firmware" / "rollcase" / "hal"


def classes(path: Path) -> dict[str, set[str]]:
    """Return the classes of a file, each with the names of its own methods."""
    tree = ast.parse(path.read_text("utf-8"))
    return {
        node.name: {method.name for method in node.body if isinstance(method, ast.FunctionDef)}
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }


INTERFACES = classes(ROOT / "firmware" / "rollcase" / "parts.py")
del INTERFACES["Parts"]
FAKES = classes(Path(__file__).resolve().parent / "fakes.py")
DRIVERS = {
    name: methods for path in sorted(HAL.glob("*.py")) for name, methods in classes(path).items()
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
