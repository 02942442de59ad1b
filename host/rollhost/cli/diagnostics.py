"""What may keep a sync from working: findings, each with a verdict and the next step.

Nothing here changes anything. `system` is the root of the file system; tests use
another one.
"""

import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from rollcore import VERSION, events, messages, snapshot, state
from rollcore.events import CASE_EPOCH, FIRST_PLAUSIBLE
from rollcore.messages import Message
from rollhost.cli.program import program_name
from rollhost.database.archive import Archive, Case
from rollhost.database.diary import ChangedEntry
from rollhost.database.open import look_into, schema_steps
from rollhost.database.sqlite_errors import MEND, MEND_ENTRY
from rollhost.errors import ArchiveError, RollcaseError
from rollhost.history import lineage
from rollhost.history.verify import count_missing
from rollhost.output import units

FINE = "ok"
WARNING = "warning"
WRONG = "wrong"

UDEV_FILE = "/etc/udev/rules.d/70-rollcase.rules"

UDEV_RULE = """\
# Rollcase: ModemManager leaves the boards of Raspberry Pi alone, and whoever sits at this computer
# may open their ports. The number puts it before the rules that read these two.
ACTION!="remove", SUBSYSTEMS=="usb", ATTRS{idVendor}=="2e8a", \
ENV{ID_MM_DEVICE_IGNORE}="1", TAG+="uaccess"
"""

UDEV_FOLDERS = ("etc/udev/rules.d", "run/udev/rules.d", "usr/lib/udev/rules.d", "lib/udev/rules.d")
"""Where udev reads rules; a file in an earlier folder hides those of its name in later ones."""

SERIAL_GROUPS = ("dialout", "uucp")
"""Groups whose users may open serial ports; the name depends on the distribution."""

LEAST_FREE = 10_000_000
"""Free bytes that a sync of a full case needs at most, in the database and while writing (own)."""

CLOCK_OFF_S = 60
"""A clock that differs by less than this (s) is right (own)."""

OLDEST_SQLITE = (3, 37, 0)
"""The first version of SQLite with STRICT tables."""


class Finding(NamedTuple):
    """The result of one check: `check` is its name for scripts, `hint` the next step."""

    check: str
    verdict: str
    says: str
    hint: str = ""


# The right to open serial ports.


class User(NamedTuple):
    """The user of this process: `groups` are in force now, `enrolled` after the next login."""

    name: str
    is_root: bool
    groups: frozenset[str]
    enrolled: frozenset[str]


def this_user() -> User:
    """Return the user of this process. Not on Windows, which has no such groups."""
    import grp
    import pwd

    def names(numbers: Iterable[int]) -> frozenset[str]:
        groups = set()
        for number in numbers:
            with suppress(KeyError):  # a group without a name
                groups.add(grp.getgrgid(number).gr_name)
        return frozenset(groups)

    try:
        entry = pwd.getpwuid(os.getuid())
        name, enrolled = entry.pw_name, os.getgrouplist(entry.pw_name, entry.pw_gid)
    except KeyError:  # a user without a name, as in some containers
        name, enrolled = str(os.getuid()), []
    return User(name, os.geteuid() == 0, names([os.getegid(), *os.getgroups()]), names(enrolled))


def right_to_ports(user: User, may_open: Mapping[str, bool], known: Sequence[str]) -> Finding:
    """Return whether the user may open serial ports, by the boards' ports, else by groups.

    `may_open` says for each port that is plugged in whether it can be opened. `known` are
    this computer's groups for serial ports.
    """
    check = "serial_right"
    group = known[0] if known else SERIAL_GROUPS[0]
    shut = sorted(port for port, may in may_open.items() if not may)
    if may_open and not shut:
        return Finding(check, FINE, f"You may open {' and '.join(sorted(may_open))}.")
    if not shut and user.is_root:
        return Finding(check, FINE, "You may open serial ports: you are root.")
    if not shut and user.groups.intersection(known):
        return Finding(check, FINE, f"You may open serial ports: you are in the group {group}.")
    where = f"open {' and '.join(shut)}" if shut else "open serial ports, should a board be there"
    verdict = WRONG if shut else WARNING
    if user.enrolled.intersection(known) - user.groups:
        hint = f"You are in the group {group} from the next login on: log out and in again."
    else:
        hint = f"sudo usermod -aG {group} {user.name}, then log out and in again."
    return Finding(check, verdict, f"You are not allowed to {where}.", hint)


