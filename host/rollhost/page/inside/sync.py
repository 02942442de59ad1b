"""A sync of the page: what is new comes home, the clock is set, and nothing is acknowledged.

It is the page's part of `rollhost.case.fetch` and `rollhost.case.sync`: the case keeps every record
until a host has it in a database. A sync that broke off goes on where it ended.
"""

from binascii import a2b_base64, hexlify, unhexlify

from rollcore import events, messages, policy, slots, snapshot
from rollcore.events import CASE_EPOCH, RECORD_SIZE
from rollcore.messages import Message
from rollhost.database.slot_reader import Read, SlotReader, is_same
from rollhost.history.sure_clocks import (
    Confirmation,
    Meeting,
    SureSetting,
    confirm,
    still_holds,
)
from rollhost.page.inside import effects
from rollhost.page.inside.effects import PageError, Records
from rollhost.page.inside.line import Line, Refused, in_short
from rollhost.page.inside.logs import KIND_AT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from rollhost.page.inside.effects import Job

KEEP_RECORDS = 1000
"""How many records are kept together (own): a lost cable costs no more than these."""

SHOW_RECORDS = 500
"""After how many records a person is shown how far it is (own): each time takes a moment."""

# Where other parts of a record than its kind stand in its bytes, see `firmware/SPEC.md`.
BOOT_AT = 6
DATA_AT = 16
CRC_AT = 28

MOST_HELD = 1 << 20
"""More records than a case can hold (own): 16 MiB of flash have fewer."""


class Synced:
    """What a sync has done."""

    def __init__(self) -> None:
        self.device = ""
        self.log = ""
        self.new = 0
        self.quarantined = 0
        self.corrected = 0
        """New records in which flipped bits were put right."""
        self.clock_behind_s = 0
        self.clock = ""
        """``set``, ``heard`` (this browser was not sure of the time) or ``refused``."""
        self.clock_refused = ""
        self.fault = ""
        """What keeps the case from its work, in its own words; empty if there is no fault."""


def sync(first_number: int) -> "Job[dict[str, Any]]":
    """Bring home what is new on the case at the open port, and set its clock.

    `first_number` is as in `Conversation`.
    """
    line = Line(first_number)
    yield from line.greet()
    done = Synced()
    done.device = line.device
    before = yield from effects.read("case", device=line.device)
    in_force = yield from _policy(line)
    yield from _fetch(line, done)
    yield from _set_clock(line, done, before)
    # The case has logged its clock: fetch that, too.
    status = yield from _fetch(line, done)
    done.fault = in_short(status.word("fault"))
    now = yield from effects.now()
    facts: dict[str, object] = {"synced_at": now, "clock_behind_s": done.clock_behind_s}
    facts["acked"] = status.integer("acked")
    facts["clock_set"] = status.integer("clock_set")
    facts["fault"] = done.fault
    case = _case(line, done, facts)
    yield from effects.keep({"case": case, "policies": [in_force]})
    return done.__dict__


def _policy(line: Line) -> "Job[str]":
    answer = yield from line.ask("policy")
    try:
        return policy.parse(answer.word("policy")).text
    except policy.PolicyError:
        raise PageError("The case's rules cannot be read here.", "Get a newer page.")


def _case(line: Line, done: Synced, more: "dict[str, object]") -> "dict[str, object]":
    row: dict[str, object] = {
        "device": line.device,
        "board": line.board,
        "firmware": line.firmware,
        "log": done.log,
    }
    row.update(more)
    return row


# The records.


class _Place:
    """Where a log goes on: at number `next`, chained to `chain`; None if that is not known."""

    def __init__(self, number: int, chain: int | None, is_known: bool) -> None:
        self.next = number
        self.chain = chain
        self.is_known = is_known


