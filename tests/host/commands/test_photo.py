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
                "zone": "face",
                "path": str(path),
                "sha256": digest(path),
                "text": "left cheek",
                "written": "2026-11-20T20:00:00+00:00",
            },
            "dated_by": "camera",
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

    def test_empty_list_of_photos_is_reported(self, host: Host) -> None:
        assert host("note", "x").returncode == 0
        assert host("photo").stdout == "No photo was noted yet.\n"

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
        path.unlink()
        _, step = complaint(host("photo", str(copy), "--zone", "face"), 2)
        assert step == f"It was at {path}: put it back there."
        assert diary_rows(album.parent) == before
        assert host("photo", str(copy), "--zone", "neck").returncode == 0

    def test_bad_photo_creates_no_database(
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
