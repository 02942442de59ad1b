"""A decoder of all formats, written from SPEC.md and PROTOCOL.md by somebody who saw no code.

It is slow and plain on purpose: what it decodes as `rollcore` does, the documents say. "Guess"
marks what they left open when it was written.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
import zlib
from dataclasses import dataclass
from functools import cache

FORMAT = 2
U32 = 4294967295

# The kinds: number, name, and the fields in the 12 bytes.
KINDS: dict[int, tuple[str, str]] = {
    1: ("boot", "cause u8, torn u16, corrected u16, lost u16, skipped u16"),
    2: ("clock_set", "old u32, source u8, forced u8, sure u8"),
    3: ("policy_set", "digest u32, needle_um u16, kept u8"),
    4: ("soak_started", "purpose u8"),
    5: ("soak_ended", "purpose u8, how u8"),
    6: ("use_started", "how u8, digest u32"),
    7: ("use_ended", "how u8, seconds u32"),
    8: ("refused", "gesture u8, reason u8, until u32, digest u32"),
    9: ("head_new", "uses u16, token u32"),
    10: ("hold_set", "reason u8, until u32, token u32"),
    11: ("clinic", "at u32, needle_um u16, token u32"),
    12: ("reaction", "open u8, at u32, token u32"),
    13: ("fault", "file u8, error u8, line u16"),
    14: ("battery_low", "millivolts u16"),
    15: ("lid", "what u8"),
    16: ("carried", "what u8, at u32, needle_um u16, origin u32"),
    17: ("corrected", "token u32, field u8, value u32, extra u16"),
    18: ("clock_heard", "heard u32, source u8, why u8"),
    19: ("reaction_opened", "at u32, token u32, red u8"),
    20: ("reaction_closed", "at u32, token u32, opened u32"),
    21: ("clinician_saw", "at u32, token u32, opened u32"),
    22: ("head_out", "reason u8, uses u16, token u32"),
    23: ("override_asked", "until u32, digest u32"),
    24: ("reaction_red", "at u32, token u32, opened u32"),
}
# The least and the greatest number of each field that has no "others".
# hold_set.reason, head_out.reason, fault.file and fault.error take every number.
ALLOWED: dict[str, tuple[int, int]] = {
    "boot.cause": (1, 3),
    "clock_set.source": (1, 2),
    "clock_set.forced": (0, 1),
    "clock_set.sure": (0, 5),
    "soak_started.purpose": (1, 2),
    "soak_ended.purpose": (1, 2),
    "soak_ended.how": (1, 2),
    "use_started.how": (1, 2),
    "use_ended.how": (1, 4),
    "refused.gesture": (1, 3),
    "refused.reason": (1, 9),
    "reaction.open": (0, 1),
    "lid.what": (1, 3),
    "carried.what": (1, 2),
    "clock_heard.source": (1, 2),
    "clock_heard.why": (0, 2),
    "reaction_opened.red": (0, 1),
}

STATE_START = "format u8, flags u8, boot u16, seq u32, time u32"
STATE_REST = (
    "policy_needle_um u16, use_needle_um u16, soaking u8, soaked u8, using u8, zone u8, "
    "elsewhere u8, hold_reason u8, reactions u8, faults u8, head_uses u16, zero u16, uses u32, "
    "digest u32, hold_until u32, last_token u32, token_0 u32, token_1 u32, token_2 u32, "
    "token_3 u32, red_and_seen u8, head_out u8, "
    "red_without_token u8, over u8, heard_ahead i32, clamped u32, clamped_to u32"
)
CODES = {"u8": "B", "u16": "H", "u32": "I", "i32": "i"}


class SpecError(ValueError):
    """Bytes that the specification rules out."""


@dataclass
class Record:
    """One record; `fields` has the numbers of its kind by name."""

    kind: str
    zone: int
    boot: int
    uptime: int
    time: int
    seq: int
    fields: dict[str, int]
    crc: int


@dataclass
class State:
    """What a log adds up to; `numbers` has every single number by name."""

    numbers: dict[str, int]
    moments: list[int]
    loose: list[bool]
    needles: list[int]
    tokens: list[int]


@dataclass
class Mark:
    """The mark of a flash block; `what` is 1 for a block of the log, 2 for a checkpoint."""

    what: int
    generation: int
    log: bytes
    number: int
    nonce: bytes
    crc: int


@dataclass
class Opening:
    """The opening of a block; `numbers` has block, first (seq) and chain."""

    numbers: dict[str, int]
    state: State
    follows: bytes


@dataclass
class Page:
    """A page of a checkpoint; `numbers` has block, serial, seq, crc, time and acked."""

    numbers: dict[str, int]
    state: State


@dataclass
class Slot:
    """One slot. `what`: record, corrected, blank, gone (but for a bit or two), torn or damaged.

    Besides: unreadable (CRC and seq fit, but the SPEC has no such kind or number).
    """

    seq: int
    what: str
    record: Record | None = None


@dataclass
class Block:
    """A block of the log. `opening_is` and `done_is`: right, corrected, blank or damaged."""

    mark: Mark
    mark_corrected: bool
    opening: Opening | None
    opening_is: str
    slots: list[Slot]
    done: dict[str, int] | None
    done_is: str


@dataclass
class Message:
    """The body of a frame, taken apart."""

    id: int
    verb: str
    fields: dict[str, int | str | bytes]


def need(condition: bool, complaint: str) -> None:
    """Return nothing; raise SpecError with the complaint if the condition is false."""
    if not condition:
        raise SpecError(complaint)


def crc(raw: bytes, seed: int = 0) -> int:
    """Return the CRC-32 of the bytes. Guess: a seed is the second value of zlib.crc32."""
    return zlib.crc32(raw, seed)


def stored_crc(raw: bytes) -> int:
    """Return the CRC that stands in the last four bytes."""
    return int.from_bytes(raw[-4:], "little")


def crc_fits(raw: bytes, seed: int = 0) -> bool:
    """Return whether the last four bytes are the CRC of all bytes before them."""
    return stored_crc(raw) == crc(raw[:-4], seed)


def record_crc_fits(raw: bytes, seed: int) -> bool:
    """Return whether the record's CRC fits.

    The seed is the CRC of the record before it, or of the log's id.
    """
    return len(raw) == 32 and crc_fits(raw, seed)


def one_bit_mended(raw: bytes, seed: int) -> bytes | None:
    """Return the bytes with the one bit flipped that makes the CRC right; None if no bit does."""
    for bit in range(len(raw) * 8):
        flipped = with_flipped(raw, bit)
        if crc_fits(flipped, seed):
            return flipped
    return None


def two_bits_mended(raw: bytes, seed: int) -> bytes | None:
    """Return the bytes with the two bits flipped that make the CRC right; None if no two do."""
    change = stored_crc(raw) ^ crc(raw[:-4], seed)
    places = {syndrome: bit for bit, syndrome in enumerate(syndromes(len(raw)))}
    for syndrome, bit in places.items():
        other = places.get(change ^ syndrome)
        if other is not None and other != bit:
            return with_flipped(with_flipped(raw, bit), other)
    return None


def bits_mended(raw: bytes, seed: int) -> bytes | None:
    """Return the bytes with one bit flipped back, or in 32 bytes two; None if more are wrong."""
    right = one_bit_mended(raw, seed)
    return two_bits_mended(raw, seed) if right is None and len(raw) == 32 else right


@cache
def syndromes(size: int) -> list[int]:
    """Return the syndrome of each wrong bit of `size` bytes: it is the same whatever they are."""
    zeros = bytes(size - 4)
    right = zeros + crc(zeros).to_bytes(4, "little")
    wrong = [with_flipped(right, bit) for bit in range(8 * size)]
    return [stored_crc(raw) ^ crc(raw[:-4]) for raw in wrong]


def with_flipped(raw: bytes, bit: int) -> bytes:
    """Return the bytes with one bit flipped."""
    flipped = bytearray(raw)
    flipped[bit // 8] ^= 1 << bit % 8
    return bytes(flipped)


def bits_gone(raw: bytes) -> int:
    """Return how many bits are 0; blank flash has none."""
    return sum(8 - bin(byte).count("1") for byte in raw)


def numbers(raw: bytes, layout: str) -> dict[str, int]:
    """Return the numbers of a layout by name.

    Bytes after the last, and numbers named zero, have to be 0.
    """
    parts = [part.split() for part in layout.split(", ")]
    code = "<" + "".join(CODES[size] for _, size in parts)
    need(not any(raw[struct.calcsize(code) :]), "a byte after the last field is not zero")
    found: dict[str, int] = dict(
        zip((name for name, _ in parts), struct.unpack_from(code, raw), strict=True)
    )
    for name, value in found.items():
        need(value == 0 or not name.startswith("zero"), "a byte that is called zero is not")
    return found


def record(raw: bytes) -> Record:
    """Return the record in 32 bytes. Its CRC is not checked: see record_crc_fits."""
    need(len(raw) == 32, "a record has another size")
    seq, kind, zone, boot, uptime, time = struct.unpack_from("<IBBHII", raw)
    need(kind in KINDS, f"no kind has the number {kind}")
    name, layout = KINDS[kind]
    need(seq >= 1, "seq begins at 1")
    # Guess: kinds that have nothing to do with a zone may still hold 0 to 3.
    need(zone <= 3 or (zone == 255 and name == "carried"), f"zone {zone} in {name}")
    fields = numbers(raw[16:28], layout)
    for field, value in fields.items():
        low, high = ALLOWED.get(f"{name}.{field}", (0, U32))
        need(low <= value <= high, f"{name}.{field} is {value}")
    return Record(name, zone, boot, uptime, time, seq, fields, stored_crc(raw))


def packed_state(raw: bytes) -> State:
    """Return the state in 200 bytes; it has no CRC of its own."""
    need(len(raw) == 200, "a packed state has another size")
    found = numbers(raw[:12], STATE_START) | numbers(raw[136:], STATE_REST)
    moments = list(struct.unpack_from("<26i", raw, 12))
    loose = int.from_bytes(raw[116:120], "little")
    tokens = [found[f"token_{i}"] for i in range(4)]
    need(found["format"] == FORMAT, f"the packed state has format {found['format']}")
    # Guess: what follows is meant by the SPEC, though not said as a rule for a reader.
    need(found["flags"] < 128, "a flag that does not exist")
    need(loose < 1 << 26, "a loose moment that does not exist")
    need(found["clamped"] < 1 << 26, "a clamped moment that does not exist")
    need(bool(found["clamped"]) <= bool(found["clamped_to"]), "clamped moments without their end")
    need(min(moments) >= -1, "a moment before 2020 that is not -1")
    need(found["soaking"] <= 2 and found["soaked"] <= 2, "no such soak")
    need(found["using"] <= 2, "no such use")
    need(found["zone"] <= 3 and found["elsewhere"] <= 4, "no such place")
    still_open = [token for i, token in enumerate(tokens) if token and not found["over"] >> i & 1]
    need(len(still_open) <= found["reactions"], "more open tokens than open reactions")
    need(found["over"] < 16, "a reaction that is over at no place")
    for i, token in enumerate(tokens):
        need(token != 0 or not found["over"] >> i & 1, "a reaction that is over without a token")
    return State(
        found,
        moments,
        [bool(loose >> i & 1) for i in range(26)],
        list(struct.unpack_from("<8H", raw, 120)),
        tokens,
    )


def mark(raw: bytes) -> Mark:
    """Return the mark in 32 bytes."""
    need(len(raw) == 32, "a mark has another size")
    need(raw[:4] == b"RCLG", "a mark begins with RCLG")
    need(crc_fits(raw), "the CRC of the mark does not fit")
    form, what, generation = struct.unpack_from("<BBH", raw, 4)
    need(form == FORMAT, f"the mark has format {form}")
    need(what in (1, 2), f"the mark is of {what}: neither a block of the log nor a checkpoint")
    need(generation >= 1, "generation begins at 1")
    return Mark(
        what,
        generation,
        raw[8:16],
        int.from_bytes(raw[16:20], "little"),
        raw[20:28],
        stored_crc(raw),
    )


def opening(raw: bytes, of: Mark) -> Opening:
    """Return the opening in 224 bytes; its CRC is seeded with the CRC of the block's mark."""
    need(len(raw) == 224, "an opening has another size")
    need(crc_fits(raw, of.crc), "the CRC of the opening does not fit")
    found = numbers(raw[:12], "block u16, zero u16, first u32, chain u32")
    state, follows = packed_state(raw[12:212]), raw[212:220]
    need(found["first"] > state.numbers["seq"], "the state is not from before the first record")
    need(
        found["first"] != 1 or found["chain"] == crc(of.log),
        "the first record is not chained to the log's id",
    )
    need(of.number == 0 or not any(follows), "only the first block of a log follows another log")
    return Opening(found, state, follows)


