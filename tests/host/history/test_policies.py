"""Which policy rules a case: the one that its owner chose last, by its log."""

import pytest
from tests.firmware.logs import records_of

from rollcore import events, policy, snapshot
from rollcore.events import Event
from rollcore.memory import State
from rollcore.policy import Policy
from rollhost.database.archive import Archive
from rollhost.database.diary import POLICY, Entry
from rollhost.history.policies import chosen_for, read_policies

CHAIN = events.first_chain(bytes.fromhex("01"))

MINE = policy.for_needle(250).changed(revision=1)
DEFAULT = policy.for_needle(250)


def set_in_turn(archive: Archive, settings: list[Policy], log: str = "01") -> None:
    """Keep a log with this name, the one that the case has now, that sets these policies."""
    chain = events.first_chain(bytes.fromhex(log))
    records = [
        Event(
            events.POLICY_SET,
            {"digest": setting.digest, "needle_um": setting.needle_um, "kept": 0},
            seq=seq,
        )
        for seq, setting in enumerate(settings, 1)
    ]
    with archive.transaction():
        case_id = archive.keep_case("5c1f", "pico", "0.1.0")
        log_id = archive.keep_log(case_id, log)
        archive.note_meeting(case_id, log_id, 1_800_000_000, 0)
        archive.keep_records(log_id, 1, chain, b"".join(records_of(records, chain)))


def chosen(archive: Archive, logged: list[Policy], known: list[Policy]) -> str | None:
    """Keep a log that sets these policies in turn, and those that were seen here.

    Returns the text of the policy that the owner chose last.
    """
    set_in_turn(archive, logged)
    with archive.transaction():
        for seen in known:
            archive.keep_policy(seen)
    found = read_policies(archive).chosen(archive.cases()[0])
    return found.text if found else None


def test_policy_that_the_log_set_last_is_the_chosen_one(archive: Archive) -> None:
    second = MINE.changed(revision=2)
    assert chosen(archive, [MINE, second], known=[MINE, second]) == second.text


@pytest.mark.parametrize("seen", [True, False], ids=["seen here", "never seen"])
def test_default_policy_in_the_log_is_nobodys_choice(archive: Archive, seen: bool) -> None:
    """A case logs the default when it has lost the owner's policy, and is to be told that again."""
    known = [MINE, DEFAULT] if seen else [MINE]
    assert chosen(archive, [MINE, DEFAULT, DEFAULT], known) == MINE.text


def test_policy_set_after_a_default_is_the_chosen_one(archive: Archive) -> None:
    later = MINE.changed(revision=2)
    assert chosen(archive, [MINE, DEFAULT, later], known=[MINE, DEFAULT, later]) == later.text


def test_no_policy_is_chosen_where_the_log_has_defaults_only(archive: Archive) -> None:
    assert chosen(archive, [DEFAULT], known=[DEFAULT]) is None


def test_unseen_policy_does_not_fall_back_to_the_one_before(archive: Archive) -> None:
    """Another host has put it in force: whatever it says, the older one is over."""
    assert chosen(archive, [MINE, MINE.changed(revision=2)], known=[MINE]) is None


def test_policy_for_needles_that_no_case_takes_is_the_longest_default(archive: Archive) -> None:
    event = Event(events.POLICY_SET, {"digest": 7, "needle_um": 1500, "kept": 0}, seq=1)
    with archive.transaction():
        case_id = archive.keep_case("5c1f", "pico", "0.1.0")
        log_id = archive.keep_log(case_id, "01")
        archive.note_meeting(case_id, log_id, 1_800_000_000, 0)
        archive.keep_records(log_id, 1, CHAIN, b"".join(records_of([event], CHAIN)))
    now = read_policies(archive).now(archive.cases()[0])
    assert now.digest == policy.for_needle(policy.MAX_NEEDLE_UM).digest


FIFTY = policy.for_needle(250).changed(revision=3, rest_h=50 * 24)
THIRTY = policy.for_needle(250).changed(revision=2, rest_h=30 * 24)


