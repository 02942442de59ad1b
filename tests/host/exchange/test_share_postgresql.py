"""A PostgreSQL database that computers share, on a real server: union, rights, faults, secrets."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from random import Random

import pytest
from tests.conftest import Host
from tests.host import postgresql_server
from tests.host.certificates import make_certificates
from tests.host.complaints import complaint
from tests.host.lived_in import NOW, make_lived_in
from tests.host.postgresql_server import address, port_of, server, skip_without_postgresql
from tests.host.three_computers import NAMES, document_of, live, put_back_between

from rollhost.cli.main import main
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.exchange import share_postgresql
from rollhost.exchange.share_folder import Terms
from rollhost.exchange.share_postgresql import Exchanged, ServerError, without_password
from rollhost.history import forgetting, history

psycopg = pytest.importorskip("psycopg")

pytestmark = pytest.mark.in_process

DAY = 86400
USER = (1001, "Clinic")


@pytest.fixture(scope="module")
def running() -> Iterator[str]:
    """The folder of a server with a role for each of the three computers."""
    skip_without_postgresql()
    with server() as home:
        with psycopg.connect(address(home, "owner", "postgres"), autocommit=True) as db:
            db.execute("CREATE DATABASE template WITH IS_TEMPLATE true")
        with psycopg.connect(address(home, "owner", "template"), autocommit=True) as db:
            for _ in range(2):  # the second time it finds all of it there
                db.execute(share_postgresql.setup_sql())
            for name in NAMES:
                db.execute(f"CREATE ROLE {name} LOGIN IN ROLE rollcase_computer")
        yield home


numbers = count()


@pytest.fixture
def shelf(running: str) -> "Shelf":
    """A database that nobody has shared yet."""
    name = f"shelf{next(numbers)}"
    with psycopg.connect(address(running, "owner", "postgres"), autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name} TEMPLATE template")
    return Shelf(running, name)


class Shelf:
    """A shared database on the server."""

    def __init__(self, home: str, name: str) -> None:
        self.home = home
        self.name = name

    def address(self, role: str = "a") -> str:
        """Return its address for a role."""
        return address(self.home, role, self.name)

    def ask(self, query: str, role: str = "owner") -> list[tuple[object, ...]]:
        """Return the rows that a query gives a role."""
        with psycopg.connect(self.address(role)) as db:
            cursor = db.execute(query)
            return cursor.fetchall() if cursor.description else []

    def share(self, home: Path, name: str, now: int = NOW, **terms: object) -> Exchanged:
        """Let the computer called so share."""
        told = Terms(name * 16, USER)._replace(**terms)  # type: ignore[arg-type]
        with open_archive(home / f"{name}.db", create=True) as archive:
            return share_postgresql.share(archive, self.address(name), told, now)


def exported(home: Path, name: str) -> str:
    """Return all that the computer called so knows."""
    with open_archive(home / f"{name}.db") as archive:
        return document_of(archive)


def note(home: Path, name: str, text: str, token: int | None = None) -> Entry:
    """Write a note on the computer called so."""
    with open_archive(home / f"{name}.db", create=True) as archive, archive.transaction():
        entry = Entry(diary.NOTE, NOW, data={"text": text})
        if token is None:
            return archive.diary.add(entry, NOW)
        archive.diary.keep(entry._replace(token=token, written_at=NOW))
        return entry


class TestUnion:
    def test_three_computers_come_to_the_whole_in_any_order(self, home: Path, shelf: Shelf) -> None:
        whole, now = live(home, 1)
        chance = Random(1)
        for name in [*chance.sample(NAMES, 3), *chance.sample(NAMES, 3)]:
            shelf.share(home, name, now)
        assert [exported(home, name) == whole for name in NAMES] == [True] * 3
        again = shelf.share(home, "a", now)
        assert (again.records, again.entries, again.taken.records, again.taken.entries) == (0,) * 4

    def test_computers_that_share_at_once_double_nothing(self, home: Path, shelf: Shelf) -> None:
        whole, now = live(home, 3)
        for _ in range(2):
            with ThreadPoolExecutor(3) as threads:
                found = [threads.submit(shelf.share, home, name, now) for name in NAMES]
            assert all(future.result() for future in found)
        assert [exported(home, name) == whole for name in NAMES] == [True] * 3

    def test_forgetting_deletes_it_there_and_everywhere(self, home: Path, shelf: Shelf) -> None:
        make_lived_in(home / "a.db")
        gone = note(home, "a", "a secret")
        shelf.share(home, "a")
        shelf.share(home, "b")
        with open_archive(home / "b.db") as archive:
            plan = forgetting.of_entries(history.read(archive), [gone])
            device, log = history.read(archive).cases[0].device, "0001020304050607"
            with archive.transaction():
                forgetting.carry_out(archive, plan)
                assert archive.forget_log(device, log) == 1
        for name in ("b", "a", "c", "a"):
            shelf.share(home, name)
        for name in NAMES:
            assert "a secret" not in exported(home, name)
            assert json.loads(exported(home, name))["forgotten_logs"] == [
                {"device": device, "log": log}
            ]
        assert not shelf.ask("SELECT 1 FROM rollcase.entries WHERE body LIKE '%a secret%'")
        assert not shelf.ask(f"SELECT 1 FROM rollcase.records WHERE log = '{log}'")

    def test_what_was_forgotten_is_not_added_again(self, home: Path, shelf: Shelf) -> None:
        make_lived_in(home / "a.db")
        shelf.share(home, "a")
        for query in (
            "INSERT INTO rollcase.forgotten (token) SELECT token FROM rollcase.entries",
            "INSERT INTO rollcase.forgotten_logs (device, log)"
            " SELECT DISTINCT device, log FROM rollcase.records",
            "INSERT INTO rollcase.entries (token, person, body)"
            " SELECT token, 1, '{}' FROM rollcase.forgotten",
            "INSERT INTO rollcase.records (device, log, seq, raw)"
            " SELECT device, log || '00000000', 1, decode(repeat('00', 32), 'hex')"
            " FROM rollcase.forgotten_logs",
        ):
            shelf.ask(query, "b")
        for table in ("entries", "records", "quarantine", "views"):
            assert not shelf.ask(f"SELECT 1 FROM rollcase.{table}"), table
        shelf.share(home, "a")  # which has it all still, until it hears of that
        assert '"raw"' not in exported(home, "a")

    def test_left_out_person_is_not_there(self, home: Path, shelf: Shelf) -> None:
        make_lived_in(home / "a.db")
        with open_archive(home / "a.db") as archive, archive.transaction():
            archive.name_person(7, "Ben", NOW)
        shelf.share(home, "a", left_out=[7])
        assert not shelf.ask("SELECT 1 FROM rollcase.entries WHERE body LIKE '%Ben%'")
        shelf.share(home, "a")
        assert shelf.ask("SELECT 1 FROM rollcase.entries WHERE body LIKE '%Ben%'")


MORE_THAN_ADDING = [
    "DELETE FROM rollcase.records",
    "UPDATE rollcase.records SET raw = raw",
    "DELETE FROM rollcase.entries",
    "UPDATE rollcase.entries SET body = '{}'",
    "DELETE FROM rollcase.forgotten",
    "DELETE FROM rollcase.views",
    "INSERT INTO rollcase.policies (policy, added_by) VALUES ('1;', 'b')",
    "INSERT INTO rollcase.views (computer, device, facts) VALUES ('b', 'd', '{}')",
    "UPDATE rollcase.views SET computer = 'b'",
    "INSERT INTO rollcase.steps VALUES (9)",
    "DROP TABLE rollcase.records",
    "ALTER TABLE rollcase.entries DISABLE TRIGGER ALL",
    "CREATE TABLE rollcase.mine (a int)",
]


class TestRights:
    def test_role_of_a_computer_may_only_add(self, home: Path, shelf: Shelf) -> None:
        def may(query: str) -> bool:
            try:
                shelf.ask(query, "a")
            except psycopg.errors.InsufficientPrivilege:
                return False
            return True

        assert [query for query in MORE_THAN_ADDING if may(query)] == []
        assert may("INSERT INTO rollcase.policies (policy) VALUES ('1;')")

    def test_role_changes_its_own_view_and_no_other(self, home: Path, shelf: Shelf) -> None:
        make_lived_in(home / "b.db")
        shelf.share(home, "b")
        before = shelf.ask("SELECT * FROM rollcase.views")
        shelf.ask("UPDATE rollcase.views SET facts = '{}'", "a")
        assert shelf.ask("SELECT * FROM rollcase.views") == before
        assert {row[0] for row in before} == {"b"}
        shelf.ask("UPDATE rollcase.views SET facts = '{}'", "b")
        assert shelf.ask("SELECT * FROM rollcase.views") != before

    def test_role_without_the_group_sees_nothing(self, home: Path, shelf: Shelf) -> None:
        shelf.ask("DO $$ BEGIN CREATE ROLE stranger LOGIN; EXCEPTION WHEN OTHERS THEN END $$")
        with open_archive(home / "a.db", create=True) as archive:
            for role, step in (
                ("stranger", "GRANT rollcase_computer TO"),
                ("nobody_else", "Is the address right"),
            ):
                with pytest.raises(ServerError) as caught:
                    share_postgresql.share(archive, shelf.address(role), Terms("a" * 16, USER), NOW)
                assert step in caught.value.hint


class TestFaults:
    def test_entry_that_differs_is_refused_and_changes_nothing(
        self, home: Path, shelf: Shelf
    ) -> None:
        note(home, "a", "one", 77)
        note(home, "b", "other", 77)
        note(home, "b", "more")
        shelf.share(home, "a")
        before = shelf.ask("SELECT * FROM rollcase.entries")
        here = exported(home, "b")
        with pytest.raises(ServerError, match="In entries, token 77 is another one"):
            shelf.share(home, "b")
        assert shelf.ask("SELECT * FROM rollcase.entries") == before
        assert exported(home, "b") == here

    def test_record_that_differs_is_refused_and_changes_nothing(
        self, home: Path, shelf: Shelf
    ) -> None:
        make_lived_in(home / "a.db")
        shelf.share(home, "a")
        shelf.ask(
            "UPDATE rollcase.records SET raw = set_byte(raw, 20, get_byte(raw, 20) # 1)"
            " WHERE seq = 3"
        )
        here = exported(home, "a")
        with pytest.raises(ServerError, match=r"[Rr]ecord"):
            shelf.share(home, "a")
        assert exported(home, "a") == here

    @pytest.mark.parametrize("order", ["abcabc", "bacbac", "abbaca"])
    def test_case_that_was_put_back_between_two_computers_has_both_its_pasts_on_each(
        self, home: Path, shelf: Shelf, order: str
    ) -> None:
        raws = put_back_between(home, NOW)
        for name in order:
            shelf.share(home, name)
        for name in NAMES:
            (case,) = json.loads(exported(home, name))["cases"]
            found = [record["raw"] for log in case["logs"] for record in log["records"]]
            assert (len(found), set(found)) == (len(raws), raws)  # each once
            assert [len(log["records"]) > 0 for log in case["logs"]] == [True, True]
            assert main(["verify", "--db", str(home / f"{name}.db")]) == 0
        for name in NAMES:
            again = shelf.share(home, name)
            assert (again.records, again.taken.records) == (0, 0)

    def test_case_that_was_put_back_goes_on_in_both_pasts(self, home: Path, shelf: Shelf) -> None:
        put_back_between(home, NOW)
        for name in "abc":
            shelf.share(home, name)
        raws = put_back_between(home, NOW, more=2)
        for name in "abcabc":
            shelf.share(home, name)
        for name in NAMES:
            logs = json.loads(exported(home, name))["cases"][0]["logs"]
            found = [record["raw"] for log in logs for record in log["records"]]
            assert (len(found), set(found)) == (len(raws), raws)

    def test_schema_of_a_newer_version_or_none_is_named(self, home: Path, shelf: Shelf) -> None:
        shelf.ask("INSERT INTO rollcase.steps VALUES (2)")
        with pytest.raises(ServerError, match="newer version"):
            shelf.share(home, "a")
        shelf.ask("DELETE FROM rollcase.steps WHERE step > 0")
        with pytest.raises(ServerError, match="no tables of ours yet"):
            shelf.share(home, "a")

    def test_server_that_goes_in_the_middle_has_nothing_of_it(
        self, home: Path, shelf: Shelf
    ) -> None:
        make_lived_in(home / "a.db")
        shelf.ask(
            "CREATE FUNCTION rollcase.go() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
            " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'"
        )
        shelf.ask(
            "CREATE TRIGGER go BEFORE INSERT ON rollcase.entries"
            " FOR EACH ROW EXECUTE FUNCTION rollcase.go()"
        )
        with pytest.raises(ServerError, match="does not take it"):
            shelf.share(home, "a")
        assert shelf.ask("SELECT 1 FROM rollcase.records") == []
        shelf.ask("DROP TRIGGER go ON rollcase.entries")
        assert shelf.share(home, "a").records == 9

    def test_server_whose_power_is_cut_in_the_middle_has_nothing_of_it_and_then_all(
        self, home: Path, shelf: Shelf
    ) -> None:
        make_lived_in(home / "a.db")
        note(home, "b", "of b")
        shelf.share(home, "b")
        # Who adds entries waits for a lock that we hold: what was added before is not committed.
        shelf.ask(
            "CREATE FUNCTION rollcase.wait() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END'"
        )
        shelf.ask(
            "CREATE TRIGGER wait BEFORE INSERT ON rollcase.entries"
            " FOR EACH ROW EXECUTE FUNCTION rollcase.wait()"
        )
        waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND objid = 1"
        with psycopg.connect(shelf.address("owner"), autocommit=True) as holds:
            holds.execute("SELECT pg_advisory_lock(1)")
            with ThreadPoolExecutor(1) as thread:
                sharing = thread.submit(shelf.share, home, "a")
                while not holds.execute(waits).fetchall() and not sharing.done():
                    pass
                postgresql_server.stop(shelf.home)
                with pytest.raises(ServerError, match="does not take it"):
                    sharing.result()
        postgresql_server.start(shelf.home)
        assert shelf.ask("SELECT 1 FROM rollcase.records") == []
        shelf.ask("DROP TRIGGER wait ON rollcase.entries")
        assert shelf.share(home, "a").records == 9
        shelf.share(home, "b")
        assert exported(home, "a") == exported(home, "b")

    def test_clock_that_is_ahead_decides_nothing_for_others(self, home: Path, shelf: Shelf) -> None:
        make_lived_in(home / "a.db")
        shelf.share(home, "a")
        with open_archive(home / "a.db") as archive, archive.transaction():
            case = archive.cases()[0]
            archive.note_meeting(case.id, archive.logs(case.id)[0], NOW + 400 * DAY, -400 * DAY)
        shelf.share(home, "a", NOW + 400 * DAY)
        shelf.share(home, "b")
        with open_archive(home / "b.db") as archive, archive.transaction():
            case = archive.cases()[0]
            assert case.met_at is None
            archive.note_meeting(case.id, archive.logs(case.id)[1], NOW + 9, 7)
        shelf.share(home, "b")
        shelf.share(home, "c")
        with open_archive(home / "c.db") as archive:
            assert (archive.cases()[0].met_at, archive.cases()[0].met_behind_s) == (NOW + 9, 7)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with certificates of an authority of our own."""
    skip_without_postgresql()
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder


