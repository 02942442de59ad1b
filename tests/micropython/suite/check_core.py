"""`rollcore` computes on MicroPython what it computes on CPython, to the last byte."""

from binascii import crc32

from tests.micropython.suite import vectors
from tests.micropython.suite.expect import equal, raises
from tests.micropython.suite.stories import digests_of_many_policies, fingerprint_of_a_long_life

from rollcore import blocks, events, frames, messages, policy, slots, snapshot, state
from rollcore.blocks import Done, Mark, Opening, Page
from rollcore.events import Event
from rollcore.memory import State
from rollcore.messages import Message, MessageError


def test_records_are_their_golden_bytes() -> None:
    chain = events.first_chain(vectors.LOG_ID)
    equal(chain, vectors.FIRST_CHAIN)
    for seq, row in enumerate(vectors.RECORDS, 1):
        kind, data, zone, boot, uptime, time, golden = row
        event = Event(kind, dict(data), zone, seq, boot, uptime, time)
        raw = events.encode(event, chain)
        equal(raw, bytes.fromhex(golden), kind)
        equal(events.intact(raw, chain), True, kind)
        equal(events.decode(raw), event)
        chain = events.crc_of(raw)
    for kind, data, zone, boot, uptime, time, golden in vectors.NEWER:
        event = Event(kind, dict(data), zone, vectors.NEWER_SEQ, boot, uptime, time)
        equal(events.encode(event, vectors.NEWER_CHAIN), bytes.fromhex(golden), kind)
        equal(events.decode(bytes.fromhex(golden)), event)


def test_largest_numbers_are_their_golden_bytes() -> None:
    kind, data, zone, boot, uptime, time, golden = vectors.LARGEST
    event = Event(kind, dict(data), zone, 0xFFFFFFFF, boot, uptime, time)
    equal(events.encode(event, vectors.LARGEST_CHAIN), bytes.fromhex(golden))
    equal(events.decode(bytes.fromhex(golden)), event)


def test_golden_log_adds_up_to_the_golden_snapshot() -> None:
    now = State()
    for row in vectors.RECORDS:
        now = state.fold(now, events.decode(bytes.fromhex(row[-1])))
    equal(snapshot.pack(now), bytes.fromhex(vectors.SNAPSHOT))
    equal(snapshot.unpack(bytes.fromhex(vectors.SNAPSHOT)), now)


def test_state_of_a_log_before_this_format_is_not_read() -> None:
    raises(ValueError, snapshot.unpack, bytes.fromhex(vectors.OLD_SNAPSHOT))


def test_parts_of_a_block_are_their_golden_bytes() -> None:
    mark = Mark(blocks.LOG, 0x0102, vectors.LOG_ID, 0x03040506, vectors.NONCE)
    opening = Opening(0x0708, 0x090A0B0C, 0x0D0E0F10, vectors.BLOCK_STATE, vectors.FOLLOWS)
    done = Done(0x0708, 0x191A1B1C)
    page = Page(
        0x1D1E, 0x1F202122, 0x23242526, 0x2728292A, 0x2B2C2D2E, 0x2F303132, vectors.BLOCK_STATE
    )
    raw = blocks.pack_mark(mark)
    equal(raw, bytes.fromhex(vectors.MARK))
    equal(blocks.unpack_mark(raw), mark)
    equal(blocks.pack_opening(opening, raw), bytes.fromhex(vectors.OPENING))
    equal(blocks.unpack_opening(bytes.fromhex(vectors.OPENING), raw), opening)
    equal(blocks.pack_done(done, raw), bytes.fromhex(vectors.DONE))
    equal(blocks.unpack_done(bytes.fromhex(vectors.DONE), raw), done)
    equal(blocks.pack_page(page, vectors.LOG_ID), bytes.fromhex(vectors.PAGE))
    equal(blocks.unpack_page(bytes.fromhex(vectors.PAGE), vectors.LOG_ID), page)


def test_flipped_bits_are_flipped_back() -> None:
    mark = bytes.fromhex(vectors.MARK)
    for raw, seed in (
        (mark, 0),
        (bytes.fromhex(vectors.OPENING), blocks.crc_of(mark)),
        (bytes.fromhex(vectors.PAGE), crc32(vectors.LOG_ID)),
    ):
        equal(blocks.corrected(raw, seed), raw)
        for bit in range(8 * len(raw)):
            wrong = bytearray(raw)
            wrong[bit >> 3] ^= 1 << (bit & 7)
            equal(blocks.corrected(bytes(wrong), seed), raw, bit)
            wrong[(bit >> 3) - 1] ^= 1
            of_two = raw if len(raw) <= blocks.MAX_FOR_TWO else None
            equal(blocks.corrected(bytes(wrong), seed), of_two, bit)


