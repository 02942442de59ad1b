"""The server: what the host asks, with the case behind it, and what is no request at all."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.firmware.flaky_flash import FlakyFlash
from tests.firmware.whole_case import LOG_ID, WholeCase, bring_to, make_foreign

from rollcase import policy_store
from rollcase.faults import SAFE_AFTER
from rollcase.journal import SEGMENT_RECORDS
from rollcase.server import MAX_WAITING, Server
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
        self.server = Server(case.app, "e661a4d1", "pico")
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
        self.server.receive(data)
        return self.answers()

    def answers(self) -> list[Message]:
        """Let the case answer until nothing waits."""
        found = []
        while self.server.waiting:
            found += self._heard.feed(self.server.answer())
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
        line.case.app.journal.append(events.Event(events.HEAD_NEW, {"uses": 0, "token": 0}, boot=1))


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
        ((";zones=face", ""), "policy: allowed is 19 items"),
        (("face", "Face"), "zones: allowed is names of"),
        (("face", "face,face"), "zones: allowed is each name once"),
        (("face", "face,"), "zones: allowed is names of"),
        (("face", "a,b,c,d,e"), "zones: allowed is 1 to 4 names"),
        (("rest_h=168", "rest_h=-168"), "rest_h: allowed is 72 to 9600"),
        (("rest_h=168", "rest_h=4294967296"), "rest_h: allowed is 72 to 9600"),
        (("clinic_rest_h=672", "clinic_rest_h=671"), "clinic_rest_h: allowed is 672 to 9600"),
        (("reaction_rest_h=336", "reaction_rest_h=0"), "reaction_rest_h: allowed is 336 to 9600"),
        (("stop_min=10", "stop_min=5"), "stop_min: allowed is more than warn_min"),
        (
            ("clinic_rest_h=672;reaction_rest_h=336", "reaction_rest_h=336;clinic_rest_h=672"),
            "clinic_rest_h: allowed is 672 to 9600",
        ),
        (("zones=face", "zones=" + "a" * 100), "zones: allowed is names of"),
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


@pytest.mark.parametrize("size", [401, 500_000])
def test_rules_that_are_too_long_are_not_taken(line: Line, size: int) -> None:
    line.ask("rule", policy=RULES.text)
    before = line.case.last_seq
    body = b"7 rule " + RULES.text.encode().ljust(size, b"a")
    for answer in line.send(frames.encode(body)):
        assert (answer.verb, answer.word("code")) == ("error", messages.BAD_REQUEST)
    assert line.ask("policy").word("policy") == RULES.text
    assert line.case.news(before) == []


def test_rules_are_logged_with_the_number_of_zones_that_keep_their_places(line: Line) -> None:
    for zones, kept in (
        (("face", "neck"), 0),  # what the case called a face may be any skin
        (("face", "neck", "chest"), 2),
        (("face", "chest"), 1),
        (("chest", "face"), 0),
        (("chest",), 1),
    ):
        new = policy.Policy(policy.numbers_of(RULES), zones)
        line.ask("rule", policy=new.text)
        assert line.case.log()[-1].data == {"digest": new.digest, "needle_um": 250, "kept": kept}


def test_other_numbers_keep_all_zones(line: Line) -> None:
    line.ask("rule", policy=TWO_ZONES.text)
    line.ask("rule", policy=TWO_ZONES.changed(revision=2).text)
    assert line.case.log()[-1].data["kept"] == 2


def test_a_power_cut_does_not_change_which_zones_are_kept(line: Line) -> None:
    line.ask("rule", policy=TWO_ZONES.text)
    line.case.switch_on()
    Line(line.case).ask("rule", policy=TWO_ZONES.changed(revision=2).text)
    assert line.case.log()[-1].data["kept"] == 2


def resting_zones(line: Line) -> list[bool]:
    app = line.case.app
    zones = range(len(app.policy.zones))
    return [app.clock.time < state.rested_at(app.journal.state, app.policy, z) for z in zones]


def test_what_was_rolled_before_there_were_rules_rests_every_zone(line: Line) -> None:
    bring_to(line.case, state.CLEAN_ME)
    line.ask("rule", policy=TWO_ZONES.text)
    assert resting_zones(line) == [True, True]


# Rules that are lost


OWN = policy.for_needle(250)
"""What a case goes by that has lost the rules below."""

LOST: tuple[str, dict[str, int]] = (
    "policy_set", {"digest": OWN.digest, "needle_um": 250, "kept": 0},
)  # fmt: skip

DAMAGES = {
    "gone": None,
    "empty": b"",
    "noise": b"\xff\xfe\xfd",
    "other rules": RULES.text.encode(),
}


def lose_rules(line: Line, damage: bytes | None = b"") -> Line:
    """Let the flash lose the owner's rules; return the line to the case that starts without."""
    for cell in line.case.directory.glob("policy-*"):
        if damage is None:
            cell.unlink()
        else:
            cell.write_bytes(damage)
    line.case.switch_on()
    return Line(line.case)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_start_without_the_rules_logs_once_that_no_zone_is_kept(
    told: Line, damage: bytes | None
) -> None:
    before = told.case.last_seq
    line = lose_rules(told, damage)
    boot = ("boot", {"cause": events.POWER_ON, "torn": 0})
    assert line.case.news(before) == [boot, LOST]
    assert line.ask("policy").word("policy") == OWN.text
    assert line.ask("status").integer("digest") == OWN.digest
    line.case.switch_on()
    assert line.case.news(before) == [boot, LOST, boot]
    assert line.case.app.policy.text == OWN.text


