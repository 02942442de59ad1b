"""A folder that computers share: all come to the same, and no file there can do harm."""

import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.host.lived_in import NOW, make_lived_in
from tests.host.three_computers import NAMES, document_of, live, put_back_between
from tests.host.two_computers import Computer

from rollhost.cli.main import main
from rollhost.database import diary, rota
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.errors import UsageError
from rollhost.exchange import share_folder, shared_file
from rollhost.exchange.share_folder import Terms, Union
from rollhost.exchange.shared_file import NoPassphrase, WrongPassphrase
from rollhost.history import forgetting, history
from rollhost.output import units

pytestmark = pytest.mark.usefixtures("cheap_keys")

DAY = 86400
SECRET = b"correct horse battery"


@pytest.fixture
def folder(home: Path) -> Path:
    """The shared folder."""
    (home / "shelf").mkdir()
    return home / "shelf"


def terms_of(name: str, passphrase: bytes | None = None) -> Terms:
    """Return how the computer called so shares."""
    return Terms(name * 16, passphrase=passphrase)


def share(
    home: Path, name: str, passphrase: bytes | None = None, now: int = NOW, **terms: Any
) -> Union:
    """Let the computer called so share."""
    with open_archive(home / f"{name}.db", create=True) as archive:
        told = terms_of(name, passphrase)._replace(**terms)
        return share_folder.share(archive, home / "shelf", told, now)


def write(archive: Archive, text: str, now: int = NOW, **more: int) -> Entry:
    """Write a note."""
    with archive.transaction():
        entry = Entry(diary.NOTE, now, data={"text": text}, **more)  # type: ignore[arg-type]
        return archive.diary.add(entry, now)


def note(home: Path, name: str, text: str, now: int = NOW, **more: int) -> Entry:
    """Write a note on the computer called so."""
    with open_archive(home / f"{name}.db", create=True) as archive:
        return write(archive, text, now, **more)


def notes(home: Path, name: str) -> list[str]:
    """Return the texts of the diary on the computer called so."""
    with open_archive(home / f"{name}.db") as archive:
        return sorted(entry.text for entry in archive.diary.entries())


def exported(home: Path, name: str) -> str:
    """Return all that the computer called so knows."""
    with open_archive(home / f"{name}.db") as archive:
        return document_of(archive)


def reasons(union: Union) -> dict[str, str]:
    """Return why files were refused, by name."""
    return {name: refused.sentence for name, refused in union.refused}


