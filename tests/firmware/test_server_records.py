"""The server: records are fetched and acknowledged."""

from itertools import pairwise

import pytest
from tests.firmware.server_line import LOG, Line, grow_log, whole
from tests.firmware.whole_case import DAY, LOG_ID

from rollcase.journal import SETTLED_S
from rollcore import events, frames, messages
from rollcore.blocks import BLOCK_SIZE, OPENING_AT, OPENING_SIZE, SLOTS, first_of
from rollcore.messages import Message

# Records


def read_records(answers: list[Message]) -> bytes:
    """Return the bytes of the slots in several answers, which follow one another."""
    raw = b""
    for before, after in pairwise(answers):
        size = len(before.raw("raw")) // 32
        assert after.integer("seq") == before.integer("seq") + size
    for answer in answers:
        raw += answer.raw("raw")
    return raw


def lose_block(line: Line, number: int) -> None:
    """Let the flash lose a block of the log, and start the case."""
    line.case.flash.replace(line.case.ground.block_of(first_of(number)), 0, bytes(BLOCK_SIZE))
    line.case.switch_on()


def test_records_come_raw_with_the_crc_before_them(line: Line) -> None:
    grow_log(line, 10)
    answer = line.ask("get", seq=1, count=10)
    assert (answer.integer("seq"), answer.integer("chain")) == (1, events.first_chain(LOG_ID))
    raw = answer.raw("raw")
    assert len(raw) == 10 * 32
    part = line.ask("get", seq=4, count=3)
    assert part.integer("seq") == 4
    assert part.integer("chain") == events.crc_of(raw[2 * 32 : 3 * 32])
    assert part.raw("raw") == raw[3 * 32 : 6 * 32]


