"""The line: what the host asks, with the case behind it; and what is no question at all."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.flaky_flash import FlakyFlash
from tests.unit.whole_case import LOG_ID, WholeCase, bring_to, make_foreign

from rollcase.journal import SEGMENT_RECORDS
from rollcase.link import MAX_WAITING, Link
from rollcore import VERSION, events, frames, messages, policy, state
from rollcore.messages import ANSWERS, REQUESTS, Message

NOW = 205_000_000
DAY = 86400
LOG = LOG_ID.hex()
RULES = policy.for_needle(250).changed(revision=1)


class Line:
    """A case with a host on its line."""

    def __init__(self, case: WholeCase) -> None:
        self.case = case
        self.link = Link(case.app, "e661a4d1", "pico")
        self._heard = frames.Decoder(messages.MAX_ANSWER)
        self._number = 0

    def ask(self, verb: str, **fields: object) -> Message:
        """Ask one question; return its answer."""
        self._number += 1
        body = messages.encode(Message(self._number, verb, fields), REQUESTS)
        (answer,) = self.send(frames.encode(body))
        assert answer.number == self._number
        return answer

    def send(self, data: bytes) -> list[Message]:
        """Send bytes; return the answers, each checked against the protocol."""
        self.link.receive(data)
        return self.answers()

    def answers(self) -> list[Message]:
        """Let the case answer until nothing waits."""
        found = []
        while self.link.waiting:
            found += self._heard.feed(self.link.answer())
        return [messages.decode(body, ANSWERS) for body in found]

    def error(self, verb: str, **fields: object) -> tuple[str, str]:
        """Ask what cannot be answered; return the error's code and words."""
        answer = self.ask(verb, **fields)
        assert answer.verb == "error", answer
        return answer.word("code"), answer.word("words")


@pytest.fixture
def line(case: WholeCase) -> Line:
    """Return a new case with a host on its line."""
    return Line(case)


def filled(line: Line, records: int) -> None:
    """Let the log grow until its last record has this number."""
    while line.case.last_seq < records:
        line.case.app.journal.append(events.Event(events.HEAD_NEW, {"uses": 0}, boot=1))


# Greeting


def test_the_case_greets_with_what_it_is(line: Line) -> None:
    assert line.ask("hello", oldest=1, newest=1, program="host-0.1.0") == Message(
        1, "case", {"version": 1, "device": "e661a4d1", "board": "pico", "firmware": VERSION}
    )


@pytest.mark.parametrize(("oldest", "newest"), [(0, 1), (1, 1), (1, 2), (0, 4294967295)])
def test_the_newest_version_that_both_speak_is_chosen(line: Line, oldest: int, newest: int) -> None:
    answer = line.ask("hello", oldest=oldest, newest=newest, program="host-9")
    assert (answer.verb, answer.integer("version")) == ("case", messages.VERSION)


def test_a_host_that_is_too_old_is_told_to_update(line: Line) -> None:
    code, words = line.error("hello", oldest=0, newest=messages.OLDEST - 1, program="host-0.0.1")
    assert code == messages.BAD_VERSION
    assert f"up to {messages.OLDEST - 1}" in words
    assert f"{messages.OLDEST} to {messages.VERSION}" in words
    assert "update the host program" in words


def test_a_host_that_is_too_new_is_told_that_the_firmware_is_old(line: Line) -> None:
    newer = messages.VERSION + 1
    code, words = line.error("hello", oldest=newer, newest=newer + 2, program="host-9")
    assert code == messages.BAD_VERSION
    assert f"up to {messages.VERSION}" in words
    assert f"{newer} and up" in words
    assert "firmware" in words


# Status


def test_status_says_where_log_and_clock_stand(line: Line) -> None:
    line.case.wait(100)
    assert line.ask("status").fields == {
        "log": LOG, "first": 1, "next": 2, "acked": 0, "boot": 1, "uptime": 100, "time": 100,
        "clock_set": 0, "digest": policy.for_needle(500).digest, "fault": "",
    }  # fmt: skip


