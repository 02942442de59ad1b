"""``make ha``: does a real Home Assistant make of our messages what we mean? Not in CI.

It needs mosquitto (``make mosquitto``) and a Python that has Home Assistant: HA_PYTHON names one.
Where it names none, one is made in build/home-assistant from Python 3.14 or 3.13, with the newest
Home Assistant that this Python runs: 600 MB, and a C compiler.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.host.lived_in import DEVICE, NOW, make_lived_in
from tests.host.mosquitto import ANYBODY, PROGRAM, Mosquitto

from rollhost.database.open import open_archive
from rollhost.mqtt.discovery import config_topic, device_id
from rollhost.mqtt.publisher import Broker, Connection
from rollhost.output import units

CORE = Path(__file__).with_name("core.py")
BUILT = Path(__file__).parents[2] / "build" / "home-assistant"

WITHIN_S = 20
"""How long (s) Home Assistant may take until it shows what was sent (own)."""

Look = dict[str, Any]


def python() -> list[str]:
    """Return the words that start a Python with Home Assistant. Exits where there is none."""
    if os.environ.get("HA_PYTHON"):
        return shlex.split(os.environ["HA_PYTHON"])
    built = BUILT / "bin" / "python"
    if (BUILT / ".ready").exists():
        return [str(built)]
    found = next(filter(_runs, ("python3.14", "python3.13")), None)
    if found is None:
        sys.exit(
            "Home Assistant needs Python 3.14 or 3.13, and neither is on the path.\n"
            "  Install one, or name one that has the package homeassistant: HA_PYTHON=…"
        )
    print(f"Installing Home Assistant into {BUILT} (once, some minutes)…", flush=True)
    subprocess.run([found, "-m", "venv", "--clear", str(BUILT)], check=True)
    packages = ["homeassistant", "paho-mqtt"]
    subprocess.run([built, "-m", "pip", "install", "-q", *packages], check=True)
    (BUILT / ".ready").touch()
    return [str(built)]


def _runs(name: str) -> bool:
    """Return whether there is such a Python; the shims of some tools are there without one."""
    path = shutil.which(name)
    return (
        path is not None and subprocess.run([path, "-c", ""], capture_output=True).returncode == 0
    )


class Core:
    """A Home Assistant core that runs."""

    def __init__(self, words: list[str], folder: str, port: int) -> None:
        self._process = subprocess.Popen(
            [*words, "-c", CORE.read_text(), folder, str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if "-v" not in sys.argv else None,
            text=True,
        )
        if self._read() != "ready":
            sys.exit("Home Assistant did not start; -v shows what it says.")

    def look(self) -> Look:
        """Return its devices and entities now."""
        assert self._process.stdin is not None
        self._process.stdin.write("look\n")
        self._process.stdin.flush()
        look: Look = json.loads(self._read())
        return look

    def wait_for(self, is_right: Callable[[Look], bool]) -> tuple[bool, Look]:
        """Look until it is right, or has not become so within `WITHIN_S`."""
        until = time.monotonic() + WITHIN_S
        while True:
            look = self.look()
            if is_right(look) or time.monotonic() > until:
                return is_right(look), look

    def end(self, last: bool = False) -> None:
        """End it, and with `last` remove all that it has."""
        assert self._process.stdin is not None
        if last:
            self._process.stdin.write("delete\n")
        self._process.stdin.close()
        self._process.wait(60)

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


class Trial:
    """What was tried so far; a line is printed for each."""

    def __init__(self) -> None:
        self.failed = 0

    def expect(self, what: str, core: Core, is_right: Callable[[Look], bool]) -> None:
        """Print whether Home Assistant shows what it has to."""
        right, look = core.wait_for(is_right)
        print(f"{'right' if right else 'WRONG'}  {what}", flush=True)
        if not right:
            self.failed += 1
            print(json.dumps(look, indent=2))


def host(home: Path, *words: str, now: int = NOW) -> None:
    """Run a command of ours, which has to succeed."""
    ours = {"ROLLCASE_DB": str(home / "rollcase.db"), "ROLLCASE_NOW": units.utc(now)}
    subprocess.run(
        [sys.executable, "-m", "rollhost", *words],
        env={**os.environ, **ours},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def names(look: Look) -> list[str]:
    """Return the names of the devices."""
    return [device["name"] for device in look["devices"]]


def states(look: Look) -> dict[str, str | None]:
    """Return the state of each entity of ours by its key."""
    return {key: entity["state"] for key, entity in look["entities"].items()}


DEFAULT = {"last_use", "rested", "next_session", "disinfected", "head_uses_left", "head_worn_out",
           "synced"}  # fmt: skip


def run(home: Path, words: list[str]) -> int:
    """Try all of it with a database in `home`; return how much was wrong."""
    trial = Trial()
    make_lived_in(home / "rollcase.db")
    mosquitto = Mosquitto(home / "mosquitto", *ANYBODY)
    mosquitto.start()
    folder = tempfile.mktemp(prefix="home-assistant-", dir="/tmp")  # HA_PYTHON may be in a chroot
    core = Core(words, folder, mosquitto.port)
    print(f"Home Assistant {core.look()['version']}")
    device = device_id(DEVICE)
    publish = ("mqtt", "publish", mosquitto.url)
    try:
        trial.expect("nothing of ours before it is told", core, lambda look: not states(look))
        host(home, *publish)
        trial.expect(
            "one device with seven entities, its values with it",
            core,
            lambda look: (
                names(look) == ["Rollcase bathroom"]
                and set(states(look)) == DEFAULT
                and states(look)["last_use"] == "2026-11-20T10:00:00+00:00"
                and states(look)["head_uses_left"] == "10"
                and states(look)["next_session"] == "unknown"
            ),
        )
        trial.expect(
            "the board's serial number is nowhere",
            core,
            lambda look: DEVICE[-6:] not in json.dumps(look),
        )
        host(home, *publish, "--with", "zones,holds,reactions")
        more = {"rested_face", "rested_scalp", "hold_ends", "held", "reaction"}
        trial.expect(
            "zones, holds and reactions come, the rest of all goes",
            core,
            lambda look: (
                set(states(look)) == DEFAULT - {"rested"} | more and states(look)["held"] == "off"
            ),
        )
        host(home, "hold", "sunburn")
        host(home, *publish)
        trial.expect(
            "a hold without an end is on, and no zone has a moment to be rested",
            core,
            lambda look: states(look)["held"] == "on" and states(look)["rested_face"] == "unknown",
        )
        host(home, "hold", "release", "sunburn")
        host(home, "name", "shelf")
        host(home, *publish, "--with", "none")
        trial.expect(
            "a new name, and what was switched off is gone",
            core,
            lambda look: names(look) == ["Rollcase shelf"] and set(states(look)) == DEFAULT,
        )
        core.end()
        core = Core(words, folder, mosquitto.port)
        trial.expect(
            "all of it is there after a restart of Home Assistant",
            core,
            lambda look: (
                set(states(look)) == DEFAULT
                and states(look)["last_use"] == "2026-11-20T10:00:00+00:00"
            ),
        )
        mosquitto.stop()
        trial.expect(
            "unavailable while the broker is gone",
            core,
            lambda look: set(states(look).values()) == {"unavailable"},
        )
        mosquitto.start()
        host(home, *publish)
        trial.expect(
            "there again once the broker is",
            core,
            lambda look: states(look)["last_use"] == "2026-11-20T10:00:00+00:00",
        )
        later = 400 * 86400
        host(home, *publish, now=NOW + later)
        trial.expect(
            "still there, and available, when nobody has synced for a year",
            core,
            lambda look: states(look)["synced"] == "2026-11-21T10:00:00+00:00",
        )
        host(home, "mqtt", "remove", mosquitto.url)
        trial.expect(
            "no entity and no device is left after remove",
            core,
            lambda look: not states(look) and not names(look),
        )
        config = json.loads(_config(home))
        config["device"]["colour"] = "blue"
        with Connection(Broker("127.0.0.1", mosquitto.port)) as connection:
            connection.keep(config_topic(device), json.dumps(config))
        host(home, "mqtt", "publish", mosquitto.url, "--db", str(home / "other.db"))
        trial.expect(
            "a device with one key that it does not know is refused",
            core,
            lambda look: names(look) == ["Rollcase other"],
        )
    finally:
        core.end(last=True)
        mosquitto.stop()
    return trial.failed


def _config(home: Path) -> str:
    """Return the configuration of the case; and make another database, with another case."""
    from tests.host.logbook import Logbook
    from tests.host.mqtt.told import describe_only_case

    with open_archive(home / "other.db", create=True) as archive:
        book = Logbook(archive, NOW, "0123456789abcdef")
        book.set_clock()
        book.keep()
        with archive.transaction():
            archive.name_case(book.case_id, "other", NOW)
    with open_archive(home / "rollcase.db") as archive:
        return describe_only_case(archive, NOW).config


def main() -> int:
    """Run it; return the exit code."""
    if PROGRAM is None:
        sys.exit("There is no mosquitto.\n  Install it: make mosquitto.")
    words = python()
    with tempfile.TemporaryDirectory() as home:
        failed = run(Path(home), words)
    print("All of it is right." if not failed else f"{failed} wrong.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
