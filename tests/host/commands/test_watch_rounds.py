"""The rounds of `host watch`: sharing, reminders, MQTT and a case, in time that the test moves."""

import contextlib
import os
import signal
import socket
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from tests.conftest import Host
from tests.host.free_port import free_port
from tests.host.lived_in import make_lived_in
from tests.host.mosquitto import ANYBODY, Mosquitto, running
from tests.host.remind.web_server import WebServer
from tests.host.scripted_case import ScriptedCase
from tests.host.time_zones import KIRITIMATI
from tests.host.watch_process import WatchProcess

from rollhost.case.virtual_ports import announce
from rollhost.case.watch_schedule import FIRST_RETRY_S, FRESH_S, LOOK_S, ROUND_S
from rollhost.cli.after_sync import Part, Said
from rollhost.cli.watch_parts import mqtt_part, remind_part
from rollhost.commands.watch import Watch, _Ended, _Ending
from rollhost.database.open import open_archive
from rollhost.sim.virtual_case import VirtualCase

MINUTE, HOUR = 60, 3600

SECRET = "hunter2-hunter2"


class Clocks:
    """The clocks of a computer; `case` is a virtual case whose time goes along."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, case: VirtualCase | None = None) -> None:
        self.steady = 1000.0
        self._wall = datetime(2026, 11, 28, 9, tzinfo=timezone.utc)
        self._patch = monkeypatch
        self._case = case
        self._show()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.steady += seconds
        self.sleep(seconds)

    def sleep(self, seconds: float) -> None:
        """Let time pass while the computer sleeps."""
        self.set(seconds)
        if self._case is not None:
            self._case.jump(int(seconds * 1000))

    def set(self, seconds: float) -> None:
        """Set the clock on the wall ahead, or back."""
        self._wall += timedelta(seconds=seconds)
        self._show()

    def wall(self) -> float:
        """Return the Unix time (s)."""
        return self._wall.timestamp()

    def _show(self) -> None:
        self._patch.setenv("ROLLCASE_NOW", self._wall.isoformat())


class Watched:
    """A `Watch` and what it has said since it was asked last, without the times."""

    def __init__(
        self, home: Path, clocks: Clocks, capsys: pytest.CaptureFixture[str], *parts: Part
    ) -> None:
        self._watch = Watch(
            None, home / "rollcase.db", parts, steady=lambda: clocks.steady, wall=clocks.wall
        )
        self._clocks = clocks
        self._capsys = capsys

    def look(self, after_s: float = LOOK_S) -> list[str]:
        """Look once, so much later (s); return what it says."""
        self._clocks.wait(after_s)
        self._capsys.readouterr()
        self._watch.look()
        said = self._capsys.readouterr().out.splitlines()
        return [line[18:] for line in said]


@pytest.fixture
def clocks(home: Path, in_utc: None, monkeypatch: pytest.MonkeyPatch) -> Clocks:
    """The clocks of a computer on which there is no case."""
    return Clocks(monkeypatch)


Watches = Callable[..., Watched]


@pytest.fixture
def watches(home: Path, clocks: Clocks, capsys: pytest.CaptureFixture[str]) -> Watches:
    """Watch on that computer, with parts of the test."""
    return lambda *parts: Watched(home, clocks, capsys, *parts)


@pytest.fixture
def mosquitto(home: Path) -> Iterator[Mosquitto]:
    """A broker that lets everybody in."""
    with running(home / "mosquitto", *ANYBODY) as broker:
        yield broker


@pytest.fixture
def server() -> Iterator[WebServer]:
    """A service that takes reminders."""
    with WebServer() as server:
        yield server


def addresses(home: Path, server: WebServer) -> Path:
    """Return a file with the address of the service, with a secret in it."""
    (home / "addresses").write_text(server.address(SECRET) + "\n")
    return home / "addresses"


@pytest.mark.slow
def test_everything_follows_a_sync_once_and_is_made_up_for_where_it_could_not(
    home: Path,
    host_here: Host,
    server: WebServer,
    mosquitto: Mosquitto,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shelf = home / "shelf"
    shelf.mkdir()
    with VirtualCase(home / "flash.img") as case:
        clocks = Clocks(monkeypatch, case)
        remind = remind_part(addresses(home, server), None)
        watched = Watched(home, clocks, capsys, remind, mqtt_part(mosquitto.url, None, None))
        assert watched.look() == []  # nothing was ever synced here
        assert not (home / "rollcase.db").exists()
        assert host_here("share", str(shelf)).returncode == 0

        # A use; then the case is plugged in.
        case.press()
        clocks.wait(22 * MINUTE)
        case.long_press()
        clocks.wait(4 * MINUTE)
        case.press()
        with announce(case.port):
            synced, told = watched.look()
        device = synced.split()[1]
        assert synced.startswith(f"Case {device} (virtual): 6 new records. Clean the roller now")
        assert told == f"Told {mosquitto.url}: {device} (virtual)."
        assert len(mosquitto.kept()) == 2
        assert len([*shelf.iterdir()]) == 1

        # It is away. The others tell of something, the roller is still dirty.
        assert host_here("share", str(shelf), "--db", str(home / "b.db")).returncode == 0
        assert host_here("hold", "sunburn", "--db", str(home / "b.db")).returncode == 0
        assert host_here("share", "--db", str(home / "b.db")).returncode == 0
        said = watched.look(35 * MINUTE)
        assert said[0].startswith("New from other computers: ")
        assert said[1].startswith("Reminded: Not cleaned yet (")
        assert said[2].startswith(f"Told {mosquitto.url}: ")
        assert len(said) == 3
        assert len(server.texts) == 1
        assert watched.look() == watched.look(ROUND_S) == []

        # The broker goes, the case is cleaned and comes back.
        mosquitto.stop()
        case.press()
        clocks.wait(11 * MINUTE)
        with announce(case.port):
            synced, complaint = watched.look()
            assert synced.startswith(f"Case {device} (virtual): 3 new records. Drying until")
            assert complaint.startswith(f"No broker listens at {mosquitto.url}.")
            assert watched.look(FIRST_RETRY_S) == watched.look(ROUND_S) == []
            mosquitto.start()
            assert watched.look(ROUND_S) == [f"Told {mosquitto.url}: {device} (virtual)."]

            # The computer sleeps over night: by the steady clock, nothing is due.
            clocks.sleep(22 * HOUR)
            (synced, *_) = watched.look()
            assert synced.startswith(f"Case {device} (virtual): ")
        assert len(server.texts) == 1


def noting(runs: list[str], name: str) -> Part:
    """Return a part that notes each run."""

    def note(archive: object, now: int) -> Said:
        runs.append(name)
        return Said()

    return Part(name, note)


def raising(error: BaseException) -> Part:
    """Return a part that fails."""

    def fail(archive: object, now: int) -> Said:
        raise error

    return Part("remind", fail)


class TestTime:
    def test_round_is_done_without_a_case_every_quarter_of_an_hour(
        self, home: Path, watches: Watches
    ) -> None:
        make_lived_in(home / "rollcase.db")
        runs: list[str] = []
        watched = watches(noting(runs, "part"))
        for _ in range(8):
            watched.look(ROUND_S / 2)
        assert len(runs) == 4

    def test_clock_that_is_set_back_stops_no_round(
        self, home: Path, watches: Watches, clocks: Clocks
    ) -> None:
        make_lived_in(home / "rollcase.db")
        runs: list[str] = []
        watched = watches(noting(runs, "part"))
        watched.look()
        clocks.set(-400 * 24 * HOUR)
        watched.look()
        assert len(runs) == 1
        watched.look(ROUND_S)
        assert len(runs) == 2

    def test_cases_and_the_round_are_due_at_once_after_a_sleep(
        self, case: ScriptedCase, watches: Watches, clocks: Clocks
    ) -> None:
        runs: list[str] = []
        watched = watches(noting(runs, "part"))
        with announce(case.port):
            assert len(watched.look()) == 1
            assert watched.look() == []
            clocks.sleep(8 * HOUR)
            assert len(watched.look()) == 1
            assert len(watched.look(FRESH_S)) == 1
        assert len(runs) == 3

    def test_rounds_follow_the_computer_into_another_time_zone(
        self, home: Path, watches: Watches, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_lived_in(home / "rollcase.db")
        hours: list[int] = []

        def note(archive: object, now: int) -> Said:
            hours.append(datetime.fromtimestamp(now).hour)  # as quiet hours are looked up
            return Said()

        watched = watches(Part("part", note))
        watched.look()
        monkeypatch.setenv("TZ", KIRITIMATI)
        watched.look(ROUND_S)
        assert hours == [9, 23]


class TestPlugs:
    def test_hub_that_comes_back_under_other_names_is_synced_once_each(
        self, home: Path, watches: Watches, case: ScriptedCase
    ) -> None:
        runs: list[str] = []
        watched = watches(noting(runs, "round"))
        other = "b" * 16
        with ScriptedCase(home / "other", device=other) as another:
            with announce(case.port), announce(another.port):
                assert len(watched.look()) == 2
            assert watched.look() == []
            for each in (case, another):
                each.reopen_elsewhere()
            with announce(case.port), announce(another.port):
                assert len(watched.look()) == 2
                assert watched.look() == []
        assert len(runs) == 2  # one for all that a look has synced

    def test_case_that_stays_plugged_in_hears_of_news_from_other_computers(
        self, home: Path, watches: Watches, case: ScriptedCase
    ) -> None:
        news = [Said(["News."], is_for_cases=True), Said()]
        watched = watches(Part("share", lambda archive, now: news.pop(0) if news else Said()))
        with announce(case.port):
            assert len(watched.look()) == 2
            (synced,) = watched.look()
            assert synced.startswith("Case ")
            assert watched.look() == []

    def test_device_that_is_pulled_while_ports_are_listed_makes_no_other_one_new(
        self, case: ScriptedCase, watches: Watches, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from serial.tools import list_ports

        def pulled() -> object:
            return int(None, 16)  # type: ignore[call-overload]  # as pyserial does on Linux

        watched = watches()
        with announce(case.port):
            assert len(watched.look()) == 1
            with monkeypatch.context() as patch:
                patch.setattr(list_ports, "comports", pulled)
                assert watched.look() == []
            assert watched.look() == []


class TestBroken:
    @pytest.mark.parametrize(
        "error", [TypeError(SECRET), OSError(28, "No space left on device"), KeyError()]
    )
    def test_broken_part_keeps_no_other_one_from_running_and_is_said_once(
        self, home: Path, watches: Watches, error: Exception
    ) -> None:
        make_lived_in(home / "rollcase.db")
        runs: list[str] = []
        watched = watches(raising(error), noting(runs, "other"))
        (said,) = watched.look()
        assert said.startswith("host remind")
        assert SECRET not in said
        assert watched.look(ROUND_S) == []
        assert len(runs) == 2

    def test_database_that_is_locked_is_said_once_and_tried_again(
        self, home: Path, watches: Watches, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_lived_in(home / "rollcase.db")
        runs: list[str] = []
        watched = watches(noting(runs, "part"))
        monkeypatch.setattr("rollhost.database.open.BUSY_MS", 10)
        with contextlib.closing(sqlite3.connect(home / "rollcase.db")) as other:
            other.execute("PRAGMA locking_mode = EXCLUSIVE")
            other.execute("BEGIN EXCLUSIVE")
            assert watched.look() == [f"{home / 'rollcase.db'} is in use by another program."]
            assert watched.look(FIRST_RETRY_S) == []
        watched.look(ROUND_S)
        assert runs == ["part"]

    def test_database_of_a_newer_version_is_said_once_and_an_own_one_is_taken_up_again(
        self, home: Path, watches: Watches
    ) -> None:
        database = home / "rollcase.db"
        make_lived_in(database)
        runs: list[str] = []
        watched = watches(noting(runs, "part"))
        with contextlib.closing(sqlite3.connect(database)) as other:
            (version,) = other.execute("PRAGMA user_version").fetchone()
            other.execute(f"PRAGMA user_version = {version + 1}")
            other.commit()
            (said,) = watched.look()
            assert said == f"{database} was written by a newer version of this program."
            assert watched.look(ROUND_S) == []
            other.execute(f"PRAGMA user_version = {version}")
            other.commit()
        assert watched.look(ROUND_S) == []
        assert runs == ["part"]

    def test_restore_works_between_two_rounds(
        self, home: Path, watches: Watches, host_here: Host
    ) -> None:
        make_lived_in(home / "rollcase.db")
        runs: list[str] = []
        watched = watches(noting(runs, "part"))
        watched.look()
        assert host_here("backup", str(home / "copy.db")).returncode == 0
        assert host_here("restore", str(home / "copy.db"), "--yes").returncode == 0
        watched.look(ROUND_S)
        assert len(runs) == 2


class TestEnd:
    def test_signal_that_sqlite_takes_for_an_error_of_its_own_ends_watch(
        self, home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        make_lived_in(home / "rollcase.db")
        ending = _Ending()

        def asked_by_sqlite(archive: object, now: int) -> Said:
            with contextlib.closing(sqlite3.connect(":memory:")) as connection:
                connection.create_function(
                    "checksum", 0, lambda: os.kill(os.getpid(), signal.SIGTERM)
                )
                connection.execute("SELECT checksum()")
            return Said()

        watch = Watch(None, home / "rollcase.db", [Part("remind", asked_by_sqlite)], ending.check)
        with pytest.raises(_Ended), ending.on_signals():
            watch.look()
        assert capsys.readouterr().out == ""

    @pytest.mark.slow
    def test_signal_while_a_broker_is_waited_for_ends_watch_and_leaves_nothing_half_done(
        self, home: Path
    ) -> None:
        make_lived_in(home / "rollcase.db")
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"mqtt://127.0.0.1:{silent.getsockname()[1]}"
            with WatchProcess("--mqtt", url) as process:
                connection, _ = silent.accept()
                with connection:
                    assert process.end() == 0
                assert process.errors().endswith("Stopped.\n")
                assert process.rest() == ""
        with open_archive(home / "rollcase.db") as archive:
            assert archive.damage() == []
            assert archive.setting("mqtt") is None


@pytest.mark.slow
def test_secrets_are_nowhere_though_every_part_fails(
    home: Path, host_here: Host, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLLCASE_NOW", "2026-11-20T12:00:00Z")
    make_lived_in(home / "rollcase.db")
    server.status = 500
    with open_archive(home / "rollcase.db") as archive, archive.transaction():
        place = "postgresql://ann@127.0.0.1:1/clinic"
        archive.set_setting("share", {"place": place, "computer": "0" * 16, "user": 0})
    (home / "password").write_text(SECRET + "\n")
    broker = f"mqtt://ann@127.0.0.1:{free_port()}"
    words = ["--remind", str(addresses(home, server)), "--mqtt", broker]
    words += ["--password-file", str(home / "password")]
    for name in ("PGPASSWORD", "ROLLCASE_SHARE_PASSPHRASE"):
        monkeypatch.setenv(name, SECRET)
    unit = host_here("watch", "--systemd", *words)
    with WatchProcess(*words, round_s=0.05) as process:
        said = [process.line() for _ in range(3)]
        assert process.end() == 0
        said += [process.rest(), process.errors()]
    assert said[0].startswith("Not shared: postgresql://ann@127.0.0.1:1/clinic does not take it")
    assert said[1].startswith("json-")
    assert said[2].startswith("No broker listens at mqtt://127.0.0.1:")
    assert said[3] == ""
    export = host_here("export", "json").stdout
    for text in [*said, unit.stdout, unit.stderr, export]:
        assert SECRET not in text
    for file in home.glob("rollcase.db*"):
        assert SECRET.encode() not in file.read_bytes()


@pytest.mark.in_process
@pytest.mark.parametrize("words", [
    ["--remind", f"json://ann:{SECRET}@host/"],
    ["--remind", f"tgram://{SECRET}/1"],
    ["--mqtt", f"mqtt://ann:{SECRET}@host"],
    ["--mqtt", "mqtt://ann@host", "--password-file", "/nowhere"],
    ["--password-file", "x"], ["--person", "Ann"],
])  # fmt: skip
@pytest.mark.parametrize("more", [[], ["--systemd"]], ids=["", "systemd"])
def test_what_watch_cannot_do_is_refused_at_once_without_a_secret(
    host: Host, words: list[str], more: list[str]
) -> None:
    result = host("watch", *words, *more)
    assert result.returncode == 2
    assert SECRET not in result.stdout + result.stderr
    assert result.stdout == ""