@pytest.fixture(scope="module")
def with_tls(certificates: Path) -> Iterator[str]:
    """The folder of a server that speaks TLS on ``localhost``."""
    with server(certificates) as home:
        with psycopg.connect(address(home, "owner", "postgres"), autocommit=True) as db:
            db.execute(share_postgresql.setup_sql())
        yield home


class TestTls:
    def share(self, home: Path, host: str, port: int, ca: Path) -> Exchanged:
        url = f"postgresql://owner@{host}:{port}/postgres?sslmode=verify-full&sslrootcert={ca}"
        with open_archive(home / "a.db", create=True) as archive:
            return share_postgresql.share(archive, url, Terms("a" * 16, USER), NOW)

    def test_certificate_of_a_trusted_authority_for_this_name_alone_is_taken(
        self, home: Path, certificates: Path, with_tls: str
    ) -> None:
        make_lived_in(home / "a.db")
        port = port_of(with_tls)
        for host, ca, why in (
            ("localhost", "other.pem", "certificate verify failed"),
            ("127.0.0.1", "ca.pem", "does not match host name"),
            ("localhost", "missing.pem", "root certificate file"),
        ):
            with pytest.raises(ServerError, match=why):
                self.share(home, host, port, certificates / ca)
        found = self.share(home, "localhost", port, certificates / "ca.pem")
        assert (found.records, found.is_plain, found.is_unsure) == (9, False, False)

    def test_certificate_that_has_expired_is_refused_and_said(
        self, home: Path, certificates: Path, with_tls: str
    ) -> None:
        ours = Path(with_tls) / "server.pem"
        for name in ("old.pem", "server.pem"):
            ours.write_bytes((certificates / name).read_bytes())  # its owner stays
            postgresql_server.stop(with_tls)
            postgresql_server.start(with_tls)
            port = port_of(with_tls)
            if name == "old.pem":
                with pytest.raises(ServerError, match="certificate verify failed") as error:
                    self.share(home, "localhost", port, certificates / "ca.pem")
                assert "not expired" in error.value.hint
        assert not self.share(home, "localhost", port, certificates / "ca.pem").is_unsure