class TestUnion:
    @pytest.mark.parametrize("seed", range(4))
    def test_three_computers_come_to_the_whole_in_any_order(
        self, home: Path, folder: Path, seed: int
    ) -> None:
        whole, now = live(home, seed)
        chance = Random(seed)
        for name in [*chance.sample(NAMES, 3), *chance.sample(NAMES, 3)]:
            share(home, name, now=now)
        assert [exported(home, name) == whole for name in NAMES] == [True] * 3
        assert len({path.read_bytes() for path in folder.iterdir()}) == 1

    def test_sharing_again_writes_nothing_and_finds_nothing_new(
        self, home: Path, folder: Path
    ) -> None:
        make_lived_in(home / "a.db")
        for name in ("a", "b", "a"):
            share(home, name)
        before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
        union = share(home, "b")
        assert (union.is_written, [taken.records for taken in union.taken]) == (False, [0, 0])
        assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before

    def test_status_log_and_report_are_the_same_word_for_word(
        self,
        home: Path,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        _, now = live(home, 1)
        monkeypatch.setenv("ROLLCASE_NOW", units.utc(now))
        for name in "abcab":
            share(home, name, now=now)
        said: list[Sequence[str]] = []
        for name in NAMES:
            words = ["--db", str(home / f"{name}.db")]
            page = home / f"{name}.html"
            for command in (["status"], ["status", "--json"], ["log"], ["plan"], ["person"]):
                main([*command, *words])
            answers = capsys.readouterr()
            assert main(["report", str(page), *words]) == 0
            capsys.readouterr()
            said.append((answers.out, answers.err.replace(f"{name}.db", ""), page.read_text()))
        assert said[0] == said[1] == said[2]
        assert len(said[0][0]) > 1000

    def test_undo_and_forget_travel(self, home: Path, folder: Path) -> None:
        make_lived_in(home / "a.db")
        taken_back, gone = note(home, "a", "taken back"), note(home, "a", "a secret")
        share(home, "a")
        share(home, "b")
        with open_archive(home / "b.db") as archive:
            plan = forgetting.of_entries(history.read(archive), [gone])
            with archive.transaction():
                archive.diary.undo(taken_back, NOW)
                forgetting.carry_out(archive, plan)
        assert share(home, "b").still_have == [f"rollcase-{'a' * 16}.json"]
        share(home, "a")
        assert share(home, "b").still_have == []
        assert not {"taken back", "a secret"} & {*notes(home, "a"), *notes(home, "b")}
        assert all(b"a secret" not in path.read_bytes() for path in folder.iterdir())

    def test_forgotten_log_is_gone_everywhere_and_stays_so(self, home: Path, folder: Path) -> None:
        make_lived_in(home / "a.db")
        for name in ("a", "b", "c"):
            share(home, name)
        with open_archive(home / "b.db") as archive, archive.transaction():
            for case in archive.cases():
                for log_id in archive.logs(case.id):
                    archive.forget_log(case.device, archive.log_name(log_id))
            forgetting.sweep(archive)
        for name in ("b", "a", "c", "a", "b"):
            share(home, name)
        for name in NAMES:
            assert json.loads(exported(home, name))["forgotten_logs"]
            assert '"raw"' not in exported(home, name)


def test_case_that_was_put_back_between_two_computers_has_both_its_pasts_on_each(
    home: Path, folder: Path
) -> None:
    raws = put_back_between(home, NOW)
    for name in "abcabc":
        assert reasons(share(home, name)) == {}
    for name in NAMES:
        found = [
            record["raw"]
            for log in json.loads(exported(home, name))["cases"][0]["logs"]
            for record in log["records"]
        ]
        assert (len(found), set(found)) == (len(raws), raws)  # each once
        assert main(["verify", "--db", str(home / f"{name}.db")]) == 0
    assert not any(share(home, name).is_written for name in NAMES)


class TestClocks:
    def test_computer_whose_clock_is_ahead_decides_nothing_for_others(
        self, home: Path, folder: Path
    ) -> None:
        ahead = NOW + 400 * DAY
        make_lived_in(home / "a.db")
        share(home, "a")
        share(home, "b")
        with open_archive(home / "a.db") as archive, archive.transaction():
            case = archive.cases()[0]
            archive.note_meeting(case.id, archive.logs(case.id)[0], ahead, -400 * DAY)
            archive.note_sync(case.id, ahead, -400 * DAY)
        note(home, "a", "from next year", ahead)
        share(home, "a", now=ahead)
        with open_archive(home / "b.db") as archive, archive.transaction():
            archive.note_meeting(case.id, archive.logs(case.id)[1], NOW + 9, 7)
            archive.note_sync(case.id, NOW + 9, 7)
        note(home, "b", "later", NOW + 10)
        for name in ("b", "a"):  # by now the clock is right
            share(home, name, now=NOW + 20)
        for name in ("a", "b"):
            with open_archive(home / f"{name}.db") as archive:
                found = archive.cases()[0]
                assert (found.met_at, found.met_behind_s, found.synced_at) == (NOW + 9, 7, NOW + 9)
                assert found.log_id == archive.logs(found.id)[1]
                assert archive.diary.entries()[-1].text == "from next year"
        note(home, "b", "counts after all", NOW + 30)
        with open_archive(home / "b.db") as archive:
            assert archive.diary.entries()[-1].text == "counts after all"

    def test_computers_whose_clocks_are_days_apart_come_to_the_same(
        self, home: Path, folder: Path
    ) -> None:
        make_lived_in(home / "a.db")
        share(home, "a")
        clocks = {"a": -3 * DAY, "b": 0, "c": 5 * 3600}
        computers = {name: Computer(home / f"{name}.db") for name in NAMES}

        def say(name: str, now: int, *words: str) -> str:
            code, text = computers[name].run(now + clocks[name], *words)
            assert code == 0, text
            return text

        for day, name in enumerate("bcacabbac", 1):
            now = NOW + day * DAY
            assert reasons(share(home, name, now=now + clocks[name])) == {}
            say(name, now, "note", f"day {day} on {name}")
            say(name, now, "hold", "sunburn", "--until", "3d")
            if day % 3 == 0:
                say(name, now, "undo", "--yes")
            share(home, name, now=now + clocks[name])
        clocks = dict.fromkeys(NAMES, 0)  # they are right again
        now = NOW + 20 * DAY
        for name in "abcab":
            share(home, name, now=now)
        assert exported(home, "a") == exported(home, "b") == exported(home, "c")
        for words in (["status"], ["log"], ["hold"], ["undo", "--list"]):
            said = [say(name, now, *words) for name in NAMES]
            assert said[0] == said[1] == said[2]
        listed = say("a", now, "undo", "--list")
        assert [f"day {day} on" in listed for day in range(1, 10)] == [True] * 9
        assert listed.count("sunburn") == 6

    def test_two_notes_of_the_same_second_have_one_order(self, home: Path, folder: Path) -> None:
        for name in ("a", "b"):
            note(home, name, f"of {name}")
        for name in ("a", "b", "a"):
            share(home, name)
        assert exported(home, "a") == exported(home, "b")
        assert notes(home, "a") == ["of a", "of b"]

    def test_older_state_of_the_folder_loses_nothing(self, home: Path, folder: Path) -> None:
        note(home, "a", "first")
        share(home, "a")
        old = {path: path.read_bytes() for path in folder.iterdir()}
        note(home, "a", "second")
        share(home, "a")
        share(home, "b")
        for path in folder.iterdir():
            path.unlink()
        for path, data in old.items():
            path.write_bytes(data)
        for name in ("b", "a"):
            assert share(home, name).is_written
        assert notes(home, "a") == notes(home, "b") == ["first", "second"]

    def test_computer_that_was_restored_gets_back_what_it_had_shared(
        self, home: Path, folder: Path
    ) -> None:
        note(home, "a", "first")
        copy = home / "backup"
        main(["backup", str(copy), "--db", str(home / "a.db")])
        note(home, "a", "second")
        share(home, "a")
        (home / "a.db").write_bytes(copy.read_bytes())
        share(home, "a")
        assert notes(home, "a") == ["first", "second"]


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flip(data: bytes) -> bytes:
    middle = data.index(b"raw") + 9
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def sealed_anew(data: bytes, *changes: tuple[bytes, bytes]) -> bytes:
    """Return a file with other words in it, and the checksum for these."""
    body = data[: data.rindex(b",\n")]
    for old, new in changes:
        assert old in body
        body = body.replace(old, new, 1)
    return body + f',\n "sha256": "{sha256(body).hexdigest()}"\n}}\n'.encode()


def newer(data: bytes) -> bytes:
    return sealed_anew(data, (b'"schema_version": 4', b'"schema_version": 5'))


def wrong(data: bytes) -> bytes:
    return sealed_anew(data, (b'"seq": 1,', b'"seq": 0,'))


DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut short": (cut, "is damaged or cut short"),
    "a changed byte": (flip, "is damaged or cut short"),
    "the last byte is missing": (lambda data: data[:-1], "is damaged or cut short"),
    "nothing in it": (lambda data: b"", "is damaged or cut short"),
    "a newer format": (newer, "was written by a newer version of this program"),
    "another program's": (lambda data: b"\x89PNG" * 40, "is damaged or cut short"),
    "a database": (
        lambda data: b"SQLite format 3\0" + bytes(99),
        "is a database, which does not belong into a shared folder",
    ),
    "a wrong field": (wrong, "does not hold what it should: see seq in record 1"),
}


