"""The release: its files are the same bytes from the same commit, and hold what they are for."""

import hashlib
import io
import json
import re
import shutil
import subprocess
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests.conftest import made_page

from release import build, image_parts, licences
from release.archive import zipped
from release.parts_list import pins
from rollcore import VERSION
from rollhost.board import install

ROOT = Path(__file__).resolve().parents[2]

UNPACKED = build.UNPACKED.parent
"""The sources that `make firmware` has unpacked for the images."""

MOMENT = 1_795_804_424
"""A commit's time (Unix, s): 2026-11-27."""


needs_sources = pytest.mark.skipif(
    not UNPACKED.is_dir(), reason="the sources are not unpacked: make firmware"
)


@pytest.fixture(scope="module")
def texts() -> bytes:
    """The licences' texts, or a word where the sources that have them are not unpacked."""
    return build.licences() if UNPACKED.is_dir() else b"texts"


@pytest.fixture(scope="module")
def files(texts: bytes) -> dict[str, bytes]:
    """The files that are made without another program."""
    made_page()
    return build.made_here(MOMENT, texts)


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_files_are_the_same_bytes_each_time_and_of_another_time_are_others(
    files: dict[str, bytes], texts: bytes
) -> None:
    again = build.made_here(MOMENT, texts)
    assert {name for name in files if files[name] != again[name]} == set()
    later = build.made_here(MOMENT + 60, texts)
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


def locked_purls(lock: str) -> set[str]:
    locked = [Requirement(pin) for pin in pins(lock)]
    return {
        PackageURL("pypi", None, pin.name, next(iter(pin.specifier)).version).to_string()
        for pin in locked
    }


def test_each_lock_is_a_part_of_the_next() -> None:
    runtime, extras, whole = (
        locked_purls((ROOT / name).read_text("utf-8"))
        for name in ("requirements-runtime.txt", "requirements-extras.txt", "requirements.txt")
    )
    assert runtime < extras < whole


def test_constraints_pin_what_each_extra_asks_for(files: dict[str, bytes]) -> None:
    constraints = files["constraints.txt"].decode().splitlines()
    pinned = {canonicalize_name(Requirement(line).name) for line in constraints}
    brought = [Requirement(text) for text in metadata.requires("rollcase") or []]
    assert "paho-mqtt" in {requirement.name for requirement in brought}
    assert {canonicalize_name(requirement.name) for requirement in brought} <= pinned


def components(files: dict[str, bytes], kind: str) -> dict[str, Any]:
    """Return the components of a kind, such as ``pypi``, in the list of parts, by their purl."""
    listed = json.loads(files["rollcase.cdx.json"])
    assert listed["metadata"]["component"]["version"] == VERSION
    named = {part["purl"]: part for part in listed["components"]}
    assert {purl.partition("/")[0] for purl in named} == {"pkg:pypi", "pkg:npm", "pkg:generic"}
    return {purl: part for purl, part in named.items() if purl.startswith(f"pkg:{kind}/")}


def test_parts_list_names_what_runs_at_a_persons_and_what_of_it_is_optional(
    files: dict[str, bytes],
) -> None:
    python = components(files, "pypi")
    assert set(python) == locked_purls(files["requirements.txt"].decode())
    required = {purl for purl, part in python.items() if part["scope"] == "required"}
    assert required == locked_purls((ROOT / "requirements-runtime.txt").read_text("utf-8"))
    (page,) = components(files, "npm")
    assert page.startswith("pkg:npm/%40micropython/micropython-webassembly-pyscript@")


def test_parts_list_names_what_is_inside_the_images_with_licences(files: dict[str, bytes]) -> None:
    of_image = components(files, "generic").values()
    from_compiler = {"newlib", "libgcc"}
    unpacked = [part for part in of_image if part["name"] not in from_compiler]
    assert {part["name"] for part in unpacked} == {"micropython", "mbedtls", "pico-sdk", "tinyusb"}
    assert len(of_image) == len(unpacked) + len(from_compiler)
    named = {
        f"{part['hashes'][0]['content']}  {part['properties'][0]['value']}" for part in unpacked
    }
    assert named == set(image_parts.SOURCES.read_text("utf-8").splitlines())
    (micropython,) = (part for part in of_image if part["name"] == "micropython")
    inner = micropython["components"]
    assert "littlefs" in {part["name"] for part in inner}
    assert all(part["licenses"][0]["expression"] for part in (*of_image, *inner))
    assert all(f"_{part['version']}" in part["properties"][0]["value"] for part in unpacked)


def parts_inside(files: dict[str, bytes]) -> list[dict[str, Any]]:
    """Return the components that are inside images or page, and those within them."""
    outer = [*components(files, "generic").values(), *components(files, "npm").values()]
    return [*outer, *(inner for part in outer for inner in part.get("components", ()))]


def test_every_part_of_images_and_page_has_a_place_of_its_licence_text(
    files: dict[str, bytes],
) -> None:
    assert {part["name"] for part in parts_inside(files)} == set(image_parts.TEXTS)


