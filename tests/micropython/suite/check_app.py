"""The case on littlefs: how it starts from what a power cut left on flash."""

from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.logbook import LOG_ID, blocks_with, open_journal, read_all
from tests.micropython.suite.ram_flash import LOG, RamFlash, mount, new_flash, power_cuts

from rollcase.app import App
from rollcase.journal import CLOCK_EVERY_S, SETTLED_S
from rollcase.server import Server
from rollcore import events, frames, messages, state
from rollcore.blocks import CHECKPOINT
from rollcore.messages import ANSWERS, REQUESTS, Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = 205000000
FIRST_TICK = (1 << 30) - 5000
"""The tick counter wraps in the middle of every test."""


class Case:
    """The case on a flash, a hand on its button, a clock that the test moves."""

    def __init__(self, flash: RamFlash) -> None:
        mount(flash)
        self.said: list[str] = []
        self._ticks = FIRST_TICK
        self.app = App(LOG, open_journal(), events.POWER_ON, self._ticks, self.said.append)
        self.app.start()

    def wait_ms(self, ms: int, down: bool = False) -> None:
        """Let time pass, and the app step when it asks to."""
        while ms:
            hop = min(ms, max(1, self.app.idle_ms()))
            ms -= hop
            self._ticks = (self._ticks + hop) & 0x3FFFFFFF
            self.app.step(self._ticks, down)
            while self.app.tend():
                pass  # as the loop does

    def touch(self, ms: int) -> None:
        """Keep the button down for `ms`, then release it."""
        self.app.step(self._ticks, True)
        self.wait_ms(ms, True)
        self.app.step(self._ticks, False)
        self.wait_ms(50)

    def press(self) -> None:
        """Press the button."""
        self.touch(200)

    def start_and_abort_a_soak(self) -> None:
        """Log two records."""
        self.touch(200)
        self.touch(2100)

    def names(self) -> "list[str]":
        """Return what was logged, in order."""
        return [events.decode(raw).name for raw in read_all(self.app.journal)]


def use(case: Case) -> None:
    """Soak, dry, and start a use half a minute ago."""
    case.press()
    case.wait_ms(1205000)
    case.press()
    case.wait_ms(30000)
    equal(case.app.standing.phase, state.IN_USE)


def lamps(case: Case) -> "list[str]":
    """Return what the lamp was told, in words."""
    return [line for line in case.said if line.startswith("lamp")]


def test_day_is_logged_and_survives() -> None:
    flash = new_flash()
    case = Case(flash)
    equal(case.app.set_clock(NOW, events.FROM_HOST, events.SYNCHRONISED), "")
    use(case)
    case.press()
    case.press()
    case.wait_ms(600000)
    day = ["boot", "clock_set", "soak_started", "soak_ended", "use_started", "use_ended"]
    day += ["soak_started", "soak_ended"]
    equal(case.names(), day)
    again = Case(flash)
    equal(again.names(), day + ["boot"])
    equal(again.app.standing.phase, state.DRYING)


def test_clock_goes_on_from_the_last_value_stored() -> None:
    flash = new_flash()
    case = Case(flash)
    case.app.set_clock(NOW, events.FROM_HOST, events.SYNCHRONISED)
    case.wait_ms((2 * CLOCK_EVERY_S + 500) * 1000)
    equal(case.app.clock.time, NOW + 2 * CLOCK_EVERY_S + 500)
    equal(Case(flash).app.clock.time, NOW + SETTLED_S + 2 * CLOCK_EVERY_S)


def test_day_of_checkpoints_costs_few_programs_and_erases() -> None:
    """A day with a use: the clock is kept every quarter of an hour, and each step once settled."""
    flash = new_flash()
    case = Case(flash)
    case.app.set_clock(NOW, events.FROM_HOST, events.SYNCHRONISED)
    case.wait_ms(2 * 86400 * 1000)  # both blocks are made
    programs, erases, done = list(flash.programs), list(flash.erases), flash.operations
    case.press()
    case.wait_ms(1205000)
    case.press()
    case.wait_ms(120000)
    case.press()
    case.wait_ms(3000)
    case.press()
    case.app.ack(case.app.journal.next - 1)
    case.wait_ms(86400 * 1000 - 1330000)
    mine = blocks_with(flash, CHECKPOINT)
    equal(len(mine), 2)
    pages = sum([flash.programs[block] - programs[block] for block in mine])
    blanked = sum([flash.erases[block] - erases[block] for block in mine])
    print(
        f"{pages} programs and {blanked} erases for checkpoints, {flash.operations - done} in all"
    )
    true(90 <= pages <= 110, pages)
    true(6 <= blanked <= 8, blanked)


