"""Logs of one case whose status is judged at `NOW` or some time later."""

from tests.firmware.logs import boot_data
from tests.host.logbook import MINUTE, Logbook, rules_for

from rollcore import events, policy, state
from rollcore.events import CASE_EPOCH, CLOCK_SET, Event, first_chain
from rollcore.policy import Policy
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.history import case_status, history
from rollhost.history.summary import Summary
from rollhost.output.status import case_lines

DAY = 86400
NOW = 216_000_000
"""Case time of a day in November 2026."""

ID = bytes(range(8))


def log(*happened: tuple[int, int, int, int, dict[str, int]]) -> list[Event]:
    """Return a log of (boot, uptime, case time, kind, data)."""
    return [
        Event(kind, data, seq=seq, boot=boot, uptime=uptime, time=time)
        for seq, (boot, uptime, time, kind, data) in enumerate(happened, 1)
    ]


BOOT = boot_data()
USE = {"how": events.IN_TURN, "digest": 0}
USED = {"how": events.BY_BUTTON, "seconds": 240}
SOAK = {"purpose": events.AFTER_USE}
SOAKED = {"purpose": events.AFTER_USE, "how": events.SOAK_DONE}

TWO_ZONES = Policy(policy.numbers_of(policy.for_needle(500).changed(revision=1)), ("face", "neck"))

RULES = {"digest": TWO_ZONES.digest, "needle_um": 500, "kept": 0}


def keep(archive: Archive, log_id: bytes, happened: list[Event]) -> None:
    """Keep a log of the one case as a sync at `NOW` does."""
    with archive.transaction():
        archive.keep_policy(TWO_ZONES)
        case_id = archive.keep_case("5c1f", "pico", "0.1.0")
        log = archive.keep_log(case_id, log_id.hex())
        archive.note_meeting(case_id, log, NOW + CASE_EPOCH, 0)
        archive.keep_records(log, 1, first_chain(log_id), b"".join(chained(log_id, happened)))
        archive.note_sync(case_id, NOW + CASE_EPOCH, 0)


def chained(log_id: bytes, happened: list[Event]) -> list[bytes]:
    chain, raw = first_chain(log_id), []
    for event in happened:
        raw.append(events.encode(event, chain))
        chain = events.crc_of(raw[-1])
    return raw


def a_use(end: int, zone: int = 0, needle_um: int = 500) -> list[Event]:
    """Return a log whose clock is right, with a use and its soak in it."""
    started = log(
        (1, 0, 0, events.BOOT, BOOT),
        (1, 1, end - 400, CLOCK_SET, {"old": 1, "source": 1, "forced": 0, "sure": 0}),
        (1, 1, end - 400, events.POLICY_SET, RULES | {"needle_um": needle_um}),
        (1, 161, end - 240, events.USE_STARTED, USE),
        (1, 401, end, events.USE_ENDED, USED),
        (1, 501, end + 100, events.SOAK_STARTED, SOAK),
        (1, 1101, end + 700, events.SOAK_ENDED, SOAKED),
    )
    for event in started[3:5]:
        event.zone = zone
    return started


def fresh() -> list[Event]:
    """Return the log of a case that was wiped and set up again."""
    return log(
        (1, 0, 0, events.BOOT, BOOT),
        (1, 1, NOW, CLOCK_SET, {"old": 1, "source": 1, "forced": 0, "sure": 0}),
        (1, 1, NOW, events.POLICY_SET, RULES),
    )


def judged(archive: Archive, days: float = 0) -> Summary:
    """Judge the one case that many days after `NOW`."""
    return case_status.summarise(
        history.read(archive), archive.cases()[0], int(NOW + days * DAY) + CASE_EPOCH
    )


def write(archive: Archive, kind: str, at: int, zone: str | None = None, **data: object) -> Entry:
    """Write an entry down at `NOW`, about case time `at`."""
    with archive.transaction():
        entry = Entry(kind, at + CASE_EPOCH, zone, data=data)
        return archive.diary.add(entry, NOW + CASE_EPOCH)


def renumbered(happened: list[Event]) -> list[Event]:
    """Return these events numbered from 1 on."""
    for seq, event in enumerate(happened, 1):
        event.seq = seq
    return happened


HERE = NOW + CASE_EPOCH


def begun(archive: Archive, rules: Policy | None = None) -> Logbook:
    """Return the log of a case whose clock is right, with these rules or those it came with."""
    book = Logbook(archive, HERE)
    book.set_clock()
    if rules is not None:
        book.set_rules(rules)
    return book


def told_now(archive: Archive, book: Logbook, later_s: int = 0) -> Summary:
    """Sync, and judge so much later."""
    book.keep()
    return case_status.summarise(history.read(archive), book.case, book.now + later_s)


def row(about: Summary, label: str) -> list[str]:
    """Return what is told under a label."""
    found: list[str] = []
    inside = False
    for line in case_lines(about)[1:]:
        inside = line.startswith(f"{label:<12} ") or (inside and line.startswith(" " * 13))
        if inside:
            found.append(line[13:])
    return found


WEEKLY = rules_for(250)


def without_rules(happened: list[Event]) -> list[Event]:
    """Return these events as a case logs them for which nobody has chosen rules."""
    return renumbered([event for event in happened if event.kind != events.POLICY_SET])


def in_phase(book: Logbook, phase: str) -> None:
    """Bring a case into a phase of which the headline says something of its own."""
    if phase == state.SOAKING:
        book.write(events.SOAK_STARTED, purpose=events.BEFORE_USE)
    elif phase == state.DRYING:
        book.soak(events.BEFORE_USE)
    elif phase == state.READY:
        book.prepare()
    elif phase == state.ASKING:
        book.prepare()
        book.write(events.LID, what=events.LID_OPENED)
        book.write(events.LID, what=events.LID_CLOSED)
    elif phase == state.IN_USE:
        book.begin()
    elif phase == state.CLEAN_ME:
        book.begin()
        book.end()
    elif phase == state.HEAD_EXPIRED:
        for _ in range(10):
            book.use()
        book.wait(40 * MINUTE)
    elif phase == state.HELD:
        book.write(events.HOLD_SET, reason=events.SUNBURN, until=0, token=1)
    elif phase == state.RESTING:
        book.use()
        book.wait(40 * MINUTE)
