"""The import: it adds what is missing, doubles nothing, and believes nothing."""

import json
import os
import signal
import subprocess
import sys
from binascii import crc32
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Host
from tests.firmware.logs import boot_data, log_of, records_of
from tests.host import lived_in
from tests.host.cli.test_terminal import on_a_terminal
from tests.host.complaints import complaint
from tests.host.database_files import UNUSABLE, UNUSABLE_NAMES, make_golden, rows_of
from tests.host.lived_in import DAY, DEVICE, LOG, NOW, fill, make_lived_in
from tests.host.run_host import host_with_small_files

from rollcore import events, policy
from rollcore.events import Event, crc_of, first_chain
from rollhost.database import diary
from rollhost.database.archive import Archive, Carried, LogFacts, Person
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.exchange import export_csv_json, import_json
from rollhost.exchange.import_json import NotAnExport, Taken
from rollhost.history import case_status, forgetting, history
from rollhost.history.policies import read_policies

pytestmark = pytest.mark.in_process

Change = Callable[[Any], object]

EXPORT_1 = Path(__file__).with_name("export_1.json")
"""What the last program with version 1 has exported from the database of `make_golden`."""


@pytest.fixture
def exported(home: Path) -> Path:
    """An export of a database that has been in use; the owner's own place is empty."""
    make_lived_in(home / "theirs.db")
    (home / "a.json").write_text(document_of(home / "theirs.db"))
    return home / "a.json"


def document_of(path: Path) -> str:
    """Return the export of a database."""
    with open_archive(path) as archive:
        return export_csv_json.json_text(history.read(archive))


def imported(path: Path, text: str) -> Taken:
    """Import a document into the database at `path`."""
    file = path.with_suffix(".json")
    file.write_text(text)
    with import_json.read(file) as export, open_archive(path, create=True) as archive:
        return import_json.keep_in(archive, export)


class TestRoundTrip:
    def test_import_into_an_empty_database_gives_the_same_database(
        self, host: Host, exported: Path, home: Path
    ) -> None:
        result = host("import", str(exported))
        assert result.stdout.startswith("New: 9 records, 3 entries of the diary, 1 case.\n")
        assert result.returncode == 5  # one was in quarantine there, and is here
        assert host("export", "json").stdout == exported.read_text()
        mine, theirs = rows_of(home / "rollcase.db"), rows_of(home / "theirs.db")
        assert mine == theirs

    def test_second_import_adds_nothing(self, host: Host, exported: Path, home: Path) -> None:
        host("import", str(exported))
        before = rows_of(home / "rollcase.db")
        result = host("import", str(exported))
        assert (result.returncode, result.stdout) == (0, "Nothing in it was new.\n")
        assert rows_of(home / "rollcase.db") == before

    def test_import_prints_the_same_as_json(self, host: Host, exported: Path) -> None:
        told = json.loads(host("import", str(exported), "--json").stdout)
        assert told == {
            "schema_version": 1,
            "cases": 1,
            "records": 9,
            "quarantined": 1,
            "entries": 3,
            "persons": 0,
            "names": 0,
            "owners": 0,
            "rules": 0,
            "undone": 0,
            "forgotten": {"persons": [], "records": 0, "cases": [], "entries": 0},
            "left_out": 0,
            "names_taken": [],
        }

    def test_every_kind_of_entry_is_imported(self, home: Path) -> None:
        kinds = {
            value for name, value in vars(diary).items() if name.isupper() and type(value) is str
        } - {diary.MY_NAME, diary.SOMEBODY, diary.SOME_SIGN}
        assert kinds >= {diary.NOTE, diary.HOLD}
        with open_archive(home / "a.db", create=True) as archive, archive.transaction():
            case_id = archive.keep_case(DEVICE, "pico", "0.1.0")
            data: dict[str, dict[str, object]] = {
                diary.UNDO: {"token": 7},
                diary.MOVED: {"photo": 7, "path": "/a.jpg"},
                diary.POLICY: {"policy": policy.for_needle(500).text},
                diary.PERSON: {"name": "I"},
                diary.CASE_NAME: {"name": "bathroom"},
                diary.OWNER: {"log": LOG.hex()},
                diary.RETIRED: {"by": None},
                diary.SAW: {"reaction": 7},
                diary.WATCH_OVER: {"reaction": 7},
                diary.HEAD_OUT: {"reason": 1},
                diary.PRODUCT: {"product": "retinol"},
            }
            for kind in sorted(kinds):
                of_a_case = (diary.POLICY, diary.CASE_NAME, diary.OWNER, diary.RETIRED)
                about = case_id if kind in of_a_case else None
                entry = Entry(kind, NOW, None, about, data.get(kind, {"text": kind}))
                archive.diary.add(entry, NOW)
            archive.settle()
        text = document_of(home / "a.db")
        assert imported(home / "b.db", text).entries == len(diary.KINDS)
        assert [entry["kind"] for entry in json.loads(text)["diary"]] == sorted(diary.ALL_KINDS)
        assert document_of(home / "b.db") == text

    @pytest.mark.parametrize("how", ["indented", "sorted", "bom"])
    def test_reformatted_document_is_imported_the_same(
        self, exported: Path, home: Path, how: str
    ) -> None:
        document = json.loads(exported.read_text())
        text = json.dumps(document, indent=4, sort_keys=how == "sorted", ensure_ascii=False)
        imported(home / "b.db", ("\ufeff" if how == "bom" else "") + text)
        assert document_of(home / "b.db") == exported.read_text()