def serial_groups(system: Path) -> list[str]:
    """Return this computer's groups for serial ports."""
    try:
        text = (system / "etc/group").read_text(errors="replace")
    except OSError:
        return []
    groups = {line.split(":")[0] for line in text.splitlines()}
    return [name for name in SERIAL_GROUPS if name in groups]


# ModemManager, which opens every new serial port and sends commands to it.


def modem_manager(system: Path) -> Finding:
    """Return whether ModemManager runs, and whether a udev rule keeps it from the boards."""
    rule = _rule(system)
    if rule:
        return Finding("udev_rule", FINE, f"ModemManager is kept from the boards, by {rule}.")
    if not _runs(system, "ModemManager"):
        return Finding("udev_rule", FINE, "ModemManager is not running, so it needs no rule.")
    return Finding(
        "udev_rule",
        WARNING,
        "ModemManager is running: it holds each new port for up to half a minute.",
        f"A rule keeps it away: {program_name()} doctor --udev.",
    )


def _rule(system: Path) -> str:
    """Return the file with a udev rule that keeps ModemManager from the boards; empty if none."""
    seen: set[str] = set()
    for folder in UDEV_FOLDERS:
        for path in sorted((system / folder).glob("*.rules")):
            if path.name in seen:
                continue
            seen.add(path.name)
            try:
                lines = path.read_text(errors="replace").replace("\\\n", " ").splitlines()
            except OSError:
                continue
            for line in lines:
                is_rule = not line.lstrip().startswith("#")
                if is_rule and "2e8a" in line.lower() and "ID_MM_DEVICE_IGNORE" in line:
                    return f"/{folder}/{path.name}"
    return ""


def _runs(system: Path, name: str) -> bool:
    for path in system.glob("proc/[0-9]*/comm"):
        with suppress(OSError):  # the process has ended meanwhile
            if path.read_text(errors="replace").strip() == name:
                return True
    return False


# The ports, and the cases on them.


class Seen(NamedTuple):
    """What is on a port: a case and what it says of itself, or a problem.

    `version` is the agreed version of the protocol.
    """

    port: str
    device: str = ""
    board: str = ""
    firmware: str = ""
    version: int = 0
    status: Message | None = None
    known: bytes | None = None
    """What the case knows, packed; None if it does not say."""
    problem: RollcaseError | None = None
    is_case: bool = False


def ports(
    seen: Sequence[Seen],
    bootsel: Sequence[str],
    held: Mapping[tuple[str, str], int],
    now: int,
    is_sure: bool = True,
    forgotten: Collection[tuple[str, str]] = (),
) -> list[Finding]:
    """Return findings on what is plugged in, at Unix time `now` (s).

    `held` has the highest seq in the database by device and log. `is_sure` says whether a case
    would take that time; `forgotten` has device and id of each log that was forgotten.
    """
    findings = []
    answered = any(on_port.is_case for on_port in seen)
    for on_port in seen:
        if on_port.is_case:
            findings += _case(on_port, held, now, is_sure, forgotten)
        elif on_port.problem:
            # If a case answers on one port, a board on another one may have any other program.
            verdict = WARNING if answered else WRONG
            problem = on_port.problem
            findings.append(Finding("port", verdict, problem.sentence, problem.hint))
    for place in bootsel:
        says = f"A board is plugged in as a drive ({place}): it runs no firmware now."
        hint = f"Put the image on it: {program_name()} install --uf2."
        findings.append(Finding("port", WARNING, says, hint))
    if not findings:
        hint = "Is it plugged in, with a cable that carries data?"
        findings.append(Finding("port", WARNING, "No board and no virtual case is here.", hint))
    return findings


