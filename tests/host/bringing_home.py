"""A case's log, brought home into a database; what is in both; and where the line breaks."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.host.scripted_case import FLASH, HANG_UP, Script, ScriptedCase
from tests.host.writing_down import TWO_ZONES

from rollcase.clock import TICKS_MASK
from rollcore import events
from rollcore.memory import State
from rollhost.case.connection import Line
from rollhost.case.sync import Outcome, sync
from rollhost.database.open import open_archive
from rollhost.history import history
from rollhost.history.logs import Log

NOW = 250_000_000
"""The time of the computer, as case time (s)."""

DAY = 86400


def bring_home(case: ScriptedCase, path: Path, now: int = NOW) -> Outcome:
    """Sync once into the database at `path`, on a computer whose time is case time `now` (s)."""
    with Line(case.port) as line, open_archive(path, create=True) as archive:
        return sync(line, archive, lambda: now)


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows about logs in a database, by table."""
    queries = {
        "logs": "SELECT log, person, fork_of, follows FROM logs ORDER BY id",
        "records": "SELECT log_id, seq, raw FROM records",
        "quarantine": "SELECT * FROM quarantine",
        "flipped": "SELECT * FROM flipped",
        "case_states": "SELECT * FROM case_states",
        "cases": "SELECT device, log_id FROM cases",
    }
    with open_archive(path) as archive:
        return {name: archive._db.execute(query).fetchall() for name, query in queries.items()}


def logs_in(path: Path) -> list[Log]:
    """Return the logs of the only case in a database, the one that it has now last."""
    with open_archive(path) as archive:
        past = history.read(archive)
    return past.logs(past.cases[0])


def folded(path: Path) -> State:
    """Return the state of the only case in a database, by the log that it has now."""
    return logs_in(path)[-1].content.folded


def live_until(case: ScriptedCase, at: int) -> None:
    """Let time pass for the case until case time `at` (s)."""
    clock = case.app.clock
    while clock.time < at:
        step = min(at - clock.time, DAY) * 1000
        clock.advance((clock._ticks + step) & TICKS_MASK)


def write(case: ScriptedCase, kind: int, at: int, zone: int = 0, **data: int) -> None:
    """Let the case log an event at case time `at` (s)."""
    live_until(case, at)
    assert case.app._recorder.log(kind, data, zone) == ""


def use(case: ScriptedCase, at: int, zone: int = 0) -> None:
    """Let the case log a use of a zone that ends at case time `at` (s), and the soak after it."""
    digest = case.app.policy.digest
    write(case, events.USE_STARTED, at - 240, zone, how=events.IN_TURN, digest=digest)
    write(case, events.USE_ENDED, at, zone, how=events.BY_BUTTON, seconds=240)
    write(case, events.SOAK_STARTED, at + 60, purpose=events.AFTER_USE)
    write(case, events.SOAK_ENDED, at + 660, purpose=events.AFTER_USE, how=events.SOAK_DONE)


def home_now(case: ScriptedCase, path: Path) -> Outcome:
    """Sync once on a computer whose clock agrees with the case's."""
    return bring_home(case, path, case.app.clock.time)


class PutBack:
    """A case whose flash is put back from a copy; its database is at `path`."""

    def __init__(self, home: Path) -> None:
        self.path = home / "rollcase.db"
        self._home = home
        self._number = 0

    @contextmanager
    def case(self) -> Iterator[ScriptedCase]:
        """Switch the case on for a while."""
        with ScriptedCase(self._home / "flash") as one:
            yield one

    def copy(self) -> None:
        """Copy the flash."""
        shutil.copytree(self._home / "flash", self._home / "copy")

    def put_back(self) -> None:
        """Put the flash back as it was when it was copied."""
        shutil.copy(self._home / "copy" / FLASH, self._home / "flash" / FLASH)


def make_put_back(home: Path) -> PutBack:
    """Return a case that has used the face, and neck and face again after its flash was copied.

    The flash is put back then. So the log here has records which the case has not any more.
    """
    one = PutBack(home)
    with one.case() as case:
        bring_home(case, one.path, NOW - 91 * DAY)
        assert case.app.set_policy(TWO_ZONES) == ""
        use(case, NOW - 90 * DAY, 0)
        home_now(case, one.path)
    one.copy()
    with one.case() as case:
        use(case, NOW - 2 * DAY, 1)
        write(case, events.LID, NOW - DAY, what=events.LID_OPENED)
        home_now(case, one.path)
    one.put_back()
    return one


def go_on(case: ScriptedCase) -> None:
    """Let a case whose flash was put back log what the log here has not: a use of the face."""
    use(case, NOW - 5 * DAY, 0)


def flip(case: ScriptedCase, at: int, *bits: int) -> None:
    """Flip bits of the flash of a case, counted from an offset on."""
    with (case.directory / FLASH).open("r+b") as file:
        for bit in bits:
            file.seek(at + bit // 8)
            byte = file.read(1)[0]
            file.seek(at + bit // 8)
            file.write(bytes([byte ^ 1 << bit % 8]))


def hang_up_after(count: int) -> Script:
    """Return a script that closes the port in place of an answer, after so many."""
    answers: Iterator[int] = iter(range(count))
    return lambda request, right: right if next(answers, None) is not None else HANG_UP