def test_slots_are_told_apart_by_what_they_hold() -> None:
    log = [bytearray(bytes.fromhex(row[-1])) for row in vectors.RECORDS]
    log[1][9] ^= 0x12  # two bits
    log[4][12] ^= 0x07
    log[6][12] ^= 0x07  # three bits, and one of the CRC to which the next record is chained
    log[6][30] ^= 0x80
    log[-1][31] = 0xFF
    log[-1][30] = 0xFF
    log.append(bytearray(b"\xff" * 30 + b"\xfe\xfe"))
    found, chain = slots.walk(b"".join(log), 1, vectors.FIRST_CHAIN)
    last = len(vectors.RECORDS)
    expected = [(2, slots.CORRECTED), (5, slots.DAMAGED), (7, slots.DAMAGED)]
    expected += [(last, slots.TORN), (last + 1, slots.SKIPPED)]
    equal([(slot.seq, slot.what) for slot in found if slot.what != slots.WHOLE], expected)
    equal(found[1].raw, bytes.fromhex(vectors.RECORDS[1][-1]))
    equal(chain, events.crc_of(bytes.fromhex(vectors.RECORDS[-2][-1])))


def test_numbers_too_large_for_a_record_are_record_errors() -> None:
    # MicroPython's struct cuts what CPython's refuses, so the check has to come before it.
    for name, bound in (("seq", 1 << 32), ("boot", 1 << 16), ("uptime", 1 << 32), ("zone", 4)):
        for value in (-1, bound):
            event = Event(events.HEAD_NEW, {"uses": 0, "token": 0})
            setattr(event, name, value)
            raises(events.RecordError, events.encode, event, 0)
    for uses, token in ((-1, 0), (1 << 16, 0), (0, -1), (0, 1 << 32)):
        event = Event(events.HEAD_NEW, {"uses": uses, "token": token})
        raises(events.RecordError, events.encode, event, 0)


def test_date_that_no_clock_shows_fits_a_snapshot() -> None:
    for kind, data in (
        (events.CLINIC, {"at": 0xFFFFFFFF, "needle_um": 0xFFFF, "token": 0xFFFFFFFF}),
        (events.REACTION, {"open": 0, "at": 0xFFFFFFFF, "token": 0xFFFFFFFF}),
        (events.HOLD_SET, {"reason": 1, "until": 0xFFFFFFFF, "token": 0xFFFFFFFF}),
        (events.POLICY_SET, {"digest": 0xFFFFFFFF, "needle_um": 0xFFFF, "kept": 0xFF}),
        (events.POLICY_SET, {"digest": 0xFFFFFFFF, "needle_um": 0xFFFF, "kept": 0}),
    ):
        now = state.fold(State(), Event(kind, data, zone=3, seq=1, time=0x7FFFFFFF))
        equal(snapshot.unpack(snapshot.pack(now)), now, kind)


def test_snapshot_holds_case_times_beyond_the_small_integers() -> None:
    for time in (0x3FFFFFFF, 0x40000000, 0x7FFFFFFF):
        now = state.fold(State(), Event(events.SOAK_STARTED, {"purpose": 1}, seq=1, time=time))
        equal(snapshot.unpack(snapshot.pack(now)), now, time)


def test_policies_and_digests_are_the_golden_ones() -> None:
    for needle, text, digest in vectors.POLICIES:
        equal(policy.for_needle(needle).text, text)
        equal(policy.parse(text).digest, digest)


def test_bad_policies_are_policy_errors() -> None:
    text = vectors.POLICIES[1][1]
    for bad in (
        "", "x" * 500000, text[:-1] + "\u0435", text.replace("672", "\u0666\u0667\u0662"),
        text.replace("672", "0672"), text.replace("672", "-672"), text.replace("672", "672.0"),
        text.replace("500", "1500"), text.replace("672", "99999999999999999999"), text + ";",
    ):  # fmt: skip
        raises(policy.PolicyError, policy.parse, bad)


