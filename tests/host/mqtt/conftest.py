"""A broker for each test, and a database of which it is told."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt import publish
from tests.host.lived_in import NOW, make_lived_in
from tests.host.mosquitto import ANYBODY, Mosquitto, running
from tests.host.mosquitto import mosquitto as mosquitto_program
from tests.host.mqtt.told import SECRET

from rollhost.database.archive import Archive
from rollhost.database.open import open_archive
from rollhost.output import units

ACCESS = "user ann\ntopic readwrite rollcase/#\ntopic read #\n"
"""Ann may write her values, and not where Home Assistant looks for devices."""


@pytest.fixture(scope="session")
def one_mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """A broker that lets everybody in."""
    with running(tmp_path_factory.mktemp("mosquitto"), *ANYBODY) as broker:
        yield broker


@pytest.fixture
def mosquitto(one_mosquitto: Mosquitto) -> Mosquitto:
    """The same, running, and with nothing kept."""
    one_mosquitto.start()
    for topic in one_mosquitto.kept():
        publish.single(topic, "", 1, retain=True, port=one_mosquitto.port, hostname="127.0.0.1")
    return one_mosquitto


@pytest.fixture
def archive(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    """A database that has been in use, at its own moment."""
    monkeypatch.setenv("ROLLCASE_NOW", units.utc(NOW))
    make_lived_in(home / "rollcase.db")
    with open_archive(home / "rollcase.db") as archive:
        yield archive


@pytest.fixture(scope="session")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """A broker that lets in Ann alone, by her password."""
    folder = tmp_path_factory.mktemp("locked")
    (folder / "passwords").write_text(f"ann:{SECRET}\n")
    (folder / "access").write_text(ACCESS)
    mosquitto_program()
    # It takes only what its own tool has hashed.
    tool = ["mosquitto_passwd", "-U", str(folder / "passwords")]
    subprocess.run(tool, check=True, capture_output=True)
    settings = (f"password_file {folder}/passwords", f"acl_file {folder}/access")
    with running(folder / "broker", "allow_anonymous false", *settings) as broker:
        yield broker