class TestFiles:
    @pytest.mark.parametrize("damage", DAMAGES)
    def test_bad_file_is_named_and_stops_no_other(
        self, home: Path, folder: Path, damage: str
    ) -> None:
        make_lived_in(home / "a.db")
        note(home, "c", "from c")
        share(home, "a")
        share(home, "c")
        bad = folder / f"rollcase-{'a' * 16}.json"
        harm, words = DAMAGES[damage]
        bad.write_bytes(harm(bad.read_bytes()))
        before = bad.read_bytes()
        (folder / f"rollcase-{'c' * 16}.json").write_bytes(b"")  # read back by c itself
        share(home, "c")
        union = share(home, "b")
        assert list(reasons(union)) == [bad.name]
        assert reasons(union)[bad.name].startswith(words)
        assert "from c" in notes(home, "b")
        assert bad.read_bytes() == before

    def test_own_file_that_is_damaged_is_written_anew_and_nothing_is_left_to_do(
        self, home: Path, folder: Path
    ) -> None:
        make_lived_in(home / "a.db")
        file = share(home, "a").file
        assert file is not None
        whole = file.read_bytes()
        file.write_bytes(cut(whole))
        union = share(home, "a")
        assert (union.refused, union.is_written, union.is_mended) == ([], True, True)
        assert file.read_bytes() == whole
        assert not share(home, "a").is_mended

    def test_own_file_of_a_newer_version_is_left_alone(self, home: Path, folder: Path) -> None:
        note(home, "a", "mine")
        file = share(home, "a").file
        assert file is not None
        body = file.read_text().partition(',\n "sha256"')[0]
        body = body.replace('"schema_version": ', '"schema_version": 9')
        digest = sha256(body.encode()).hexdigest()
        newer = f'{body},\n "sha256": "{digest}"\n}}\n'
        file.write_text(newer)
        union = share(home, "a")
        assert reasons(union) == {file.name: "was written by a newer version of this program"}
        assert (union.file, union.is_written, file.read_text()) == (file, False, newer)

    def test_every_cut_of_a_file_is_refused(self, home: Path, folder: Path) -> None:
        pytest.importorskip("cryptography")
        make_lived_in(home / "a.db")
        share(home, "a")
        data = (folder / f"rollcase-{'a' * 16}.json").read_bytes()
        sealed = shared_file.seal(data, SECRET)
        for length in [*range(0, len(data), 211), len(data) - 2, len(data) - 1]:
            with pytest.raises(shared_file.Refused):
                shared_file.check(data[:length])
        for length in [*range(26, len(sealed), 97), len(sealed) - 1]:
            with pytest.raises(shared_file.Refused):
                shared_file.unseal(sealed[:length], SECRET)

    def test_record_that_differs_refuses_the_file_and_changes_nothing(
        self, home: Path, folder: Path
    ) -> None:
        for name in ("a", "b"):
            note(home, name, "same")
        with open_archive(home / "a.db") as archive:
            entry = archive.diary.entries()[0]
        with open_archive(home / "b.db") as archive, archive.transaction():
            other = archive.diary.entries()[0]
            archive.diary.drop(other.token)
            archive.diary.keep(other._replace(token=entry.token, data={"text": "other"}))
        before = exported(home, "b")
        share(home, "a")
        union = share(home, "b")
        assert reasons(union)[f"rollcase-{'a' * 16}.json"].startswith(f"entry {entry.token} of")
        assert exported(home, "b") == before

    @pytest.mark.parametrize(
        "name",
        [
            "rollcase-{} (Ann's conflicted copy 2026-11-21).json",
            "rollcase-{}.sync-conflict-20261121-101500-ABCDEFG.json",
            "rollcase-{} (1).json",
            "rollcase-{}-LAPTOP.json",
        ],
    )
    def test_copy_that_a_sync_tool_makes_is_read_and_named(
        self, home: Path, folder: Path, name: str
    ) -> None:
        note(home, "a", "only in the copy")
        share(home, "a")
        copy = name.format("a" * 16)
        (folder / f"rollcase-{'a' * 16}.json").rename(folder / copy)
        union = share(home, "b")
        assert (union.copies, notes(home, "b")) == ([copy], ["only in the copy"])

    def test_what_is_no_share_is_left_alone(self, home: Path, folder: Path) -> None:
        for name in (
            "holiday.jpg",
            ".stfolder",
            ".syncthing.rollcase-1.json.tmp",
            "~rollcase-.json",
        ):
            (folder / name).write_bytes(b"?")
        (folder / "old.db").write_bytes(b"SQLite format 3\0" + bytes(99))
        (folder / "rollcase-folder").mkdir()
        union = share(home, "a")
        assert (union.others, union.databases) == (["holiday.jpg"], ["old.db"])
        assert (union.read, union.refused) == ([], [])

    def test_automatic_backups_in_the_folder_are_no_matter_of_it(
        self, home: Path, folder: Path
    ) -> None:
        file = rota.path_of(folder, home / "rollcase.db", "0a1b2c3d", 1800000000)
        file.write_bytes(b"SQLite format 3\0" + bytes(99))
        union = share(home, "a")
        assert (union.others, union.databases, union.refused) == ([], [], [])

    def test_database_in_the_folder_is_refused(self, home: Path, folder: Path) -> None:
        (folder / "deeper").mkdir()
        with (
            open_archive(folder / "deeper" / "a.db", create=True) as archive,
            pytest.raises(UsageError, match="The database itself is in"),
        ):
            share_folder.share(archive, folder, terms_of("a"), NOW)

    def test_import_takes_a_shared_file(self, home: Path, folder: Path) -> None:
        make_lived_in(home / "a.db")
        file = share(home, "a").file
        assert main(["import", str(file), "--db", str(home / "b.db")]) in (0, 5)
        assert exported(home, "b") == exported(home, "a")


