"""Brings the log of a case home: what is new is fetched, committed, and only then acknowledged.

A fetch that is interrupted and run again ends in the same database. Where in the database the log
goes on is found by comparing records, see `rollhost.case.log_and_forks`.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain

from rollcore import blocks, events, snapshot
from rollcore.events import CASE_EPOCH, RECORD_SIZE, Event
from rollcore.memory import State
from rollhost.case.connection import CaseRefused, in_short
from rollhost.case.known import Known, Status
from rollhost.case.log_and_forks import Block, LogAndForks, Place, records_of
from rollhost.database.archive import Archive, Kept
from rollhost.database.slot_reader import Read, SlotReader, is_same
from rollhost.errors import CaseError
from rollhost.history import beginnings, lineage
from rollhost.history.verify import DAMAGE, found_broken

COMMIT_RECORDS = 5000
"""How many records are committed together (own): a lost cable costs no more than these, which take
a Pico half a second. Each commit waits for the disk."""

MOST_HELD = (16 << 20) // blocks.BLOCK_SIZE * blocks.SLOTS
"""The most records that a case can hold: on 16 MiB, the largest flash that its chip can address."""

HURT = "littlefs has lost a part of the log: sync, and a new log begins"
"""The fault of a case that needs a new log, in its own words."""

Progress = Callable[[int, int], None]
"""Called with the number of records that were fetched, and of those to fetch."""


class Fetched:
    """What was brought home of the case `case_id`; `log_id` is the log that it has now."""

    def __init__(self, case_id: int) -> None:
        self.case_id = case_id
        self.log_id = 0
        self.new = 0
        self.uses = 0
        """How many uses the new records end; those that were too short to count are left out."""
        self.quarantined = 0
        self.put_right = 0
        """In how many of the new records flipped bits were put right here."""
        self.broken = dict.fromkeys(DAMAGE, 0)
        """What the case says in the new records that it found broken on its flash; see `DAMAGE`."""
        self.lost_bytes = 0
        """How many bytes of records it says there that it has lost: so older logs count."""
        self.log_lost = False
        """Whether the case says in a new log that the one before is lost."""
        self.back_to: int | None = None
        """The last record that the case has in common with a log here, if its log had gone back."""
        self.state_refused = ""
        """Why the case could not tell what records that are not here add up to."""


class Fetch:
    """Fetches from the case that `known` asks; what it has done is in `done`."""

    def __init__(
        self,
        known: Known,
        archive: Archive,
        done: Fetched,
        progress: Progress,
    ) -> None:
        self._known = known
        self._line = known.line
        self._archive = archive
        self.done = done
        self._progress = progress
        self._states: list[tuple[int, bytes]] = []
        """States that the case has told and that are not committed yet, with the seq of each."""
        self._follows: int | None = None
        """The log that a log which is new here goes on from."""
        self._status: Status
        self._place: Place
        self._first = 0
        self._has_begun = False
        self.log = ""
        """The id of the log that the case has now."""
        self.fault = ""
        """What keeps the case from its work, in its own words; empty if there is no fault."""
        self.needs_new_log = False
        """Whether the log cannot go on: it has left the one that is here, or littlefs hurts it."""

    def run(self) -> None:
        """Fetch, commit and acknowledge everything that the case holds now."""
        self._status = self._known.status()
        status = self._status.answer
        self.log, self.fault = status.word("log"), in_short(status.word("fault"))
        if not re.fullmatch(r"[0-9a-f]{16}", self.log):
            raise CaseError("The case's log has an id that makes no sense.", "Update this program.")
        check_not_forgotten(self._archive, self._line.device, self.log)
        self._first, end = status.integer("first"), status.integer("next")
        if end - self._first > MOST_HELD:
            raise CaseError(
                f"The case says that it holds {end - self._first:,} records, which no flash can.",
                "Save its log: host rescue. Then put the firmware on it again: host install.",
            )
        place, slots = self._find_place(end)
        self._place = place
        if place.back_to is not None:
            self.done.back_to = place.back_to
        if not place.is_known or self._first > place.next:
            self._ask_for_state(max(self._first, place.next), end)
        if place.log_id is None:
            self._find_out_what_it_follows()
        # A fork is here as soon as its first records are.
        self._has_begun = place.fork is None
        if self._has_begun:
            with self._archive.transaction():
                self._begin()
        self._fetch(slots, end)
        facts = self._archive.log_facts(self.done.log_id)
        self.needs_new_log = (
            place.back_to is not None or lineage.is_fork(facts) or self.fault == HURT
        )
        if status.integer("acked") < end - 1:
            # Also without new records: a case whose log was full learns that it has room.
            self._line.ask("ack", log=self.log, seq=end - 1)

    # Where the log goes on.

    def _find_place(self, end: int) -> tuple[Place, Iterable[Block]]:
        """Return where the log goes on, and the slots from there on."""
        first, case_id = self._first, self.done.case_id
        case = next(case for case in self._archive.cases() if case.id == case_id)
        logs = LogAndForks(self._archive, case_id, self.log, case.log_id)
        last = logs.last_record()
        if last is None:
            start = max(first, 1)
            seed = events.first_chain(bytes.fromhex(self.log)) if start == 1 else None
            place = Place(logs.current, start, seed, is_known=False)
            return place, self._blocks(start, end)
        seq, raw = last
        if first <= seq < end:
            answers = self._blocks(seq, end)
            for at, _, slots in answers:
                if at != seq or not is_same(slots[:RECORD_SIZE], raw):
                    break
                # The last record is the one that is here. What follows is new.
                place = Place(logs.current, seq + 1, events.crc_of(raw))
                others = slots[RECORD_SIZE:]
                rest = [(seq + 1, events.crc_of(raw), others)] if others else []
                return place, chain(rest, answers)
        place = logs.place(first, end, records_of(self._blocks))
        return place, self._blocks(place.next, end)

    def _blocks(self, start: int, end: int) -> Iterator[Block]:
        """Yield the slots from `start` to before `end`, as `Line.blocks` does.

        Where slots are left out that the case should have, they are asked for once more: they may
        have got lost on the line, and what is acknowledged may be deleted.
        """
        asked_again = 0
        while start < end:
            for seq, seed, raw in self._line.blocks(start, end):
                if seq > max(start, self._first) and asked_again != start:
                    asked_again = start
                    break
                yield seq, seed, raw
                start = seq + len(raw) // RECORD_SIZE
            else:
                return

    def _begin(self) -> None:
        """Note which log the case has now, and what it has told of it. Runs in a transaction."""
        archive, place = self._archive, self._place
        log_id = place.log_id
        if log_id is None:
            case_id = self.done.case_id
            log_id = archive.keep_log(case_id, self.log, self._heir())
            if self._follows is not None:
                archive.note_follows(log_id, self._follows)
        elif place.fork is not None:
            log_id = archive.keep_fork(log_id, lineage.fork_name(self.log, place.fork))
        now = self._known.case_now() + CASE_EPOCH
        archive.note_meeting(self.done.case_id, log_id, now, self._status.behind_s)
        archive.read_again(log_id)
        self.done.log_id = log_id

    def _heir(self) -> int | None:
        """Return the person whom a log is about that is new here, None if nobody knows."""
        begins = [snapshot.unpack(raw) for seq, raw in self._states if seq == 0]
        if begins and beginnings.is_of_another_owner(begins[0]):
            return None
        return self._archive.heir(self.done.case_id)

    # What is not in any record that is here.

    def _ask_for_state(self, seq: int, end: int) -> None:
        """Ask what the records before `seq` add up to. If nobody knows, what all of them do."""
        asked = [seq, 0] if seq < end else [0]
        for number in asked:
            try:
                answer = self._line.ask("state", seq=number)
            except CaseRefused as refused:
                self.done.state_refused = refused.sentence
                continue
            raw = answer.raw("raw")
            if snapshot.is_snapshot(raw):
                self.done.state_refused = ""
                if not _is_of_a_first_log(answer.integer("seq"), raw):
                    self._states.append((answer.integer("seq"), raw))
                return
            self.done.state_refused = "The case told it in a form that is not known here."

    def _find_out_what_it_follows(self) -> None:
        """Ask whether a log that is new here goes on from the one that the case had before.

        A case says so if it is asked for a new log in place of that one again: it answers with the
        log that it has begun then, and with an error if that was another.
        """
        self._follows = None
        archive = self._archive
        case = next(case for case in archive.cases() if case.id == self.done.case_id)
        begins = [raw for seq, raw in self._states if seq == 0]
        if case.log_id is None or not begins:
            return
        if not beginnings.knows_anything(snapshot.unpack(begins[0])):
            return
        before = archive.log_name(case.log_id)
        with suppress(CaseRefused):
            answer = self._line.ask("newlog", log=lineage.case_id_of(before), keep=1)
            if answer.word("log") == self.log:
                self._follows = case.log_id

    # The records.

    def _fetch(self, answers: Iterable[Block], end: int) -> None:
        """Fetch the slots to before `end` and commit what is in them."""
        place = self._place
        reader = SlotReader(place.next, place.chain)
        waiting: list[Read] = []
        gaps: list[int] = []
        done, total = 0, end - place.next
        for seq, seed, raw in answers:
            if seq > max(reader.next, self._first):
                gaps.append(seq)
            waiting += reader.feed(seq, seed, raw)
            done += len(raw) // RECORD_SIZE
            self._progress(done, total)
            # What is behind a gap means nothing without the state there: they come together.
            if len(waiting) >= COMMIT_RECORDS and not gaps:
                self._commit(waiting)
        # A last slot that does not fit counts as cut. If it was not, the next record will tell.
        waiting += reader.end(known=0)
        for seq in gaps:
            self._ask_for_state(seq, end)
        self._commit(waiting)

    def _commit(self, waiting: list[Read]) -> None:
        done = self.done
        with self._archive.transaction():
            if not self._has_begun:
                self._begin()
                self._has_begun = True
            for seq, raw in self._states:
                self._archive.keep_state(done.log_id, seq, raw)
            kept = self._archive.keep_slots(done.log_id, waiting)
        self._states.clear()
        waiting.clear()
        done.new += len(kept.events) + kept.quarantined
        done.quarantined += kept.quarantined
        done.put_right += kept.corrected
        done.uses += sum(map(_ends_use, kept.events))
        self._count_broken(kept)

    def _count_broken(self, kept: Kept) -> None:
        for event in kept.events:
            if event.kind == events.BOOT:
                # Nothing of this log was there before its first start: the log before is meant.
                self.done.log_lost |= event.seq == 1 and event.data["lost"] > 0
                for name, number in found_broken(event).items():
                    self.done.broken[name] += number
                torn = event.data["torn"]
                self.done.lost_bytes += torn if torn >= RECORD_SIZE else 0


def _ends_use(event: Event) -> bool:
    return event.kind == events.USE_ENDED and event.data["how"] != events.CANCELLED


def check_not_forgotten(archive: Archive, device: str, log: str) -> None:
    """Raise `CaseError` if the log with this id, of the case with this device id, was forgotten."""
    if (device, log) in archive.forgotten_logs():
        raise CaseError(
            "The log of this case was forgotten here, and is not fetched again.",
            f"To begin an empty one: case lend {device[-6:]} NAME.",
        )


def _is_of_a_first_log(seq: int, raw: bytes) -> bool:
    """Return whether this packed state is that before the first record of a flash's first log."""
    state = snapshot.unpack(raw)
    state.seq = 0
    return not seq and state == State()
