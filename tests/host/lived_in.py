"""A database that has been in use for a while: uses, quarantine, two logs, rules, a diary."""

from pathlib import Path

from tests.firmware.logs import boot_data, records_of

from rollcore import events, policy
from rollcore.events import CASE_EPOCH, Event, first_chain
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive

DAY = 86400
NOW = 1_795_255_200
"""2026-11-21 10:00 UTC, in Unix seconds: when the case was synced."""

DEVICE = "5c1f0a2b3c4d5e6f"
OLD_LOG, LOG = bytes(range(8)), bytes(range(8, 16))
RULES = policy.Policy(
    policy.numbers_of(policy.for_needle(250).changed(revision=1)), ("face", "scalp")
)
USED_AT = NOW - DAY
"""When the last use ended."""


def log() -> list[Event]:
    """Return a day on which the clock was set, rules were chosen, and both zones were rolled."""
    start = USED_AT - CASE_EPOCH - 1000
    happened: list[tuple[int, int, dict[str, int], int]] = [
        (0, events.BOOT, boot_data(), 0),
        (5, events.CLOCK_SET, {"old": 5, "source": events.FROM_HOST, "forced": 0, "sure": 0}, 0),
        (6, events.POLICY_SET, {"digest": RULES.digest, "needle_um": 250, "kept": 0}, 0),
        (100, events.USE_STARTED, {"how": events.IN_TURN, "digest": RULES.digest}, 0),
        (340, events.USE_ENDED, {"how": events.BY_BUTTON, "seconds": 240}, 0),
        (400, events.USE_STARTED, {"how": events.IN_TURN, "digest": RULES.digest}, 1),
        (410, events.USE_ENDED, {"how": events.CANCELLED, "seconds": 10}, 1),
        (760, events.USE_STARTED, {"how": events.IN_TURN, "digest": RULES.digest}, 1),
        (1000, events.USE_ENDED, {"how": events.BY_BUTTON, "seconds": 240}, 1),
    ]
    return [
        Event(kind, data, zone, seq, 1, uptime, 0 if kind == events.BOOT else start + uptime)
        for seq, (uptime, kind, data, zone) in enumerate(happened, 1)
    ]


def fill(archive: Archive, name: str | None = "bathroom") -> None:
    """Put it all into an empty database."""
    with archive.transaction():
        case_id = archive.keep_case(DEVICE, "pico", "0.1.0")
        archive.name_case(case_id, name)
        old = archive.keep_log(case_id, OLD_LOG.hex())
        boot = Event(events.BOOT, boot_data(), seq=1, boot=1)
        archive.keep_records(
            old, 1, first_chain(OLD_LOG), records_of([boot], first_chain(OLD_LOG))[0]
        )
        log_id = archive.keep_log(case_id, LOG.hex())
        raw = records_of(log(), first_chain(LOG))
        broken = bytearray(raw[6])
        broken[20] ^= 7
        raw[6] = bytes(broken)  # the use that was too short to count
        assert archive.keep_records(log_id, 1, first_chain(LOG), b"".join(raw)) == (9, 1)
        archive.note_meeting(case_id, log_id, NOW, 3)
        archive.note_sync(case_id, NOW, 3)
        archive.own_log(old, diary.ME, NOW)
        archive.own_log(log_id, diary.ME, NOW)
        archive.keep_policy(RULES)
        archive.pend_policy(case_id, policy.for_needle(500))
        archive.diary.add(Entry(diary.NOTE, NOW, data={"text": '=1+1, "calm"; ü\n'}), NOW)
        archive.diary.add(Entry(diary.HEAD, NOW, case_id=case_id, data={"text": ""}), NOW)
        clinic = Entry(diary.CLINIC, NOW - 3 * DAY, "face", data={"needle_um": 1500, "text": ""})
        archive.diary.add(clinic, NOW)


def make_lived_in(path: Path) -> None:
    """Make such a database."""
    with open_archive(path, create=True) as archive:
        fill(archive)


def beside(home: Path) -> list[str]:
    """Return the names of all files in the owner's folder but the database's."""
    return sorted(path.name for path in home.iterdir() if not path.name.startswith("rollcase.db"))
