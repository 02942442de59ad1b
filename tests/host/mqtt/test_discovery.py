"""What Home Assistant is told of a case, without a broker."""

import itertools
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from jsonschema import ValidationError
from tests.host.lived_in import DEVICE, NOW, fill
from tests.host.logbook import DAY, Logbook, rules_for
from tests.host.mqtt.told import HERE, check_config, describe_only_case, values_of

from rollcore import events
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.mqtt.discovery import CHOICES, HOLDS, REACTIONS, ZONES, device_id

MOMENTS = {"last_use", "rested", "next_session", "disinfected", "head_worn_out", "synced"}


@pytest.fixture
def archive(home: Path) -> Iterator[Archive]:
    """A database with nothing in it yet."""
    with open_archive(home / "rollcase.db", create=True) as archive:
        yield archive


@pytest.fixture
def book(archive: Archive) -> Logbook:
    """The log of a case of `ME` whose face and neck were rolled, the neck a day later."""
    book = Logbook(archive, NOW - 3 * DAY)
    book.set_clock()
    book.set_rules(rules_for(250, "face", "neck"))
    book.use(0)
    book.now = NOW - 2 * DAY
    book.use(1)
    book.keep()
    return book


def write(archive: Archive, kind: str, **data: object) -> None:
    """Write an entry of `ME` at `NOW`."""
    with archive.transaction():
        archive.diary.add(Entry(kind, NOW, data=data), NOW)


def hold(archive: Archive, until: int = 0) -> None:
    """Put the skin on hold for a sunburn until Unix time `until` (s); 0: without an end."""
    write(archive, diary.HOLD, reason=events.SUNBURN, until=until, text="")


def nobodys(archive: Archive) -> Logbook:
    """Return the log of a case of which nobody has said whose it is."""
    with archive.transaction():
        archive.keep_log(archive.keep_case(DEVICE, "pico", "0.1.0"), b"logbook!".hex(), None)
    return Logbook(archive, NOW - DAY, DEVICE)


def test_lived_in_case_is_told_as_it_was_recorded(archive: Archive) -> None:
    fill(archive)
    device = describe_only_case(archive, NOW, CHOICES)
    told = {"config": json.loads(device.config), "state": json.loads(device.state)}
    assert told == json.loads((HERE / "golden.json").read_text())


@pytest.mark.parametrize("number", range(4))
def test_every_choice_is_what_home_assistant_takes(archive: Archive, number: int) -> None:
    fill(archive)
    for choices in itertools.combinations(CHOICES, number):
        config = json.loads(describe_only_case(archive, NOW, choices).config)
        keys = {component["unique_id"] for component in config["components"].values()}
        assert len(keys) == len(config["components"])


@pytest.mark.parametrize("place", ["device", "origin", None])
def test_schema_refuses_a_key_that_home_assistant_does_not_know(
    archive: Archive, place: str | None
) -> None:
    fill(archive)
    config = json.loads(describe_only_case(archive, NOW).config)
    (config if place is None else config[place])["colour"] = "blue"
    with pytest.raises(ValidationError, match="colour"):
        check_config(config)


def test_nothing_tells_the_device_id_nor_what_is_not_switched_on(
    archive: Archive, book: Logbook
) -> None:
    hold(archive)
    device = describe_only_case(archive, NOW)
    said = (device.config + device.state).lower()
    for word in (book.case.device, book.case.device[-6:], "face", "neck", "hold", "sunburn"):
        assert word not in said
    assert device.id == device_id(book.case.device)


