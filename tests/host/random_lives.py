"""Random lives of some years: one or two persons, their cases, and all that goes wrong with a log.

What a case logs is made by the real state machine (see `tests.host.ten_years`), and what it is told
by the host's own answer to what it does not know yet. Each seed is another life, always the same.
"""

import copy
from collections.abc import Callable
from random import Random

from tests.firmware.logs import records_of
from tests.host.ten_years import BORN, DAY, HOUR, MINUTE, Life, with_zones

from rollcore import events, policy, snapshot, state
from rollcore.policy import Policy
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import ME, Entry
from rollhost.history import agreement, history, lineage
from rollhost.history.telling import Telling

ANN = 7
"""The token of the other person."""

ZONES = ("face", "scalp", "neck")
SIGNS = ("spreading", "pus")


def rules_for(chance: Random, revision: int) -> Policy:
    """Return rules for one to three zones, short rests among them, with soaks or without."""
    needle_um = chance.choice((250, 250, 250, 500))
    short = {"rest_h": 72 if needle_um == 250 else 14 * 24, "short_rest": 1}
    rules = policy.for_needle(needle_um).changed(
        revision=revision,
        **chance.choice(({}, {}, {"soak_before_min": 0, "soak_after_min": 0})),
        **chance.choice((short, short, short, {}, {"rest_h": 24 * 50})),
        **chance.choice(({}, {}, {"reaction_rest_h": 24 * 30})),
    )
    return with_zones(rules, *chance.sample(ZONES, chance.choice((1, 1, 2, 3))))


