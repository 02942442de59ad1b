"""Exports of logs that were put back and went on, into databases that met them in another order."""

import json
import shutil
from pathlib import Path

import pytest
from tests.host.bringing_home import PutBack, go_on, home_now, logs_in, make_put_back

from rollhost.database.open import open_archive
from rollhost.exchange import export_csv_json, import_json
from rollhost.exchange.import_json import Taken
from rollhost.history import history

pytestmark = pytest.mark.in_process


def document_of(path: Path) -> str:
    """Return the export of a database."""
    with open_archive(path) as archive:
        return export_csv_json.json_text(history.read(archive))


def imported(path: Path, text: str) -> Taken:
    """Import a document into the database at `path`."""
    file = path.with_suffix(".json")
    file.write_text(text)
    with import_json.read(file) as export, open_archive(path, create=True) as archive:
        return import_json.keep_in(archive, export)


def records_in(path: Path) -> list[bytes]:
    """Return all records in a database, sorted."""
    return sorted(raw for log in logs_in(path) for raw in log.raw)


def sessions_in(path: Path) -> list[tuple[int, str | None]]:
    """Return end and zone of each session in a database."""
    with open_archive(path) as archive:
        return [(session.ended, session.zone) for session in history.read(archive).sessions]


@pytest.fixture
def put_back(home: Path) -> PutBack:
    """A case whose flash was put back, see `make_put_back`."""
    return make_put_back(home)


@pytest.fixture
def here(put_back: PutBack, home: Path) -> Path:
    """A database that has met the log before it went back, and after, with a fork in it."""
    with put_back.case() as case:
        go_on(case)
        shutil.copytree(home / "flash", home / "later")
        home_now(case, put_back.path)
    return put_back.path


@pytest.fixture
def late(here: Path, home: Path) -> Path:
    """A database that has met the log only after it went back: for it there is no fork."""
    shutil.rmtree(home / "flash")
    shutil.copytree(home / "later", home / "flash")
    with PutBack(home).case() as case:
        case.app.new_log = lambda keep: "not now"  # type: ignore[method-assign]
        home_now(case, home / "late.db")
    assert [log.facts.fork_of for log in logs_in(home / "late.db")] == [None]
    return home / "late.db"


def test_fork_is_exported_and_imported_as_it_is(here: Path, home: Path) -> None:
    text = document_of(here)
    imported(home / "b.db", text)
    assert document_of(home / "b.db") == text
    assert vars(imported(home / "b.db", text)) == vars(Taken())
    document = json.loads(text)
    document["cases"][0]["logs"].reverse()
    assert imported(home / "c.db", json.dumps(document)).records == len(records_in(here))
    assert records_in(home / "c.db") == records_in(here)


def test_databases_that_met_the_two_sides_in_another_order_hold_the_same_in_the_end(
    here: Path, late: Path
) -> None:
    ours, theirs = document_of(here), document_of(late)
    imported(late, ours)
    imported(here, theirs)
    assert records_in(here) == records_in(late)
    assert len(records_in(here)) == len(set(records_in(here)))
    assert sessions_in(here) == sessions_in(late)
    for path, text in ((late, ours), (here, theirs)):
        again = imported(path, text)
        assert (again.records, again.quarantined) == (0, 0)
    # What is the log itself in one of them is the fork in the other.
    names = [{log.name for log in logs_in(path)} for path in (here, late)]
    assert len(names[0] & names[1]) == 2
    [born] = [log for log in logs_in(late) if log.facts.follows]
    assert born.parent is not None
    assert born.parent.facts.fork_of is None
    # Nobody can say which of the two it has gone on from: what both have is surely in it.
    [fork] = [log for log in logs_in(late) if log.facts.fork_of]
    assert born.included() == {born.parent.id: fork.events[0].seq}


def test_two_sides_that_no_database_knows_both_of_are_kept_beside_each_other(
    here: Path, late: Path, home: Path
) -> None:
    """Neither file says that there is a fork: the records do."""
    document = json.loads(document_of(here))
    case = document["cases"][0]
    case["logs"] = [log for log in case["logs"] if log["fork_of"] is None and not log["follows"]]
    case["log"] = case["logs"][0]["log"]
    taken = imported(late, json.dumps(document))
    original, fork = sorted(logs_in(late), key=lambda log: log.id)
    assert fork.facts.fork_of == original.name
    assert taken.records == len(fork.raw) > 0


@pytest.mark.parametrize(("log", "place"), [(0, 3), (0, -1), (1, 0), (1, -1)])
def test_edited_record_is_no_fork(here: Path, home: Path, log: int, place: int) -> None:
    """It does not fit its checksum; the original stays."""
    text = document_of(here)
    imported(home / "b.db", text)
    document = json.loads(text)
    edited = document["cases"][0]["logs"][log]["records"][place]
    edited["raw"] = edited["raw"][:24] + "ff" + edited["raw"][26:]
    before = document_of(home / "b.db")
    taken = imported(home / "b.db", json.dumps(document))
    assert (taken.records, taken.quarantined) == (0, 0)
    assert document_of(home / "b.db") == before