def test_one_question_brings_the_whole_log_block_by_block(line: Line) -> None:
    grow_log(line, 3 * SLOTS + 5)
    answers = line.ask_all("get", seq=1, count=3 * SLOTS + 5)
    assert [len(answer.raw("raw")) // 32 for answer in answers] == [SLOTS, SLOTS, SLOTS, 5]
    raw = read_records(answers)
    chain = events.first_chain(LOG_ID)
    chains = {answer.integer("seq"): answer.integer("chain") for answer in answers}
    for seq in range(1, 3 * SLOTS + 6):
        record = raw[32 * (seq - 1) : 32 * seq]
        assert chains.get(seq, chain) == chain
        assert events.intact(record, chain)
        assert events.seq_of(record) == seq
        chain = events.crc_of(record)


@pytest.mark.parametrize("damaged", [1, 2])
def test_chain_behind_a_damaged_opening_comes_from_the_block_before(
    line: Line, damaged: int
) -> None:
    grow_log(line, 3 * SLOTS + 5)
    first = first_of(damaged)
    before = line.ask("get", seq=first - 1, count=1).raw("raw")
    block = line.case.ground.block_of(first)
    line.case.flash.replace(block, OPENING_AT, bytes(OPENING_SIZE))
    assert line.ask("get", seq=first, count=1).integer("chain") == events.crc_of(before)


@pytest.mark.parametrize(
    ("seq", "count"),
    [(1, SLOTS), (1, SLOTS + 1), (SLOTS, 1), (SLOTS, 2), (5, 2 * SLOTS), (2 * SLOTS + 1, 5)],
)
def test_answers_end_once_so_many_slots_have_come(line: Line, seq: int, count: int) -> None:
    grow_log(line, 2 * SLOTS + 5)
    raw = read_records(line.ask_all("get", seq=seq, count=count))
    assert [events.seq_of(raw[at : at + 32]) for at in range(0, len(raw), 32)] == [
        *range(seq, seq + count)
    ]


def test_answers_to_a_question_beyond_the_log_end_with_an_empty_one(line: Line) -> None:
    grow_log(line, SLOTS + 5)
    answers = line.ask_all("get", seq=SLOTS - 1, count=4294967295)
    assert [(answer.integer("seq"), len(answer.raw("raw")) // 32) for answer in answers] == [
        (SLOTS - 1, 2), (SLOTS + 1, 5), (SLOTS + 6, 0)
    ]  # fmt: skip


def test_request_after_the_end_of_the_log_gets_no_records(line: Line) -> None:
    (answer,) = line.ask_all("get", seq=2, count=56)
    assert (answer.integer("seq"), answer.raw("raw")) == (2, b"")


def summary(answer: Message) -> tuple[str, int, int]:
    """Return the verb, seq and the seq behind what an answer is about."""
    seq = answer.integer("seq")
    if answer.verb == "missing":
        return "missing", seq, answer.integer("next")
    return answer.verb, seq, seq + len(answer.raw("raw")) // 32


@pytest.mark.parametrize("seq", [3, SLOTS + 1, SLOTS + 9])
def test_records_that_the_case_has_lost_are_named(line: Line, seq: int) -> None:
    grow_log(line, 4 * SLOTS)
    lose_block(line, 1)
    answers = Line(line.case).ask_all("get", seq=seq, count=3 * SLOTS + 1 - seq)
    before = [("records", seq, SLOTS + 1)] if seq <= SLOTS else []
    assert [summary(answer) for answer in answers] == [
        *before,
        ("missing", max(seq, SLOTS + 1), 2 * SLOTS + 1),
        ("records", 2 * SLOTS + 1, 3 * SLOTS + 1),
    ]


def test_question_for_lost_records_alone_gets_one_answer(line: Line) -> None:
    grow_log(line, 3 * SLOTS)
    lose_block(line, 1)
    (answer,) = Line(line.case).ask_all("get", seq=SLOTS + 9, count=3)
    assert summary(answer) == ("missing", SLOTS + 9, 2 * SLOTS + 1)


@pytest.mark.parametrize("body", [b"8 status", b"8 get 1 1", b"8 nonsense", b"nonsense"])
def test_question_ends_the_answers_to_the_one_before(line: Line, body: bytes) -> None:
    grow_log(line, 4 * SLOTS)
    heard = frames.Decoder(messages.MAX_ANSWER)
    line.server.receive(frames.encode(b"7 get 1 1000"))
    assert line.server.waiting
    assert not line.server.streams
    for _ in range(2):
        (answer,) = heard.feed(whole(line.server.answer()))
        assert messages.number_of(answer) == 7
        assert line.server.streams
    line.server.receive(frames.encode(body))
    assert not line.server.streams
    assert [answer.number for answer in line.answers()] in ([8], [])
    assert not line.server.waiting


def test_block_that_cannot_be_read_breaks_off_and_the_next_one_comes(line: Line) -> None:
    grow_log(line, 2 * SLOTS)
    line.server.receive(frames.encode(b"7 get 1 %d" % (2 * SLOTS)))
    first = line.server.answer()
    line.case.flash.unreadable = True
    broken = whole(first)
    line.case.flash.unreadable = False
    heard = frames.Decoder(messages.MAX_ANSWER)
    assert heard.feed(broken) == []
    (body,) = heard.feed(whole(line.server.answer()))
    assert messages.decode(body, messages.ANSWERS).integer("seq") == SLOTS + 1


def test_flash_that_cannot_be_read_is_an_error_and_ends_the_answers(line: Line) -> None:
    grow_log(line, 2 * SLOTS)
    line.server.receive(frames.encode(b"7 get 1 %d" % (2 * SLOTS)))
    whole(line.server.answer())
    line.case.flash.unreadable = True
    (answer,) = line.answers()
    assert (answer.verb, answer.word("code")) == ("error", messages.BAD_STORAGE)
    line.case.flash.unreadable = False
    assert line.answers() == []


@pytest.mark.parametrize(("seq", "count"), [(0, 1), (3, 1), (4294967295, 1), (1, 0)])
def test_request_for_impossible_records_is_an_error_of_range(
    line: Line, seq: int, count: int
) -> None:
    assert line.error("get", seq=seq, count=count) == ("range", "there are records from 1 to 1")


# Acknowledging


def test_acknowledgement_is_kept_through_a_power_cut_a_minute_later(line: Line) -> None:
    """Until then it is lost, and a host says it again."""
    grow_log(line, 5)
    assert line.ask("ack", log=LOG, seq=4).integer("seq") == 4
    line.case.switch_on()
    line = Line(line.case)
    assert line.ask("status").integer("acked") == 0
    line.case.wait(DAY)
    assert line.ask("ack", log=LOG, seq=4).integer("seq") == 4
    line.case.wait(SETTLED_S)
    line.case.switch_on()
    assert Line(line.case).ask("status").integer("acked") == 4


def test_acknowledgement_never_goes_back(line: Line) -> None:
    grow_log(line, 5)
    line.ask("ack", log=LOG, seq=4)
    assert line.ask("ack", log=LOG, seq=2).integer("seq") == 4


@pytest.mark.parametrize("log", ["0000000000000000", LOG.upper() + "x", "x", LOG[:-1]])
def test_acknowledgement_of_another_log_is_refused(line: Line, log: str) -> None:
    assert line.error("ack", log=log, seq=1)[0] == messages.BAD_LOG
    assert line.ask("status").integer("acked") == 0


@pytest.mark.parametrize("seq", [2, 4294967295])
def test_acknowledgement_beyond_the_end_is_refused(line: Line, seq: int) -> None:
    assert line.error("ack", log=LOG, seq=seq) == ("range", "the last record is 1")
    assert line.ask("status").integer("acked") == 0


def test_acknowledgement_that_the_flash_does_not_take_counts_until_a_power_cut(
    line: Line,
) -> None:
    line.case.flash.broken = True
    assert line.ask("ack", log=LOG, seq=1).integer("seq") == 1
    line.case.wait(SETTLED_S)
    assert line.ask("status").integer("acked") == 1
    line.case.flash.broken = False
    line.case.switch_on()
    assert Line(line.case).ask("status").integer("acked") == 0
