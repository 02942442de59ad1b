"""A PostgreSQL database that several computers share: the same union as in a folder.

Each computer takes in what it lacks and adds what the database lacks, in a transaction each. Only
logs whose bytes differ in sum are sent. Whoever adds holds a lock, so computers add one after the
other and read at the same time. `ME` is never there: each computer has to say who uses it.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from rollhost.database.archive import Archive
from rollhost.database.diary import ME, SOMEBODY
from rollhost.database.staging import Staging
from rollhost.errors import NotInstalled, RollcaseError, UsageError
from rollhost.exchange import export_csv_json, import_json, shared_file
from rollhost.exchange.export_fields import EXPORT_VERSION, FORMAT
from rollhost.exchange.import_json import NotAnExport, Records, Taken
from rollhost.exchange.share_folder import AHEAD_S, Terms
from rollhost.history import history, lineage
from rollhost.history.history import History

if TYPE_CHECKING:
    from psycopg import Connection, Cursor

SCHEMES = ("postgresql://", "postgres://")
"""How an address of such a database begins."""

LOCK = 0x524F4C4C
"""The advisory lock of whoever adds rows: ``ROLL``."""


class Patience(NamedTuple):
    """How long (s) a server is waited for.

    `answer_s`, from 2 up: until it answers at all; `turn_s`: until other computers have added what
    they have.
    """

    answer_s: int
    turn_s: int


ASKED_FOR = Patience(10, 120)
"""Where somebody has asked to share (own)."""

BY_THE_WAY = Patience(3, 5)
"""Where it comes after something else, which is done, and comes again (own)."""

_DEAD: dict[str, Any] = {
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
}
"""After so many seconds of silence a server is asked, so often, whether it is there (own): else a
computer that slept, or moved to another network, would wait for hours."""

_SECRETS = ("password", "sslpassword", "oauth_client_secret", "passwd")

_LOCAL = ("", "localhost", "127.0.0.1", "::1")

_Log = tuple[str, str]
"""Device and name of a log."""


class ServerError(RollcaseError):
    """The server does not answer, refuses, or holds what does not fit; no password is in it."""


class Exchanged(NamedTuple):
    """What has come of it: what is new here, and how many rows are new there.

    `is_plain` says that the connection to a server elsewhere is not encrypted, `is_unsure` that
    nobody has checked whose server it is.
    """

    taken: Taken
    records: int
    entries: int
    is_plain: bool
    is_unsure: bool


def is_address(place: str) -> bool:
    """Return whether a place is the address of such a database, and no folder."""
    return place.startswith(SCHEMES)


def check_address(url: str) -> None:
    """Raise `UsageError`, which shows nothing of the address, unless it can be read in one way.

    A password with an ``@`` or a ``/`` in it would be taken for a server or a database, and shown.
    """
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    rest = url.partition("://")[2]
    place = re.split("[/?]", rest)[0]
    try:
        ports = str(conninfo_to_dict(url).get("port", "")).split(",")
        urlsplit(url)
        is_clear = (
            "#" not in rest
            and rest.count("@") == place.count("@") <= 1
            and all(port.isdigit() for port in ports if port)
        )
    except (ProgrammingError, ValueError):  # which say what they could not read
        is_clear = False
    if not is_clear:
        raise UsageError(
            "That is no address of a PostgreSQL database.",
            "Write it like postgresql://USER@SERVER/DATABASE. The password may be in PGPASSFILE; in"
            " an address it has %40 for @, %2F for /, %23 for #, %3F for ? and %25 for %.",
        )


def without_password(url: str) -> str:
    """Return an address that `check_address` accepts, without any secret in it."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name not in _SECRETS
    ]
    netloc = user.partition(":")[0] + at + host
    return urlunsplit(parts._replace(netloc=netloc, query=urlencode(query, safe="/")))


