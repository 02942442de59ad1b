"""``host sync`` tells the case what its owner wrote down: each entry once."""

import json
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.bringing_home import flip, use
from tests.host.complaints import complaint
from tests.host.scripted_case import (
    FLASH,
    HANG_UP,
    ScriptedCase,
    only,
    slot_on_flash,
    spoil_record,
)
from tests.host.writing_down import TWO_ZONES, said, told_kinds

from rollcore import events, messages, state
from rollcore.blocks import BLOCK_SIZE, LOG, MARK_AT, MARK_SIZE, unpack_mark
from rollcore.events import KINDS
from rollhost.guidance.never import NEVER

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]


def unfit(kind: int, data: dict[str, int], zone: int = 0) -> str:
    """Stand in for `App.tell` of a case that refuses whatever it is told."""
    return "that is in the future"


TELLING = {
    "clinic": ("clinic", "3d"),
    "opened": ("reaction", "open"),
    "hold": ("hold", "acne"),
    "head": ("head", "new"),
}
"""What each verb is told for."""


class TestTelling:
    @pytest.mark.parametrize("verb", TELLING)
    def test_entry_is_told_once_when_a_sync_is_cut_after_the_case_logged_it(
        self, host: Host, host_json: HostJson, home: Path, verb: str
    ) -> None:
        with ScriptedCase(home / "flash") as case:
            assert host("sync", "--port", case.port).returncode == 0
            said(host, *TELLING[verb])
            case.script = only(verb, lambda request, right: HANG_UP)
            complaint(host("sync", "--port", case.port))
            seq = case.app.journal.next
        assert host_json("status")["cases"][0]["waiting"] == 1
        with ScriptedCase(home / "flash") as case:
            document = host_json("sync", "--port", case.port)
            assert verb not in case.verbs()
            assert case.app.journal.next == seq + 2  # the start and its clock
        assert (document["told"], document["case"]["waiting"]) == (0, 0)
        assert told_kinds(host_json) == [KINDS[messages.RECORDED[verb]].name]

    @pytest.mark.slow
    def test_lost_answer_is_requested_again_and_nothing_is_logged_twice(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "reaction", "open")
        synced.script = only("opened", lambda request, right: b"", times=1)
        assert host_json("sync", "--port", synced.port)["told"] == 1
        assert synced.verbs().count("opened") == 2
        assert told_kinds(host_json) == ["reaction_opened"]

    def test_entry_that_the_case_refuses_is_reported_and_told_again_next_time(
        self,
        host: Host,
        host_json: HostJson,
        synced: ScriptedCase,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        said(host, "clinic", "3d")
        said(host, "hold", "acne")
        with monkeypatch.context() as stubborn:
            stubborn.setattr(synced.app, "tell", unfit)
            result = host("sync", "--port", synced.port)
            assert result.returncode == 0
            assert (
                result.stderr.splitlines()
                == [
                    "The case says: that is in the future."
                    " It was about what you wrote down; the next sync tries again."
                ]
                * 2
            )
            document = host_json("sync", "--port", synced.port)
            assert (document["told"], len(document["refused"])) == (0, 2)
            assert document["case"]["waiting"] == 2
        document = host_json("sync", "--port", synced.port)
        assert (document["told"], document["refused"]) == (2, [])
        assert told_kinds(host_json) == ["clinic", "hold_set"]

    def test_case_with_a_new_log_is_told_again_of_open_entries(
        self, host: Host, host_json: HostJson, home: Path, synced: ScriptedCase
    ) -> None:
        for argv in TELLING.values():
            said(host, *argv)
        assert host_json("sync", "--port", synced.port)["told"] == 4
        with ScriptedCase(home / "wiped", log_id=b"another!") as wiped:
            assert host_json("sync", "--port", wiped.port)["told"] == 4
            assert host_json("sync", "--port", wiped.port)["told"] == 0
            assert wiped.app.standing.reason == events.REACTION_OPEN

    def test_every_case_is_told_the_entries_about_the_person(
        self, host: Host, host_json: HostJson, home: Path, synced: ScriptedCase
    ) -> None:
        said(host, "hold", "acne")
        assert host_json("sync", "--port", synced.port)["told"] == 1
        with ScriptedCase(home / "other", device="0011223344556677") as other:
            assert host_json("sync", "--port", other.port, "--person", "me")["told"] == 1
            assert other.app.standing.phase == state.HELD

    def test_first_sync_tells_the_entries_written_before_it(
        self, host: Host, host_json: HostJson, case: ScriptedCase
    ) -> None:
        said(host, "clinic", "3d")
        said(host, "reaction", "open")
        document = host_json("sync", "--port", case.port)
        assert (document["told"], document["refused"]) == (2, [])
        assert case.app.standing.phase == state.HELD


class TestDamage:
    """What the flash has done to the log is said, by the case's records and by this sync."""

    def test_sync_says_what_it_has_put_right_itself(
        self, host: Host, host_json: HostJson, case: ScriptedCase, home: Path
    ) -> None:
        said(host, "check", "--none")  # else the first sync names it
        case.log(5)
        flip(case, slot_on_flash(case.directory / FLASH, 3), 100)
        result = host("sync", "--port", case.port)
        assert (result.returncode, result.stderr) == (0, "")
        assert "Flipped bits in 1 record were put right here." in result.stdout.splitlines()
        document = host_json("sync", "--port", case.port, "--db", str(home / "b.db"))
        assert document["put_right"] == 1

    def test_sync_says_what_the_case_has_found_at_its_start(
        self, host: Host, case: ScriptedCase, home: Path
    ) -> None:
        case.log(5)
        flip(case, slot_on_flash(case.directory / FLASH, 3), 100)
        spoil_record(case.directory, 4)
        with ScriptedCase(case.directory) as again:
            result = host("sync", "--port", again.port)
            as_json = host("sync", "--port", again.port, "--db", str(home / "b.db"), "--json")
        assert result.returncode == 5
        assert (
            "The case says of its flash: flipped bits put right in 1 place; 1 record lost to"
            " damage." in result.stdout.splitlines()
        )
        assert json.loads(as_json.stdout)["case_found"] == {
            "torn": 0, "corrected": 1, "lost": 1, "skipped": 0, "lost_bytes": 0
        }  # fmt: skip

    def test_sync_says_that_a_log_was_lost_and_counts_the_records_of_both(
        self, host: Host, host_json: HostJson, case: ScriptedCase
    ) -> None:
        case.log(5)
        before = host_json("sync", "--port", case.port)["case"]["records"]
        while case.app.journal.tend():
            pass
        case.app.journal.checkpoint(case.app.clock.time, 0)
        flash = case.directory / FLASH
        image = bytearray(flash.read_bytes())
        for at in range(0, len(image), BLOCK_SIZE):
            mark = unpack_mark(bytes(image[at + MARK_AT : at + MARK_AT + MARK_SIZE]))
            if mark and mark.what == LOG:
                image[at + MARK_AT : at + MARK_AT + MARK_SIZE] = bytes(MARK_SIZE)
        flash.write_bytes(image)
        with ScriptedCase(case.directory, log_id=b"another!") as again:
            lines = host("sync", "--port", again.port).stdout.splitlines()
            after = host_json("status")["cases"][0]["records"]
        new = int(lines[0].split()[0])
        assert (new > 0, after) == (True, before + new)
        assert f"; {after} records in all." in lines[0]
        assert any(line.startswith("The case's log was lost; what had not") for line in lines)
        assert "record lost" not in "".join(lines)

    def test_sync_without_damage_says_nothing_of_it(self, host: Host, case: ScriptedCase) -> None:
        case.log(5)
        assert "flash" not in host("sync", "--port", case.port).stdout


class TestNeverList:
    def roll(self, case: ScriptedCase, how: int = events.BY_BUTTON) -> None:
        case.app._log(events.USE_STARTED, {"how": events.IN_TURN, "digest": 0})
        case.app._log(events.USE_ENDED, {"how": how, "seconds": 200})

    def never(self, host: Host, case: ScriptedCase) -> list[str]:
        """Return the line of the list that a sync shows, if it shows one."""
        lines = said(host, "sync", "--port", case.port)
        return [line.removeprefix("Never").strip() for line in lines if line.startswith("Never")]

    def test_sync_that_brings_a_use_ends_with_another_line_each_time(
        self, host: Host, case: ScriptedCase
    ) -> None:
        said(host, "check", "--none")  # else the first sync names it
        assert self.never(host, case) == []
        for number in range(1, 15):
            self.roll(case)
            assert self.never(host, case) == ([NEVER[(number - 1) % 9]] if number <= 12 else [])
            assert self.never(host, case) == []  # brings no use

    def test_use_that_was_too_short_to_count_is_followed_by_no_line(
        self, host: Host, case: ScriptedCase
    ) -> None:
        said(host, "check", "--none")  # else the first sync names it
        self.roll(case, events.CANCELLED)
        assert self.never(host, case) == []

    def test_json_has_the_line_in_a_field(self, host_json: HostJson, case: ScriptedCase) -> None:
        self.roll(case)
        assert host_json("sync", "--port", case.port)["never"] == NEVER[0]
        assert host_json("sync", "--port", case.port)["never"] is None


class TestNeedleToldLate:
    def test_sync_says_that_uses_from_before_count_as_with_longer_needles_and_what_to_do(
        self, host: Host, synced: ScriptedCase
    ) -> None:
        use(synced, synced.app.clock.time - 700)
        result = host("sync", "--port", synced.port, "--needle", "0.25")
        assert result.returncode == 0
        (hint,) = result.stderr.splitlines()
        assert hint.startswith("Uses from before count as with 0.5 mm needles")
        assert hint.endswith(" sync --needle 0.25 --all-along.")

    def test_sync_says_that_uses_from_before_count_as_with_these_needles(
        self, host: Host, synced: ScriptedCase
    ) -> None:
        use(synced, synced.app.clock.time - 700)
        lines = said(host, "sync", "--port", synced.port, "--needle", "0.25", "--all-along")
        assert "The uses until now count as with 0.25 mm needles, too." in lines
        shown = said(host, "log")
        assert [line for line in shown if "the needle of the last use" in line] == [
            "2026-11-20 20:00  set by the host: the needle of the last use was 0.25 mm"
        ]

    def test_sync_says_nothing_of_earlier_needles_where_there_was_no_use(
        self, host: Host, synced: ScriptedCase
    ) -> None:
        said(host, "sync", "--port", synced.port, "--needle", "0.25")

    def test_needle_that_cannot_have_been_so_all_along_is_said_to_stay(
        self, host: Host, synced: ScriptedCase
    ) -> None:
        assert synced.app.set_policy(TWO_ZONES) == ""
        use(synced, synced.app.clock.time - 700)
        result = host("sync", "--port", synced.port, "--needle", "0.25", "--all-along")
        assert result.returncode == 0
        assert "A use counts as with 0.5 mm needles still" in result.stderr

    def test_all_along_without_a_needle_is_refused(self, host: Host, synced: ScriptedCase) -> None:
        sentence, step = complaint(host("sync", "--port", synced.port, "--all-along"), 2)
        assert sentence == "Say which needle it was all along."
        assert step == "Add --needle MM."
