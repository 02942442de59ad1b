"""The release: its files are the same bytes from the same commit, and hold what they are for."""

import hashlib
import io
import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from tests.conftest import made_page

from release import build
from release.archive import zipped
from release.parts_list import pins
from rollcore import VERSION
from rollhost.board import install

ROOT = Path(__file__).resolve().parents[2]

MOMENT = 1_795_804_424
"""A commit's time (Unix, s): 2026-11-27."""


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """The files that are made without another program."""
    made_page()
    return build.made_here(MOMENT)


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_files_are_the_same_bytes_each_time_and_of_another_time_are_others(
    files: dict[str, bytes],
) -> None:
    again = build.made_here(MOMENT)
    assert {name for name in files if files[name] != again[name]} == set()
    later = build.made_here(MOMENT + 60)
    dated = {"rollcase-page.zip", "rollcase-board-files.zip", "rollcase.cdx.json"}
    assert {name for name in files if files[name] != later[name]} == dated


def test_zip_does_not_depend_on_the_order_of_its_files() -> None:
    files = {"b": b"2", "a/c": b"1"}
    assert zipped(files, MOMENT) == zipped(dict(reversed(files.items())), MOMENT)
    assert unzipped(zipped(files, MOMENT)) == files
    with pytest.raises(ValueError, match="1980"):
        zipped(files, 0)


def test_wheel_and_sources_do_not_depend_on_folder_or_on_when_files_were_written(
    tmp_path: Path,
) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    names = [name for name in listed.stdout.decode().split("\0") if (ROOT / name).is_file()]
    found = []
    for folder, mode in (("here", 0o644), ("further/away", 0o600)):
        tree = tmp_path / folder
        for name in names:
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, tree / name)
            (tree / name).chmod(mode)
        build.packages(tree, tmp_path / "dist" / folder, MOMENT)
        made = sorted((tmp_path / "dist" / folder).iterdir())
        assert [path.name for path in made] == [
            f"rollcase-{VERSION}-py3-none-any.whl", f"rollcase-{VERSION}.tar.gz",
        ]  # fmt: skip
        found.append([path.read_bytes() for path in made])
    assert found[0] == found[1]


def test_board_files_are_what_an_install_puts_onto_each_board(files: dict[str, bytes]) -> None:
    packed = unzipped(files["rollcase-board-files.zip"])
    folders = {name.split("/")[0] for name in packed if "/" in name}
    assert folders == set(install.board_names())
    for name in ("pico", "pico2_w"):  # compiling takes half a second each
        firmware = install.firmware_files(install.named_board(name), compiled=True)
        folder = install.folder_of(firmware)
        assert packed[f"{name}/main.py"].decode() == install.main_text(folder)
        assert packed[f"{name}/boot.py"] == install.boot_file()
        found = {path for path in packed if path.startswith(f"{name}/firmware-")}
        assert found == {f"{name}/{folder}/{path}" for path in firmware}
    assert {"README.md", "LICENSE"} <= packed.keys()


def test_constraints_pin_what_the_lock_pins(files: dict[str, bytes]) -> None:
    lock = files["requirements.txt"].decode()
    lines = files["constraints.txt"].decode().splitlines()
    assert lines == pins(lock)
    assert len(lines) == lock.count("==") - len(re.findall("== '", lock)) > 15
    assert "--hash" not in files["constraints.txt"].decode()
    for line in lines:
        (pin,) = Requirement(line).specifier
        assert pin.operator == "=="


def test_runtime_lock_is_a_part_of_the_lock() -> None:
    runtime, whole = (
        {pin.split(" ;")[0] for pin in pins((ROOT / name).read_text("utf-8"))}
        for name in ("requirements-runtime.txt", "requirements.txt")
    )
    assert runtime < whole


def test_parts_list_names_what_runs_at_a_persons_and_nothing_else(files: dict[str, bytes]) -> None:
    listed = json.loads(files["rollcase.cdx.json"])
    assert listed["metadata"]["component"]["version"] == VERSION
    purls = {part["purl"] for part in listed["components"]}
    python = {purl for purl in purls if purl.startswith("pkg:pypi/")}
    locked = [Requirement(pin) for pin in pins(files["requirements.txt"].decode())]
    assert python == {f"pkg:pypi/{pin.name}@{next(iter(pin.specifier)).version}" for pin in locked}
    (page,) = purls - python
    assert page.startswith("pkg:npm/%40micropython/micropython-webassembly-pyscript@")


def test_sums_name_each_file_but_their_own(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"2")
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / build.SUMS).write_text("old")
    expected = [
        f"{hashlib.sha256(data).hexdigest()}  {name}" for data, name in ((b"1", "a"), (b"2", "b"))
    ]
    assert build.sums(tmp_path).splitlines() == expected


def test_readme_names_every_file_of_a_release(files: dict[str, bytes]) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    section = readme.partition("\n## From a release\n")[2].partition("\n## ")[0]
    wheel, source = f"rollcase-{VERSION}-py3-none-any.whl", f"rollcase-{VERSION}.tar.gz"
    expected = {*files, *(image.name for image in build.images()), wheel, source, build.SUMS}
    table = section.partition("| file | ")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([\w.-]+\.\w+|SHA256SUMS)`", table)) == expected
    assert section.count(f"./{wheel}") == 2