class TestOlderFiles:
    """A file of version 1, and the database that it was exported from, brought to this schema."""

    def test_file_of_version_1_gives_what_its_database_gives(self, home: Path) -> None:
        make_golden(home / "a.db")
        migrated = json.loads(document_of(home / "a.db"))
        taken = imported(home / "b.db", EXPORT_1.read_text())
        assert (taken.cases, taken.records, taken.quarantined, taken.entries) == (3, 15, 1, 11)
        document = json.loads(document_of(home / "b.db"))
        for entry in [*migrated["diary"], *document["diary"]]:
            if entry["kind"] not in diary.KINDS:  # its token is made when it becomes an entry
                entry["token"] = [entry["kind"], entry["device"], str(entry["data"])]
        by_token = {str(entry["token"]): entry for entry in document.pop("diary")}
        assert by_token == {str(entry["token"]): entry for entry in migrated.pop("diary")}
        assert document == migrated

    def test_second_import_of_version_1_changes_nothing(self, home: Path) -> None:
        imported(home / "b.db", EXPORT_1.read_text())
        before = rows_of(home / "b.db")
        assert vars(imported(home / "b.db", EXPORT_1.read_text())) == vars(Taken())
        assert rows_of(home / "b.db") == before

    def test_version_1_adds_nothing_to_the_database_that_it_is_from(self, home: Path) -> None:
        make_golden(home / "a.db")
        before = document_of(home / "a.db")
        assert vars(imported(home / "a.db", EXPORT_1.read_text())) == vars(Taken())
        assert document_of(home / "a.db") == before

    def test_every_number_and_text_of_version_1_is_in_the_new_export(self, home: Path) -> None:
        imported(home / "b.db", EXPORT_1.read_text())
        old, new = json.loads(EXPORT_1.read_text()), json.loads(document_of(home / "b.db"))
        assert (old.pop("schema_version"), new.pop("schema_version")) == (1, 4)
        cases = sorted(old.pop("cases"), key=lambda case: str(case["device"]))
        for case, now in zip(cases, new.pop("cases"), strict=True):
            logs = sorted(case.pop("logs"), key=lambda log: str(log["log"]))
            for log, log_now in zip(logs, now.pop("logs"), strict=True):
                # A kind may have got fields since, which read 0 in older records.
                for record, record_now in zip(
                    log.pop("records"), log_now.pop("records"), strict=True
                ):
                    data, data_now = record.pop("data"), record_now.pop("data")
                    assert data.items() <= data_now.items()
                    assert record == record_now
                assert log.items() <= log_now.items()
            assert case == now
        kept = {entry["token"]: entry for entry in new.pop("diary") if entry["kind"] in diary.KINDS}
        assert len(kept) == len(old["diary"])
        for entry in old.pop("diary"):
            entry_now = kept[entry["token"]]
            assert entry.items() <= entry_now.items()
        assert old.items() <= new.items()

    def test_newer_version_is_refused_in_words(self, exported: Path) -> None:
        document = json.loads(exported.read_text())
        exported.write_text(json.dumps({**document, "schema_version": 5}))
        newer = pytest.raises(NotAnExport, match="was written by a newer version")
        with newer as refused, import_json.read(exported):
            pass
        assert refused.value.hint == "Update this program; nothing was imported."


BEN = Person(4294967295, "Ben")


class TestMarks:
    """What was undone or forgotten on one computer, and came back from another."""

    def test_undone_entry_stays_undone_when_the_file_still_has_it(
        self, exported: Path, home: Path
    ) -> None:
        imported(home / "b.db", exported.read_text())
        with open_archive(home / "b.db") as archive, archive.transaction():
            archive.diary.undo(archive.diary.entries()[-1], NOW + 5)
        taken = imported(home / "b.db", exported.read_text())
        assert vars(taken) == vars(Taken())
        with open_archive(home / "b.db") as archive:
            assert [entry.kind for entry in archive.diary.entries()] == ["note", "head"]

    @pytest.mark.parametrize("undo_first", [True, False])
    def test_undoing_counts_before_and_after_its_entry_comes(
        self, exported: Path, home: Path, undo_first: bool
    ) -> None:
        before = exported.read_text()
        with open_archive(home / "theirs.db") as archive, archive.transaction():
            archive.diary.undo(archive.diary.entries()[-1], NOW + 5)
        whole = json.loads(document_of(home / "theirs.db"))
        undoing = {**whole, "diary": [entry for entry in whole["diary"] if entry["kind"] == "undo"]}
        files = [json.dumps(undoing), before]
        for text in files if undo_first else reversed(files):
            imported(home / "b.db", text)
        with open_archive(home / "b.db") as archive:
            assert [entry.kind for entry in archive.diary.entries()] == ["note", "head"]

    def test_forgotten_entry_goes_and_does_not_come_back(
        self, host: Host, exported: Path, home: Path
    ) -> None:
        host("import", str(exported))
        with open_archive(home / "theirs.db") as archive, archive.transaction():
            (note,) = [entry for entry in archive.diary.entries() if entry.kind == diary.NOTE]
            assert archive.diary.forget(note.token)
            assert not archive.diary.forget(note.token)
        (home / "b.json").write_text(document_of(home / "theirs.db"))
        assert "calm" in note.text
        assert "calm" not in (home / "b.json").read_text()
        result = host("import", str(home / "b.json"))
        assert result.stderr == (
            "Forgotten where the file comes from, and so here: 1 entry of the diary.\n"
        )
        host("import", str(exported))  # it has the note
        with open_archive(home / "rollcase.db") as archive:
            assert note.token not in [entry.token for entry in archive.diary.everything()]
            assert archive.diary.forgotten() == [note.token]
        assert "calm" not in host("export", "json").stdout

    def test_whose_log_it_is_comes_from_the_file_only_if_nobody_here_has_said(
        self, exported: Path, home: Path
    ) -> None:
        document = json.loads(exported.read_text())
        document["schema_version"] = 2
        document["diary"] = [
            entry for entry in document["diary"] if entry["kind"] not in diary.NAMING
        ]
        document["persons"].append({"token": BEN.token, "name": BEN.name})
        first, second = document["cases"][0]["logs"]
        first["person"], second["person"] = BEN.token, None
        imported(home / "b.db", json.dumps(document))
        first["person"], second["person"] = 0, BEN.token
        imported(home / "b.db", json.dumps(document))
        with open_archive(home / "b.db") as archive:
            facts = [archive.log_facts(log_id) for log_id in archive.logs(1)]
            assert [one.person for one in facts] == [BEN.token, BEN.token]
            assert archive.persons() == [Person(0, "me"), BEN]

    def test_policy_that_was_chosen_later_waits_whichever_computer_it_was_chosen_on(
        self, exported: Path, home: Path
    ) -> None:
        imported(home / "b.db", exported.read_text())
        later = policy.for_needle(250).changed(revision=3)
        with open_archive(home / "b.db") as archive, archive.transaction():
            archive.pend_policy(1, later, NOW + DAY)
        imported(home / "b.db", exported.read_text())
        imported(home / "theirs.db", document_of(home / "b.db"))
        for name in ("b.db", "theirs.db"):
            with open_archive(home / name) as archive:
                waiting = read_policies(archive).waiting(archive.cases()[0])
            assert waiting is not None
            assert waiting.digest == later.digest


