"""A real PostgreSQL server for tests: in a folder of its own, reached by a socket in it only."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

USER = "nobody"
"""Who runs it where the tests run as root: it refuses root."""


def program(name: str) -> str | None:
    """Return the path of a program of PostgreSQL; Debian has them aside. None if it is missing."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


def skip_without_postgresql() -> None:
    """Skip the test where there is no server, unless `POSTGRESQL_REQUIRED` says there has to be."""
    if program("initdb") is None or program("pg_ctl") is None:
        if "POSTGRESQL_REQUIRED" in os.environ:
            pytest.fail("no PostgreSQL: make postgresql")
        pytest.skip("no PostgreSQL: make postgresql")


def _run(name: str, *words: str, home: Path) -> None:
    path = program(name)
    assert path is not None
    as_user: Sequence[str] = ()
    if os.geteuid() == 0:
        as_user = ["setpriv", f"--reuid={USER}", "--regid=nogroup", "--clear-groups", "--"]
    result = subprocess.run(
        [*as_user, path, *words],
        cwd=home,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # the server keeps it open
        stderr=subprocess.DEVNULL,
        timeout=120,
    )
    if result.returncode:
        log = home / "log"
        raise RuntimeError(f"{name}: {log.read_text() if log.exists() else 'failed'}")


@contextmanager
def server() -> Iterator[str]:
    """Run a server; yield the address of its database, as its owner, without user and path."""
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        home = Path(name)
        if os.geteuid() == 0:
            shutil.chown(home, USER, "nogroup")
        data = home / "data"
        _run("initdb", "-D", str(data), "-U", "owner", "-A", "trust", "-N", "-E", "UTF8", home=home)
        options = f"-c listen_addresses='' -c fsync=off -k {home}"
        _run(
            "pg_ctl", "start", "-w", "-D", str(data), "-l", str(home / "log"), "-o", options,
            home=home,
        )  # fmt: skip
        try:
            yield str(home)
        finally:
            _run("pg_ctl", "stop", "-m", "immediate", "-D", str(data), home=home)


def address(home: str, role: str, database: str) -> str:
    """Return the address of a database as a role sees it."""
    return f"postgresql://{role}@/{database}?host={home}"
