"""What reads bytes that anybody may have written, and what must hold of it, for `fuzz`."""

import json
from zlib import crc32

from tests.micropython.suite import vectors
from tests.trust.fuzz import Target

from rollcore import blocks, events, frames, messages, policy, slots, snapshot, state
from rollcore.events import Event, RecordError
from rollcore.memory import State
from rollcore.messages import ANSWERS, REQUESTS, MessageError
from rollcore.policy import Policy, PolicyError
from rollhost.history import milestones

RECORDS = tuple(bytes.fromhex(row[-1]) for row in vectors.RECORDS)
RULES = policy.for_needle(250).changed(revision=1)
FOUR = Policy(policy.numbers_of(RULES), ("face", "neck", "chest", "belly"))
LOG_ID = bytes(range(1, 9))
MARK = blocks.pack_mark(blocks.Mark(blocks.LOG, 1, LOG_ID, 0, bytes(range(8))))
LIMIT = messages.MAX_REQUEST

FRAMES = (
    frames.encode(b"1 hello 2 2 rollcase/0.1.0"),
    frames.encode(b"1 status") + frames.encode(b"2 get 1 117"),
    b"\n~2 state 7 3+2592b219\n ~\n* \x9c\x1b\x7f[",
    b"\r\n>>> ~" + b"a" * 600 + b"\n",
)


def find_frames(data: bytes) -> None:
    """Find frames, in whatever pieces the bytes come."""
    for cut in (len(data), 7):
        decoder = frames.Decoder(LIMIT)
        bodies = []
        for at in range(0, len(data), max(cut, 1)):
            bodies += decoder.feed(data[at : at + cut])
            assert len(decoder._partial) <= LIMIT + frames.OVERHEAD + 4, "it keeps too much"
        assert all(len(body) <= LIMIT for body in bodies), "a body is too long"


def mended(data: bytes) -> bytes:
    """Return these bytes as a frame, so that they get behind its checksum."""
    return frames.encode(data.replace(b"~", b"").replace(b"\n", b""))


def find_mended(data: bytes) -> None:
    """Find the frame around any body, between noise."""
    body = data.replace(b"~", b"").replace(b"\n", b"").replace(b"\r", b"")[:LIMIT]
    found = frames.Decoder(LIMIT).feed(b"noise\n" + mended(body) + b"\n")
    assert found == [body], "the frame is not found"


def read_raw(data: bytes) -> None:
    """Read a frame with raw bytes whose line is right and tells of any size."""
    size = int.from_bytes(data[:2], "little")
    head = b"3 state 1 %d+" % size
    line = b"~" + head + b"%08x\n" % crc32(head)
    decoder = frames.Decoder(LIMIT)
    decoder.feed(line + data[2:])
    decoder.forget()
    assert decoder.feed(frames.encode(b"1 status")) == [b"1 status"], "the next is not found"


def read_request(data: bytes) -> None:
    """Read a request; what is read is written as it came."""
    message = messages.decode(data, REQUESTS)
    assert messages.encode(message, REQUESTS) == data, "it is written otherwise"


def read_answer(data: bytes) -> None:
    """Read an answer; what is read is written as it came."""
    message = messages.decode(data, ANSWERS)
    assert messages.encode(message, ANSWERS) == data, "it is written otherwise"


def read_record(data: bytes) -> None:
    """Read a record; what is read is written as it came, and can follow any other."""
    event = events.decode(data)
    assert events.encode(event, 0)[:28] == data[:28], "it is written otherwise"
    known = State()
    for before in (None, *BEFORE):
        if before is not None:
            state.apply(known, before)
        after = state.fold(known, event)
        snapshot.unpack(snapshot.pack(after))
        look(after, event.time)


BEFORE = tuple(events.decode(raw) for raw in RECORDS)


def look(known: State, now: int) -> None:
    """Judge a state under rules with one zone and with four."""
    for rules in (RULES, FOUR):
        standing = state.judge(known, rules, now)
        state.counts(known, standing, now)
        state.zone_of_use(known, rules, standing.rested, -1)
        assert standing.phase in state.ACTIONS, "no phase"


