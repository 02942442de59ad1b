"""A real MQTT broker, mosquitto, on a port of this computer; and what it keeps."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from tests.host.free_port import free_port

PROGRAM = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")

REQUIRED = "MOSQUITTO_REQUIRED" in os.environ
"""Whether a missing mosquitto is a failure; else its tests are skipped."""

MARKS = "rollcase/marks"

ANYBODY = ("allow_anonymous true",)


def mosquitto() -> str:
    """Return the path of mosquitto; skip the test if there is none."""
    if PROGRAM is None:
        missing = "there is no mosquitto: make mosquitto"
        if REQUIRED:
            pytest.fail(missing)
        pytest.skip(missing)
    return PROGRAM


class Mosquitto:
    """A broker that keeps what it has in `folder`, with these lines of settings for its port."""

    def __init__(self, folder: Path, *settings: str, port: int | None = None) -> None:
        self.port = port or free_port()
        self._folder = folder
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Its address without TLS."""
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it runs; nothing if it does."""
        if self._process is not None:
            return
        self._folder.mkdir(exist_ok=True)
        lines = [
            f"listener {self.port} 127.0.0.1",
            *self._settings,
            "persistence true",
            f"persistence_location {self._folder}/",
            "log_dest stderr",
            *(["user root"] if os.geteuid() == 0 else []),
        ]
        settings = self._folder / "mosquitto.conf"
        settings.write_text("\n".join(lines) + "\n")
        self._process = subprocess.Popen(
            [mosquitto(), "-c", str(settings)], stderr=subprocess.PIPE, text=True
        )
        assert self._process.stderr is not None
        said = []
        for line in self._process.stderr:
            said.append(line)
            if "running" in line:
                return
        raise RuntimeError("".join(said))

    def stop(self) -> None:
        """End it, which makes it write down what it keeps."""
        while self._process is not None:
            self._process.terminate()
            # It forgets a signal that comes before its loop has begun.
            with suppress(subprocess.TimeoutExpired):
                self._process.communicate(timeout=0.5)
                self._process = None

    def kept(self, user: str | None = None, password: str | None = None) -> dict[str, str]:
        """Return what it keeps, by topic."""
        with listening(self.port, user, password) as said:
            return dict(said())


@contextmanager
def running(folder: Path, *settings: str) -> Iterator[Mosquitto]:
    """Run a broker with these settings."""
    broker = Mosquitto(folder, *settings)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()


class _Said:
    """What a broker has said since it was asked last, until a mark that comes after all of it."""

    def __init__(self, client: paho.Client) -> None:
        self.messages: list[tuple[str, str]] = []
        self.is_subscribed = False
        self._client = client
        self._marks = 0

    def __call__(self) -> list[tuple[str, str]]:
        self._marks += 1
        mark = (MARKS, str(self._marks))
        self._client.publish(*mark, qos=1)
        while mark not in self.messages:
            assert self._client.loop(10) == paho.MQTT_ERR_SUCCESS
        found = [message for message in self.messages if message[0] != MARKS]
        self.messages.clear()
        return found


@contextmanager
def listening(port: int, user: str | None = None, password: str | None = None) -> Iterator[_Said]:
    """Listen to all topics; what is yielded returns the messages so far, in their order."""
    client = paho.Client(CallbackAPIVersion.VERSION2)
    said = _Said(client)

    def subscribed(*_: object) -> None:
        said.is_subscribed = True

    client.on_message = lambda _, __, message: said.messages.append(
        (message.topic, message.payload.decode())
    )
    client.on_connect = lambda *_: client.subscribe("#", qos=1) and None
    client.on_subscribe = subscribed
    client.username_pw_set(user, password)
    client.connect("127.0.0.1", port)
    try:
        while not said.is_subscribed:
            assert client.loop(10) == paho.MQTT_ERR_SUCCESS
        yield said
    finally:
        client.disconnect()