def test_status_follows_what_happens(line: Line) -> None:
    line.ask("clock", time=NOW, force=0)
    line.ask("rule", policy=RULES.text)
    line.ask("ack", log=LOG, seq=2)
    line.case.switch_on()
    again = Line(line.case).ask("status")
    assert again.fields == {
        "log": LOG, "first": 1, "next": 5, "acked": 2, "boot": 2, "uptime": 0, "time": NOW,
        "clock_set": 0, "digest": RULES.digest, "fault": "",
    }  # fmt: skip


def test_status_tells_a_fault_for_as_long_as_it_lasts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flash = FlakyFlash(monkeypatch)
    line = Line(WholeCase(tmp_path))
    flash.broken = "write"
    line.case.press()
    fault = line.ask("status").word("fault")
    assert fault == line.case.app.fault
    assert "the flash did not take" in fault
    flash.broken = ""
    line.case.press()
    assert line.ask("status").word("fault") == ""


@pytest.mark.parametrize(
    ("verb", "fields"),
    [("status", {}), ("get", {"seq": 1, "count": 56}), ("get", {"seq": 3, "count": 1})],
)
def test_a_case_that_cannot_read_its_log_says_so(
    line: Line, verb: str, fields: dict[str, object]
) -> None:
    make_foreign(line.case)
    line.case.switch_on()
    line = Line(line.case)
    code, words = line.error(verb, **fields)
    assert code == messages.BAD_STORAGE
    assert "another version" in words
    assert line.ask("hello", oldest=1, newest=1, program="host-0.1.0").verb == "case"
    assert line.ask("policy").word("policy") == policy.for_needle(500).text
    assert line.error("clock", time=NOW, force=0)[0] == messages.BAD_STORAGE
    assert line.error("rule", policy=RULES.text)[0] == messages.BAD_STORAGE


# Records


def test_records_come_raw_with_the_chain_they_hang_on(line: Line) -> None:
    filled(line, 10)
    whole = line.ask("get", seq=1, count=100)
    assert (whole.integer("seq"), whole.integer("chain")) == (1, events.first_chain(LOG_ID))
    raw = whole.raw("raw")
    assert len(raw) == 10 * 32
    part = line.ask("get", seq=4, count=3)
    assert part.integer("seq") == 4
    assert part.integer("chain") == events.crc_of(raw[2 * 32 : 3 * 32])
    assert part.raw("raw") == raw[3 * 32 : 6 * 32]


def test_the_whole_log_is_fetched_block_by_block(line: Line) -> None:
    filled(line, 3 * SEGMENT_RECORDS + 5)
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


def test_after_the_end_of_the_log_there_are_no_records(line: Line) -> None:
    answer = line.ask("get", seq=2, count=56)
    assert (answer.integer("seq"), answer.raw("raw")) == (2, b"")


@pytest.mark.parametrize(("seq", "count"), [(0, 1), (3, 1), (4294967295, 1), (1, 0)])
def test_records_that_there_cannot_be_are_an_error_of_range(
    line: Line, seq: int, count: int
) -> None:
    assert line.error("get", seq=seq, count=count) == ("range", "there are records from 1 to 1")


# Acknowledging


def test_an_acknowledgement_is_kept_through_a_power_cut(line: Line) -> None:
    filled(line, 5)
    assert line.ask("ack", log=LOG, seq=4).integer("seq") == 4
    line.case.switch_on()
    assert Line(line.case).ask("status").integer("acked") == 4


def test_an_acknowledgement_never_goes_back(line: Line) -> None:
    filled(line, 5)
    line.ask("ack", log=LOG, seq=4)
    assert line.ask("ack", log=LOG, seq=2).integer("seq") == 4


@pytest.mark.parametrize("log", ["0000000000000000", LOG.upper() + "x", "x", LOG[:-1]])
def test_an_acknowledgement_of_another_log_is_refused(line: Line, log: str) -> None:
    assert line.error("ack", log=log, seq=1)[0] == messages.BAD_LOG
    assert line.ask("status").integer("acked") == 0


