"""The report's photos: which are shown, and what is said of those that are not."""

from pathlib import Path

import pytest
from PIL import Image
from tests.host.report_pages import read, report_of
from tests.host.ten_years import DAY, Life

from rollhost.database.archive import Archive

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
        first, second = read(report_of(home / "rollcase.db", life.unix)).every("img")
        assert (first.attributes["alt"] or "").endswith("before any session")
        assert (second.attributes["alt"] or "").endswith("3 days after a session")