def _case(
    case: Seen,
    held: Mapping[tuple[str, str], int],
    now: int,
    is_sure: bool,
    forgotten: Collection[tuple[str, str]],
) -> list[Finding]:
    name = case.device[-6:]
    findings = []
    if case.device:
        findings.append(_firmware(case))
    if case.problem:
        hint = case.problem.hint
        if case.device and not hint:  # it answers the greeting, but cannot read its log
            hint = f"Save what is left of its log: {program_name()} rescue."
        findings.append(Finding("case", WRONG, case.problem.sentence, hint))
    status = case.status
    if status is None:
        return findings
    # A virtual case takes any time: it is given.
    takes_it = is_sure or case.board == "virtual"
    takes_it = takes_it and not _contradicts(case.known, status, now)
    findings.append(_case_clock(status.integer("time") + CASE_EPOCH, name, now, takes_it))
    fault = status.word("fault")
    if fault:
        hint = f"Sync it; if it stays: {program_name()} rescue."
        findings.append(Finding("case_fault", WRONG, f"Case {name} shows SOS: {fault}.", hint))
    else:
        findings.append(Finding("case_fault", FINE, f"Case {name} reports no fault."))
    if (case.device, status.word("log")) in forgotten:
        says = f"The log of case {name} was forgotten here, so no sync fetches it."
        hint = f"To begin an empty one: {program_name()} case lend {name} NAME."
        return [*findings, Finding("case_log", WARNING, says, hint)]
    last = status.integer("next") - 1
    highest = held.get((case.device, status.word("log")))
    if highest is not None and highest > last:
        findings.append(
            Finding(
                "case_log",
                WARNING,
                f"The log of case {name} ends with record {last},"
                f" but record {highest} of it is here already.",
                f"Its flash was put back from a copy. {program_name()} sync brings home what it has"
                " written since, as a log of its own.",
            )
        )
        return findings
    waiting = last - (status.integer("acked") if highest is None else highest)
    if waiting:
        records = units.count(waiting, "record")
        says = f"Case {name} has {records} to bring home: {program_name()} sync."
    else:
        says = f"All that case {name} has logged is home."
    findings.append(Finding("case_log", FINE, says))
    return findings


def _contradicts(known: bytes | None, status: Message, now: int) -> bool:
    """Return whether a sure clock, by what the case knows, contradicts Unix time `now` (s)."""
    if known is None or not snapshot.is_snapshot(known):
        return False
    time, uptime = status.integer("time"), status.integer("uptime")
    return bool(state.contradicts(snapshot.unpack(known), time, uptime, now - CASE_EPOCH))


def _firmware(case: Seen) -> Finding:
    name = case.device[-6:]
    says = f"Case {name} answers on {case.port} ({case.board}, firmware {case.firmware})"
    case_version, host_version = _numbers(case.firmware), _numbers(VERSION)
    if case_version < host_version:
        return Finding(
            "case",
            WARNING,
            f"{says}, older than this program, {VERSION}.",
            f"A newer one goes onto it with {program_name()} install; its log stays.",
        )
    if case_version > host_version:
        says = f"{says}, newer than this program, {VERSION}."
        return Finding("case", WARNING, says, "Update this program.")
    return Finding("case", FINE, f"{says}, protocol {case.version} of our {messages.VERSION}.")


def _numbers(version: str) -> list[int]:
    """Return a version as numbers, to compare; a part that is not a number is 0."""
    return [int(part) if part.isascii() and part.isdigit() else 0 for part in version.split(".")]


def _case_clock(time: int, name: str, now: int, takes_it: bool) -> Finding:
    check = "case_clock"
    behind = now - time
    is_right = f"If this computer is right: {program_name()} sync --clock-is-right."
    hint = f"{program_name()} sync sets it." if takes_it else is_right
    if time < FIRST_PLAUSIBLE + CASE_EPOCH:
        return Finding(check, WARNING, f"The clock of case {name} was never set.", hint)
    if abs(behind) < CLOCK_OFF_S:
        return Finding(check, FINE, f"The clock of case {name} is right.")
    if behind > 0:
        says = f"The clock of case {name} is {units.span(behind)} behind."
        return Finding(check, WARNING, says, hint)
    return Finding(
        check,
        WARNING,
        f"The clock of case {name} is {units.span(-behind)} ahead of this computer's.",
        f"{is_right} If the case's time was made to jump: ROLLCASE_NOW={units.utc(time)}.",
    )