def test_moments_have_their_zone_whatever_that_of_the_computer(
    archive: Archive, book: Logbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = values_of(describe_only_case(archive, NOW))
    for key in MOMENTS - {"next_session"}:
        assert datetime.fromisoformat(told[key]).utcoffset() == timedelta(0)
    assert datetime.fromisoformat(told["synced"]).timestamp() == book.case.synced_at


def test_rested_is_when_every_zone_has_rested(archive: Archive, book: Logbook) -> None:
    by_zone = values_of(describe_only_case(archive, NOW, [ZONES]))
    whole = values_of(describe_only_case(archive, NOW))
    assert by_zone["rested_face"] < by_zone["rested_neck"] == whole["rested"]
    assert "rested" not in by_zone


def test_rested_stays_what_it_was_once_it_is_over(archive: Archive, book: Logbook) -> None:
    told = [values_of(describe_only_case(archive, NOW + days * DAY)) for days in (0, 30)]
    assert told[0]["rested"] == told[1]["rested"]


def test_case_never_used_has_no_moment_of_a_rest(archive: Archive) -> None:
    book = Logbook(archive, NOW)
    book.set_clock()
    book.keep()
    told = values_of(describe_only_case(archive, NOW))
    assert (told["rested"], told["last_use"], told["disinfected"]) == (None, None, None)


def test_hold_puts_off_the_rest_for_who_is_not_told_of_it(archive: Archive, book: Logbook) -> None:
    hold(archive, NOW + 90 * DAY)
    told = values_of(describe_only_case(archive, NOW))
    assert datetime.fromisoformat(told["rested"]).timestamp() == NOW + 90 * DAY
    assert "hold_ends" not in told


@pytest.mark.parametrize("kind", [diary.HOLD, diary.REACTION])
def test_what_has_no_end_leaves_no_moment_to_be_rested(
    archive: Archive, book: Logbook, kind: str
) -> None:
    write(archive, diary.PLAN, sessions=4, text="")
    assert values_of(describe_only_case(archive, NOW))["next_session"] is not None
    if kind == diary.HOLD:
        hold(archive)
    else:
        write(archive, kind, text="sore", signs=[])
    told = values_of(describe_only_case(archive, NOW))
    assert (told["rested"], told["next_session"]) == (None, None)


def test_holds_are_told_where_they_are_switched_on(archive: Archive, book: Logbook) -> None:
    hold(archive, NOW + 9 * DAY)
    told = values_of(describe_only_case(archive, NOW, [HOLDS]))
    assert datetime.fromisoformat(told["hold_ends"]).timestamp() == NOW + 9 * DAY
    assert told["held"] == "OFF"
    hold(archive)
    told = values_of(describe_only_case(archive, NOW, [HOLDS]))
    assert (told["hold_ends"], told["held"]) == (None, "ON")


def test_reaction_is_told_where_it_is_switched_on(archive: Archive, book: Logbook) -> None:
    assert values_of(describe_only_case(archive, NOW, [REACTIONS]))["reaction"] == "OFF"
    write(archive, diary.REACTION, text="sore", signs=[])
    assert values_of(describe_only_case(archive, NOW, [REACTIONS]))["reaction"] == "ON"
    assert "reaction" not in values_of(describe_only_case(archive, NOW))


def test_case_of_nobody_tells_of_the_roller_alone(archive: Archive) -> None:
    book = nobodys(archive)
    book.set_clock()
    book.use()
    book.keep()
    device = describe_only_case(archive, NOW, CHOICES, person=None)
    assert set(device.components) == {"disinfected", "head_uses_left", "head_worn_out", "synced"}


def test_head_that_is_out_has_no_uses_left(archive: Archive, book: Logbook) -> None:
    assert values_of(describe_only_case(archive, NOW))["head_uses_left"] == 8
    book.now = NOW
    book.write(events.HEAD_OUT, reason=events.HEAD_DROPPED, uses=2, token=1)
    book.keep()
    told = values_of(describe_only_case(archive, NOW))
    assert (told["head_uses_left"], told["head_worn_out"]) == (0, None)


def test_soak_of_the_head_before_does_not_count_for_a_new_one(
    archive: Archive, book: Logbook
) -> None:
    assert values_of(describe_only_case(archive, NOW))["disinfected"] is not None
    with archive.transaction():
        new = Entry(diary.HEAD, NOW, case_id=book.case_id, data={"text": ""})
        archive.diary.add(new, NOW)
    told = values_of(describe_only_case(archive, NOW))
    assert (told["disinfected"], told["head_uses_left"]) == (None, 10)


def test_head_that_is_too_old_says_since_when(archive: Archive, book: Logbook) -> None:
    later = NOW + 400 * DAY
    told = values_of(describe_only_case(archive, later))
    assert datetime.fromisoformat(told["head_worn_out"]).timestamp() < later


def test_what_is_not_told_any_more_is_removed(archive: Archive, book: Logbook) -> None:
    before = describe_only_case(archive, NOW, [ZONES])
    now = describe_only_case(archive, NOW, [], before.components)
    removed = {"rested_face": {"platform": "sensor"}, "rested_neck": {"platform": "sensor"}}
    components = json.loads(now.config)["components"]
    assert {key: components[key] for key in removed} == removed
    assert not removed.keys() & now.components.keys()


def test_device_has_the_name_that_its_owner_gave(archive: Archive, book: Logbook) -> None:
    config = json.loads(describe_only_case(archive, NOW).config)
    assert config["device"]["name"] == "Rollcase"
    with archive.transaction():
        archive.name_case(book.case_id, "bathroom", NOW)
    config = json.loads(describe_only_case(archive, NOW).config)
    assert config["device"]["name"] == "Rollcase bathroom"


def test_device_id_is_the_same_everywhere_and_another_for_each_case() -> None:
    assert device_id(DEVICE) == "183196d541d6"
    assert device_id(DEVICE) != device_id(DEVICE[:-1] + "0")