@pytest.mark.parametrize("seq", [2, 4294967295])
def test_an_acknowledgement_beyond_the_end_is_refused(line: Line, seq: int) -> None:
    assert line.error("ack", log=LOG, seq=seq) == ("range", "the last record is 1")
    assert line.ask("status").integer("acked") == 0


def test_an_acknowledgement_that_the_flash_does_not_take_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flash = FlakyFlash(monkeypatch)
    line = Line(WholeCase(tmp_path))
    flash.broken = "write"
    assert line.error("ack", log=LOG, seq=1)[0] == messages.BAD_STORAGE
    assert line.ask("status").integer("acked") == 0
    flash.broken = ""
    assert line.ask("ack", log=LOG, seq=1).integer("seq") == 1


# Clock


def test_the_clock_is_set_and_the_old_time_told(line: Line) -> None:
    line.case.wait(60)
    assert line.ask("clock", time=NOW, force=0).fields == {"old": 60, "new": NOW}
    assert line.ask("status").integer("clock_set") == 1


@pytest.mark.parametrize(
    ("time", "words"),
    [(NOW - 601, "ahead"), (NOW + 400 * DAY + 1, "400 days"), (5, "before this product")],
)
def test_a_jump_of_the_clock_is_refused_unless_forced(line: Line, time: int, words: str) -> None:
    line.ask("clock", time=NOW, force=0)
    code, why_not = line.error("clock", time=time, force=0)
    assert (code, words in why_not) == (messages.BAD_CLOCK, True)
    assert line.ask("status").integer("time") == NOW
    assert line.ask("clock", time=time, force=1).fields == {"old": NOW, "new": time}
    assert line.case.log()[-1].data == {"old": NOW, "source": events.FROM_HOST, "forced": 1}


def test_only_force_1_is_force(line: Line) -> None:
    line.ask("clock", time=NOW, force=0)
    assert line.error("clock", time=NOW - DAY, force=2)[0] == messages.BAD_CLOCK


