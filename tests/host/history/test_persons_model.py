"""Two computers, three persons, four cases: entries, undos, forgets, backups, exports in any order.

Every computer that has seen the same files says the same. What was undone or forgotten never
returns, nothing newer is overwritten, and nothing of one person is found with another. A case is
told what its person has said, all of it, and nothing else.
"""

import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from PIL import Image
from tests.host import persons_ledger
from tests.host.persons_ledger import Ledger, owners_of, rules_due
from tests.host.session_logs import NOW
from tests.host.two_computers import NAMES, TOKENS, Computer, RealCase, secret

from rollcore import policy
from rollhost.database import diary
from rollhost.errors import DONE, FAILED, USAGE
from rollhost.history import case_status
from rollhost.history.history import History
from rollhost.history.logs import Log
from rollhost.output.entries import short_token

pytestmark = pytest.mark.slow

COMPUTERS = st.integers(0, 1)
PERSONS = st.sampled_from([0, 0, 1, 2])
CASES = st.sampled_from([0, 0, 0, 1, 2, 3])
"""Often the same ones, so that much happens to them."""
KINDS = st.sampled_from(
    ["note", "clinic", "reaction", "reaction", "look", "over", "hold", "plan", "photo"]
)
PICK = st.integers(0, 1 << 16)

OWNERS = (0, 0, 1, 2)
"""Whose each case is at the beginning, an index of `NAMES`."""

SHOWN = (
    ["export", "json"],
    ["export", "csv"],
    ["export", "diary"],
    ["export", "ics"],
    ["report", "FILE", "--force"],
    ["status"],
    ["status", "--json"],
    ["log"],
    ["plan"],
    ["photo"],
    ["clinic"],
    ["reaction"],
    ["hold"],
    ["undo", "--list"],
)
"""The commands that show what is known of one person."""