def done(raw: bytes, of: Mark) -> dict[str, int]:
    """Return block and acknowledged of the 32 bytes of done.

    Their CRC is seeded with the CRC of the mark.
    """
    need(len(raw) == 32, "done has another size")
    need(raw[:4] == b"DONE", "done begins with DONE")
    need(crc_fits(raw, of.crc), "the CRC of done does not fit")
    return numbers(raw[4:28], "block u16, zero u16, acknowledged u32")


def page(raw: bytes, log: bytes, block_number: int) -> Page:
    """Return the page in 256 bytes; its CRC is seeded with the CRC of the log's id (8 bytes)."""
    need(len(raw) == 256, "a page has another size")
    need(raw[:4] == b"RCCP", "a page begins with RCCP")
    need(crc_fits(raw, crc(log)), "the CRC of the page does not fit")
    need(not any(raw[228:252]), "a byte that is called zero is not")
    found = numbers(
        raw[4:28], "block u16, zero u16, serial u32, seq u32, crc u32, time u32, acked u32"
    )
    need(found["block"] == block_number, "the page names another flash block")
    state = packed_state(raw[28:228])
    need(
        found["seq"] == state.numbers["seq"], "the page and its state end with different records"
    )  # Guess
    need(
        found["seq"] != 0 or found["crc"] == crc(log),
        "without a record, the CRC is that of the log's id",
    )
    return Page(found, state)


