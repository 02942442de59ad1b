"""The server: records are fetched and acknowledged."""

from pathlib import Path

import pytest
from tests.firmware.flaky_flash import FlakyFlash
from tests.firmware.server_line import LOG, Line, grow_log
from tests.firmware.whole_case import LOG_ID, WholeCase

from rollcase.journal import SEGMENT_RECORDS
from rollcore import events, messages

# Records


def test_records_come_raw_with_the_crc_before_them(line: Line) -> None:
    grow_log(line, 10)
    whole = line.ask("get", seq=1, count=100)
    assert (whole.integer("seq"), whole.integer("chain")) == (1, events.first_chain(LOG_ID))
    raw = whole.raw("raw")
    assert len(raw) == 10 * 32
    part = line.ask("get", seq=4, count=3)
    assert part.integer("seq") == 4
    assert part.integer("chain") == events.crc_of(raw[2 * 32 : 3 * 32])
    assert part.raw("raw") == raw[3 * 32 : 6 * 32]


def test_whole_log_is_fetched_block_by_block(line: Line) -> None:
    grow_log(line, 3 * SEGMENT_RECORDS + 5)
    seq, chain, count = 1, events.first_chain(LOG_ID), 0
    while True:
        answer = line.ask("get", seq=seq, count=4294967295)
        raw = answer.raw("raw")
        if not raw:
            break
        assert (answer.integer("seq"), answer.integer("chain")) == (seq, chain)
        for at in range(0, len(raw), 32):
            record = raw[at : at + 32]
            assert events.intact(record, chain)
            assert events.seq_of(record) == seq
            chain, seq, count = events.crc_of(record), seq + 1, count + 1
    assert count == 3 * SEGMENT_RECORDS + 5


def test_request_after_the_end_of_the_log_gets_no_records(line: Line) -> None:
    answer = line.ask("get", seq=2, count=56)
    assert (answer.integer("seq"), answer.raw("raw")) == (2, b"")


@pytest.mark.parametrize(("seq", "count"), [(0, 1), (3, 1), (4294967295, 1), (1, 0)])
def test_request_for_impossible_records_is_an_error_of_range(
    line: Line, seq: int, count: int
) -> None:
    assert line.error("get", seq=seq, count=count) == ("range", "there are records from 1 to 1")


# Acknowledging


def test_acknowledgement_is_kept_through_a_power_cut(line: Line) -> None:
    grow_log(line, 5)
    assert line.ask("ack", log=LOG, seq=4).integer("seq") == 4
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


def test_acknowledgement_that_the_flash_does_not_take_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flash = FlakyFlash(monkeypatch)
    line = Line(WholeCase(tmp_path))
    flash.broken = "write"
    assert line.error("ack", log=LOG, seq=1)[0] == messages.BAD_STORAGE
    assert line.ask("status").integer("acked") == 0
    flash.broken = ""
    assert line.ask("ack", log=LOG, seq=1).integer("seq") == 1
