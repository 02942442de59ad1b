"""``host note``: a text is kept as it was, and shown harmlessly."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.complaints import sentence_and_step
from tests.host.scripted_case import ScriptedCase
from tests.host.writing_down import said, written

from rollhost.database.diary import MAX_TEXT

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]


class TestNote:
    def test_note_is_confirmed_and_shown_in_the_log(self, host: Host) -> None:
        assert said(host, "note", "a", "new", "serum") == [
            "Written down: a note, today 20:00: a new serum."
        ]
        assert said(host, "log") == ["2026-11-20 20:00  a note: a new serum"]

    def test_notes_are_shown_in_order_of_time(self, host: Host) -> None:
        for when, text in (("1d", "second"), ("3d", "first"), ("0h", "third")):
            said(host, "note", "--at", when, text)
        assert [line.rpartition(": ")[2] for line in said(host, "log")] == [
            "first", "second", "third",
        ]  # fmt: skip

    def test_note_is_readable_only_by_its_owner(self, host: Host, synced: ScriptedCase) -> None:
        said(host, "note", "a new serum")
        before = len(synced.asked)
        assert host("sync", "--port", synced.port).returncode == 0
        assert not {"hold", "clinic", "reaction", "head"} & set(synced.verbs()[before:])
        assert not [line for line in said(host, "status") if line.startswith("Waiting")]

    def test_text_of_a_note_is_kept_as_it_was_and_shown_as_one_harmless_line(
        self, host: Host, host_json: HostJson
    ) -> None:
        text = "one\ntwo\x1b[2Jthree ÄÖ 肌 '; DROP TABLE diary; --"
        said(host, "note", text)
        assert host_json("log")["diary"][0]["text"] == text
        (line,) = said(host, "log")
        assert "\x1b" not in line
        assert line.endswith("one two [2Jthree ÄÖ 肌 '; DROP TABLE diary; --")

    def test_longest_note_is_kept_completely(self, host: Host, host_json: HostJson) -> None:
        said(host, "note", "x" * MAX_TEXT)
        assert host_json("log")["diary"][0]["text"] == "x" * MAX_TEXT

    def test_note_json_says_what_was_written(self, host_json: HostJson) -> None:
        document = host_json("note", "hello", "--at", "2026-11-19 21:40")
        assert document["entry"] == {
            "kind": "note",
            "at": "2026-11-19T21:40:00+00:00",
            "day": None,
            "zone": None,
            "text": "hello",
            "written": "2026-11-20T20:00:00+00:00",
        }

    def test_note_can_come_from_stdin(self, host_json: HostJson) -> None:
        assert note_from(b"one\r\ntwo \xc3\x84\n").returncode == 0
        assert host_json("log")["diary"][0]["text"] == "one\ntwo Ä"

    def test_longest_note_can_come_from_stdin(self, host_json: HostJson) -> None:
        assert note_from(("肌" * MAX_TEXT + "\n").encode()).returncode == 0
        assert host_json("log")["diary"][0]["text"] == "肌" * MAX_TEXT

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            (b"x" * (10 << 20), "The text has more than 10,000 characters."),
            ("肌".encode() * (10 << 20), "The text has more than 10,000 characters."),
            (b"x" * (MAX_TEXT + 1), "The text has more than 10,000 characters."),
            (b"\xff\xfe\x00", "What came on stdin is no text."),
            (b" \n\t ", "There is nothing to write down."),
            (b"", "There is nothing to write down."),
        ],
        ids=["10 MB", "30 MB", "one too many", "bytes", "blank", "nothing"],
    )
    def test_refused_note_changes_nothing(
        self, host: Host, home: Path, given: bytes, sentence: str
    ) -> None:
        said(host, "note", "what was there")
        before = written(home)
        result = note_from(given)
        assert (result.returncode, result.stdout) == (2, b"")
        assert sentence_and_step(result.stderr.decode())[0] == sentence
        assert written(home) == before


def note_from(given: bytes) -> "subprocess.CompletedProcess[bytes]":
    """Run ``host note -`` with this on its stdin."""
    command = [sys.executable, "-m", "rollhost", "note", "-"]
    return subprocess.run(command, input=given, capture_output=True, timeout=60)
