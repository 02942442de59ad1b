"""The ports of running virtual cases, so that `host sync` finds them like any other case.

Each virtual case makes a file with its port in a runtime folder, and keeps it locked while
it runs. The lock ends with the process, however that ends, so an unlocked file is left over
and its case is gone.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUFFIX = ".port"
"""The ending of our files; other files in that folder are left alone."""


@contextmanager
def announce(port: str) -> Iterator[None]:
    """Let other programs find `port` in this context. Raises OSError if no file can be made."""
    import fcntl

    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{os.getpid()}-{Path(port).name}{SUFFIX}"
    # Under a name that `live_ports` ignores, until the file is locked and complete.
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
    """Return the ports of the virtual cases that run now; remove files that are left over."""
    if sys.platform == "win32":  # has neither pseudo-terminals nor these locks
        return []
    import fcntl

    ports = []
    for path in sorted(_folder().glob("[!.]*" + SUFFIX)):
        try:
            with path.open() as file:
                if os.fstat(file.fileno()).st_uid != os.getuid():
                    continue  # another user's, in a folder that all users can write to
                try:
                    # Shared, so that two programs that look at once see no lock of each other.
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    ports.append(file.readline().strip())
                else:
                    path.unlink(missing_ok=True)
        except OSError:
            continue  # removed meanwhile
    return ports


def _folder() -> Path:
    named = os.environ.get("ROLLCASE_RUNTIME_DIR")
    if named:
        return Path(named)
    import warnings

    import platformdirs  # takes 10 ms, so only where it is needed

    with warnings.catch_warnings():
        # If the system has no runtime folder, it warns and takes one in /tmp, which is good enough.
        warnings.simplefilter("ignore")
        return platformdirs.user_runtime_path("rollcase") / "ports"