def walk_slots(data: bytes) -> None:
    """Read slots; what is a record has the number of its place."""
    raw = data[: min(len(data) // 32, 12) * 32]
    for chain in (vectors.FIRST_CHAIN, None):
        found, _ = slots.walk(raw, 1, chain)
        for slot in found:
            right = not slot.is_record or events.seq_of(slot.raw) == slot.seq
            assert right, "a record in another's place"


def read_state(data: bytes) -> None:
    """Read a packed state, judge it, and go on from it by every kind of record."""
    known = snapshot.unpack(data)
    look(known, known.time)
    for event in BEFORE:
        after = state.fold(
            known, Event(event.kind, dict(event.data), 0, event.seq, 1, 0, known.time)
        )
        snapshot.unpack(snapshot.pack(after))
        look(after, known.time)


def read_heads(data: bytes) -> None:
    """Read all that a flash block may begin or end with."""
    size = {32: blocks.MARK_SIZE, 224: blocks.OPENING_SIZE, 256: blocks.PAGE_SIZE}
    for length in size:
        raw = data[:length].ljust(length, b"\0")
        for seed in (0, blocks.crc_of(MARK), crc32(LOG_ID)):
            whole = blocks.sealed(raw[:-4], seed)
            for each in (raw, whole):
                if length == blocks.MARK_SIZE:
                    blocks.unpack_mark(each)
                    blocks.unpack_done(each, MARK)
                elif length == blocks.OPENING_SIZE:
                    blocks.unpack_opening(each, MARK)
                else:
                    blocks.unpack_page(each, LOG_ID)
    blocks.corrected(data[:32].ljust(32, b"\0"), 0)


def read_policy(data: bytes) -> None:
    """Read a policy; what is read is written as it came."""
    text = data.decode("utf-8", "replace")
    assert policy.parse(text).text == text, "it is written otherwise"


def read_milestone(data: bytes) -> None:
    """Read a milestone; what is read is written and read again."""
    text = data.decode("utf-8", "replace")
    found = milestones.unpack(8, text)
    if found is not None:
        assert milestones.unpack(8, milestones.pack(found)) == found, "it is written otherwise"


KEPT = (milestones.Kept(1, 1, None, 0), milestones.Kept(3, 9, 12, 77))
MILESTONE = milestones.pack(
    milestones.Milestone(8, State(), 7, 0, 5, (2,), 100, 3, frozenset({4, 9}), KEPT)
)

QUESTIONS = (
    b"1 hello 2 2 rollcase/0.1.0", b"2 status", b"3 get 1 117", b"4 ack 0102030405060708 5",
    b"5 rule " + RULES.text.encode(), b"6 hold 7 5 0", b"7 carried 1 255 1 0 500",
    b"8 corrected 5 7 65 3 0", b"9 newlog 0102030405060708 1", b"10 time 205000000 1 0",
)  # fmt: skip

REPLIES = (
    b"1 case 2 5c1f pico 0.1.0", b"2 status 0102030405060708 1 3 0 1 60 205000000 1 77 all is well",
    b"3 records 1 77 AAAA", b"4 missing 1 5", b"5 error seq the log ends with record 8",
    b"6 state 7 " + messages._base64(snapshot.pack(State()), newline=False),
)  # fmt: skip

ANY: tuple[type[Exception], ...] = ()

TARGETS = (
    Target("frames", find_frames, ANY, FRAMES, (frames,)),
    Target("frames around any body", find_mended, ANY, QUESTIONS, (frames,)),
    Target("frames with raw bytes", read_raw, ANY, (b"\x03\0abc" + bytes(4),), (frames,)),
    Target("requests", read_request, (MessageError,), QUESTIONS, (messages, policy)),
    Target("answers", read_answer, (MessageError,), REPLIES, (messages, policy)),
    Target("records", read_record, (RecordError,), RECORDS, (events, state), 5),
    Target("slots", walk_slots, ANY, (b"".join(RECORDS[:6]), bytes(96)), (slots,), 25),
    Target("states", read_state, (ValueError,), (snapshot.pack(State()),), (snapshot, state)),
    Target("heads of blocks", read_heads, ANY, (MARK, bytes(256)), (blocks, snapshot), 5),
    Target("policies", read_policy, (PolicyError,), (RULES.text.encode(), FOUR.text.encode()),
           (policy,)),
    Target("milestones", read_milestone, ANY, (MILESTONE.encode(),), (milestones, snapshot, json)),
)  # fmt: skip