class TestPassphrase:
    @pytest.fixture(autouse=True)
    def library(self) -> None:
        """Skip where there is no wheel of the library."""
        pytest.importorskip("cryptography")

    def test_encrypted_files_say_nothing_and_are_read_with_it(
        self, home: Path, folder: Path
    ) -> None:
        make_lived_in(home / "a.db")
        note(home, "a", "a word in private")
        for name in ("a", "b"):
            share(home, name, SECRET)
        assert exported(home, "a") == exported(home, "b")
        for path in folder.iterdir():
            assert path.read_bytes().startswith(b"rollcase encrypted share 1\n")
            assert b"private" not in path.read_bytes()
        assert not share(home, "b", SECRET).is_written

    def test_plain_file_goes_once_it_is_encrypted(self, home: Path, folder: Path) -> None:
        note(home, "a", "one")
        note(home, "b", "two")
        share(home, "a")
        share(home, "b")
        union = share(home, "a", SECRET)
        assert union.plain == [f"rollcase-{'b' * 16}.json"]
        assert sorted(path.name for path in folder.iterdir()) == [
            f"rollcase-{'a' * 16}.encrypted",
            f"rollcase-{'b' * 16}.json",
        ]

    @pytest.mark.parametrize(
        ("passphrase", "error"), [(None, NoPassphrase), (b"another passphrase", WrongPassphrase)]
    )
    def test_without_the_right_one_nothing_is_written(
        self,
        home: Path,
        folder: Path,
        passphrase: bytes | None,
        error: type[shared_file.Refused],
    ) -> None:
        note(home, "a", "one")
        share(home, "a", SECRET)
        with pytest.raises(error, match="has encrypted files"):
            share(home, "b", passphrase)
        assert len([*folder.iterdir()]) == 1

    def test_changed_byte_is_told_from_a_wrong_passphrase(self) -> None:
        sealed = shared_file.seal(b"text", SECRET)
        body = sealed[:-32]
        for place in range(len(shared_file.MAGIC) + 2, len(body), 5):
            changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
            with pytest.raises(shared_file.Refused, match="damaged"):
                shared_file.unseal(changed + sealed[-32:], SECRET)
            # Who computes the checksum anew is found out by the tag.
            with pytest.raises(shared_file.Refused):
                shared_file.unseal(changed + sha256(changed).digest(), SECRET)
        assert shared_file.unseal(sealed, SECRET) == b"text"

    def test_newer_encrypted_file_is_named_so(self) -> None:
        sealed = shared_file.seal(b"text", SECRET).replace(b"share 1\n", b"share 2\n")
        with pytest.raises(shared_file.Refused, match="newer version"):
            shared_file.unseal(sealed, SECRET)