def setup_sql() -> str:
    """Return the SQL by which the owner of a database makes the schema, or brings it up to date."""
    lines = [
        "-- Run it as the owner of the database; again, it brings an older schema up to date.",
        "BEGIN;",
        "DO $role$ BEGIN",
        "    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rollcase_computer') THEN",
        "        CREATE ROLE rollcase_computer NOLOGIN;",
        "    END IF;",
        "END $role$;",
        "CREATE SCHEMA IF NOT EXISTS rollcase;",
        "CREATE TABLE IF NOT EXISTS rollcase.steps (step integer PRIMARY KEY);",
        "GRANT USAGE ON SCHEMA rollcase TO rollcase_computer;",
        "GRANT SELECT ON rollcase.steps TO rollcase_computer;",
    ]
    for number, step in enumerate(_steps(), 1):
        lines += [
            "DO $step$ BEGIN",
            f"IF NOT EXISTS (SELECT FROM rollcase.steps WHERE step = {number}) THEN",
            f"EXECUTE $sql$\n{step.rstrip()}\n$sql$;",
            f"INSERT INTO rollcase.steps VALUES ({number});",
            "END IF; END $step$;",
        ]
    return "\n".join(
        [
            *lines,
            "COMMIT;",
            "-- For each computer a role of its own; its password is then set in psql:",
            "-- CREATE ROLE laptop LOGIN IN ROLE rollcase_computer;",
            "-- \\password laptop",
        ]
    )


def _steps() -> list[str]:
    """Return the SQL of each step of the schema, the first one first."""
    folder = files("rollhost.exchange.postgresql")
    found = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
    return [file.read_text("utf-8") for file in found]


def share(
    archive: Archive, url: str, terms: Terms, now: int, patience: Patience = ASKED_FOR
) -> Exchanged:
    """Take in what others have added, and add what is known here, at Unix time `now` (s).

    Raises `ServerError`; what was not finished has changed nothing, here or there.
    """
    if terms.user is None:
        raise ServerError(
            "A database is shared by several people: nobody has said who uses this computer.",
            "Say it once: host share --me NAME.",
        )
    with _connected(url, patience) as connection:
        _check_steps(connection)
        sums = _sums(connection)
        here, tokens = _here(archive)
        wanted = [log for log, found in sums.items() if here.get(log) != found]
        taken = _take_in(connection, archive, terms.user[0], wanted, tokens, now)
        past = history.read(archive)
        if terms.left_out:
            past = past.without(terms.left_out)
        records, entries = _add(connection, past, terms.user, sums, patience)
        mode = connection.info.get_parameters().get("sslmode", "")
        is_encrypted = connection.pgconn.ssl_in_use
        is_plain, is_unsure = doubts_of(connection.info.host, mode, is_encrypted)
        return Exchanged(taken, records, entries, is_plain, is_unsure)


def doubts_of(host: str, mode: str, is_encrypted: bool) -> tuple[bool, bool]:
    """Return whether a connection to `host` is plain, and whether nobody has checked its name.

    On this computer, by a socket or not, neither matters. `mode` is libpq's ``sslmode``.
    """
    is_here = host in _LOCAL or host.startswith("/")
    return not is_here and not is_encrypted, not is_here and mode != "verify-full"


@contextmanager
def _connected(url: str, patience: Patience) -> "Iterator[Connection[Any]]":
    """Connect to a server, and say its errors as `ServerError`."""
    try:
        import psycopg
    except ModuleNotFoundError as error:
        if error.name not in ("psycopg", "psycopg_binary", "psycopg_c"):
            raise
        raise _not_installed() from None
    except ImportError:  # it is here without libpq
        raise _not_installed() from None
    check_address(url)
    where = without_password(url)
    try:
        with psycopg.connect(
            url,
            connect_timeout=patience.answer_s,
            tcp_user_timeout=2000 * patience.answer_s,
            application_name="rollcase",
            autocommit=True,
            **_DEAD,
        ) as connection:
            yield connection
    except psycopg.Error as error:
        words = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = words[0] if words else type(error).__name__
        step = "The password may be in PGPASSFILE or PGPASSWORD."
        if "certificate" in reason:  # libpq says no more of one that has expired
            step = (
                "Its certificate has to be for this name, not expired, and of an authority that"
                " you trust: ?sslrootcert=FILE names it, ?sslrootcert=system is your system's."
            )
        elif "permission denied" in reason:
            step = "Its owner says there: GRANT rollcase_computer TO the role that you named."
        elif not ("password" in reason or "authentication" in reason):
            step = "Is the address right, and does the server run?"
        raise ServerError(
            f"{where} does not take it: {reason.rstrip('.')}.", f"Nothing was added there. {step}"
        ) from None


def _not_installed() -> NotInstalled:
    return NotInstalled(
        "The package psycopg is not installed, and PostgreSQL is asked with it.",
        "Install it: pip install 'psycopg[binary]'.",
    )


