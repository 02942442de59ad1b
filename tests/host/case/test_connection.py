"""What a person reads when the other end of the line is broken, hostile, or no case at all.

At the other end of a real pseudo-terminal a case answers as a test says; what the test leaves
alone, the firmware's own link answers.
"""

import fcntl
import os
import pty
import select
import socket
import subprocess
import sys
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import serial
from tests.conftest import Host
from tests.firmware.server_line import whole
from tests.host.complaints import complaint, sentence_and_step
from tests.host.scripted_case import DEVICE, HANG_UP, Script, ScriptedCase, answer, honest, only

from rollcore import frames, messages
from rollcore.blocks import SLOTS, first_of, number_of
from rollcore.messages import Message
from rollhost.case import client
from rollhost.case import connection as line_module
from rollhost.case.connection import TRIES, CaseRefused, Line, NoAnswer, plain
from rollhost.case.sync import Outcome, sync
from rollhost.cli.main import main
from rollhost.database.archive import Archive
from rollhost.database.open import open_archive
from rollhost.errors import CaseError, PortError

pytestmark = pytest.mark.in_process

NOW = 250_000_000
"""The host's time, as case time."""

MICROPYTHON = Path(sys.executable).with_name("micropython")

CONFUSED = "has stopped making sense, or answering at all."


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a short while for answers that never come."""
    monkeypatch.setattr(line_module, "ANSWER_S", 0.2)
    monkeypatch.setattr(line_module, "GREETING_S", 0.2)


def fetch(case: ScriptedCase, archive: Archive) -> Outcome:
    """Sync once."""
    with Line(case.port) as line:
        return sync(line, archive, lambda: NOW)


def stored(archive: Archive) -> list[bytes]:
    """Return the records in a database, of all logs."""
    return [row[0] for row in archive._db.execute("SELECT raw FROM records ORDER BY log_id, seq")]


def logged(case: ScriptedCase) -> list[bytes]:
    """Return the records in the case's log."""
    found: list[bytes] = []
    while len(found) < case.app.journal.next - 1:
        _, _, raw = case.app.journal.read(len(found) + 1, 1000)
        found += [raw[at : at + 32] for at in range(0, len(raw), 32)]
    return found


class TestHonest:
    def test_log_of_several_blocks_is_synced_completely(
        self, case: ScriptedCase, archive: Archive
    ) -> None:
        case.log(200)
        assert fetch(case, archive).new == 202  # the boot before them, the clock's setting after
        assert stored(archive) == logged(case)
        assert case.app.journal.acked == len(logged(case))

    def test_record_is_acknowledged_only_after_it_is_committed(
        self, case: ScriptedCase, archive: Archive, home: Path
    ) -> None:
        held_at_ack: list[int] = []

        def script(request: Message, right: bytes) -> bytes:
            if request.verb == "ack":
                with open_archive(home / "rollcase.db") as other:
                    held_at_ack.append(len(stored(other)) - request.integer("seq"))
            return right

        case.script = script
        case.log(100)
        fetch(case, archive)
        assert held_at_ack == [0, 0]


def lose_block(case: ScriptedCase, number: int) -> None:
    """Let the case know no more of a block of its log than that there is none."""
    del case.app.journal._store._blocks[number]


def garble(data: bytes) -> bytes:
    """Return a frame with its checksum broken."""
    frame = data.rstrip(b"\n")
    return frame[:-1] + (b"0" if frame[-1:] != b"0" else b"1") + b"\n"


def senseless(request: Message, right: bytes) -> bytes:
    """Answer with a checksum that fits and a message that does not parse."""
    return frames.encode(b"%d records -5 7 AAAA" % request.number)


