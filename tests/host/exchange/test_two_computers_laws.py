"""Laws of two computers that hear of each other by exports, in any order of all that people do.

Three persons, four cases; entries, undoings, forgetting, names, owners, backups put back.
"""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from tests.firmware.logs import boot_data, records_of

from rollcore import events, policy
from rollcore.events import CASE_EPOCH, Event, first_chain
from rollhost.database import backup, diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry, standing
from rollhost.database.open import open_archive
from rollhost.database.restore import restore
from rollhost.exchange import export_csv_json, import_json
from rollhost.history import forgetting, history, untold

pytestmark = pytest.mark.slow

NOW = 1_800_000_000
DAY = 86400
PERSONS = {0: "me", 11: "Ann", 12: "Ben"}
DEVICES = ["5c1f0a2b3c4d5e01", "5c1f0a2b3c4d5e02", "5c1f0a2b3c4d5e03", "5c1f0a2b3c4d5e04"]

computers = st.sampled_from(["a.db", "b.db"])
persons = st.sampled_from(sorted(PERSONS))
devices = st.sampled_from(DEVICES)
kinds = st.sampled_from([diary.NOTE, diary.CLINIC, diary.REACTION, diary.HOLD, diary.PLAN])
picks = st.integers(0, 5)


def document_of(archive: Archive, person: int | None = None) -> str:
    """Return the export of a database, or of one person in it."""
    past = history.read(archive)
    return export_csv_json.json_text(past if person is None else past.of(person))