def test_frames_are_their_golden_bytes() -> None:
    for body, frame in vectors.FRAMES:
        equal(frames.encode(body), frame)
        decoder = frames.Decoder(64)
        found = []
        for at in range(len(frame)):
            found += decoder.feed(frame[at : at + 1])
        equal(found, [body])


def raw_frame(head: bytes, raw: bytes, piece: int = frames.PIECE) -> bytes:
    """Return the frame with these bytes as they are."""

    def read(at: int, buf: bytearray) -> None:
        buf[:] = raw[at : at + len(buf)]

    pieces = frames.with_bytes(head, len(raw), read, bytearray(piece))
    return b"".join([bytes(part) for part in pieces])


def test_raw_frames_are_their_golden_bytes() -> None:
    for head, raw, frame, body in vectors.RAW_FRAMES:
        equal(raw_frame(head, raw), frame)
        decoder = frames.Decoder(100)
        found = []
        for at in range(len(frame)):
            found += decoder.feed(frame[at : at + 1])
        equal(found, [body])
        equal(decoder.feed(frames.encode(body)), [body])


def test_raw_frame_of_a_whole_block_is_the_same_in_any_pieces() -> None:
    raw = bytes([at * 7 & 0xFF for at in range(3744)])
    head = b"4294967295 records 1 4294967295"
    frame = raw_frame(head, raw)
    for piece in (64, 128, 4096):
        equal(raw_frame(head, raw, piece), frame, piece)
    (body,) = frames.Decoder(messages.MAX_ANSWER).feed(frame)
    equal(messages.decode(body, messages.ANSWERS).raw("raw"), raw)


def test_next_frame_is_found_after_any_byte_of_a_raw_frame_is_another() -> None:
    frame = raw_frame(b"2 state 7", b"~1 a*\n~\0").lstrip(b"\n")
    behind = frames.encode(b"1 status") + b"\n" * len(frame)
    for at in range(len(frame)):
        for byte in range(256):
            if byte != frame[at]:
                spoiled = frame[:at] + bytes([byte]) + frame[at + 1 :]
                equal(frames.Decoder(64).feed(spoiled + behind), [b"1 status"], (at, byte))


def test_frames_are_found_in_garbage_of_every_byte() -> None:
    decoder = frames.Decoder(64)
    for byte in range(256):
        noise = bytes([byte]) * 100 + b"\n"
        equal(decoder.feed(noise + frames.encode(b"1 status")), [b"1 status"], byte)


def test_messages_are_their_golden_bytes() -> None:
    for verbs, rows in (
        (messages.REQUESTS, vectors.REQUESTS),
        (messages.ANSWERS, vectors.ANSWERS),
    ):
        for number, verb, fields, body in rows:
            message = Message(number, verb, dict(fields))
            equal(messages.encode(message, verbs), body)
            equal(messages.decode(body, verbs), message)


def test_body_that_is_no_request_is_a_message_error() -> None:
    for body in vectors.NOT_REQUESTS:
        raises(MessageError, messages.decode, body, messages.REQUESTS)


def test_body_that_is_no_answer_is_a_message_error() -> None:
    for body in vectors.NOT_ANSWERS:
        raises(MessageError, messages.decode, body, messages.ANSWERS)


def test_field_that_is_no_base64_is_a_message_error() -> None:
    for text in vectors.NOT_BASE64:
        body = b"1 records 1 2 " + text
        raises(MessageError, messages.decode, body, messages.ANSWERS)


def test_word_that_cannot_stand_in_a_frame_is_a_message_error() -> None:
    for word in vectors.NOT_WORDS:
        body = b"1 ack a" + word + b"b 5"
        raises(MessageError, messages.decode, body, messages.REQUESTS)


def test_request_with_any_byte_in_any_place_decodes_or_is_a_message_error() -> None:
    for row in vectors.REQUESTS:
        body = row[-1]
        for at in range(len(body)):
            for byte in range(256):
                changed = body[:at] + bytes([byte]) + body[at + 1 :]
                messages.number_of(changed)
                try:
                    messages.decode(changed, messages.REQUESTS)
                except MessageError:
                    pass


def fingerprint() -> None:
    """Print what `test_micropython.py` compares with CPython's."""
    print(fingerprint_of_a_long_life())


def digests() -> None:
    """Print what `test_micropython.py` compares with CPython's."""
    print(digests_of_many_policies())
