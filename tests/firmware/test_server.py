"""The server: greeting, status, a request asked twice, and what is no request at all."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.firmware.server_line import LOG, QUESTIONS, RULES, Line, effect, grow_log, whole
from tests.firmware.whole_case import NOW, WholeCase, make_foreign

from rollcase.journal import SETTLED_S
from rollcase.server import MAX_WAITING
from rollcore import VERSION, frames, messages, policy, state
from rollcore.messages import ANSWERS, REQUESTS, Message

# Greeting


def test_greeting_says_device_board_and_firmware(line: Line) -> None:
    assert line.ask("hello", oldest=2, newest=2, program="host-0.1.0") == Message(
        1, "case", {"version": 2, "device": "e661a4d1", "board": "pico", "firmware": VERSION}
    )


@pytest.mark.parametrize(("oldest", "newest"), [(0, 2), (2, 2), (2, 3), (1, 2), (0, 4294967295)])
def test_newest_version_that_both_speak_is_chosen(line: Line, oldest: int, newest: int) -> None:
    answer = line.ask("hello", oldest=oldest, newest=newest, program="host-9")
    assert (answer.verb, answer.integer("version")) == ("case", messages.VERSION)


def test_host_that_is_too_old_is_told_to_update(line: Line) -> None:
    code, words = line.error("hello", oldest=0, newest=messages.OLDEST - 1, program="host-0.0.1")
    assert code == messages.BAD_VERSION
    assert f"up to {messages.OLDEST - 1}" in words
    assert f"{messages.OLDEST} to {messages.VERSION}" in words
    assert "update the host program" in words


def test_host_that_is_too_new_is_told_that_the_firmware_is_old(line: Line) -> None:
    newer = messages.VERSION + 1
    code, words = line.error("hello", oldest=newer, newest=newer + 2, program="host-9")
    assert code == messages.BAD_VERSION
    assert f"up to {messages.VERSION}" in words
    assert f"{newer} and up" in words
    assert "firmware" in words


# Status


def test_status_says_where_log_and_clock_stand(line: Line) -> None:
    line.case.wait(100)
    assert line.ask("status").fields == {
        "log": LOG, "first": 1, "next": 2, "acked": 0, "boot": 1, "uptime": 100, "time": 100,
        "clock_set": 0, "digest": policy.for_needle(500).digest, "fault": "",
    }  # fmt: skip


def test_status_follows_clock_policy_and_acknowledgement(line: Line) -> None:
    line.ask("time", sure=1, time=NOW, force=0)
    line.ask("rule", policy=RULES.text)
    line.ask("ack", log=LOG, seq=2)
    line.case.wait(SETTLED_S)
    line.case.switch_on()
    again = Line(line.case).ask("status")
    assert again.fields == {
        "log": LOG, "first": 1, "next": 5, "acked": 2, "boot": 2, "uptime": 0,
        "time": NOW + SETTLED_S,
        "clock_set": 0, "digest": RULES.digest, "fault": "",
    }  # fmt: skip


def test_status_tells_a_fault_for_as_long_as_it_lasts(line: Line) -> None:
    line.case.flash.broken = True
    line.case.press()
    fault = line.ask("status").word("fault")
    assert fault == line.case.app.fault
    assert "the flash did not take" in fault
    line.case.flash.broken = False
    line.case.press()
    assert line.ask("status").word("fault") == ""


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("status", {}),
        ("get", {"seq": 1, "count": 56}),
        ("get", {"seq": 3, "count": 1}),
        ("state", {"seq": 0}),
        ("state", {"seq": 1}),
    ],
)
def test_case_that_cannot_read_its_log_says_so(
    line: Line, verb: str, fields: dict[str, object]
) -> None:
    make_foreign(line.case)
    line.case.switch_on()
    line = Line(line.case)
    code, words = line.error(verb, **fields)
    assert code == messages.BAD_STORAGE
    assert "another version" in words
    assert line.ask("hello", oldest=2, newest=2, program="host-0.1.0").verb == "case"
    assert line.ask("policy").word("policy") == policy.for_needle(500).text
    assert line.error("time", sure=1, time=NOW, force=0)[0] == messages.BAD_STORAGE
    assert line.error("rule", policy=RULES.text)[0] == messages.BAD_STORAGE


# Requests sent twice


def test_requests_asked_twice_are_all_there_are() -> None:
    assert set(QUESTIONS) == set(REQUESTS)


@pytest.mark.parametrize("verb", sorted(QUESTIONS))
def test_request_sent_twice_has_the_effect_of_one(line: Line, verb: str) -> None:
    grow_log(line, 5)
    first = line.ask_all(verb, **QUESTIONS[verb])
    once = effect(line.case)
    second = line.ask_all(verb, **QUESTIONS[verb])
    assert effect(line.case) == once
    assert [answer.verb for answer in second] == [answer.verb for answer in first]
    if verb not in ("clock", "time"):  # which tell what it was just before
        assert [answer.fields for answer in second] == [answer.fields for answer in first]


@pytest.mark.parametrize("verb", ["hello", "status", "get", "policy", "state"])
def test_request_that_reads_changes_nothing(line: Line, verb: str) -> None:
    grow_log(line, 5)
    before = effect(line.case)
    line.ask_all(verb, **QUESTIONS[verb])
    assert effect(line.case) == before


# No requests


def test_server_says_nothing_unasked(line: Line) -> None:
    assert list(line.server.answer()) == []
    assert not line.server.waiting


def test_request_is_found_in_garbage_byte_by_byte(line: Line) -> None:
    stream = b"\xff\x00~12~\r\n\x03garbage" + frames.encode(b"9 status") + b"~more"
    for at in range(len(stream)):
        line.server.receive(stream[at : at + 1])
    (answer,) = line.answers()
    assert (answer.number, answer.verb) == (9, "status")


@pytest.mark.parametrize(
    "body", [b"7 nothing", b"7 get 1", b"7 get -1 5", b"7 ack", b"7 status 1", b"7", b"7 rule "]
)
def test_nonsense_with_an_id_is_answered_with_an_error(line: Line, body: bytes) -> None:
    (answer,) = line.send(frames.encode(body))
    assert (answer.number, answer.verb, answer.word("code")) == (7, "error", messages.BAD_REQUEST)


@pytest.mark.parametrize("body", [b"", b"status", b"0 status", b"-1 status", b"\xff status"])
def test_nonsense_without_an_id_is_not_answered(line: Line, body: bytes) -> None:
    assert line.send(frames.encode(body)) == []
    assert not line.server.waiting


def test_answer_sent_as_a_request_is_an_error(line: Line) -> None:
    (answer,) = line.send(frames.encode(b"7 acked 5"))
    assert answer.verb == "error"


def test_request_that_is_too_long_is_dropped(line: Line) -> None:
    fits = b"7 hello 2 2 " + b"x" * 400
    assert len(line.send(frames.encode(fits))) == 1
    too_long = b"7 rule " + b"x" * messages.MAX_REQUEST
    assert line.send(frames.encode(too_long)) == []
    assert line.ask("status").verb == "status"


@pytest.mark.parametrize(("size", "answers"), [(512, 1), (513, 0)])
def test_longest_question_has_512_bytes(line: Line, size: int, answers: int) -> None:
    body = b"7 status ".ljust(size, b"x")
    assert len(line.send(frames.encode(body))) == answers


def test_request_after_a_megabyte_without_end_is_answered(line: Line) -> None:
    for _ in range(4096):
        line.server.receive(b"~" + b"x" * 255)
    assert line.send(b"\n" + frames.encode(b"9 status"))[0].number == 9


def test_requests_beyond_the_queue_are_dropped_and_can_be_sent_again(line: Line) -> None:
    for number in range(1, MAX_WAITING + 4):
        line.server.receive(frames.encode(b"%d status" % number))
    assert [answer.number for answer in line.answers()] == list(range(1, MAX_WAITING + 1))
    assert line.send(frames.encode(b"99 status"))[0].number == 99


def test_requests_are_answered_in_order_one_at_a_time(line: Line) -> None:
    line.server.receive(frames.encode(b"5 status") + frames.encode(b"4 policy"))
    first = whole(line.server.answer())
    assert first.count(b"\n") == 1
    assert first.startswith(b"~5 status ")
    assert whole(line.server.answer()).startswith(b"~4 policy ")
    assert not line.server.waiting


def test_button_works_while_a_request_waits(line: Line) -> None:
    line.server.receive(frames.encode(b"5 get 1 56"))
    line.case.press()
    assert line.case.phase == state.SOAKING
    assert len(line.answers()[0].raw("raw")) == 2 * 32


word = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7D), min_size=1, max_size=20
)  # fmt: skip
body_of_words = st.lists(
    word | st.integers(0, 1 << 33).map(str) | st.sampled_from([*REQUESTS, LOG, RULES.text]),
    min_size=1, max_size=5,
).map(lambda words: " ".join(["7", *words]).encode())  # fmt: skip
question_like = st.sampled_from(sorted(REQUESTS)).flatmap(
    lambda verb: st.lists(
        (st.integers(0, 5) | st.integers(0, 1 << 32)).map(str) | word, max_size=4
    ).map(lambda fields: " ".join(["7", verb, *fields]).encode())
)


@settings(max_examples=60)
@given(
    st.lists(
        st.binary(max_size=100)
        | body_of_words.map(frames.encode)
        | question_like.map(frames.encode),
        max_size=20,
    )
)
def test_case_goes_on_after_any_bytes_from_the_host(pieces: list[bytes]) -> None:
    with TemporaryDirectory() as directory:
        line = Line(WholeCase(Path(directory)))
        for piece in pieces:
            for answer in line.send(piece):
                assert answer.verb in ANSWERS
            line.case.tick(10, False)
        line.send(b"\n")
        assert line.send(frames.encode(b"9 status"))[0].number == 9
        line.case.press()
        assert line.case.app.fault == ""
        line.case.switch_on()
        assert line.case.log()[-1].name == "boot"
