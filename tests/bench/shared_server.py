"""Twenty computers that share one PostgreSQL database at once: how long it takes, and whether all
come to the same. `python -m tests.bench.shared_server`, with `--writers` and `--cases`; minutes.

Each computer has all cases, of each a part of its log and of what was written, and one of them all.
"""

import argparse
import json
import shutil
import sqlite3
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from tests.host import ten_years
from tests.host.postgresql_server import address, server
from tests.host.ten_years import BORN, DAY
from tests.host.three_computers import document_of, read_in

from rollhost.database.open import open_archive
from rollhost.exchange import share_folder, share_postgresql
from rollhost.exchange.share_folder import Terms

NOW = BORN + 4000 * DAY
USER = (1001, "Clinic")


def make_whole(home: Path, cases: int) -> None:
    """Make the database with all of it: so many cases, each of ten years."""
    (home / "photos").mkdir()
    with open_archive(home / "one.db", create=True) as archive:
        ten_years.ten_years(archive, home / "photos")
        with archive.transaction():  # as each sync does
            for case in archive.cases():
                for log_id in archive.logs(case.id):
                    archive.infer_owner(log_id)
        one = document_of(archive)
    with open_archive(home / "whole.db", create=True) as archive:
        for number in range(cases):
            document: dict[str, Any] = json.loads(one)
            devices = {
                case["device"]: f"{number:04x}{case['device']}" for case in document["cases"]
            }
            for case in document["cases"]:
                case["device"], case["name"] = devices[case["device"]], None
            for entry in document["diary"]:
                entry["token"] = (entry["token"] + number * 1_000_003) % 0xFFFFFFFF or 1
                entry["device"] = devices.get(entry["device"])
            document["forgotten"] = []
            read_in(archive, json.dumps(document))


def make_part(home: Path, name: str, chance: Random, is_owner: bool) -> None:
    """Make the database of a computer: a part of all of it; of an owner it is all."""
    path = home / f"{name}.db"
    shutil.copyfile(home / "whole.db", path)
    if is_owner:
        return
    with open_archive(path) as archive:
        logs = [log for case in archive.cases() for log in archive.logs(case.id)]
        cuts = [(log, chance.randrange(1, archive.highest_seq(log) + 1)) for log in logs]
        tokens = [entry.token for entry in archive.diary.everything() if chance.random() < 0.5]
        with archive.transaction():
            for token in tokens:
                archive.diary.drop(token)
    with sqlite3.connect(path) as db:
        db.executemany("DELETE FROM records WHERE log_id = ? AND seq > ?", cuts)
    db.close()


def share_server(home: str, name: str, url: str) -> float:
    """Let a computer share; return how long it took (s)."""
    begins = time.monotonic()
    with open_archive(Path(home) / f"{name}.db") as archive:
        share_postgresql.share(archive, url, Terms("0" * 16, USER), NOW)
    return time.monotonic() - begins


def exported(home: Path, name: str) -> str:
    """Return all that a computer knows."""
    with open_archive(home / f"{name}.db") as archive:
        return document_of(archive)


def ten_years_by_folder(home: Path) -> None:
    """Print how long ten years of one person take into a folder and out of it."""
    (home / "shelf").mkdir()
    for what, name, passphrase in (
        ("ten years into a folder", "one", None),
        ("into an empty computer", "two", None),
        ("again, nothing new", "two", None),
        ("encrypted", "two", b"correct horse battery"),
        ("encrypted, nothing new", "two", b"correct horse battery"),
    ):
        begins = time.monotonic()
        with open_archive(home / f"{name}.db", create=True) as archive:
            terms = Terms(("1" if name == "one" else "2") * 16, None, (), passphrase)
            done = share_folder.share(archive, home / "shelf", terms, NOW)
        assert done.file is not None
        size = done.file.stat().st_size
        print(f"{what}: {time.monotonic() - begins:.2f} s, {size / 1e6:.2f} MB", flush=True)
    assert exported(home, "one") == exported(home, "two")


def main() -> None:
    """Measure, and fail if anything is lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writers", type=int, default=20)
    parser.add_argument("--cases", type=int, default=50)
    args = parser.parse_args()
    names = [f"w{number}" for number in range(args.writers)]
    chance = Random(1)
    with tempfile.TemporaryDirectory() as folder, server() as socket:
        home = Path(folder)
        make_whole(home, args.cases)
        ten_years_by_folder(home)
        with open_archive(home / "whole.db") as archive:
            counts = archive.counts()
        print(f"{args.cases} cases: {counts['records']:,} records, {counts['entries']:,} entries")
        for name in names:
            make_part(home, name, chance, name == names[-1])
        with psycopg.connect(address(socket, "owner", "postgres"), autocommit=True) as db:
            db.execute(share_postgresql.setup_sql())
            for name in names:
                db.execute(f"CREATE ROLE {name} LOGIN IN ROLE rollcase_computer")
            for turn in ("at once, the first time", "at once, again", "at once, nothing new"):
                begins = time.monotonic()
                with ProcessPoolExecutor(args.writers) as pool:
                    took = pool.map(
                        share_server,
                        [folder] * len(names),
                        names,
                        [address(socket, name, "postgres") for name in names],
                    )
                    slowest = max(took)
                row = db.execute("SELECT count(*) FROM rollcase.records").fetchone()
                size = db.execute("SELECT pg_database_size(current_database())").fetchone()
                assert row is not None
                assert size is not None
                print(
                    f"{args.writers} {turn}: {time.monotonic() - begins:.1f} s in all, the slowest"
                    f" {slowest:.1f} s; {row[0]:,} records there, {size[0] / 1e6:.0f} MB",
                    flush=True,
                )
            assert row is not None
            assert row[0] == counts["records"]
        whole = exported(home, names[-1])
        equal = sum(exported(home, name) == whole for name in names)
        print(f"{equal} of {args.writers} computers say the same")
        assert equal == args.writers


if __name__ == "__main__":
    main()