class Computers(RuleBasedStateMachine):
    """Two databases, and the cases that are plugged into the one or the other."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.home = Path(self.folder.name)
        self.now = NOW
        self.words: dict[int, str] = {}
        self.logs: dict[str, list[Event]] = {}
        self.undone: set[int] = set()
        self.forgotten: set[int] = set()
        self.undone_on: dict[str, set[int]] = {"a.db": set(), "b.db": set()}
        self.gone: dict[str, set[int]] = {"a.db": set(), "b.db": set()}
        for name in ("a.db", "b.db"):
            with open_archive(self.home / name, create=True) as archive, archive.transaction():
                for person, called in PERSONS.items():
                    if person:
                        archive.name_person(person, called, NOW)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.agree()
            self.folder.cleanup()

    # What people do.

    @rule(seconds=st.sampled_from([0, 1, DAY]))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule(computer=computers, device=devices, uses=st.integers(0, 2))
    def sync(self, computer: str, device: str, uses: int) -> None:
        log = self.logs.setdefault(device, [Event(events.BOOT, boot_data(), seq=1, boot=1)])
        for _ in range(uses):
            self.now += 2 * DAY
            data = {"how": events.BY_BUTTON, "seconds": 240}
            log.append(
                Event(events.USE_ENDED, data, 0, len(log) + 1, 1, len(log), self.now - CASE_EPOCH)
            )
        name = device
        with open_archive(self.home / computer) as archive, archive.transaction():
            case_id = archive.keep_case(device, "pico", "0.1.0")
            log_id = archive.keep_log(case_id, name, archive.heir(case_id))
            raw = records_of(log, first_chain(bytes.fromhex(name)))
            archive.add_records((log_id, record) for record in raw)
            archive.note_meeting(case_id, log_id, self.now, 0)
            archive.note_sync(case_id, self.now, 0)
            owner = archive.log_facts(log_id).person
            if owner is not None:
                archive.own_log(log_id, owner, self.now)

    @rule(computer=computers, device=devices, person=persons)
    def say_whose_it_is(self, computer: str, device: str, person: int) -> None:
        with open_archive(self.home / computer) as archive, archive.transaction():
            for case in archive.cases():
                if case.device == device and case.log_id is not None:
                    archive.own_log(case.log_id, person, self.now)

    @rule(computer=computers, device=devices, needle_um=st.sampled_from([200, 300, 500]))
    def choose_a_policy(self, computer: str, device: str, needle_um: int) -> None:
        with open_archive(self.home / computer) as archive, archive.transaction():
            for case in archive.cases():
                if case.device == device:
                    wanted = policy.for_needle(needle_um).changed(revision=1)
                    archive.pend_policy(case.id, wanted, self.now)

    @rule(computer=computers, kind=kinds, person=persons)
    def write(self, computer: str, kind: str, person: int) -> None:
        word = f"word{len(self.words)}of{PERSONS[person]}."
        data: dict[str, object] = {"text": word, "sessions": 3, "reason": 1, "until": 0}
        with open_archive(self.home / computer) as archive, archive.transaction():
            entry = archive.diary.add(
                Entry(kind, self.now, "face", data=data, person=person), self.now
            )
        self.words[entry.token] = word

    @rule(computer=computers, device=devices, name=st.sampled_from(["bath", "bed", None]))
    def name_a_case(self, computer: str, device: str, name: str | None) -> None:
        with open_archive(self.home / computer) as archive:
            for case in archive.cases():
                taken = [other.name for other in archive.cases() if other != case]
                if case.device == device and (name is None or name not in taken):
                    with archive.transaction():
                        archive.name_case(case.id, name, self.now)

    @rule(computer=computers, pick=picks)
    def undo(self, computer: str, pick: int) -> None:
        with open_archive(self.home / computer) as archive:
            entries = standing(archive.diary.everything(), diary.UNDOABLE)
            if entries:
                entry = entries[-1 - pick % len(entries)]
                with archive.transaction():
                    archive.diary.undo(entry, self.now)
                    archive.settle()
                self.undone.add(entry.token)
                self.undone_on[computer].add(entry.token)

    @rule(computer=computers, pick=picks)
    def forget(self, computer: str, pick: int) -> None:
        with open_archive(self.home / computer) as archive:
            entries = archive.diary.entries()
            if entries:
                entry = entries[-1 - pick % len(entries)]
                plan = forgetting.of_entries(history.read(archive), [entry])
                with archive.transaction():
                    forgetting.carry_out(archive, plan)
                archive.scrub()
                self.forgotten |= set(plan.tokens)
                self.gone[computer] |= set(plan.tokens)

    # How the two hear of each other.

    @rule(to=computers)
    def import_from_the_other(self, to: str) -> None:
        source = "b.db" if to == "a.db" else "a.db"
        with open_archive(self.home / source) as archive:
            (self.home / "export.json").write_text(document_of(archive))
        reading = import_json.read(self.home / "export.json")
        with reading as export, open_archive(self.home / to) as archive:
            import_json.keep_in(archive, export)
        self.remembers(to)

    @rule(computer=computers)
    def keep_a_backup(self, computer: str) -> None:
        with open_archive(self.home / computer) as archive:
            backup.copy(archive, self.home / f"{computer}.backup", force=True)

    @precondition(lambda self: any(self.home.glob("*.backup")))
    @rule(computer=computers)
    def put_the_backup_back(self, computer: str) -> None:
        copy = self.home / f"{computer}.backup"
        if copy.exists():
            self.now += 1
            restore(copy, self.home / computer, self.now)
            self.remembers(computer)

    @rule(computer=computers, pick=picks, goes=st.booleans())
    def put_a_backup_back_from_before_it(self, computer: str, pick: int, goes: bool) -> None:
        self.keep_a_backup(computer)
        if goes:
            self.forget(computer, pick)
        else:
            self.undo(computer, pick)
        self.put_the_backup_back(computer)

    def remembers(self, computer: str) -> None:
        """Check that what was undone or forgotten on a computer is so there."""
        with open_archive(self.home / computer) as archive:
            every = archive.diary.everything()
            counting = {entry.token for entry in standing(every, diary.ALL_KINDS)}
            assert self.gone[computer] <= set(archive.diary.forgotten())
            assert not self.gone[computer] & {entry.token for entry in every}
            assert not self.undone_on[computer] & counting

    # What holds then.

    @rule()
    def agree(self) -> None:
        for to in ("a.db", "b.db", "a.db", "b.db"):
            self.import_from_the_other(to)
        texts = []
        for name in ("a.db", "b.db"):
            with open_archive(self.home / name) as archive:
                texts.append(document_of(archive))
                self.check(archive)
                archive.scrub()
            data = b"".join(
                path.read_bytes() for path in self.home.glob(f"{name}*") if path.suffix != ".backup"
            )
            for token in self.forgotten & self.words.keys():
                assert self.words[token].encode() not in data
        assert texts[0] == texts[1]

    def check(self, archive: Archive) -> None:
        every = archive.diary.everything()
        assert not self.forgotten & {entry.token for entry in every}
        counting = {entry.token for entry in standing(every, diary.ALL_KINDS)}
        assert not self.undone & counting
        past = history.read(archive)
        for person, called in PERSONS.items():
            text = document_of(archive, person)
            for other in set(PERSONS.values()) - {called}:
                assert f"of{other}." not in text
            json.loads(text)
        for case in past.cases:
            owner = past.person_now(case)
            told = untold.untold(past.of(owner).entries, {case.id}, set(), self.now)
            assert {entry.person for entry in told} <= {owner}


LIMITS = settings(max_examples=25, stateful_step_count=25)
TestComputers = Computers.TestCase
TestComputers.settings = LIMITS
