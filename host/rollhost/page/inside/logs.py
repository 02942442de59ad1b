"""The logs of a case and the policies that are here, as `rollhost.history` reads them.

They have the attributes of `rollhost.history.logs.Log` that `rollhost.history.sessions` asks for.
Records stay bytes until somebody asks what they mean: decoding them takes most of the time.
"""

from binascii import crc32, unhexlify

from rollcore import events, policy, snapshot
from rollcore.events import RECORD_SIZE
from rollcore.memory import State
from rollhost.history import sessions, timeline
from rollhost.history.zones import Zones
from rollhost.page.inside import effects, milestones

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from rollcore.events import Event
    from rollcore.policy import Policy
    from rollhost.history.sessions import Reader
    from rollhost.history.timeline import Placed
    from rollhost.page.inside.effects import Job
    from rollhost.page.inside.milestones import Milestone

    Row = dict[str, Any]

KIND_AT = 4
"""Where the kind stands in the bytes of a record, see `firmware/SPEC.md`."""

_OF_THE_CLOCK = (events.CLOCK_SET, events.BOOT, events.CLOCK_HEARD)
"""Kinds of records of which the last one says whether the clock was sure, see `timeline`."""

_DEFAULTS: "dict[int, Policy]" = {}
"""The default policies that were asked for, by their needles (um): making one takes long."""


class Policies:
    """Policies by their digests."""

    def __init__(self, known: "dict[int, Policy]") -> None:
        self.known = known

    def with_digest(self, digest: int) -> "Policy | None":
        """Return the policy with this digest, None if it is not here."""
        return self.known.get(digest)

    def ruling(self, state: State) -> "Policy":
        """Return the policy that rules in a state; the default for its needles if not known."""
        if state.policy_digest in self.known:
            return self.known[state.policy_digest]
        needle_um = state.needle_um or policy.DEFAULT_NEEDLE_UM
        if needle_um not in _DEFAULTS:
            try:
                _DEFAULTS[needle_um] = policy.for_needle(needle_um)
            except policy.PolicyError:
                # No policy allows such needles: take the one with the longest rest.
                _DEFAULTS[needle_um] = policy.for_needle(policy.MAX_NEEDLE_UM)
        return _DEFAULTS[needle_um]


class Known:
    """What is known of a case, with the names of a row of the host's database."""

    id = 0

    def __init__(self, row: "Row") -> None:
        self.device: str = row["device"]
        self.met_at: int | None = row.get("met_at")
        self.met_behind_s: int | None = row.get("met_behind_s")
        self.synced_at: int | None = row.get("synced_at")
        self.clock_behind_s: int | None = row.get("clock_behind_s")


