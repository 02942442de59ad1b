"""Lets a case delete what a file that was saved and picked again holds, and nothing else.

A page may be closed and its store be gone, so it acknowledges by a file alone, which the person
has: its records are read back, and the last of them has to be the one that the case has there.
"""

from rollcore import messages
from rollcore.events import RECORD_SIZE
from rollhost.database.slot_reader import is_same
from rollhost.page.inside import effects, files, status
from rollhost.page.inside.effects import PageError
from rollhost.page.inside.line import Line, Refused
from rollhost.page.inside.logs import Log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from rollhost.page.inside.effects import Job

    Row = dict[str, Any]

AGAIN = "Sync, save a file, and pick that one. Nothing was deleted."


def acknowledge(first_number: int, text: str, form: "Row") -> "Job[Row]":
    """Acknowledge the records of the case at the open port that the file with this text holds.

    `form` is as in `files.export`. Returns the case and the seq of the last record. Raises
    `PageError`, with nothing acknowledged, if the file lacks one that only the case has.
    """
    line = Line(first_number)
    yield from line.greet()
    answer = yield from line.ask("status")
    name = answer.word("log")
    saved = yield from files.read_back(text, form, line.device, name)
    if saved is None or not saved.raw:
        raise PageError("This file has no records of the case on this port.", AGAIN)
    log = Log(name, saved.raw, saved.states, saved.flawed)
    last = log.last_seq
    first = max(answer.integer("acked") + 1, answer.integer("first"))
    if status.missing(log, first):
        raise PageError("This file lacks records that the case still keeps.", AGAIN)
    yield from line.ask_for_blocks(last, last + 1)
    block = yield from line.next_block(last, last + 1)
    here = saved.raw[-RECORD_SIZE:]
    if block is None or block[0] != last or not is_same(block[2][:RECORD_SIZE], here):
        raise PageError("The case has another record than this file has there.", AGAIN)
    try:
        yield from line.ask("ack", log=name, seq=last)
    except Refused as refused:
        if refused.code != messages.BAD_STORAGE:
            raise
        raise PageError(refused.sentence, "Nothing was deleted. Try it again later.")
    case: Row = {"device": line.device, "board": line.board, "firmware": line.firmware}
    case.update({"log": name, "acked": last})
    yield from effects.keep({"case": case})
    return {"device": line.device, "seq": last}