def policy_file(raw: bytes, digest: int) -> str:
    """Return the text of the policy; `digest` is the one in the file's name."""
    need(5 <= len(raw) <= 404, "a policy has 1 to 400 bytes of text after the CRC")
    text = raw[4:]
    need(int.from_bytes(raw[:4], "little") == crc(text), "the CRC of the policy does not fit")
    need(
        digest == int.from_bytes(hashlib.sha256(text).digest()[:4], "big"),
        "the text has another digest",
    )
    need(all(0x21 <= byte <= 0x7D for byte in text), "a policy goes over the line as one word")
    return text.decode("ascii")


def mended(raw: bytes, seed: int) -> tuple[bytes, bool]:
    """Return the bytes with a CRC that fits, and whether a bit was flipped back for that."""
    if crc_fits(raw, seed):
        return raw, False
    right = bits_mended(raw, seed)
    if right is None:
        raise SpecError("too many bits are wrong")
    return right, True


def readable(raw: bytes) -> Record | None:
    """Return the record, or None if the SPEC rules it out."""
    try:
        return record(raw)
    except SpecError:
        return None


def seq_of(raw: bytes) -> int:
    """Return the seq in the first four bytes of a record."""
    return int.from_bytes(raw[:4], "little")


def slots(areas: list[bytes], first: int, chain: int | None, checkpoint: int) -> list[Slot]:
    """Return what stands in each slot.

    `chain` is None where it is not known what the first record is chained to.
    """
    found = [
        Slot(first + i, ("blank", "gone", "gone", "damaged")[min(bits_gone(raw), 3)])
        for i, raw in enumerate(areas)
    ]
    written = [i for i, slot in enumerate(found) if slot.what == "damaged"]
    # Each CRC that the next record may be chained to, and the place of the record that has it; a
    # proven one first.
    ends: list[tuple[int, int]] = [] if chain is None else [(chain, -1)]
    unfit = -1  # the last slot since the last record that does not fit
    for place, i in enumerate(written):
        raw, slot = areas[i], found[i]
        after = written[place + 1 : place + 2]
        choices = [(raw, at, "record") for seed, at in ends if record_crc_fits(raw, seed)]
        if unfit >= 0 and any(record_crc_fits(raw, seed) for seed in nearly(areas[unfit])):
            choices.append((raw, unfit, "record"))
        for seed, at in ends:
            right = bits_mended(raw, seed)
            if right and seq_of(right) == slot.seq:
                others = [*(other for other, _ in ends), stored_crc(raw)]
                elsewhere = any(
                    is_on(areas[i], found[i].seq, other) for i in after for other in others
                )
                here = any(is_on(areas[i], found[i].seq, stored_crc(right)) for i in after)
                if here or not elsewhere:
                    choices.append((right, at, "corrected"))
        choices = [choice for choice in choices if seq_of(choice[0]) == slot.seq]
        if choices:
            right, at, slot.what = choices[0]
            slot.record = readable(right)
            if slot.record is None:
                slot.what = "unreadable"
            for between in found[at + 1 : i]:  # what a record is chained across was never whole
                between.what = "torn" if between.what == "damaged" else between.what
            ends = [(stored_crc(right), i)]
            unfit = -1
        else:
            unfit = i
            # The next may be chained across this one, to the CRC that stands here, or to the one
            # that should.
            ends += [(stored_crc(raw), i)] + [(crc(raw[:28], seed), i) for seed, _ in ends]
    for i in reversed(written):
        if found[i].what != "damaged":
            break
        if found[i].seq > checkpoint and (chain is not None or i != written[0]):
            found[i].what = "torn"
    return found


