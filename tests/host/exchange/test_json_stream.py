"""JSON text read value by value says what the whole text says."""

import json
from collections.abc import Callable

import pytest

from rollhost.exchange.json_stream import JsonStream

DOCUMENTS = [
    "{}",
    "[]",
    " [ ] ",
    '{"a": [], "b": {}}\n',
    '{"a": [1, -2.5e3, "three, [and] {so} on", null, true], "b": {"c": ["\\u00e9\\"", "ü"]}}',
    '[[[]], [[1], []], {"a": {"a": {"a": [12345, 678]}}}]',
    '\r\n{\t"a" : 1 , "b":\n[ 1 ,2 ] }',
    '{"a": 1, "a": [2]}',
]

NO_JSON = [
    "",
    "{",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1}",
    '{"a"}',
    '{"a" 1}',
    '{"a": 1,}',
    '{"a": 1 "b": 2}',
    '{"a": 1]',
    "{1: 2}",
    "{} x",
    "[1]]",
    "[NaN]",
    "[12x]",
    '["cut off',
]


def in_pieces(text: str, length: int) -> Callable[[int], str]:
    """Return what reads a text, so many characters at a time."""
    pieces = iter([text[at : at + length] for at in range(0, len(text), length)])
    return lambda count: next(pieces, "")


def read(text: str, length: int) -> object:
    """Return what a text says, whose objects and lists are gone through one by one."""
    stream = JsonStream(in_pieces(text, length))
    found = _value(stream)
    stream.end()
    return found


def _value(stream: JsonStream) -> object:
    if stream.next() == "{":
        return {name: _value(stream) for name in stream.members()}
    if stream.next() == "[":
        return [_value(stream) for _ in stream.items()]
    return stream.value()


@pytest.mark.parametrize("length", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("text", DOCUMENTS)
def test_stream_says_what_the_whole_text_says(text: str, length: int) -> None:
    assert read(text, length) == json.loads(text)


@pytest.mark.parametrize("length", [1, 3, 100])
@pytest.mark.parametrize("text", DOCUMENTS)
def test_whole_values_are_read_across_pieces(text: str, length: int) -> None:
    stream = JsonStream(in_pieces(text, length))
    assert stream.value() == json.loads(text)
    stream.end()


@pytest.mark.parametrize("length", [1, 3, 100])
@pytest.mark.parametrize("text", NO_JSON)
def test_text_that_is_no_json_is_refused(text: str, length: int) -> None:
    with pytest.raises(ValueError, match=r"missing|follows|name|JSON|Expecting|Unterminated|Extra"):
        read(text, length)


def test_long_list_is_read_without_keeping_what_was_read() -> None:
    asked: list[int] = []

    def more(count: int) -> str:
        asked.append(count)
        return ("[" if len(asked) == 1 else "") + "1," * 1000 if len(asked) < 500 else "1]"

    stream = JsonStream(more)
    assert sum(stream.value() == 1 for _ in stream.items()) == 499 * 1000 + 1
    assert set(asked) == {asked[0]}
