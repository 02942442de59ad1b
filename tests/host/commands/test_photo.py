"""``host photo``: where a photo is and when it was taken; its file stays as it is."""

import json
import os
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.complaints import complaint, sentence_and_step
from tests.host.photo_files import bad_files, digest, metadata, photo
from tests.host.run_host import run_main
from tests.host.writing_down import diary_rows, know_two_zones

from rollhost.database.diary import MAX_TEXT

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]


def taken_as(folder: Path) -> list[str]:
    """Return what is in a folder and its files' bytes."""
    return sorted(f"{file.name} {digest(file)}" for file in folder.iterdir())


class TestCommand:
    @pytest.fixture
    def album(self, tmp_path: Path) -> Path:
        folder = tmp_path / "album"
        folder.mkdir()
        return folder

    def test_date_of_the_camera_is_used_and_shown(self, host: Host, album: Path) -> None:
        photo(album / "a.jpg", metadata("2026:11:19 21:40:00", "+00:00"))
        before = taken_as(album)
        result = host("photo", str(album / "a.jpg"), "left", "cheek")
        assert result.stderr == ""
        assert result.stdout.splitlines() == [
            "Written down: a photo, face, taken yesterday 21:40 (the camera's date): left cheek.",
            "It stays where it is, and is shown in the report.",
        ]
        assert taken_as(album) == before

    def test_photo_json_has_path_and_digest(self, host_json: HostJson, album: Path) -> None:
        path = photo(album / "a.jpg", metadata("2026:11:19 21:40:00", "+00:00"))
        assert host_json("photo", str(path), "left cheek") == {
            "schema_version": 1,
            "entry": {
                "kind": "photo",
                "at": "2026-11-19T21:40:00+00:00",
                "day": None,
                "zone": "face",
                "path": str(path),
                "sha256": digest(path),
                "text": "left cheek",
                "written": "2026-11-20T20:00:00+00:00",
            },
            "dated_by": "camera",
            "after_session_s": None,
        }

    def test_typed_date_wins_over_the_date_of_the_camera(
        self, host_json: HostJson, album: Path
    ) -> None:
        path = photo(album / "a.jpg", metadata("2026:11:19 21:40:00", "+00:00"))
        document = host_json("photo", str(path), "--at", "2026-11-10 08:00")
        assert document["entry"]["at"] == "2026-11-10T08:00:00+00:00"
        assert document["dated_by"] == "you"

    def test_time_of_day_after_a_date_belongs_to_the_date(
        self, host_json: HostJson, album: Path
    ) -> None:
        path = photo(album / "a.jpg")
        entry = host_json("photo", str(path), "--at", "2026-11-18", "7:30", "hot")["entry"]
        assert (entry["at"], entry["text"]) == ("2026-11-18T07:30:00+00:00", "hot")

    @pytest.mark.parametrize(
        "taken", ["", "2019:12:31 23:59:59", "2026:11:20 20:00:01", "2099:01:01 00:00:00"]
    )
    def test_photo_with_an_impossible_date_is_dated_now(
        self, host_json: HostJson, album: Path, taken: str
    ) -> None:
        document = host_json("photo", str(photo(album / "a.jpg", metadata(taken, "+00:00"))))
        assert document["entry"]["at"] == "2026-11-20T20:00:00+00:00"
        assert document["dated_by"] == "clock"

    def test_ignored_date_of_the_camera_is_reported(self, host: Host, album: Path) -> None:
        none = host("photo", str(photo(album / "a.jpg")))
        assert "today 20:00 (now: the photo has no date)" in none.stdout
        wrong = host("photo", str(photo(album / "b.jpg", metadata("2099:01:01 00:00:00"))))
        assert "today 20:00 (now: the photo has a date that cannot be right)" in wrong.stdout

    def test_symlink_is_followed_to_the_photo(
        self, host: Host, host_json: HostJson, album: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = photo(album / "a.jpg")
        (album / "link.jpg").symlink_to(path)
        monkeypatch.chdir(album)
        assert host_json("photo", "link.jpg")["entry"]["path"] == str(path)

    def test_photos_are_listed_in_order_of_time(
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
        assert [(Path(noted["path"]).name, noted["zone"], noted["file"]) for noted in found] == [
            ("a.jpg", "face", "gone"),
            ("c.jpg", "face", "changed"),
            ("b.jpg", "neck", "there"),
            ("d.jpg", None, "there"),
        ]

    def test_photo_soon_after_a_session_is_met_with_when_one_is_best(
        self, host: Host, host_json: HostJson, album: Path
    ) -> None:
        assert host("clinic", "2026-11-20", "17:00", "--needle", "1.5").returncode == 0
        said = host("photo", str(photo(album / "a.jpg"))).stdout.splitlines()
        best = "For comparing, a photo is best before a session."
        assert said[2:] == [f"Taken 3 hours after a session. {best}"]
        before = photo(album / "b.jpg", comment="before")
        assert best not in host("photo", str(before), "--at", "2026-11-19 8:00").stdout
        later = photo(album / "c.jpg", comment="later")
        document = host_json("photo", str(later), "--at", "2026-11-20 18:00")
        assert document["after_session_s"] == 3600

    def test_empty_list_of_photos_is_reported(self, host: Host) -> None:
        assert host("note", "x").returncode == 0
        assert host("photo").stdout == (
            "No photo was noted yet. For comparing, a photo is best before a session.\n"
        )

    def test_photo_name_with_bytes_that_are_no_text_is_accepted_and_shown_harmlessly(
        self, host: Host, host_json: HostJson, album: Path
    ) -> None:
        path = os.fsdecode(os.fsencode(album) + b"/\xff\x1b[2J\n.jpg")
        photo(album / "a.jpg").rename(path)
        assert host("photo", path, "--at", "1h").returncode == 0
        (line,) = host("photo").stdout.splitlines()
        assert line.isprintable()
        assert host_json("photo")["photos"][0]["file"] == "there"

    def test_photo_is_noted_once_per_zone(self, host: Host, album: Path) -> None:
        know_two_zones(album.parent)
        path = photo(album / "a.jpg", metadata("2026:11:19 21:40:00"))
        copy = album / "copy.jpg"
        copy.write_bytes(path.read_bytes())
        assert host("photo", str(path), "--zone", "face").returncode == 0
        before = diary_rows(album.parent)
        sentence, step = complaint(host("photo", str(copy), "--zone", "face"), 2)
        assert sentence == "This photo is there already, face, taken yesterday 21:40."
        assert step == "Nothing was written down."
        assert diary_rows(album.parent) == before
        assert host("photo", str(copy), "--zone", "neck").returncode == 0

    def test_photos_of_one_day_are_in_the_order_of_the_camera(
        self, host: Host, host_json: HostJson, album: Path
    ) -> None:
        for name, hour in (("c", "21:05"), ("a", "07:30"), ("b", "13:00")):
            # The camera's date was wrong, and what it shows is a day that the person knows.
            path = photo(album / f"{name}.jpg", metadata(f"2026:01:01 {hour}:00", "+00:00"))
            assert host("photo", str(path), "--at", "2026-11-18").returncode == 0
        assert host("photo").stdout.splitlines() == [
            "2026-11-18        a.jpg, face",
            "2026-11-18        b.jpg, face",
            "2026-11-18        c.jpg, face",
        ]
        found = host_json("photo")["photos"]
        assert {noted["day"] for noted in found} == {"2026-11-18"}
        assert found[2]["at"] == "2026-11-18T21:05:00+00:00"

    def test_photos_of_one_day_without_a_cameras_time_are_in_the_order_of_writing(
        self, host: Host, host_json: HostJson, album: Path
    ) -> None:
        for name in "dbac":
            path = photo(album / f"{name}.jpg", comment=name)
            assert host("photo", str(path), "--at", "2026-11-18").returncode == 0
        found = host_json("photo")["photos"]
        assert [Path(noted["path"]).stem for noted in found] == list("dbac")
        logged = host("log").stdout.splitlines()
        assert [line[-11:] for line in logged] == [f"{name}.jpg, face" for name in "dbac"]

    def test_cameras_time_of_today_is_never_after_now(
        self, host_json: HostJson, album: Path
    ) -> None:
        path = photo(album / "a.jpg", metadata("2026:01:01 23:59:00", "+00:00"))
        entry = host_json("photo", str(path), "--at", "today")["entry"]
        assert (entry["at"], entry["day"]) == ("2026-11-20T20:00:00+00:00", "2026-11-20")

    @pytest.mark.parametrize("taken", ["0001:01:01 00:00:00", "9999:12:31 23:59:59"])
    def test_cameras_time_that_no_calendar_has_is_left_out(
        self, host_json: HostJson, album: Path, taken: str
    ) -> None:
        path = photo(album / "a.jpg", metadata(taken, "+00:00"))
        entry = host_json("photo", str(path), "--at", "2026-11-18")["entry"]
        assert entry["at"] == "2026-11-18T12:00:00+00:00"

    def test_bad_photo_creates_no_database(
        self, home: Path, album: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        bad = bad_files(album)
        bad.pop("folder")  # is looked through
        for name, (path, word) in bad.items():
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
    def test_bad_arguments_create_no_database(
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

    def test_photo_without_read_permission_is_reported(
        self, host: Host, host_without_rights: Host, album: Path
    ) -> None:
        path = photo(album / "a.jpg")
        assert host("photo", str(path)).returncode == 0
        path.chmod(0)
        sentence, _ = complaint(host_without_rights("photo", str(path)))
        assert sentence == f"{path} cannot be read: Permission denied."
        listed = host_without_rights("photo", "--json")
        assert json.loads(listed.stdout)["photos"][0]["file"] == "unreadable"

    def test_photo_is_told_to_no_case(self, host: Host, host_json: HostJson, album: Path) -> None:
        know_two_zones(album.parent)
        assert host("photo", str(photo(album / "a.jpg"))).returncode == 0
        assert host_json("status")["cases"][0]["waiting"] == 0


class TestFoundAgain:
    """Photos whose files have moved."""

    @pytest.fixture
    def album(self, tmp_path: Path, host: Host) -> Path:
        """A folder with three photos, all of them noted."""
        folder = tmp_path / "album"
        folder.mkdir()
        for name, when in (("a", "3d"), ("b", "2d"), ("c", "2026-11-19")):
            path = photo(folder / f"{name}.jpg", comment=name)
            assert host("photo", str(path), name, "--at", when).returncode == 0
        return folder

    def test_photo_that_was_moved_is_found_again_by_its_digest(
        self, host: Host, host_json: HostJson, album: Path
    ) -> None:
        there = album.parent / "renamed.jpg"
        (album / "a.jpg").rename(there)
        result = host("photo", str(there))
        assert result.stderr == ""
        assert result.stdout == (
            f"Found again: renamed.jpg, face, taken Tue 17 Nov 2026, 20:00: {there}\n"
        )
        first, *others = host_json("photo")["photos"]
        assert (first["path"], first["file"], first["text"]) == (str(there), "there", "a")
        assert [other["file"] for other in others] == ["there", "there"]
        assert "a photo was found again, renamed.jpg, face" in host("log").stdout

    def test_photo_that_is_found_again_keeps_its_date_and_words(
        self, host: Host, host_json: HostJson, album: Path
    ) -> None:
        there = album.parent / "a.jpg"
        (album / "a.jpg").rename(there)
        before = host_json("photo")["photos"][0]
        result = host("photo", str(there), "other words", "--at", "1h")
        assert result.stderr == "Its date and words stay as they were.\n"
        after = host_json("photo")["photos"][0]
        assert after == {**before, "path": str(there), "file": "there"}

    def test_folder_that_was_moved_has_all_its_photos_again(
        self, host: Host, host_json: HostJson, album: Path
    ) -> None:
        there = album.parent / "pictures" / "skin"
        there.parent.mkdir()
        album.rename(there)
        (there.parent / "notes.txt").write_text("no picture")
        lines = host("photo", str(there.parent)).stdout.splitlines()
        assert lines == [
            f"Found again: a.jpg, face, taken Tue 17 Nov 2026, 20:00: {there / 'a.jpg'}",
            f"Found again: b.jpg, face, taken Wed 18 Nov 2026, 20:00: {there / 'b.jpg'}",
            f"Found again: c.jpg, face, taken yesterday: {there / 'c.jpg'}",
            "Looked through 4 files: 3 photos found again.",
        ]
        assert {noted["file"] for noted in host_json("photo")["photos"]} == {"there"}
        result = host("photo", str(there.parent))
        assert result.stdout == "Every photo is where it was noted.\n"

    def test_json_says_what_was_found_again_and_what_is_missing(
        self, host_json: HostJson, album: Path
    ) -> None:
        there = album.parent / "there"
        there.mkdir()
        (album / "a.jpg").rename(there / "x.jpg")
        (album / "b.jpg").unlink()
        document = host_json("photo", str(there))
        assert [found["path"] for found in document["found_again"]] == [str(there / "x.jpg")]
        assert [gone["path"] for gone in document["missing"]] == [str(album / "b.jpg")]
        assert (document["files"], document["all_files"]) == (1, True)

    def test_photo_whose_place_another_file_has_taken_is_found_again(
        self, host: Host, host_json: HostJson, album: Path
    ) -> None:
        there = album.parent / "a.jpg"
        (album / "a.jpg").rename(there)
        photo(album / "a.jpg", comment="another")
        assert host("photo", str(album.parent)).returncode == 0
        assert host_json("photo")["photos"][0]["path"] == str(there)

    def test_copy_of_a_photo_that_is_where_it_was_changes_nothing(
        self, host: Host, album: Path
    ) -> None:
        (album.parent / "copy").mkdir()
        (album.parent / "copy" / "a.jpg").write_bytes((album / "a.jpg").read_bytes())
        (album / "b.jpg").unlink()
        before = diary_rows(album.parent)
        assert host("photo", str(album.parent / "copy")).stdout == (
            "Looked through 1 file: no photo found again, 1 still missing.\n"
        )
        assert diary_rows(album.parent) == before

    def test_newest_place_of_a_photo_counts_and_undo_falls_back(
        self, host: Host, host_json: HostJson, album: Path
    ) -> None:
        path = album / "a.jpg"
        for name in ("first", "second"):
            path = path.rename(album.parent / f"{name}.jpg")
            assert host("photo", str(path)).returncode == 0
        assert host_json("photo")["photos"][0]["path"] == str(path)
        undone = host("undo", "--yes").stdout
        assert undone.startswith("Taken back: a photo was found again, second.jpg, today 20:00")
        found = host_json("photo")["photos"][0]
        assert (found["path"], found["file"]) == (str(album.parent / "first.jpg"), "gone")

    def test_photo_of_two_zones_is_found_again_in_both(
        self, host: Host, host_json: HostJson, tmp_path: Path
    ) -> None:
        know_two_zones(tmp_path)
        path = photo(tmp_path / "a.jpg")
        for zone in ("face", "neck"):
            assert host("photo", str(path), "--zone", zone).returncode == 0
        there = path.rename(tmp_path / "b.jpg")
        assert host("photo", str(there), "--zone", "neck").stdout.startswith(
            "Found again: b.jpg, n"
        )
        found = {noted["zone"]: noted["file"] for noted in host_json("photo")["photos"]}
        assert found == {"face": "gone", "neck": "there"}
        assert host("photo", str(there)).stdout.startswith("Found again: b.jpg, face")

    def test_links_are_not_followed_in_a_folder(
        self, host: Host, host_json: HostJson, album: Path
    ) -> None:
        elsewhere = album.parent / "elsewhere"
        album.rename(elsewhere)
        album.mkdir()
        (album / "folder").symlink_to(elsewhere)
        (album / "x.jpg").symlink_to(elsewhere / "a.jpg")
        os.mkfifo(album / "pipe.jpg")  # whoever opens it waits for ever
        result = host("photo", str(album))
        assert result.stdout == "Looked through 0 files: no photo found again, 3 still missing.\n"

    def test_folder_with_too_many_files_is_looked_through_in_part(
        self, host: Host, host_json: HostJson, album: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("rollhost.exchange.photos.MOST_FILES", 2)
        there = album.rename(album.parent / "there")
        result = host("photo", str(there))
        assert result.stdout.splitlines()[-1] == (
            "Looked through 2 files: 2 photos found again, 1 still missing."
        )
        assert result.stderr == (
            "There are more files, which were not looked through: name a folder in it.\n"
        )

    def test_folder_that_cannot_be_read_is_reported(
        self, host: Host, host_without_rights: Host, album: Path
    ) -> None:
        there = album.rename(album.parent / "there")
        (there / "a.jpg").chmod(0)
        result = host_without_rights("photo", str(there))
        assert result.stdout.splitlines()[-1] == (
            "Looked through 3 files: 2 photos found again, 1 still missing."
        )
        assert result.stderr == "1 of its files and folders cannot be read.\n"
        there.chmod(0)
        sentence, _ = complaint(host_without_rights("photo", str(there)))
        assert sentence == f"{there} cannot be read: Permission denied."
        there.chmod(0o700)

    @pytest.mark.parametrize("words", [["x"], ["--at", "1d"], ["--zone", "face"]])
    def test_folder_takes_no_words_and_options(
        self, host: Host, album: Path, words: list[str]
    ) -> None:
        sentence, _ = complaint(host("photo", str(album), *words), 2)
        assert sentence == "A folder is only looked through for photos that were noted."

    def test_folder_without_a_noted_photo_is_not_looked_through(
        self, host: Host, tmp_path: Path
    ) -> None:
        assert host("note", "x").returncode == 0
        assert host("photo", str(tmp_path)).stdout == "No photo was noted yet.\n"

    def test_report_shows_a_photo_from_where_it_was_found_again(
        self, host: Host, album: Path
    ) -> None:
        know_two_zones(album.parent)
        there = album.rename(album.parent / "there")
        page = album.parent / "page.html"
        assert host("report", str(page)).returncode == 0
        assert page.read_text().count("data:image/jpeg") == 0
        assert host("photo", str(there)).returncode == 0
        assert host("report", str(page), "--force").returncode == 0
        assert page.read_text().count("data:image/jpeg") == 3

    def test_place_of_a_photo_survives_export_and_import(
        self, host: Host, host_json: HostJson, album: Path
    ) -> None:
        there = album.rename(album.parent / "there")
        assert host("photo", str(there)).returncode == 0
        exported, other = str(album.parent / "a.json"), str(album.parent / "other.db")
        assert host("export", "json", exported).returncode == 0
        assert host("import", exported, "--db", other).returncode == 0
        assert host_json("photo", "--db", other) == host_json("photo")
