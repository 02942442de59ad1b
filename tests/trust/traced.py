"""A child of this process that is stopped at each call by which it may change a file of a folder.

The calls are those to the operating system, whoever makes them: Python, SQLite, a library. So what
is tried is the product as it is, on real files. By `ptrace`, so on Linux on x86-64 alone.

At a call the child may be killed before it, or when half of the bytes are written; or the disk may
be full from there on; or another program may come in between.
"""

import ctypes
import errno
import os
import platform
import signal
import sqlite3
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

WRITES = {1: 0, 18: 0, 20: 0, 40: 0, 77: 0, 285: 0, 326: 2}
"""write, pwrite64, writev, sendfile, ftruncate, fallocate, copy_file_range: the number of the call,
and which of its arguments is the file that is written."""
FLUSHES = {74, 75}
"""fsync, fdatasync."""
NAMES = {
    2: (0,), 257: (1,), 82: (0, 1), 264: (1, 3), 316: (1, 3), 86: (0, 1), 265: (1, 3), 87: (0,),
    263: (1,), 83: (0,), 258: (1,), 84: (0,),
}  # fmt: skip
"""open, openat, rename (three), link (two), unlink (two), mkdir (two), rmdir: the number of the
call, and which of its arguments are paths."""
OPENS = {2: 1, 257: 2}
"""open, openat: which argument says how."""
SAYS = {44, 45}
"""sendto, recvfrom: what is said to a case and heard from it."""
STATEMENT = 110
"""getppid, which changes nothing: a child calls it before a transaction begins or ends."""

TURNS = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "VACUUM")
"""How statements of SQL begin before which it is called."""
LOCKS = 72
"""fcntl, by which SQLite locks and lets go."""
SLEEPS = {35, 230}
"""nanosleep, clock_nanosleep: how SQLite waits for a lock."""

TO_MAKE, TO_EMPTY = os.O_CREAT, os.O_TRUNC

_PIECE = {1: 2, 18: 2, 326: 4, 40: 3}
"""Which argument of a write says how many bytes."""

# Words of <sys/ptrace.h>, <linux/seccomp.h> and <sys/prctl.h>.
_TRACEME, _PEEKUSER, _POKEUSER, _CONT, _SYSCALL, _SETOPTIONS = 0, 3, 6, 7, 24, 0x4200
_GETREGS = 12
_O_TRACESYSGOOD, _O_TRACESECCOMP, _O_EXITKILL = 1, 1 << 7, 1 << 20
_EVENT_SECCOMP = 7
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 38, 22, 2
_RET_TRACE, _RET_ALLOW = 0x7FF00000, 0x7FFF0000

_REGISTERS = 27
_RAX, _ORIG_RAX = 10, 15
_ARGUMENTS = (14, 13, 12, 7, 9, 8)
"""rdi, rsi, rdx, r10, r8, r9, by their place in `struct user_regs_struct`."""

IS_HERE = sys.platform == "linux" and platform.machine() == "x86_64"
"""Whether a child can be stopped so on this computer."""


class _Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def _libc() -> Any:
    library = ctypes.CDLL(None, use_errno=True)
    library.ptrace.restype = ctypes.c_long
    library.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    return library


_LIBC = _libc()


def _ptrace(request: int, child: int, address: int = 0, data: Any = None) -> None:
    if _LIBC.ptrace(request, child, address, data) == -1:
        raise OSError(ctypes.get_errno(), f"ptrace {request}")


def _filter(calls: list[int]) -> bytes:
    """Return a program of BPF that stops at these calls: load the number, compare, return."""
    lines = [struct.pack("HBBI", 0x20, 0, 0, 0)]
    for place, call in enumerate(calls):
        lines.append(struct.pack("HBBI", 0x15, len(calls) - place, 0, call))
    lines.append(struct.pack("HBBI", 0x06, 0, 0, _RET_ALLOW))
    lines.append(struct.pack("HBBI", 0x06, 0, 0, _RET_TRACE))
    return b"".join(lines)