class LooseLife(Life):
    """A case with which somebody does what its state allows, whatever its clock says.

    `log_row` is the id of its log in the database, `lost` are the numbers of records that never
    come home, `about` is the token of the person whose skin the log is about.
    """

    def __init__(
        self, archive: Archive, chance: Random, *, about: int = ME, **more: object
    ) -> None:
        self.lost: set[int] = set()
        self.about = about
        super().__init__(archive, **more)  # type: ignore[arg-type]
        self._chance = chance
        with archive.transaction():
            if about != ME:
                archive.own_log(self._log_row, about, self.unix)

    @property
    def log_row(self) -> int:
        """The id of its log in the database."""
        return self._log_row

    @property
    def device(self) -> str:
        """The id of the case."""
        return self._device

    def sync(self, wrong_by: int = 0, sets_clock: bool = True) -> None:
        """Have a host set the clock, `wrong_by` seconds ahead, and bring home what is new."""
        behind, old = self._behind, self.case_time
        if sets_clock and (behind != -wrong_by or not self.state.clock_set):
            self._behind = -wrong_by
            told = {"old": old, "source": events.FROM_HOST, "forced": 0, "sure": 0}
            self._write(events.CLOCK_SET, told)
        self._bring_home(behind)

    def hear(self, ahead: int) -> None:
        """Have a host say a time that the case does not take."""
        told = {"said": self.case_time + ahead, "source": events.FROM_HOST, "why": 1}
        fields = {field.name for field in events.KINDS[events.CLOCK_HEARD].fields}
        self._write(events.CLOCK_HEARD, {name: told.get(name, 0) for name in fields})

    def _bring_home(self, behind: int) -> None:
        new = self.log[self._sent :]
        with self._archive.transaction():
            for event, raw in zip(new, records_of(new, self._chain), strict=True):
                self._chain = events.crc_of(raw)
                if event.seq not in self.lost:
                    self._archive.add_records([(self._log_row, raw)])
            self._archive.note_meeting(self.case_id, self._log_row, self.unix, behind)
            self._archive.note_sync(self.case_id, self.unix, behind)
        self._sent = len(self.log)

    def record(self, kind: int, zone: int = 0, **data: int) -> None:
        """Write a record; fields that are not given are 0."""
        fields = {field.name: 0 for field in events.KINDS[kind].fields}
        self._write(kind, fields | data, zone)

    def lose_soon(self, count: int) -> None:
        """Lose the next records on the way."""
        self.lost |= set(range(self.state.seq + 1, self.state.seq + 1 + count))

    def skip_numbers(self, count: int) -> None:
        """Leave out numbers, as after torn slots."""
        self.state.seq += count

    def agree(self) -> None:
        """Tell the case what is outstanding, as a sync does."""
        for _ in range(3):
            past = history.read(self._archive)
            log = next(log for log in past.all_logs if log.id == self._log_row)
            person = past.person_of(log)
            if person is None or log.missing or log.quarantine:
                return
            rules = past.policies.ruling(log.content.folded)
            found = agreement.outstanding(past.of(person), log.case, log, rules, self.case_time)
            messages: list[Telling] = [*found.corrections, *found.tellings, *found.fields]
            if not messages:
                return
            for message in messages:
                told = message.event(self.state, self.case_time)
                if not state.why_not_told(self.rules, told.kind, told.data, told.zone):
                    self._write(told.kind, told.data, told.zone)
            self._bring_home(self._behind)

    def tell_state(self) -> None:
        """Have the case tell what it knows now."""
        with self._archive.transaction():
            self._archive.keep_state(self._log_row, self.state.seq, snapshot.pack(self.state))

    def try_to_roll(self) -> None:
        """Do what the case asks for, until it was used and cleaned or refuses."""
        chance = self._chance.random
        for _ in range(6):
            standing = self.standing()
            if standing.phase == state.HEAD_EXPIRED and chance() < 0.7:
                self._write(events.HEAD_NEW, {"uses": self.state.head_uses, "token": 0})
            elif standing.phase == state.PREPARE:
                self.soak(events.BEFORE_USE)
            elif standing.phase == state.READY:
                zones = [zone for zone in range(events.ZONES) if standing.rested >> zone & 1]
                self._roll(self._chance.choice(zones), events.IN_TURN)
            elif standing.phase == state.RESTING and chance() < 0.1:
                self._roll(self._chance.randrange(len(self.rules.zones)), events.OVERRIDE)
            elif standing.phase == state.CLEAN_ME and self.rules.soak_after_s:
                self.wait(self._chance.randrange(1, 300) * MINUTE)
                if chance() < 0.1:
                    return
                self.soak(events.AFTER_USE)
                return
            else:
                if standing.reason and chance() < 0.2:
                    self.refuse()
                return

    def _roll(self, zone: int, how: int) -> None:
        chance = self._chance.random()
        if chance < 0.02:
            self.record(events.USE_ENDED, zone, how=events.AFTERWARDS, seconds=90)
            return
        if chance < 0.96:
            self._write(events.USE_STARTED, {"how": how, "digest": self.rules.digest}, zone)
        seconds = self._chance.randrange(20, 420)
        self.wait(seconds)
        if chance < 0.04:
            self.start(self._chance.choice((0, HOUR, 3 * DAY)))
        elif chance < 0.06:
            self._write(events.USE_ENDED, {"how": events.CANCELLED, "seconds": 5}, zone)
        else:
            self._write(events.USE_ENDED, {"how": events.BY_BUTTON, "seconds": seconds}, zone)

    def twin(self) -> "LooseLife":
        """Return the case as it is in a copy of its flash."""
        twin = copy.copy(self)
        twin.state = self.state.copy()
        twin.log = list(self.log)
        twin.lost = set(self.lost)
        return twin

    def go_on_in_new_log(self, log_id: bytes) -> "LooseLife":
        """Return the case as it goes on in a new log with what it knew, in the middle of a run."""
        new = self.twin()
        new._chain = events.first_chain(log_id)
        new._sent = 0
        new.log = []
        new.lost = set()
        new.state.seq = 0
        with self._archive.transaction():
            new._log_row = self._archive.keep_log(self.case_id, log_id.hex(), self.about)
            self._archive.note_follows(new._log_row, self.log_row)
            self._archive.keep_state(new._log_row, 0, snapshot.pack(new.state))
        new.record(events.LID, what=events.LID_OPENED)
        return new


