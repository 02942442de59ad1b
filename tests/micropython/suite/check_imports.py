"""Every module of the firmware imports on MicroPython."""

import os

from tests.micropython.suite.expect import true
from tests.micropython.suite.fake_machine import Machine


def modules(folder: str) -> "list[str]":
    """Return the names of the modules in a folder of the firmware."""
    names = os.listdir(__file__.rsplit("/", 4)[0] + "/firmware/" + folder)
    return [name[:-3] for name in names if name[-3:] == ".py" and name != "__init__.py"]


def test_every_module_of_the_firmware_imports() -> None:
    for folder in ("rollcore", "rollcase", "rollcase/hal"):
        names = modules(folder)
        true(len(names) >= 6, folder)
        for name in names:
            __import__(folder.replace("/", ".") + "." + name)
    true(Machine, "imported before the drivers")
