"""Telling Home Assistant of the cases here, and taking all of it back."""

import hashlib
from collections.abc import Collection, Sequence
from typing import NamedTuple

from rollhost.database.archive import Archive, Case
from rollhost.database.diary import ME
from rollhost.history import case_status, recent, skin_status
from rollhost.history.history import History
from rollhost.mqtt.discovery import Device, config_topic, describe, device_id, state_topic
from rollhost.mqtt.memory import Told, remember, remembered
from rollhost.mqtt.publisher import Broker, Connection


class Outcome(NamedTuple):
    """What a broker has now."""

    told: list[Case]
    """The cases that it was told of; `after_sync` leaves out those with nothing new."""
    removed: int
    """How many devices were removed, because their cases are gone or somebody else's."""
    choices: list[str]
    """What is switched on for the person."""
    is_first_plain: bool
    """Whether it is sent without TLS to another computer, and that was not said yet."""


def publish(
    archive: Archive,
    broker: Broker,
    now: int,
    person: int = ME,
    choices: Sequence[str] | None = None,
) -> Outcome:
    """Tell a broker of all cases of a person at Unix time `now` (s), and of those before.

    From now on these are told after each sync as well. `choices` are keys of `CHOICES`; None leaves
    what is switched on. Raises `BrokerError`; what was sent until then is there.
    """
    told = remembered(archive, str(broker))
    if choices is not None:
        told.choices[person] = list(choices)
    told.choices.setdefault(person, [])
    return _publish(archive, broker, now, told, told.choices[person], changed_only=False)


def after_sync(archive: Archive, broker: Broker, now: int) -> Outcome:
    """Tell a broker what has changed by a sync, about those whom it is told of; else about `ME`.

    What has not changed is not sent: another computer may know it better. Raises `BrokerError`.
    """
    told = remembered(archive, str(broker))
    if not told.choices:
        told.choices[ME] = []
    return _publish(archive, broker, now, told, [], changed_only=True)


def _publish(
    archive: Archive,
    broker: Broker,
    now: int,
    told: Told,
    choices: list[str],
    changed_only: bool,
) -> Outcome:
    past = recent.read(archive, now)
    cases = _cases(past, now, told)
    here = {device.id for _, device in cases}
    gone = [device for device in told.devices if device not in here]
    news = [
        (case, device)
        for case, device in cases
        if not changed_only or told.digests.get(device.id) != _digest(device.config, device.state)
    ]
    is_first_plain = broker.is_plain and not told.plain_is_said
    removed = 0
    if gone or news:
        with Connection(broker) as connection:
            for _, device in news:
                # Until the broker has taken it, both what it had and what is new may be there.
                before = told.devices.get(device.id, {})
                told.devices[device.id] = {**before, **device.components}
                told.digests.pop(device.id, None)
            told.plain_is_said = told.plain_is_said or is_first_plain
            try:
                removed = _let_go(connection, told, gone, _of_others(archive, past))
                _tell(connection, told, [device for _, device in news])
            finally:
                remember(archive, str(broker), told)
    return Outcome([case for case, _ in news], removed, choices, is_first_plain)


def _of_others(archive: Archive, past: History) -> set[str]:
    """Return the devices of cases in use, which another computer may tell of."""
    return {device_id(case.device) for case in archive.cases() if case.id not in past.retired}


def _let_go(
    connection: Connection, told: Told, gone: Sequence[str], of_others: Collection[str]
) -> int:
    """Remove devices that are told of no more; return how many were.

    Where a case has become somebody else's, their computer may have told the broker of it by now:
    then the device is left to that one.
    """
    removed = 0
    for name in gone:
        if name not in of_others or _is_as_told(connection, name, told.digests.get(name)):
            _say_goodbye(connection, name)
            removed += 1
        told.devices.pop(name)
        told.digests.pop(name, None)
    return removed


def _is_as_told(connection: Connection, device: str, digest: str | None) -> bool:
    """Return whether a broker keeps of a device what we have told last, or may do so."""
    topics = config_topic(device), state_topic(device)
    kept = connection.kept(*topics)
    return digest is None or not kept or digest == _digest(*(kept.get(each, "") for each in topics))


def _tell(connection: Connection, told: Told, news: Sequence[Device]) -> None:
    for device in news:
        # The values first: who hears of the entities then has something to show.
        connection.keep(state_topic(device.id), device.state)
        connection.keep(config_topic(device.id), device.config)
        told.devices[device.id] = dict(device.components)
        told.digests[device.id] = _digest(device.config, device.state)


def _say_goodbye(connection: Connection, device: str) -> None:
    """Remove a device by its id: its entities first, so that none of them loses its value."""
    connection.keep(config_topic(device), "")
    connection.keep(state_topic(device), "")


def remove(archive: Archive, broker: Broker) -> int:
    """Remove every device that this computer has told a broker of; return how many these are.

    Devices of cases that are here are removed as well if another computer has told of them. What is
    switched on is forgotten. Raises `BrokerError`; what is left then is still known.
    """
    told = remembered(archive, str(broker))
    here = [device_id(case.device) for case in archive.cases() if case.board != "virtual"]
    devices = list(dict.fromkeys([*told.devices, *here]))
    if devices:
        with Connection(broker) as connection:
            for device in devices:
                _say_goodbye(connection, device)
    remember(archive, str(broker), None)
    return len(devices)


def _cases(past: History, now: int, told: Told) -> list[tuple[Case, Device]]:
    """Return the cases that a broker is told of, each with what it is told.

    They are those of the persons in `told`, and those that are nobody's; no case that is used no
    more, and no virtual one that is nobody's.
    """
    cases: list[tuple[Case, Device]] = []
    for person in [*told.choices, None]:
        theirs = past.of(person)
        summaries = case_status.summarise_all(theirs, now)
        skin = skin_status.look(theirs, summaries, max([now, *(each.now for each in summaries)]))
        for summary in summaries:
            case = summary.case
            if case.id in theirs.retired or (person is None and case.board == "virtual"):
                continue
            before = told.devices.get(device_id(case.device), {})
            choices = [] if person is None else told.choices[person]
            device = describe(summary, skin.plans, skin.reactions, choices, before)
            cases.append((case, device))
    return cases


def _digest(config: str, state: str) -> str:
    return hashlib.sha256(f"{config}\n{state}".encode()).hexdigest()[:16]