@needs_sources
def test_every_part_of_images_and_page_has_its_licence_text_in_the_release(
    files: dict[str, bytes],
) -> None:
    blocks = files["LICENSES.txt"].decode().split(f"{licences.RULE}\n")
    own, *others = blocks
    assert (ROOT / "LICENSE").read_text("utf-8").strip() in own
    text_of: dict[str, str] = {}
    for block in others:
        names, _, text = block.partition(f"\n{licences.LINE}\n")
        assert len(text) > 200
        assert "Copyright" in text
        text_of |= {line.partition(",")[0]: text for line in names.splitlines()}
    listed = [f"{part['name']} {part.get('version', '')}".strip() for part in parts_inside(files)]
    assert set(listed) == set(text_of)
    for name, words in {
        "micropython 1.25.0": "Damien P. George",
        "mbedtls 3.6.6": "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION",
        "pico-sdk 2.1.1": "Raspberry Pi (Trading) Ltd.",
        "littlefs 2.8": "Copyright (c) 2022, The littlefs authors.",
        "re1.5": "Copyright 2007-2009 Russ Cox.",
        "newlib": "Red Hat Incorporated",
        "musl": "Rich Felker",
    }.items():
        assert words in text_of[name]
    assert "GNU GENERAL PUBLIC LICENSE" not in text_of["mbedtls 3.6.6"]
    assert len(set(text_of.values())) == len(others)


SECTION = re.compile(r"(?m)^ \S*\s+0x0*[12][0-9a-f]{7}\s+0x[1-9a-f][0-9a-f]* (\S+)$")
"""What a linker's map says of a section with bytes in flash or memory: the file it is from."""


@needs_sources
def test_images_have_nothing_of_a_project_whose_licence_is_not_named() -> None:
    maps = sorted(UNPACKED.parent.glob("pico*/firmware.elf.map"))
    if not maps:
        pytest.skip("no image is made here: make firmware")
    inner = {part.name for part in image_parts.WITHIN["micropython"]}
    for path in maps:
        linked = path.read_text("utf-8").partition("Linker script and memory map")[2]
        files = " ".join(SECTION.findall(linked))
        folders = set(re.findall(r"/micropython/lib/([^/ ]+)/", files))
        assert {"littlefs", "libm", "tinyusb"} <= folders
        assert folders <= {*inner, *image_parts.LICENCES, "libm"}  # fdlibm, and of musl
        assert set(re.findall(r"/(\w+)\.a\(", files)) <= {"libg", "libm", "libgcc"}


@needs_sources
def test_release_without_the_text_of_a_licence_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(build, "UNPACKED", tmp_path / "sources.txt")
    with pytest.raises(SystemExit, match=r"micropython.*licence is missing"):
        build.licences()
    monkeypatch.undo()
    monkeypatch.delitem(image_parts.TEXTS, "uzlib")
    with pytest.raises(SystemExit, match=r"uzlib's licence is missing"):
        build.licences()


def test_pins_have_their_names_in_the_same_order_in_each_build() -> None:
    script = (ROOT / "boards" / "make-image").read_text("utf-8")
    assert "\nexport PYTHONHASHSEED=0\n" in script.partition("quietly compile")[0]


@needs_sources
def test_versions_within_micropython_are_those_of_its_sources() -> None:
    versions = {part.name: part.version for part in image_parts.WITHIN["micropython"]}
    littlefs, oofatfs = (
        (UNPACKED / "lib" / name).read_text("utf-8", "replace")
        for name in ("littlefs/lfs2.h", "oofatfs/ff.h")
    )
    (number,) = re.findall(r"#define LFS2_VERSION 0x(\w+)", littlefs)
    assert versions["littlefs"] == f"{int(number[:4], 16)}.{int(number[4:], 16)}"
    assert f"Generic FAT Filesystem module  {versions['oofatfs']} " in oofatfs


@pytest.mark.parametrize("line", ["", "00  micropython_1.25.0.orig.tar.xz", f"{'0' * 64}  a b"])
def test_line_that_names_no_source_of_an_image_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="names no file"):
        list(image_parts.image_parts(f"{line}\n"))


def test_source_of_an_image_without_a_known_licence_is_refused() -> None:
    with pytest.raises(ValueError, match="licence of lwip"):
        list(image_parts.image_parts(f"{'0' * 64}  lwip_2.2.0.orig.tar.xz\n"))


def test_release_with_images_of_other_sources_is_refused(tmp_path: Path) -> None:
    unpacked = tmp_path / "sources.txt"
    for text in (None, "other\n"):
        if text:
            unpacked.write_text(text)
        with pytest.raises(SystemExit, match="image-sources"):
            build.check_image_sources(unpacked)
    shutil.copy(image_parts.SOURCES, unpacked)
    build.check_image_sources(unpacked)


def test_sums_name_each_file_but_their_own(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"2")
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / build.SUMS).write_text("old")
    expected = [
        f"{hashlib.sha256(data).hexdigest()}  {name}" for data, name in ((b"1", "a"), (b"2", "b"))
    ]
    assert build.sums(tmp_path).splitlines() == expected


def test_documents_name_every_file_of_a_release(files: dict[str, bytes]) -> None:
    page = (ROOT / "docs" / "release.md").read_text("utf-8")
    readme = (ROOT / "README.md").read_text("utf-8")
    section = readme.partition("\n## From a release\n")[2].partition("\n## ")[0]
    wheel, source = f"rollcase-{VERSION}-py3-none-any.whl", f"rollcase-{VERSION}.tar.gz"
    expected = {*files, *(image.name for image in build.images()), wheel, source, build.SUMS}
    table = page.partition("| file | ")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([\w.-]+\.\w+|SHA256SUMS)`", table)) == expected
    assert section.count(f"./{wheel}") == 2
