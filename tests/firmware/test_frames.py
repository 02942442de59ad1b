"""Frames: found between any bytes, in a stream cut anywhere, within bounds of memory."""

import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.micropython.suite import vectors

from rollcore import frames
from rollcore.frames import Decoder

LIMIT = 64

# What a body may hold: printable ASCII without the mark.
body = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x7D), max_size=LIMIT
).map(str.encode)  # fmt: skip

# Anything at all on a line of its own, marks included, ended so that a frame can follow; without a
# star it cannot be taken for a frame by accident.
garbage = st.binary(max_size=200).map(lambda raw: raw.replace(b"*", b"") + b"\n")


def in_pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    """Return what a decoder finds in the stream cut at these places."""
    decoder = Decoder(LIMIT)
    found = []
    edges = [0, *sorted(cuts), len(stream)]
    for start, end in pairwise(edges):
        found += decoder.feed(stream[start:end])
    return found


@pytest.mark.parametrize(("inside", "frame"), vectors.FRAMES)
def test_frame_is_its_golden_bytes(inside: bytes, frame: bytes) -> None:
    assert frames.encode(inside) == frame
    assert Decoder(LIMIT).feed(frame) == [inside]


@given(body)
def test_frame_is_a_line_with_a_mark_and_a_checksum(inside: bytes) -> None:
    frame = frames.encode(inside)
    assert frame == b"~" + inside + b"*" + f"{zlib.crc32(inside):08x}".encode() + b"\n"
    assert len(frame) == len(inside) + frames.OVERHEAD
    assert Decoder(LIMIT).feed(frame) == [inside]


@given(body)
def test_frame_has_no_control_character_but_its_end(inside: bytes) -> None:
    assert all(0x20 <= byte <= 0x7E for byte in frames.encode(inside)[:-1])


