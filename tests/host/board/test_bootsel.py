"""`host install --uf2`: onto the drive of a board in BOOTSEL mode, and onto nothing else."""

import json
import os
import struct
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from boards.uf2 import FAMILIES, uf2
from tests.conftest import Host
from tests.host.complaints import complaint, sentence_and_step
from tests.host.scripted_case import DEVICE, ScriptedCase

from rollcore import VERSION
from rollhost.board import bootsel
from rollhost.case.discovery import bootsel_boards
from rollhost.case.virtual_ports import announce
from rollhost.cli.main import main
from rollhost.commands import install as command
from rollhost.errors import NoCaseFound, RollcaseError, SeveralCases

PICO = b"UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n"
PICO2 = b"UF2 Bootloader v1.0\r\nModel: Raspberry Pi RP2350\r\nBoard-ID: RP2350\r\n"
OTHER = b"UF2 Bootloader v3.6\r\nModel: Some Board\r\nBoard-ID: SAMD51\r\n"

FLASH = bytes(range(256)) * 5
RP2040, RP2350 = FAMILIES["rp2040"], FAMILIES["rp2350"]

Drive = Callable[..., Path]


@pytest.fixture
def drive(home: Path) -> Drive:
    """Mount the drive of a board; return where it is."""

    def mount(info: bytes = PICO, name: str = "media/me/RPI-RP2") -> Path:
        path = home / "root" / name
        path.mkdir(parents=True)
        (path / "INFO_UF2.TXT").write_bytes(info)
        (path / "INDEX.HTM").write_bytes(b"<html>")
        return path

    return mount


@pytest.fixture
def image(home: Path) -> Path:
    """An image for the Pico that is not ours."""
    path = home / "image.uf2"
    path.write_bytes(uf2(FLASH, RP2040))
    return path


def test_image_is_copied_to_the_drive(host: Host, drive: Drive, image: Path) -> None:
    where = drive()
    result = host("install", "--uf2", str(image), "--drive", str(where))
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        f"Raspberry Pi RP2, as a drive on {where}.",
        f"{image} (3 KB) is written.",
    ]
    assert (where / "ROLLCASE.UF2").read_bytes() == image.read_bytes()


def test_dry_run_writes_nothing(host: Host, drive: Drive, image: Path) -> None:
    where = drive()
    result = host("install", "--uf2", str(image), "--drive", str(where), "--dry-run")
    assert result.stdout.splitlines()[1] == f"{image} (3 KB) would be written to it."
    assert {path.name for path in where.iterdir()} == {"INFO_UF2.TXT", "INDEX.HTM"}


@pytest.mark.parametrize(
    "name", ["media/me/RPI-RP2", "media/RPI-RP2", "run/media/me/RPI-RP2", "Volumes/RPI-RP2"]
)
def test_drive_is_found_where_systems_mount_it(drive: Drive, home: Path, name: str) -> None:
    where = drive(name=name)
    found = bootsel.find_drive(system=home / "root")
    assert (found.path, found.chip) == (where, "rp2040")


def test_drive_is_found_by_its_letter_on_windows(
    drive: Drive, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stands for Windows: a drive is a letter. On Linux ``E:/`` is a folder of the present one."""
    monkeypatch.chdir(home)
    monkeypatch.setattr(sys, "platform", "win32")
    letter = home / "E:"
    letter.mkdir()
    (letter / "INFO_UF2.TXT").write_bytes(PICO2)
    found = bootsel.find_drive(system=home / "root")
    assert (found.path, found.chip) == (Path("E:"), "rp2350")
    assert bootsel_boards(home / "root") == ["E:"]


def test_restart_of_the_board_is_explained_on_macos(
    host_here: Host, drive: Drive, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stands for macOS, which complains that a drive is gone that it has not ejected."""
    monkeypatch.setattr(sys, "platform", "darwin")
    result = host_here("install", "--uf2", str(image), "--drive", str(drive()))
    assert "macOS may say that the disk was not ejected" in result.stderr


def test_two_drives_or_none_are_refused(drive: Drive, home: Path) -> None:
    with pytest.raises(NoCaseFound, match="There is no board in BOOTSEL mode"):
        bootsel.find_drive(system=home / "root")
    drive()
    drive(PICO2, "media/me/RP2350")
    with pytest.raises(SeveralCases, match="There are 2 boards in BOOTSEL mode"):
        bootsel.find_drive(system=home / "root")


def test_drive_that_is_not_mounted_is_explained(home: Path) -> None:
    device = home / "root/sys/bus/usb/devices/1-2"
    device.mkdir(parents=True)
    (device / "idVendor").write_text("2e8a\n")
    (device / "idProduct").write_text("0003\n")
    with pytest.raises(NoCaseFound, match="its drive is not mounted") as caught:
        bootsel.find_drive(system=home / "root")
    assert "udisksctl mount" in caught.value.hint


def test_folder_that_is_no_bootsel_drive_is_refused(host: Host, home: Path, image: Path) -> None:
    result = host("install", "--uf2", str(image), "--drive", str(home))
    assert "it has no INFO_UF2.TXT" in complaint(result, 2)[0]
    assert not (home / "ROLLCASE.UF2").exists()


def test_board_with_another_chip_is_refused(host: Host, drive: Drive, image: Path) -> None:
    where = drive(OTHER)
    result = host("install", "--uf2", str(image), "--drive", str(where))
    assert "is a Some Board (SAMD51), and Rollcase does not run on that" in complaint(result, 2)[0]


def test_text_from_a_drive_is_shown_without_control_characters(
    host: Host, drive: Drive, image: Path
) -> None:
    where = drive(b"Model: \x1b[2Jboo\r\nBoard-ID: \x1b[31mX\r\n")
    result = host("install", "--uf2", str(image), "--drive", str(where))
    assert "\x1b" not in complaint(result, 2)[0]


def with_first_word(number: int) -> bytes:
    """Return an image whose second block has another word at its beginning."""
    raw = bytearray(uf2(FLASH, RP2040))
    struct.pack_into("<I", raw, 512, number)
    return bytes(raw)


def with_address(address: int) -> bytes:
    """Return an image whose blocks are for another place."""
    raw = bytearray(uf2(FLASH, RP2040))
    for at in range(0, len(raw), 512):
        struct.pack_into("<I", raw, at + 12, address + at // 2)
    return bytes(raw)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is for no chip, and the board has an RP2040"),
        (b"MZ" * 1000, "is no UF2 image, or not all of one"),
        (uf2(FLASH, RP2040)[:-512], "is no UF2 image, or not all of one"),
        (uf2(FLASH, RP2040)[:-1], "is no UF2 image, or not all of one"),
        (uf2(FLASH, RP2040)[512:], "is no UF2 image, or not all of one"),
        (with_first_word(0), "is no UF2 image, or not all of one"),
        (with_address(0x20000000), "is not an image for the flash"),
        (uf2(FLASH, RP2350), "is for RP2350, and the board has an RP2040"),
        (uf2(FLASH, 0x12345678), "is for another chip, and the board has an RP2040"),
    ],
    ids=["empty", "text", "short", "cut", "headless", "damaged", "in RAM", "RP2350", "another"],
)
def test_file_that_is_no_image_for_the_board_is_refused(
    host: Host, drive: Drive, image: Path, content: bytes, said: str
) -> None:
    where = drive()
    image.write_bytes(content)
    result = host("install", "--uf2", str(image), "--drive", str(where))
    assert f"{image} {said}." == complaint(result, 2)[0]
    assert not (where / "ROLLCASE.UF2").exists()