def test_clock_goes_on_from_the_last_record_if_that_is_newer() -> None:
    flash = new_flash()
    case = Case(flash)
    case.app.set_clock(NOW, events.FROM_HOST, events.SYNCHRONISED)
    case.wait_ms((CLOCK_EVERY_S + 500) * 1000)
    case.press()
    equal(Case(flash).app.clock.time, NOW + CLOCK_EVERY_S + 500)


def test_clock_never_runs_ahead_and_loses_little_at_any_power_cut() -> None:
    flash = new_flash()
    case = Case(flash)
    case.app.set_clock(NOW, events.FROM_HOST, events.SYNCHRONISED)
    image = bytes(flash.image)
    operations: list[tuple[int, bytes]] = []
    times: list[int] = []
    flash.record = operations
    for _ in range(60):
        case.wait_ms(100000)
        times += [case.app.clock.time] * (len(operations) - len(times))
        case.press()
        times += [case.app.clock.time] * (len(operations) - len(times))
    for quarters in (0, 2):
        for number, cut in power_cuts(image, operations, quarters):
            truth = times[min(number, len(times) - 1)]
            time = Case(cut).app.clock.time
            true(truth - CLOCK_EVERY_S - 101 <= time <= truth, f"{time} when it was {truth}")


def test_use_open_at_a_power_cut_is_ended_with_its_end_unknown() -> None:
    flash = new_flash()
    case = Case(flash)
    use(case)
    again = Case(flash)
    equal(again.app.standing.phase, state.CLEAN_ME)
    equal(again.app.journal.state.end_known, False)
    equal(again.app.journal.state.uses, 1)
    equal(again.names()[-2:], ["use_started", "boot"])


def test_power_cut_anywhere_in_a_use_leaves_the_right_phase() -> None:
    flash = new_flash()
    case = Case(flash)
    use(case)
    image = bytes(flash.image)
    operations: list[tuple[int, bytes]] = []
    flash.record = operations
    case.press()
    for number, cut in power_cuts(image, operations, 2):
        again = Case(cut)
        equal(again.app.standing.phase, state.CLEAN_ME, number)
        equal(again.app.journal.state.uses, 1, number)
        equal(again.app.fault, "", number)


def test_power_cut_while_setting_the_clock_leaves_the_old_or_the_new_time() -> None:
    flash = new_flash()
    case = Case(flash)
    case.wait_ms(5000)
    image = bytes(flash.image)
    operations: list[tuple[int, bytes]] = []
    flash.record = operations
    equal(case.app.set_clock(NOW, events.FROM_HOST, events.SYNCHRONISED), "")
    for quarters in (0, 2):
        found = set()
        for _, cut in power_cuts(image, operations, quarters):
            found.add(Case(cut).app.clock.time)
        equal(found, {0, NOW})


def test_full_flash_is_a_fault_until_the_host_has_fetched_the_log() -> None:
    flash = new_flash(24)
    case = Case(flash)
    case.app.set_clock(NOW, events.FROM_HOST, events.SYNCHRONISED)
    while not case.app.fault:
        case.start_and_abort_a_soak()
    true("full" in case.app.fault, case.app.fault)
    true(lamps(case)[-1].startswith("lamp fault 0"), lamps(case))
    last = case.app.journal.next - 1
    server = Server(case.app, "e661a4d1", "pico")
    body = messages.encode(Message(1, "ack", {"log": LOG_ID_TEXT, "seq": last}), REQUESTS)
    server.receive(frames.encode(body))
    (answer,) = frames.Decoder(messages.MAX_ANSWER).feed(whole(server.answer()))
    equal(messages.decode(answer, ANSWERS).integer("seq"), last)
    equal(case.app.fault, "")
    case.press()
    equal((case.app.fault, case.app.journal.next), ("", last + 2))