def test_a_setting_that_the_flash_does_not_take_is_an_error_of_storage(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flash = FlakyFlash(monkeypatch)
    line = Line(WholeCase(tmp_path))
    flash.broken = "write"
    assert line.error("clock", time=NOW, force=0)[0] == messages.BAD_STORAGE
    flash.broken = ""
    assert line.ask("status").integer("time") == 0
    assert line.ask("clock", time=NOW, force=0).integer("new") == NOW


def test_a_start_that_the_flash_does_not_take_keeps_the_clock_from_being_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flash = FlakyFlash(monkeypatch)
    case = WholeCase(tmp_path)
    flash.broken = "write"
    case.switch_on()
    line = Line(case)
    assert line.error("clock", time=NOW, force=0)[0] == messages.BAD_STORAGE


def test_a_refused_jump_of_the_clock_is_one_whatever_else_is_wrong(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The host offers to force it, and that is no answer to a broken flash."""
    flash = FlakyFlash(monkeypatch)
    line = Line(WholeCase(tmp_path))
    line.ask("clock", time=NOW, force=0)
    flash.broken = "write"
    line.case.press()
    assert line.ask("status").word("fault") != ""
    assert line.error("clock", time=NOW - DAY, force=0)[0] == messages.BAD_CLOCK


@pytest.mark.parametrize("time", [state.FOREVER - 1, state.FOREVER, 1 << 31, (1 << 32) - 1])
def test_no_time_from_the_host_stops_the_case(line: Line, time: int) -> None:
    """Whatever the clock is set to: the case goes on, logs, and starts again."""
    line.send(frames.encode(b"1 clock %d 1" % time))
    bring_to(line.case, state.CLEAN_ME)
    filled(line, 60)
    line.case.switch_on()
    assert line.case.phase == state.CLEAN_ME
    assert line.case.app.fault == ""


# Rules


def test_rules_are_told_as_text(line: Line) -> None:
    assert line.ask("policy").word("policy") == policy.for_needle(500).text


def test_rules_are_taken_and_told_back(line: Line) -> None:
    assert line.ask("rule", policy=RULES.text).word("policy") == RULES.text
    assert line.ask("policy").word("policy") == RULES.text
    assert line.ask("status").integer("digest") == RULES.digest


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("needle_um=250", "needle_um=1500"), "needle_um: allowed is 100 to 1000"),
        (("rest_h=168", "rest_h=71"), "rest_h: allowed is 72 to 9600"),
        (("rest_h=168", "rest_h=100"), "rest_h: allowed is 168 or more"),
        (("warn_min=5", "warn_min=05"), "warn_min: allowed is 1 to 29"),
        (("1;", "2;"), "format: allowed is 1"),
        ((";zones=face", ""), "policy: allowed is 17 items"),
        (("face", "Face"), "zones: allowed is names of"),
    ],
)
def test_bad_rules_are_refused_in_words_and_the_old_ones_stay(
    line: Line, change: tuple[str, str], words: str
) -> None:
    line.ask("rule", policy=RULES.text)
    before = line.case.last_seq
    code, why_not = line.error("rule", policy=RULES.text.replace(*change, 1))
    assert code == messages.BAD_POLICY
    assert words in why_not
    assert line.ask("policy").word("policy") == RULES.text
    assert line.case.news(before) == []


def test_rules_that_the_flash_does_not_take_are_an_error_and_the_old_ones_stay(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flash = FlakyFlash(monkeypatch)
    line = Line(WholeCase(tmp_path))
    flash.broken = "write"
    assert line.error("rule", policy=RULES.text)[0] == messages.BAD_STORAGE
    flash.broken = ""
    assert line.ask("policy").word("policy") == policy.for_needle(500).text


# Asking twice


def effect(case: WholeCase) -> tuple[object, ...]:
    """Return all that a question can change."""
    journal = case.app.journal
    log = [(event.name, event.data, event.time) for event in case.log()]
    return (log, vars(journal.state), journal.acked, case.app.clock.time, case.app.policy.text)


QUESTIONS: dict[str, dict[str, object]] = {
    "hello": {"oldest": 1, "newest": 1, "program": "host-0.1.0"},
    "status": {},
    "get": {"seq": 1, "count": 56},
    "ack": {"log": LOG, "seq": 3},
    "clock": {"time": NOW, "force": 0},
    "policy": {},
    "rule": {"policy": RULES.text},
}


def test_every_question_is_asked_twice_below() -> None:
    assert set(QUESTIONS) == set(REQUESTS)


@pytest.mark.parametrize("verb", sorted(QUESTIONS))
def test_a_question_asked_twice_has_the_effect_of_one(line: Line, verb: str) -> None:
    filled(line, 5)
    first = line.ask(verb, **QUESTIONS[verb])
    once = effect(line.case)
    second = line.ask(verb, **QUESTIONS[verb])
    assert effect(line.case) == once
    assert second.verb == first.verb
    if verb != "clock":  # which tells what it was just before
        assert second.fields == first.fields


@pytest.mark.parametrize("verb", ["hello", "status", "get", "policy"])
def test_a_question_that_only_asks_changes_nothing(line: Line, verb: str) -> None:
    filled(line, 5)
    before = effect(line.case)
    line.ask(verb, **QUESTIONS[verb])
    assert effect(line.case) == before


# What is no question


def test_nothing_is_said_unasked(line: Line) -> None:
    assert line.link.answer() == b""
    assert not line.link.waiting


def test_a_question_is_heard_through_garbage_and_byte_by_byte(line: Line) -> None:
    stream = b"\xff\x00~12~\r\n\x03garbage" + frames.encode(b"9 status") + b"~more"
    for at in range(len(stream)):
        line.link.receive(stream[at : at + 1])
    (answer,) = line.answers()
    assert (answer.number, answer.verb) == (9, "status")


@pytest.mark.parametrize(
    "body", [b"7 nothing", b"7 get 1", b"7 get -1 5", b"7 ack", b"7 status 1", b"7", b"7 rule "]
)
def test_nonsense_with_an_id_is_answered_with_an_error(line: Line, body: bytes) -> None:
    (answer,) = line.send(frames.encode(body))
    assert (answer.number, answer.verb, answer.word("code")) == (7, "error", messages.BAD_REQUEST)


@pytest.mark.parametrize("body", [b"", b"status", b"0 status", b"-1 status", b"\xff status"])
def test_nonsense_without_an_id_is_not_answered(line: Line, body: bytes) -> None:
    assert line.send(frames.encode(body)) == []
    assert not line.link.waiting


def test_an_answer_taken_for_a_question_is_an_error(line: Line) -> None:
    (answer,) = line.send(frames.encode(b"7 acked 5"))
    assert answer.verb == "error"


def test_a_question_that_is_too_long_is_dropped(line: Line) -> None:
    fits = b"7 hello 1 1 " + b"x" * 400
    assert len(line.send(frames.encode(fits))) == 1
    too_long = b"7 rule " + b"x" * messages.MAX_REQUEST
    assert line.send(frames.encode(too_long)) == []
    assert line.ask("status").verb == "status"


def test_a_question_of_a_megabyte_does_not_stop_the_next(line: Line) -> None:
    for _ in range(4096):
        line.link.receive(b"~" + b"x" * 255)
    assert line.send(b"\n" + frames.encode(b"9 status"))[0].number == 9


def test_more_questions_than_may_wait_are_dropped_and_can_be_asked_again(line: Line) -> None:
    for number in range(1, MAX_WAITING + 4):
        line.link.receive(frames.encode(b"%d status" % number))
    assert [answer.number for answer in line.answers()] == list(range(1, MAX_WAITING + 1))
    assert line.send(frames.encode(b"99 status"))[0].number == 99


def test_questions_are_answered_in_their_order_one_at_a_time(line: Line) -> None:
    line.link.receive(frames.encode(b"5 status") + frames.encode(b"4 policy"))
    first = line.link.answer()
    assert first.count(b"\n") == 1
    assert first.startswith(b"~5 status ")
    assert line.link.answer().startswith(b"~4 policy ")
    assert not line.link.waiting


def test_the_case_goes_on_living_while_it_is_asked(line: Line) -> None:
    line.link.receive(frames.encode(b"5 get 1 56"))
    line.case.press()
    assert line.case.phase == state.SOAKING
    assert len(line.answers()[0].raw("raw")) == 2 * 32


word = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7D), min_size=1, max_size=20
)  # fmt: skip
body_of_words = st.lists(
    word | st.integers(0, 1 << 33).map(str) | st.sampled_from([*REQUESTS, LOG, RULES.text]),
    min_size=1, max_size=5,
).map(lambda words: " ".join(["7", *words]).encode())  # fmt: skip
question_like = st.sampled_from(sorted(REQUESTS)).flatmap(
    lambda verb: st.lists(st.integers(0, 1 << 32).map(str) | word, max_size=4).map(
        lambda fields: " ".join(["7", verb, *fields]).encode()
    )
)


@settings(max_examples=60)
@given(
    st.lists(
        st.binary(max_size=100)
        | body_of_words.map(frames.encode)
        | question_like.map(frames.encode),
        max_size=20,
    )
)
def test_no_bytes_from_the_host_stop_the_case(pieces: list[bytes]) -> None:
    with TemporaryDirectory() as directory:
        line = Line(WholeCase(Path(directory)))
        for piece in pieces:
            for answer in line.send(piece):
                assert answer.verb in ANSWERS
            line.case.tick(10, False)
        line.send(b"\n")
        assert line.send(frames.encode(b"9 status"))[0].number == 9
        line.case.press()
        assert line.case.app.fault == ""
        line.case.switch_on()
        assert line.case.log()[-1].name == "boot"