def test_a_start_with_the_rules_or_with_none_that_were_told_logs_no_rules(line: Line) -> None:
    line.case.switch_on()
    assert [event.name for event in line.case.log()] == ["boot", "boot"]
    line.ask("rule", policy=TWO_ZONES.text)
    before = line.case.last_seq
    line.case.switch_on()
    assert [name for name, _ in line.case.news(before)] == ["boot"]


def test_a_start_without_the_rules_logs_so_late_where_the_flash_takes_nothing_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flash = FlakyFlash(monkeypatch)
    line = Line(WholeCase(tmp_path))
    tell_zones(line)
    before = line.case.last_seq
    flash.broken = "write"
    line = lose_rules(line)
    assert line.case.news(before) == []
    flash.broken = ""
    line.case.press()
    assert [name for name, _ in line.case.news(before)] == ["boot", "policy_set"]
    assert line.case.news(before)[-1] == LOST


def test_rules_that_are_lost_let_no_zone_rest_less(line: Line) -> None:
    """What the owner called the zones is lost with them; what was rolled is in the log."""
    tell_zones(line)
    line.ask("clinic", token=5, zone=1, at=NOW, needle_um=0)
    lose_rules(line)
    assert line.case.phase == state.RESTING


def test_nor_where_the_flash_has_not_taken_that_they_are_lost(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It took the start, and it takes what comes after."""
    flash = FlakyFlash(monkeypatch)
    line = Line(WholeCase(tmp_path))
    tell_zones(line)
    line.ask("clinic", token=5, zone=1, at=NOW, needle_um=0)
    commits = 0

    def fail_the_second() -> None:
        nonlocal commits
        commits += 1
        flash.broken = "flush" if commits == 2 else ""

    flash.watchers.append(fail_the_second)
    line = lose_rules(line)
    assert commits == 2
    line.case.press()
    line.case.wait(120)
    assert line.case.phase == state.RESTING


def test_after_rules_that_were_lost_no_zone_is_known_to_be_kept(line: Line) -> None:
    """Nobody can say what was called by the names of the list that comes next."""
    tell_zones(line)
    line.ask("clinic", token=5, zone=1, at=NOW, needle_um=0)
    line = lose_rules(line)
    line.ask("rule", policy=RULES.text)
    assert line.case.log()[-1].data["kept"] == 0
    assert line.case.phase == state.RESTING


def test_rules_that_were_lost_twice_let_no_zone_rest_less(line: Line) -> None:
    tell_zones(line)
    line.ask("clinic", token=5, zone=1, at=NOW, needle_um=0)
    line = lose_rules(line)
    line.ask("rule", policy=TWO_ZONES.text)
    line = lose_rules(line)
    assert resting_zones(line) == [True]
    line.ask("rule", policy=TWO_ZONES.text)
    assert resting_zones(line) == [True, True]


def rolled(line: Line) -> None:
    bring_to(line.case, state.CLEAN_ME)


def treated(line: Line) -> None:
    assert line.ask("clinic", token=5, zone=0, at=NOW, needle_um=0).verb == "told"


WITHOUT_RULES = pytest.mark.parametrize("happened", [rolled, treated])
"""To some zone of the owner's, which was called the first one meanwhile, whatever it was."""


@WITHOUT_RULES
def test_rules_that_were_lost_and_are_told_again_let_every_zone_rest(
    told: Line, happened: Callable[[Line], None]
) -> None:
    line = lose_rules(told)
    happened(line)
    assert resting_zones(line) == [True]
    line.ask("rule", policy=TWO_ZONES.text)
    assert line.case.log()[-1].data["kept"] == 0
    assert resting_zones(line) == [True, True]


@WITHOUT_RULES
def test_rules_that_were_lost_and_are_back_on_flash_but_not_in_the_log_do_so_too(
    told: Line, happened: Callable[[Line], None]
) -> None:
    """As a power cut leaves them that comes while they are told again."""
    line = lose_rules(told)
    happened(line)
    policy_store.store(str(line.case.directory), TWO_ZONES)
    line.case.switch_on()
    line = Line(line.case)
    assert line.case.app.policy.text == OWN.text
    assert resting_zones(line) == [True]
    line.ask("rule", policy=TWO_ZONES.text)
    assert resting_zones(line) == [True, True]


def test_zones_that_are_named_after_a_loss_keep_their_places_again(told: Line) -> None:
    line = lose_rules(told)
    line.ask("rule", policy=TWO_ZONES.text)
    line.ask("clinic", token=5, zone=1, at=NOW, needle_um=0)
    line.ask("rule", policy=TWO_ZONES.changed(revision=2).text)
    assert line.case.log()[-1].data["kept"] == 2
    assert resting_zones(line) == [False, True]


def test_a_case_that_only_answers_logs_the_loss_once_it_is_whole_again(safe: Line) -> None:
    before = safe.case.last_seq
    for cell in safe.case.directory.glob("policy-*"):
        cell.unlink()
    safe.case.switch_on(events.SOFT_RESET)
    assert [name for name, _ in safe.case.news(before)] == ["boot"]
    assert Line(safe.case).error("rule", policy=TWO_ZONES.text)[0] == messages.BAD_STORAGE
    safe.case.switch_on()
    assert safe.case.news(before)[-1] == LOST


def test_rules_that_the_flash_does_not_take_are_an_error_and_the_old_ones_stay(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flash = FlakyFlash(monkeypatch)
    line = Line(WholeCase(tmp_path))
    flash.broken = "write"
    assert line.error("rule", policy=RULES.text)[0] == messages.BAD_STORAGE
    flash.broken = ""
    assert line.ask("policy").word("policy") == policy.for_needle(500).text


# Telling


TOLD: dict[str, dict[str, object]] = {
    "hold": {"token": 11, "reason": events.SUNBURN, "until": 0},
    "clinic": {"token": 12, "zone": 1, "at": NOW - DAY, "needle_um": 1500},
    "reaction": {"token": 13, "zone": 1, "open": 1, "at": NOW - DAY},
    "head": {"token": 14},
}


TWO_ZONES = policy.Policy(policy.numbers_of(RULES), ("face", "neck"))


def tell_zones(line: Line) -> None:
    """Set the clock, and let the owner name two zones."""
    line.ask("clock", time=NOW, force=0)
    assert line.ask("rule", policy=TWO_ZONES.text).verb == "policy"


@pytest.fixture
def told(line: Line) -> Line:
    """Return a case of two zones whose clock is set, with a host on its line."""
    tell_zones(line)
    return line


@pytest.mark.parametrize(
    ("verb", "kind", "zone", "data"),
    [
        ("hold", "hold_set", 0, {"reason": events.SUNBURN, "until": 0, "token": 11}),
        ("clinic", "clinic", 1, {"at": NOW - DAY, "needle_um": 1500, "token": 12}),
        ("reaction", "reaction", 1, {"open": 1, "at": NOW - DAY, "token": 13}),
        ("head", "head_new", 0, {"uses": 0, "token": 14}),
    ],
)
def test_what_the_host_tells_is_logged_as_it_says(
    told: Line, verb: str, kind: str, zone: int, data: dict[str, int]
) -> None:
    before = told.case.last_seq
    answer = told.ask(verb, **TOLD[verb])
    assert (answer.verb, answer.fields) == ("told", {"token": data["token"]})
    assert told.case.news(before) == [(kind, data)]
    assert told.case.log()[-1].zone == zone


def test_what_the_host_tells_is_shown_at_once(told: Line) -> None:
    told.ask("hold", **TOLD["hold"])
    assert told.case.phase == state.HELD
    told.ask("hold", token=99, reason=events.NO_HOLD, until=0)
    assert told.case.phase == state.PREPARE


def test_a_new_head_tells_what_the_old_one_saw(line: Line) -> None:
    bring_to(line.case, state.CLEAN_ME)
    line.ask("head", token=14)
    assert line.case.log()[-1].data == {"uses": 1, "token": 14}
    assert line.case.app.journal.state.head_uses == 0


@pytest.mark.parametrize("verb", sorted(TOLD))
def test_what_is_told_again_after_a_power_cut_is_not_logged_again(told: Line, verb: str) -> None:
    told.ask(verb, **TOLD[verb])
    told.case.switch_on()
    before = told.case.last_seq
    again = Line(told.case)
    assert again.ask(verb, **TOLD[verb]).fields == {"token": TOLD[verb]["token"]}
    assert told.case.news(before) == []


@pytest.mark.parametrize("verb", sorted(TOLD))
def test_what_is_told_again_in_a_later_segment_is_not_logged_again(told: Line, verb: str) -> None:
    told.ask(verb, **TOLD[verb])
    filled(told, 3 * SEGMENT_RECORDS)
    told.case.switch_on()
    before = told.case.last_seq
    assert Line(told.case).ask(verb, **TOLD[verb]).verb == "told"
    assert told.case.news(before) == []


@pytest.mark.parametrize("verb", sorted(TOLD))
def test_the_same_with_another_token_is_another_thing(told: Line, verb: str) -> None:
    before = told.case.last_seq
    told.ask(verb, **TOLD[verb])
    told.ask(verb, **{**TOLD[verb], "token": 4294967295})
    assert [data["token"] for _, data in told.case.news(before)] == [
        TOLD[verb]["token"], 4294967295,
    ]  # fmt: skip


@pytest.mark.parametrize("verb", sorted(TOLD))
def test_what_the_flash_does_not_take_can_be_told_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str
) -> None:
    flash = FlakyFlash(monkeypatch)
    line = Line(WholeCase(tmp_path))
    tell_zones(line)
    before = line.case.last_seq
    flash.broken = "write"
    assert line.error(verb, **TOLD[verb])[0] == messages.BAD_STORAGE
    flash.broken = ""
    assert line.ask(verb, **TOLD[verb]).verb == "told"
    assert len(line.case.news(before)) == 1


@pytest.mark.parametrize("verb", sorted(TOLD))
def test_a_token_of_0_is_refused(told: Line, verb: str) -> None:
    before = told.case.last_seq
    code, words = told.error(verb, **{**TOLD[verb], "token": 0})
    assert (code, words) == (messages.BAD_REQUEST, "a token is 1 or more")
    assert told.case.news(before) == []


NOT_TOLD = [
    pytest.param(verb, changes, code, words, id=" ".join([verb, *map(str, changes)]) + str(number))
    for number, (verb, changes, code, words) in enumerate(
        [
            ("clinic", {"zone": 2}, "range", "there are zones 0 to 1"),
            ("clinic", {"zone": 4294967295}, "range", "there are zones 0 to 1"),
            ("reaction", {"zone": 2}, "range", "there are zones 0 to 1"),
            ("clinic", {"at": NOW + 601}, "range", "that is in the future"),
            ("clinic", {"at": 4294967295}, "range", "that is in the future"),
            ("reaction", {"at": NOW + 601}, "range", "that is in the future"),
            ("reaction", {"open": 0, "at": 1 << 31}, "range", "that is in the future"),
            ("hold", {"reason": 9}, "request", "hold_set.reason cannot be 9"),
            ("hold", {"reason": 4294967295}, "request", "reason cannot be"),
            ("reaction", {"open": 2}, "request", "reaction.open cannot be 2"),
            ("clinic", {"needle_um": 65536}, "request", "needle_um does not fit"),
            ("clinic", {"needle_um": 4294967295}, "request", "needle_um does not fit"),
        ]
    )
]


@pytest.mark.parametrize(("verb", "changes", "code", "words"), NOT_TOLD)
def test_what_cannot_be_is_refused_in_words(
    told: Line, verb: str, changes: dict[str, object], code: str, words: str
) -> None:
    before = told.case.last_seq
    found, why_not = told.error(verb, **{**TOLD[verb], **changes})
    assert (found, words in why_not) == (code, True), why_not
    assert told.case.news(before) == []
    assert told.ask(verb, **TOLD[verb]).verb == "told"


@pytest.mark.parametrize(("verb", "changes", "code", "words"), NOT_TOLD)
def test_what_cannot_be_is_refused_so_whatever_else_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    verb: str,
    changes: dict[str, object],
    code: str,
    words: str,
) -> None:
    """The host would tell it again once the flash is mended, and that is no help."""
    flash = FlakyFlash(monkeypatch)
    line = Line(WholeCase(tmp_path))
    tell_zones(line)
    flash.broken = "write"
    line.case.press()
    assert line.ask("status").word("fault") != ""
    assert line.error(verb, **{**TOLD[verb], **changes})[0] == code