def test_case_on_flash_that_cannot_be_read_shows_a_fault_and_goes_on() -> None:
    flash = new_flash()
    use(Case(flash))
    mount(flash)
    flash.unreadable = True
    said: list[str] = []
    app = App(LOG, open_journal(), events.POWER_ON, 0, said.append)
    app.start()
    equal([line for line in said if line.startswith("lamp")], ["lamp fault 0"])
    for ticks in range(0, 120000, 50):
        app.step(ticks, 1000 < ticks < 1300)
    true("cannot be read" in app.fault, app.fault)
    server = Server(app, "e661a4d1", "pico")
    for question in (
        b"1 hello 2 2 host",
        b"2 status",
        b"3 get 1 56",
        b"4 policy",
        b"5 clock 205000000 0",
    ):
        server.receive(frames.encode(question))
        answer = whole(server.answer())
        true(answer.startswith(b"~" + question[:1]), question)
        unread = question[2:] in (b"status", b"get 1 56", b"clock 205000000 0")
        equal(answer.startswith(b"~" + question[:1] + b" error storage "), unread, question)


def full(flash: RamFlash) -> Case:
    """Return a case that has filled its flash."""
    case = Case(flash)
    while not case.app.fault:
        case.start_and_abort_a_soak()
    return case


def test_full_log_stays_a_fault_until_there_is_room() -> None:
    """An acknowledgement that frees no segment makes no room, so the fault stays."""
    flash = new_flash(24)
    case = full(flash)
    case.wait_ms(600000)
    true("full" in case.app.fault, case.app.fault)
    case.app.ack(5)
    true("full" in case.app.fault, case.app.fault)
    last = case.app.journal.next - 1
    case.press()
    case.wait_ms(600000)
    true("full" in case.app.fault, case.app.fault)
    equal(case.app.journal.next, last + 1)
    case.app.ack(last)
    equal(case.app.fault, "")
    true(not lamps(case)[-1].startswith("lamp fault"), lamps(case))


def test_fault_ends_by_itself_once_there_is_room() -> None:
    """Only the journal hears of the acknowledgement: the app finds the room within a minute."""
    flash = new_flash(24)
    case = full(flash)
    case.app.journal.ack(case.app.journal.next - 1, case.app.clock.uptime)
    true("full" in case.app.fault, case.app.fault)
    case.wait_ms(61000)
    equal(case.app.fault, "")


def test_last_slots_take_no_use_but_a_start_and_every_end() -> None:
    flash = new_flash(24)
    case = Case(flash)
    case.wait_ms(2000)
    while case.app.journal.left > state.KEPT_FOR_ENDS:
        case.app.journal.append(events.Event(events.HEAD_NEW, {"uses": 1, "token": 0}, boot=1))
        case.wait_ms(2000)
    case.press()
    case.wait_ms(1205000)
    case.press()
    true("full" in case.app.fault, case.app.fault)
    equal(case.names()[-2:], ["soak_started", "soak_ended"])
    equal(Case(flash).names()[-1], "boot")


def test_boot_on_a_full_flash_is_logged_once_there_is_room() -> None:
    flash = new_flash(24)
    case = full(flash)
    equal(case.app.journal.left, 0)
    boots = case.app.journal.state.boot
    again = Case(flash)
    true("full" in again.app.fault, again.app.fault)
    equal(again.app.journal.state.boot, boots)
    again.app.ack(again.app.journal.next - 1)
    again.press()
    again.wait_ms(120000)
    equal(again.app.journal.state.boot, boots + 1)
    fresh = [events.decode(raw) for raw in read_all(again.app.journal)]
    equal([event.name for event in fresh if event.boot == boots + 1][:1], ["boot"])


def whole(frame: "Iterable[bytes | bytearray]") -> bytes:
    """Return a frame as one; all of its pieces may come in one and the same buffer."""
    return b"".join([bytes(piece) for piece in frame])


LOG_ID_TEXT = "".join([f"{byte:02x}" for byte in LOG_ID])


def test_whole_log_goes_over_the_line() -> None:
    flash = new_flash()
    case = Case(flash)
    for _ in range(100):
        case.start_and_abort_a_soak()
    server = Server(case.app, "e661a4d1", "pico")
    heard = frames.Decoder(messages.MAX_ANSWER)
    count = case.app.journal.next - 1
    body = messages.encode(Message(7, "get", {"seq": 1, "count": count}), REQUESTS)
    server.receive(b"\xff~noise\n" + frames.encode(body))
    got = b""
    while server.waiting:
        (raw_answer,) = heard.feed(whole(server.answer()))
        answer = messages.decode(raw_answer, ANSWERS)
        equal(answer.integer("seq"), 1 + len(got) // 32)
        got += answer.raw("raw")
    equal(got, b"".join(read_all(case.app.journal)))
    true(len(got) > 200 * 32, len(got))
