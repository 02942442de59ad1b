"""Where virtual cases are running, so that `host sync` finds them like any other.

Each of them holds a file in a runtime folder, locked for as long as it runs and
with its port inside. The lock goes with the process however that ends, so a
file without one is left over and nothing is behind its port any more.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUFFIX = ".port"
"""By which our files are told from whatever else is in that folder, and left alone there."""


@contextmanager
def announce(port: str) -> Iterator[None]:
    """Let others find `port` while the context lasts. Raises OSError if no file can be made."""
    import fcntl

    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{os.getpid()}-{Path(port).name}{SUFFIX}"
    # Under a name that nobody reads until it is locked and whole.
    unfinished = path.with_name("." + path.name)
    with unfinished.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(port + "\n")
        file.flush()
        unfinished.rename(path)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def live_ports() -> list[str]:
    """Return the ports of the virtual cases that run now, and clean up after the others."""
    if sys.platform == "win32":  # which has neither pseudo-terminals nor these locks
        return []
    import fcntl

    ports = []
    for path in sorted(_folder().glob("[!.]*" + SUFFIX)):
        try:
            with path.open() as file:
                if os.fstat(file.fileno()).st_uid != os.getuid():
                    continue  # somebody else's, in a folder that all can write to
                try:
                    # Shared, so that two who look at once do not take each other for a case.
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    ports.append(file.readline().strip())
                else:
                    path.unlink(missing_ok=True)
        except OSError:
            continue  # gone meanwhile
    return ports


def _folder() -> Path:
    named = os.environ.get("ROLLCASE_RUNTIME_DIR")
    if named:
        return Path(named)
    import warnings

    import platformdirs  # 10 ms that nobody with ROLLCASE_RUNTIME_DIR waits for

    with warnings.catch_warnings():
        # It warns where the system has no such folder and takes one in /tmp, which will do.
        warnings.simplefilter("ignore")
        return platformdirs.user_runtime_path("rollcase") / "ports"