texts = st.text(st.characters(codec="utf-8"), max_size=20)

u32 = st.integers(1, 0xFFFFFFFF)

carried = st.builds(
    Carried,
    st.integers(0, 0xFFFFFFFF),
    st.sampled_from([0, 3, 255]),
    st.integers(NOW - 900 * DAY, NOW),
    st.integers(1, 2),
    st.integers(0, 0xFFFF),
    st.none() | u32,
)

log_facts = st.builds(
    LogFacts,
    st.just(""),
    st.sampled_from([None, 0, 4294967295]),
    st.none() | st.integers(1, 0xFFFF),
    st.sampled_from([None, "0102030405060708"]),
    st.none(),
    st.lists(
        st.tuples(st.integers(0, 0xFFFFFFFF), st.binary(min_size=1, max_size=200)),
        max_size=2,
        unique_by=lambda state: state[0],
    ).map(tuple),
    st.lists(carried, max_size=2).map(tuple),
)


@st.composite
def any_archive(draw: st.DrawFn) -> Callable[[Archive], None]:
    """Return what fills an empty database.

    Cases, logs with gaps and damage, policies, a diary of two persons, with marks.
    """
    logs = draw(st.lists(log_of(0, 8), max_size=3))
    damaged = draw(st.sets(st.tuples(st.integers(0, 2), st.integers(0, 7), st.integers(0, 255))))
    left_out = draw(st.sets(st.tuples(st.integers(0, 2), st.integers(0, 7))))
    split = draw(st.integers(1, 8))
    entries = draw(
        st.lists(
            st.builds(
                Entry,
                st.sampled_from([diary.NOTE, diary.CLINIC, diary.REACTION]),
                st.integers(NOW - 900 * DAY, NOW),
                st.none() | st.just("face"),
                st.none(),
                st.fixed_dictionaries({"text": texts}),
                token=st.just(0),
                written_at=st.just(0),
                person=st.sampled_from([0, BEN.token]),
                basis=st.none() | u32,
            ),
            max_size=4,
        )
    )
    facts = draw(st.lists(log_facts, min_size=3, max_size=3))
    undone = draw(st.sets(st.integers(0, 3)))
    forgotten = draw(st.sets(u32, max_size=2))
    waiting = draw(st.booleans())
    needle_um = draw(st.integers(100, 1000))
    met = draw(st.booleans())

    def fill_it(archive: Archive) -> None:
        archive.keep_policy(policy.for_needle(needle_um))
        archive.name_person(BEN.token, BEN.name, NOW)
        for number, log in enumerate(logs):
            case_id = archive.keep_case(f"5c1f{number // 2}", "pico", "0.1.0")
            log_id = archive.keep_log(case_id, f"{number:016x}")
            chain = first_chain(bytes.fromhex(f"{number:016x}"))
            raws = records_of(log, chain)
            for index in range(len(raws)):
                bits = [bit for where, which, bit in damaged if (where, which) == (number, index)]
                broken = bytearray(raws[index])
                for bit in bits:
                    broken[bit // 8] ^= 1 << bit % 8
                raws[index] = bytes(broken)
            for first in range(0, len(raws), split):
                block = raws[first : first + split]
                if (number, first) not in left_out:
                    archive.keep_records(log_id, first + 1, chain, b"".join(block))
                chain = events.crc_of(block[-1])
            fork_of = f"{number - 1:016x}" if number % 2 else None
            person = facts[number].person
            archive.note_log_facts(log_id, facts[number]._replace(fork_of=fork_of))
            if person is not None:
                archive.own_log(log_id, person, NOW)
            if met:
                archive.note_meeting(case_id, log_id, NOW + number, number)
            if waiting:
                archive.pend_policy(case_id, policy.for_needle(needle_um), NOW, needle_um)
        kept = [archive.diary.add(entry, NOW) for entry in entries]
        for index, entry in enumerate(kept):
            if index in undone:
                archive.diary.undo(entry, NOW)
        for token in forgotten:
            archive.diary.forget(token)
        if forgotten:
            forgetting.sweep(archive)

    return fill_it


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Return the path of a database that is not there yet, as often as asked."""
    folder = tmp_path_factory.mktemp("shelf")
    numbers = iter(range(1_000_000))
    return lambda: folder / f"{next(numbers)}.db"


@pytest.mark.slow
class TestAnyDatabase:
    @given(fill_it=any_archive())
    def test_export_import_export_gives_the_same_document(
        self, shelf: Callable[[], Path], fill_it: Callable[[Archive], None]
    ) -> None:
        one, other = shelf(), shelf()
        with open_archive(one, create=True) as archive, archive.transaction():
            fill_it(archive)
        text = document_of(one)
        before = imported(other, text)
        assert document_of(other) == text
        assert before.records + before.quarantined == text.count('"raw":')
        assert vars(imported(other, text)) == vars(Taken())
        assert document_of(other) == text

    @given(log=log_of(2, 8), at=st.integers(0, 7), bit=st.integers(0, 255))
    def test_flipped_bit_puts_one_record_into_quarantine(
        self, shelf: Callable[[], Path], log: list[Event], at: int, bit: int
    ) -> None:
        at %= len(log)
        path = shelf()
        with open_archive(path, create=True) as archive, archive.transaction():
            log_id = archive.keep_log(archive.keep_case("5c1f", "pico", "0.1.0"), LOG.hex())
            archive.own_log(log_id, 0, NOW)
            raw = b"".join(records_of(log, first_chain(LOG)))
            archive.keep_records(log_id, 1, first_chain(LOG), raw)
        document = json.loads(document_of(path))
        record = document["cases"][0]["logs"][0]["records"][at]
        broken = bytearray(bytes.fromhex(record["raw"]))
        broken[bit // 8] ^= 1 << bit % 8
        record["raw"] = broken.hex()
        other = shelf()
        taken = imported(other, json.dumps(document))
        assert (taken.records, taken.quarantined) == (len(log) - 1, 1)
        kept = json.loads(document_of(other))
        assert [record["raw"] for record in kept["cases"][0]["logs"][0]["quarantine"]] == [
            broken.hex()
        ]
        # The original, once it turns up, takes the place of the damaged one.
        assert imported(other, document_of(path)).records == 1
        assert document_of(other) == document_of(path)


class TestMerging:
    def test_import_does_not_change_existing_rows(self, exported: Path, home: Path) -> None:
        with open_archive(home / "b.db", create=True) as archive:
            fill(archive)
            with archive.transaction():
                archive.name_case(1, "mine", NOW + DAY)
        before = rows_of(home / "b.db")
        taken = imported(home / "b.db", exported.read_text())
        after = rows_of(home / "b.db")
        assert vars(taken) == {**vars(Taken()), "entries": 3, "rules": 1}
        assert after.pop("entries")[: len(before["entries"])] == before.pop("entries")
        assert after == before

    def test_shorter_log_in_the_database_is_completed(self, exported: Path, home: Path) -> None:
        whole = json.loads(exported.read_text())
        part = json.loads(exported.read_text())
        log = part["cases"][0]["logs"][1]
        log["records"] = log["records"][:4]
        log["quarantine"] = []
        imported(home / "b.db", json.dumps(part))
        taken = imported(home / "b.db", json.dumps(whole))
        assert (taken.cases, taken.records, taken.quarantined) == (0, 4, 1)
        assert document_of(home / "b.db") == exported.read_text()

    def test_latest_sync_decides_the_current_log_of_a_case(
        self, exported: Path, home: Path
    ) -> None:
        with open_archive(home / "b.db", create=True) as archive:
            with archive.transaction():
                case_id = archive.keep_case(DEVICE, "pico", "0.0.9")
                archive.note_meeting(case_id, archive.keep_log(case_id, "aa"), NOW - DAY, 0)
            with import_json.read(exported) as export:
                import_json.keep_in(archive, export)
            (case,) = archive.cases()
            assert (case.met_at, case.firmware) == (NOW, "0.1.0")
            assert case.log_id is not None
            assert archive.log_name(case.log_id) == LOG.hex()
            told = case_status.summarise(history.read(archive), case, NOW)
            assert told.last_use is not None
            with archive.transaction():
                archive.note_meeting(case_id, archive.keep_log(case_id, "bb"), NOW + DAY, 0)
            with import_json.read(exported) as export:
                import_json.keep_in(archive, export)
            assert archive.cases()[0].met_at == NOW + DAY

    def test_name_used_by_another_case_stays_with_that_case(
        self, host: Host, exported: Path, home: Path
    ) -> None:
        with open_archive(home / "rollcase.db", create=True) as archive:
            archive.name_case(archive.keep_case("77", "pico", "0.1.0"), "bathroom", NOW + DAY)
        result = host("import", str(exported))
        assert "Another case here is called bathroom" in result.stderr
        with open_archive(home / "rollcase.db") as archive:
            assert {case.device: case.name for case in archive.cases()} == {
                "77": "bathroom",
                DEVICE: None,
            }

    def test_different_record_with_the_same_seq_is_refused_and_changes_nothing(
        self, host: Host, exported: Path, home: Path
    ) -> None:
        with open_archive(home / "rollcase.db", create=True) as archive, archive.transaction():
            log_id = archive.keep_log(archive.keep_case(DEVICE, "pico", "0.1.0"), LOG.hex())
            boot = Event(events.BOOT, boot_data(cause=2), seq=1, boot=1)
            raw = records_of([boot], first_chain(LOG))[0]
            archive.keep_records(log_id, 1, first_chain(LOG), raw)
        before = rows_of(home / "rollcase.db")
        sentence, step = complaint(host("import", str(exported)))
        assert sentence == (f"Record 1 of log {LOG.hex()} is another one here than in the file.")
        assert step == "One of them is no original; nothing was imported."
        assert rows_of(home / "rollcase.db") == before

    def test_different_entry_with_the_same_token_is_refused(
        self, exported: Path, home: Path
    ) -> None:
        imported(home / "b.db", exported.read_text())
        document = json.loads(exported.read_text())
        (note,) = [entry for entry in document["diary"] if entry["kind"] == diary.NOTE]
        note["at"] -= 1
        with pytest.raises(NotAnExport, match=r"Entry \d+ of the diary is another one here"):
            imported(home / "b.db", json.dumps(document))

    def test_record_that_breaks_the_chain_goes_to_quarantine(
        self, exported: Path, home: Path
    ) -> None:
        document = json.loads(exported.read_text())
        log = document["cases"][0]["logs"][1]["records"]
        log[1]["raw"], log[2]["raw"] = log[2]["raw"], log[1]["raw"]
        taken = imported(home / "b.db", json.dumps(document))
        assert taken.quarantined == 3  # these two, and the one that was


LONGEST_ZONE = "twelveletter"
"""A zone with as many letters as a policy may have in one (12)."""


def newer_record(seq: int, chain: int) -> bytes:
    """Return a record of a kind that a later firmware may have, whole and on its chain."""
    (raw,) = records_of([Event(events.HEAD_NEW, {"uses": 1, "token": 0}, seq=seq)], chain)
    body = raw[:4] + bytes([200]) + raw[5:-4]
    return body + crc32(body, chain).to_bytes(4, "little")


class TestWhatIsTakenAllTheSame:
    def test_zone_of_twelve_letters_comes_back_with_all_that_is_about_it(self, home: Path) -> None:
        rules = policy.Policy(policy.numbers_of(policy.for_needle(250)), (LONGEST_ZONE,))
        with open_archive(home / "a.db", create=True) as archive, archive.transaction():
            case_id = archive.keep_case(DEVICE, "pico", "0.1.0")
            archive.keep_policy(rules)
            archive.pend_policy(case_id, rules)
            for kind in (diary.NOTE, diary.CLINIC):
                archive.diary.add(Entry(kind, NOW, LONGEST_ZONE, data={"text": "a"}), NOW)
        text = document_of(home / "a.db")
        assert len(LONGEST_ZONE) == 12
        assert imported(home / "b.db", text).entries == 2
        assert document_of(home / "b.db") == text

    def test_record_of_newer_firmware_goes_into_quarantine_and_stops_no_other(
        self, home: Path
    ) -> None:
        before, after = lived_in.log()[:4], lived_in.log()[5:9]
        first = records_of(before, first_chain(LOG))
        newer = newer_record(5, crc_of(first[-1]))
        raw = [*first, newer, *records_of(after, crc_of(newer))]
        document = as_document(home / "a.db", dict(enumerate(raw, 1)))
        taken = imported(home / "b.db", document)
        assert (taken.records, taken.quarantined) == (8, 1)
        (aside,) = rows_of(home / "b.db")["quarantine"]
        assert (aside["seq"], aside["raw"]) == (5, newer)
        assert vars(imported(home / "b.db", document)) == vars(Taken())

    @pytest.mark.parametrize("gaps", [{1, 2}, {4}, {3, 5, 6}, {8, 9}, {1, 2, 3, 4, 5, 6, 7, 8}])
    def test_file_with_gaps_is_taken_with_what_it_has(self, home: Path, gaps: set[int]) -> None:
        raw = dict(enumerate(records_of(lived_in.log(), first_chain(LOG)), 1))
        part = {seq: record for seq, record in raw.items() if seq not in gaps}
        taken = imported(home / "b.db", as_document(home / "a.db", part))
        assert (taken.records, taken.quarantined) == (9 - len(gaps), 0)
        assert {row["seq"]: row["raw"] for row in rows_of(home / "b.db")["records"]} == part
        rest = imported(home / "b.db", as_document(home / "c.db", raw))
        assert (rest.records, rest.quarantined) == (len(gaps), 0)
        assert {row["seq"]: row["raw"] for row in rows_of(home / "b.db")["records"]} == raw

    def test_damaged_record_behind_a_gap_is_taken_by_its_bytes_alone(self, home: Path) -> None:
        raw = dict(enumerate(records_of(lived_in.log(), first_chain(LOG)), 1))
        del raw[3]
        raw[4] = raw[4][:4] + b"\xee" + raw[4][5:]  # no kind has this number
        taken = imported(home / "b.db", as_document(home / "a.db", raw))
        assert (taken.records, taken.quarantined) == (7, 1)


def as_document(path: Path, records: dict[int, bytes]) -> str:
    """Return the export of a database with one log, which has these records in the file."""
    with open_archive(path, create=True) as archive, archive.transaction():
        log_id = archive.keep_log(archive.keep_case(DEVICE, "pico", "0.1.0"), LOG.hex())
        archive.own_log(log_id, diary.ME, NOW)
    document = json.loads(document_of(path))
    (log_there,) = document["cases"][0]["logs"]
    log_there["records"] = [{"seq": seq, "raw": raw.hex()} for seq, raw in records.items()]
    return json.dumps(document)


def setting(*path: str | int, to: object) -> Change:
    """Return what puts a value into a document."""

    def change(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = to

    return change


CASE = ("cases", 0)
RECORD = ("cases", 0, "logs", 1, "records", 0)
ASIDE = ("cases", 0, "logs", 1, "quarantine", 0)
ENTRY = ("diary", 1)
"""A note; the first one is the policy that waits."""
LOG_FIELDS = ("cases", 0, "logs", 1)

WRONG = {
    "no cases": setting("cases", to=None),
    "cases by name": setting("cases", to={}),
    "a case that is none": setting(*CASE, to=7),
    "no device": setting(*CASE, "device", to=""),
    "a device that moves the cursor": setting(*CASE, "device", to="\x1b[2J"),
    "a name of surrogates": setting(*CASE, "name", to="\ud800"),
    "a board that is a number": setting(*CASE, "board", to=1),
    "a log that is not among the logs": setting(*CASE, "log", to="ff"),
    "a time before time": setting(*CASE, "met_at", to=-1),
    "a time that no integer holds": setting(*CASE, "met_at", to=1 << 70),
    "a time that is true": setting(*CASE, "met_at", to=True),
    "a fraction": setting(*CASE, "met_behind_s", to=0.5),
    "rules of nobody": setting(*CASE, "new_policy", to="1;needle_um=9000"),
    "rules that are a list": setting("policies", to=[[]]),
    "a log's id that is no hex": setting(*CASE, "logs", 1, "log", to="xy"),
    "a log's id of half a byte": setting(*CASE, "logs", 1, "log", to="abc"),
    "a record of no bytes": setting(*RECORD, "raw", to=""),
    "a record of 31 bytes": setting(*RECORD, "raw", to="00" * 31),
    "a record with blanks": setting(*RECORD, "raw", to="00" * 31 + "  "),
    "a record number of none": setting(*RECORD, "seq", to=0),
    "a record number too high": setting(*RECORD, "seq", to=1 << 32),
    "two records of one number": setting(*RECORD, "seq", to=2),
    "a record read and not": setting(*ASIDE, "seq", to=1),
    "a checksum too large": setting(*ASIDE, "chain", to=1 << 32),
    "a reason that is none": setting(*ASIDE, "reason", to=None),
    "an entry of no kind": setting(*ENTRY, "kind", to="poem"),
    "an entry about another case": setting(*ENTRY, "device", to="77"),
    "a token of none": setting(*ENTRY, "token", to=0),
    "an entry without data": setting(*ENTRY, "data", to=None),
    "a text that is a number": setting(*ENTRY, "data", to={"text": 5}),
    "a text too long": setting(*ENTRY, "data", to={"text": "x" * 10_001}),
    "a needle that is true": setting(*ENTRY, "data", to={"needle_um": True}),
    "a sign that a terminal obeys": setting(*ENTRY, "data", to={"signs": ["\x1b[2J"]}),
    "signs that are numbers": setting(*ENTRY, "data", to={"signs": [1]}),
    "a hold for a list": setting(*ENTRY, "data", to={"reason": []}),
    "a hold for truth": setting(*ENTRY, "data", to={"reason": True}),
    "an end before time": setting(*ENTRY, "data", to={"until": -5}),
    "an undoing of nothing": setting(*ENTRY, "kind", to="undo"),
    "a policy without its text": setting(*ENTRY, "kind", to="policy"),
    "a policy of nobody's": setting("diary", 0, "data", to={"policy": "1;needle_um=9000"}),
    "an entry of a person who is not there": setting(*ENTRY, "person", to=9),
    "a basis that is a word": setting(*ENTRY, "basis", to="5"),
    "a person without a name": setting("persons", 0, "name", to=""),
    "persons by name": setting("persons", to={"me": 0}),
    "a mark that is no token": setting("forgotten", to=[0]),
    "marks by name": setting("forgotten", to={"7": 1}),
    "a log of a person who is not there": setting(*LOG_FIELDS, "person", to=9),
    "a generation before the first": setting(*LOG_FIELDS, "generation", to=0),
    "a log that follows no log's id": setting(*LOG_FIELDS, "follows", to="xy"),
    "a log that has left one that is not there": setting(*LOG_FIELDS, "fork_of", to="ffff"),
    "a state that is empty": setting(*LOG_FIELDS, "states", to=[{"seq": 1, "state": ""}]),
    "a state too long": setting(*LOG_FIELDS, "states", to=[{"seq": 1, "state": "00" * 201}]),
    "bytes that came, of no record": setting(*LOG_FIELDS, "flipped", to=[{"seq": 1, "came": "00"}]),
    "bytes that came, by name": setting(*LOG_FIELDS, "flipped", to={}),
    "a carried fact without a zone": setting(*LOG_FIELDS, "carried", to=[{"origin": 1}]),
    "a version before the first": setting("schema_version", to=0),
    "a version that is true": setting("schema_version", to=True),
    "a version that is a word": setting("schema_version", to="1"),
}


class TestWhatIsRefused:
    @pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
    def test_document_with_a_wrong_value_is_refused(
        self, exported: Path, home: Path, change: Change
    ) -> None:
        document = json.loads(exported.read_text())
        change(document)
        exported.write_text(json.dumps(document))
        with (
            pytest.raises(NotAnExport, match=r"does not hold what it should: see .+\.$"),
            import_json.read(exported),
        ):
            pass

    def test_document_with_the_same_case_twice_is_refused(self, exported: Path) -> None:
        document = json.loads(exported.read_text())
        document["cases"] *= 2
        exported.write_text(json.dumps(document))
        with pytest.raises(NotAnExport, match="see cases"), import_json.read(exported):
            pass

    @pytest.mark.parametrize("seed", range(60))
    def test_document_with_a_missing_field_is_refused(self, exported: Path, seed: int) -> None:
        document = json.loads(exported.read_text())
        places = [
            (one, name)
            for one in (
                document,
                document["cases"][0],
                document["cases"][0]["logs"][1],
                document["cases"][0]["logs"][1]["quarantine"][0],
                document["diary"][0],
                document["persons"][0],
            )
            for name in one
            if name != "flipped"  # the first files of version 2 have no such field
        ]
        where, name = places[seed % len(places)]
        del where[name]
        exported.write_text(json.dumps(document))
        with pytest.raises(NotAnExport), import_json.read(exported):
            pass

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"", "was not written by export json."),
            (b"Dear diary, today I rolled again.\n", "was not written by export json."),
            (b"SQLite format 3\0", "was not written by export json."),
            (b"[1, 2]", "was not written by export json."),
            (b"{}", "was not written by export json."),
            (b'{"format": "photographs", "schema_version": 1}', "was not written by export json."),
            (b'{"format": "rollcase export"', "is not JSON, or not all of it is here."),
            (b'{"format": NaN}', "is not JSON, or not all of it is here."),
            (b'{"format": "\xff"}', "is not JSON, or not all of it is here."),
            (b'{"a":' + b"[" * 200_000, "is not JSON, or not all of it is here."),
            (b'{"a": ' + b"9" * 10_000 + b"}", "is not JSON, or not all of it is here."),
            (
                b'{"format": "rollcase export", "schema_version": 5}',
                "was written by a newer version of this program.",
            ),
        ],
        ids=[
            "empty", "text", "database", "list", "object", "another", "cut off", "nan", "bytes",
            "deep", "long number", "newer",
        ],
    )  # fmt: skip
    def test_file_that_is_no_export_is_refused(
        self, host: Host, home: Path, content: bytes, says: str
    ) -> None:
        (home / "a").write_bytes(content)
        sentence, _ = complaint(host("import", str(home / "a")))
        assert sentence == f"{home / 'a'} {says}"
        assert not (home / "rollcase.db").exists()

    @pytest.mark.parametrize("start", [b"\0", b"{"])
    def test_import_reads_only_the_start_of_500_mb_of_garbage(
        self, home: Path, start: bytes
    ) -> None:
        with (home / "a").open("wb") as file:
            file.write(start)
            file.truncate(500_000_000)
        limited = (
            "import resource, sys\n"
            "resource.setrlimit(resource.RLIMIT_AS, (450 << 20,) * 2)\n"
            "from rollhost.cli.main import main\n"
            "sys.exit(main(['import', sys.argv[1]]))\n"
        )
        result = subprocess.run(
            [sys.executable, "-c", limited, str(home / "a")], capture_output=True, text=True
        )
        sentence, _ = complaint(result)
        problem = "is larger than 128 MB" if start == b"{" else "was not written by export json"
        assert sentence == f"{home / 'a'} {problem}."

    @pytest.mark.parametrize(
        ("place", "says"),
        [
            ("nowhere", "cannot be read: No such file or directory."),
            (".", "cannot be read: Is a directory."),
            ("/dev/zero", "was not written by export json."),
            ("/dev/null", "was not written by export json."),
        ],
    )
    def test_import_path_without_a_file_is_explained(
        self, host: Host, home: Path, place: str, says: str
    ) -> None:
        sentence, step = complaint(host("import", str(home / place)))
        assert sentence == f"{home / place} {says}"
        assert step.startswith("Name a file ")

    def test_export_is_imported_from_a_pipe(self, exported: Path, home: Path) -> None:
        program = "import sys; from rollhost.cli.main import main; sys.exit(main(sys.argv[1:]))"
        result = subprocess.run(
            [sys.executable, "-c", program, "import", "/dev/stdin"],
            input=exported.read_bytes(),
            capture_output=True,
        )
        assert result.stdout.startswith(b"New: "), result.stderr
        assert (home / "rollcase.db").exists()

    def test_fields_may_come_in_any_order(self, exported: Path, home: Path) -> None:
        imported(home / "a.db", exported.read_text())
        document = json.loads(exported.read_text())
        imported(home / "b.db", json.dumps(_turned_round(document), indent=4))
        assert rows_of(home / "b.db") == rows_of(home / "a.db")

    def test_wrong_record_is_named(self, exported: Path) -> None:
        document = json.loads(exported.read_text())
        log = document["cases"][0]["logs"][1]
        whole = log["records"]
        for records, says in (
            ([*whole, whole[0]], f"record {len(whole) + 1}"),
            ([whole[0], {**whole[1], "raw": "00"}, 7], "raw in record 2"),
            ([7, *whole], "record 1"),
        ):
            log["records"] = records
            exported.write_text(json.dumps(document))
            refused = pytest.raises(NotAnExport, match=f"see {says} of log {log['log']}")
            with refused, import_json.read(exported):
                pass


def _turned_round(value: object) -> object:
    """Return a document with the fields of each object the other way round."""
    if isinstance(value, dict):
        return {name: _turned_round(field) for name, field in reversed(value.items())}
    return [_turned_round(item) for item in value] if isinstance(value, list) else value


class TestTheDatabase:
    @pytest.mark.parametrize(("make", "says"), UNUSABLE, ids=UNUSABLE_NAMES)
    def test_import_leaves_an_unusable_database_unchanged(
        self, host: Host, exported: Path, home: Path, make: Callable[[Path], None], says: str
    ) -> None:
        make(home / "rollcase.db")
        sentence, _ = complaint(host("import", str(exported)))
        assert sentence == f"{home / 'rollcase.db'} {says}"

    def test_full_disk_leaves_the_database_unchanged(self, host: Host, home: Path) -> None:
        host("note", "x")
        with open_archive(home / "big.db", create=True) as archive, archive.transaction():
            for number in range(300):
                entry = Entry(diary.NOTE, NOW, data={"text": f"{number}" * 300})
                archive.diary.add(entry, NOW)
        (home / "big.json").write_text(document_of(home / "big.db"))
        with open_archive(home / "rollcase.db", create=True):
            pass
        before = rows_of(home / "rollcase.db")
        most = (home / "rollcase.db").stat().st_size + 40_000
        result = host_with_small_files(most, "import", str(home / "big.json"))
        sentence, step = complaint(result)
        assert "does not take it: " in sentence
        assert step == "Check the free space on that disk."
        assert rows_of(home / "rollcase.db") == before
        assert host("import", str(home / "big.json")).returncode == 0

    @pytest.mark.parametrize("is_there", [True, False])
    def test_interrupted_import_leaves_the_database_unchanged_or_makes_none_and_says_so(
        self, exported: Path, home: Path, is_there: bool
    ) -> None:
        database = home / "rollcase.db"
        if is_there:
            with open_archive(database, create=True):
                pass
        before = {path.name for path in home.iterdir()}
        slow = (
            "import signal, sys, time\n"
            # A shell lets what it starts in the background ignore Ctrl-C.
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "from rollhost.cli.main import main\n"
            "from rollhost.database.diary import Diary\n"
            "def slow(*_):\n"
            "    print('half', flush=True); time.sleep(60)\n"
            "Diary.keep = slow\n"
            "sys.exit(main(['import', sys.argv[1]]))\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", slow, str(exported)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=dict(os.environ),
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "half\n"
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
        assert process.returncode == 130
        assert said == "\nStopped. Nothing was imported.\n"
        assert {path.name for path in home.iterdir()} == before
        if is_there:
            rows = rows_of(database)
            assert [row["name"] for row in rows.pop("persons")] == ["me"]
            assert not any(rows.values())


def unclaimed(home: Path) -> list[str]:
    """Return the devices of the cases of which nobody has said whose they are."""
    with open_archive(home / "rollcase.db") as archive:
        return [case.device for case in history.read(archive).unclaimed]


class TestWhatIsSaid:
    """What an import says of what it has changed, besides records and the diary."""

    @pytest.fixture
    def second(self, host: Host, exported: Path, home: Path) -> Path:
        """A file of another computer with the same case, where everything is said later."""
        host("import", str(exported))
        other = ("--db", str(home / "theirs.db"))
        for words in (
            ("person", "add", "Ann"),
            ("name", "bedroom"),
            ("case", "whose", DEVICE[-6:], "Ann"),
            ("policy", "set", "rest=60d"),
        ):
            assert host(*words, *other).returncode == 0, words
        assert host("export", "json", str(home / "second.json"), *other).returncode == 0
        return home / "second.json"

    def test_persons_names_owners_and_rules_are_told(self, host: Host, second: Path) -> None:
        result = host("import", str(second), "--person", "me")
        assert result.stdout == "New: 1 person, 1 name, the owner of 1 case, rules.\n"
        assert host("import", str(second)).stdout == "Nothing in it was new.\n"

    def test_entry_taken_back_elsewhere_is_told(self, host: Host, home: Path) -> None:
        second = ("--db", str(home / "second.db"))
        for words in (("note", "a mistake"), ("undo", "--yes")):
            assert host(*words, *second).returncode == 0
            host("export", "json", str(home / f"{words[0]}.json"), *second)
        host("import", str(home / "note.json"))
        assert host("import", str(home / "undo.json")).stdout == "New: 1 entry taken back.\n"

    def test_person_forgotten_elsewhere_is_told_with_records_and_case(
        self, host: Host, second: Path, home: Path
    ) -> None:
        other = ("--db", str(home / "theirs.db"))
        host("import", str(second))
        assert host("forget", "Ann", "--yes", *other).returncode == 0
        assert host("export", "json", str(home / "third.json"), *other).returncode == 0
        assert host("import", str(home / "third.json")).stderr == (
            "Forgotten where the file comes from, and so here: Ann, 9 records, case bedroom,"
            " 1 entry of the diary.\n"
        )


class TestStrangers:
    """A file from a computer whose user may be somebody else."""

    @pytest.fixture
    def theirs(self, exported: Path, home: Path) -> Path:
        """A file with a case that is not here, where another case is."""
        with open_archive(home / "rollcase.db", create=True) as archive, archive.transaction():
            log_id = archive.keep_log(archive.keep_case("77", "pico", "0.1.0"), "77" * 8)
            archive.own_log(log_id, diary.ME, NOW)
        return exported

    def test_what_a_stranger_wrote_is_left_out_until_somebody_says_whose_it_is(
        self, host: Host, theirs: Path, home: Path
    ) -> None:
        result = host("import", str(theirs))
        assert "3 entries were left out" in result.stderr
        assert "--person NAME" in result.stderr
        assert "calm" not in host("export", "json").stdout
        with open_archive(home / "rollcase.db") as archive:
            past = history.read(archive)
            assert [case.device for case in past.unclaimed] == [DEVICE]
        host("import", str(theirs), "--person", "Ben")
        assert "calm" not in host("export", "json", "--person", "me").stdout
        assert "calm" in host("export", "json", "--person", "Ben").stdout
        with open_archive(home / "rollcase.db") as archive:
            past = history.read(archive)
            assert past.unclaimed == []
            assert {person.name for person in past.persons} == {"me", "Ben"}

    def test_json_says_how_many_entries_were_left_out(self, host: Host, theirs: Path) -> None:
        result = host("import", str(theirs), "--json")
        assert json.loads(result.stdout)["left_out"] == 3
        assert result.returncode == 5  # one was in quarantine there, and is here

    @pytest.mark.parametrize(
        ("typed", "owner"), [("me\n", "me"), ("Ben\n", "Ben"), ("\n", None)], ids=str
    )
    def test_person_at_a_terminal_is_asked_whose_the_file_is(
        self, host: Host, theirs: Path, home: Path, typed: str, owner: str | None
    ) -> None:
        told = " ".join(on_a_terminal(200, "import", str(theirs), code=5, typed=typed))
        assert "The file comes from a computer with cases of its own. Whose are they?" in told
        assert ("3 entries were left out" in told) is (owner is None)
        for person in ("me", "Ben"):
            result = host("export", "json", "--person", person)
            assert ("calm" in result.stdout) is (person == owner)
        assert (DEVICE in unclaimed(home)) is (owner is None)

    def test_import_again_takes_what_was_left_out_and_nobody_is_asked_from_then_on(
        self, host: Host, theirs: Path, home: Path
    ) -> None:
        assert "left out" in host("import", str(theirs)).stderr
        said = host("import", str(theirs), "--person", "Ben").stdout
        assert said.startswith(
            "New: 0 records, 3 entries of the diary, 0 cases, the owner of 1 case."
        )
        assert unclaimed(home) == []
        before = rows_of(home / "rollcase.db")
        again = host("import", str(theirs))
        assert (again.stdout, again.stderr) == ("Nothing in it was new.\n", "")
        assert "Whose" not in " ".join(on_a_terminal(200, "import", str(theirs)))
        assert rows_of(home / "rollcase.db") == before

    def test_file_that_says_of_a_log_that_it_is_another_persons_is_a_strangers(
        self, host: Host, exported: Path, home: Path
    ) -> None:
        """The case was theirs and is mine now, or the other way round: both know its log."""
        host("import", str(exported))
        host("case", "whose", DEVICE[-6:], "Ben", "--db", str(home / "theirs.db"))
        with open_archive(home / "theirs.db", create=True) as archive, archive.transaction():
            archive.diary.add(Entry(diary.NOTE, NOW, data={"text": "a strange word"}), NOW)
        exported.write_text(document_of(home / "theirs.db"))
        assert json.loads(exported.read_text())["cases"][0]["logs"][1]["person"] != diary.ME
        assert "left out" in host("import", str(exported)).stderr
        assert "a strange word" not in host("export", "json", "--person", "me").stdout

    def test_forgotten_log_travels_with_a_file_and_is_not_taken_in(
        self, host: Host, exported: Path, home: Path
    ) -> None:
        host("import", str(exported))
        with open_archive(home / "theirs.db") as archive, archive.transaction():
            archive.forget_log(DEVICE, LOG.hex())
        (home / "after.json").write_text(document_of(home / "theirs.db"))
        assert host("import", str(home / "after.json")).returncode == 0
        for name in ("after.json", exported.name):
            host("import", str(home / name))
            with open_archive(home / "rollcase.db") as archive:
                (case,) = archive.cases()
                names = [archive.log_name(log_id) for log_id in archive.logs(case.id)]
                assert LOG.hex() not in names
                assert archive.forgotten_logs() == [(DEVICE, LOG.hex())]

    def test_file_of_ones_own_other_computer_is_taken_whole(
        self, host: Host, exported: Path, home: Path
    ) -> None:
        host("import", str(exported))
        assert host("import", str(exported)).stderr == ""
