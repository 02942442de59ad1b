"""A flash that can refuse writes, under the journal and the small files."""

import errno
import os
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from rollcase import journal, small_files


class FlakyFlash:
    """Stands between the firmware and its files; `broken` names the call that fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.broken = ""
        self.watchers: list[Any] = []
        """Called before each write is committed."""
        for module in (journal, small_files):
            monkeypatch.setattr(module, "open", self.open, raising=False)

    def open(self, path: str, mode: str) -> Any:
        """Open a file for the firmware."""
        if mode == "rb":
            return Path(path).open(mode)
        self.call("open")
        return FlakyFile(self, Path(path), cast(BinaryIO, Path(path).open(mode)))

    def call(self, name: str) -> None:
        """Fail if this is the call that does."""
        if name == self.broken:
            raise OSError(errno.EIO, "input/output error")


class FlakyFile:
    """A file open for writing.

    As on littlefs, what a flush failed to write is not written by closing the file either.
    """

    def __init__(self, flash: FlakyFlash, path: Path, file: BinaryIO) -> None:
        self._flash = flash
        self._path = path
        self._file = file
        self._flushed = path.stat().st_size
        self._failed = False

    def write(self, data: bytes) -> int:
        self._flash.call("write")
        return self._file.write(data)

    def flush(self) -> None:
        for watcher in self._flash.watchers:
            watcher()
        self._failed = True
        self._flash.call("flush")
        self._failed = False
        self._file.flush()
        self._flushed = self._path.stat().st_size

    def close(self) -> None:
        self._file.close()
        if self._failed and self._path.exists():
            os.truncate(self._path, self._flushed)

    def __enter__(self) -> "FlakyFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
