"""``host mqtt``: what a person types to have Home Assistant told, and what is printed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.complaints import complaint, sentence_and_step
from tests.host.free_port import free_port
from tests.host.lived_in import DEVICE, NOW, make_lived_in
from tests.host.mosquitto import ANYBODY, Mosquitto, running

from rollhost.database.open import open_archive
from rollhost.mqtt.memory import SETTING
from rollhost.mqtt.publisher import PASSWORD
from rollhost.output import units

pytestmark = pytest.mark.in_process

SECRET = "hunter2-hunter2"


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """A broker that lets everybody in."""
    with running(tmp_path_factory.mktemp("mosquitto"), *ANYBODY) as broker:
        yield broker


@pytest.fixture(autouse=True)
def lived_in(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that has been in use, at its own moment."""
    monkeypatch.setenv("ROLLCASE_NOW", units.utc(NOW))
    make_lived_in(home / "rollcase.db")


def test_publish_names_the_case_and_what_is_not_told(host: Host, mosquitto: Mosquitto) -> None:
    result = host("mqtt", "publish", mosquitto.url)
    assert result.returncode == 0
    assert result.stdout.splitlines() == [
        f"Told {mosquitto.url}: bathroom.",
        "Neither the names of zones nor holds nor reactions are told. To switch on: host mqtt"
        " publish URL --with zones,holds,reactions.",
    ]
    assert result.stderr == ""


def test_choice_is_kept_until_another_one_is_said(
    host_json: HostJson, mosquitto: Mosquitto
) -> None:
    publish = ("mqtt", "publish", mosquitto.url)
    assert host_json(*publish, "--with", "holds,Zones")["with"] == ["holds", "zones"]
    document = host_json(*publish)
    assert document["published"] == [{"device": DEVICE, "name": "bathroom"}]
    assert (document["with"], document["broker"]) == (["holds", "zones"], mosquitto.url)
    assert host_json(*publish, "--with", "none")["with"] == []


def test_remove_takes_all_of_it_back(host: Host, mosquitto: Mosquitto, home: Path) -> None:
    host("mqtt", "publish", mosquitto.url, "--with", "zones")
    assert host("mqtt", "remove", mosquitto.url).stdout.splitlines() == [
        f"Removed from {mosquitto.url}: 1 device and all that it kept of them."
    ]
    assert mosquitto.kept() == {}
    with open_archive(home / "rollcase.db") as archive:
        assert archive.setting(SETTING)["brokers"] == {}


def test_way_without_tls_to_another_computer_is_said_once(host: Host, mosquitto: Mosquitto) -> None:
    elsewhere = f"mqtt://0.0.0.0:{mosquitto.port}"
    assert "is not encrypted" in host("mqtt", "publish", elsewhere).stderr
    assert host("mqtt", "publish", elsewhere).stderr == ""


def test_word_that_cannot_be_switched_on_is_refused(host: Host, mosquitto: Mosquitto) -> None:
    _, step = complaint(host("mqtt", "publish", mosquitto.url, "--with", "colours"), 2)
    assert step == "There are zones, holds and reactions."


@pytest.mark.parametrize("option", [("--with", "zones"), ("--person", "me")], ids="/".join)
def test_remove_takes_no_choice(host: Host, option: tuple[str, str]) -> None:
    complaint(host("mqtt", "remove", "mqtt://host", *option), 2)


@pytest.mark.parametrize(
    "words",
    ["mqtt publish URL", "mqtt remove URL", "mqtt URL", "mqtt publish x URL", "URL", "status URL",
     "mqtt publish mqtt://h --with URL", "mqtt publish mqtt://h --db URL --person URL",
     "mqtt publish mqtt://h --password-file URL"],
)  # fmt: skip
def test_password_in_a_url_is_printed_nowhere(host: Host, words: str, home: Path) -> None:
    url = f"mqtt://ann:{SECRET}@127.0.0.1:1"
    result = host(*words.replace("URL", url).split())
    assert result.returncode == 2 or "--db" in words
    assert SECRET not in result.stdout + result.stderr
    sentence_and_step(result.stderr)
    assert all(
        SECRET.encode() not in file.read_bytes() for file in home.iterdir() if file.is_file()
    )


def test_password_user_and_device_id_are_kept_nowhere(
    host: Host, mosquitto: Mosquitto, home: Path
) -> None:
    url = f"mqtt://ann@127.0.0.1:{mosquitto.port}"
    result = host("mqtt", "publish", url, **{PASSWORD: SECRET})
    assert result.returncode == 0
    with open_archive(home / "rollcase.db") as archive:
        kept = json.dumps(archive.setting(SETTING))
    for word in (SECRET, "ann", DEVICE, DEVICE[-6:]):
        assert word not in kept
        assert word not in result.stdout + result.stderr


def test_broker_that_is_gone_is_a_sentence_and_the_next_step(host: Host) -> None:
    sentence, step = complaint(host("mqtt", "publish", f"mqtt://ann@127.0.0.1:{free_port()}"))
    assert "ann" not in sentence
    assert step == "Start it, or name its port: mqtt://HOST:PORT."
