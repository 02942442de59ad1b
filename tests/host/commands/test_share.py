"""``host share``: what it is told once and keeps, what it says, and what it never says."""

import json
import re
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Host, HostJson
from tests.firmware.logs import records_of
from tests.host.complaints import complaint
from tests.host.lived_in import NOW
from tests.host.run_host import host_with_small_files
from tests.host.three_computers import uses

from rollcore.events import first_chain
from rollhost.cli import share
from rollhost.database.diary import ME
from rollhost.database.open import open_archive
from rollhost.exchange import shared_file
from rollhost.exchange.share_postgresql import ASKED_FOR, BY_THE_WAY, Patience

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("cheap_keys")]

PHRASE = "correct horse battery staple"


@pytest.fixture
def shelf(home: Path) -> Path:
    """The shared folder."""
    (home / "shelf").mkdir()
    return home / "shelf"


@pytest.fixture
def phrase_file(home: Path) -> Path:
    """A file with a passphrase that only its owner may read."""
    pytest.importorskip("cryptography")
    (home / "phrase").write_text(PHRASE + "\n")
    (home / "phrase").chmod(0o600)
    return home / "phrase"


def test_second_computer_begins_with_share_and_has_it_all(
    host: Host, host_json: HostJson, lived_in: Path, shelf: Path, home: Path
) -> None:
    first = host("share", str(shelf))
    assert first.returncode == 0
    assert "New from 0 other files: 0 records, 0 entries." in first.stdout
    (file,) = shelf.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    second = host("share", str(shelf), "--db", str(home / "other.db"))
    assert second.returncode == 0
    assert "New from 1 other file: 9 records" in second.stdout
    assert len([*shelf.iterdir()]) == 2
    assert host("log").stdout == host("log", "--db", str(home / "other.db")).stdout
    assert host_json("share")["written"] is False


def test_place_is_remembered_once_it_has_worked(
    host: Host, lived_in: Path, shelf: Path, home: Path
) -> None:
    sentence, step = complaint(host("share"), 2)
    assert (sentence, step) == ("Nothing was shared yet.", "Name a folder: host share FOLDER")
    assert host("share", str(shelf)).returncode == 0
    assert complaint(host("share", str(home / "nowhere")), 2)[0].startswith("There is no folder")
    assert str(shelf) in host("share").stdout


def test_file_is_not_taken_for_a_folder_that_is_missing(
    host: Host, lived_in: Path, shelf: Path, home: Path
) -> None:
    place = home / "file"
    place.write_bytes(b"")
    sentence, step = complaint(host("share", str(place)), 2)
    assert (sentence, step) == (f"{place} is no folder.", "Name a folder.")
    assert place.read_bytes() == b""
    assert host("share", str(shelf)).returncode == 0
    for path in shelf.iterdir():
        path.unlink()
    shelf.rmdir()
    shelf.write_bytes(b"")
    assert complaint(host("share"), 2)[0] == f"{shelf} is no folder."


@pytest.mark.parametrize("words", ["share NONE", "share SEALED", "share FILE", "person add {}"])
def test_command_that_fails_before_the_first_sync_makes_no_database(
    host: Host, home: Path, shelf: Path, words: str
) -> None:
    (home / "FILE").write_bytes(b"")
    (home / "SEALED").mkdir()
    sealed = shared_file.seal(b"{}", PHRASE.encode())
    (home / "SEALED" / "rollcase-0123456789abcdef.encrypted").write_bytes(sealed)
    here = {path.name for path in home.iterdir()}
    typed = [str(home / word) if word.isupper() else word for word in words.split()]
    result = host(*(word.replace("{}", "x" * 50) for word in typed))
    assert result.returncode != 0
    assert {path.name for path in home.iterdir()} == here
    assert "There is no database" in complaint(host("backup", str(home / "copy")))[0]


def test_calendar_of_this_program_in_the_shared_folder_is_passed_over(
    host: Host, host_json: HostJson, lived_in: Path, shelf: Path
) -> None:
    host("share", str(shelf))
    assert host("export", "ics", str(shelf / "cal.ics"), "--follow").returncode == 0
    result = host("share")
    assert (result.returncode, result.stderr) == (0, "")
    calendar = (shelf / "cal.ics").read_bytes()
    assert b"Rollcase" in calendar
    (shelf / "other.ics").write_bytes(calendar.replace(b"Rollcase", b"Elsewhere"))
    assert host_json("share")["others"] == ["other.ics"]


def test_plain_health_data_is_said_once(host: Host, lived_in: Path, shelf: Path) -> None:
    said = [host("share", str(shelf)).stderr, host("share").stderr]
    assert ["not encrypted" in text for text in said] == [True, False]


