"""Commands on a database in whose rows something has changed."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.host.complaints import sentence_and_step
from tests.host.database_files import change_entries, rows_of, triggers_off
from tests.host.lived_in import make_lived_in
from tests.host.run_host import run_main

pytestmark = pytest.mark.usefixtures("home")

CHANGES = {
    "no JSON": "UPDATE entries SET data = '{' WHERE kind = 'clinic'",
    "another name of a field": "UPDATE entries SET data = '{\"polic\":1}' WHERE kind = 'policy'",
    "a kind that there is not": "UPDATE entries SET kind = 'clinik' WHERE kind = 'clinic'",
    "a policy that is none": "UPDATE policies SET policy = '1;rest'",
    "another number in a policy": "UPDATE policies SET policy = replace(policy, 's=90', 's=91')",
    "no person": "UPDATE logs SET person = 7",
    "no log": "UPDATE cases SET log_id = 77",
    "a name of a log that is none": "UPDATE logs SET log = 'x' || substr(log, 2)",
    "text that is none": "UPDATE entries SET data = CAST(x'7bff7d' AS TEXT) WHERE kind = 'note'",
    "bytes that are no number": "UPDATE cases SET met_at = -5",
}


@pytest.fixture
def database(home: Path) -> Path:
    """A database that was lived in."""
    make_lived_in(home / "rollcase.db")
    return home / "rollcase.db"


def change(database: Path, sql: str) -> None:
    """Change a database behind the program's back."""
    with closing(sqlite3.connect(database)) as file:
        with triggers_off(file):
            assert file.execute(sql).rowcount
        file.commit()


@pytest.mark.parametrize("sql", CHANGES.values(), ids=CHANGES.keys())
def test_changed_row_is_told_in_a_sentence_and_seen_by_verify(
    database: Path, sql: str, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    run_main(capsys, ["verify", "--json"])
    change(database, sql)
    code, out, err = run_main(capsys, ["verify", "--json"])
    assert code == 1
    if err:
        sentence_and_step(err)
    else:
        assert json.loads(out)["rows"]
    for words in (["status"], ["log"], ["report", str(home / "page.html")], ["plan"]):
        code, out, err = run_main(capsys, words)
        assert code in (0, 1, 2)
        if code:
            sentence, step = sentence_and_step(err)
            assert code == 2 or "damaged" in sentence or "cannot read" in sentence
            assert step


def changed_clinic(database: Path) -> str:
    """Change a bit in when a clinic session was, as a disk would; return the entry's number."""
    change(database, "UPDATE entries SET at = at - 4194304 WHERE kind = 'clinic'")
    with closing(sqlite3.connect(database)) as file:
        found = file.execute("SELECT token FROM entries WHERE kind = 'clinic'").fetchone()
    return f"{found[0]:08x}"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE entries SET at = at - 4194304 WHERE kind = 'clinic'",
        "UPDATE entries SET zone = 'chin' WHERE kind = 'clinic'",
        "UPDATE entries SET crc = crc + 1 WHERE kind = 'clinic'",
        "UPDATE persons SET name = 'ne'",
        "UPDATE quarantine SET chain = chain + 1",
        "UPDATE quarantine SET raw = zeroblob(32)",
    ],
)
def test_change_that_makes_sense_is_seen_by_verify(
    database: Path, sql: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(database, sql)
    code, out, _ = run_main(capsys, ["verify", "--json"])
    (row,) = json.loads(out)["rows"]
    assert code == 1
    assert row.startswith("Not as this program wrote it: ")
    assert row.endswith(", by its checksum.")


@pytest.mark.parametrize(
    "words", [["status"], ["verify"], ["doctor"], ["export", "json"], ["undo", "--list"]]
)
def test_changed_entry_is_named_with_the_command_that_erases_it(
    database: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    number = changed_clinic(database)
    code, out, err = run_main(capsys, words)
    assert code == 1
    assert f"Not as this program wrote it: entry {number}, by its checksum." in out + err
    assert f"Without one, erase the entry and write it again: forget {number}." in out + err


def test_changed_entry_is_erased_by_its_number_and_an_import_brings_it_back(
    database: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_main(capsys, ["export", "json", str(home / "before.json")])
    before = rows_of(database)["entries"]
    number = changed_clinic(database)
    assert run_main(capsys, ["forget", number])[1].splitlines()[-1] == "Nothing was erased."
    assert len(rows_of(database)["entries"]) == len(before)
    code, out, _ = run_main(capsys, ["forget", number, "--yes"])
    assert code == 0
    assert out.startswith("It is erased here. If it still counts, write it again")
    assert run_main(capsys, ["status"])[0] == 0
    assert run_main(capsys, ["import", str(home / "before.json")])[0] == 0
    after = rows_of(database)["entries"]
    assert {row["token"]: row["at"] for row in after} == {row["token"]: row["at"] for row in before}
    assert json.loads(run_main(capsys, ["verify", "--json"])[1])["rows"] == []


def test_backup_takes_the_place_of_a_database_with_a_changed_entry(
    database: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(database, home / "backup.db")
    changed_clinic(database)
    code, out, err = run_main(capsys, ["restore", str(home / "backup.db"), "--yes"])
    assert code == 0, (out, err)
    assert rows_of(database) == rows_of(home / "backup.db")


def test_backup_with_a_changed_entry_is_not_restored(
    database: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(database, home / "backup.db")
    number = changed_clinic(home / "backup.db")
    before = database.read_bytes()
    code, _, err = run_main(capsys, ["restore", str(home / "backup.db"), "--yes"])
    sentence, step = sentence_and_step(err)
    assert code == 1
    assert f"entry {number}, by its checksum" in sentence
    assert step.startswith("Name another backup")
    assert database.read_bytes() == before


def test_database_as_this_program_writes_it_has_no_wrong_rows(
    database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert json.loads(run_main(capsys, ["verify", "--json"])[1])["rows"] == []


def test_error_of_our_own_is_not_blamed_on_a_database_that_is_right(
    database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("ours")

    monkeypatch.setattr("rollhost.commands.status.run", fail)
    with pytest.raises(KeyError, match="ours"):
        run_main(capsys, ["status"])


def test_chosen_rules_without_the_log_they_were_chosen_in_are_read(
    database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(database)) as file:
        change_entries(file, "data = json_remove(data, '$.log') WHERE kind = 'policy'")
        file.commit()
    assert run_main(capsys, ["status"])[0] == 0
