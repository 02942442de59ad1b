"""What a real broker keeps of the cases after each step."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.host.lived_in import DEVICE, NOW
from tests.host.logbook import DAY, Logbook, rules_for
from tests.host.mosquitto import Mosquitto, listening
from tests.host.mqtt.told import SECRET, check_config

from rollhost.database import backup, diary
from rollhost.database.archive import Archive, Person
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.database.restore import restore
from rollhost.mqtt import memory, publish
from rollhost.mqtt.discovery import ZONES, config_topic, device_id, state_topic
from rollhost.mqtt.publisher import Broker, BrokerError

ID = device_id(DEVICE)
CONFIG, STATE = config_topic(ID), state_topic(ID)

OTHER = "5c1f0a2b3c4d5e70"

ANN = Person(7, "Ann")


def to(mosquitto: Mosquitto) -> Broker:
    """Return the way to a broker."""
    return Broker("127.0.0.1", mosquitto.port)


def config_of(mosquitto: Mosquitto, device: str = DEVICE) -> dict[str, Any]:
    """Return the configuration of a case that the broker keeps."""
    config: dict[str, Any] = json.loads(mosquitto.kept()[config_topic(device_id(device))])
    check_config(config)
    return config


def components_of(mosquitto: Mosquitto) -> dict[str, int]:
    """Return how much there is of each entity that the broker keeps; 1: it is removed."""
    return {key: len(told) for key, told in config_of(mosquitto)["components"].items()}


def another_case(archive: Archive) -> Logbook:
    """Return the log of a second case of `ME`."""
    book = Logbook(archive, NOW - DAY, OTHER, b"another!")
    book.set_clock()
    book.set_rules(rules_for(250))
    book.keep()
    return book


def test_broker_keeps_state_and_configuration(archive: Archive, mosquitto: Mosquitto) -> None:
    outcome = publish.publish(archive, to(mosquitto), NOW)
    assert [case.device for case in outcome.told] == [DEVICE]
    kept = mosquitto.kept()
    assert set(kept) == {CONFIG, STATE}
    assert json.loads(kept[CONFIG])["state_topic"] == STATE
    assert json.loads(kept[STATE])["last_use"] == "2026-11-20T10:00:00+00:00"


def test_values_come_before_the_entities_and_go_after_them(
    archive: Archive, mosquitto: Mosquitto
) -> None:
    with listening(mosquitto.port) as said:
        publish.publish(archive, to(mosquitto), NOW)
        assert [topic for topic, _ in said()] == [STATE, CONFIG]
        assert publish.remove(archive, to(mosquitto)) == 1
        assert said() == [(CONFIG, ""), (STATE, "")]
    assert mosquitto.kept() == {}


def test_what_was_told_is_there_after_a_restart_of_the_broker(
    archive: Archive, mosquitto: Mosquitto
) -> None:
    publish.publish(archive, to(mosquitto), NOW)
    before = mosquitto.kept()
    mosquitto.stop()
    with pytest.raises(BrokerError):
        publish.publish(archive, to(mosquitto), NOW)
    mosquitto.start()
    assert mosquitto.kept() == before
    publish.publish(archive, to(mosquitto), NOW)
    assert mosquitto.kept() == before


def test_renamed_case_is_the_same_device(archive: Archive, mosquitto: Mosquitto) -> None:
    publish.publish(archive, to(mosquitto), NOW)
    with archive.transaction():
        archive.name_case(archive.cases()[0].id, "shelf", NOW)
    publish.publish(archive, to(mosquitto), NOW)
    assert set(mosquitto.kept()) == {CONFIG, STATE}
    assert config_of(mosquitto)["device"]["name"] == "Rollcase shelf"


def test_zone_that_is_not_there_any_more_is_removed(archive: Archive, mosquitto: Mosquitto) -> None:
    book = another_case(archive)
    topic = config_topic(device_id(OTHER))
    publish.publish(archive, to(mosquitto), NOW, choices=[ZONES])
    book.set_rules(rules_for(250, "arms", "back"))
    book.keep()
    publish.publish(archive, to(mosquitto), NOW)
    components = json.loads(mosquitto.kept()[topic])["components"]
    assert components["rested_face"] == {"platform": "sensor"}
    assert len(components["rested_arms"]) > 1
    publish.publish(archive, to(mosquitto), NOW)
    assert "rested_face" not in json.loads(mosquitto.kept()[topic])["components"]


def test_zone_is_removed_at_last_though_the_broker_was_gone_in_between(
    archive: Archive, mosquitto: Mosquitto
) -> None:
    publish.publish(archive, to(mosquitto), NOW, choices=[ZONES])
    mosquitto.stop()
    with pytest.raises(BrokerError):
        publish.publish(archive, to(mosquitto), NOW, choices=[])
    mosquitto.start()
    publish.publish(archive, to(mosquitto), NOW, choices=[])
    assert components_of(mosquitto)["rested_face"] == 1


def test_case_that_is_used_no_more_is_removed(archive: Archive, mosquitto: Mosquitto) -> None:
    another_case(archive)
    assert len(publish.publish(archive, to(mosquitto), NOW).told) == 2
    case = next(case for case in archive.cases() if case.device == OTHER)
    with archive.transaction():
        retired = Entry(diary.RETIRED, NOW, case_id=case.id, data={"by": None, "text": ""})
        archive.diary.add(retired, NOW)
    outcome = publish.after_sync(archive, to(mosquitto), NOW)
    assert outcome.removed == 1
    assert set(mosquitto.kept()) == {CONFIG, STATE}


def test_last_case_that_is_used_no_more_is_removed_too(
    archive: Archive, mosquitto: Mosquitto
) -> None:
    publish.publish(archive, to(mosquitto), NOW)
    with archive.transaction():
        data = {"by": None, "text": ""}
        case = archive.cases()[0]
        archive.diary.add(Entry(diary.RETIRED, NOW, case_id=case.id, data=data), NOW)
    assert publish.publish(archive, to(mosquitto), NOW).removed == 1
    assert mosquitto.kept() == {}


def test_what_may_be_there_is_remembered_where_the_broker_took_a_part(
    archive: Archive, locked: Mosquitto
) -> None:
    broker = Broker("127.0.0.1", locked.port, user="ann", password=SECRET)
    told = memory.Told()
    told.devices[ID] = {"rested_face": "sensor"}
    memory.remember(archive, str(broker), told)
    with pytest.raises(BrokerError, match="takes nothing for homeassistant"):
        publish.publish(archive, broker, NOW)
    assert set(locked.kept("ann", SECRET)) >= {STATE}
    assert memory.remembered(archive, str(broker)).devices[ID].keys() > {
        "rested_face",
        "rested",
    }


def test_person_who_was_forgotten_is_told_of_no_more(
    archive: Archive, mosquitto: Mosquitto
) -> None:
    told = memory.Told()
    told.choices = {diary.ME: [], ANN.token: [ZONES]}
    memory.remember(archive, str(to(mosquitto)), told)
    assert len(publish.after_sync(archive, to(mosquitto), NOW).told) == 1


def test_case_of_somebody_else_is_told_only_if_it_is_switched_on(
    archive: Archive, mosquitto: Mosquitto
) -> None:
    book = another_case(archive)
    with archive.transaction():
        archive.keep_person(ANN)
        archive.own_log(book.log_id, ANN.token, NOW)
    publish.publish(archive, to(mosquitto), NOW, choices=[ZONES])
    assert set(mosquitto.kept()) == {CONFIG, STATE}
    publish.publish(archive, to(mosquitto), NOW, ANN.token)
    assert "rested" in config_of(mosquitto, OTHER)["components"]
    assert "rested_face" in config_of(mosquitto)["components"]


@pytest.mark.parametrize("is_told", [True, False], ids=["has told", "has not told"])
def test_case_that_became_somebody_elses_stays_where_their_computer_has_told_of_it(
    archive: Archive, mosquitto: Mosquitto, home: Path, is_told: bool
) -> None:
    broker = to(mosquitto)
    publish.publish(archive, broker, NOW, choices=[ZONES])
    with archive.transaction():
        archive.keep_person(ANN)
        case = archive.cases()[0]
        archive.own_log(archive.logs(case.id)[-1], ANN.token, NOW)
    (home / "anns").mkdir()
    backup.copy(archive, home / "anns" / "rollcase.db")
    with open_archive(home / "anns" / "rollcase.db") as anns:
        if is_told:
            publish.publish(anns, broker, NOW, ANN.token)
    assert publish.publish(archive, broker, NOW).removed == (not is_told)
    assert set(mosquitto.kept()) == ({CONFIG, STATE} if is_told else set())
    assert publish.publish(archive, broker, NOW).removed == 0


def test_second_database_in_the_folder_removes_nothing_of_the_first(
    archive: Archive, mosquitto: Mosquitto, home: Path
) -> None:
    publish.publish(archive, to(mosquitto), NOW)
    with open_archive(home / "bens.db", create=True) as bens:
        assert publish.publish(bens, to(mosquitto), NOW).removed == 0
    assert set(mosquitto.kept()) == {CONFIG, STATE}


def test_case_of_nobody_is_told_without_its_skin(archive: Archive, mosquitto: Mosquitto) -> None:
    with archive.transaction():
        archive.keep_log(archive.keep_case(OTHER, "pico", "0.1.0"), b"another!".hex(), None)
    another_case(archive)
    publish.publish(archive, to(mosquitto), NOW, choices=[ZONES])
    assert (
        not {"last_use", "rested", "rested_face"} & config_of(mosquitto, OTHER)["components"].keys()
    )


def test_sync_tells_what_has_changed_and_nothing_else(
    archive: Archive, mosquitto: Mosquitto
) -> None:
    book = another_case(archive)
    assert len(publish.after_sync(archive, to(mosquitto), NOW).told) == 2
    assert publish.after_sync(archive, to(mosquitto), NOW).told == []
    book.now = NOW
    book.keep()
    with listening(mosquitto.port) as said:
        said()  # what it keeps
        outcome = publish.after_sync(archive, to(mosquitto), NOW)
        assert {topic for topic, _ in said()} == {
            config_topic(device_id(OTHER)),
            state_topic(device_id(OTHER)),
        }
    assert [case.device for case in outcome.told] == [OTHER]


def test_sync_needs_no_broker_where_nothing_has_changed(
    archive: Archive, mosquitto: Mosquitto
) -> None:
    publish.after_sync(archive, to(mosquitto), NOW)
    mosquitto.stop()
    assert publish.after_sync(archive, to(mosquitto), NOW).told == []


def test_broker_that_was_never_reached_is_not_remembered(
    archive: Archive, mosquitto: Mosquitto
) -> None:
    mosquitto.stop()
    with pytest.raises(BrokerError):
        publish.publish(archive, to(mosquitto), NOW)
    assert archive.setting(memory.SETTING) is None


def test_case_that_was_forgotten_is_removed_all_the_same(
    archive: Archive, mosquitto: Mosquitto
) -> None:
    publish.publish(archive, to(mosquitto), NOW)
    told = memory.remembered(archive, str(to(mosquitto)))
    told.devices["0" * 12] = {"rested": "sensor"}
    memory.remember(archive, str(to(mosquitto)), told)
    with listening(mosquitto.port) as said:
        said()
        assert publish.publish(archive, to(mosquitto), NOW).removed == 1
        assert said()[0] == (config_topic("0" * 12), "")


@pytest.mark.parametrize(
    "said",
    [None, [], {}, {"earlier": []}, {"computer": "another", "brokers": {}}, {"brokers": 7}, "x", 7],
)
def test_memory_that_makes_no_sense_counts_as_none(
    archive: Archive, mosquitto: Mosquitto, said: object
) -> None:
    publish.publish(archive, to(mosquitto), NOW, choices=[ZONES])
    with archive.transaction():
        archive.set_setting(memory.SETTING, said)
    publish.publish(archive, to(mosquitto), NOW)
    assert components_of(mosquitto)["rested"] > 1


def test_memory_of_one_broker_that_makes_no_sense_leaves_the_others(
    archive: Archive, mosquitto: Mosquitto
) -> None:
    publish.publish(archive, to(mosquitto), NOW, choices=[ZONES])
    said = archive.setting(memory.SETTING)
    said["brokers"]["mqtt://other:1883"] = {"choices": 7}
    with archive.transaction():
        archive.set_setting(memory.SETTING, said)
    assert memory.remembered(archive, "mqtt://other:1883").choices == {}
    assert memory.remembered(archive, str(to(mosquitto))).choices == {diary.ME: [ZONES]}


def test_backup_that_is_put_back_where_nothing_was_is_known_on_this_computer(
    archive: Archive, mosquitto: Mosquitto, home: Path
) -> None:
    publish.publish(archive, to(mosquitto), NOW, choices=[ZONES])
    backup.copy(archive, home / "backup.db")
    restore(home / "backup.db", home / "new.db", NOW)
    with open_archive(home / "new.db") as new:
        assert memory.remembered(new, str(to(mosquitto))).choices == {diary.ME: [ZONES]}


def test_file_of_an_earlier_version_is_taken_over_once(
    archive: Archive, mosquitto: Mosquitto, home: Path
) -> None:
    publish.publish(archive, to(mosquitto), NOW, choices=[ZONES])
    said = archive.setting(memory.SETTING)
    with archive.transaction():
        archive.set_setting(memory.SETTING, None)
    file = home / memory.FILE
    file.write_text(json.dumps(said))
    assert memory.remembered(archive, str(to(mosquitto))).choices == {diary.ME: [ZONES]}
    assert not file.exists()
    file.write_text("{}")  # of a database that was copied here together with it
    assert memory.remembered(archive, str(to(mosquitto))).choices == {diary.ME: [ZONES]}
    assert not file.exists()
