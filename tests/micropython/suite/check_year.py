"""A year with the case, on littlefs: the log is what was done, record by record.

A person rolls once a week with 0.25 mm, and does what people do: tries too early, forgets the end,
loses power, burns in the sun. The script keeps its own list of what that has to come to.
"""

from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.logbook import LOG_ID, chained, folded, open_journal, read_all
from tests.micropython.suite.ram_flash import LOG, RamFlash, mount, new_flash

from rollcase.app import App
from rollcore import events, policy, state

NOW = 205000000
MINUTE = 60
HOUR = 3600
DAY = 86400
WEEK = 7 * DAY


class Person:
    """Somebody with a case, and with a list of what was done to it."""

    def __init__(self) -> None:
        self.flash = new_flash()
        self.true = NOW  # s
        self.ms = 0  # of the second that goes on
        self.expected: list[tuple[str, int]] = []
        self.head_uses = 0
        self.heads: list[int] = []
        self.token = 0
        self.ticks = 0
        self.start(self.flash)
        self.sync()
        self.expect("policy_set", 250)
        equal(self.app.set_policy(policy.for_needle(250)), "")

    @property
    def phase(self) -> str:
        """The phase of the case."""
        return self.app.standing.phase

    def expect(self, name: str, value: int) -> None:
        """Note a record that has to be in the log now."""
        self.expected.append((name, value))

    def start(self, flash: RamFlash) -> None:
        """Give the case power."""
        mount(flash)
        self.ticks = (1 << 30) - 5000
        self.app = App(LOG, open_journal(), events.POWER_ON, self.ticks, lambda line: None)
        self.expect("boot", events.POWER_ON)
        self.app.start()

    def cut(self, off: int) -> None:
        """Take the power away for so many seconds, and have the host set the clock after it."""
        self.flash = RamFlash(self.flash.blocks, self.flash.image)
        self.start(self.flash)
        self.true += off
        self.sync()

    def sync(self) -> None:
        """Have the host set the clock."""
        self.expect("clock_set", events.FROM_HOST)
        equal(self.app.set_clock(self.true, events.FROM_HOST, events.SYNCHRONISED), "")

    def wait_ms(self, ms: int, down: bool = False) -> None:
        """Let time pass, and the case step when it asks to."""
        while ms:
            hop = min(ms, max(1, self.app.idle_ms()))
            ms -= hop
            self.ms += hop
            self.ticks = (self.ticks + hop) & 0x3FFFFFFF
            self.app.step(self.ticks, down)
            while self.app.tend():
                pass  # as the loop does
        self.true += self.ms // 1000
        self.ms %= 1000

    def wait(self, seconds: int) -> None:
        """Let seconds pass, a day at a time."""
        while seconds:
            hop = min(seconds, DAY)
            self.wait_ms(hop * 1000)
            seconds -= hop

    def touch(self, ms: int) -> None:
        """Keep the button down for `ms`, then release it."""
        self.app.step(self.ticks, True)
        self.wait_ms(ms, True)
        self.app.step(self.ticks, False)
        self.wait_ms(1000)

    def press(self) -> None:
        """Press the button."""
        self.touch(200)

    def soak(self, purpose: int) -> None:
        """Soak until the case says that it is done, and let the roller dry."""
        self.expect("soak_started", purpose)
        self.press()
        equal(self.phase, state.SOAKING)
        self.expect("soak_ended", events.SOAK_DONE)
        self.wait(10 * MINUTE)
        equal(self.phase, state.DRYING)
        self.wait(10 * MINUTE if purpose == events.BEFORE_USE else 30 * MINUTE)

    def clean(self) -> None:
        """Count the use, and do what comes after it."""
        self.head_uses += 1
        equal(self.phase, state.CLEAN_ME)
        self.soak(events.AFTER_USE)

    def new_head(self) -> None:
        """Be refused, and then keep the button down for a very long press: a new head."""
        self.try_too_early(events.HEAD_WORN_OUT)
        self.expect("head_new", self.head_uses)
        self.heads.append(self.head_uses)
        self.head_uses = 0
        self.touch(10100)

    def drop(self) -> None:
        """Find that the head is out, and put a new one in."""
        self.expect("head_out", events.HEAD_SAID)
        self.touch(10100)
        equal(self.phase, state.HEAD_EXPIRED)
        self.expect("head_new", self.head_uses)
        self.heads.append(self.head_uses)
        self.head_uses = 0
        self.touch(10100)
        equal(self.phase, state.PREPARE)

    def rest(self) -> None:
        """Wait until the skin has rested, if it has not."""
        if self.phase == state.RESTING:
            self.wait(self.app.standing.until - self.app.clock.time)

    def try_too_early(self, reason: int) -> None:
        """Make a long press for a use that is not allowed."""
        self.expect("refused", reason)
        self.touch(2100)

    def override(self) -> None:
        """Be refused, and then soak the roller and roll against the rest."""
        self.try_too_early(events.STILL_RESTING)
        self.expect("override_asked", self.app.standing.until)
        self.touch(10100)
        equal((self.phase, self.app.standing.override), (state.PREPARE, True))
        self.soak(events.BEFORE_USE)
        self.expect("use_started", events.OVERRIDE)
        self.press()
        self.wait(3 * MINUTE)
        self.expect("use_ended", events.BY_BUTTON)
        self.press()
        self.clean()

    def tell(self, kind: int, data: "dict[str, int]") -> None:
        """Have the host tell the case."""
        self.token += 1
        data["token"] = self.token
        equal(self.app.tell(kind, data), "")

    def roll(self, mistake: bool = False, forgets: bool = False, cut: bool = False) -> None:
        """Prepare, roll and clean."""
        equal(self.phase, state.PREPARE)
        self.soak(events.BEFORE_USE)
        equal(self.phase, state.READY)
        if mistake:
            self.expect("use_started", events.IN_TURN)
            self.press()
            self.wait(5)
            self.expect("use_ended", events.CANCELLED)
            self.press()
            equal(self.phase, state.READY)
        self.expect("use_started", events.IN_TURN)
        self.press()
        self.wait(2 * MINUTE)
        equal(self.phase, state.IN_USE)
        if cut:
            self.cut(2 * HOUR)
        elif forgets:
            self.expect("use_ended", events.TIMED_OUT)
            self.wait(30 * MINUTE)
        else:
            self.expect("use_ended", events.BY_BUTTON)
            self.press()
        self.clean()


