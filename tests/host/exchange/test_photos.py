"""Photos: what is noted of one, what a report gets of it, and that the file stays as it was."""

import hashlib
import io
import json
import os
import random
import sqlite3
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin
from tests.conftest import Host
from tests.host.commands.test_entries import run_main
from tests.host.complaints import complaint, sentence_and_step

from rollcore.policy import Policy, for_needle, numbers_of
from rollhost.database import open
from rollhost.database.diary import MAX_TEXT
from rollhost.exchange import photos
from rollhost.exchange.photos import PhotoError, examine, picture, whereabouts

HostJson = Callable[..., dict[str, Any]]

NOW = "2026-11-20T20:00:00Z"
SECRET = b"Canary Street 7"
"""What is in every kind of metadata of a test's pictures, and nowhere in a report."""

TOP_LEFT, TOP_RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT = (
    (250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0),
)  # fmt: skip


@pytest.fixture(autouse=True)
def now(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be one moment for every command."""
    monkeypatch.setenv("ROLLCASE_NOW", NOW)


def four_corners(width: int = 320, height: int = 240) -> Image.Image:
    """Return a picture with a colour of its own in each quarter."""
    image = Image.new("RGB", (width, height), BOTTOM_RIGHT)
    image.paste(TOP_LEFT, (0, 0, width // 2, height // 2))
    image.paste(TOP_RIGHT, (width // 2, 0, width, height // 2))
    image.paste(BOTTOM_LEFT, (0, height // 2, width // 2, height))
    return image


def corners(jpeg: bytes) -> list[tuple[int, ...]]:
    """Return the colours of a picture's quarters: top left, top right, bottom left, bottom right"""
    image = Image.open(io.BytesIO(jpeg))
    width, height = image.size
    found = []
    for y in (height // 4, height * 3 // 4):
        for x in (width // 4, width * 3 // 4):
            pixel = image.getpixel((x, y))
            assert isinstance(pixel, tuple)
            found.append(pixel)
    return found


def is_like(found: list[tuple[int, ...]], wanted: list[tuple[int, int, int]]) -> bool:
    """Say whether colours are the same, but for what JPEG does to them."""
    return all(
        abs(one - other) < 24
        for pixel, right in zip(found, wanted, strict=True)
        for one, other in zip(pixel, right, strict=True)
    )


def metadata(taken: str = "", offset: str = "", orientation: int = 1) -> Image.Exif:
    """Return EXIF with a camera, a place, and a date where one is given."""
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()  # ImageDescription
    exif[0x0112] = orientation
    inner = exif.get_ifd(0x8769)
    if taken:
        inner[0x9003] = taken
    if offset:
        inner[0x9011] = offset
    gps = exif.get_ifd(0x8825)
    gps |= {1: "N", 2: (47.0, 22.0, 7.5), 3: "E", 4: (8.0, 32.0, 30.25), 29: "2026:11:03"}
    return exif


def photo(path: Path, exif: Image.Exif | None = None, **more: Any) -> Path:
    """Write a photo with metadata."""
    four_corners().save(path, exif=exif or metadata(), **more)
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class TestExamine:
    @pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
    def test_it_says_digest_and_size(self, tmp_path: Path, name: str) -> None:
        path = photo(tmp_path / name)
        found = examine(path)
        assert found == photos.Photo(digest(path), None, 320, 240)

    @pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_the_size_is_that_of_the_picture_as_it_is_looked_at(
        self, tmp_path: Path, name: str, orientation: int
    ) -> None:
        found = examine(photo(tmp_path / name, metadata(orientation=orientation)))
        assert (found.width, found.height) == ((240, 320) if orientation > 4 else (320, 240))

    @pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
    def test_the_camera_s_date_counts_in_its_own_zone(self, tmp_path: Path, name: str) -> None:
        found = examine(photo(tmp_path / name, metadata("2026:11:03 09:00:00", "+02:00")))
        assert found.taken == 1793689200  # 07:00 UTC

    def test_an_offset_may_be_west(self, tmp_path: Path) -> None:
        found = examine(photo(tmp_path / "a.jpg", metadata("2026:11:03 09:00:00", "-03:30")))
        assert found.taken == 1793689200 + 5 * 3600 + 1800

    @pytest.mark.parametrize("offset", ["", "   :  ", "+2", "later"])
    def test_without_an_offset_it_is_the_local_time(
        self, tmp_path: Path, local: Callable[[str], None], offset: str
    ) -> None:
        path = photo(tmp_path / "a.jpg", metadata("2026:11:03 09:00:00", offset))
        local("America/New_York")
        assert examine(path).taken == 1793714400  # 14:00 UTC

    @pytest.mark.parametrize(
        "taken", ["", "0000:00:00 00:00:00", "2026:13:03 09:00:00", "yesterday", "    :  :  "]
    )
    def test_a_date_that_is_none_is_none(self, tmp_path: Path, taken: str) -> None:
        assert examine(photo(tmp_path / "a.jpg", metadata(taken))).taken is None

    def test_metadata_that_is_broken_does_not_matter(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jpg"
        four_corners().save(path, exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xee" * 40)
        assert examine(path).taken is None
        assert is_like(
            corners(picture(path, "", 100).jpeg), [TOP_LEFT, TOP_RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT]
        )

    def test_a_turn_is_read_where_the_rest_of_the_metadata_is_broken(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jpg"
        exif = bytearray(metadata(orientation=6).tobytes())
        description = exif.index(struct.pack(">HH", 0x010E, 2))
        exif[description + 3] = 12  # its text is called a fraction
        four_corners().save(path, exif=bytes(exif))
        found = examine(path)
        assert (found.width, found.height) == (240, 320)
        assert picture(path, "", 320).height == 320

    def test_a_photo_with_more_than_one_picture_is_its_first(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jpg"
        second = Image.new("RGB", (64, 64))
        four_corners().save(path, "MPO", save_all=True, append_images=[second])
        assert (examine(path).width, examine(path).height) == (320, 240)


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Return what sets this process's time zone."""

    def set_zone(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield set_zone
    monkeypatch.undo()
    time.tzset()


class TestPicture:
    def test_it_is_small_enough_and_keeps_its_shape(self, tmp_path: Path) -> None:
        path = photo(tmp_path / "a.jpg")
        found = picture(path, digest(path), 100)
        assert (found.width, found.height, found.changed) == (100, 75, False)
        image = Image.open(io.BytesIO(found.jpeg))
        assert (image.format, image.size, image.mode) == ("JPEG", (100, 75), "RGB")

    def test_it_is_never_enlarged(self, tmp_path: Path) -> None:
        found = picture(photo(tmp_path / "a.jpg"), "", 5000)
        assert (found.width, found.height) == (320, 240)

    @given(
        width=st.integers(1, 60), height=st.integers(1, 60), longest=st.integers(1, 80),
        orientation=st.integers(1, 8),
    )  # fmt: skip
    def test_any_shape_fits(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        width: int,
        height: int,
        longest: int,
        orientation: int,
    ) -> None:
        path = tmp_path_factory.getbasetemp() / "any.jpg"
        Image.new("RGB", (width, height)).save(path, exif=metadata(orientation=orientation))
        found = picture(path, "", longest)
        assert max(found.width, found.height) == min(longest, max(width, height))
        assert Image.open(io.BytesIO(found.jpeg)).size == (found.width, found.height)
        turned = orientation > 4
        if found.width != found.height:
            assert (found.width > found.height) == ((width > height) != turned)

    @pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_it_is_upright(self, tmp_path: Path, name: str, orientation: int) -> None:
        """Each of the eight ways in which a camera can be held, undone as EXIF defines them."""
        turned = {
            1: None,
            2: Image.Transpose.FLIP_LEFT_RIGHT,
            3: Image.Transpose.ROTATE_180,
            4: Image.Transpose.FLIP_TOP_BOTTOM,
            5: Image.Transpose.TRANSPOSE,
            6: Image.Transpose.ROTATE_90,  # to be turned back clockwise
            7: Image.Transpose.TRANSVERSE,
            8: Image.Transpose.ROTATE_270,
        }[orientation]
        as_held = four_corners() if turned is None else four_corners().transpose(turned)
        path = tmp_path / name
        as_held.save(path, exif=metadata(orientation=orientation))
        found = picture(path, "", 160)
        assert (found.width, found.height) == (160, 120)
        assert is_like(corners(found.jpeg), [TOP_LEFT, TOP_RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT])

    def test_nothing_but_the_picture_survives(self, tmp_path: Path) -> None:
        """Each kind of metadata, in each format that can hold it."""
        notes = PngImagePlugin.PngInfo()
        notes.add_text("Comment", SECRET.decode())
        notes.add_itxt("XML:com.adobe.xmp", SECRET.decode())
        xmp = b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
        profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
        paths = [
            photo(tmp_path / "a.jpg", metadata("2026:11:03 09:00:00", "+02:00", 6),
                  comment=SECRET, xmp=xmp, dpi=(321, 321), icc_profile=bytes(profile)),
            photo(tmp_path / "a.png", metadata("2026:11:03 09:00:00"), pnginfo=notes,
                  dpi=(321, 321), icc_profile=bytes(profile)),
            photo(tmp_path / "a.webp", metadata("2026:11:03 09:00:00"), xmp=xmp,
                  icc_profile=bytes(profile)),
        ]  # fmt: skip
        for path in paths:
            assert SECRET in path.read_bytes() or path.suffix == ".png", path
            gps = Image.open(path).getexif().get_ifd(0x8825)
            assert gps[2] == (47.0, 22.0, 7.5), path
            found = picture(path, "", 5000).jpeg
            assert segments(found) <= {"DQT", "SOF0", "DHT", "SOS", "APP0"}, path
            image = Image.open(io.BytesIO(found))
            assert not dict(image.getexif()), path
            assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}, path
            assert image.info["jfif_density"] == (1, 1), path
            assert SECRET not in found, path

    def test_the_same_file_gives_the_same_bytes(self, tmp_path: Path) -> None:
        path = photo(tmp_path / "a.jpg")
        first = picture(path, "", 100)
        assert picture(path, "", 100) == first
        os.utime(path, (0, 0))
        other = tmp_path / "b.jpg"
        other.write_bytes(path.read_bytes())
        assert picture(other, "", 100) == first

    def test_a_lower_quality_is_smaller(self, tmp_path: Path) -> None:
        path = tmp_path / "a.png"
        noise = random.Random(1).randbytes(3 * 200 * 200)
        Image.frombytes("RGB", (200, 200), noise).save(path)
        sizes = [len(picture(path, "", 200, quality).jpeg) for quality in (30, 75, 90)]
        assert sizes == sorted(set(sizes))
        assert picture(path, "", 200) == picture(path, "", 200, 75)

    @pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
    def test_what_is_transparent_is_white(self, tmp_path: Path, mode: str) -> None:
        path = tmp_path / "a.png"
        if mode == "P":
            image = Image.new("P", (40, 40), 3)
            image.putpalette([0] * 9 + [10, 20, 30])
            image.save(path, transparency=3)
        else:
            Image.new(mode, (40, 40), (0, 0, 0, 0) if mode == "RGBA" else (0, 0)).save(path)
        assert set(corners(picture(path, "", 40).jpeg)) == {(255, 255, 255)}

    @pytest.mark.parametrize(
        "mode", ["1", "L", "P", "RGB", "I;16", "CMYK"], ids=lambda mode: mode.replace(";", "")
    )
    def test_every_mode_of_a_picture_is_taken(self, tmp_path: Path, mode: str) -> None:
        path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
        Image.new(mode, (40, 40), 0).save(path)
        assert picture(path, "", 20).width == 20

    def test_colours_of_a_wide_profile_stay_what_they_look_like(self, tmp_path: Path) -> None:
        """Red and green change places in this profile, as no camera's would."""
        path = tmp_path / "a.png"
        four_corners().save(path, icc_profile=swapped_profile())
        found = corners(picture(path, "", 320).jpeg)
        assert found[0][1] > found[0][0] + 100
        assert found[1][0] > found[1][1] + 100

    def test_a_broken_profile_says_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "a.png"
        four_corners().save(path, icc_profile=b"no profile" * 20)
        found = corners(picture(path, "", 320).jpeg)
        assert is_like(found, [TOP_LEFT, TOP_RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT])

    def test_another_file_in_its_place_is_shown_and_called_changed(self, tmp_path: Path) -> None:
        path = photo(tmp_path / "a.jpg")
        noted = digest(path)
        assert not picture(path, noted, 100).changed
        photo(path, metadata("2026:11:03 09:00:00"))
        assert picture(path, noted, 100).changed


def segments(jpeg: bytes) -> set[str]:
    """Return the names of a JPEG's segments up to its picture data."""
    names = {0xC0: "SOF0", 0xC2: "SOF2", 0xC4: "DHT", 0xDA: "SOS", 0xDB: "DQT", 0xFE: "COM"}
    found, at = set(), 2
    while True:
        marker, length = jpeg[at + 1], struct.unpack_from(">H", jpeg, at + 2)[0]
        name = f"APP{marker - 0xE0}" if 0xE0 <= marker <= 0xEF else names.get(marker, hex(marker))
        found.add(name)
        if name == "SOS":
            return found
        at += 2 + length


def swapped_profile() -> bytes:
    """Return the sRGB profile with the red and the green colorant under each other's names."""
    raw = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = raw.index(b"rXYZ"), raw.index(b"gXYZ")
    raw[red : red + 4], raw[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(raw)


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that claims any size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def heif(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic" + bytes(200)


def truncated(path: Path, share: float = 0.5) -> bytes:
    """Return the first part of a photo that is worth truncating."""
    noise = Image.frombytes("RGB", (300, 300), random.Random(2).randbytes(3 * 300 * 300))
    noise.save(path)
    raw = path.read_bytes()
    return raw[: int(len(raw) * share)]


def bad_files(folder: Path) -> dict[str, tuple[Path, str]]:
    """Make what is no photo; return each with a word of the complaint about it."""
    made: dict[str, tuple[bytes, str]] = {
        "empty.jpg": (b"", "is no picture"),
        "text.jpg": (b"hello, world\n" * 50, "is no picture"),
        "page.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is no picture"),
        "post.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is no picture"),
        "film.mp4": (b"\0\0\0\x18ftypisom" + bytes(100), "is no picture"),
        "a.heic": (heif(b"heic"), "HEIC"),
        "b.heic": (heif(b"mif1"), "HEIC"),
        "a.avif": (heif(b"avif"), "AVIF"),
        "huge.png": (bomb(100_000, 100_000), "too large"),
        "large.png": (bomb(11_000, 10_001), "too large"),
        "old.tif": (b"II*\0\x08\0\0\0" + bytes(100), "is no picture"),
        "head.jpg": (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "damaged"),
        "sum.png": (bomb(300, 300).replace(b"\x08\x02", b"\x08\x03"), "damaged"),
        "head.png": (bomb(1, 1)[:20], "damaged"),
        "short.png": (bomb(300, 300), "damaged"),
    }
    for suffix in ("jpg", "png", "webp"):
        made[f"torn.{suffix}"] = (truncated(folder / f"t.{suffix}"), "damaged")
    found = {}
    for name, (raw, word) in made.items():
        (folder / name).write_bytes(raw)
        found[name] = (folder / name, word)
    (folder / "album").mkdir()
    return found | {
        "missing": (folder / "missing.jpg", "There is no file"),
        "in a file": (folder / "text.jpg" / "a.jpg", "There is no file"),
        "folder": (folder / "album", "is a folder"),
    }


def test_what_is_no_photo_is_said_in_a_sentence(tmp_path: Path) -> None:
    for name, (path, word) in bad_files(tmp_path).items():
        for look in (examine, lambda path: picture(path, "", 100)):
            with pytest.raises(PhotoError) as caught:
                look(path)
            assert word in caught.value.sentence, name
            assert caught.value.sentence.endswith(".")
            assert caught.value.hint, name


def test_what_the_decoder_minds_is_not_passed_on(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(bomb(10_000, 10_000))  # large, and not too large
    with pytest.raises(PhotoError, match="damaged"):
        examine(path)
    assert not recwarn.list


def test_a_device_is_no_photo() -> None:
    with pytest.raises(PhotoError, match="ordinary"):
        examine(Path(os.devnull))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PhotoError, match="ordinary"):
        examine(tmp_path / "pipe")
    assert whereabouts(tmp_path / "pipe", "") == photos.CHANGED


def test_a_name_is_never_printed_raw(tmp_path: Path) -> None:
    with pytest.raises(PhotoError) as caught:
        examine(tmp_path / "\x1b[2J\n.jpg")
    assert caught.value.sentence.isprintable()


def test_a_name_that_no_file_can_have_is_of_none(tmp_path: Path) -> None:
    """Such as an import may bring."""
    with pytest.raises(PhotoError, match="There is no file"):
        picture(Path("a\0b"), "", 100)
    assert whereabouts(Path("a\0b"), "") == photos.GONE


@given(damage=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=30),
       kind=st.sampled_from(["jpg", "png", "webp"]))  # fmt: skip
def test_damage_is_read_over_or_said(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, int]], kind: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"damaged.{kind}"
    photo(path, metadata("2026:11:03 09:00:00", orientation=6))
    raw = bytearray(path.read_bytes())
    for at, value in damage:
        raw[at % len(raw)] = value
    path.write_bytes(raw)
    with suppress(PhotoError):
        examine(path)
        picture(path, "", 50)


def taken_as(folder: Path) -> list[str]:
    """Return what is in a folder and its files' bytes."""
    return sorted(f"{one.name} {digest(one)}" for one in folder.iterdir())


def rows(home: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(home / "rollcase.db") as database:
        return database.execute("SELECT * FROM entries WHERE kind <> 'policy'").fetchall()


def know_two_zones(home: Path) -> None:
    """Make a database whose rules name face and neck."""
    rules = Policy(numbers_of(for_needle(500).changed(revision=1)), ("face", "neck"))
    with open.open_archive(home / "rollcase.db", create=True) as opened, opened.transaction():
        opened.pend_policy(opened.keep_case("5c1f0a2b3c4d5e6f", "pico", "0.1.0"), rules)


class TestCommand:
    @pytest.fixture
    def album(self, tmp_path: Path) -> Path:
        folder = tmp_path / "album"
        folder.mkdir()
        return folder

    def test_the_camera_s_date_is_taken_and_said(self, host: Host, album: Path) -> None:
        photo(album / "a.jpg", metadata("2026:11:19 21:40:00", "+00:00"))
        before = taken_as(album)
        result = host("photo", str(album / "a.jpg"), "left", "cheek")
        assert result.stderr == ""
        assert result.stdout.splitlines() == [
            "Written down: a photo, face, taken yesterday 21:40 (the camera's date): left cheek.",
            "It stays where it is, and is shown in the report.",
        ]
        assert taken_as(album) == before

    def test_json_has_where_it_is_and_what_it_was(self, host_json: HostJson, album: Path) -> None:
        path = photo(album / "a.jpg", metadata("2026:11:19 21:40:00", "+00:00"))
        assert host_json("photo", str(path), "left cheek") == {
            "schema_version": 1,
            "entry": {
                "kind": "photo",
                "at": "2026-11-19T21:40:00+00:00",
                "zone": "face",
                "path": str(path),
                "sha256": digest(path),
                "text": "left cheek",
                "written": "2026-11-20T20:00:00+00:00",
            },
            "dated_by": "camera",
        }

    def test_a_date_that_is_given_counts_more(self, host_json: HostJson, album: Path) -> None:
        path = photo(album / "a.jpg", metadata("2026:11:19 21:40:00", "+00:00"))
        document = host_json("photo", str(path), "--at", "2026-11-10 08:00")
        assert document["entry"]["at"] == "2026-11-10T08:00:00+00:00"
        assert document["dated_by"] == "you"

    def test_a_time_of_day_after_its_date_belongs_to_it(
        self, host_json: HostJson, album: Path
    ) -> None:
        path = photo(album / "a.jpg")
        entry = host_json("photo", str(path), "--at", "2026-11-18", "7:30", "hot")["entry"]
        assert (entry["at"], entry["text"]) == ("2026-11-18T07:30:00+00:00", "hot")

    @pytest.mark.parametrize(
        "taken", ["", "2019:12:31 23:59:59", "2026:11:20 20:00:01", "2099:01:01 00:00:00"]
    )
    def test_a_date_that_cannot_be_right_is_now(
        self, host_json: HostJson, album: Path, taken: str
    ) -> None:
        document = host_json("photo", str(photo(album / "a.jpg", metadata(taken, "+00:00"))))
        assert document["entry"]["at"] == "2026-11-20T20:00:00+00:00"
        assert document["dated_by"] == "clock"

    def test_a_date_that_was_put_aside_is_said(self, host: Host, album: Path) -> None:
        none = host("photo", str(photo(album / "a.jpg")))
        assert "today 20:00 (now: the photo has no date)" in none.stdout
        wrong = host("photo", str(photo(album / "b.jpg", metadata("2099:01:01 00:00:00"))))
        assert "today 20:00 (now: the photo has a date that cannot be right)" in wrong.stdout

    def test_a_link_is_followed_to_the_file(
        self, host: Host, host_json: HostJson, album: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = photo(album / "a.jpg")
        (album / "link.jpg").symlink_to(path)
        monkeypatch.chdir(album)
        assert host_json("photo", "link.jpg")["entry"]["path"] == str(path)

    def test_they_are_listed_by_when_they_were(
        self, host: Host, host_json: HostJson, album: Path
    ) -> None:
        know_two_zones(album.parent)
        for name, when, zone in (("b", "1d", "neck"), ("a", "3d", "face"), ("c", "2d", "face")):
            path = photo(album / f"{name}.jpg", comment=name)
            assert host("photo", str(path), name, "--at", when, "--zone", zone).returncode == 0
        assert host("photo", str(photo(album / "d.jpg"))).returncode == 0
        (album / "a.jpg").unlink()
        photo(album / "c.jpg", comment="another")
        assert host("photo").stdout.splitlines() == [
            "2026-11-17 20:00  a.jpg, face: a",
            f"                  gone: it is no longer at {album / 'a.jpg'}",
            "2026-11-18 20:00  c.jpg, face: c",
            f"                  changed since then: {album / 'c.jpg'}",
            "2026-11-19 20:00  b.jpg, neck: b",
            "2026-11-20 20:00  d.jpg",
        ]
        found = host_json("photo")["photos"]
        assert [(Path(one["path"]).name, one["zone"], one["file"]) for one in found] == [
            ("a.jpg", "face", "gone"),
            ("c.jpg", "face", "changed"),
            ("b.jpg", "neck", "there"),
            ("d.jpg", None, "there"),
        ]

    def test_none_is_said_too(self, host: Host) -> None:
        assert host("note", "x").returncode == 0
        assert host("photo").stdout == "No photo was noted yet.\n"

    def test_a_name_with_bytes_that_are_no_text_is_taken_and_shown_harmless(
        self, host: Host, host_json: HostJson, album: Path
    ) -> None:
        path = os.fsdecode(os.fsencode(album) + b"/\xff\x1b[2J\n.jpg")
        photo(album / "a.jpg").rename(path)
        assert host("photo", path, "--at", "1h").returncode == 0
        (line,) = host("photo").stdout.splitlines()
        assert line.isprintable()
        assert host_json("photo")["photos"][0]["file"] == "there"

    def test_a_photo_is_noted_once_for_a_zone(self, host: Host, album: Path) -> None:
        know_two_zones(album.parent)
        path = photo(album / "a.jpg", metadata("2026:11:19 21:40:00"))
        copy = album / "copy.jpg"
        copy.write_bytes(path.read_bytes())
        assert host("photo", str(path), "--zone", "face").returncode == 0
        before = rows(album.parent)
        sentence, step = complaint(host("photo", str(copy), "--zone", "face"), 2)
        assert sentence == "This photo is there already, face, taken yesterday 21:40."
        assert step == "Nothing was written down."
        path.unlink()
        _, step = complaint(host("photo", str(copy), "--zone", "face"), 2)
        assert step == f"It was at {path}: put it back there."
        assert rows(album.parent) == before
        assert host("photo", str(copy), "--zone", "neck").returncode == 0

    def test_a_bad_file_makes_no_database(
        self, home: Path, album: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name, (path, word) in bad_files(album).items():
            code, out, err = run_main(capsys, ["photo", str(path)])
            assert (code, out) == (1, ""), name
            assert word in sentence_and_step(err)[0], name
        assert not (home / "rollcase.db").exists()

    @pytest.mark.parametrize(
        "argv",
        [
            ["--zone", "knee"],
            ["--at", "tomorrow"],
            ["--at", "2026-11-20 20:01"],
            ["--at", "2019-12-31"],
            ["--at", "once"],
            ["x" * (MAX_TEXT + 1)],
        ],
        ids=lambda argv: " ".join(argv)[:30],
    )
    def test_bad_words_make_no_database(
        self, home: Path, album: Path, capsys: pytest.CaptureFixture[str], argv: list[str]
    ) -> None:
        code, out, err = run_main(capsys, ["photo", str(photo(album / "a.jpg")), *argv])
        assert (code, out) == (2, "")
        sentence_and_step(err)
        assert not (home / "rollcase.db").exists()

    @pytest.mark.parametrize("argv", [["--at", "1d"], ["--zone", "face"]])
    def test_options_need_a_photo(self, host: Host, argv: list[str]) -> None:
        sentence, _ = complaint(host("photo", *argv), 2)
        assert sentence == "No photo was named."

    def test_a_file_that_may_not_be_read_is_said(
        self, host: Host, host_without_rights: Host, album: Path
    ) -> None:
        path = photo(album / "a.jpg")
        assert host("photo", str(path)).returncode == 0
        path.chmod(0)
        sentence, _ = complaint(host_without_rights("photo", str(path)))
        assert sentence == f"{path} cannot be read: Permission denied."
        listed = host_without_rights("photo", "--json")
        assert json.loads(listed.stdout)["photos"][0]["file"] == "unreadable"

    def test_a_photo_is_told_to_no_case(self, host: Host, host_json: HostJson, album: Path) -> None:
        know_two_zones(album.parent)
        assert host("photo", str(photo(album / "a.jpg"))).returncode == 0
        assert host_json("status")["cases"][0]["waiting"] == 0