def test_passphrase_comes_from_a_file_or_the_environment_and_is_kept_nowhere(
    host: Host, lived_in: Path, shelf: Path, home: Path, phrase_file: Path
) -> None:
    results = [
        host("share", str(shelf), "--passphrase-file", str(phrase_file)),
        host("share"),  # the file is remembered
        host("share", str(shelf), "--db", str(home / "b.db"), ROLLCASE_SHARE_PASSPHRASE=PHRASE),
        host("export", "json"),
    ]
    assert [result.returncode for result in results] == [0, 0, 0, 0]
    assert "9 records" in results[2].stdout
    assert not any(PHRASE in result.stdout + result.stderr for result in results)
    for path in [*home.glob("*.db*"), *shelf.iterdir()]:
        assert PHRASE.encode() not in path.read_bytes()
    sentence, step = complaint(host("share", str(shelf), "--db", str(home / "c.db")))
    assert (
        sentence == f"{shelf} has encrypted files, and no passphrase was given. Nothing was shared."
    )
    assert step == "Say --passphrase-file FILE."
    sentence, _ = complaint(
        host("share", str(shelf), "--db", str(home / "c.db"), ROLLCASE_SHARE_PASSPHRASE="x" * 20)
    )
    assert sentence == f"{shelf} has encrypted files, and this one opens none. Nothing was shared."


def test_passphrase_that_others_can_read_or_guess_is_told(
    host: Host, lived_in: Path, shelf: Path, phrase_file: Path
) -> None:
    phrase_file.chmod(0o644)
    said = host("share", str(shelf), "--passphrase-file", str(phrase_file)).stderr
    assert f"chmod 600 {phrase_file}" in said
    phrase_file.write_text("short\n")
    assert "12 characters or more" in complaint(host("share"), 2)[0]
    phrase_file.unlink()
    assert complaint(host("share"), 2)[0].startswith(
        f"The passphrase in {phrase_file} cannot be read"
    )


def test_bad_file_is_named_with_the_exit_code_of_a_failure(
    host: Host, lived_in: Path, shelf: Path, home: Path
) -> None:
    host("share", str(shelf))
    bad = shelf / "rollcase-0123456789abcdef.json"
    bad.write_text("{")
    result = host("share", "--json")
    assert result.returncode == 1
    assert json.loads(result.stdout)["refused"] == [
        {
            "file": bad.name,
            "says": "is damaged or cut short",
            "hint": "Its computer writes it anew the next time that it shares.",
        }
    ]
    assert f"{bad.name} is damaged or cut short." in result.stderr


def test_person_is_left_out_until_that_ends(
    host: Host, lived_in: Path, shelf: Path, home: Path
) -> None:
    assert host("person", "add", "Ben").returncode == 0
    assert host("note", "words of Ben", "--person", "Ben").returncode == 0

    def is_there() -> bool:
        return any(b"words of Ben" in path.read_bytes() for path in shelf.iterdir())

    seen = []
    for words in (["--leave-out", "Ben"], [], ["--leave-out", ""]):
        assert host("share", str(shelf), *words).returncode == 0
        seen.append(is_there())
    assert seen == [False, False, True]
    assert "nobody" in complaint(host("share", "--leave-out", "Zoe"), 2)[0].lower()


def test_after_a_sync_it_is_shared_where_it_was_and_news_and_failure_are_said(
    host: Host, lived_in: Path, shelf: Path, home: Path
) -> None:
    with open_archive(lived_in) as archive:
        assert share.after_sync(archive, NOW) == ((), (), False)
    host("share", str(shelf))
    with open_archive(lived_in) as archive:
        assert share.after_sync(archive, NOW) == ([], [], False)
    host("share", str(shelf), "--db", str(home / "other.db"))
    host("note", "of the other one", "--db", str(home / "other.db"))
    host("share", "--db", str(home / "other.db"))
    with open_archive(lived_in) as archive:
        found = share.after_sync(archive, NOW)
    assert found.news == [
        "New from other computers: 0 records, 1 entry. A case hears of it at its next sync."
    ]
    assert (found.wrong, found.has_entries) == ([], True)
    for path in shelf.iterdir():
        path.unlink()
    shelf.rmdir()
    with open_archive(lived_in) as archive:
        (sentence,) = share.after_sync(archive, NOW).wrong
    assert sentence.startswith("Not shared: There is no folder")


