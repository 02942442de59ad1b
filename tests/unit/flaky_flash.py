"""Flash that can refuse: the files of journal and cells, with a switch for their writes."""

import errno
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from rollcase import cells, journal


class FlakyFlash:
    """Stands between the firmware and its files; `broken` names the call that fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.broken = ""
        self.watchers: list[Any] = []
        """Called before each write is committed."""
        for module in (journal, cells):
            monkeypatch.setattr(module, "open", self.open, raising=False)

    def open(self, path: str, mode: str) -> Any:
        """Open a file for the firmware."""
        if mode == "rb":
            return Path(path).open(mode)
        self.call("open")
        return FlakyFile(self, cast(BinaryIO, Path(path).open(mode)))

    def call(self, name: str) -> None:
        """Fail if this is the call that does."""
        if name == self.broken:
            raise OSError(errno.EIO, "input/output error")


class FlakyFile:
    """A file open for writing."""

    def __init__(self, flash: FlakyFlash, file: BinaryIO) -> None:
        self._flash = flash
        self._file = file

    def write(self, data: bytes) -> int:
        self._flash.call("write")
        return self._file.write(data)

    def flush(self) -> None:
        for watcher in self._flash.watchers:
            watcher()
        self._flash.call("flush")
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> "FlakyFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