class Households(RuleBasedStateMachine):
    """What three persons type on two computers, in any order."""

    @initialize(met=st.lists(CASES, min_size=1, max_size=4, unique=True))
    def begin(self, met: list[int]) -> None:
        """Begin; both computers have met the cases `met`, and know whose they are."""
        self.folder = tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR"))
        home = Path(self.folder.name)
        self.home = home
        self.now = NOW
        self.ledger = Ledger()
        for name, token in zip(NAMES[1:], TOKENS[1:], strict=True):
            self.ledger.words[name] = token
        self.computers = [Computer(home / "a.db"), Computer(home / "b.db")]
        self.cases = [RealCase(n, owner, home, NOW) for n, owner in enumerate(OWNERS)]
        self.began = {case.log_name: 0 for case in self.cases}
        for case in met:
            for computer in (0, 1):
                self.sync(computer, case, said=True)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            try:
                self.exchange_all()
            finally:
                self.folder.cleanup()

    # What there is to help.

    def word(self, person: int | None) -> str:
        """Return a word of this person (a token; None: nobody's) that is nowhere else."""
        word = f"zq{len(self.ledger.words):04d}k"
        self.ledger.words[word] = person
        return word

    def type(self, computer: int, *words: str) -> bool:
        """Type a command; return whether it was done. A refusal is one in our own words."""
        here = self.computers[computer]
        code, text = here.run(self.now, *words)
        assert code in (DONE, FAILED, USAGE), (code, text)
        assert "Traceback" not in text, text
        self.now += 1
        self.ledger.note(here.read())
        return code == DONE

    def say(self, computer: int, person: int, *words: str) -> bool:
        """Type a command that is about a person; what it writes down is theirs."""
        here = self.computers[computer]
        name = here.person(person, self.now)
        before = {entry.token for entry in here.read().written}
        done = self.type(computer, *words, "--person", name)
        for entry in here.read().written:
            assert entry.token in before or entry.person == TOKENS[person], entry
        return done

    def log_on(self, past: History, case: RealCase) -> Log | None:
        """Return the log that a case has now as a computer knows it; None if it does not."""
        logs = [log for log in past.all_logs if log.name == case.log_name]
        return logs[0] if logs else None

    # Rules.

    @rule(seconds=st.sampled_from([0, 60, 86400, 9 * 86400]))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule(case=CASES)
    def use(self, case: int) -> None:
        self.cases[case].be_at(self.now)
        self.now = max(self.now, self.cases[case].be_used())

    @rule(computer=COMPUTERS, case=CASES, said=st.booleans())
    def sync(self, computer: int, case: int, said: bool) -> None:
        there, here = self.cases[case], self.computers[computer]
        words = ["sync", "--port", there.port]
        if said:
            words += ["--person", here.person(there.owner, self.now)]
        self.sync_with(computer, there, words)

    def sync_with(self, computer: int, there: RealCase, words: list[str]) -> None:
        """Sync a case, and look at what that has put into it."""
        here = self.computers[computer]
        there.be_at(self.now)
        told_before = persons_ledger.told_in(there.log())
        rules_before = there.app.policy
        before = here.read()
        done = self.type(computer, *words)
        past = here.read()
        log = self.log_on(past, there)
        if log is None:
            assert there.log_name in here.logs_forgotten
            assert there.app.policy.digest == rules_before.digest
            return
        told = persons_ledger.told_in(there.keep_records())
        owner = owners_of(past)[log.case.id, log.name]
        known = {entry.token for entry in before.written}
        inferred = [
            entry
            for entry in self.named(past, log)
            if not entry.written_at and entry.token not in known
        ]
        assert not (inferred and before.cases), "a case was taken for somebody's that nobody named"
        uses = persons_ledger.uses_by_origin(past)
        for token in told - told_before:
            assert owner is not None, "a case of which nobody has said whose it is was told"
            if token in uses:
                assert uses[token] == owner, "told of a use of somebody else's"
                continue
            assert self.is_of(token, owner, before), "told of somebody else's skin"
            assert self.ledger.devices[token] in (None, there.device), "told of another case"
        if not done:  # the case is somebody else's than the one who was named
            return
        missing = persons_ledger.to_be_told(past, log, self.began[log.name], self.now) - told
        assert not missing, f"a case was not told {[self.ledger.entries[t] for t in missing]}"
        waiting = case_status.summarise(past, log.case, self.now).waiting
        assert not waiting, f"after a sync there waits {waiting}"
        self.check_rules(past, log, there, rules_before.digest)

    def is_of(self, token: int, person: int | None, past: History) -> bool:
        """Return whether an entry is a person's: they said it, or a log that is theirs has it.

        A log that was taken for somebody else's was told of their skin, and keeps that.
        """
        owners = owners_of(past)
        return self.ledger.entries[token].person == person or any(
            token in log.tokens and owners[log.case.id, log.name] == person for log in past.all_logs
        )

    def named(self, past: History, log: Log) -> list[diary.Entry]:
        """Return the entries by which somebody has said whose skin a log is about."""
        return [
            entry
            for entry in persons_ledger.counting(past, diary.OWNER)
            if (entry.case_id, entry.data["log"]) == (log.case.id, log.name)
        ]

    def check_rules(self, past: History, log: Log, case: RealCase, before: int) -> None:
        """Look at whether a sync has put in the rules that were chosen last, and no others."""
        now = case.app.policy
        assert rules_due(self.ledger, past, log) is None, "rules wait that a sync has not put in"
        if now.digest == before:
            return
        put_in = persons_ledger.choices(self.ledger, past, log)[-1]
        assert policy.parse(str(put_in.data["policy"])).digest == now.digest, "not the newest rules"
        seen = self.ledger.seen(put_in, log)
        assert seen >= len(persons_ledger.rules_in(log)) - 1, "rules that nobody here knew are gone"
        times = [
            entry.written_at
            for digest in persons_ledger.rules_in(log)
            for entry in self.ledger.entries.values()
            if entry.kind == diary.POLICY
            and policy.parse(str(entry.data["policy"])).digest == digest
        ]
        assert times == sorted(times), "older rules were put over newer ones"

    @rule(computer=COMPUTERS, case=CASES, person=PERSONS)
    def lend(self, computer: int, case: int, person: int) -> None:
        there, here = self.cases[case], self.computers[computer]
        name = here.person(person, self.now)
        there.be_at(self.now)
        there.keep_records()
        before = there.log_name
        words = ["case", "lend", there.device, name, "--yes", "--port", there.port]
        done = self.type(computer, *words)
        assert done == (there.log_name != before)
        if done:
            there.owner = person
            self.began[there.log_name] = self.now - 1
            log = self.log_on(here.read(), there)
            assert log is not None
            assert owners_of(here.read())[log.case.id, log.name] == TOKENS[person]

    @rule(
        computer=COMPUTERS,
        person=PERSONS,
        kinds=st.lists(KINDS, min_size=1, max_size=4),
        tells=st.booleans(),
    )
    def write(self, computer: int, person: int, kinds: list[str], tells: bool) -> None:
        """Write some entries down, and tell a case of theirs."""
        for kind in kinds:
            if kind == "photo":
                self.photo(computer, person)
            else:
                self.write_one(computer, person, kind)
        theirs = [case.number for case in self.cases if case.owner == person]
        if tells and theirs:
            self.sync(computer, theirs[0], said=True)

    def write_one(self, computer: int, person: int, kind: str) -> None:
        whose = TOKENS[person]
        words = {
            "note": ["note", self.word(whose)],
            "clinic": ["clinic", "2d", self.word(whose), "--needle", "1.5"],
            "reaction": ["reaction", "open", self.word(whose)],
            "look": ["reaction", "look", self.word(whose)],
            "over": ["reaction", "over", self.word(whose)],
            "hold": ["hold", "acne", "--until", f"{10 + len(self.ledger.entries) % 9}d"],
            "plan": ["plan", "start"],
        }
        self.say(computer, person, *words[kind])

    def photo(self, computer: int, person: int) -> None:
        path = self.home / f"{self.word(TOKENS[person])}.png"
        number = len(self.ledger.words)
        Image.new("RGB", (2, 2), (number % 256, number // 256, 9)).save(path)
        self.say(computer, person, "photo", str(path), self.word(TOKENS[person]))

    @rule(computer=COMPUTERS, case=CASES)
    def head(self, computer: int, case: int) -> None:
        device = self.cases[case].device
        log = self.log_on(self.computers[computer].read(), self.cases[case])
        person = None if log is None else log.facts.person
        self.type(computer, "head", "new", self.word(person), "--case", device)

    @rule(computer=COMPUTERS, case=CASES)
    def policy(self, computer: int, case: int) -> None:
        here = self.computers[computer]
        days = 29 + len(self.ledger.rules_seen)  # never the same twice
        known = set(self.ledger.rules_seen)
        self.type(computer, "policy", "set", f"rest={days}d", "--case", self.cases[case].device)
        past = here.read()
        owners = owners_of(past)
        for entry in past.written:
            if entry.kind == diary.POLICY and entry.token not in known and entry.data["log"]:
                assert entry.case_id is not None
                owner = owners[entry.case_id, str(entry.data["log"])]
                assert entry.person == (owner or diary.ME), "rules are of who has the case"

    @rule(computer=COMPUTERS, case=CASES)
    def two_choices(self, computer: int, case: int) -> None:
        """Choose rules on both computers, and sync with each."""
        for here in (computer, computer ^ 1):
            self.sync(here, case, said=True)
        for here in (computer, computer ^ 1):
            self.policy(here, case)
        for here in (computer, computer ^ 1):
            self.sync(here, case, said=True)
        self.policy(computer, case)
        self.sync(computer, case, said=True)

    @rule(computer=COMPUTERS, case=CASES, person=st.one_of(st.none(), PERSONS))
    def name(self, computer: int, case: int, person: int | None) -> None:
        """Give a case a name, or a person."""
        if person is None:
            self.type(computer, "name", self.word(None), "--case", self.cases[case].device)
        else:
            name = self.computers[computer].person(person, self.now)
            self.type(computer, "person", "rename", name, self.word(TOKENS[person]))

    @rule(computer=COMPUTERS, case=CASES, wrong=st.booleans())
    def whose(self, computer: int, case: int, wrong: bool) -> None:
        there, here = self.cases[case], self.computers[computer]
        person = (there.owner + wrong) % len(NAMES)
        name = here.person(person, self.now)
        if self.type(computer, "case", "whose", there.device, name):
            past = here.read()
            case_here = next(known for known in past.cases if known.device == there.device)
            log = past.log_now(case_here)
            assert log is None or owners_of(past)[case_here.id, log.name] == TOKENS[person]

    @rule(computer=COMPUTERS, case=CASES)
    def misname(self, computer: int, case: int) -> None:
        """Choose rules for a case, say that it is somebody else's, and look at both."""
        self.policy(computer, case)
        self.whose(computer, case, wrong=True)
        for person in range(len(NAMES)):
            self.look(computer, person, ["export", "json"])

    @rule(computer=COMPUTERS, person=PERSONS)
    def regret(self, computer: int, person: int) -> None:
        """Write down a reaction and what became of it, a note, undo the note; forget both."""
        here = self.computers[computer]
        for kinds in (["reaction"], ["look"], ["over"], ["note"]):
            self.write(computer, person, kinds, tells=False)
        newest = sorted(here.read().diary, key=lambda entry: (entry.written_at, entry.token))
        note = newest[-1]
        name = here.person(person, self.now)
        assert self.type(computer, "undo", self.number(here, note), "--person", name)
        here.undone.add(note.token)
        reactions = [entry for entry in newest if entry.kind == diary.REACTION]
        for entry in (note, reactions[-1]):
            self.forget_one(computer, entry)

    def number(self, here: Computer, entry: diary.Entry) -> str:
        """Return the number by which a person names an entry."""
        return short_token(entry, here.read().written)

    def forget_one(self, computer: int, entry: diary.Entry) -> None:
        here = self.computers[computer]
        held = {known.token for known in here.read().written}
        assert self.type(computer, "forget", self.number(here, entry), "--yes")
        here.forgotten |= self.ledger.with_all_about([entry.token]) & held

    @rule(computer=COMPUTERS, person=PERSONS, pick=PICK)
    def undo(self, computer: int, person: int, pick: int) -> None:
        here = self.computers[computer]
        name = here.person(person, self.now)
        listed = here.ask(self.now, "undo", "--list", "--person", name)["entries"]
        if not listed:
            return
        number = listed[pick % len(listed)]["number"]
        past = here.read()
        token = {short_token(entry, past.written): entry.token for entry in past.written}[number]
        if self.type(computer, "undo", number, "--person", name):
            here.undone.add(token)

    @rule(computer=COMPUTERS, person=PERSONS, pick=PICK)
    def forget(self, computer: int, person: int, pick: int) -> None:
        here = self.computers[computer]
        past = here.read()
        listed = [
            entry
            for entry in past.written
            if entry.person == TOKENS[person] and entry.kind in diary.KINDS
        ]
        if listed:
            self.forget_one(computer, listed[pick % len(listed)])

    @rule(computer=COMPUTERS, person=PERSONS)
    def forget_person(self, computer: int, person: int) -> None:
        here = self.computers[computer]
        name = here.person(person, self.now)
        for case in self.cases:
            if case.owner == person:
                self.policy(computer, case.number)
        past = here.read()
        self.ledger.note(past)
        owners = owners_of(past)
        assert self.type(computer, "forget", name, "--yes")
        here.forgotten |= {
            entry.token
            for entry in past.written
            if not self.ledger.is_name(entry)
            and self.ledger.person_of(entry, owners) == TOKENS[person]
        }
        gone = {log for (_, log), owner in owners.items() if owner == TOKENS[person]}
        here.logs_forgotten |= gone
        left = {case.device for case in here.read().cases}
        for known in past.cases:
            logs = {log.name for log in past.logs(known)}
            assert not (logs and logs <= gone and known.device in left), "the case is still known"

    @rule(computer=COMPUTERS, pick=PICK, of_the_other=st.booleans())
    def restore(self, computer: int, pick: int, of_the_other: bool) -> None:
        """Put a backup back. Where there is none yet, and now and then, make one."""
        of = self.computers[computer ^ of_the_other]
        if not of.backups or pick % 3 == 0:
            of.backups += 1
            file = of.path.with_suffix(f".{of.backups}.bak")
            assert self.type(computer ^ of_the_other, "backup", str(file))
        else:
            file = of.path.with_suffix(f".{1 + pick % of.backups}.bak")
            assert self.type(computer, "restore", str(file), "--yes")

    @rule(computer=COMPUTERS, person=st.one_of(st.none(), PERSONS))
    def give(self, computer: int, person: int | None) -> None:
        """Import what this computer exports on the other one."""
        here, other = self.computers[computer], self.computers[computer ^ 1]
        words = ["export", "json"]
        if person is not None:
            words += ["--person", here.person(person, self.now)]
        code, text = here.run(self.now, *words)
        assert code == DONE, text
        self.check_no_forgotten(here, text)
        file = self.home / "given.json"
        file.write_text(text)
        assert self.type(computer ^ 1, "import", str(file), "--person", "me")
        other.forgotten |= here.forgotten
        if person is None:
            other.undone |= here.undone
            other.logs_forgotten |= here.logs_forgotten

    @rule(computer=COMPUTERS, person=PERSONS, words=st.sampled_from(SHOWN))
    def look(self, computer: int, person: int, words: list[str]) -> None:
        here = self.computers[computer]
        here.person(person, self.now)
        past = here.read()
        self.ledger.note(past)
        self.check_private(here, past, TOKENS[person], words)

    # Laws.

    @invariant()
    def nothing_returns(self) -> None:
        for here in getattr(self, "computers", []):
            past = here.read()
            self.ledger.note(past)
            held = {entry.token for entry in past.written}
            assert not held & here.forgotten, "a forgotten entry is back"
            assert not {entry.token for entry in past.diary} & here.undone, "an undone entry counts"
            logs = {log.name for log in past.all_logs}
            assert not logs & here.logs_forgotten, "a forgotten log is back"
            data = here.bytes_of()
            found = {word for word in self.gone(here, past) if word.encode() in data}
            assert not found, f"forgotten words are in the database: {sorted(found)}"
            records = [
                record
                for case in self.cases
                for log in here.logs_forgotten & set(case.records)
                for record in case.records[log]
            ]
            assert not any(record in data for record in records), "forgotten records are there"

    def gone(self, here: Computer, past: History) -> set[str]:
        """Return the words that a computer has forgotten, with the rules that nobody else has."""
        kept = " ".join(secret(entry) for entry in past.written)
        gone = " ".join(secret(self.ledger.entries[token]) for token in here.forgotten)
        rules = {
            str(entry.data["policy"])
            for token in here.forgotten
            if (entry := self.ledger.entries[token]).kind == diary.POLICY
        }
        named = {digest for log in past.all_logs for digest in persons_ledger.digests_in(log)}
        return {word for word in self.ledger.words if word in gone and word not in kept} | {
            text for text in rules if text not in kept and policy.parse(text).digest not in named
        }

    def check_no_forgotten(self, here: Computer, text: str) -> None:
        assert not [word for word in self.gone(here, here.read()) if word in text]

    @invariant()
    def newest_policy_waits(self) -> None:
        for here in getattr(self, "computers", []):
            past = here.read()
            for case in past.cases:
                log = past.log_now(case)
                if log is None:
                    continue
                due = rules_due(self.ledger, past, log)
                waiting = past.policies.waiting(case)
                assert (waiting and waiting.text) == (due and due.data["policy"]), (waiting, due)

    @invariant()
    def status_has_what_waits(self) -> None:
        for here in getattr(self, "computers", []):
            past = here.read()
            for case in past.cases:
                log = past.log_now(case)
                if log is None:
                    continue
                assert log.name == max(known.name for known in past.logs(case)), "an older log"
                waiting = case_status.summarise(past, case, self.now).waiting
                owner = owners_of(past)[case.id, log.name]
                for entry in waiting:
                    assert self.is_of(entry.token, owner, past), "waits, and is somebody else's"
                tokens = {entry.token for entry in waiting}
                due = persons_ledger.to_be_told(past, log, self.began[log.name], self.now)
                assert due <= tokens | log.tokens, [self.ledger.entries[token] for token in due]

    @invariant()
    def logs_are_of_whom_was_named(self) -> None:
        for here in getattr(self, "computers", []):
            past = here.read()
            for (case, name), owner in owners_of(past).items():
                facts = next(
                    log.facts for log in past.all_logs if (log.case.id, log.name) == (case, name)
                )
                assert facts.person == owner, (name, facts.person, owner)

    def check_private(self, here: Computer, past: History, person: int, words: list[str]) -> None:
        """Look for the words, logs and rules of others where those of a person are shown."""
        names = {known.token: known.name for known in past.persons}
        others = persons_ledger.of_others(self.ledger, past, person)
        file = self.home / "page.html"
        file.write_text("")
        typed = [str(file) if word == "FILE" else word for word in words]
        code, text = here.run(self.now, *typed, "--person", names[person])
        assert code in (DONE, FAILED, USAGE), text
        if words[0] == "status" or code:
            # It says, or a refusal does, who else is known here, by name.
            others = {word for word in others if not any(word in name for name in names.values())}
        found = sorted(word for word in others if word in text + file.read_text())
        assert not found, f"{words} of {names[person]} has words of others: {found}"
        if words == ["export", "json"]:
            document = json.loads(text)
            devices = {case["device"] for case in document["cases"]}
            cases = {None, *(case.id for case in past.cases if case.device in devices)}
            exported = {entry["token"] for entry in document["diary"]}
            owners = owners_of(past)
            logs = {log["log"] for case in document["cases"] for log in case["logs"]}
            assert logs == {log for (_, log), owner in owners.items() if owner == person}
            mine = [entry for entry in past.written if not self.ledger.is_name(entry)]
            mine = [entry for entry in mine if self.ledger.person_of(entry, owners) == person]
            names_of_cases = {entry.token for entry in past.written if self.ledger.is_name(entry)}
            foreign = exported - {entry.token for entry in mine} - names_of_cases
            assert not foreign, [self.ledger.entries[token] for token in foreign]
            # What is about a case that somebody else has, and never was theirs, is left out.
            missing = [
                entry for entry in mine if entry.token not in exported and entry.case_id in cases
            ]
            assert not missing, missing
            rules = {entry.data["policy"] for entry in mine if entry.kind == diary.POLICY}
            named = {
                digest
                for log in past.all_logs
                if owners[log.case.id, log.name] == person
                for digest in persons_ledger.digests_in(log)
            }
            in_logs = {known.text for known in past.policies.all if known.digest in named}
            assert in_logs <= set(document["policies"]) <= in_logs | rules

            for case in past.cases:
                log = past.log_now(case)
                due = rules_due(self.ledger, past, log) if log else None
                is_mine = log is not None and owners[case.id, log.name] == person
                wanted = due.data["policy"] if due and is_mine else None
                for part in document["cases"]:
                    if part["device"] == case.device and log is not None:
                        assert part["new_policy"] == wanted

    def status_of(self, here: Computer, name: str) -> str:
        """Return what status says of a person; a computer lists cases as it has met them."""
        document = here.ask(self.now, "status", "--person", name)
        document["cases"].sort(key=lambda case: case["device"])
        document["unclaimed"].sort()
        return json.dumps(document, indent=1)

    def exchange_all(self) -> None:
        """Let both computers see everything, and compare them."""
        # What one has said of a log that the other has forgotten comes in the second round.
        for computer in (0, 1, 0, 1):
            self.give(computer, None)
        self.nothing_returns()
        texts = []
        statuses = []
        for here in self.computers:
            code, text = here.run(self.now, "export", "json")
            assert code == DONE, text
            self.check_no_forgotten(here, text)
            texts.append(text)
            persons = here.read().persons
            statuses.append([self.status_of(here, person.name) for person in persons])
        assert texts[0] == texts[1], difference(*texts)
        for one, other in zip(*statuses, strict=True):
            assert one == other, difference(one, other)
        here = self.computers[0]
        past = here.read()
        for known in past.persons:
            for words in SHOWN:
                self.check_private(here, past, known.token, words)


def difference(one: str, other: str) -> str:
    """Return the lines that differ."""
    first, second = one.splitlines(), other.splitlines()
    return json.dumps(
        [
            [line for line in first if line not in second],
            [line for line in second if line not in first],
        ],
        indent=1,
    )


TestHouseholds = Households.TestCase
TestHouseholds.settings = settings(
    # To make a failure smaller would take minutes; its steps are printed as they are.
    max_examples=15, stateful_step_count=10, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)  # fmt: skip