class Log:
    """A log of a case. What its records mean is worked out when it is first asked for.

    `raw` has the records that can be read, one behind the other, `states` the states that the case
    told (seq, hex), `flawed` the rows of the store of records that cannot be read.

    With a milestone, see `rollhost.page.inside.milestones`, all that depends on time and on the
    state is known of the records behind it alone: `going_on`, `placed`, `zones` and `content`.
    """

    kept = 0
    inherited: "Reader | None" = None
    disinfected_before: "Placed | None" = None

    def __init__(
        self, name: str, raw: bytes, states: "list[list[Any]]", flawed: "Sequence[Row]"
    ) -> None:
        self.name = name
        self.raw = raw
        self.flawed = flawed
        self.told: dict[int, State] = {}
        for seq, packed in states:
            self.told[seq] = snapshot.unpack(unhexlify(packed))
            self.told[seq].seq = seq
        self.milestone: Milestone | None = None
        self.newest: Log | None = None
        """The log that the case has now; None if this is that log."""
        self._events: list[Event] | None = None
        self._placed: list[Placed] | None = None
        self._zones: list[str | None] | None = None
        self._content: Reader | None = None

    def belongs_to(self, case: Known, policies: Policies) -> None:
        """Let this be a log of this case, with the policies that are here."""
        self.case = case
        self.policies = policies

    def behind(self, milestone: "Milestone") -> "Log":
        """Return the same log, read from a milestone on."""
        log = Log(self.name, self.raw, [], self.flawed)
        log.told = self.told
        log.newest = self.newest
        log.belongs_to(self.case, self.policies)
        log.milestone = milestone
        return log

    # Its bytes: all records, also those before a milestone.

    def __len__(self) -> int:
        return len(self.raw) // RECORD_SIZE

    def records(self) -> "Iterator[bytes]":
        """Yield the bytes of each record, the oldest first."""
        for at in range(0, len(self.raw), RECORD_SIZE):
            yield self.raw[at : at + RECORD_SIZE]

    def newest_of(self, kinds: "Sequence[int]") -> "Iterator[Event]":
        """Yield the records of these kinds, the newest first."""
        for at in range(len(self.raw) - RECORD_SIZE, -1, -RECORD_SIZE):
            if self.raw[at + KIND_AT] in kinds:
                yield events.decode(self.raw[at : at + RECORD_SIZE])

    def has(self, kinds: "Sequence[int]") -> bool:
        """Return whether there is a record of one of these kinds."""
        return any(True for _ in self.newest_of(kinds))

    @property
    def last_seq(self) -> int:
        """The number of the last record; 0 if there is none."""
        return events.seq_of(self.raw[-RECORD_SIZE:]) if self.raw else 0

    @property
    def begins(self) -> State:
        """The state before the first record that is here."""
        before = [seq for seq in self.told if not self.raw or seq < events.seq_of(self.raw)]
        return self.told[max(before)] if before else State()

    @property
    def is_met_unsure(self) -> bool:
        """Whether the computer that met it last was not sure of its clock, and none before it."""
        last = next(self.newest_of(_OF_THE_CLOCK), None)
        return last is not None and timeline.is_met_unsure([last])

    @property
    def assumed_um(self) -> int:
        """The length (um) of the needles with which a use counts from before anybody said one."""
        needle_um = policy.DEFAULT_NEEDLE_UM
        for event in self.newest_of([events.CORRECTED]):
            if event.data["field"] == events.CORRECTED_NEEDLE:
                said_um = event.data["value"]
                words = ["needle", self.case.device, self.name, str(said_um)]
                if event.data["token"] == token_of(words):
                    needle_um = said_um  # the first one in the log counts
        return needle_um

    # What its records mean, from the milestone on.

    @property
    def goes_on_from(self) -> State:
        """The state before the first record of `going_on`."""
        return self.begins if self.milestone is None else self.milestone.state

    @property
    def going_on(self) -> "list[Event]":
        """The records from the milestone on; without one all of them."""
        if self._events is None:
            start = 0 if self.milestone is None else self.milestone.size
            self._events = [
                events.decode(self.raw[at : at + RECORD_SIZE])
                for at in range(start, len(self.raw), RECORD_SIZE)
            ]
        return self._events

    @property
    def placed(self) -> "list[Placed]":
        """The records of `going_on` in true time.

        All of them happened before the case last answered; those of an earlier log before the log
        that the case has now began.
        """
        if self._placed is None:
            until = self.newest.began if self.newest is not None else None
            if until is None and not self.is_met_unsure:
                until = self.case.met_at
            self._placed = timeline.place(self.going_on, until)
        return self._placed

    @property
    def began(self) -> int | None:
        """The latest moment (Unix s) at which the first record can have happened, if one is known.

        With a milestone it is what that has kept.
        """
        if self.milestone is not None:
            return self.milestone.began
        return self.placed[0].latest if self.placed else None

    @property
    def zones(self) -> "list[str | None]":
        """The name of the zone of each record of `going_on` at its time; see `Zones.of`."""
        if self._zones is None:
            zones = Zones(self.policies, self.goes_on_from, self.told)
            self._zones = [zones.of(event) for event in self.going_on]
        return self._zones

    @property
    def content(self) -> "Reader":
        """What the records add up to: the state, and the sessions from the milestone on."""
        if self._content is None:
            self._content = sessions.read(self, self.policies)
        return self._content


def token_of(words: "list[str]") -> int:
    """Return the token of what follows from these words, as `rollhost.database.diary` does."""
    return crc32("\0".join(words).encode()) or 1


def read_policies() -> "Job[Policies]":
    """Return the policies that are here."""
    texts = yield from effects.read("policies")
    known = {}
    for text in texts:
        rules = policy.parse(text)
        known[rules.digest] = rules
    return Policies(known)


def read_logs(case: "Row", policies: Policies, since: int | None = None) -> "Job[list[Log]]":
    """Return the logs of a case (a row of the store), the oldest first.

    The log that it has now is the last. It is read from a milestone on, if it has one before which
    no session ended after `since` (Unix s); None: it is read whole.
    """
    rows = yield from effects.read("logs", device=case["device"])
    known = Known(case)
    earlier = []
    newest = Log(case["log"], b"", [], [])
    for row in rows:
        where = {"device": case["device"], "log": row["log"]}
        raw = yield from effects.records(case["device"], row["log"])
        others = yield from effects.read("flawed and flipped", **where)
        log = Log(row["log"], raw, row["states"], [other for other in others if other["flaw"]])
        log.belongs_to(known, policies)
        if row["log"] == case["log"]:
            newest = log
        else:
            earlier.append(log)
    newest.belongs_to(known, policies)
    if since is not None:
        newest = yield from _from_milestone(newest, since)
    for log in earlier:
        log.newest = newest
    if len(earlier) > 1:  # placing them takes long
        earlier.sort(key=lambda log: (log.placed[0].last if log.placed else 0, log.name))
    return earlier + [newest]


def _from_milestone(log: Log, since: int) -> "Job[Log]":
    """Return a log, read from a milestone on if it has one; keep a new one."""
    where = {"device": log.case.device, "log": log.name}
    kept = yield from effects.read("milestone", **where)
    read, new = milestones.read_since(log, since, kept)
    if new is not None:
        where.update(milestones.pack(new, log))
        # It is no harm if it is not kept.
        yield {"do": "keep", "changes": {"milestones": [where]}}
    return read
