"""Answers the host's requests, one at a time, while button and lamp keep working.

Bytes in, bytes out: the loop reads and writes the port. What the host sends is
not trusted: the length of a frame is bounded, a message is checked, and a
request that makes no sense is answered with an error. What has no number to
answer to is dropped.
"""

from rollcase.app import App
from rollcase.journal import JournalError, id_text
from rollcore import VERSION, events, frames, messages, policy, state
from rollcore.blocks import NO_LOG
from rollcore.events import FROM_HOST, KINDS, RecordError
from rollcore.messages import Message, MessageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_WAITING = 4
"""Requests that may wait for their turn. More are dropped, and the host sends them again."""


class Server:
    """The case's end of the line. `device` is the chip's id in hex, `board` the board's name."""

    def __init__(self, app: App, device: str, board: str) -> None:
        self._app = app
        self._device = device
        self._board = board
        self._decoder = frames.Decoder(messages.MAX_REQUEST)
        self._waiting: list[bytes] = []
        self._piece = bytearray(frames.PIECE)  # kept: memory for it is found ever more slowly
        self._number = 0  # of the request that is answered
        self._following = self._end = 0  # of a `get`: the next seq, and the one behind the last

    @property
    def waiting(self) -> bool:
        """Whether there is something to answer: a request, or more blocks of the log."""
        return bool(self._waiting) or self._following < self._end

    @property
    def streams(self) -> bool:
        """Whether what comes next is one more block of the log."""
        return not self._waiting and self._following < self._end

    def receive(self, data: bytes) -> None:
        """Take bytes from the host; whole requests wait until `answer` is called."""
        for body in self._decoder.feed(data):
            if len(self._waiting) < MAX_WAITING:
                self._waiting.append(body)

    def answer(self) -> "Iterable[bytes | bytearray]":
        """Return the next frame for the host, in pieces; none if no request waits."""
        if not self._waiting:
            return self._next_block()
        body = self._waiting.pop(0)
        self._following = self._end = 0
        number = messages.number_of(body)
        if not number:
            return ()
        self._number = number
        try:
            request = messages.decode(body, messages.REQUESTS)
            if request.verb == "get":
                return self._get(request.integer("seq"), request.integer("count"))
            reply = self._reply(request)
        except MessageError as error:
            reply = _error(messages.BAD_REQUEST, str(error))
        return self._frame(reply)

    def _frame(self, reply: Message) -> "Iterable[bytes | bytearray]":
        reply.number = self._number
        return (frames.encode(messages.encode(reply, messages.ANSWERS)),)

    def _reply(self, request: Message) -> Message:
        verb = request.verb
        if verb == "hello":
            return self._hello(request.integer("oldest"), request.integer("newest"))
        if verb == "status":
            return self._status()
        if verb == "ack":
            return self._ack(request.word("log"), request.integer("seq"))
        if verb == "clock":
            return self._set_clock(request, events.NOT_SURE)
        if verb == "time":
            return self._set_time(request)
        if verb == "heard":
            return self._hear(request.integer("time"))
        if verb == "rule":
            return self._set_policy(request.word("policy"))
        if verb in messages.RECORDED:
            return self._tell(request)
        if verb == "state":
            return self._state(request.integer("seq"))
        if verb == "newlog":
            return self._new_log(request.word("log"), request.integer("keep"))
        return Message(0, "policy", {"policy": self._app.policy.text})

    def _hello(self, oldest: int, newest: int) -> Message:
        if newest < messages.OLDEST:
            return _error(
                messages.BAD_VERSION,
                f"this case needs a newer host program (it speaks {messages.OLDEST} to"
                f" {messages.VERSION}, the host program up to {newest}): update the host program",
            )
        if oldest > messages.VERSION:
            return _error(
                messages.BAD_VERSION,
                f"this case needs newer firmware (it speaks up to {messages.VERSION},"
                f" the host program {oldest} and up): put the newer firmware on it",
            )
        return Message(
            0,
            "case",
            {
                "version": min(newest, messages.VERSION),
                "device": self._device,
                "board": self._board,
                "firmware": VERSION,
            },
        )

    def _status(self) -> Message:
        app = self._app
        journal = app.journal
        if journal.unusable:
            return _error(messages.BAD_STORAGE, journal.unusable)
        return Message(
            0,
            "status",
            {
                "log": id_text(journal.log_id),
                "first": journal.first,
                "next": journal.next,
                "acked": journal.acked,
                "boot": journal.state.boot,
                "uptime": app.clock.uptime,
                "time": app.clock.time,
                "clock_set": int(journal.state.clock_set),
                "digest": app.policy.digest,
                "fault": app.fault,
            },
        )

    def _get(self, seq: int, count: int) -> "Iterable[bytes | bytearray]":
        """Begin to answer with the records from `seq` to before `seq` + `count`, block by block."""
        journal = self._app.journal
        if journal.unusable:
            return self._frame(_error(messages.BAD_STORAGE, journal.unusable))
        if not 1 <= seq <= journal.next or count < 1:
            words = f"there are records from 1 to {journal.next - 1}"
            return self._frame(_error(messages.BAD_RANGE, words))
        self._following, self._end = seq, seq + count
        return self._next_block()

    def _next_block(self) -> "Iterable[bytes | bytearray]":
        """Return the frame with the next block that was asked for; none if there is none.

        Slots that the case does not have are named: a host could not tell them from those that
        were lost on the line.
        """
        seq, end = self._following, self._end
        if seq >= end:
            return ()
        journal = self._app.journal
        try:
            found = journal.find(seq, end - seq)
        except JournalError as error:
            self._end = 0
            return self._frame(_error(messages.BAD_STORAGE, str(error)))
        after = found[0] if found else journal.next
        if after > seq:
            self._following = after
            return self._frame(Message(0, "missing", {"seq": seq, "next": after}))
        if not found:
            self._end = 0
            return self._frame(Message(0, "records", {"seq": seq, "chain": 0, "raw": b""}))
        first, chain, count, read = found
        self._following = first + count
        head = b"%d records %d %d" % (self._number, first, chain)
        return frames.with_bytes(head, count * events.RECORD_SIZE, read, self._piece)

    def _ack(self, log: str, seq: int) -> Message:
        if log != id_text(self._app.journal.log_id):
            return _error(messages.BAD_LOG, "this case holds another log")
        if seq >= self._app.journal.next:
            return _error(messages.BAD_RANGE, f"the last record is {self._app.journal.next - 1}")
        self._app.ack(seq)
        return Message(0, "acked", {"seq": self._app.journal.acked})

    def _state(self, seq: int) -> Message:
        journal = self._app.journal
        if journal.unusable:
            return _error(messages.BAD_STORAGE, journal.unusable)
        if seq and not journal.first <= seq <= journal.next:
            return _error(
                messages.BAD_RANGE, f"there are records from {journal.first} to {journal.next - 1}"
            )
        try:
            last, raw = journal.snapshot(seq)
        except JournalError as error:
            return _error(messages.BAD_STORAGE, str(error))
        return Message(0, "state", {"seq": last, "raw": raw})

    def _set_time(self, request: Message) -> Message:
        sure = request.integer("sure")
        if not events.NOT_SURE < sure <= events.GIVEN:
            return _error(
                messages.BAD_REQUEST,
                f"sure is {events.SYNCHRONISED} to {events.GIVEN}; else: heard",
            )
        return self._set_clock(request, sure)

    def _new_log(self, log: str, keep: int) -> Message:
        journal = self._app.journal
        if journal.unusable:
            return _error(messages.BAD_STORAGE, journal.unusable)
        if keep > 1:
            return _error(messages.BAD_REQUEST, "keep is 0 or 1")
        if log == id_text(journal.log_id):
            why_not = self._app.new_log(keep == 1)
            if why_not:
                return _error(messages.BAD_STORAGE, why_not)
        elif journal.follows == NO_LOG or log != id_text(journal.follows):
            # Else it was asked for before.
            return _error(messages.BAD_LOG, "this case holds another log")
        return Message(0, "log", {"log": id_text(journal.log_id)})

    def _hear(self, time: int) -> Message:
        why_not = self._app.hear(time)
        if why_not:
            return _error(messages.BAD_STORAGE, why_not)
        now = self._app.clock.time
        return Message(0, "clock", {"old": now, "new": now})

    def _set_clock(self, request: Message, sure: int) -> Message:
        time, force = request.integer("time"), request.integer("force") == 1
        old = self._app.clock.time
        why_not = self._app.set_clock(time, FROM_HOST, sure, force)
        if why_not:
            is_fault = why_not == self._app.fault
            return _error(messages.BAD_STORAGE if is_fault else messages.BAD_CLOCK, why_not)
        return Message(0, "clock", {"old": old, "new": self._app.clock.time})

    def _set_policy(self, text: str) -> Message:
        try:
            new = policy.parse(text)
        except policy.PolicyError as error:
            return _error(messages.BAD_POLICY, str(error))
        why_not = self._app.set_policy(new)
        if why_not:
            return _error(messages.BAD_STORAGE, why_not)
        return Message(0, "policy", {"policy": self._app.policy.text})

    def _tell(self, request: Message) -> Message:
        app = self._app
        token = request.integer("origin" if request.verb == "carried" else "token")
        kind = messages.RECORDED[request.verb]
        data: dict[str, int] = {}
        for field in KINDS[kind].fields:
            if field.name in request.fields:
                value = data[field.name] = request.integer(field.name)
                if field.words and not field.word(value):
                    # Read in a log, it may be a newer version's; told, it is a mistake.
                    words = f"{KINDS[kind].name}.{field.name} cannot be {value}"
                    return _error(messages.BAD_REQUEST, words)
        zone = request.integer("zone") if "zone" in request.fields else 0
        if not token:
            return _error(messages.BAD_REQUEST, "a token is 1 or more")
        if kind == events.CORRECTED and not state.can_correct(data["field"], data["extra"]):
            return _error(messages.BAD_REQUEST, f"there is no field {data['field']} to correct")
        try:
            if kind == events.CORRECTED:
                why_not = app.correct(request.integer("seq"), data)
            else:
                why_not = app.tell(kind, data, zone)
        except RecordError as error:
            return _error(messages.BAD_REQUEST, str(error))
        if why_not:
            code = messages.BAD_SEQ if kind == events.CORRECTED else messages.BAD_RANGE
            return _error(messages.BAD_STORAGE if why_not == app.fault else code, why_not)
        return Message(0, "told", {"token": token})


def _error(code: str, words: str) -> Message:
    return Message(0, "error", {"code": code, "words": words})
