"""The report's photos: which are shown, and what is said of those that are not."""

from pathlib import Path

import pytest
from PIL import Image
from tests.host.report_pages import facts_of, read, report_of
from tests.host.ten_years import DAY, Life

from rollhost.database.archive import Archive
from rollhost.database.open import open_archive

pytestmark = pytest.mark.usefixtures("in_utc")


class TestPhotos:
    def test_photo_that_is_gone_or_changed_is_named(self, archive: Archive, home: Path) -> None:
        life = Life(archive, photos=home)
        for _ in range(3):
            life.photo("face")
            life.wait(DAY)
        files = sorted(home.glob("*.jpg"))
        files[0].unlink()
        Image.new("RGB", (30, 30)).save(files[1])
        files[2].write_bytes(b"no picture")
        found = read(report_of(home / "rollcase.db", life.unix))
        assert f"{files[0].name}: is no longer where it was" in found.text
        assert f"{files[1].name}: changed since it was noted" in found.text
        assert f"{files[2].name}: cannot be read as a picture" in found.text
        assert len(found.every("img")) == 1
        assert str(home) not in found.text

    def test_photo_says_how_long_after_a_session_it_was(self, archive: Archive, home: Path) -> None:
        life = Life(archive, photos=home)
        life.photo("face", "before it all")
        life.use()
        life.clean()
        life.wait(3 * DAY)
        life.photo("face")
        life.sync()
        found = read(report_of(home / "rollcase.db", life.unix))
        first, second = found.every("img")
        assert (first.attributes["alt"] or "").endswith("before any session")
        assert (second.attributes["alt"] or "").endswith("3 days after a session")
        assert "Compared: before any session; 3 days after a session." in found.text
        assert "best before a session" not in found.text

    def test_photos_before_a_session_are_compared(self, archive: Archive, home: Path) -> None:
        life = Life(archive, photos=home)
        for number in range(3):
            life.use()
            life.clean()
            life.photo("face", f"after {number}")
            life.wait(7 * DAY)
            life.photo("face", f"before {number + 1}")
            life.wait(DAY)
        life.use()
        life.clean()
        life.photo("face", "red")
        life.sync()
        with open_archive(home / "rollcase.db") as kept:
            (zone,) = facts_of(kept, life.unix).photos
        assert [photo.entry.text for photo in zone.pair] == ["before 1", "before 3"]
        assert len(zone.shown) == 7
        found = read(report_of(home / "rollcase.db", life.unix))
        assert "Compared: 7 days after a session; 7 days after a session." in found.text

    def test_pair_with_redness_of_a_session_says_so(self, archive: Archive, home: Path) -> None:
        life = Life(archive, photos=home)
        for _ in range(2):
            life.use()
            life.clean()
            life.photo("face")
            life.wait(8 * DAY)
        life.sync()
        found = read(report_of(home / "rollcase.db", life.unix))
        assert "Compared: 44 minutes after a session; 44 minutes after a session." in found.text
        assert "may show in a photo for three days. For comparing, a photo is best" in found.text

    def test_photos_of_both_orientations_have_one_scale(self, archive: Archive, home: Path) -> None:
        life = Life(archive, photos=home)
        life.photo("face")
        life.photo("face")
        life.sync()
        assert 'class="pair"' in report_of(home / "rollcase.db", life.unix)
        Image.new("RGB", (900, 1200)).save(sorted(home.glob("*.jpg"))[0])
        assert 'class="pair square"' in report_of(home / "rollcase.db", life.unix)
