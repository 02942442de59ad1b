"""Photos: what is read of one, and what a report gets of it."""

import io
import os
import random
import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin
from tests.host.photo_files import (
    BOTTOM_LEFT,
    BOTTOM_RIGHT,
    SECRET,
    TOP_LEFT,
    TOP_RIGHT,
    bad_files,
    bomb,
    digest,
    four_corners,
    metadata,
    photo,
)
from tests.host.time_zones import Zone

from rollhost.exchange import photos
from rollhost.exchange.photos import PhotoError, examine, picture, whereabouts

NOW = "2026-11-20T20:00:00Z"


@pytest.fixture(autouse=True)
def now(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be one moment for every command."""
    monkeypatch.setenv("ROLLCASE_NOW", NOW)


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
        abs(value - other) < 24
        for pixel, right in zip(found, wanted, strict=True)
        for value, other in zip(pixel, right, strict=True)
    )


class TestExamine:
    @pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
    def test_examine_returns_digest_and_size(self, tmp_path: Path, name: str) -> None:
        path = photo(tmp_path / name)
        found = examine(path)
        assert found == photos.Photo(digest(path), None, 320, 240)

    @pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_photo_size_is_that_of_the_upright_picture(
        self, tmp_path: Path, name: str, orientation: int
    ) -> None:
        found = examine(photo(tmp_path / name, metadata(orientation=orientation)))
        assert (found.width, found.height) == ((240, 320) if orientation > 4 else (320, 240))

    @pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
    def test_date_of_the_camera_counts_in_its_own_time_zone(
        self, tmp_path: Path, name: str
    ) -> None:
        found = examine(photo(tmp_path / name, metadata("2026:11:03 09:00:00", "+02:00")))
        assert found.taken == 1793689200  # 07:00 UTC

    def test_utc_offset_of_a_photo_can_be_west(self, tmp_path: Path) -> None:
        found = examine(photo(tmp_path / "a.jpg", metadata("2026:11:03 09:00:00", "-03:30")))
        assert found.taken == 1793689200 + 5 * 3600 + 1800

    @pytest.mark.parametrize("offset", ["", "   :  ", "+2", "later"])
    def test_date_without_an_offset_is_local_time(
        self, tmp_path: Path, zone: Zone, offset: str
    ) -> None:
        path = photo(tmp_path / "a.jpg", metadata("2026:11:03 09:00:00", offset))
        zone("America/New_York")
        assert examine(path).taken == 1793714400  # 14:00 UTC

    @pytest.mark.parametrize(
        "taken", ["", "0000:00:00 00:00:00", "2026:13:03 09:00:00", "yesterday", "    :  :  "]
    )
    def test_invalid_date_of_a_photo_is_none(self, tmp_path: Path, taken: str) -> None:
        assert examine(photo(tmp_path / "a.jpg", metadata(taken))).taken is None

    def test_broken_metadata_is_ignored(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jpg"
        four_corners().save(path, exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xee" * 40)
        assert examine(path).taken is None
        assert is_like(
            corners(picture(path, "", 100).jpeg), [TOP_LEFT, TOP_RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT]
        )

    def test_orientation_is_read_even_if_other_metadata_is_broken(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jpg"
        exif = bytearray(metadata(orientation=6).tobytes())
        description = exif.index(struct.pack(">HH", 0x010E, 2))
        exif[description + 3] = 12  # its text is called a fraction
        four_corners().save(path, exif=bytes(exif))
        found = examine(path)
        assert (found.width, found.height) == (240, 320)
        assert picture(path, "", 320).height == 320

    def test_photo_with_several_pictures_is_its_first(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jpg"
        second = Image.new("RGB", (64, 64))
        four_corners().save(path, "MPO", save_all=True, append_images=[second])
        assert (examine(path).width, examine(path).height) == (320, 240)


class TestPicture:
    def test_picture_is_small_enough_and_keeps_its_shape(self, tmp_path: Path) -> None:
        path = photo(tmp_path / "a.jpg")
        found = picture(path, digest(path), 100)
        assert (found.width, found.height, found.changed) == (100, 75, False)
        image = Image.open(io.BytesIO(found.jpeg))
        assert (image.format, image.size, image.mode) == ("JPEG", (100, 75), "RGB")

    def test_picture_is_never_enlarged(self, tmp_path: Path) -> None:
        found = picture(photo(tmp_path / "a.jpg"), "", 5000)
        assert (found.width, found.height) == (320, 240)

    @given(
        width=st.integers(1, 60), height=st.integers(1, 60), longest=st.integers(1, 80),
        orientation=st.integers(1, 8),
    )  # fmt: skip
    def test_picture_of_any_shape_fits(
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
    def test_picture_is_upright(self, tmp_path: Path, name: str, orientation: int) -> None:
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

    def test_picture_keeps_no_metadata(self, tmp_path: Path) -> None:
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

    def test_same_photo_gives_the_same_bytes(self, tmp_path: Path) -> None:
        path = photo(tmp_path / "a.jpg")
        first = picture(path, "", 100)
        assert picture(path, "", 100) == first
        os.utime(path, (0, 0))
        other = tmp_path / "b.jpg"
        other.write_bytes(path.read_bytes())
        assert picture(other, "", 100) == first

    def test_lower_quality_makes_a_smaller_picture(self, tmp_path: Path) -> None:
        path = tmp_path / "a.png"
        noise = random.Random(1).randbytes(3 * 200 * 200)
        Image.frombytes("RGB", (200, 200), noise).save(path)
        sizes = [len(picture(path, "", 200, quality).jpeg) for quality in (30, 75, 90)]
        assert sizes == sorted(set(sizes))
        assert picture(path, "", 200) == picture(path, "", 200, 75)

    @pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
    def test_transparent_pixels_become_white(self, tmp_path: Path, mode: str) -> None:
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
    def test_every_image_mode_is_accepted(self, tmp_path: Path, mode: str) -> None:
        path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
        Image.new(mode, (40, 40), 0).save(path)
        assert picture(path, "", 20).width == 20

    def test_colours_of_a_wide_profile_keep_their_look(self, tmp_path: Path) -> None:
        """Red and green change places in this profile, as no camera's would."""
        path = tmp_path / "a.png"
        four_corners().save(path, icc_profile=swapped_profile())
        found = corners(picture(path, "", 320).jpeg)
        assert found[0][1] > found[0][0] + 100
        assert found[1][0] > found[1][1] + 100

    def test_broken_colour_profile_is_ignored(self, tmp_path: Path) -> None:
        path = tmp_path / "a.png"
        four_corners().save(path, icc_profile=b"no profile" * 20)
        found = corners(picture(path, "", 320).jpeg)
        assert is_like(found, [TOP_LEFT, TOP_RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT])

    def test_photo_replaced_by_another_file_is_shown_as_changed(self, tmp_path: Path) -> None:
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


def test_file_that_is_no_photo_is_refused_in_a_sentence(tmp_path: Path) -> None:
    for name, (path, word) in bad_files(tmp_path).items():
        for look in (examine, lambda path: picture(path, "", 100)):
            with pytest.raises(PhotoError) as caught:
                look(path)
            assert word in caught.value.sentence, name
            assert caught.value.sentence.endswith(".")
            assert caught.value.hint, name


def test_warnings_of_the_decoder_are_not_printed(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(bomb(10_000, 10_000))  # large, and not too large
    with pytest.raises(PhotoError, match="damaged"):
        examine(path)
    assert not recwarn.list


def test_device_is_no_photo() -> None:
    with pytest.raises(PhotoError, match="ordinary"):
        examine(Path(os.devnull))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files here")
def test_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PhotoError, match="ordinary"):
        examine(tmp_path / "pipe")
    assert whereabouts(tmp_path / "pipe", "") == photos.CHANGED


def test_photo_name_is_never_printed_raw(tmp_path: Path) -> None:
    with pytest.raises(PhotoError) as caught:
        examine(tmp_path / "\x1b[2J\n.jpg")
    assert caught.value.sentence.isprintable()


def test_name_that_no_file_can_have_is_a_missing_photo(tmp_path: Path) -> None:
    """Such as an import may bring."""
    with pytest.raises(PhotoError, match="There is no file"):
        picture(Path("a\0b"), "", 100)
    assert whereabouts(Path("a\0b"), "") == photos.GONE


@given(damage=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=30),
       kind=st.sampled_from(["jpg", "png", "webp"]))  # fmt: skip
def test_damaged_photo_is_read_or_refused(
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


def test_large_photo_is_decoded_no_larger_than_about_what_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    four_corners(3200, 2400).save(path)
    with path.open("rb") as file:
        small = photos._decoded(file, path, 300)
    with path.open("rb") as file:
        whole = photos._decoded(file, path)
    assert whole.size == (3200, 2400)
    assert 300 <= min(small.size) < max(small.size) <= 800
