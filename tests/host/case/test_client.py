"""The host's end of the line without a line: which bytes are an answer to the last question."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcore import frames, messages
from rollcore.messages import Message, MessageError
from rollhost.case.client import NOISE_KEPT, Conversation

RULES = "1;revision=0"

Fields = dict[str, object]

QUESTIONS: list[tuple[str, Fields]] = [
    ("hello", {"oldest": 1, "newest": 1, "program": "rollcase/0.1.0"}),
    ("status", {}),
    ("get", {"seq": 1, "count": 9}),
    ("ack", {"log": "0102", "seq": 9}),
    ("clock", {"time": 200_000_000, "force": 0}),
    ("policy", {}),
    ("rule", {"policy": RULES}),
]

ANSWERS: list[tuple[str, Fields]] = [
    ("case", {"version": 1, "device": "5c1f", "board": "pico", "firmware": "0.1.0"}),
    ("records", {"seq": 1, "chain": 7, "raw": bytes(range(64))}),
    ("acked", {"seq": 9}),
    ("clock", {"old": 1, "new": 2}),
    ("policy", {"policy": RULES}),
    ("error", {"code": "range", "words": "there are records from 1 to 9"}),
]


def answer(number: int, verb: str = "policy", fields: Fields | None = None) -> bytes:
    """Return the frame of an answer with this id."""
    message = Message(number, verb, fields or {"policy": RULES})
    return frames.encode(messages.encode(message, messages.ANSWERS))


def raw_frame(body: str) -> bytes:
    """Return a frame with the right checksum around anything."""
    return frames.encode(body.encode())


def heard(conversation: Conversation, data: bytes) -> Message | None:
    """Let the conversation take bytes; return the next answer, None if none has come."""
    conversation.receive(data)
    return conversation.answer()


def number_in(question: bytes) -> int:
    """Return the id of the question in a frame."""
    return messages.number_of(question[1:])


def test_request_is_a_frame_that_a_case_can_read() -> None:
    conversation = Conversation(7)
    for verb, fields in QUESTIONS:
        bodies = frames.Decoder(messages.MAX_REQUEST).feed(conversation.ask(verb, fields))
        assert [messages.decode(body, messages.REQUESTS).verb for body in bodies] == [verb]


def test_every_request_has_its_own_id() -> None:
    conversation = Conversation(7)
    asked = [number_in(conversation.ask("status")) for _ in range(5)]
    assert len(set(asked)) == 5


def test_repeated_request_keeps_its_id() -> None:
    conversation = Conversation(7)
    assert conversation.ask("status") == conversation.ask_again("status")


def test_answers_that_come_at_once_are_taken_one_after_the_other() -> None:
    """A question for the log has several answers."""
    conversation = Conversation(7)
    number = number_in(conversation.ask("get", {"seq": 1, "count": 9}))
    fields: list[Fields] = [{"seq": seq, "chain": 7, "raw": bytes(32)} for seq in (1, 2)]
    data = b"".join(answer(number, "records", each) for each in fields)
    conversation.receive(data)
    taken = [conversation.answer(), conversation.answer()]
    assert [each and each.integer("seq") for each in taken] == [1, 2]
    assert conversation.answer() is None
    conversation.receive(data)
    conversation.ask("status")
    assert conversation.answer() is None


@given(first=st.integers(1, 0x7FFFFFFF))
def test_request_ids_stay_in_the_range_that_a_case_takes(first: int) -> None:
    conversation = Conversation(first)
    for _ in range(3):
        assert 1 <= number_in(conversation.ask("status")) < 1 << 32


@pytest.mark.parametrize(("verb", "fields"), ANSWERS, ids=[verb for verb, _ in ANSWERS])
def test_answer_is_found_however_its_bytes_are_split(verb: str, fields: Fields) -> None:
    for first in range(len(answer(8, verb, fields)) + 1):
        conversation = Conversation(7)
        data = answer(number_in(conversation.ask("policy")), verb, fields)
        found = [heard(conversation, part) for part in (data[:first], data[first:])]
        got = [message for message in found if message is not None]
        assert [(message.verb, message.fields) for message in got] == [(verb, fields)]


def test_answer_is_found_in_single_bytes() -> None:
    conversation = Conversation(7)
    data = answer(number_in(conversation.ask("policy")))
    found = [heard(conversation, data[at : at + 1]) for at in range(len(data))]
    assert found[:-1] == [None] * (len(data) - 1)
    assert found[-1] is not None


def test_answers_with_other_ids_are_ignored() -> None:
    conversation = Conversation(7)
    earlier = number_in(conversation.ask("policy"))
    number = number_in(conversation.ask("policy"))
    for other in (earlier, number + 1, 0, 1 << 31):
        assert heard(conversation, answer(other)) is None
    got = heard(conversation, answer(earlier) + answer(number) + answer(earlier))
    assert got is not None
    assert got.number == number


def test_broken_messages_with_other_ids_are_ignored() -> None:
    conversation = Conversation(7)
    number = number_in(conversation.ask("status"))
    assert heard(conversation, raw_frame(f"{number + 1} nonsense")) is None
    assert heard(conversation, raw_frame("nonsense")) is None
    assert heard(conversation, raw_frame("")) is None
    assert not conversation.heard


@pytest.mark.parametrize(("verb", "fields"), QUESTIONS, ids=[verb for verb, _ in QUESTIONS])
def test_echo_of_the_request_is_no_answer(verb: str, fields: Fields) -> None:
    conversation = Conversation(7)
    question = conversation.ask(verb, fields)
    for echo in (question, question.replace(b"\n", b"\r\n"), b">>> " + question):
        assert heard(conversation, echo) is None
    assert not conversation.heard


@pytest.mark.parametrize(("verb", "fields"), QUESTIONS, ids=[verb for verb, _ in QUESTIONS])
def test_answer_after_an_echo_is_found(verb: str, fields: Fields) -> None:
    conversation = Conversation(7)
    question = conversation.ask(verb, fields)
    got = heard(conversation, question + answer(number_in(question)))
    assert got is not None
    assert got.verb == "policy"


@given(garbage=st.binary(max_size=200))
def test_garbage_before_an_answer_does_not_hide_it(garbage: bytes) -> None:
    conversation = Conversation(7)
    number = number_in(conversation.ask("policy"))
    assert heard(conversation, garbage) is None
    assert heard(conversation, b"\n" + answer(number)) is not None


@given(stream=st.lists(st.binary(max_size=60), max_size=20))
def test_garbage_is_never_an_answer(stream: list[bytes]) -> None:
    conversation = Conversation(7)
    conversation.ask("status")
    assert [heard(conversation, part) for part in stream] == [None] * len(stream)
    assert not conversation.heard


@pytest.mark.parametrize(
    "body",
    [
        "records -1 7 AAAA",
        "records 1 4294967296 AAAA",
        "records 01 7 AAAA",
        "records 1 7 A*AA",
        "records 1 7",
        "records 1 7 AAAA more",
        "case 1  pico 0.1.0",
        "status",
        "whatever 1 2",
        "",
    ],
)
def test_unreadable_answer_is_an_error_and_counts_as_heard(body: str) -> None:
    conversation = Conversation(7)
    number = number_in(conversation.ask("get", {"seq": 1, "count": 1}))
    with pytest.raises(MessageError):
        heard(conversation, raw_frame(f"{number} {body}"))
    assert conversation.heard


def test_correct_answer_after_an_unreadable_one_is_taken() -> None:
    conversation = Conversation(7)
    number = number_in(conversation.ask("policy"))
    with pytest.raises(MessageError):
        heard(conversation, raw_frame(f"{number} whatever"))
    assert heard(conversation, answer(number)) is not None


def test_answers_that_come_together_are_given_one_by_one() -> None:
    conversation = Conversation(7)
    number = number_in(conversation.ask("get", {"seq": 1, "count": 4}))
    parts = [
        answer(number, "records", {"seq": seq, "chain": 0, "raw": bytes(32)}) for seq in (1, 2)
    ]
    conversation.receive(parts[0] + parts[1][:9])
    conversation.receive(parts[1][9:] + raw_frame(f"{number} whatever"))
    for seq in (1, 2):
        got = conversation.answer()
        assert got is not None
        assert got.integer("seq") == seq
    with pytest.raises(MessageError):
        conversation.answer()
    assert conversation.answer() is None


def test_answers_that_nobody_took_are_none_to_the_next_question() -> None:
    conversation = Conversation(7)
    conversation.receive(2 * answer(number_in(conversation.ask("policy"))))
    conversation.ask("status")
    assert conversation.answer() is None


@pytest.mark.parametrize("again", [False, True])
def test_answer_that_broke_off_is_forgotten_with_the_next_question(again: bool) -> None:
    conversation = Conversation(7)
    number = number_in(conversation.ask("get", {"seq": 1, "count": 9}))
    head = b"%d records 1 0" % number
    pieces = frames.with_bytes(head, 3000, lambda at, buf: None, bytearray(64))
    broken = b"".join([bytes(piece) for piece in pieces])[:900]
    assert heard(conversation, broken) is None
    question = conversation.ask_again("status") if again else conversation.ask("status")
    assert heard(conversation, answer(number_in(question))) is not None


def test_error_message_is_an_answer() -> None:
    conversation = Conversation(7)
    number = number_in(conversation.ask("get", {"seq": 99, "count": 1}))
    got = heard(conversation, answer(number, "error", {"code": "range", "words": "a b  c"}))
    assert got is not None
    assert (got.verb, got.word("code"), got.word("words")) == ("error", "range", "a b  c")


def test_first_bytes_that_are_no_answer_are_kept_for_the_error() -> None:
    conversation = Conversation(7)
    conversation.ask("status")
    heard(conversation, b"MicroPython v1.28")
    heard(conversation, b"\r\n>>> ")
    heard(conversation, b"x" * 10_000)
    assert conversation.noise.startswith(b"MicroPython v1.28\r\n>>> xxx")
    assert len(conversation.noise) == NOISE_KEPT


def test_endless_frame_takes_no_memory() -> None:
    conversation = Conversation(7)
    number = number_in(conversation.ask("policy"))
    heard(conversation, b"~")
    tracemalloc.start()
    for _ in range(2_500):
        heard(conversation, b"a" * 4096)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000
    assert heard(conversation, b"\n" + answer(number)) is not None
