"""Requests and answers: one spelling each, and every other body is refused."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.micropython.suite import vectors

from rollcore import messages
from rollcore.blocks import SLOTS
from rollcore.messages import ANSWERS, BYTES, NUMBER, REQUESTS, TEXT, WORD, Message, MessageError

Verbs = dict[str, tuple[tuple[str, int], ...]]
Row = tuple[int, str, tuple[tuple[str, object], ...], bytes]

ROWS = [
    pytest.param(verbs, row, id=f"{row[1]} {role}{' with an empty end' * row[-1].endswith(b' ')}")
    for role, verbs, rows in (
        ("question", REQUESTS, vectors.REQUESTS),
        ("answer", ANSWERS, vectors.ANSWERS),
    )
    for row in rows
]

printable = st.characters(min_codepoint=0x20, max_codepoint=0x7D)
VALUES: dict[int, st.SearchStrategy[object]] = {
    NUMBER: st.integers(0, 0xFFFFFFFF),
    WORD: st.text(printable.filter(lambda char: char != " "), min_size=1, max_size=400),
    BYTES: st.binary(max_size=200),
    TEXT: st.text(printable, max_size=100),
}


@st.composite
def any_message(draw: st.DrawFn, verbs: Verbs) -> Message:
    """Return a message with one of these verbs and anything in its fields."""
    verb = draw(st.sampled_from(sorted(verbs)))
    fields = {name: draw(VALUES[kind]) for name, kind in verbs[verb]}
    return Message(draw(st.integers(1, 0xFFFFFFFF)), verb, fields)


def test_golden_bytes_cover_every_verb() -> None:
    assert {row[1] for row in vectors.REQUESTS} == set(REQUESTS)
    assert {row[1] for row in vectors.ANSWERS} == set(ANSWERS)


def test_document_has_every_request_and_its_fields() -> None:
    """The table has the fields in their order, each with its kind behind a colon."""
    text = (Path(__file__).resolve().parents[2] / "firmware/PROTOCOL.md").read_text("utf-8")
    table = re.findall(r"^\| `(\w+)` \| (.+) \| `(\w+)` \| (.+) \|$", text, re.MULTILINE)
    assert {(verb, names(fields)) for verb, fields, _, _ in table} == described(REQUESTS)
    assert {(verb, names(fields)) for _, _, verb, fields in table} == described(ANSWERS) - {
        ("error", ("code", "words"))
    }


def names(cell: str) -> tuple[str, ...]:
    """Return the names of the fields in a cell of the document's table."""
    return tuple(re.findall(r"\w+", re.sub(r": \w+", "", cell)))


def described(verbs: Verbs) -> set[tuple[str, tuple[str, ...]]]:
    """Return verbs with the names of their fields."""
    return {(verb, tuple(name for name, _ in fields)) for verb, fields in verbs.items()}


@pytest.mark.parametrize(("verbs", "row"), ROWS)
def test_message_is_its_golden_bytes(verbs: Verbs, row: Row) -> None:
    number, verb, fields, body = row
    message = Message(number, verb, dict(fields))
    assert messages.encode(message, verbs) == body
    assert messages.decode(body, verbs) == message
    assert messages.number_of(body) == number


def test_empty_block_of_records_is_no_bytes() -> None:
    message = Message(3, "records", {"seq": 58, "chain": 0, "raw": b""})
    assert messages.encode(message, ANSWERS) == b"3 records 58 0 "
    assert messages.decode(b"3 records 58 0 ", ANSWERS) == message


@given(any_message(REQUESTS))
def test_decoded_request_equals_the_encoded_one(message: Message) -> None:
    assert messages.decode(messages.encode(message, REQUESTS), REQUESTS) == message


@given(any_message(ANSWERS))
def test_decoded_answer_equals_the_encoded_one(message: Message) -> None:
    assert messages.decode(messages.encode(message, ANSWERS), ANSWERS) == message


@given(any_message(ANSWERS))
def test_message_can_stand_in_a_frame(message: Message) -> None:
    body = messages.encode(message, ANSWERS)
    assert all(0x20 <= byte <= 0x7D for byte in body)


@given(any_message(REQUESTS))
def test_decoded_fields_are_numbers_words_or_bytes(message: Message) -> None:
    again = messages.decode(messages.encode(message, REQUESTS), REQUESTS)
    for name, kind in REQUESTS[again.verb]:
        if kind == NUMBER:
            assert again.integer(name) == message.fields[name]
        else:
            assert again.word(name) == message.fields[name]


def test_decoded_block_of_records_is_bytes() -> None:
    body = next(row[-1] for row in vectors.ANSWERS if row[1] == "records")
    assert messages.decode(body, ANSWERS).raw("raw")[:4] == b"\1\0\0\0"


def test_largest_block_of_records_fits_an_answer() -> None:
    raw = bytes(32) * SLOTS
    answer = Message(0xFFFFFFFF, "records", {"seq": 0xFFFFFFFF, "chain": 0xFFFFFFFF, "raw": raw})
    assert len(messages.encode(answer, ANSWERS)) <= messages.MAX_ANSWER