@given(st.lists(body, max_size=5), st.lists(st.integers(0, 400), max_size=8))
def test_frames_are_found_however_the_stream_is_cut(bodies: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(frames.encode(inside) for inside in bodies)
    assert in_pieces(stream, [min(cut, len(stream)) for cut in cuts]) == bodies


def test_two_frames_are_found_when_cut_at_any_two_bytes() -> None:
    bodies = [b"1 status", b"2 get 1 56"]
    stream = b"".join(frames.encode(inside) for inside in bodies)
    for first in range(len(stream) + 1):
        for second in range(first, len(stream) + 1):
            assert in_pieces(stream, [first, second]) == bodies


def test_frame_is_found_byte_by_byte() -> None:
    stream = frames.encode(b"1 status")
    assert in_pieces(stream, list(range(len(stream)))) == [b"1 status"]


@given(st.lists(st.tuples(garbage, body), max_size=4), st.lists(st.integers(0, 900), max_size=8))
def test_frames_survive_any_garbage_between_them(
    parts: list[tuple[bytes, bytes]], cuts: list[int]
) -> None:
    stream = b"".join(noise + frames.encode(inside) for noise, inside in parts)
    found = in_pieces(stream, [min(cut, len(stream)) for cut in cuts])
    assert found == [inside for _, inside in parts]


@given(st.binary(max_size=100), body)
def test_frame_survives_garbage_on_its_own_line(noise: bytes, inside: bytes) -> None:
    stream = noise.replace(b"\n", b"") + frames.encode(inside)
    assert Decoder(LIMIT).feed(stream) == [inside]


@given(body, body, st.integers(0, LIMIT + frames.OVERHEAD))
def test_frame_cut_short_does_not_take_the_next_with_it(
    torn: bytes, inside: bytes, kept: int
) -> None:
    stream = frames.encode(torn)[:-1][:kept] + frames.encode(inside)
    assert Decoder(LIMIT).feed(stream) == [inside]


@given(body, st.data())
def test_one_changed_byte_is_noticed(inside: bytes, data: st.DataObject) -> None:
    frame = bytearray(frames.encode(inside))
    place = data.draw(st.integers(1, len(frame) - 2))
    frame[place] = data.draw(
        st.integers(0x20, 0x7D).filter(lambda byte: byte != frame[place])
    )  # fmt: skip
    assert Decoder(LIMIT).feed(bytes(frame)) == []


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_decoder_takes_any_bytes(noise: bytes, cuts: list[int]) -> None:
    for inside in in_pieces(noise, [min(cut, len(noise)) for cut in cuts]):
        assert frames.encode(inside)[:-1] in noise


def test_carriage_return_from_a_terminal_does_no_harm() -> None:
    assert Decoder(LIMIT).feed(b"\r\n~1 status*" + b"%08x\r\n" % zlib.crc32(b"1 status")) == [
        b"1 status"
    ]


@pytest.mark.parametrize(
    "line",
    [
        b"~1 status\n",
        b"~1 status*\n",
        b"~1 status*00000000\n",
        b"~1 status*" + (b"%08X" % zlib.crc32(b"1 status")) + b"\n",
        b"~1 status " + (b"%08x" % zlib.crc32(b"1 status")) + b"\n",
        b"1 status*" + (b"%08x" % zlib.crc32(b"1 status")) + b"\n",
        b"~1 status*" + (b"%08x" % zlib.crc32(b"1 status")) + b" \n",
        b"~00000000\n",
        b"~\n",
        b"\n",
    ],
    ids=["no checksum", "empty checksum", "wrong checksum", "large digits", "no star", "no mark",
         "blank at the end", "no star at all", "only a mark", "empty"],
)  # fmt: skip
def test_line_that_is_no_frame_is_dropped(line: bytes) -> None:
    decoder = Decoder(LIMIT)
    assert decoder.feed(line) == []
    assert decoder.feed(frames.encode(b"1 status")) == [b"1 status"]


def test_body_of_the_limit_is_taken_and_a_longer_one_is_not() -> None:
    for ending in (b"\n", b"\r\n"):
        for step in (1, 7, 1000):
            decoder = Decoder(LIMIT)
            found = []
            for size in (LIMIT, LIMIT + 1, LIMIT - 1):
                stream = frames.encode(b"x" * size)[:-1] + ending
                for at in range(0, len(stream), step):
                    found += decoder.feed(stream[at : at + step])
            assert [len(inside) for inside in found] == [LIMIT, LIMIT - 1]


@pytest.mark.parametrize("filler", [b"x", b"~", b"*", b"~x", b"\0"])
def test_frame_of_ten_megabytes_is_dropped_and_never_kept(filler: bytes) -> None:
    decoder = Decoder(LIMIT)
    piece = filler * (256 // len(filler))
    assert decoder.feed(b"~") == []
    for _ in range(10 * 1024 * 1024 // len(piece)):
        assert decoder.feed(piece) == []
        assert kept(decoder) <= LIMIT + frames.OVERHEAD
    assert decoder.feed(b"*12345678\n") == []
    assert decoder.feed(frames.encode(b"1 status")) == [b"1 status"]


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_decoder_keeps_at_most_one_frame(pieces: list[bytes]) -> None:
    decoder = Decoder(LIMIT)
    for piece in pieces:
        decoder.feed(piece)
        assert kept(decoder) <= LIMIT + frames.OVERHEAD


def kept(decoder: Decoder) -> int:
    """Return how many bytes the decoder keeps in all of its fields."""
    held = vars(decoder).values()
    return sum(len(value) for value in held if isinstance(value, (bytes, bytearray, list)))


@given(st.lists(body, max_size=4), st.lists(st.sampled_from([b"~x\n", b"~~\n"]), max_size=4))
def test_broken_frame_fed_byte_by_byte_is_no_body(bodies: list[bytes], broken: list[bytes]) -> None:
    decoder = Decoder(LIMIT)
    stream = b"".join([*broken, *(frames.encode(inside) for inside in bodies)])
    found = []
    for at in range(len(stream)):
        found += decoder.feed(stream[at : at + 1])
    assert found == bodies