def test_image_for_the_rp2350_begins_with_a_block_of_its_own(drive: Drive, image: Path) -> None:
    found = bootsel.find_drive(drive(PICO2))
    first = bytearray(uf2(bytes(256), bootsel.ABSOLUTE))
    struct.pack_into("<3I", first, 12, 0x10FFFF00, 256, 0)
    struct.pack_into("<I", first, 24, 2)
    image.write_bytes(bytes(first) + uf2(FLASH, RP2350))
    assert bootsel.read_image(image, found).data == image.read_bytes()


def test_missing_image_is_refused(host: Host, drive: Drive, home: Path) -> None:
    result = host("install", "--uf2", str(home / "none.uf2"), "--drive", str(drive()))
    assert "none.uf2 cannot be read: No such file or directory" in complaint(result, 2)[0]


def test_board_without_an_image_of_ours_is_refused(host: Host, drive: Drive) -> None:
    where = drive(PICO2)
    result = host("install", "--drive", str(where), "--board", "pico2_w", "--uf2")
    assert complaint(result, 2)[0] == "There is no image for the board pico2_w here."


def test_drive_that_disappears_is_reported(
    drive: Drive, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = bootsel.find_drive(drive())
    read = bootsel.read_image(image, found)
    monkeypatch.setattr(bootsel, "WRITTEN_AT_ONCE", 1024)
    synced: list[int] = []

    def fsync(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == fails_at:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)
    fails_at = 2
    with pytest.raises(RollcaseError, match="did not take the image: Input/output error"):
        bootsel.write(read, found, lambda done, total: None)
    # With its last block the board starts the image, and the drive is no more.
    synced.clear()
    fails_at = -(-len(read.data) // 1024)
    bootsel.write(read, found, lambda done, total: None)


def test_case_with_our_own_image_has_to_greet(
    host: Host,
    drive: Drive,
    image: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(command, "BACK_S", 0.05)
    image.write_bytes(uf2(FLASH + b"Rollcase on a Pico with RP2040", RP2040))
    assert main(["install", "--uf2", str(image), "--drive", str(drive())]) == 1
    assert sentence_and_step(capsys.readouterr().err)[0] == (
        "The firmware is on the board, but no case answers."
    )


def test_case_that_starts_from_the_image_says_what_its_lamp_shows(
    home: Path,
    drive: Drive,
    image: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    image.write_bytes(uf2(FLASH + b"Rollcase on a Pico with RP2040", RP2040))
    fsync = os.fsync
    with ScriptedCase(home / "case") as case, ExitStack() as plugged_in:

        def start_with_the_last_block(file: int) -> None:
            fsync(file)
            if os.fstat(file).st_size == image.stat().st_size:
                plugged_in.enter_context(announce(case.port))

        monkeypatch.setattr(os, "fsync", start_with_the_last_block)
        assert main(["install", "--uf2", str(image), "--drive", str(drive()), "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert document["lamp"] == (
            "blue, slow (prepare), and a short blue blink: its clock is not set"
        )
        plugged_in.close()
        assert main(["install", "--uf2", str(image), "--drive", str(drive(name="2"))]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[-2:] == [
        f"Case {DEVICE[-6:]} answers, with firmware {VERSION}.",
        f"Its lamp shows: {document['lamp']}.",
    ]
    assert "boards/power-up.md" in said.err