# The database.


@dataclass
class Database:
    """Findings on the database, and facts from it for other checks."""

    findings: list[Finding] = field(default_factory=list)
    held: dict[tuple[str, str], int] = field(default_factory=dict)
    """The highest seq in the database, by device and the id by which it knows its log."""
    forgotten: set[tuple[str, str]] = field(default_factory=set)
    """Device and id of each log that was forgotten, which no sync fetches again."""
    newest: list[tuple[Case, int]] = field(default_factory=list)
    """The latest Unix time (s) in the database of each case, of a record or a sync."""


def database(path: Path) -> Database:
    """Return findings on the database at `path`, which may be missing, broken, or not ours."""
    try:
        exists = path.exists()
    except OSError:  # no access to its folder
        exists = True
    if not exists:
        return Database([_nothing_yet(path)])
    looked = _look(path)
    if any(finding.verdict == WRONG for finding in looked.findings):
        # A sync that began meanwhile looks like damage, but not if we look again.
        looked = _look(path)
    looked.findings += _mode(path)
    return looked


def _nothing_yet(path: Path) -> Finding:
    folder = _nearest(path)
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return Finding(
            "database",
            WRONG,
            f"There is no database at {path}, and none can be made there.",
            "Check who owns the folder, or name another place with --db or ROLLCASE_DB.",
        )
    says = f"There is no database at {path} yet: the first sync makes it."
    return Finding("database", FINE, says)


def _nearest(path: Path) -> Path:
    """Return the nearest parent of `path` that exists."""
    return next((parent for parent in path.parents if parent.exists()), Path(path.anchor))


def _look(path: Path) -> Database:
    looked = Database()
    try:
        with look_into(path) as archive:
            damage = archive.damage()
            if damage:
                raise ArchiveError(
                    f"{path} is damaged: {'; '.join(' '.join(line.split()) for line in damage)}.",
                    MEND,
                )
            looked.findings.append(Finding("database", FINE, f"The database {path} is sound."))
            _look_at_rows(archive, looked)
    except ArchiveError as error:
        looked.findings.append(Finding("database", WRONG, error.sentence, error.hint))
    return looked


def _look_at_rows(archive: Archive, looked: Database) -> None:
    """Add findings on schema, quarantine and missing records; only the first for an old schema."""
    findings = looked.findings
    version, newest = archive.schema_version(), len(schema_steps())
    if version < newest:
        says = f"Its schema is version {version}: the next command brings it to {newest}."
        findings.append(Finding("schema", FINE, says))
        return
    findings.append(Finding("schema", FINE, f"Its schema is version {version}, as it is here."))
    for token in archive.diary.changed():
        step = f"{MEND_ENTRY} forget {token:08x}."
        findings.append(Finding("entries", WRONG, str(ChangedEntry(token)), step))
    looked.forgotten = set(archive.forgotten_logs())
    missing = 0
    for case in archive.cases():
        origins = lineage.origins(archive, case.id)
        # The log that the case has now is the last: of logs under one id it is the one that counts.
        for log_id in sorted(archive.logs(case.id), key=lambda log_id: log_id == case.log_id):
            facts = archive.log_facts(log_id)
            log = case.device, lineage.case_id_of(facts.name)
            if log_id == case.log_id or facts.fork_of is None:
                looked.held[log] = archive.highest_seq(log_id)
            missing += count_missing(
                archive.stored(log_id),
                archive.quarantine_of(log_id),
                lineage.start_of(archive, log_id, origins),
                {seq for seq, _ in facts.states},
            )
        times = [archive.newest_stamp(case.id), case.met_at, case.synced_at]
        looked.newest.append((case, max([time for time in times if time is not None], default=0)))
    more = f"See which: {program_name()} verify."
    damaged = archive.quarantined()
    if damaged:
        kept = units.as_came(damaged)
        says = f"{units.count(damaged, 'record')} could not be read: in quarantine, {kept}."
        findings.append(Finding("quarantine", WARNING, says, more))
    else:
        findings.append(Finding("quarantine", FINE, "No record is in quarantine."))
    if missing:
        says = f"{units.count(missing, 'record')} of the logs {'is' if missing == 1 else 'are'}"
        findings.append(Finding("missing", WARNING, f"{says} not here.", more))
    else:
        findings.append(Finding("missing", FINE, "No record is missing."))