def _fetch(line: Line, done: Synced) -> "Job[Message]":
    """Fetch everything new that the case holds now, and keep it; return the case's status."""
    status = yield from line.ask("status")
    log, first, end = status.word("log"), status.integer("first"), status.integer("next")
    if not _is_log_id(log) or end < first or end - first > MOST_HELD:
        raise PageError("The case tells of a log that there cannot be.", "Get a newer page.")
    done.log = log
    place = yield from _find_place(line, log, first, end)
    states: list[tuple[int, str]] = []
    if not place.is_known or first > place.next:
        yield from _ask_for_state(line, max(first, place.next), end, states)
    now = yield from effects.now()
    behind_s = now - CASE_EPOCH - status.integer("time")
    met: dict[str, object] = {"met_at": now, "met_behind_s": behind_s}
    case = _case(line, done, met)
    reader = SlotReader(place.next, place.chain)
    waiting: list[Read] = []
    gaps: list[int] = []
    total, asked_again, next_seq, shown = end - place.next, 0, place.next, 0
    if next_seq < end:
        yield from line.ask_for_blocks(next_seq, end)
    while next_seq < end:
        block = yield from line.next_block(next_seq, end)
        if block is None:
            break
        seq, chain, raw = block
        if seq > max(next_seq, first) and asked_again != next_seq:
            # What is left out may have got lost on the line.
            asked_again = next_seq
            yield from line.ask_for_blocks(next_seq, end)
            continue
        if seq > max(reader.next, first):
            gaps.append(seq)
        waiting += reader.feed(seq, chain, raw)
        next_seq = seq + len(raw) // RECORD_SIZE
        if next_seq - shown >= SHOW_RECORDS:
            shown = next_seq
            yield {"do": "progress", "done": total - (end - next_seq), "total": total}
        # What is behind a gap means nothing without the state there: they come together.
        if len(waiting) >= KEEP_RECORDS and not gaps:
            yield from _keep(case, done, states, waiting)
    waiting += reader.end(known=0)
    for seq in gaps:
        yield from _ask_for_state(line, seq, end, states)
    yield from _keep(case, done, states, waiting)
    return status


def _find_place(line: Line, log: str, first: int, end: int) -> "Job[_Place]":
    """Return where the log goes on, by comparing the last record that is here with the case's."""
    last = yield from effects.read("last record", device=line.device, log=log)
    if last is None:
        start = max(first, 1)
        seed = events.first_chain(unhexlify(log)) if start == 1 else None
        return _Place(start, seed, False)
    seq, raw = last["seq"], a2b_base64(last["raw"])
    if seq < first:
        return _Place(seq + 1, events.crc_of(raw), True)
    if seq < end:
        yield from line.ask_for_blocks(seq, seq + 1)
        block = yield from line.next_block(seq, seq + 1)
        if block is not None and block[0] == seq and is_same(block[2][:RECORD_SIZE], raw):
            return _Place(seq + 1, events.crc_of(raw), True)
    raise PageError(
        "The case's memory was put back to an earlier state, and its log went on from there.",
        "This page does not join such a log; the program does: host sync. Nothing was changed"
        " here or there.",
    )


def _ask_for_state(line: Line, seq: int, end: int, states: "list[tuple[int, str]]") -> "Job[None]":
    """Ask what the records before `seq` add up to; if nobody knows, what all of them do."""
    for number in [seq, 0] if seq < end else [0]:
        try:
            answer = yield from line.ask("state", seq=number)
        except Refused:
            continue
        raw = answer.raw("raw")
        if snapshot.is_snapshot(raw):
            if answer.integer("seq") or not _is_empty(raw):
                states.append((answer.integer("seq"), _hex(raw)))
            return


def _is_empty(raw: bytes) -> bool:
    """Return whether this is the state before the first record of a flash's first log."""
    state = snapshot.unpack(raw)
    return state == type(state)()


def _keep(
    case: "dict[str, object]",
    done: Synced,
    states: "list[tuple[int, str]]",
    waiting: "list[Read]",
) -> "Job[None]":
    device, name = str(case["device"]), str(case["log"])
    records = Records()
    records.begin(device, name)
    others: list[dict[str, Any]] = []
    quarantined = 0
    readable: set[bytes] = set()
    for read in waiting:
        slot = read.slot
        if slot.what in (slots.TORN, slots.SKIPPED):
            continue
        flaw = _flaw(slot, readable)
        if flaw:
            quarantined += 1
        else:
            records.add(slot.seq, slot.raw)
        if flaw or slot.what == slots.CORRECTED:
            others.append(other(device, name, slot.seq, slot.raw, read.raw, slot.seed, flaw))
    log = {"device": device, "log": name, "states": [list(told) for told in states]}
    yield from effects.keep({"case": case, "logs": [log], "others": others}, records)
    done.new += len(records.raws) + quarantined
    done.quarantined += quarantined
    done.corrected += len(others) - quarantined
    waiting.clear()
    states.clear()


