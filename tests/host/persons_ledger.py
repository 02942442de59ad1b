"""What three persons have said on two computers, as the test that typed it knows it.

Nothing here asks the program what it makes of an entry: whose it is, which one counts, and whose
skin a log is about follow from the entries as they were when they were typed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.host.two_computers import secret

from rollcore import events, policy
from rollcore.events import Event
from rollhost.database import diary
from rollhost.database.diary import Entry, derived_token
from rollhost.history.history import History
from rollhost.history.logs import Log

NEWS_S = 400 * 86400
"""The longest rest (s): what happened at a clinic since may still forbid a use."""


@dataclass
class Ledger:
    """Every entry that was ever typed, and what each computer has to have forgotten.

    `words` has the person of each word, `ME` or another token; a case's name is nobody's. `devices`
    has the case that an entry is about, None if it is about no case. Of rules, `rules_seen` has how
    often rules had been put into the log then, as far as the computer knew.
    """

    words: dict[str, int | None] = field(default_factory=dict)
    entries: dict[int, Entry] = field(default_factory=dict)
    devices: dict[int, str | None] = field(default_factory=dict)
    rules_seen: dict[int, int] = field(default_factory=dict)

    def note(self, past: History) -> None:
        """Remember the entries that are new on a computer."""
        for entry in past.written:
            if entry.token in self.entries:
                continue
            self.entries[entry.token] = entry
            case = next((case for case in past.cases if case.id == entry.case_id), None)
            self.devices[entry.token] = case.device if case else None
            if entry.kind == diary.POLICY:
                assert case is not None
                log = past.log_now(case)
                self.rules_seen[entry.token] = len(rules_in(log)) if log else 0

    def seen(self, choice: Entry, log: Log) -> int:
        """Return how many rules of this log were known where and when others were chosen."""
        return self.rules_seen[choice.token] if choice.data["log"] == log.name else 0

    def with_all_about(self, tokens: Iterable[int]) -> set[int]:
        """Return these entries with those that were said about them, and about those."""
        found = set(tokens)
        while True:
            more = {
                token
                for token, entry in self.entries.items()
                if any(type(value) is int and value in found for value in entry.data.values())
            }
            if more <= found:
                return found
            found |= more

    def person_of(self, entry: Entry, owners: dict[tuple[int, str], int | None]) -> int | None:
        """Return the person whom an entry is about; rules are of who had the case then."""
        if entry.kind == diary.POLICY:
            assert entry.case_id is not None
            log = entry.data["log"]
            return owners.get((entry.case_id, str(log)), entry.person)
        undone = self.entries.get(entry.number("token")) if entry.kind == diary.UNDO else None
        if undone is not None and undone.kind == diary.POLICY:
            log = undone.data["log"]
            owner = owners.get((entry.case_id or 0, str(log)), entry.person)
            return diary.ME if owner is None else owner
        return self.entries[entry.token].person

    def is_name(self, entry: Entry) -> bool:
        """Return whether an entry says what a case is called, or takes that back."""
        undone = self.entries.get(entry.number("token")) if entry.kind == diary.UNDO else None
        return (undone or entry).kind == diary.CASE_NAME


def counting(past: History, kind: str) -> list[Entry]:
    """Return the entries of a kind that nobody has taken back, in the order of writing."""
    undone = {entry.data["token"] for entry in past.written if entry.kind == diary.UNDO}
    found = [entry for entry in past.written if entry.kind == kind and entry.token not in undone]
    return sorted(found, key=lambda entry: (entry.written_at, entry.token))


def owners_of(past: History) -> dict[tuple[int, str], int | None]:
    """Return the person of each log by the last one who was named for it: by case and log id."""
    owners: dict[tuple[int, str], int | None] = {
        (case.id, log.name): None for case in past.cases for log in past.logs(case)
    }
    for entry in counting(past, diary.OWNER):
        assert entry.case_id is not None
        log = entry.case_id, str(entry.data["log"])
        if log in owners:  # else it was forgotten, and somebody else still says whose it was
            owners[log] = entry.person
    return owners


def told_in(log: Iterable[Event]) -> set[int]:
    """Return the tokens of the entries, and the origins of the uses, that a case was told of.

    What corrects its state is about what it knows already.
    """
    told = [event.data for event in log if event.kind != events.CORRECTED]
    return {data.get("token") or data.get("origin") or 0 for data in told} - {0}


def uses_by_origin(past: History) -> dict[int, int | None]:
    """Return the person of each record that may be a use, by what it is called elsewhere."""
    owners = owners_of(past)
    return {
        derived_token(log.case.device, log.name, str(event.seq)): owners[log.case.id, log.name]
        for log in past.all_logs
        for event in log.events
    }


def rules_in(log: Log) -> list[int]:
    """Return the digest of each policy that somebody has put into a log, in order."""
    return [
        event.data["digest"]
        for event in log.events
        if event.kind == events.POLICY_SET
        and event.data["digest"] != _default_digest(event.data["needle_um"])
    ]


def _default_digest(needle_um: int) -> int | None:
    """Return the digest of the default policy for needles of this length (um), None without one."""
    try:
        return policy.for_needle(needle_um).digest
    except policy.PolicyError:
        return None


def digests_in(log: Log) -> set[int]:
    """Return the digests of all policies that the records and states of a log name."""
    found = {event.data["digest"] for event in log.events if "digest" in event.data}
    return found | {state.policy_digest for state in log.told.values()}


def choices(ledger: Ledger, past: History, log: Log) -> list[Entry]:
    """Return the rules that the person of a log has chosen for its case, the newest last."""
    owners = owners_of(past)
    return [
        entry
        for entry in counting(past, diary.POLICY)
        if entry.case_id == log.case.id
        and ledger.person_of(entry, owners) == owners[log.case.id, log.name]
    ]


def rules_due(ledger: Ledger, past: History, log: Log) -> Entry | None:
    """Return the choice that the next sync has to put into the log that a case has now.

    It is the newest one of the person whom the log is about, if nothing was put in after it, or
    without that the person knew it.
    """
    chosen = choices(ledger, past, log)
    if not chosen:
        return None
    newest, put_in = chosen[-1], rules_in(log)
    digest = policy.parse(str(newest.data["policy"])).digest
    return newest if len(put_in) <= ledger.seen(newest, log) and digest not in put_in[-1:] else None


def to_be_told(past: History, log: Log, began: int, now: int) -> set[int]:
    """Return the entries that a case has to have in the log that began at `began` (Unix s)."""
    person = owners_of(past)[log.case.id, log.name]
    if person is None:
        return set()

    def mine(kind: str) -> list[Entry]:
        return [entry for entry in counting(past, kind) if entry.person == person]

    # A hold that was typed elsewhere, and is known from a log alone, may be the later one.
    holds_in_logs = {
        event.data["token"]
        for known in past.all_logs
        for event in known.events
        if event.kind == events.HOLD_SET
    }
    over = {entry.number("reaction") for entry in mine(diary.REACTION_OVER)}
    heads = [entry for entry in mine(diary.HEAD) if entry.case_id == log.case.id]
    told = [entry for entry in mine(diary.CLINIC) if entry.at > now - NEWS_S]
    told += [entry for entry in mine(diary.REACTION) if entry.token not in over]
    told += [entry for entry in mine(diary.REACTION_OVER) if entry.number("reaction") in log.tokens]
    if holds_in_logs <= {entry.token for entry in past.written}:
        told += mine(diary.HOLD)[-1:]
    told += [entry for entry in heads[-1:] if entry.at > began]
    return {entry.token for entry in told}


def of_others(ledger: Ledger, past: History, person: int) -> set[str]:
    """Return the words and log ids that are of anybody but this person."""
    owners = owners_of(past)
    theirs = {word for word, whose in ledger.words.items() if whose not in (person, None)}
    mine = " ".join(secret(entry) for entry in past.written if entry.person == person)
    theirs = {word for word in theirs if word not in mine}
    # That a log was taken for theirs, and was not, they have said themselves.
    said = {entry.data.get("log") for entry in past.written if entry.person == person}
    logs = {log for (_, log), owner in owners.items() if owner != person}
    return theirs | (logs - said)