@pytest.mark.parametrize(
    ("verb", "changes"),
    [
        ("hold", {"until": 4294967295}),
        ("hold", {"until": NOW - DAY}),
        ("hold", {"token": 4294967295}),
        ("clinic", {"at": 0}),
        ("clinic", {"at": NOW + 600}),
        ("clinic", {"needle_um": 0}),
        ("clinic", {"needle_um": 65535}),
        ("reaction", {"open": 0, "at": 0}),
    ],
)
def test_what_can_be_is_taken_and_stops_nothing(
    told: Line, verb: str, changes: dict[str, object]
) -> None:
    assert told.ask(verb, **{**TOLD[verb], **changes}).verb == "told"
    filled(told, 2 * SEGMENT_RECORDS)
    told.case.press()
    told.case.hold()
    told.case.switch_on()
    assert told.case.app.fault == ""


def test_a_session_cannot_be_dated_before_the_clock_is_set(line: Line) -> None:
    code, words = line.error("clinic", token=1, zone=0, at=NOW, needle_um=0)
    assert (code, words) == (messages.BAD_RANGE, "that is in the future")


def test_a_hold_until_a_day_that_never_comes_is_refused_without_a_date(told: Line) -> None:
    told.ask("hold", token=1, reason=events.FLARE, until=4294967295)
    told.case.hold()
    assert told.case.log()[-1].name == "refused"
    assert told.case.log()[-1].data["until"] == 0