def test_server_that_does_not_answer_is_given_up_after_a_sync(
    lived_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    psycopg = pytest.importorskip("psycopg")
    assert BY_THE_WAY.answer_s < ASKED_FOR.answer_s
    monkeypatch.setattr(share, "BY_THE_WAY", Patience(2, 2))  # psycopg waits no shorter
    waits: list[int] = []
    connect = psycopg.connect

    def noted(url: str, **options: Any) -> object:
        waits.append(options["connect_timeout"])
        return connect(url, **options)

    monkeypatch.setattr(psycopg, "connect", noted)
    with socket.socket() as silent, open_archive(lived_in) as archive:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        place = f"postgresql://ann:hunter2@127.0.0.1:{silent.getsockname()[1]}/clinic"
        share.tell(archive, place=place, user=ME, computer="0" * 16)
        (sentence,) = share.after_sync(archive, NOW).wrong
    assert re.fullmatch(r"Not shared: postgresql://ann@\S+ does not take it: .+timeout.+", sentence)
    assert "hunter2" not in sentence
    assert waits == [2]


def test_folder_that_is_away_changes_nothing_and_the_next_share_makes_up_for_it(
    host: Host, lived_in: Path, shelf: Path
) -> None:
    host("share", str(shelf))
    (file,) = shelf.iterdir()
    before = file.read_bytes()
    host("note", "while it was away")
    place = shelf.rename(shelf.with_name("away"))
    assert complaint(host("share"), 2)[0].startswith("There is no folder")
    place.rename(shelf)
    assert file.read_bytes() == before
    assert host("share").returncode == 0
    assert b"while it was away" in file.read_bytes()


def test_folder_that_is_full_has_the_file_from_before_and_no_half_of_a_new_one(
    host: Host, home: Path, shelf: Path
) -> None:
    log_id = bytes(range(8))
    with open_archive(home / "rollcase.db", create=True) as archive:
        with archive.transaction():
            row = archive.keep_log(archive.keep_case("5c1f", "pico", "0.1.0"), log_id.hex())
        host("share", str(shelf))
        (file,) = shelf.iterdir()
        before = file.read_bytes()
        with archive.transaction():
            raws = records_of(uses(NOW, 1500, 0), first_chain(log_id))
            archive.add_records((row, raw) for raw in raws)
    sentence, _ = complaint(host_with_small_files(300_000, "share"))
    assert sentence.startswith(f"{file} cannot be written: ")
    assert [(path, path.read_bytes()) for path in shelf.iterdir()] == [(file, before)]
    assert host("share").returncode == 0
    assert file.stat().st_size > 300_000


@pytest.mark.parametrize("by_import", [False, True])
def test_what_others_write_about_who_uses_this_computer_is_theirs_here_too(
    host: Host, shelf: Path, by_import: bool
) -> None:
    ann, ben = (("--db", str(shelf.parent / f"{name}.db")) for name in ("ann", "ben"))
    for mine, name in ((ann, "Ann"), (ben, "Ben"), (ann, "Ann")):
        assert host("share", str(shelf), "--me", name, *mine).returncode == 0
    host("note", "sunburn", "--person", "Ann", *ben)
    if by_import:
        file = str(shelf.parent / "ben.json")
        assert host("export", "json", file, *ben).returncode == 0
        assert host("import", file, "--person", "Ben", *ann).returncode == 0
    else:
        host("share", *ben)
        host("share", *ann)
    assert host("person", *ann).stdout == "Ann  no case\nBen  no case\n"
    assert "sunburn" in host("log", *ann).stdout


def test_name_rules_and_owner_of_a_case_are_news_of_which_cases_hear(
    host: Host, lived_in: Path, shelf: Path, home: Path
) -> None:
    other = ("--db", str(home / "other.db"))
    for computer in ((), other):
        host("share", str(shelf), *computer)
    with open_archive(lived_in) as archive:
        title = archive.cases()[0].title
    for words, news in (
        (("name", "tub", "--case", title), "1 name"),
        (("policy", "set", "rest=60d", "--case", "tub"), "rules"),
        (("case", "whose", "tub", "Zoe"), "the owner of 1 case"),
    ):
        assert host(*words, *other).returncode == 0
        host("share", *other)
        with open_archive(lived_in) as archive:
            found = share.after_sync(archive, NOW)
        assert found.news[0].startswith(f"New from other computers: 0 records, 0 entries, {news}.")
        assert found.has_entries == (news != "1 name")


def test_saying_again_who_uses_this_computer_takes_no_name_back(host: Host, shelf: Path) -> None:
    assert host("share", str(shelf), "--me", "Ann").returncode == 0
    assert host("person", "rename", "Ann", "Annie").returncode == 0
    assert host("share", "--me", "Ann").returncode == 0
    assert host("person").stdout == "Annie  no case\n"


def test_several_files_are_spoken_of_as_several(
    host: Host, lived_in: Path, shelf: Path, home: Path, phrase_file: Path
) -> None:
    others = [("--db", str(home / f"{name}.db")) for name in ("one", "two")]
    for other in others:
        assert host("share", str(shelf), *other).returncode == 0
    secret = ("--passphrase-file", str(phrase_file))
    said = host("share", str(shelf), *secret).stderr
    assert "are not encrypted, until their computers share with a passphrase." in said
    said = host("share", *secret, *others[0]).stderr
    assert "is not encrypted, until its computer shares with a passphrase." in said