class TestCommand:
    def test_command_shares_and_remembers_the_place_and_never_a_password(
        self, host: Host, lived_in: Path, home: Path, shelf: Shelf
    ) -> None:
        url = shelf.address("a").replace("a@", "a:pass-word@")
        assert "nobody has said who uses" in complaint(host("share", url))[0]
        first = host("share", url, "--me", "Clinic")
        assert first.returncode == 0, first.stderr
        assert "Added there: 9 records" in first.stdout
        again = host("share", "--json")
        assert json.loads(again.stdout)["server"] == shelf.address("a")
        other = host("share", shelf.address("b"), "--me", "Clinic", "--db", str(home / "b.db"))
        assert "New from there: 9 records" in other.stdout
        assert host("log").stdout == host("log", "--db", str(home / "b.db")).stdout
        failed = host("share", url.replace(shelf.name, "nowhere"))
        for result in (first, again, failed):
            assert "pass-word" not in result.stdout + result.stderr
        for path in home.glob("*.db*"):
            assert b"pass-word" not in path.read_bytes()

    def test_setup_sql_is_what_the_server_takes(self, host: Host) -> None:
        result = host("share", "--setup-sql")
        assert result.stdout.rstrip("\n") == share_postgresql.setup_sql()


@pytest.mark.parametrize(
    "url",
    [
        *(f"postgresql://ann:hun{mark}TZQ@127.0.0.1:1/db" for mark in "@/#?[]% "),
        *(f"postgresql://127.0.0.1:1/db?user=ann&password=hun{mark}TZQ" for mark in "#% &"),
        "postgresql://ann:hunTZQ",
        "postgresql://ann:hunTZQ@[::1/db",
        "postgresql://ann@127.0.0.1:1/db?Password=hunTZQ",
        "POSTGRESQL://ann:hunTZQ@127.0.0.1:1/db",
        "postgresql:/ann:hunTZQ@127.0.0.1:1/db",
        "mysql://ann:hunTZQ@127.0.0.1:1/db",
        "host=127.0.0.1 user=ann password=hunTZQ",
    ],
)
def test_address_that_can_be_read_in_two_ways_is_refused_and_not_shown(
    host: Host, lived_in: Path, url: str
) -> None:
    result = host("share", url, "--me", "Ann")
    assert result.returncode == 2, result.stderr
    assert "TZQ" not in result.stdout + result.stderr
    assert b"TZQ" not in lived_in.read_bytes()