def _flaw(slot: slots.Slot, readable: "set[bytes]") -> str:
    """Return why a record cannot be read; empty if it can.

    `readable` has what such records say, without their places and times: most say the same, and
    decoding each takes a while.
    """
    if not slot.is_record and not events.intact(slot.raw, slot.seed):
        return "its checksum does not fit"
    if events.seq_of(slot.raw) != slot.seq:
        return "it has another number than its place"
    said = slot.raw[KIND_AT:BOOT_AT] + slot.raw[DATA_AT:CRC_AT]
    if said not in readable:
        try:
            events.decode(slot.raw)
        except events.RecordError as error:
            return str(error)
        readable.add(said)
    return ""


def other(
    device: str, log: str, seq: int, raw: bytes, came: bytes, chain: int, flaw: str
) -> "dict[str, Any]":
    """Return a record with a `flaw`, or one whose flipped bits were put right, as the store has it.

    `came` are its bytes as they came, which count where flipped bits were put right, `chain` the
    CRC that it is chained to, which counts where it has a flaw.
    """
    return {
        "device": device,
        "log": log,
        "seq": seq,
        "raw": _hex(raw),
        "came": "" if flaw else _hex(came),
        "chain": chain if flaw else 0,
        "flaw": flaw,
    }


# The clock.


def _set_clock(line: Line, done: Synced, before: "dict[str, Any] | None") -> "Job[None]":
    """Set the case's clock if this browser is sure of its own; else let the case hear it."""
    status = yield from line.ask("status")
    now = yield from effects.now()
    done.clock_behind_s = now - CASE_EPOCH - status.integer("time")
    setting = yield from _sure_setting(line.device, status)
    newest = before.get("synced_at") if before else None
    meeting = Meeting(now, status.integer("time") + CASE_EPOCH, line.board, newest, newest, setting)
    sure = yield from _how_sure(meeting)
    now = yield from effects.now()  # a person may have taken a while to answer
    time = max(now - CASE_EPOCH, 0)
    try:
        if sure:
            yield from line.ask("time", time=time, sure=sure, force=0)
            done.clock = "set"
        else:
            yield from line.ask("heard", time=time)
            done.clock = "heard"
    except Refused as refused:
        if refused.code not in (messages.BAD_CLOCK, messages.BAD_STORAGE, messages.BAD_REQUEST):
            raise
        done.clock, done.clock_refused = "refused", refused.sentence


def _how_sure(meeting: Meeting) -> "Job[int]":
    """Return why this browser is sure of its time, as in `clock_set.sure`; a person is asked once.

    A browser cannot tell whether its system keeps the clock synchronised.
    """
    if meeting.board == "virtual":
        return events.GIVEN
    if meeting.agrees:
        return events.AGREES
    row = yield from effects.read("clock")
    said = row and Confirmation(row["at"], row["newest"], row["despite"])
    if said and still_holds(said, meeting):
        return events.CONFIRMED
    reply = yield {"do": "ask", "question": "clock", "now": meeting.now}
    if not reply.get("yes"):
        return events.NOT_SURE
    yield from effects.keep({"clock": confirm(meeting).__dict__})
    return events.CONFIRMED


def _sure_setting(device: str, status: Message) -> "Job[SureSetting | None]":
    """Return the last setting of the case's clock; None if it was not sure, or none is here."""
    log = status.word("log")
    raw = yield from effects.records(device, log)
    for at in range(len(raw) - RECORD_SIZE, -1, -RECORD_SIZE):
        event = events.decode(raw[at : at + RECORD_SIZE])
        if event.kind == events.CLOCK_SET:
            if not event.data["sure"]:
                return None
            ran_on = event.boot == status.integer("boot")
            age_s = max(status.integer("uptime") - event.uptime, 0) if ran_on else None
            return SureSetting(log + " " + str(event.seq), age_s)
    return None


def _is_log_id(text: str) -> bool:
    return len(text) == 16 and all(char in "0123456789abcdef" for char in text)


def _hex(raw: bytes) -> str:
    return str(hexlify(raw), "ascii")