def is_on(raw: bytes, seq: int, seed: int) -> bool:
    """Return whether this is record `seq`, chained to `seed`, but for wrong bits."""
    right = raw if record_crc_fits(raw, seed) else bits_mended(raw, seed)
    return right is not None and seq_of(right) == seq


def nearly(raw: bytes) -> list[int]:
    """Return the CRC in a record with up to two bits flipped back."""
    bits = [0, *(1 << bit for bit in range(32))]
    return [stored_crc(raw) ^ first ^ second for first in bits for second in bits]


def block(raw: bytes, block_number: int, checkpoint: int = 0) -> Block:
    """Return the block of the log in 4096 bytes; `checkpoint` is the greatest seq in a checkpoint.

    Raises SpecError for what is no block of the log, and for a copy that some tool has made.
    Bytes 0 to 63 are not looked at (Guess).
    """
    need(len(raw) == 4096, "a flash block has another size")
    mark_raw, flipped = mended(raw[64:96], 0)
    its = mark(mark_raw)
    need(its.what == 1, "this is a checkpoint")
    areas = [raw[place : place + 32] for place in range(320, 4064, 32)]
    whole = Block(its, flipped, None, "damaged", [], None, "damaged")
    first = 117 * its.number + 1
    if bits_gone(raw[96:320]) <= 1:
        whole.opening_is = "blank"
    else:
        try:
            right, flipped = mended(raw[96:320], its.crc)
            whole.opening, whole.opening_is = (
                opening(right, its),
                "corrected" if flipped else "right",
            )
        except SpecError:
            if any(bits_gone(area) > 2 for area in areas):  # else a write that was cut
                whole.slots = slots(areas, first, None, checkpoint)
    if whole.opening:
        names = whole.opening.numbers
        need(names["block"] == block_number, "a copy: the opening names another flash block")
        need(names["first"] == first, "the block begins with another record")
        whole.slots = slots(areas, names["first"], names["chain"], checkpoint)
    try:
        right, flipped = mended(raw[4064:], its.crc)
        note = done(right, its)
        if note["block"] == block_number:
            whole.done, whole.done_is = note, "corrected" if flipped else "right"
    except SpecError:
        if bits_gone(raw[4064:]) <= 1:
            whole.done_is = "blank"
    return whole


