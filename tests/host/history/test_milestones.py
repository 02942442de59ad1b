"""Milestones in a database: when they are gone, when they are not read, and what never asks."""

import json
import shutil
import sqlite3
from pathlib import Path
from random import Random

import pytest
from tests.conftest import Host
from tests.firmware.logs import records_of
from tests.host.random_lives import LooseLife
from tests.host.ten_years import BORN, DAY, ORIGINAL, Life

from rollcore import events, snapshot
from rollcore.events import CASE_EPOCH
from rollcore.memory import State
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.open import open_archive
from rollhost.database.row_crc import teach
from rollhost.errors import DONE, FAILED
from rollhost.history import carried, history, lineage, milestones, recent
from rollhost.output import units

pytestmark = pytest.mark.in_process

YEAR = 365 * DAY

READING = (
    "status", "log --last 20", "log", "plan", "clinic", "hold", "reaction", "product", "head",
    "check", "alcohol", "policy", "policy replay rest=28d", "person", "case", "name", "photo",
    "report {}", "verify", "export json {}", "export csv {}", "export diary {}", "export ics {}",
    "export json --person me {}",
)  # fmt: skip
"""Commands that read only; the braces stand for a file."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Life]:
    """A database of three years, of which the last sync has made a milestone, and whose it is."""
    path = tmp_path_factory.mktemp("lived") / "rollcase.db"
    with open_archive(path, create=True) as archive:
        life = Life(archive, rules=ORIGINAL)
        for year in (1, 2):
            life.live(BORN + year * YEAR)
            life.reaction("face", 4, ["spreading"], "red")
            life.clinic(1500)
        life.live(BORN + 3 * YEAR)
        with archive.transaction():
            archive.own_log(1, diary.ME, life.unix)
            recent.keep_milestones(archive, recent.read(archive, life.unix), life.unix)
        archive.copy_to(path.with_suffix(".copy"))
    return path.with_suffix(".copy"), life


@pytest.fixture
def life(home: Path, lived: tuple[Path, Life], monkeypatch: pytest.MonkeyPatch) -> Life:
    """Somebody who has that database, a day after the last sync."""
    path, life = lived
    shutil.copy(path, home / "rollcase.db")
    monkeypatch.setenv("ROLLCASE_NOW", units.utc(life.unix + DAY))
    assert has_milestone(home)
    return life


def has_milestone(home: Path) -> bool:
    """Return whether there is a milestone in the owner's database."""
    return bool(change(home, "SELECT seq FROM milestones"))


def change(home: Path, query: str, *values: object) -> list[tuple[object, ...]]:
    """Change the owner's database as another program would; return the rows of the answer."""
    with sqlite3.connect(home / "rollcase.db") as database:
        teach(database)
        return database.execute(query, values).fetchall()


def milestone_seq(home: Path) -> int:
    """Return the number of the first record after the milestone."""
    [(seq,)] = change(home, "SELECT seq FROM milestones")
    assert isinstance(seq, int)
    return seq