WORTH_KNOWING = {
    "boot": "cause", "clock_set": "source", "policy_set": "needle_um", "soak_started": "purpose",
    "soak_ended": "how", "use_started": "how", "use_ended": "how", "refused": "reason",
    "head_new": "uses", "head_out": "reason", "hold_set": "reason", "clinic": "needle_um",
    "override_asked": "until",
}  # fmt: skip


def a_year() -> Person:
    """Live a year, a week at a time."""
    person = Person()
    for week in range(52):
        begin = person.true
        if person.phase == state.HEAD_EXPIRED:
            person.new_head()
        if week == 20:
            person.expect("hold_set", events.SUNBURN)
            until = person.true + 10 * DAY
            person.tell(events.HOLD_SET, {"reason": events.SUNBURN, "until": until})
            person.try_too_early(events.ON_HOLD)
            person.wait(10 * DAY)
        if week == 30:
            person.expect("clinic", 1500)
            person.tell(events.CLINIC, {"at": person.true, "needle_um": 1500})
            person.wait(20 * DAY)
            person.try_too_early(events.AFTER_CLINIC)
            person.wait(8 * DAY)
        if person.phase == state.HEAD_EXPIRED:
            person.new_head()
        person.rest()
        if week == 25:
            person.drop()
        person.roll(week % 6 == 1, week % 10 == 2, week % 7 == 3)
        if week % 4 == 0 and person.phase == state.RESTING:
            person.wait(3 * DAY)
            person.try_too_early(events.STILL_RESTING)
        if week % 9 == 4 and person.phase == state.RESTING:
            person.wait(2 * DAY)
            person.override()
            begin = person.true
        person.wait(max(0, begin + WEEK + HOUR - person.true))
        person.rest()
    person.heads.append(person.head_uses)
    return person


def test_year_is_logged_as_it_was_lived() -> None:
    person = a_year()
    true(person.true - NOW > 360 * DAY, "not a year")
    records = read_all(person.app.journal)
    log = [events.decode(record) for record in records]
    found = [(event.name, event.data[WORTH_KNOWING[event.name]]) for event in log]
    for number, (seen, due) in enumerate(zip(found, person.expected)):
        equal(seen, due, f"record {number + 1} of {len(found)}")
    equal(len(found), len(person.expected))
    # What the year was like, so that nobody makes it a dull one.
    counts = {name: 0 for name, _ in found}
    kinds = set(found)
    for name, _ in found:
        counts[name] += 1
    for name, value in (
        ("use_ended", events.TIMED_OUT), ("use_ended", events.CANCELLED),
        ("use_started", events.OVERRIDE), ("refused", events.STILL_RESTING),
        ("refused", events.ON_HOLD), ("refused", events.AFTER_CLINIC),
        ("refused", events.HEAD_WORN_OUT), ("head_out", events.HEAD_SAID),
    ):  # fmt: skip
        true((name, value) in kinds, (name, value))
    true(counts["boot"] >= 8, counts)
    true(len(person.heads) >= 5, person.heads)
    # The log hangs together, and adds up to what the case takes it for.
    true(chained(records, events.first_chain(LOG_ID)), "the chain is broken")
    now = person.app.journal.state
    equal(folded(records), now)
    equal(now.uses, sum(person.heads))
    equal(now.head_uses, person.heads[-1])
    equal([event.seq for event in log], list(range(1, len(log) + 1)))


def test_early_uses_of_a_year_are_all_marked_so() -> None:
    person = a_year()
    ended = -WEEK
    for record in read_all(person.app.journal):
        event = events.decode(record)
        if event.kind == events.USE_STARTED and event.data["how"] == events.IN_TURN:
            true(event.time - ended >= WEEK, event)
        if event.kind == events.USE_ENDED and event.data["how"] != events.CANCELLED:
            ended = event.time