class TestPersons:
    def test_left_out_person_is_in_no_file(self, home: Path, folder: Path) -> None:
        make_lived_in(home / "a.db")
        with open_archive(home / "a.db") as archive:
            with archive.transaction():
                archive.name_person(7, "Ben", NOW)
                case_id = archive.keep_case("ben's case", "pico", "0.1.0")
                log_id = archive.keep_log(case_id, "ee" * 8, 7)
                archive.own_log(log_id, 7, NOW)
                archive.name_case(case_id, "hers", NOW)
            write(archive, "of Ben", person=7)
        share(home, "a", left_out=[7])
        share(home, "b")
        text = exported(home, "b")
        assert not [word for word in ("Ben", "of Ben", "ben's case", "hers") if word in text]
        assert json.loads(text)["cases"]
        share(home, "a")
        share(home, "b")
        assert "of Ben" in notes(home, "b")

    def test_two_users_are_two_persons_on_both_computers(self, home: Path, folder: Path) -> None:
        ann, ben = 1001, 1002
        for name, user, called in (("a", ann, "Ann"), ("b", ben, "Ben")):
            with open_archive(home / f"{name}.db", create=True) as archive, archive.transaction():
                archive.name_person(diary.ME, called, NOW)
                case_id = archive.keep_case(f"case of {called}", "pico", "0.1.0")
                archive.own_log(archive.keep_log(case_id, f"{user:016x}"), diary.ME, NOW)
            note(home, name, f"by {called}")
        for name in ("a", "b", "a", "b"):
            user, called = (ann, "Ann") if name == "a" else (ben, "Ben")
            assert reasons(share(home, name, user=(user, called))) == {}
        for name, mine, other, token in (("a", "Ann", "Ben", ben), ("b", "Ben", "Ann", ann)):
            with open_archive(home / f"{name}.db") as archive:
                past = history.read(archive)
                assert [(who.token, who.name) for who in past.persons] == [
                    (0, mine),
                    (token, other),
                ]
                assert [entry.text for entry in past.of(diary.ME).diary] == [f"by {mine}"]
                assert [entry.text for entry in past.of(token).diary] == [f"by {other}"]
                owners = {case.device: past.person_now(case) for case in past.cases}
                logs = {case.device: past.logs(case)[0].facts.person for case in past.cases}
                assert logs == {f"case of {mine}": 0, f"case of {other}": token}, owners

    def test_owner_that_was_put_right_does_not_make_a_stranger(
        self, home: Path, folder: Path
    ) -> None:
        make_lived_in(home / "a.db")
        with open_archive(home / "a.db") as archive, archive.transaction():
            for case in archive.cases():
                for log_id in archive.logs(case.id):
                    archive.infer_owner(log_id)
        share(home, "a")
        share(home, "b")
        with open_archive(home / "a.db") as archive, archive.transaction():
            archive.name_person(7, "Ben", NOW)
            for case in archive.cases():
                for log_id in archive.logs(case.id):
                    archive.own_log(log_id, 7, NOW)
        note(home, "b", "mine")
        for name in ("b", "a", "b"):
            assert reasons(share(home, name)) == {}
        assert exported(home, "a") == exported(home, "b")
        with open_archive(home / "a.db") as archive:
            assert archive.diary.entries()[-1].person == diary.ME

    def test_strangers_file_is_refused_until_somebody_says_whose_it_is(
        self, home: Path, folder: Path
    ) -> None:
        for name in ("a", "b"):
            with open_archive(home / f"{name}.db", create=True) as archive, archive.transaction():
                case_id = archive.keep_case(f"case {name}", "pico", "0.1.0")
                archive.own_log(archive.keep_log(case_id, name * 16), diary.ME, NOW)
            note(home, name, f"by {name}")
        share(home, "a")
        union = share(home, "b")
        assert list(reasons(union).values()) == [
            "comes from a computer with cases of its own: are they yours?"
        ]
        assert notes(home, "b") == ["by b"]
        for name in ("a", "b", "a"):  # it was one person all the time
            share(home, name, user=(1001, "Ann"))
        assert notes(home, "a") == notes(home, "b") == ["by a", "by b"]
