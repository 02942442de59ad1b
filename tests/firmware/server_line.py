"""A case with a host on its line: ask it, send it bytes, see what a request changed."""

from collections.abc import Iterable

from tests.firmware.whole_case import DAY, LOG_ID, NOW, WholeCase

from rollcase.server import Server
from rollcore import events, frames, messages, policy
from rollcore.messages import ANSWERS, REQUESTS, Message

LOG = LOG_ID.hex()
RULES = policy.for_needle(250).changed(revision=1)


def whole(frame: Iterable[bytes | bytearray]) -> bytes:
    """Return a frame as one; all of its pieces may come in one and the same buffer."""
    return b"".join([bytes(piece) for piece in frame])


class Line:
    """A case with a host on its line."""

    def __init__(self, case: WholeCase) -> None:
        self.case = case
        self.server = Server(case.app, "e661a4d1", "pico")
        self._heard = frames.Decoder(messages.MAX_ANSWER)
        self._number = 0

    def ask(self, verb: str, **fields: object) -> Message:
        """Send one request; return its answer."""
        (answer,) = self.ask_all(verb, **fields)
        return answer

    def ask_all(self, verb: str, **fields: object) -> list[Message]:
        """Send one request; return its answers."""
        self._number += 1
        body = messages.encode(Message(self._number, verb, fields), REQUESTS)
        answers = self.send(frames.encode(body))
        assert {answer.number for answer in answers} == {self._number}
        return answers

    def send(self, data: bytes) -> list[Message]:
        """Send bytes; return the answers, each checked against the protocol."""
        self.server.receive(data)
        return self.answers()

    def answers(self) -> list[Message]:
        """Let the case answer until nothing waits."""
        found = []
        while self.server.waiting:
            found += self._heard.feed(whole(self.server.answer()))
        return [messages.decode(body, ANSWERS) for body in found]

    def error(self, verb: str, **fields: object) -> tuple[str, str]:
        """Send a request that is refused; return the error's code and words."""
        answer = self.ask(verb, **fields)
        assert answer.verb == "error", answer
        return answer.word("code"), answer.word("words")


def grow_log(line: Line, records: int) -> None:
    """Append records until the last one has this number."""
    while line.case.last_seq < records:
        line.case.app.journal.append(events.Event(events.HEAD_NEW, {"uses": 0, "token": 0}, boot=1))


OWN = policy.for_needle(250)
"""The policy of a case that has lost the owner's."""
TOLD: dict[str, dict[str, object]] = {
    "hold": {"token": 11, "reason": events.SUNBURN, "until": 0},
    "clinic": {"token": 12, "zone": 1, "at": NOW - DAY, "needle_um": 1500},
    "reaction": {"token": 13, "zone": 1, "open": 1, "at": NOW - DAY},
    "head": {"token": 14},
    "opened": {"token": 15, "zone": 1, "at": NOW - DAY, "red": 1},
    "closed": {"token": 16, "zone": 1, "at": NOW - DAY, "opened": 15},
    "saw": {"token": 17, "at": NOW - DAY, "opened": 15},
    "red": {"token": 19, "at": NOW - DAY, "opened": 15},
    "headout": {"token": 18, "reason": events.HEAD_BENT},
}


TWO_ZONES = policy.Policy(policy.numbers_of(RULES), ("face", "neck"))


def tell_zones(line: Line) -> None:
    """Set the clock, and let the owner name two zones."""
    line.ask("time", sure=1, time=NOW, force=0)
    assert line.ask("rule", policy=TWO_ZONES.text).verb == "policy"


def effect(case: WholeCase) -> tuple[object, ...]:
    """Return all that a request can change."""
    journal = case.app.journal
    log = [(event.name, event.data, event.time) for event in case.log()]
    return (log, vars(journal.state), journal.acked, case.app.clock.time, case.app.policy.text)


QUESTIONS: dict[str, dict[str, object]] = {
    "hello": {"oldest": 2, "newest": 2, "program": "host-0.1.0"},
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
    "time": {"time": NOW, "sure": events.SYNCHRONISED, "force": 0},
    "heard": {"time": NOW},
    "opened": {"token": 15, "zone": 0, "at": 0, "red": 1},
    "closed": {"token": 16, "zone": 0, "at": 0, "opened": 15},
    "saw": {"token": 17, "at": 0, "opened": 15},
    "red": {"token": 20, "at": 0, "opened": 15},
    "headout": {"token": 18, "reason": events.HEAD_BENT},
    "carried": {"origin": 19, "zone": 255, "what": 1, "at": 0, "needle_um": 500},
    "corrected": {"seq": 5, "token": 14, "field": 65, "value": 3, "extra": 0},
    "state": {"seq": 0},
    "newlog": {"log": LOG, "keep": 1},
}