@pytest.mark.parametrize("mark", ["%40", "%2F", "%25", ":", "+", "é"])
def test_password_with_any_sign_is_taken_and_not_shown(
    host: Host, lived_in: Path, mark: str
) -> None:
    url = f"postgresql://ann:hun{mark}TZQ@127.0.0.1:1,127.0.0.1:2/db"
    sentence, step = complaint(host("share", url, "--me", "Ann"))
    assert "postgresql://ann@127.0.0.1:1,127.0.0.1:2/db does not take it" in sentence
    assert "TZQ" not in sentence + step


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://a:b@host:5433/c", "postgresql://a@host:5433/c"),
        ("postgresql://a@host/c?sslmode=verify-full", "postgresql://a@host/c?sslmode=verify-full"),
        ("postgresql://h/c?user=a&password=b", "postgresql://h/c?user=a"),
        ("postgresql://a:b%40@/c?host=/run/pg", "postgresql://a@/c?host=/run/pg"),
    ],
)
def test_address_is_shown_without_its_password(url: str, shown: str) -> None:
    assert without_password(url) == shown


@pytest.mark.parametrize(
    ("host", "mode", "is_encrypted", "doubts"),
    [
        ("/run/postgresql", "prefer", False, (False, False)),
        ("localhost", "prefer", False, (False, False)),
        ("clinic.example", "prefer", False, (True, True)),
        ("clinic.example", "require", True, (False, True)),
        ("clinic.example", "verify-full", True, (False, False)),
    ],
)
def test_connection_to_another_computer_is_doubted_unless_it_is_checked(
    host: str, mode: str, is_encrypted: bool, doubts: tuple[bool, bool]
) -> None:
    assert share_postgresql.doubts_of(host, mode, is_encrypted) == doubts