def _check_steps(connection: "Connection[Any]") -> None:
    """Raise `ServerError` unless the schema is that of this version."""
    found = None
    if connection.execute("SELECT to_regclass('rollcase.steps')").fetchone() != (None,):
        row = connection.execute("SELECT max(step) FROM rollcase.steps").fetchone()
        found = row[0] if row else None
    steps = len(_steps())
    if found == steps:
        return
    if found is not None and found > steps:
        raise ServerError(
            "The database there is that of a newer version of this program.",
            "Update this program; nothing was changed.",
        )
    raise ServerError(
        "The database there has no tables of ours yet, or older ones.",
        "Its owner makes them: host share --setup-sql | psql.",
    )


def _sum(raws: Iterable[bytes]) -> bytes:
    return sha256(b"".join(raws)).digest()


def _here(archive: Archive) -> tuple[dict[_Log, bytes], list[int]]:
    """Return the SHA-256 of all records of each log here, and the tokens of all entries."""
    with archive.reading():
        sums = {
            (case.device, archive.log_name(log_id)): _sum(archive.raw_records(log_id))
            for case in archive.cases()
            for log_id in archive.logs(case.id)
        }
        return sums, [entry.token for entry in archive.diary.everything()]


def _sums(connection: "Connection[Any]") -> dict[_Log, bytes]:
    """Return the SHA-256 of all records of each log there."""
    cursor = connection.cursor(binary=True)
    cursor.execute(
        "SELECT device, log, sha256(string_agg(raw, ''::bytea ORDER BY seq))"
        " FROM rollcase.records GROUP BY device, log"
    )
    return {(device, log): bytes(found) for device, log, found in cursor}


# Taking in.


def _take_in(
    connection: "Connection[Any]",
    archive: Archive,
    user: int,
    wanted: Iterable[_Log],
    tokens: list[int],
    now: int,
) -> Taken:
    with closing(Staging()) as staging:
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            document = _document(connection, staging, set(wanted), tokens, now)
        try:
            export = import_json.check(document, "What is there")
            return import_json.keep_in(archive, export, ME, now + AHEAD_S, user)
        except NotAnExport as error:
            raise ServerError(error.sentence, "Nothing was changed, here or there.") from None


def _document(
    connection: "Connection[Any]",
    staging: Staging,
    wanted: set[_Log],
    tokens: list[int],
    now: int,
) -> dict[str, object]:
    """Return an export of what is there, with the records of these logs, without these entries."""
    cursor = connection.cursor(binary=True)
    forgotten = [row[0] for row in cursor.execute("SELECT token FROM rollcase.forgotten")]
    marks = cursor.execute("SELECT device, log FROM rollcase.forgotten_logs").fetchall()
    policies = [row[0] for row in cursor.execute("SELECT policy FROM rollcase.policies")]
    found = cursor.execute(
        "SELECT token, person, body FROM rollcase.entries WHERE token <> ALL(%s) ORDER BY token",
        (tokens,),
    ).fetchall()
    diary = [{**json.loads(body), "token": token, "person": who} for token, who, body in found]
    cases = _cases(cursor, staging, wanted, now)
    persons = {row["person"] for row in diary}
    persons |= {log["person"] for case in cases for log in case["logs"]} - {None}
    return {
        "format": FORMAT,
        "schema_version": EXPORT_VERSION,
        "persons": [{"token": token, "name": SOMEBODY} for token in sorted(persons)],
        "cases": cases,
        "policies": policies,
        "diary": diary,
        "forgotten": forgotten,
        "forgotten_logs": [{"device": device, "log": log} for device, log in marks],
    }


def _cases(
    cursor: "Cursor[Any]", staging: Staging, wanted: set[_Log], now: int
) -> list[dict[str, Any]]:
    """Return the cases there: what all computers know of each, joined."""
    views: dict[str, list[dict[str, Any]]] = {}
    rows = cursor.execute("SELECT device, facts FROM rollcase.views ORDER BY device, computer")
    for device, facts in rows.fetchall():
        views.setdefault(device, []).append(json.loads(facts))
    aside: dict[_Log, list[dict[str, Any]]] = {}
    rows = cursor.execute(
        "SELECT device, log, seq, raw, chain, reason FROM rollcase.quarantine AS kept"
        " WHERE NOT EXISTS (SELECT FROM rollcase.records AS read WHERE"
        " (read.device, read.log, read.seq) = (kept.device, kept.log, kept.seq))"
        " ORDER BY device, log, seq"
    )
    for device, log, seq, raw, chain, reason in rows.fetchall():
        row = {"seq": seq, "raw": bytes(raw).hex(), "chain": chain, "reason": reason}
        aside.setdefault((device, log), []).append(row)
    cases = []
    for seen in views.values():
        case = _joined(seen, now)
        for log in case["logs"]:
            place = case["device"], log["log"]
            staged = staging.new_log()
            if place in wanted:
                rows = cursor.execute(
                    "SELECT seq, raw FROM rollcase.records WHERE device = %s AND log = %s"
                    " ORDER BY seq",
                    place,
                )
                staged.add((seq, bytes(raw)) for seq, raw in rows)
            log["records"] = Records(staged)
            log["quarantine"] = aside.get(place, [])
        cases.append(case)
    return cases