def test_a_reaction_can_be_closed_though_its_zone_is_not_named_any_more(told: Line) -> None:
    told.ask("reaction", **TOLD["reaction"])
    told.ask("rule", policy=RULES.text)
    for zone in (0, 1):
        told.send(frames.encode(b"77 reaction %d %d 0 %d" % (100 + zone, zone, NOW - DAY)))
    assert told.case.phase == state.RESTING


def test_a_zone_that_was_chosen_and_has_not_rested_any_more_is_not_rolled(told: Line) -> None:
    bring_to(told.case, state.READY)
    told.case.press()
    told.case.press()  # the second zone
    told.ask("clinic", token=5, zone=1, at=NOW, needle_um=0)
    told.case.hold()
    assert [(event.name, event.zone) for event in told.case.log()][-1] == ("use_started", 0)


def test_a_zone_that_was_chosen_and_is_not_named_any_more_is_not_rolled(told: Line) -> None:
    bring_to(told.case, state.READY)
    told.case.press()
    told.case.press()  # the second zone
    told.ask("rule", policy=RULES.text)
    told.case.hold()
    assert [(event.name, event.zone) for event in told.case.log()][-1] == ("use_started", 0)


def test_a_zone_that_was_chosen_is_not_another_one_by_another_list(told: Line) -> None:
    """The neck was chosen; whoever rolls now, rolls by the new list what it names first."""
    bring_to(told.case, state.READY)
    told.case.press()
    told.case.press()  # the second zone
    swapped = policy.Policy(policy.numbers_of(RULES), ("neck", "face"))
    told.ask("rule", policy=swapped.text)
    told.case.hold()
    assert [(event.name, event.zone) for event in told.case.log()][-1] == ("use_started", 0)