@pytest.mark.parametrize("size", [1, 400])
def test_word_has_up_to_400_characters(size: int) -> None:
    body = b"7 rule " + b"x" * size
    message = messages.decode(body, REQUESTS)
    assert message.word("policy") == "x" * size
    assert messages.encode(message, REQUESTS) == body


# What is no message


@pytest.mark.parametrize("body", vectors.NOT_REQUESTS)
def test_body_that_is_no_request_is_a_message_error(body: bytes) -> None:
    with pytest.raises(MessageError):
        messages.decode(body, REQUESTS)


@pytest.mark.parametrize("body", vectors.NOT_ANSWERS)
def test_body_that_is_no_answer_is_a_message_error(body: bytes) -> None:
    with pytest.raises(MessageError):
        messages.decode(body, ANSWERS)


@pytest.mark.parametrize("text", vectors.NOT_BASE64)
def test_field_that_is_no_base64_is_a_message_error(text: bytes) -> None:
    with pytest.raises(MessageError):
        messages.decode(b"1 records 1 2 " + text, ANSWERS)


@pytest.mark.parametrize("word", vectors.NOT_WORDS)
def test_word_that_cannot_stand_in_a_frame_is_a_message_error(word: bytes) -> None:
    with pytest.raises(MessageError):
        messages.decode(b"1 ack a" + word + b"b 5", REQUESTS)
    with pytest.raises(MessageError):
        messages.decode(b"1 error range a" + word + b"b", ANSWERS)


@given(st.binary(max_size=200))
@example(b"1 records 1 2 \xff")
def test_any_bytes_decode_or_raise_a_message_error(body: bytes) -> None:
    messages.number_of(body)
    for verbs in (REQUESTS, ANSWERS):
        try:
            message = messages.decode(body, verbs)
        except MessageError:
            continue
        assert messages.encode(message, verbs) == body


FIELDS = st.one_of(
    st.integers(-5, 1 << 33).map(str),
    st.text(st.characters(max_codepoint=0x17F), max_size=10),
    st.sampled_from(["", " ", "-1", "+1", "01", "\u0663", "AAAA", "A", "\x03"]),
)


@given(st.sampled_from(sorted({*REQUESTS, *ANSWERS})), st.lists(FIELDS, max_size=6))
def test_any_fields_decode_or_raise_a_message_error(verb: str, fields: list[str]) -> None:
    body = " ".join(["7", verb, *fields]).encode()
    for verbs in (REQUESTS, ANSWERS):
        try:
            message = messages.decode(body, verbs)
        except MessageError:
            continue
        assert messages.encode(message, verbs) == body


@pytest.mark.parametrize(("verbs", "row"), ROWS)
def test_message_with_too_few_or_too_many_fields_is_a_message_error(verbs: Verbs, row: Row) -> None:
    body = row[-1]
    if row[2] and verbs[row[1]][-1][1] != TEXT:
        with pytest.raises(MessageError, match=r"fields, not|must have"):
            messages.decode(body.rsplit(b" ", 1)[0], verbs)
    if not row[2] or verbs[row[1]][-1][1] != TEXT:
        with pytest.raises(MessageError, match="fields, not"):
            messages.decode(body + b" 1", verbs)


def test_error_says_which_field_and_what_it_may_be() -> None:
    with pytest.raises(MessageError, match="get: seq must be a number from 0 to 4294967295"):
        messages.decode(b"1 get -1 2", REQUESTS)


@given(st.integers(1, 0xFFFFFFFF), st.binary(max_size=20))
def test_id_of_a_body_that_is_no_message_is_found(number: int, rest: bytes) -> None:
    assert messages.number_of(str(number).encode() + b" " + rest) == number


@pytest.mark.parametrize(
    "body", [b"", b" ", b"x", b"-1 status", b"01 status", b"\xff status", b"4294967296 a", b" 1 a"]
)
def test_body_without_an_id_has_none(body: bytes) -> None:
    assert messages.number_of(body) == 0


# What may not be sent


@pytest.mark.parametrize(
    "char", ["\0", "\x03", "\n", "\r", "\x1b", "~", "\x7f", "\u00e9", "\u2028"]
)
def test_character_that_cannot_stand_in_a_frame_is_not_sent(char: str) -> None:
    with pytest.raises(MessageError, match="words"):
        messages.encode(Message(1, "error", {"code": "range", "words": f"a{char}b"}), ANSWERS)
    fields: dict[str, object] = {"oldest": 1, "newest": 1, "program": char}
    with pytest.raises(MessageError, match="program"):
        messages.encode(Message(1, "hello", fields), REQUESTS)


@pytest.mark.parametrize(
    "word", ["", "two words", " ", "x" * 401], ids=["empty", "two", "blank", "too long"]
)
def test_word_that_would_not_decode_to_itself_is_not_sent(word: str) -> None:
    fields: dict[str, object] = {"oldest": 1, "newest": 1, "program": word}
    with pytest.raises(MessageError, match="program"):
        messages.encode(Message(1, "hello", fields), REQUESTS)