def _joined(seen: list[dict[str, Any]], now: int) -> dict[str, Any]:
    """Return one case of what computers know of it: of each fact the latest that is not ahead."""

    def at(case: dict[str, Any], moment: str) -> int:
        known = case[moment]
        return -1 if known is None or known > now + AHEAD_S else known

    met = max(seen, key=lambda case: at(case, "met_at"))
    synced = max(seen, key=lambda case: at(case, "synced_at"))
    logs: dict[str, dict[str, Any]] = {}
    for log in (log for case in seen for log in case["logs"]):
        known = logs.setdefault(log["log"], {**log})
        for name in ("person", "generation", "follows", "fork_of"):
            known[name] = log[name] if known[name] is None else known[name]
        for name, key in (
            ("states", ("seq",)),
            ("flipped", ("seq",)),
            ("carried", ("origin", "zone", "at")),
        ):
            rows = {tuple(row[part] for part in key): row for row in [*log[name], *known[name]]}
            known[name] = [rows[place] for place in sorted(rows)]
    return {
        **met,
        "synced_at": synced["synced_at"],
        "clock_behind_s": synced["clock_behind_s"],
        "logs": [logs[name] for name in sorted(logs)],
    }


# Adding.


def _add(
    connection: "Connection[Any]",
    past: History,
    user: tuple[int, str],
    sums: dict[_Log, bytes],
    patience: Patience,
) -> tuple[int, int]:
    """Add what is not there; return how many records and entries that are.

    Raises `ServerError` if something at the same place differs: then nothing was added.
    """
    document = shared_file.for_others(export_csv_json.document(past, with_records=False), user)
    with connection.transaction():
        cursor = connection.cursor()
        cursor.execute(f"SET LOCAL lock_timeout = '{patience.turn_s}s'")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        tails = _tails(cursor, past)
        cases = [_with_tails(case, tails) for case in _list(document["cases"])]
        for marks, columns, rows in (
            ("forgotten", "token", [(token,) for token in past.forgotten]),
            ("forgotten_logs", "device, log", past.forgotten_logs),
            ("policies", "policy", [(text,) for text in _list(document["policies"])]),
        ):
            _insert(cursor, marks, columns, rows)
        records = _insert(
            cursor,
            "records",
            "device, log, seq, raw",
            _new_records(past, sums, tails),
            ("device", "log", "seq"),
            "raw",
        )
        _insert(
            cursor,
            "quarantine",
            "device, log, seq, raw, chain, reason",
            [
                (case["device"], log["log"], row["seq"], bytes.fromhex(row["raw"]), row["chain"],
                 row["reason"])
                for case in cases for log in case["logs"] for row in log["quarantine"]
            ],
        )  # fmt: skip
        entries = _insert(
            cursor,
            "entries",
            "token, person, body",
            [_entry_row(entry) for entry in _list(document["diary"])],
            ("token",),
            "body",
        )
        gone = {(device, log) for device, log in past.forgotten_logs}
        for case in cases:
            _keep_view(cursor, case, gone)
    return records, entries


def _list(rows: object) -> list[Any]:
    assert isinstance(rows, list)
    return rows


class _Tail(NamedTuple):
    """The records of a log from seq `first` on, which are the log `name` there: a fork of it."""

    first: int
    name: str