def _mode(path: Path) -> list[Finding]:
    """Return whether only its owner can read the file, and the user can write it."""
    try:
        status = path.stat()
    except OSError:
        return []  # `_look` has found it already
    if not stat.S_ISREG(status.st_mode):
        return []
    if not os.access(path, os.W_OK):
        hint = "Check who owns the file, or name another place with --db."
        return [Finding("database_mode", WRONG, "The database cannot be written.", hint)]
    mode = stat.S_IMODE(status.st_mode)
    if sys.platform == "win32":  # has no such modes
        says = "The database can be written; who else may read it, Windows keeps with its folder."
        return [Finding("database_mode", FINE, says)]
    if mode & 0o077:
        says = f"Others on this computer can get at the database (mode {mode:04o})."
        return [Finding("database_mode", WARNING, says, f"chmod 600 '{path}'")]
    return [Finding("database_mode", FINE, "Nobody else can read the database.")]


def free_space(path: Path) -> Finding:
    """Return whether there is enough free space beside the database at `path`."""
    try:
        free = shutil.disk_usage(_nearest(path)).free
    except OSError as error:
        says = f"How much space is free beside the database is not known: {error.strerror}."
        return Finding("free_space", WARNING, says)
    room = f"{free / 1e6:,.0f} MB"
    if free < LEAST_FREE:
        says = f"Only {room} are free beside the database: a sync may not fit."
        return Finding("free_space", WRONG, says, "Make room on that disk.")
    return Finding("free_space", FINE, f"{room} are free beside the database.")


# This computer.


_SURE = {
    events.SYNCHRONISED: ", and its system keeps it synchronised.",
    events.CONFIRMED: ", and you have said that it is right.",
    events.GIVEN: ", as ROLLCASE_NOW has it.",
}


def computer_clock(
    now: int, newest: Sequence[tuple[Case, int]], sure: int, is_trial: bool = False
) -> Finding:
    """Return whether this computer's clock, at Unix time `now` (s), can be right.

    `newest` has the latest time in the database of each case; `sure` is why a case would take
    this computer's time, as in `clock_set.sure`. With `is_trial` the cases here are virtual ones,
    which take any time.
    """
    check = "computer_clock"
    hint = "Set it before you sync: the case takes its time from it."
    says = f"This computer's clock says {units.utc(now)}"
    if now < FIRST_PLAUSIBLE + CASE_EPOCH:
        return Finding(check, WRONG, f"{says}, before the first case was made.", hint)
    ahead = [(case, time) for case, time in newest if time - now >= CLOCK_OFF_S]
    real = [time for case, time in ahead if case.board != "virtual"]
    if real:
        return Finding(check, WRONG, f"{says}, before the last sync or record of a case.", hint)
    if ahead:
        then = units.utc(max(time for _, time in ahead))
        says = f"{says}, and a virtual case has been at {then}."
        return Finding(check, WARNING, says, f"If its time was made to jump: ROLLCASE_NOW={then}.")
    if sure:
        return Finding(check, FINE, f"{says}{_SURE[sure]}")
    if is_trial:
        return Finding(check, FINE, f"{says}, which can be, and a virtual case takes any.")
    says = f"{says}, which can be. Its system does not say that it is right, and nobody else has."
    hint = (
        f"{program_name()} sync asks you, once; or say it: {program_name()} sync --clock-is-right."
    )
    return Finding(check, WARNING, says, hint)


def program() -> Finding:
    """Return the versions of this program, Python and SQLite, and whether SQLite is new enough."""
    says = (
        f"rollcase {VERSION}, Python {'.'.join(map(str, sys.version_info[:3]))},"
        f" SQLite {sqlite3.sqlite_version}."
    )
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        hint = "Use a Python whose SQLite is 3.37 or newer."
        return Finding("program", WRONG, says, hint)
    return Finding("program", FINE, says)
