"""Frames: found between any bytes, in a stream cut anywhere, within bounds of memory."""

import base64
import errno
import struct
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.micropython.suite import vectors

from rollcore import frames
from rollcore.frames import CRC_SIZE, PACKET, PIECE, Decoder

LIMIT = 64

# What a body may hold: printable ASCII without the mark.
body = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x7D), max_size=LIMIT
).map(str.encode)  # fmt: skip

# Anything at all on a line of its own, marks included, ended so that a frame can follow; without a
# star it cannot be taken for a frame by accident.
garbage = st.binary(max_size=200).map(lambda raw: raw.replace(b"*", b"") + b"\n")

HEAD = b"7 records 1 2"

MOST_RAW = (LIMIT - len(HEAD) - 1) // 4 * 3
"""So many bytes behind this head make a body of the limit."""

# Bytes that are sent as they are; many of them are such as a frame is made of.
raw_bytes = st.lists(
    st.sampled_from([b"~", b"\n", b"\r", b"+", b"*", b"~1 a*", b"\0"])
    | st.binary(min_size=1, max_size=1),
    max_size=MOST_RAW,
).map(lambda parts: b"".join(parts)[:MOST_RAW])  # fmt: skip


def raw_frame(head: bytes, raw: bytes, piece: int = PIECE) -> bytes:
    """Return the frame with these bytes as they are, as the firmware sends it in pieces."""

    def read(at: int, buf: bytearray) -> None:
        buf[:] = raw[at : at + len(buf)]

    pieces = frames.with_bytes(head, len(raw), read, bytearray(piece))
    return b"".join([bytes(part) for part in pieces])


def body_with(head: bytes, raw: bytes) -> bytes:
    """Return the body whose last field is these bytes."""
    return head + b" " + base64.b64encode(raw)


def of_any_size(head: bytes, digits: bytes, raw: bytes) -> bytes:
    """Return a frame with the right checksums that says `digits` of the bytes behind its line."""
    head += b" " + digits + b"+"
    line = b"~" + head + b"%08x\n" % zlib.crc32(head)
    return line + raw + struct.pack("<I", zlib.crc32(raw, zlib.crc32(head)))