def test_a_zone_that_was_chosen_stays_so_where_a_list_keeps_it(told: Line) -> None:
    bring_to(told.case, state.READY)
    told.case.press()
    told.case.press()  # the second zone
    longer = policy.Policy(policy.numbers_of(RULES), ("face", "neck", "chest"))
    told.ask("rule", policy=longer.text)
    told.case.hold()
    assert [(event.name, event.zone) for event in told.case.log()][-1] == ("use_started", 1)


def test_as_many_reactions_are_closed_as_were_opened(told: Line) -> None:
    for token, (is_open, phase) in enumerate(
        [(1, state.HELD), (1, state.HELD), (0, state.HELD), (0, state.RESTING)], 1
    ):
        told.ask("reaction", token=token, zone=token % 2, open=is_open, at=NOW)
        assert told.case.phase == phase


def test_a_reaction_that_is_told_twice_is_closed_once(told: Line) -> None:
    for _ in range(2):
        told.ask("reaction", **TOLD["reaction"])
    told.ask("reaction", token=99, zone=0, open=0, at=NOW)
    assert told.case.phase == state.RESTING


# A case that only answers


FAILED = "the firmware has failed 3 times in a row"


@pytest.fixture
def safe(told: Line) -> Line:
    """Return a case that has failed so often that it only answers, with a host on its line."""
    told.ask("clinic", **TOLD["clinic"])
    for _ in range(SAFE_AFTER):
        told.case.app.failed({"file": 0, "error": 0, "line": 0})
        told.case.switch_on(events.SOFT_RESET)
    assert told.case.app.safe
    return Line(told.case)


