"""A command reads each record of the database once, whatever it asks of it."""

from collections import Counter
from pathlib import Path

import pytest

from rollcore import events, uses
from rollcore.events import Event
from rollcore.memory import State
from rollcore.state import fold
from rollhost.cli.main import main
from rollhost.database.archive import Archive
from rollhost.database.open import open_archive
from rollhost.history import history, timeline


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count how many records are read from the database, decoded, placed and folded."""
    counted: Counter[str] = Counter()
    decode, place, raw_records = events.decode, timeline.place, Archive.raw_records

    def counting_read(archive: Archive, log_id: int) -> list[bytes]:
        found = raw_records(archive, log_id)
        counted["read"] += len(found)
        return found

    def counting_decode(raw: bytes) -> Event:
        counted["decoded"] += 1
        return decode(raw)

    def counting_place(log: list[Event], until: int | None) -> list[timeline.Placed]:
        counted["placed"] += len(log)
        return place(log, until)

    def counting_fold(state: State, event: Event) -> State:
        counted["folded"] += 1
        return fold(state, event)

    monkeypatch.setattr(Archive, "raw_records", counting_read)
    monkeypatch.setattr(events, "decode", counting_decode)
    monkeypatch.setattr(timeline, "place", counting_place)
    monkeypatch.setattr(uses, "fold", counting_fold)  # of the records; waiting entries come on top
    return counted


@pytest.mark.parametrize(
    "command",
    ["status", "log", "plan", "report", "export csv", "export json", "export ics", "status --json"],
)
def test_command_reads_each_record_once(
    command: str, lived_in: Path, home: Path, passes: Counter[str]
) -> None:
    with open_archive(lived_in) as archive:
        logs = history.read(archive).all_logs
        records = sum(len(log.raw) for log in logs)
        settings = sum(len(archive.policy_settings(log.id)) for log in logs)
    passes.clear()
    words = command.split()
    if words[0] in ("report", "export"):
        words.append(str(home / "document"))
    assert main(words) == 0
    assert records > 0
    assert passes["read"] == records
    assert passes["decoded"] == records + settings  # policies are found by themselves
    assert passes["placed"] <= records
    assert passes["folded"] <= records


def test_policy_is_shown_by_the_records_of_policies_alone(
    lived_in: Path, passes: Counter[str]
) -> None:
    with open_archive(lived_in) as archive:
        settings = sum(
            len(archive.policy_settings(log_id))
            for case in archive.cases()
            for log_id in archive.logs(case.id)
        )
    passes.clear()
    assert main(["policy"]) == 0
    assert passes == {"decoded": settings}