def _tails(cursor: "Cursor[Any]", past: History) -> dict[_Log, _Tail]:
    """Return what a log here has of its own, where the database has gone on with other records.

    So it is if a flash was put back from a copy, and the computer that met the case in the other
    past was the first to share: what is the fork here is the log itself there. This part has the
    name there that it has on every computer for which it is the fork.
    """
    found: dict[_Log, _Tail] = {}
    for case in past.cases:
        logs = past.logs(case)
        left = {log.facts.fork_of for log in logs if lineage.is_fork(log.facts)}
        for log in logs:
            if log.name not in left:
                continue
            place = case.device, log.name
            query = "SELECT seq, raw FROM rollcase.records WHERE device = %s AND log = %s"
            cursor.execute(query, place)
            there = {seq: bytes(raw) for seq, raw in cursor}
            own = [(event.seq, raw) for event, raw in zip(log.events, log.raw, strict=True)]
            common = max((seq for seq, raw in own if there.get(seq) == raw), default=0)
            newer = [(seq, raw) for seq, raw in own if seq > common]
            if any(there.get(seq, raw) != raw for seq, raw in newer):
                seq, raw = newer[0]
                found[place] = _Tail(seq, lineage.fork_name(log.name, raw))
    return found


def _with_tails(case: dict[str, Any], tails: dict[_Log, _Tail]) -> dict[str, Any]:
    """Return what is known of a case, with each of these tails as a log of its own."""
    logs: list[dict[str, Any]] = []
    now = case["log"]
    for log in case["logs"]:
        tail = tails.get((case["device"], log["log"]))
        if tail is None:
            logs.append(log)
            continue
        by_seq = ("states", "quarantine", "flipped")
        before = {rows: [row for row in log[rows] if row["seq"] < tail.first] for rows in by_seq}
        after = {rows: [row for row in log[rows] if row["seq"] >= tail.first] for rows in by_seq}
        fork = {"log": tail.name, "fork_of": log["log"], "follows": None, "generation": None}
        logs += [{**log, **before}, {**log, **after, **fork, "carried": []}]
        now = tail.name if now == log["log"] else now
    return {**case, "log": now, "logs": logs}


def _new_records(
    past: History, sums: dict[_Log, bytes], tails: dict[_Log, _Tail]
) -> Iterator[tuple[object, ...]]:
    for case in past.cases:
        for log in past.logs(case):
            place = case.device, log.name
            if sums.get(place) == _sum(log.raw):
                continue
            tail = tails.get(place)
            for event, raw in zip(log.events, log.raw, strict=True):
                name = tail.name if tail is not None and event.seq >= tail.first else log.name
                yield case.device, name, event.seq, raw


def _entry_row(entry: dict[str, object]) -> tuple[object, ...]:
    body = {name: value for name, value in entry.items() if name not in ("token", "person")}
    return entry["token"], entry["person"], json.dumps(body, sort_keys=True)


def _keep_view(cursor: "Cursor[Any]", case: dict[str, Any], gone: set[_Log]) -> None:
    logs = [{**log, "records": [], "quarantine": []} for log in case["logs"]]
    facts = {**case, "name": None, "new_policy": None, "logs": logs}
    assert not any((case["device"], lineage.case_id_of(log["log"])) in gone for log in logs)
    cursor.execute(
        "INSERT INTO rollcase.views (device, facts) VALUES (%s, %s) ON CONFLICT (computer, device)"
        " DO UPDATE SET facts = excluded.facts WHERE views.facts <> excluded.facts",
        (case["device"], json.dumps(facts, sort_keys=True)),
    )


def _insert(
    cursor: "Cursor[Any]",
    table: str,
    columns: str,
    rows: Iterable[tuple[object, ...]],
    place: tuple[str, ...] = (),
    content: str = "",
) -> int:
    """Add those of the rows that are not in a table there; return how many.

    With a `place` (columns) raise `ServerError` if the `content` (a column) there is another one.
    """
    cursor.execute(f"CREATE TEMP TABLE new_{table} (LIKE rollcase.{table}) ON COMMIT DROP")
    cursor.execute(f"ALTER TABLE new_{table} ALTER added_by DROP NOT NULL")
    with cursor.copy(f"COPY new_{table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    if place:
        names = ", ".join(place)
        cursor.execute(
            f"SELECT {names} FROM new_{table} JOIN rollcase.{table} AS there USING ({names})"
            f" WHERE new_{table}.{content} <> there.{content} LIMIT 1"
        )
        other = cursor.fetchone()
        if other is not None:
            where = ", ".join(f"{name} {value}" for name, value in zip(place, other, strict=True))
            raise ServerError(
                f"In {table}, {where} is another one there than here.",
                "One of them is no original; nothing was added there.",
            )
    cursor.execute(
        f"INSERT INTO rollcase.{table} ({columns}) SELECT {columns} FROM new_{table}"
        " ON CONFLICT DO NOTHING"
    )
    return cursor.rowcount