# --- The line between case and host

QUESTIONS: dict[str, str] = {
    "hello": "oldest number, newest number, program word",
    "status": "",
    "get": "seq number, count number",
    "ack": "log word, seq number",
    "clock": "time number, force number",
    "policy": "",
    "rule": "policy word",
    "hold": "token number, reason number, until number",
    "clinic": "token number, zone number, at number, needle_um number",
    "reaction": "token number, zone number, open number, at number",
    "head": "token number",
    "time": "time number, sure number, force number",
    "heard": "time number",
    "opened": "token number, zone number, at number, red number",
    "closed": "token number, zone number, at number, opened number",
    "saw": "token number, at number, opened number",
    "red": "token number, at number, opened number",
    "headout": "token number, reason number",
    "carried": "origin number, zone number, what number, at number, needle_um number",
    "corrected": "seq number, token number, field number, value number, extra number",
    "state": "seq number",
    "newlog": "log word, keep number",
}
ANSWERS: dict[str, str] = {
    "case": "version number, device word, board word, firmware word",
    "status": "log word, first number, next number, acked number, boot number, uptime number, "
    "time number, clock_set number, digest number, fault text",
    "records": "seq number, chain number, raw bytes",
    "missing": "seq number, next number",
    "acked": "seq number",
    "clock": "old number, new number",
    "policy": "policy word",
    "told": "token number",
    "state": "seq number, raw bytes",
    "log": "log word",
    "error": "code word, words text",
}
# The answer to each question; any question may be answered by error, too, and get by missing. All
# others: told.
ANSWER_TO = dict.fromkeys(QUESTIONS, "told") | {
    "hello": "case",
    "status": "status",
    "get": "records",
    "ack": "acked",
    "clock": "clock",
    "policy": "policy",
    "rule": "policy",
    "time": "clock",
    "heard": "clock",
    "state": "state",
    "newlog": "log",
}