WRONG_ONCE: dict[str, tuple[str, Script]] = {
    "a line of garbage": ("get", lambda request, right: b"\xff\x00 ~~ garbage \x1b[2J\r\n" + right),
    "half a frame before": ("get", lambda request, right: right[:30] + right),
    "a frame of 10 MB": ("get", lambda request, right: b"~" + b"a" * 10_000_000 + b"\n" + right),
    "a frame without end": ("get", lambda request, right: b"~" + b"a" * 9000 + right),
    "a wrong checksum": ("get", lambda request, right: garble(right)),
    "a wrong checksum in the greeting": ("hello", lambda request, right: garble(right)),
    "a message that does not parse": ("get", senseless),
    "silence": ("get", lambda request, right: b""),
    "silence at the greeting": ("hello", lambda request, right: b""),
    "the answer twice": ("get", lambda request, right: right + right),
    "an answer to something else": (
        "get",
        lambda request, right: answer(request, "acked", seq=1),
    ),
    "an earlier block": (
        "get",
        lambda request, right: answer(
            request, "records", seq=request.integer("seq") - 1, chain=1, raw=bytes(32)
        ),
    ),
    "a block from beyond the log": (
        "get",
        lambda request, right: answer(request, "records", seq=5_000_000, chain=1, raw=bytes(32)),
    ),
    "more records than asked for": (
        "get",
        lambda request, right: answer(
            request, "records", seq=request.integer("seq"), chain=1, raw=bytes(90 * 32)
        ),
    ),
    "records and a place after them": (
        "get",
        lambda request, right: answer(
            request, "records", seq=request.integer("seq") + 1, chain=1, raw=bytes(32)
        ),
    ),
    "half a record": (
        "get",
        lambda request, right: answer(
            request, "records", seq=request.integer("seq"), chain=1, raw=bytes(40)
        ),
    ),
}


def nth_block(number: int, wrong: Callable[[Message, bytes], bytes]) -> Script:
    """Return a script that once sends something else in place of the block with this number."""
    sent = 0

    def script(request: Message, right: bytes) -> bytes:
        nonlocal sent
        if request.verb != "get":
            return right
        sent += 1
        return wrong(request, right) if sent == number + 1 else right

    return script


def gets(case: ScriptedCase) -> list[int]:
    """Return from which record on the log was asked for, question by question."""
    return [request.integer("seq") for request in case.asked if request.verb == "get"]