LATER: dict[str, dict[str, object]] = {
    "clock": {"time": NOW + DAY, "force": 0},
    "rule": {"policy": policy.for_needle(1000).text},
    **TOLD,
    "clinic": {**TOLD["clinic"], "token": 99},
}


@pytest.mark.parametrize("verb", sorted(LATER))
def test_a_case_that_only_answers_takes_nothing_that_is_to_be_logged(safe: Line, verb: str) -> None:
    before = effect(safe.case)
    code, words = safe.error(verb, **LATER[verb])
    assert (code, words.split(".")[0]) == (messages.BAD_STORAGE, FAILED)
    assert effect(safe.case) == before


def test_a_case_that_only_answers_knows_what_it_was_told_before(safe: Line) -> None:
    before = effect(safe.case)
    assert safe.ask("clinic", **TOLD["clinic"]).fields == {"token": 12}
    assert effect(safe.case) == before


def test_a_case_that_only_answers_gives_its_log_away(safe: Line) -> None:
    raw = safe.ask("get", seq=1, count=56).raw("raw")
    assert len(raw) == 32 * safe.case.last_seq


def test_a_case_that_only_answers_takes_an_acknowledgement_and_goes_on_so(safe: Line) -> None:
    assert safe.ask("ack", log=LOG, seq=3).integer("seq") == 3
    assert safe.case.app.safe
    assert safe.ask("status").integer("acked") == 3