def frame(line: bytes, at_most: int = 5120) -> bytes:
    """Return the body of the frame in one line.

    `at_most` is 512 bytes for a question, 5120 for an answer.
    """
    need(line.endswith(b"\n"), "a frame ends with a newline")
    line = line[:-1].removesuffix(b"\r")
    need(b"~" in line, "a frame begins with ~")
    inside = line[line.rindex(b"~") + 1 :]
    need(len(inside) >= 9 and inside[-9:-8] == b"*", "the ninth byte from the end is *")
    body = inside[:-9]
    need(len(body) <= at_most, "the body is too long")
    need(all(0x20 <= byte <= 0x7D for byte in body), "a byte that a frame does not hold")
    need(inside[-8:] == b"%08x" % crc(body), "the checksum does not fit")
    return body


def raw_frame(data: bytes, at_most: int = 5120) -> bytes:
    """Return the body that a frame with raw bytes behind its line means."""
    line, _, behind = data.lstrip(b"\n").partition(b"\n")
    need(line.startswith(b"~"), "a frame begins with ~")
    head, digits = line[1:-8], line[-8:]
    need(head.endswith(b"+"), "the ninth byte from the end is +")
    need(digits == b"%08x" % crc(head), "the checksum of the line does not fit")
    verb_and_fields, _, size = head[:-1].rpartition(b" ")
    raw, end = behind[: number(size.decode())], behind[number(size.decode()) :]
    need(len(end) == 4, "the CRC has four bytes")
    need(int.from_bytes(end, "little") == crc(head + raw), "the checksum does not fit")
    body = verb_and_fields + b" " + base64.b64encode(raw)
    need(len(body) <= at_most, "the body is too long")
    return body


def number(text: str, least: int = 0) -> int:
    """Return the number in a field: decimal, no sign, no leading zeros."""
    need(
        text.isascii() and text.isdigit() and len(text) <= 10 and str(int(text)) == text,
        f"no number: {text!r}",
    )
    need(least <= int(text) <= U32, f"out of range: {text}")
    return int(text)


def field(text: str, kind: str) -> int | str | bytes:
    """Return the value of one field of a body."""
    if kind == "number":
        return number(text)
    if kind == "word":
        need(
            1 <= len(text) <= 400 and " " not in text, "a word has 1 to 400 characters and no blank"
        )
    if kind == "bytes":
        try:
            raw = base64.b64decode(text.encode("ascii"), validate=True)
        except binascii.Error:
            raise SpecError("no base64") from None
        need(base64.b64encode(raw).decode("ascii") == text, "base64 with spare bits")  # Guess
        return raw
    return text


def message(body: bytes, verbs: dict[str, str]) -> Message:
    """Return the message in a body; `verbs` is QUESTIONS or ANSWERS."""
    need(all(0x20 <= byte <= 0x7D for byte in body), "a byte that a body does not hold")
    parts = body.decode("ascii").split(" ")
    need(len(parts) >= 2, "a body has an id and a verb")
    verb = parts[1]
    need(verb in verbs, f"no such verb: {verb}")
    layout = [part.split() for part in verbs[verb].split(", ") if part]
    values = parts[2:]
    if layout and layout[-1][1] == "text":  # Guess: a blank stands before an empty text, too
        before = len(layout) - 1
        values = values[:before] + ([" ".join(values[before:])] if len(values) > before else [])
    need(len(values) == len(layout), f"{verb} has {len(layout)} fields")
    return Message(
        number(parts[0], 1),
        verb,
        {name: field(value, kind) for (name, kind), value in zip(layout, values, strict=True)},
    )