class TestWaiting:
    """A policy that was chosen here, and what was put into the case since."""

    @pytest.fixture(autouse=True)
    def seen(self, archive: Archive) -> None:
        """Let every policy here be one that was seen."""
        with archive.transaction():
            for known in (MINE, DEFAULT, THIRTY, FIFTY):
                archive.keep_policy(known)

    @staticmethod
    def choose(archive: Archive, wanted: Policy, basis: Policy) -> None:
        with archive.transaction():
            archive.pend_policy(1, wanted, 1_800_000_000, basis.digest)

    @staticmethod
    def found(archive: Archive) -> tuple[Policy | None, bool]:
        """Return the policy that waits, and whether another one came before it."""
        policies, (case,) = read_policies(archive), archive.cases()
        return policies.waiting(case), policies.overtaken(case) is not None

    def test_policy_waits_until_the_case_has_it(self, archive: Archive) -> None:
        set_in_turn(archive, [MINE])
        self.choose(archive, THIRTY, MINE)
        waiting, _ = self.found(archive)
        assert waiting is not None
        assert waiting.digest == THIRTY.digest
        set_in_turn(archive, [MINE, THIRTY])
        assert self.found(archive) == (None, False)

    def test_older_policy_that_comes_back_does_not_replace_a_later_one(
        self, archive: Archive
    ) -> None:
        """A backup was put back: 50 days, chosen elsewhere since, do not become 30."""
        set_in_turn(archive, [MINE])
        self.choose(archive, THIRTY, MINE)
        set_in_turn(archive, [MINE, FIFTY])
        assert self.found(archive) == (None, True)

    def test_policy_that_was_in_force_is_not_set_again(self, archive: Archive) -> None:
        set_in_turn(archive, [MINE])
        self.choose(archive, THIRTY, MINE)
        set_in_turn(archive, [MINE, THIRTY, MINE])
        assert self.found(archive) == (None, False)

    def test_lost_policy_that_was_put_back_is_no_later_choice(self, archive: Archive) -> None:
        set_in_turn(archive, [MINE])
        self.choose(archive, THIRTY, MINE)
        set_in_turn(archive, [MINE, DEFAULT, MINE])
        waiting, overtaken = self.found(archive)
        assert waiting is not None
        assert not overtaken

    def test_policy_waits_on_for_a_case_whose_flash_was_wiped(self, archive: Archive) -> None:
        set_in_turn(archive, [MINE])
        self.choose(archive, THIRTY, MINE)
        set_in_turn(archive, [DEFAULT], log="02")
        waiting, _ = self.found(archive)
        assert waiting is not None
        assert waiting.digest == THIRTY.digest

    def test_policy_that_was_overtaken_is_overtaken_still_after_a_third(
        self, archive: Archive
    ) -> None:
        set_in_turn(archive, [MINE])
        self.choose(archive, THIRTY, MINE)
        set_in_turn(archive, [MINE, FIFTY, FIFTY.changed(revision=4, rest_h=60 * 24)])
        assert self.found(archive) == (None, True)

    def test_new_log_that_is_born_with_the_policy_does_not_bring_back_the_waiting_one(
        self, archive: Archive
    ) -> None:
        """The log before had a later choice than what waits; the new one begins with that."""
        set_in_turn(archive, [MINE])
        self.choose(archive, THIRTY, MINE)
        set_in_turn(archive, [MINE, FIFTY])
        self.bear(archive, FIFTY)
        assert self.found(archive) == (None, True)

    def test_policy_waits_on_for_a_new_log_that_is_born_with_what_it_replaces(
        self, archive: Archive
    ) -> None:
        set_in_turn(archive, [MINE])
        self.choose(archive, THIRTY, MINE)
        self.bear(archive, MINE)
        waiting, overtaken = self.found(archive)
        assert waiting is not None
        assert waiting.digest == THIRTY.digest
        assert not overtaken

    def test_policy_that_the_log_before_had_taken_is_not_set_again_in_a_new_log(
        self, archive: Archive
    ) -> None:
        set_in_turn(archive, [MINE])
        self.choose(archive, THIRTY, MINE)
        set_in_turn(archive, [MINE, THIRTY])
        self.bear(archive, THIRTY)
        assert self.found(archive) == (None, False)

    @pytest.mark.parametrize(
        ("basis", "waits", "overtaken"),
        [(MINE, True, False), (FIFTY, False, True), (None, True, False)],
        ids=["based on what is in force", "based on another", "nobody knows"],
    )
    def test_entry_of_an_older_version_waits_if_it_was_based_on_what_is_in_force(
        self, archive: Archive, basis: Policy | None, waits: bool, overtaken: bool
    ) -> None:
        """Older versions did not write after which record of the log a policy was chosen."""
        set_in_turn(archive, [MINE])
        entry = Entry(
            POLICY,
            1_800_000_000,
            case_id=1,
            data={"policy": THIRTY.text},
            basis=basis.digest if basis else None,
        )
        with archive.transaction():
            archive.diary.add(entry, 1_800_000_000)
        waiting, is_overtaken = self.found(archive)
        assert (waiting is not None, is_overtaken) == (waits, overtaken)
        set_in_turn(archive, [MINE, THIRTY])
        assert self.found(archive) == (None, False)

    @staticmethod
    def bear(archive: Archive, with_it: Policy) -> None:
        """Let the case begin a new log that knows this policy, from the log that it has."""
        state = State()
        state.boot, state.seq = 1, 0
        state.policy_digest, state.needle_um = with_it.digest, with_it.needle_um
        with archive.transaction():
            (case,) = archive.cases()
            assert case.log_id is not None
            log_id = archive.keep_log(case.id, "0f")
            archive.note_follows(log_id, case.log_id)
            archive.keep_state(log_id, 0, snapshot.pack(state))
            archive.note_meeting(case.id, log_id, 1_800_000_100, 0)


class TestWhose:
    """The person for whose skin a policy was chosen."""

    @staticmethod
    def entry(log: str | None, person: int = 0) -> Entry:
        return Entry(POLICY, 0, data={"policy": MINE.text, "log": log, "seq": 1}, person=person)

    def test_policy_is_of_whom_the_log_is_about_that_the_case_had_then(self) -> None:
        owners = {"01": 0, "02": 7}
        assert chosen_for(self.entry("01"), owners) == 0
        assert chosen_for(self.entry("02"), owners) == 7

    def test_policy_of_a_case_that_was_nobodys_is_of_whoever_has_been_named_since(self) -> None:
        assert chosen_for(self.entry("01"), {"01": None}) is None
        assert chosen_for(self.entry("01"), {"01": 7}) == 7

    def test_policy_from_before_the_first_sync_is_of_the_only_person_the_case_had(self) -> None:
        assert chosen_for(self.entry(None), {}) == 0
        assert chosen_for(self.entry(None), {"01": 7}) == 7
        assert chosen_for(self.entry(None), {"01": 0, "02": 7}) == 0

    def test_policy_for_a_log_that_was_forgotten_is_of_whom_the_entry_names(self) -> None:
        assert chosen_for(self.entry("01", person=0), {"02": 7}) == 0
