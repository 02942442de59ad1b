"""A file is written whole or not at all, and what is said afterwards is what happened."""

import errno
import fcntl
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from rollhost import atomic_file
from rollhost.atomic_file import FileError, new_file


def write(path: Path, force: bool = False) -> None:
    """Write a file."""
    with new_file(path, force) as unfinished:
        unfinished.write_text("new")


def fsync_that_fails(error: BaseException, of_folders: bool) -> Callable[[int], None]:
    """Return an fsync that raises `error` for a folder, or for a file."""
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode) == of_folders:
            raise error
        real(descriptor)

    return fsync


@pytest.mark.parametrize("reason", sorted(atomic_file.REFUSED))
def test_file_is_written_where_folders_are_not_flushed(
    home: Path, monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    monkeypatch.setattr(os, "fsync", fsync_that_fails(OSError(reason, os.strerror(reason)), True))
    write(home / "a")
    assert [(path.name, path.read_text()) for path in home.iterdir()] == [("a", "new")]


def test_file_is_written_where_folders_cannot_be_opened(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def as_windows_does(path: Path, flags: int, mode: int = 0o777) -> int:
        if Path(path).is_dir():
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, flags, mode)

    monkeypatch.setattr(os, "open", as_windows_does)
    write(home / "a")
    assert (home / "a").read_text() == "new"


def test_file_is_written_where_only_what_is_open_for_writing_is_flushed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stands for Windows, whose fsync refuses a descriptor that was opened to be read."""
    real = os.fsync

    def as_windows_does(descriptor: int) -> None:
        mode = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE
        if mode == os.O_RDONLY:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", as_windows_does)
    write(home / "a")
    write(home / "a", force=True)
    assert (home / "a").read_text() == "new"


def test_file_that_another_program_has_open_is_not_replaced_and_says_so(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stands for Windows, which renames no file over one that is open, as in a spreadsheet."""

    def as_windows_does(path: Path, target: Path) -> None:
        raise PermissionError(errno.EACCES, "The process cannot access the file")

    (home / "a").write_text("old")
    monkeypatch.setattr(Path, "replace", as_windows_does)
    with pytest.raises(FileError) as raised:
        write(home / "a", force=True)
    assert raised.value.sentence == (
        f"{home / 'a'} cannot be replaced: another program may have it open."
    )
    assert raised.value.hint.endswith("What was there is as it was.")
    assert [(path.name, path.read_text()) for path in home.iterdir()] == [("a", "old")]


def test_disk_that_fails_after_the_renaming_is_told_beside_what_was_written(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = OSError(errno.EIO, "Input/output error")
    monkeypatch.setattr(os, "fsync", fsync_that_fails(fault, True))
    with pytest.raises(FileError) as raised:
        write(home / "a")
    assert raised.value.sentence == (
        f"{home / 'a'} is written, but the disk does not confirm that it stays: Input/output error."
    )
    assert "Nothing" not in raised.value.hint
    assert (home / "a").read_text() == "new"


@pytest.mark.parametrize("reason", [errno.EIO, errno.EINVAL, errno.ENOSPC])
@pytest.mark.parametrize("force", [False, True])
def test_file_that_cannot_be_flushed_is_not_kept(
    home: Path, monkeypatch: pytest.MonkeyPatch, reason: int, force: bool
) -> None:
    if force:
        (home / "a").write_text("old")
    monkeypatch.setattr(os, "fsync", fsync_that_fails(OSError(reason, os.strerror(reason)), False))
    with pytest.raises(FileError, match="cannot be written") as raised:
        write(home / "a", force)
    assert raised.value.hint.startswith("Nothing of it was kept.")
    assert [path.read_text() for path in home.iterdir()] == ["old"] * force


def test_file_that_cannot_be_made_leaves_the_older_one_and_says_so(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "a").write_text("old")
    real = os.open

    def on_a_full_disk(path: Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, flags, mode)

    monkeypatch.setattr(os, "open", on_a_full_disk)
    with pytest.raises(FileError, match="cannot be written: No space left"):
        write(home / "a", force=True)
    assert (home / "a").read_text() == "old"


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(("of_folders", "says"), [(False, "was not written"), (True, "is written")])
def test_interruption_says_what_is_there(
    home: Path, monkeypatch: pytest.MonkeyPatch, force: bool, of_folders: bool, says: str
) -> None:
    monkeypatch.setattr(os, "fsync", fsync_that_fails(KeyboardInterrupt(), of_folders))
    with pytest.raises(KeyboardInterrupt) as raised:
        write(home / "a", force)
    assert raised.value.args == (f"{home / 'a'} {says}.",)
    assert (home / "a").exists() == of_folders
    assert list(home.iterdir()) == [home / "a"] * of_folders


@pytest.mark.parametrize("ending", ["", "-journal", "-wal", "-shm"])
def test_file_that_a_killed_program_has_left_unfinished_is_removed_a_day_later(
    home: Path, ending: str
) -> None:
    left = home / f".0123456789abcdef.unfinished{ending}"
    left.write_text("the half of a diary")
    os.utime(left, (left.stat().st_mtime - atomic_file.LEFT_S + 60,) * 2)
    write(home / "a")
    assert left.exists()
    os.utime(left, (left.stat().st_mtime - 120,) * 2)
    write(home / "b")
    assert sorted(path.name for path in home.iterdir()) == ["a", "b"]


@pytest.mark.parametrize(
    "name", ["mine.unfinished", ".0123456789abcdef.unfinished.db", ".a.unfinished"]
)
def test_file_of_another_name_is_left_alone_however_old_it_is(home: Path, name: str) -> None:
    (home / name).write_text("mine")
    os.utime(home / name, (0, 0))
    write(home / "a")
    assert (home / name).read_text() == "mine"