class TestDatabase:
    def test_record_that_is_new_at_the_end_keeps_the_milestone(
        self, home: Path, life: Life
    ) -> None:
        change(home, "INSERT INTO records VALUES (1, 100000, zeroblob(32))")
        assert has_milestone(home)

    def test_record_that_is_there_already_keeps_the_milestone(self, home: Path, life: Life) -> None:
        change(home, "INSERT OR IGNORE INTO records SELECT * FROM records")
        assert has_milestone(home)

    def test_record_that_comes_late_drops_the_milestone_after_it(self, home: Path) -> None:
        with open_archive(home / "rollcase.db", create=True) as archive:
            life = LooseLife(archive, Random(1), rules=ORIGINAL)
            life.lost = {9}
            _live_loosely(life, 3)
            with archive.transaction():
                recent.keep_milestones(archive, recent.read(archive, life.unix), life.unix)
            assert has_milestone(home)
            raw = records_of(life.log, events.first_chain(bytes([1] * 8)))[8]
            with archive.transaction():
                assert archive.add_records([(life.log_row, raw)])
        assert not has_milestone(home)

    @pytest.mark.parametrize(
        "query",
        [
            "UPDATE records SET raw = zeroblob(32) WHERE seq = 5",
            "DELETE FROM records WHERE seq = 5",
            "INSERT INTO quarantine VALUES (1, 5, zeroblob(32), 0, 'unreadable', 0)",
            "INSERT INTO quarantine VALUES (1, 100000, zeroblob(32), 0, 'unreadable', 0)",
            "INSERT INTO case_states (log_id, seq, state) VALUES (1, 5, x'00')",
            "UPDATE logs SET follows = '0011223344556677'",
        ],
    )
    def test_milestone_is_gone_after(self, home: Path, life: Life, query: str) -> None:
        change(home, query)
        assert not has_milestone(home)

    def test_state_that_the_case_tells_now_keeps_the_milestone(
        self, home: Path, life: Life
    ) -> None:
        insert = "INSERT INTO case_states (log_id, seq, state) VALUES (1, ?, x'00')"
        change(home, insert, milestone_seq(home))
        assert has_milestone(home)

    def test_entry_keeps_the_milestone(self, home: Path, life: Life, host: Host) -> None:
        assert host("note", "hello").returncode == DONE
        assert has_milestone(home)

    def test_milestone_is_not_kept_where_an_earlier_record_came_home_meanwhile(
        self, home: Path
    ) -> None:
        with open_archive(home / "rollcase.db", create=True) as archive:
            life = LooseLife(archive, Random(1), rules=ORIGINAL)
            life.lost = {4}
            _live_loosely(life, 3)
            past = recent.read(archive, life.unix)
            raw = records_of(life.log, events.first_chain(bytes([1] * 8)))
            with archive.transaction():
                assert archive.add_records([(life.log_row, raw[3])])
                recent.keep_milestones(archive, past, life.unix)
            assert archive.milestone(life.log_row) is None
            with archive.transaction():
                recent.keep_milestones(archive, recent.read(archive, life.unix), life.unix)
            assert archive.milestone(life.log_row) is not None

    def test_fork_has_no_milestone(self, home: Path) -> None:
        with open_archive(home / "rollcase.db", create=True) as archive:
            life = LooseLife(archive, Random(1), rules=ORIGINAL)
            _live_loosely(life, 1)
            fork = life.twin()
            life.start(0)
            life.sync()
            fork.start(DAY)
            first = records_of(fork.log[fork._sent :], fork._chain)[0]
            name = lineage.fork_name(archive.log_name(life.log_row), first)
            with archive.transaction():
                fork._log_row = archive.keep_fork(life.log_row, name)
            fork.sync()
            _live_loosely(fork, 3)
            with archive.transaction():
                recent.keep_milestones(archive, recent.read(archive, fork.unix), fork.unix)
            assert archive.milestone(life.log_row) is not None
            assert archive.milestone(fork.log_row) is None

    def test_person_who_is_forgotten_leaves_no_milestone(
        self, home: Path, life: Life, host: Host
    ) -> None:
        with open_archive(home / "rollcase.db") as archive, archive.transaction():
            archive.name_person(7, "Ann", life.unix)
            archive.own_log(1, 7, life.unix)
        result = host("forget", "Ann", "--yes")
        assert result.returncode == DONE, result.stderr
        assert not has_milestone(home)

    def test_backup_and_restore_keep_the_milestone(
        self, home: Path, life: Life, host: Host
    ) -> None:
        said = host("status", "--json").stdout
        assert host("backup", str(home / "copy.db")).returncode == DONE
        (home / "rollcase.db").unlink()
        result = host("restore", str(home / "copy.db"), "--yes")
        assert result.returncode == DONE, result.stderr
        assert has_milestone(home)
        assert host("status", "--json").stdout == said

    def test_import_into_another_database_says_the_same(
        self, home: Path, life: Life, host: Host, tmp_path: Path
    ) -> None:
        said = host("status").stdout
        assert host("export", "json", str(tmp_path / "all.json")).returncode == DONE
        other = str(tmp_path / "other.db")
        result = host("import", str(tmp_path / "all.json"), "--db", other)
        assert result.returncode == DONE, result.stderr
        assert host("status", "--db", other).stdout == said
        assert host("import", str(tmp_path / "all.json")).returncode == DONE
        assert has_milestone(home)

    def test_sync_makes_a_milestone_in_a_database_that_had_none(
        self, home: Path, life: Life
    ) -> None:
        change(home, "DELETE FROM milestones")
        with open_archive(home / "rollcase.db") as archive, archive.transaction():
            recent.keep_milestones(archive, recent.read(archive, life.unix), life.unix)
        assert has_milestone(home)