@dataclass
class Call:
    """A call at which the child stands: its number, and the path or what else it is about."""

    number: int
    about: str
    arguments: tuple[int, ...]

    @property
    def changes(self) -> bool:
        """Whether it changes what another process finds, or is said to a case.

        What SQLite keeps in a -shm is made anew by whoever opens the database first.
        """
        if self.number in (*FLUSHES, STATEMENT, LOCKS, *SLEEPS, 45):
            return False
        return not self.about.endswith("-shm")

    @property
    def has_bytes(self) -> bool:
        """Whether it writes bytes, of which a half can be written."""
        return self.number in _PIECE and self.arguments[_PIECE[self.number]] > 1

    @property
    def is_write(self) -> bool:
        """Whether it needs room on the disk, or that the disk takes what was written."""
        number = self.number
        if number in OPENS or number in FLUSHES:
            return True
        return number in WRITES or number in (82, 264, 316, 86, 265, 83, 258)

    def __str__(self) -> str:
        return f"call {self.number} {self.about}"


class Child:
    """`do` in a fork of this process, stopped at its first call of interest in `folder`.

    Calls of interest are those that may change a file there, messages to a case, with `statements`
    the statements of SQL, and with `locks` the locks of SQLite, and its waiting for them. What it
    prints is in `said`, what on stderr in `complained` once it has ended; its exit code, or minus a
    signal, is `code` then.
    """

    def __init__(
        self, do: Callable[[], int], folder: Path, statements: bool = True, locks: bool = False
    ) -> None:
        self._folder = str(folder)
        self.said = self.complained = ""
        self.code: int | None = None
        self.call: Call | None = None
        """Where it stands; None once it has ended."""
        self.points = 0
        """At how many calls it has stood."""
        self.is_full = False
        """Whether the disk is full from here on."""
        self._heard = [os.memfd_create("said"), os.memfd_create("complained")]
        calls = sorted({*WRITES, *FLUSHES, *NAMES, *SAYS, *([STATEMENT] if statements else [])})
        calls += [LOCKS, *SLEEPS] if locks else []
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            _become(do, self._heard, _filter(calls), statements)
        self._wait()  # for SIGSTOP
        _ptrace(_SETOPTIONS, self.pid, 0, _O_TRACESYSGOOD | _O_TRACESECCOMP | _O_EXITKILL)
        self._run_on()

    def __enter__(self) -> "Child":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.code is None:
            self.kill()

    def step(self) -> None:
        """Let it make the call at which it stands, and go on to the next one."""
        self._run_on()

    def finish(self) -> None:
        """Let it go on to its end."""
        while self.call is not None:
            self._run_on()

    def kill(self) -> None:
        """Kill it before the call at which it stands."""
        os.kill(self.pid, signal.SIGKILL)
        while self.code is None:
            self._wait()

    def kill_halfway(self) -> None:
        """Let it write half of the bytes that it is about to write, and kill it."""
        assert self.call is not None
        at = _PIECE.get(self.call.number)
        if at is None:
            self._skip_nothing()
        else:
            half = self.call.arguments[at] // 2
            self._poke(_ARGUMENTS[at], half)
            self._skip_nothing()
        self.kill()

    def fail(self) -> None:
        """Let the call at which it stands fail because the disk is full, and go on."""
        self.skip(-errno.ENOSPC)

    def skip(self, result: int = 0) -> None:
        """Let it have `result` of the call at which it stands, which is not made."""
        self._poke(_ORIG_RAX, -1)
        self._poke(_RAX, result)
        self._run_on()

    def _skip_nothing(self) -> None:
        """Let it make the call, and stand behind it."""
        _ptrace(_SYSCALL, self.pid)
        self._wait()

    def _poke(self, register: int, value: int) -> None:
        _ptrace(_POKEUSER, self.pid, 8 * register, value & 0xFFFFFFFFFFFFFFFF)

    def _run_on(self) -> None:
        """Go on to the next call of interest, or to the end."""
        deliver = 0
        while True:
            _ptrace(_CONT, self.pid, 0, deliver)
            deliver = self._wait()
            if self.code is not None or self.call is None:
                if self.code is not None:
                    return
                continue
            if self.is_full and self.call.is_write:
                self._poke(_ORIG_RAX, -1)
                self._poke(_RAX, -errno.ENOSPC)
                deliver = 0
                continue
            self.points += 1
            return

    def _wait(self) -> int:
        """Wait until it stands or has ended; return the signal that it is to get."""
        self.call = None
        _, status = os.waitpid(self.pid, 0)
        if not os.WIFSTOPPED(status):
            self.code = os.waitstatus_to_exitcode(status)
            self.said, self.complained = map(_text_in, self._heard)
            return 0
        if status >> 16 == _EVENT_SECCOMP:
            self.call = self._look()
            return 0
        stopped_by = os.WSTOPSIG(status)
        return (
            0
            if stopped_by in (signal.SIGSTOP, signal.SIGTRAP, signal.SIGTRAP | 0x80)
            else stopped_by
        )

    def _look(self) -> Call | None:
        """Return the call at which it stands, None if it is about nothing in the folder."""
        registers = (ctypes.c_ulonglong * _REGISTERS)()
        _ptrace(_GETREGS, self.pid, 0, ctypes.cast(registers, ctypes.c_void_p))
        number = registers[_ORIG_RAX]
        arguments = tuple(registers[place] for place in _ARGUMENTS)
        if number == STATEMENT or number in SLEEPS:
            return Call(number, "", arguments)
        if number in NAMES:
            paths = [self._text_at(arguments[place]) for place in NAMES[number]]
            if not any(path.startswith(self._folder) for path in paths):
                return None
            if number in OPENS:
                how = arguments[OPENS[number]]
                if not (how & TO_EMPTY or (how & TO_MAKE and not os.path.lexists(paths[0]))):
                    return None
            return Call(number, " ".join(Path(path).name for path in paths), arguments)
        try:
            file = arguments[WRITES.get(number, 0)]
            path = str(Path(f"/proc/{self.pid}/fd/{file}").readlink())
        except OSError:
            return None
        if path.startswith(self._folder) or (number in SAYS and path.startswith("socket")):
            return Call(number, Path(path).name, arguments)
        return None

    def _text_at(self, address: int) -> str:
        with Path(f"/proc/{self.pid}/mem").open("rb", buffering=0) as memory:
            raw = os.pread(memory.fileno(), 4096 - address % 4096, address)
            if b"\0" not in raw:
                raw += os.pread(memory.fileno(), 4096, address + len(raw))
        return raw.partition(b"\0")[0].decode(errors="replace")


def _text_in(heard: int) -> str:
    """Return what is in a file that is only open, and close it."""
    try:
        return os.pread(heard, os.fstat(heard).st_size, 0).decode(errors="replace")
    finally:
        os.close(heard)


def _become(do: Callable[[], int], heard: list[int], program: bytes, statements: bool) -> None:
    """Be the child: stop, do it, and end with what it returns. Never returns."""
    code = 99
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.dup2(heard[0], 1)
        os.dup2(heard[1], 2)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", 1, encoding="utf-8", closefd=False)
        if statements:
            _mark_statements()
        _ptrace(_TRACEME, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        rules = _Program(len(program) // 8, program)
        if _LIBC.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(rules), 0, 0):
            raise OSError(ctypes.get_errno(), "seccomp")
        try:
            code = do()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 98
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def _mark_statements() -> None:
    """Let every connection that is opened from here on call `getppid` before such a statement."""
    connect = sqlite3.connect

    def mark(statement: str) -> None:
        if statement.lstrip().upper().startswith(TURNS):
            os.getppid()

    def marked(*words: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*words, **options)
        connection.set_trace_callback(mark)
        return connection

    setattr(sqlite3, "connect", marked)  # noqa: B010
