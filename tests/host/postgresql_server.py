"""A real PostgreSQL server for tests: in a folder of its own, reached by a socket in it only."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.host.free_port import free_port

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
def server(certificates: Path | None = None) -> Iterator[str]:
    """Run a server; yield the address of its database, as its owner, without user and path.

    With `certificates`, a folder of `make_certificates`, it listens on a port of ``localhost`` as
    well, with TLS; `port_of` says which.
    """
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        home = Path(name)
        data = home / "data"
        if os.geteuid() == 0:
            shutil.chown(home, USER, "nogroup")
        options = f"-c listen_addresses='' -c fsync=off -k {home}"
        if certificates is not None:
            options = f"-c listen_addresses=localhost -c port={free_port()} -c fsync=off -k {home}"
            options += " -c ssl=on"
            for setting, file in (("cert", "server.pem"), ("key", "server.key")):
                copy = home / file
                copy.write_bytes((certificates / file).read_bytes())
                copy.chmod(0o600)
                if os.geteuid() == 0:
                    shutil.chown(copy, USER, "nogroup")
                options += f" -c ssl_{setting}_file={copy}"
        (home / OPTIONS).write_text(options)
        _run("initdb", "-D", str(data), "-U", "owner", "-A", "trust", "-N", "-E", "UTF8", home=home)
        start(name)
        try:
            yield name
        finally:
            stop(name)


OPTIONS = "options"
"""The file with the options of a server, in its folder."""


def start(home: str) -> None:
    """Start the server in a folder, and wait until it runs."""
    options = (Path(home) / OPTIONS).read_text()
    words = ["-w", "-D", f"{home}/data", "-l", f"{home}/log", "-o", options]
    _run("pg_ctl", "start", *words, home=Path(home))


def port_of(home: str) -> int:
    """Return the port of the server in a folder, which its socket has in its name, too."""
    (socket,) = Path(home).glob(".s.PGSQL.*[0-9]")
    return int(socket.name.rpartition(".")[2])


def stop(home: str) -> None:
    """Let the server in a folder end at once, as where its power is cut."""
    _run("pg_ctl", "stop", "-m", "immediate", "-D", f"{home}/data", home=Path(home))


def address(home: str, role: str, database: str) -> str:
    """Return the address of a database as a role sees it, by the server's socket."""
    return f"postgresql://{role}@/{database}?host={home}&port={port_of(home)}"