def test_a_case_that_only_answers_says_why(safe: Line) -> None:
    assert safe.ask("status").word("fault").split(".")[0] == FAILED
    safe.ask("ack", log=LOG, seq=3)
    assert safe.ask("status").word("fault").split(".")[0] == FAILED


@pytest.mark.parametrize("verb", ["hello", "policy"])
def test_a_case_that_only_answers_still_says_what_it_is(safe: Line, verb: str) -> None:
    assert safe.ask(verb, **QUESTIONS[verb]).verb in ("case", "policy")


def test_a_case_that_only_answers_is_a_whole_one_again_after_a_power_cut(safe: Line) -> None:
    safe.case.switch_on()
    assert Line(safe.case).ask("hold", **TOLD["hold"]).verb == "told"


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
    "hold": {"token": 11, "reason": events.SUNBURN, "until": 0},
    "clinic": {"token": 12, "zone": 0, "at": 0, "needle_um": 1500},
    "reaction": {"token": 13, "zone": 0, "open": 1, "at": 0},
    "head": {"token": 14},
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
    assert line.server.answer() == b""
    assert not line.server.waiting


def test_a_question_is_heard_through_garbage_and_byte_by_byte(line: Line) -> None:
    stream = b"\xff\x00~12~\r\n\x03garbage" + frames.encode(b"9 status") + b"~more"
    for at in range(len(stream)):
        line.server.receive(stream[at : at + 1])
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
    assert not line.server.waiting


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
        line.server.receive(b"~" + b"x" * 255)
    assert line.send(b"\n" + frames.encode(b"9 status"))[0].number == 9


def test_more_questions_than_may_wait_are_dropped_and_can_be_asked_again(line: Line) -> None:
    for number in range(1, MAX_WAITING + 4):
        line.server.receive(frames.encode(b"%d status" % number))
    assert [answer.number for answer in line.answers()] == list(range(1, MAX_WAITING + 1))
    assert line.send(frames.encode(b"99 status"))[0].number == 99


def test_questions_are_answered_in_their_order_one_at_a_time(line: Line) -> None:
    line.server.receive(frames.encode(b"5 status") + frames.encode(b"4 policy"))
    first = line.server.answer()
    assert first.count(b"\n") == 1
    assert first.startswith(b"~5 status ")
    assert line.server.answer().startswith(b"~4 policy ")
    assert not line.server.waiting


def test_the_case_goes_on_living_while_it_is_asked(line: Line) -> None:
    line.server.receive(frames.encode(b"5 get 1 56"))
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
    lambda verb: st.lists(
        (st.integers(0, 5) | st.integers(0, 1 << 32)).map(str) | word, max_size=4
    ).map(lambda fields: " ".join(["7", verb, *fields]).encode())
)


@given(
    st.sampled_from(sorted(TOLD)),
    st.lists(st.integers(0, 5) | st.integers(0, 1 << 16) | st.integers(0, (1 << 32) - 1),
             min_size=4, max_size=4),
)  # fmt: skip
def test_whatever_numbers_are_told_the_answer_is_told_or_an_error_and_the_case_goes_on(
    verb: str, numbers: list[int]
) -> None:
    with TemporaryDirectory() as directory:
        line = Line(WholeCase(Path(directory)))
        line.send(frames.encode(b"1 clock %d 1" % (1 << 29)))
        before = line.case.last_seq
        fields = dict(zip([name for name, _ in REQUESTS[verb]], numbers, strict=False))
        answer = line.ask(verb, **fields)
        assert answer.verb in ("told", "error")
        assert len(line.case.news(before)) == (answer.verb == "told")
        filled(line, SEGMENT_RECORDS + 2)
        line.case.press()
        line.case.hold()
        line.case.switch_on()
        assert line.case.app.fault == ""


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