def _live_loosely(life: LooseLife, years: int) -> None:
    """Let somebody roll a case, with a new head each tenth time."""
    for number in range(years * 50):
        life.wait(8 * DAY)
        life.try_to_roll()
        if number % 10 == 9:
            life.record(events.HEAD_NEW, uses=life.state.head_uses)
        life.sync()


class TestCommands:
    def test_each_command_that_reads_says_the_same_without_milestones(
        self, home: Path, life: Life, host: Host, tmp_path: Path
    ) -> None:
        with_milestones = {line: _run(host, line, tmp_path) for line in READING}
        assert has_milestone(home)
        change(home, "DELETE FROM milestones")
        for line in READING:
            assert _run(host, line, tmp_path) == with_milestones[line], line

    def test_status_reads_few_of_the_records(self, home: Path, life: Life) -> None:
        with open_archive(home / "rollcase.db") as archive:
            [part] = recent.read(archive, life.unix).all_logs
            [whole] = history.read(archive).all_logs
        assert len(part.raw) < len(whole.raw) / 2
        assert part.records == whole.records == len(whole.raw)

    def test_database_that_cannot_be_written_is_read_from_its_milestones_on(
        self, home: Path, life: Life, host_without_rights: Host
    ) -> None:
        said = host_without_rights("status", "--json").stdout
        (home / "rollcase.db").chmod(0o400)
        home.chmod(0o500)
        try:
            assert host_without_rights("status", "--json").stdout == said
            assert host_without_rights("verify").returncode == DONE
        finally:
            home.chmod(0o700)
            (home / "rollcase.db").chmod(0o600)


def _run(host: Host, line: str, folder: Path) -> tuple[object, ...]:
    file = folder / "out"
    file.unlink(missing_ok=True)
    words = line.replace("{}", str(file)).split()
    result = host(*words)
    assert result.returncode == DONE, (line, result.stderr)
    return result.stdout, result.stderr, file.read_bytes() if file.exists() else None


class TestEdited:
    @pytest.mark.parametrize(
        "edited",
        [
            "''", "'null'", "'[]'", "'{}'", "'7'", "'\"x\"'", "substr(data, 1, 900)",
            "json_set(data, '$.format', '0')", "json_remove(data, '$.format')",
            "json_set(data, '$.program', '0.0.9')",
            "json_remove(data, '$.kept')", "json_set(data, '$.kept', 7)",
            "json_set(data, '$.kept[0]', 'x')", "json_set(data, '$.kept[0][0]', 'x')",
            "json_set(data, '$.kept[1][0]', 999999)", "json_set(data, '$.state', 'zz')",
            "json_set(data, '$.state', '00')", "json_set(data, '$.seq', 7)",
            "json_set(data, '$.last', null)", "json_set(data, '$.last', 1.5)",
            "json_set(data, '$.believed', json('{}'))", "json_set(data, '$.settled', 'x')",
            "json_set(data, '$.disinfected', 'x')", "json_set(data, '$.disinfected', 999999)",
            "json_set(data, '$.crc', -1)",
        ],
    )  # fmt: skip
    def test_milestone_that_is_damaged_is_not_read(
        self, home: Path, life: Life, host: Host, edited: str
    ) -> None:
        said = host("status", "--json").stdout
        change(home, f"UPDATE milestones SET data = {edited}")
        again = host("status", "--json")
        assert (again.returncode, again.stderr, again.stdout) == (DONE, "", said)
        with open_archive(home / "rollcase.db") as archive:
            assert all(log.milestone is None for log in recent.read(archive, life.unix).all_logs)

    @pytest.mark.parametrize("field", ["records", "missing", "crc", "last", "kept[0][1]", "state"])
    def test_verify_drops_a_milestone_that_was_edited(
        self, home: Path, life: Life, host: Host, field: str
    ) -> None:
        assert host("verify").returncode == DONE
        seq = milestone_seq(home)
        value: object = snapshot.pack(State()).hex() if field == "state" else 5
        change(home, f"UPDATE milestones SET data = json_set(data, '$.{field}', ?)", value)
        result = host("verify", "--json")
        assert result.returncode == FAILED
        document = json.loads(result.stdout)
        [remark] = document["logs"][0]["remarks"]
        assert (remark["kind"], remark["wrong"]) == ("milestone", True)
        assert (remark["first"], remark["last"]) == (1, seq - 1)
        assert not has_milestone(home)
        assert host("verify").returncode == DONE

    def test_verify_says_in_words_that_a_milestone_was_edited(
        self, home: Path, life: Life, host: Host
    ) -> None:
        change(home, "UPDATE milestones SET data = json_set(data, '$.records', 5)")
        result = host("verify")
        assert result.returncode == FAILED
        assert "1 thing wrong" in result.stdout
        assert "was edited" in result.stdout
        assert "backup" not in result.stderr