class Lives:
    """One or two persons who live with cases from `BORN` on, in a database; `now` is a Unix time.

    `days` is how many days lie between two tries to roll.
    """

    def __init__(self, archive: Archive, seed: int, days: int = 7) -> None:
        self.chance = Random(seed)
        self.now = BORN
        self.wrong_by = 0
        self._archive = archive
        self._days = days
        self._revision = 1
        self._logs = 0
        self._token = 1_000_000
        self._copies: list[tuple[LooseLife, LooseLife]] = []
        with archive.transaction():
            archive.name_person(ANN, "Ann", BORN)
        self.cases = [self._new_case(0)]
        self.written: list[Entry] = []
        self.happened: list[str] = []
        self._unknown: list[Policy] = []
        self._may_happen = [
            *self.chance.sample(HAPPENINGS, self.chance.choice((2, 5, 10))),
            *ENDINGS,
        ]
        """Not everything happens to everybody: else nothing ever has an end."""

    def _new_case(self, number: int, about: int = ME) -> LooseLife:
        self._logs += 1
        device = f"{number:016x}"
        life = LooseLife(
            self._archive,
            self.chance,
            about=about,
            born=self.now,
            device=device,
            seed=self._logs,
            rules=rules_for(self.chance, self._next_revision()),
        )
        life.sync()
        return life

    def _next_revision(self) -> int:
        self._revision += 1
        return self._revision

    def live(self, days: int) -> None:
        """Let so many days pass, in which things happen."""
        until = self.now + days * DAY
        while self.now < until:
            pause = self.chance.choice((1, 2, 2, 3, 4, 9)) * self._days * DAY
            begins, self.now = self.now, self.now + pause
            for life in self.cases:
                if self.chance.random() < 0.2:
                    continue  # it lies in a drawer
                while life.unix < self.now:
                    left = self.now - life.unix
                    life.wait(min(left, self._days * DAY + self.chance.randrange(2 * HOUR)))
                    life.try_to_roll()
                if self.chance.random() < 0.8:
                    life.sync(self.wrong_by, sets_clock=self.chance.random() < 0.9)
                    if self.chance.random() < 0.4:
                        life.agree()
            self.now = max([self.now, *(life.unix for life in self.cases)])
            for life in self.cases:
                life.wait(max(0, self.now - life.unix))
            for _ in range(self.chance.choice((0, 0, 0, 1, 1, 2))):
                what = self.chance.choice(self._may_happen)
                self.happened.append(f"{(begins - BORN) // DAY} {what.__name__}")
                what(self)

    # What happens.

    @property
    def any_case(self) -> LooseLife:
        return self.chance.choice(self.cases)

    def write(self, kind: str, zone: str | None = None, ago: int = 0, **data: object) -> Entry:
        """Write an entry about something some seconds ago."""
        self._token += 1
        person = self.chance.choice((ME, ME, ME, ANN))
        case_id = self.any_case.case_id if kind in (diary.HEAD, diary.HEAD_OUT) else None
        entry = Entry(
            kind, self.now - ago, zone, case_id, data, self._token, self.now + self._token, person
        )
        with self._archive.transaction():
            self._archive.diary.keep(entry)
        self.written.append(entry)
        return entry

    def a_while(self) -> int:
        """Return some seconds: none, some days, or much of a year."""
        return self.chance.choice((0, 0, HOUR, 3 * DAY, 40 * DAY, 250 * DAY))

    def zone(self) -> str | None:
        """Return the name of some zone, or None."""
        return self.chance.choice((*ZONES, None))

    def power_cut(self) -> None:
        life = self.any_case
        life.start(self.chance.choice((0, HOUR, 5 * DAY, 60 * DAY)))

    def many_power_cuts(self) -> None:
        life = self.any_case
        for _ in range(4):
            life.start(self.chance.choice((0, DAY)))
            life.try_to_roll()
            life.wait(DAY)

    def wrong_clock(self) -> None:
        """Let computers be wrong from here on, until they are right."""
        self.wrong_by = self.chance.choice((0, 50, -50, HOUR, -HOUR, 400 * DAY, -90 * DAY))
        self.any_case.sync(self.wrong_by)
        self.any_case.sync(self.chance.choice((self.wrong_by, 40, -40, 70, 0)))

    def right_clock(self) -> None:
        self.wrong_by = 0
        for life in self.cases:
            life.sync()

    def time_not_taken(self) -> None:
        self.any_case.hear(self.chance.choice((-DAY, HOUR)))

    def other_rules(self) -> None:
        rules = rules_for(self.chance, self._next_revision())
        life = self.any_case
        if self.chance.random() < 0.5:
            life.set_rules(rules)
            return
        # Another computer has set it, and only its record is known here.
        life.rules = rules
        data = {"digest": rules.digest, "needle_um": rules.needle_um, "kept": 0}
        life.record(events.POLICY_SET, **data)
        self._unknown.append(rules)

    def rules_become_known(self) -> None:
        with self._archive.transaction():
            for rules in self._unknown:
                self._archive.keep_policy(rules)
        self._unknown = []

    def new_head(self) -> None:
        self.write(diary.HEAD, self.zone(), ago=self.a_while(), text="")

    def head_out(self) -> None:
        self.write(diary.HEAD_OUT, ago=self.a_while(), reason=self.chance.randrange(3), text="")

    def new_head_in_log(self) -> None:
        life = self.any_case
        token = self.chance.choice((0, self._token + 50_000))
        life.record(events.HEAD_NEW, uses=life.state.head_uses, token=token)

    def head_out_in_log(self) -> None:
        life = self.any_case
        life.record(
            events.HEAD_OUT, uses=life.state.head_uses, reason=1, token=self._token + 60_000
        )

    def clinic(self) -> None:
        self.write(diary.CLINIC, self.zone(), ago=self.a_while(), needle_um=1500, text="")

    def clinic_in_log(self) -> None:
        life = self.any_case
        at = max(life.case_time - self.a_while(), 0)
        token = self.chance.choice((0, self._token + 10_000))
        life.record(events.CLINIC, at=at, needle_um=2000, token=token)

    def hold(self) -> None:
        days = self.chance.choice((0, 5, 30))
        until = self.now + days * DAY if days else 0
        reason = self.chance.choice((events.SUNBURN, events.COLD_SORE))
        self.write(diary.HOLD, reason=reason, until=until)

    def release(self) -> None:
        self.write(diary.HOLD, reason=0, until=0)

    def hold_in_log(self) -> None:
        life = self.any_case
        days = self.chance.choice((3, 20))
        until = life.case_time + days * DAY
        life.record(events.HOLD_SET, reason=events.SUNBURN, until=until, token=self._token + 20_000)

    def reaction(self) -> None:
        signs = [self.chance.choice(SIGNS)] if self.chance.random() < 0.4 else []
        ago = self.a_while()
        zone = self.zone()
        token = self.write(diary.REACTION, zone, ago, text="red", signs=signs).token
        if self.chance.random() < 0.4:
            more = [self.chance.choice(SIGNS)] if self.chance.random() < 0.3 else []
            self.write(diary.FOLLOW_UP, zone, ago // 2, reaction=token, text="still", signs=more)
        if self.chance.random() < 0.8:
            self.write(diary.REACTION_OVER, zone, ago // 3, reaction=token, text="")
        if signs and self.chance.random() < 0.8:
            self.write(diary.SAW, zone, 0, reaction=token, text="")

    def reaction_in_log(self) -> None:
        life = self.any_case
        token = self._token + 30_000
        at = life.case_time
        life.record(events.REACTION_OPENED, at=at, token=token, red=self.chance.randrange(2))
        life.wait(DAY)
        if self.chance.random() < 0.8:
            life.record(events.REACTION_CLOSED, at=at + DAY, token=token + 1, opened=token)
        if self.chance.random() < 0.5:
            life.record(events.CLINICIAN_SAW, at=at + DAY, token=token + 2, opened=token)

    def all_over(self) -> None:
        """Let all that is open be over, and all be seen."""
        entries = history.read(self._archive).entries
        over = {entry.number("reaction") for entry in entries}
        for entry in entries:
            if entry.kind == diary.REACTION and entry.token not in over:
                self.write(diary.REACTION_OVER, entry.zone, reaction=entry.token, text="")
            if entry.kind == diary.WATCH and entry.token not in over:
                self.write(diary.WATCH_OVER, entry.zone, reaction=entry.token, text="")
        self.write(diary.SAW, reaction=0, text="")
        self.write(diary.HOLD, reason=0, until=0)

    def watch(self) -> None:
        token = self.write(diary.WATCH, self.zone(), self.a_while(), text="dry", signs=[]).token
        if self.chance.random() < 0.8:
            self.write(diary.WATCH_OVER, None, reaction=token, text="")

    def small_entries(self) -> None:
        self.write(diary.PRODUCT, self.zone(), product="retinol", text="")
        self.write(diary.ALCOHOL, text="70 %")
        if self.chance.random() < 0.3:
            self.write(diary.CHECK, reasons=[], text="")

    def plan(self) -> None:
        zone = self.zone()
        self.write(diary.PLAN, zone, sessions=4)
        if self.chance.random() < 0.5:
            return
        self.write(diary.PLAN, zone, sessions=0)

    def plans_end(self) -> None:
        for zone in (*ZONES, None):
            self.write(diary.PLAN, zone, sessions=0)

    def undo(self) -> None:
        if self.written:
            recent = self.written[-12:]
            entry = self.chance.choice(self.chance.choice((recent, self.written)))
            with self._archive.transaction():
                self._archive.diary.keep(
                    Entry(
                        diary.UNDO, self.now, None, entry.case_id, {"token": entry.token},
                        self._next_token(), self.now + self._token, entry.person,
                    )
                )  # fmt: skip

    def _next_token(self) -> int:
        self._token += 1
        return self._token

    def lost_records(self) -> None:
        self.any_case.lose_soon(self.chance.choice((1, 1, 5)))

    def numbers_left_out(self) -> None:
        self.any_case.skip_numbers(self.chance.choice((1, 3)))

    def quarantine(self) -> None:
        """Let a record that cannot be read come, and some time later be readable."""
        life = self.any_case
        seq = life.state.seq + 1
        life.record(events.LID, what=events.LID_OPENED)
        life.lost.add(seq)
        raw = records_of(life.log[life._sent :], life._chain)[-1]
        with self._archive.transaction():
            self._archive.keep_in_quarantine(life.log_row, seq, bytes(events.RECORD_SIZE), 0, "?")
        life.sync(self.wrong_by)
        if self.chance.random() < 0.7:
            with self._archive.transaction():
                self._archive.add_records([(life.log_row, raw)])

    def told_state(self) -> None:
        life = self.any_case
        life.sync(self.wrong_by)
        life.tell_state()

    def lost_and_told(self) -> None:
        life = self.any_case
        life.sync(self.wrong_by)
        life.lose_soon(2)
        life.try_to_roll()
        life.sync(self.wrong_by)
        life.tell_state()

    def wiped(self) -> None:
        """Let a case begin an empty log."""
        place = self.chance.randrange(len(self.cases))
        old = self.cases[place]
        self.cases[place] = self._new_case(int(old.device, 16), old.about)

    def new_log(self) -> None:
        """Let a case begin a log with what it knew, in the middle of a run."""
        self._logs += 1
        place = self.chance.randrange(len(self.cases))
        old = self.cases[place]
        if self.chance.random() < 0.7:
            old.sync(self.wrong_by)
        new = old.go_on_in_new_log(bytes([self._logs] * 8))
        new.sync(self.wrong_by)
        self.cases[place] = new

    def lent(self) -> None:
        """Let a case begin a log of another person, and maybe come back."""
        place = self.chance.randrange(len(self.cases))
        old = self.cases[place]
        self.cases[place] = self._new_case(int(old.device, 16), ANN if old.about == ME else ME)

    def fork(self) -> None:
        """Let the flash of a case be put back from a copy, from which it goes on."""
        if not self._copies or self.chance.random() < 0.5:
            life = self.any_case
            life.sync(self.wrong_by)
            self._copies.append((life, life.twin()))
            return
        life, twin = self._copies.pop()
        if life not in self.cases or life.state.seq == twin.state.seq:
            return
        life.sync(self.wrong_by)
        twin._behind += life.now - twin.now
        twin.now = life.now
        twin.start(0)
        first = records_of(twin.log[twin._sent :], twin._chain)[0]
        parent = self._archive.log_name(life.log_row)
        name = lineage.fork_name(parent, first)
        with self._archive.transaction():
            twin._log_row = self._archive.keep_fork(life.log_row, name)
        twin.sync(self.wrong_by)
        self.cases[self.cases.index(life)] = twin

    def another_case(self) -> None:
        if len(self.cases) < 3:
            self.cases.append(self._new_case(len(self.cases), self.chance.choice((ME, ME, ANN))))

    def retired(self) -> None:
        """Let a case be used no more, or another one in its place."""
        if len(self.cases) < 2:
            return
        life, other = self.chance.sample(self.cases, 2)
        by = self.chance.choice((None, other.device))
        self._token += 1
        with self._archive.transaction():
            entry = Entry(
                diary.RETIRED, self.now, None, life.case_id, {"by": by}, self._token,
                self.now + self._token, life.about,
            )  # fmt: skip
            self._archive.diary.keep(entry)
        self.written.append(entry)
        if self.chance.random() < 0.5:
            self.cases.remove(life)

    def nothing(self) -> None:
        """Let everything be as it is."""


Happening = Callable[[Lives], None]

HAPPENINGS: list[Happening] = [
    Lives.power_cut, Lives.many_power_cuts, Lives.wrong_clock, Lives.time_not_taken,
    Lives.other_rules, Lives.new_head, Lives.head_out, Lives.new_head_in_log,
    Lives.head_out_in_log, Lives.clinic, Lives.clinic_in_log, Lives.hold, Lives.hold_in_log,
    Lives.reaction, Lives.reaction_in_log, Lives.watch, Lives.small_entries, Lives.plan,
    Lives.undo, Lives.lost_records, Lives.numbers_left_out, Lives.quarantine, Lives.told_state,
    Lives.lost_and_told, Lives.wiped, Lives.new_log, Lives.lent, Lives.fork, Lives.another_case,
    Lives.retired,
]  # fmt: skip
"""What may happen."""

ENDINGS: list[Happening] = [
    Lives.all_over, Lives.all_over, Lives.plans_end, Lives.right_clock, Lives.rules_become_known,
    Lives.release, Lives.new_head, Lives.new_head, Lives.new_head, Lives.plans_end,
]  # fmt: skip
"""What brings something to an end, and happens to everybody."""