SPOILED: dict[str, Callable[[Message, bytes], bytes]] = {
    "lost": lambda request, right: b"",
    "a flipped bit": lambda request, right: right[:900] + bytes([right[900] ^ 4]) + right[901:],
    "a flipped bit in its line": lambda request, right: right.replace(b"records", b"recorda", 1),
    "one byte lost": lambda request, right: right[:700] + right[701:],
    "a packet lost": lambda request, right: right[:640] + right[704:],
    "a packet doubled": lambda request, right: right[:704] + right[640:],
    "broken off": lambda request, right: right[: len(right) // 2],
    "a message that does not parse": senseless,
}


class TestOneQuestionWithManyAnswers:
    def test_one_question_brings_all_blocks(self, case: ScriptedCase) -> None:
        case.log(6 * SLOTS)
        with Line(case.port) as line:
            blocks = list(line.blocks(1, case.app.journal.next))
        assert [seq for seq, _, _ in blocks] == [first_of(number) for number in range(7)]
        assert b"".join(raw for _, _, raw in blocks) == b"".join(logged(case))
        assert gets(case) == [1]

    @pytest.mark.parametrize("number", range(6))
    @pytest.mark.parametrize("what", SPOILED)
    def test_spoiled_block_is_asked_for_anew_and_nothing_is_passed_over(
        self, case: ScriptedCase, archive: Archive, what: str, number: int, impatient: None
    ) -> None:
        case.log(5 * SLOTS + 900 // 32)
        case.script = nth_block(number, SPOILED[what])
        fetch(case, archive)
        assert stored(archive) == logged(case)
        assert archive.quarantined() == 0
        assert gets(case)[:2] == [1, first_of(number)]

    @pytest.mark.parametrize("number", range(3))
    def test_block_that_comes_twice_does_no_harm(
        self, case: ScriptedCase, archive: Archive, number: int, impatient: None
    ) -> None:
        case.log(2 * SLOTS + 9)
        case.script = nth_block(number, lambda request, right: right + right)
        fetch(case, archive)
        assert stored(archive) == logged(case)

    def test_block_that_never_comes_whole_ends_the_sync_and_no_later_one_is_taken(
        self, case: ScriptedCase, archive: Archive, impatient: None
    ) -> None:
        case.log(4 * SLOTS)

        def without_block_1(request: Message, right: bytes) -> bytes:
            is_it = right.lstrip(b"\n").startswith(b"~%d records %d " % (request.number, SLOTS + 1))
            return b"" if is_it else right

        case.script = without_block_1
        with pytest.raises(NoAnswer, match=CONFUSED):
            fetch(case, archive)
        assert gets(case) == [1] + [SLOTS + 1] * (TRIES - 1)
        assert "ack" not in case.verbs()
        case.script = honest
        fetch(case, archive)
        assert stored(archive) == logged(case)

    def test_block_that_the_case_has_lost_is_passed_over(self, case: ScriptedCase) -> None:
        case.log(5 * SLOTS)
        lose_block(case, 1)
        lose_block(case, 2)
        with Line(case.port) as line:
            blocks = list(line.blocks(1, case.app.journal.next))
        assert [number_of(seq) for seq, _, _ in blocks] == [0, 3, 4, 5]
        assert gets(case) == [1]

    def test_block_lost_on_the_line_before_one_that_the_case_has_lost_is_asked_for_anew(
        self, case: ScriptedCase, impatient: None
    ) -> None:
        case.log(5 * SLOTS)
        lose_block(case, 2)
        case.script = nth_block(1, SPOILED["lost"])
        with Line(case.port) as line:
            blocks = list(line.blocks(1, case.app.journal.next))
        assert [number_of(seq) for seq, _, _ in blocks] == [0, 1, 3, 4, 5]

    def test_case_that_has_lost_the_end_of_its_log_ends_the_blocks(
        self, case: ScriptedCase
    ) -> None:
        case.log(2 * SLOTS)
        with Line(case.port) as line:
            blocks = list(line.blocks(SLOTS + 1, case.app.journal.next + 1000))
        assert [number_of(seq) for seq, _, _ in blocks] == [1, 2]

    def test_case_that_answers_in_text_is_understood(self, case: ScriptedCase) -> None:
        """Each block may come as a line of text, and be smaller than a whole one."""
        case.log(2 * SLOTS)

        def in_tens(request: Message, right: bytes) -> bytes:
            if request.verb != "get":
                return right
            first, end = request.integer("seq"), request.integer("seq") + request.integer("count")
            sent = b""
            for seq in range(first, end, 10):
                seq, chain, raw = case.app.journal.read(seq, min(10, end - seq))
                sent += answer(request, "records", seq=seq, chain=chain, raw=raw)
            return sent

        case.script = in_tens
        with Line(case.port) as line:
            blocks = list(line.blocks(1, SLOTS + 1))
        assert b"".join(raw for _, _, raw in blocks) == b"".join(logged(case)[:SLOTS])
        assert gets(case) == [1]

    def test_question_in_the_midst_of_blocks_is_answered_at_once(
        self, case: ScriptedCase, impatient: None
    ) -> None:
        case.log(40 * SLOTS)
        with Line(case.port) as line:
            blocks = line.blocks(1, case.app.journal.next)
            for _ in range(3):
                next(blocks)
                assert line.ask("status").integer("next") == case.app.journal.next
            rest = list(blocks)
        assert number_of(rest[-1][0]) == 40
        assert case.verbs().count("status") == 3  # no answer was waited for in vain

    def test_question_after_a_block_that_broke_off_is_answered_at_once(
        self, case: ScriptedCase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        case.log(2 * SLOTS)
        case.script = nth_block(0, lambda request, right: right[:1000])
        with Line(case.port) as line:
            monkeypatch.setattr(line_module, "ANSWER_S", 0.1)
            monkeypatch.setattr(line_module, "TRIES", 1)
            with pytest.raises(NoAnswer):
                list(line.blocks(1, SLOTS + 1))
            monkeypatch.setattr(line_module, "ANSWER_S", 10)
            assert line.ask("status").integer("next") == case.app.journal.next
        assert case.verbs()[-2:] == ["get", "status"]


class TestOneWrongAnswer:
    @pytest.mark.parametrize("what", WRONG_ONCE)
    def test_wrong_answer_costs_only_a_moment(
        self, case: ScriptedCase, archive: Archive, what: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(line_module, "ANSWER_S", 0.5)
        monkeypatch.setattr(line_module, "GREETING_S", 0.5)
        verb, wrong = WRONG_ONCE[what]
        case.log(80)
        case.script = only(verb, wrong, times=1)
        fetch(case, archive)
        assert stored(archive) == logged(case)
        assert archive.quarantined() == 0

    @pytest.mark.parametrize(
        "what", ["a wrong checksum", "a message that does not parse", "silence"]
    )
    def test_request_is_repeated_under_the_same_id(
        self, case: ScriptedCase, archive: Archive, what: str, impatient: None
    ) -> None:
        case.script = only("status", WRONG_ONCE[what][1], times=1)
        fetch(case, archive)
        asked = [request for request in case.asked if request.verb == "status"]
        assert asked[0] == asked[1]

    def test_records_are_asked_for_anew_under_another_id(
        self, case: ScriptedCase, archive: Archive, impatient: None
    ) -> None:
        """So that what still comes of the answers before is none to this question."""
        case.script = only("get", WRONG_ONCE["a wrong checksum"][1], times=1)
        fetch(case, archive)
        asked = [request for request in case.asked if request.verb == "get"]
        assert asked[0].fields == asked[1].fields
        assert asked[0].number != asked[1].number


class TestWrongForever:
    @pytest.mark.parametrize(
        "what",
        [
            "a wrong checksum",
            "a message that does not parse",
            "silence",
            "an answer to something else",
            "an earlier block",
            "a block from beyond the log",
            "more records than asked for",
            "records and a place after them",
            "half a record",
        ],
    )
    def test_sync_gives_up_after_three_wrong_answers_and_keeps_nothing(
        self, case: ScriptedCase, archive: Archive, what: str, impatient: None
    ) -> None:
        verb, wrong = WRONG_ONCE[what]
        case.script = only(verb, wrong)
        with pytest.raises(CaseError, match=CONFUSED) as caught:
            fetch(case, archive)
        assert "nothing is lost" in caught.value.hint
        assert case.verbs().count(verb) == 3
        assert "ack" not in case.verbs()
        assert stored(archive) == []
        case.script = only(verb, wrong, times=0)
        assert fetch(case, archive).new == 2

    @pytest.mark.parametrize("verb", ["status", "get", "ack", "time", "policy"])
    def test_port_that_closes_during_a_sync_is_reported_as_broken_off(
        self, home: Path, archive: Archive, verb: str
    ) -> None:
        script = only(verb, lambda request, right: HANG_UP)
        with ScriptedCase(home / "flash", script) as case:
            with pytest.raises(CaseError, match="broke off") as caught:
                fetch(case, archive)
            assert caught.value.hint == "Plug the case in and sync again; nothing is lost."
        with ScriptedCase(home / "flash") as case:
            fetch(case, archive)
            assert stored(archive) == logged(case)

    def test_port_that_closes_at_the_greeting_is_reported_as_not_answering(
        self, home: Path
    ) -> None:
        script = only("hello", lambda request, right: HANG_UP)
        with ScriptedCase(home / "flash", script) as case, pytest.raises(PortError) as caught:
            Line(case.port)
        assert caught.value.sentence == f"Nothing answers on {case.port}."

    def test_refusal_with_control_characters_does_not_count_as_refusal(
        self, case: ScriptedCase, impatient: None
    ) -> None:
        def rude(request: Message, right: bytes) -> bytes:
            return frames.encode(b"%d error storage \x1b[31mno\x07" % request.number)

        case.script = only("status", rude)
        with Line(case.port) as line, pytest.raises(CaseError, match="stopped making sense"):
            line.ask("status")

    @pytest.mark.parametrize("code", [messages.BAD_STORAGE, messages.BAD_REQUEST])
    def test_refusal_in_endless_words_is_shown_in_short(
        self, case: ScriptedCase, code: str
    ) -> None:
        case.script = only("status", lambda request, right: answer(
            request, "error", code=code, words="a" * 4000))  # fmt: skip
        with Line(case.port) as line, pytest.raises(CaseRefused) as caught:
            line.ask("status")
        assert "aaa…" in caught.value.sentence
        assert len(caught.value.sentence) < 400

    def test_fault_in_endless_words_is_shown_in_short(self, home: Path, host: Host) -> None:
        def ill(request: Message, right: bytes) -> bytes:
            (body,) = frames.Decoder(messages.MAX_ANSWER).feed(right)
            fields = messages.decode(body, messages.ANSWERS).fields
            return answer(request, "status", **{**fields, "fault": "a" * 4000})

        with ScriptedCase(home / "flash", only("status", ill)) as case:
            result = host("sync", "--port", case.port)
        assert "SOS" in result.stderr
        assert "aaa…" in result.stderr
        assert max(map(len, result.stderr.splitlines())) < 400

    def test_case_that_claims_more_records_than_a_flash_can_hold_is_refused(
        self, home: Path, host: Host
    ) -> None:
        def boast(request: Message, right: bytes) -> bytes:
            (body,) = frames.Decoder(messages.MAX_ANSWER).feed(right)
            fields = messages.decode(body, messages.ANSWERS).fields
            return answer(request, "status", **{**fields, "next": 0xFFFFFFFF})

        with ScriptedCase(home / "flash", only("status", boast)) as case:
            sentence, _ = complaint(host("sync", "--port", case.port))
        assert "4,294,967,294 records" in sentence
        assert "get" not in case.verbs()


def test_every_question_has_an_expected_answer() -> None:
    assert set(client.EXPECTED) == set(messages.REQUESTS)
    assert set(client.EXPECTED.values()) | {"error", "missing"} == set(messages.ANSWERS)


class TestVersions:
    def test_case_that_needs_a_newer_host_is_reported(
        self, case: ScriptedCase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Both sides read these here; what the host says is put right below.
        monkeypatch.setattr(messages, "OLDEST", 5)
        monkeypatch.setattr(messages, "VERSION", 6)
        case.script = only("hello", lambda request, right: _hello(case, request, 1, 1))
        with pytest.raises(CaseRefused) as caught:
            Line(case.port)
        assert caught.value.sentence.startswith("The case says: this case needs a newer host")
        assert "speaks 5 to 6, the host program up to 1" in caught.value.sentence

    def test_firmware_that_is_too_old_is_reported(self, case: ScriptedCase) -> None:
        case.script = only("hello", lambda request, right: _hello(case, request, 5, 6))
        with pytest.raises(CaseRefused) as caught:
            Line(case.port)
        assert caught.value.sentence.startswith("The case says: this case needs newer firmware")
        assert caught.value.sentence.endswith("put the newer firmware on it.")

    def test_host_of_the_version_before_is_told_to_update(self, case: ScriptedCase) -> None:
        case.script = only("hello", lambda request, right: _hello(case, request, 1, 1))
        with pytest.raises(CaseRefused) as caught:
            Line(case.port)
        assert caught.value.code == messages.BAD_VERSION
        assert caught.value.sentence == (
            "The case says: this case needs a newer host program (it speaks 2 to 2, the host"
            " program up to 1): update the host program."
        )

    def test_firmware_of_the_version_before_is_reported_in_its_own_words(
        self, case: ScriptedCase
    ) -> None:
        asked: list[Message] = []

        def as_before(request: Message, right: bytes) -> bytes:
            asked.append(request)
            oldest = request.integer("oldest")
            words = (
                f"this case needs newer firmware (it speaks up to 1, the host program {oldest}"
                " and up): put the newer firmware on it"
            )
            return answer(request, "error", code="version", words=words)

        case.script = only("hello", as_before)
        with pytest.raises(CaseRefused) as caught:
            Line(case.port)
        assert (asked[0].integer("oldest"), asked[0].integer("newest")) == (2, 2)
        assert caught.value.sentence == (
            "The case says: this case needs newer firmware (it speaks up to 1, the host program 2"
            " and up): put the newer firmware on it."
        )

    @pytest.mark.parametrize("version", [0, 1, 3, 4294967295])
    def test_protocol_version_that_was_not_offered_is_refused(
        self, case: ScriptedCase, version: int
    ) -> None:
        def boast(request: Message, right: bytes) -> bytes:
            return answer(
                request, "case", version=version, device=DEVICE, board="pico", firmware="9.0"
            )

        case.script = only("hello", boast)
        with pytest.raises(CaseError, match="a version of the line that this program") as caught:
            Line(case.port)
        assert caught.value.hint == "Update this program."


def _hello(case: ScriptedCase, request: Message, oldest: int, newest: int) -> bytes:
    """Return what the firmware answers to a host that speaks these versions."""
    body = b"%d hello %d %d other/1" % (request.number, oldest, newest)
    case._server.receive(frames.encode(body))
    return whole(case._server.answer())


@contextmanager
def pseudo_terminal() -> Iterator[tuple[int, str]]:
    """Give a pseudo-terminal: the descriptor of one end, the name of the other."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    try:
        yield master, os.ttyname(slave)
    finally:
        os.close(master)
        os.close(slave)


@contextmanager
def passing_on(one: int, other: int, dropped: bytes = b"") -> Iterator[None]:
    """Pass bytes on between two descriptors, but for those `dropped` on the way to `other`."""
    stop_reading, stop = os.pipe()

    def serve() -> None:
        while True:
            ready, _, _ = select.select([one, other, stop_reading], [], [])
            if stop_reading in ready:
                return
            if one in ready:
                os.write(other, os.read(one, 4096).translate(None, dropped))
            if other in ready:
                os.write(one, os.read(other, 4096))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        os.write(stop, b"!")
        thread.join()
        os.close(stop)
        os.close(stop_reading)


def read_until(descriptor: int, sign: bytes) -> bytes:
    """Return what comes in up to `sign`."""
    data = b""
    while not data.endswith(sign):
        data += os.read(descriptor, 4096)
    return data


@contextmanager
def micropython_prompt() -> Iterator[str]:
    """Give the port of something like a board that runs MicroPython and nothing else.

    The prompt of a board takes a carriage return for the end of a line and knows no line feed;
    MicroPython for this computer takes both, so the line feeds are left out on the way.
    """
    with (
        pseudo_terminal() as (outer, port),
        pseudo_terminal() as (inner, terminal),
        Path(terminal).open("rb+", buffering=0) as ends,
        subprocess.Popen(
            [MICROPYTHON], stdin=ends, stdout=ends, stderr=subprocess.DEVNULL
        ) as board,
    ):
        read_until(inner, b">>> ")
        with passing_on(outer, inner, dropped=b"\n"):
            yield port
        board.kill()


@pytest.mark.slow
class TestNoCase:
    @pytest.mark.skipif(
        not MICROPYTHON.exists(),
        reason="there is no MicroPython for this kind of computer",
    )
    def test_board_with_bare_micropython_is_distinguished_from_silence(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(line_module, "GREETING_S", 0.4)
        with micropython_prompt() as port, pytest.raises(PortError) as caught:
            Line(port)
        assert caught.value.sentence == f"The board on {port} runs MicroPython, but not Rollcase."
        assert "put the firmware on it" in caught.value.hint

    @pytest.mark.skipif(
        sys.platform != "linux" or not MICROPYTHON.exists(),
        reason="only Linux shows who has a port open, and not everywhere is there a MicroPython",
    )
    def test_prompt_that_another_program_has_open_is_left_alone(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It asks for no lock, as minicom does."""
        monkeypatch.setattr(line_module, "GREETING_S", 0.4)
        holds = "import sys; port = open(sys.argv[1]); print(flush=True); sys.stdin.read()"
        with (
            micropython_prompt() as port,
            subprocess.Popen(
                [sys.executable, "-c", holds, port], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            ) as other,
        ):
            assert other.stdout
            assert other.stdout.readline() == b"\n"
            with pytest.raises(PortError) as caught:
                Line(port, starts=True)
            other.kill()
        assert caught.value.sentence == f"{port} is in use by another program."

    def test_silent_port_is_reported_as_silent(self, impatient: None) -> None:
        with pseudo_terminal() as (_, port), pytest.raises(PortError) as caught:
            Line(port)
        assert caught.value.sentence == f"Nothing answers on {port}."
        assert "unplug it" in caught.value.hint

    def test_echoing_port_is_no_case(self, impatient: None) -> None:
        with pytest.raises(PortError, match="talks, but not like a case"):
            Line("loop://")

    def test_port_of_another_device_is_no_case(self, home: Path, impatient: None) -> None:
        gps = only("hello", lambda request, right: b"$GPGGA,123519,4807.038,N*47\r\n")
        with ScriptedCase(home / "flash", gps) as case, pytest.raises(PortError) as caught:
            Line(case.port)
        assert caught.value.sentence == f"What is on {case.port} talks, but not like a case."

    def test_port_is_released_when_nothing_answers(self, impatient: None) -> None:
        with pseudo_terminal() as (_, port):
            with pytest.raises(PortError) as first:
                Line(port)
            # The first error is still held, and with it everything that was on the way.
            with pytest.raises(PortError) as second:
                Line(port)
        assert second.value.sentence == first.value.sentence == f"Nothing answers on {port}."

    def test_sync_without_a_case_exits_3_and_creates_no_database(
        self, home: Path, impatient: None, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pseudo_terminal() as (_, port):
            assert main(["sync", "--port", port]) == 3
        said = capsys.readouterr()
        assert said.out == ""
        assert sentence_and_step(said.err)[0] == f"Nothing answers on {port}."
        assert not (home / "rollcase.db").exists()


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """A TCP port of this computer on which nobody has accepted yet."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        yield one


def url_of(server: socket.socket) -> str:
    """Return the URL of a TCP port as `--port` takes it."""
    return f"socket://127.0.0.1:{server.getsockname()[1]}"


class TestNoPort:
    @pytest.mark.parametrize(
        "name",
        ["/dev", __file__, "bogus://somewhere", "socket://127.0.0.1", "socket://127.0.0.1:x"],
    )
    def test_file_that_is_no_port_is_named(self, name: str) -> None:
        with pytest.raises(PortError) as caught:
            Line(name)
        assert caught.value.sentence == f"{name} is not the name of a port."
        assert caught.value.hint == "See what there is: host ports."

    def test_port_name_is_shown_without_control_characters(self) -> None:
        with pytest.raises(PortError) as caught:
            Line("\x1b[2J://")
        assert caught.value.sentence == r"\x1b[2J:// is not the name of a port."

    def test_missing_port_is_reported_as_missing(self) -> None:
        with pytest.raises(PortError, match="There is no port /dev/ttyACM99"):
            Line("/dev/ttyACM99")

    def test_sync_on_a_missing_port_exits_3(self, host: Host) -> None:
        sentence, step = complaint(host("sync", "--port", "/dev/ttyACM99"), 3)
        assert sentence == "There is no port /dev/ttyACM99."
        assert step == "See what there is: host ports."

    def test_port_can_be_named_in_the_environment(self, host: Host) -> None:
        sentence, step = complaint(host("sync", ROLLCASE_PORT="/dev/ttyACM99"), 3)
        assert sentence == "There is no port /dev/ttyACM99."
        assert step == "ROLLCASE_PORT names it. See what there is: host ports."

    def test_port_that_goes_away_while_it_is_opened_is_named(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        master, slave = pty.openpty()
        port = os.ttyname(slave)
        os.close(slave)
        # pyserial calls this once the port is open, and then empties it.
        monkeypatch.setattr(serial.Serial, "_update_dtr_state", lambda self: None)
        monkeypatch.setattr(serial.Serial, "_update_rts_state", lambda self: os.close(master))
        with pytest.raises(PortError) as caught:  # where pyserial raises termios.error
            Line(port)
        assert caught.value.sentence == f"{port} cannot be opened: Input/output error."

    def test_port_locked_by_another_program_is_reported_as_in_use(self) -> None:
        with pseudo_terminal() as (_, port), Path(port).open("rb+", buffering=0) as other:
            fcntl.flock(other, fcntl.LOCK_EX)  # as pyserial does, and so mpremote
            with pytest.raises(PortError) as caught:
                Line(port)
        assert caught.value.sentence == f"{port} is in use by another program."
        assert "mpremote" in caught.value.hint

    def test_two_connections_to_one_case_exclude_each_other(self, case: ScriptedCase) -> None:
        with Line(case.port), pytest.raises(PortError, match="in use by another program"):
            Line(case.port)

    def test_port_without_permission_says_how_to_get_it(self, host_without_rights: Host) -> None:
        with pseudo_terminal() as (_, port):
            Path(port).chmod(0o000)
            sentence, step = complaint(host_without_rights("sync", "--port", port), 3)
        assert sentence == f"You are not allowed to open {port}."
        assert "usermod -aG dialout $USER" in step

    def test_closed_tcp_port_is_reported_as_refusing(self, server: socket.socket) -> None:
        url = url_of(server)
        server.close()
        with pytest.raises(PortError) as caught:
            Line(url)
        assert caught.value.sentence == f"{url} cannot be opened: Connection refused."

    def test_case_behind_a_tcp_port_syncs_like_any_other(
        self, case: ScriptedCase, server: socket.socket, archive: Archive
    ) -> None:
        case.log(100)

        def accept() -> None:
            connection, _ = server.accept()
            port = os.open(case.port, os.O_RDWR | os.O_NOCTTY)
            with connection, passing_on(connection.fileno(), port):
                done.wait()
            os.close(port)

        done = threading.Event()
        thread = threading.Thread(target=accept)
        thread.start()
        with Line(url_of(server)) as line:
            sync(line, archive, lambda: NOW)
            done.set()
            thread.join()
        assert stored(archive) == logged(case)


def refusal(error: str) -> str:
    """Return what pyserial says where Windows does not open COM3, with Windows' own error."""
    return f"could not open port 'COM3': {error}"


def setting(error: str) -> str:
    """Return what pyserial says where Windows opens COM3, and does not take its settings."""
    return f"Cannot configure port, something went wrong. Original message: {error}"


class TestOnWindows:
    """Stands for pyserial on Windows: its errors have no number, only words that end in numbers."""

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            pytest.param(
                refusal("PermissionError(13, 'Access is denied.', None, 5)"),
                "COM3 is in use by another program.",
                id="in use",
            ),
            pytest.param(
                refusal("PermissionError(13, 'Zugriff verweigert', None, 5)"),
                "COM3 is in use by another program.",
                id="in use, in German",
            ),
            pytest.param(
                refusal("PermissionError(13, 'It\\'s used, by (another) process', None, 32)"),
                "COM3 is in use by another program.",
                id="in use by a process",
            ),
            pytest.param(
                refusal(
                    "FileNotFoundError(2, 'The system cannot find the file specified.', None, 2)"
                ),
                "There is no port COM3.",
                id="no port",
            ),
            pytest.param(
                refusal("OSError(22, 'A device which does not exist was specified.', None, 433)"),
                "There is no port COM3.",
                id="gone",
            ),
            pytest.param(
                setting(
                    "PermissionError(13, 'A device attached to the system is not functioning.',"
                    " None, 31)"
                ),
                "There is no port COM3.",
                id="just pulled",
            ),
            pytest.param(
                refusal("OSError(22, 'The semaphore timeout period has expired.', None, 121)"),
                "COM3 cannot be opened: Input/output error.",
                id="hangs",
            ),
            pytest.param(
                refusal(
                    "OSError(22, 'The filename, directory name, or volume label syntax is"
                    " incorrect.', None, 123)"
                ),
                "COM3 is not the name of a port.",
                id="no name",
            ),
            pytest.param(
                refusal("OSError(28, 'Something new')"),
                "COM3 cannot be opened: No space left on device.",
                id="unknown",
            ),
        ],
    )
    def test_words_of_an_error_say_what_is_wrong_with_the_port(
        self, monkeypatch: pytest.MonkeyPatch, words: str, sentence: str
    ) -> None:
        def as_windows_does(port: serial.Serial) -> None:
            raise serial.SerialException(words)

        monkeypatch.setattr(serial.Serial, "open", as_windows_does)
        monkeypatch.setattr(sys, "platform", "win32")
        with pytest.raises(PortError) as caught:
            Line("COM3")
        assert caught.value.sentence == sentence
        assert "ModemManager" not in caught.value.hint


class TestPlain:
    @pytest.mark.parametrize(
        ("said", "shown"),
        [
            ("plain words", "plain words"),
            ("\x1b[31mred", r"\x1b[31mred"),
            ("a\nb\rc\td\0e\x7f", r"a\nb\rc\td\x00e\x7f"),
            ("\u202eright to left", r"\u202eright to left"),
            ("häuslich", "häuslich"),
        ],
    )
    def test_control_characters_are_replaced_in_text(self, said: str, shown: str) -> None:
        assert plain(said) == shown

    def test_text_from_a_case_is_never_printed_raw(
        self, home: Path, host: Host, impatient: None
    ) -> None:
        def bell(request: Message, right: bytes) -> bytes:
            body = b"%d case 1 5c1f\x1b[2J \x1b[31mpico 0.1\x07" % request.number
            return frames.encode(body)

        with ScriptedCase(home / "flash", only("hello", bell)) as case:
            result = host("sync", "--port", case.port)
        assert result.returncode != 0
        for said in (result.stdout, result.stderr):
            assert said.replace("\n", "").isprintable()