class TestEnough:
    """One test for each thing that was once before a milestone and asked for."""

    def test_milestone_is_as_it_was_packed(self, home: Path, life: Life) -> None:
        with open_archive(home / "rollcase.db") as archive:
            row = archive.milestone(1)
        assert row is not None
        stone = milestones.unpack(*row)
        assert stone is not None
        assert milestones.pack(stone) == row[1]

    def test_entry_that_was_taken_back_after_a_milestone_is_read_as_a_whole(
        self, home: Path, life: Life
    ) -> None:
        with open_archive(home / "rollcase.db") as archive:
            first = next(e for e in archive.diary.everything() if e.kind == diary.CLINIC)
            with archive.transaction():
                archive.diary.undo(first, life.unix)
            assert not _has_milestones(archive, life.unix)

    def test_reaction_long_after_the_last_session_of_its_zone_is_read_as_a_whole(
        self, home: Path, life: Life
    ) -> None:
        with open_archive(home / "rollcase.db") as archive:
            assert _has_milestones(archive, life.unix)
            with archive.transaction():
                entry = diary.Entry(diary.WATCH, life.unix, "neck", data={"text": ""})
                archive.diary.add(entry, life.unix)
            assert not _has_milestones(archive, life.unix)

    def test_plan_of_another_person_does_not_hide_when_ours_began(
        self, home: Path, life: Life
    ) -> None:
        with open_archive(home / "rollcase.db") as archive:
            with archive.transaction():
                archive.name_person(7, "Ann", life.unix)
                for person, at, sessions in ((diary.ME, BORN, 4), (7, life.unix, 0)):
                    data: dict[str, object] = {"sessions": sessions}
                    entry = diary.Entry(diary.PLAN, at, "face", data=data, person=person)
                    archive.diary.add(entry, life.unix)
            assert not _has_milestones(archive, life.unix)

    def test_soak_in_the_log_before_is_still_the_last_one(self, home: Path) -> None:
        with open_archive(home / "rollcase.db", create=True) as archive:
            life = LooseLife(archive, Random(1), rules=ORIGINAL)
            life.soak(events.BEFORE_USE)
            life.set_rules(ORIGINAL.changed(revision=3, soak_before_min=0, soak_after_min=0))
            life.sync()
            soaked = _disinfected(archive)
            assert soaked is not None
            new = life.go_on_in_new_log(bytes([9] * 8))
            _live_loosely(new, 4)
            with archive.transaction():
                recent.keep_milestones(archive, recent.read(archive, new.unix), new.unix)
            past = recent.read(archive, new.unix)
            assert past.all_logs[-1].milestone is not None
            assert past.all_logs[-1].content.disinfected == soaked

    def test_use_that_is_longer_ago_than_any_rest_is_told_to_no_other_case(
        self, home: Path, life: Life
    ) -> None:
        with open_archive(home / "rollcase.db") as archive:
            last = history.read(archive).sessions[-1].ended
            told = [_told_of_uses(archive, last + days * DAY) for days in (1, 499, 501)]
        assert told == [True, True, False]


def _has_milestones(archive: Archive, now: int) -> bool:
    return any(log.milestone is not None for log in recent.read(archive, now).all_logs)


def _disinfected(archive: Archive) -> object:
    return history.read(archive).all_logs[-1].content.disinfected


def _told_of_uses(archive: Archive, now: int) -> bool:
    """Return whether a case that is new at Unix time `now` (s) is told of uses of the other one."""
    with archive.transaction():
        new = archive.keep_case("77aa0a2b3c4d9e01", "pico", "0.1.0")
    past = history.read(archive)
    case = next(known for known in past.cases if known.id == new)
    found = carried.uses_elsewhere(past, case, None, ORIGINAL, set(), now - CASE_EPOCH)
    return bool(found)
