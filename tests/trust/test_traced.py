"""What a child of a trial sees where it is killed, or where the disk is full for it."""

import errno
import os
import signal
from pathlib import Path

import pytest
from tests.trust.traced import IS_HERE, Child

pytestmark = pytest.mark.skipif(not IS_HERE, reason="no Linux on x86-64")


def write_twice(path: Path) -> int:
    """Write two times two bytes; return the number of the error, 0 if there was none."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.write(descriptor, b"ab")
        os.write(descriptor, b"cd")
        path.rename(path.with_name("done"))
    except OSError as error:
        print(error.strerror)
        return error.errno or 0
    return 0


def child_in(folder: Path) -> Child:
    """Return a child that writes a file in a folder."""
    return Child(lambda: write_twice(folder / "a"), folder)


def test_child_stops_at_each_call_that_changes_a_file(tmp_path: Path) -> None:
    with child_in(tmp_path) as child:
        calls = []
        while child.call:
            calls.append(child.call.number)
            child.step()
    assert (calls, child.code) == ([257, 1, 1, 82], 0)
    assert (tmp_path / "done").read_bytes() == b"abcd"


@pytest.mark.parametrize(("steps", "left"), [(0, {}), (1, {"a": b""}), (3, {"a": b"abcd"})])
def test_killed_child_leaves_what_it_has_written_until_then(
    tmp_path: Path, steps: int, left: dict[str, bytes]
) -> None:
    with child_in(tmp_path) as child:
        for _ in range(steps):
            child.step()
        child.kill()
    assert child.code == -signal.SIGKILL
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == left


def test_child_that_is_killed_halfway_leaves_the_half_of_a_write(tmp_path: Path) -> None:
    with child_in(tmp_path) as child:
        child.step()
        child.step()
        child.kill_halfway()
    assert child.code == -signal.SIGKILL
    assert (tmp_path / "a").read_bytes() == b"abc"


def test_child_on_a_full_disk_gets_the_error_of_a_full_disk(tmp_path: Path) -> None:
    with child_in(tmp_path) as child:
        child.step()
        child.is_full = True
        child.fail()
        child.finish()
    assert (child.code, child.said) == (errno.ENOSPC, "No space left on device\n")
    assert (tmp_path / "a").read_bytes() == b""


def test_child_does_not_stop_at_what_is_in_another_folder(tmp_path: Path) -> None:
    with Child(lambda: write_twice(tmp_path / "a"), tmp_path / "b") as child:
        assert child.call is None
    assert child.code == 0