class TestRawBytes:
    @pytest.mark.parametrize(("head", "raw", "frame", "inside"), vectors.RAW_FRAMES)
    def test_raw_frame_is_its_golden_bytes(
        self, head: bytes, raw: bytes, frame: bytes, inside: bytes
    ) -> None:
        assert raw_frame(head, raw) == frame
        assert Decoder(LIMIT + 40).feed(frame) == [inside]
        assert Decoder(LIMIT + 40).feed(frames.encode(inside)) == [inside]

    @given(raw_bytes, st.sampled_from([PACKET, 2 * PACKET, PIECE]))
    def test_raw_frame_is_a_line_and_bytes_with_a_checksum_over_both(
        self, raw: bytes, piece: int
    ) -> None:
        frame = raw_frame(HEAD, raw, piece)
        assert frame.lstrip(b"\n") == of_any_size(HEAD, b"%d" % len(raw), raw)
        assert Decoder(LIMIT).feed(frame) == [body_with(HEAD, raw)]

    @given(st.integers(0, 4000), st.sampled_from([PACKET, PIECE]))
    def test_pieces_of_a_raw_frame_are_whole_packets_but_for_its_last_one(
        self, size: int, piece: int
    ) -> None:
        def read(at: int, buf: bytearray) -> None:
            asked.append((at, len(buf)))

        asked: list[tuple[int, int]] = []
        sizes = [len(part) for part in frames.with_bytes(HEAD, size, read, bytearray(piece))]
        assert sizes[0] == PACKET
        assert set(sizes[1:-1]) <= {piece}
        assert sizes[-1] == size % piece + CRC_SIZE
        assert sum(length for _, length in asked) == size
        assert [at for at, _ in asked] == [*range(0, size - size % piece, piece), asked[-1][0]]

    @given(
        st.lists(body | raw_bytes.map(lambda raw: (HEAD, raw)), max_size=5),
        st.lists(st.integers(0, 900), max_size=12),
        st.booleans(),
    )
    def test_text_and_raw_frames_are_found_however_the_stream_is_cut(
        self, sent: list[bytes | tuple[bytes, bytes]], cuts: list[int], ends_in_line: bool
    ) -> None:
        stream, bodies = b"", []
        for frame in sent:
            if isinstance(frame, bytes):
                stream += frames.encode(frame)
                bodies.append(frame)
            else:
                stream += raw_frame(*frame) + b"\n" * ends_in_line
                bodies.append(body_with(*frame))
        assert in_pieces(stream, [min(cut, len(stream)) for cut in cuts]) == bodies

    def test_raw_frame_is_found_byte_by_byte(self) -> None:
        stream = raw_frame(HEAD, b"~\n*+") + frames.encode(b"1 status")
        assert in_pieces(stream, [*range(len(stream))]) == [body_with(HEAD, b"~\n*+"), b"1 status"]

    @given(raw_bytes.filter(bool), raw_bytes, st.data())
    def test_damaged_raw_frame_does_not_take_the_next_with_it(
        self, damaged: bytes, raw: bytes, data: st.DataObject
    ) -> None:
        frame = raw_frame(HEAD, damaged).lstrip(b"\n")
        start = data.draw(st.integers(0, len(frame) - 1))
        end = data.draw(st.integers(start + 1, len(frame)))
        part = frame[start:end]
        spoiled = {
            "lost": b"",
            "doubled": part + part,
            "flipped": bytes(byte ^ 1 << data.draw(st.integers(0, 7)) for byte in part),
            "other": data.draw(st.binary(max_size=2 * len(part)).filter(lambda new: new != part)),
        }[data.draw(st.sampled_from(["lost", "doubled", "flipped", "other"]))]
        stream = frame[:start] + spoiled + frame[end:]
        if frame in stream:  # what was added stands beside a whole frame
            return
        # So much may be taken for bytes of the damaged frame before it is known to be one.
        behind = [raw_frame(HEAD, raw), frames.encode(b"1 status"), b"\n" * len(frame)]
        cut = data.draw(st.integers(0, len(stream)))
        assert in_pieces(stream + b"".join(behind), [cut]) == [body_with(HEAD, raw), b"1 status"]

    def test_every_flipped_bit_of_a_raw_frame_is_noticed(self) -> None:
        frame = raw_frame(HEAD, b"~1 a*\n\0~").lstrip(b"\n")
        for bit in range(8 * len(frame)):
            spoiled = bytearray(frame)
            spoiled[bit // 8] ^= 1 << bit % 8
            stream = bytes(spoiled) + frames.encode(b"1 status") + b"\n" * len(frame)
            assert Decoder(LIMIT).feed(stream) == [b"1 status"], bit

    @pytest.mark.parametrize(
        "digits", [b"", b"-1", b"x", b"1.0", b"0x4", b"+4", b"99999", b"100000", b"9" * 40,
                   b"%d" % (MOST_RAW + 1), b"\xb2"],
    )  # fmt: skip
    def test_size_that_is_too_large_or_no_number_is_not_waited_for(self, digits: bytes) -> None:
        decoder = Decoder(LIMIT)
        assert decoder.feed(of_any_size(HEAD, digits, b"abcd")) == []
        assert kept(decoder) <= CRC_SIZE
        assert decoder.feed(b"\n" + frames.encode(b"1 status")) == [b"1 status"]

    @pytest.mark.parametrize("sign", [b"*", b"-", b" ", b"4"])
    def test_line_without_a_plus_has_no_bytes_behind_it(self, sign: bytes) -> None:
        head = HEAD + b" 4" + sign
        line = b"~" + head + b"%08x\n" % zlib.crc32(head)
        stream = line + b"abcd" + struct.pack("<I", zlib.crc32(b"abcd", zlib.crc32(head)))
        assert Decoder(LIMIT).feed(stream) == []

    def test_body_of_the_limit_is_taken_raw_and_a_longer_one_is_not(self) -> None:
        for size, count in ((MOST_RAW, 1), (MOST_RAW + 1, 0)):
            assert len(Decoder(LIMIT).feed(raw_frame(HEAD, bytes(size)))) == count
            assert len(Decoder(LIMIT).feed(frames.encode(body_with(HEAD, bytes(size))))) == count

    @pytest.mark.parametrize("lie", [1, 3, 5, MOST_RAW])
    def test_size_that_is_a_lie_costs_that_frame_alone(self, lie: int) -> None:
        stream = of_any_size(HEAD, b"%d" % lie, b"abcd")
        decoder = Decoder(LIMIT)
        found = decoder.feed(stream + frames.encode(b"1 status") + b"\n" * MOST_RAW)
        assert found == [b"1 status"]

    @given(st.integers(0, 100))
    def test_question_after_a_raw_frame_that_broke_off_is_answered_at_once(self, left: int) -> None:
        frame = raw_frame(HEAD, bytes(MOST_RAW)).lstrip(b"\n")
        decoder = Decoder(LIMIT)
        assert decoder.feed(frame[: min(left, len(frame) - 1)]) == []
        decoder.forget()
        assert kept(decoder) == 0
        assert decoder.feed(frames.encode(b"1 status")) == [b"1 status"]

    def test_rest_of_a_forgotten_frame_is_no_frame(self) -> None:
        frame = raw_frame(HEAD, b"~1 a*\n~")
        for cut in range(1, len(frame)):
            decoder = Decoder(LIMIT)
            decoder.feed(frame[:cut])
            decoder.forget()
            found = decoder.feed(frame[cut:] + frames.encode(b"1 status"))
            assert found[-1:] == [b"1 status"]
            assert found[:-1] in ([], [body_with(HEAD, b"~1 a*\n~")])  # nothing of it had come

    @pytest.mark.parametrize("broken_at", range(5))
    def test_raw_frame_breaks_off_where_the_flash_cannot_be_read(self, broken_at: int) -> None:
        def read(at: int, buf: bytearray) -> None:
            if at >= broken_at * PACKET:
                raise OSError(errno.EIO)

        size = 4 * PACKET
        pieces = [bytes(part) for part in frames.with_bytes(HEAD, size, read, bytearray(PACKET))]
        assert len(pieces) == 1 + broken_at
        decoder = Decoder(1000)
        assert decoder.feed(b"".join(pieces)) == []
        found = decoder.feed(frames.encode(b"1 status") + b"\n" * size)
        assert found == [b"1 status"]

    @given(
        st.lists(
            st.binary(max_size=80)
            | st.integers(0, 2 * LIMIT).map(lambda size: of_any_size(HEAD, b"%d" % size, b"")[:-4])
            | raw_bytes.map(lambda raw: raw_frame(HEAD, raw))
            | st.integers(0, 2 * LIMIT).map(
                lambda size: of_any_size(b"x" * size + b" ", b"40", b"")[:-4]
            ),
            max_size=20,
        )
    )
    def test_decoder_keeps_at_most_one_frame_also_of_raw_bytes(self, pieces: list[bytes]) -> None:
        decoder = Decoder(LIMIT)
        for piece in pieces:
            decoder.feed(piece)
            assert kept(decoder) <= LIMIT + frames.OVERHEAD


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
