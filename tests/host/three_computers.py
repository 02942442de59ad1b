"""A random life of which each of three computers knows a part, and all of them together all."""

import json
from pathlib import Path
from random import Random
from typing import Any

from tests.firmware.logs import boot_data, records_of
from tests.host.random_lives import Lives

from rollcore import events
from rollcore.events import CASE_EPOCH, Event, first_chain
from rollhost.database.archive import Archive
from rollhost.database.diary import NAMING
from rollhost.database.open import open_archive
from rollhost.exchange import export_csv_json, import_json
from rollhost.history import history

NAMES = ("a", "b", "c")
DAY = 86400


def document_of(archive: Archive) -> str:
    """Return the export of a database."""
    return export_csv_json.json_text(history.read(archive))


def read_in(archive: Archive, text: str) -> None:
    """Import an export."""
    with import_json.read_bytes(text.encode(), Path("part.json")) as export:
        import_json.keep_in(archive, export)


def live(home: Path, seed: int, days: int = 400) -> tuple[str, int]:
    """Fill the databases of three computers in a folder; return the export of all, and its time.

    Each record and entry is on one of them at least, and of each log they have the first records.
    """
    with open_archive(home / "whole.db", create=True) as archive:
        lives = Lives(archive, seed)
        lives.live(days)
        with archive.transaction():  # as each sync does
            for case in archive.cases():
                for log_id in archive.logs(case.id):
                    archive.infer_owner(log_id)
        whole = document_of(archive)
    chance = Random(seed)
    with_all = {
        place: chance.choice(NAMES) for place in range(len(whole.splitlines()))
    }  # more numbers than there are entries and logs
    for name in NAMES:
        text = json.dumps(_part(json.loads(whole), chance, name, with_all))
        with open_archive(home / f"{name}.db", create=True) as archive:
            read_in(archive, text)
    return whole, lives.now


def _part(
    document: dict[str, Any], chance: Random, name: str, with_all: dict[int, str]
) -> dict[str, Any]:
    """Return a part of an export: of each log the first records, and some of the entries."""
    logs = [log for case in document["cases"] for log in case["logs"]]
    for place, log in enumerate(logs):
        seqs = [record["seq"] for record in (*log["records"], *log["quarantine"])]
        if with_all[place] == name or not seqs:
            continue
        last = chance.choice(seqs)
        for rows in ("records", "quarantine", "flipped"):
            log[rows] = [record for record in log[rows] if record["seq"] <= last]
    document["diary"] = [
        entry
        for place, entry in enumerate(document["diary"], len(logs))
        if with_all[place] == name or entry["kind"] in NAMING or chance.random() < 0.3
    ]
    return document


def put_back_between(home: Path, now: int, more: int = 0) -> set[str]:
    """Let a case be put back from a copy between the syncs of a and b; return all records, in hex.

    They have the first four in common, and go on under one id. Later each has so many `more`.
    """
    log_id = bytes(range(8))
    raws: set[str] = set()
    for name, count, later in (("a", 3, 0), ("b", 2, 7000)):
        records = records_of(uses(now, count + more, later), first_chain(log_id))
        raws |= {raw.hex() for raw in records}
        with open_archive(home / f"{name}.db", create=True) as archive, archive.transaction():
            case_id = archive.keep_case("5c1f", "pico", "0.1.0")
            row = archive.keep_log(case_id, log_id.hex())
            archive.add_records((row, raw) for raw in records)
            archive.note_meeting(case_id, row, now - DAY, 0)
            archive.infer_owner(row)
    return raws


def uses(now: int, count: int, later: int) -> list[Event]:
    """Return a log of three uses, and of so many that were `later` (s) by the case's clock."""
    log = [Event(events.BOOT, boot_data(), seq=1, boot=1)]
    for number in range(3 + count):
        at = now - 90 * DAY + number * 5 * DAY + (later if number > 2 else 0) - CASE_EPOCH
        data = {"how": events.BY_BUTTON, "seconds": 240}
        log.append(Event(events.USE_ENDED, data, 0, len(log) + 1, 1, 100 * len(log), at))
    return log
