"""A fortnight of two persons with three cases and three computers, in virtual time.

Ann has computers 1 and 2, Ben has 3. 1 and 2 share a folder, 2 and 3 a PostgreSQL database, so 2 is
the bridge. 1 sleeps for five days; 2 has no network for two and a half. All is done by `host`.
"""

import json
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from threading import Timer
from typing import Any, NamedTuple

from tests.host import mosquitto, postgresql_server
from tests.host.mosquitto import Mosquitto
from tests.host.postgresql_server import address
from tests.host.remind.web_server import WebServer
from tests.host.two_computers import Computer, RealCase
from tests.lives import reminders
from tests.lives.reminders import DAY, HOUR, MINUTE, Address, Fact

from rollcore import state
from rollhost.exchange import share_postgresql
from rollhost.output import units

QUARTER = 15 * MINUTE

TIMER_S = 2 * MINUTE
"""How long (s) after each quarter the timer of a computer runs."""

LOOKS = (8 * HOUR, 12 * HOUR, 18 * HOUR)
"""When a computer reminds each day, although nothing has to come."""

BEGAN = 1_799_020_800
"""2027-01-04 00:00 UTC, a Monday, in Unix seconds."""

ANN, BEN = "Ann", "Ben"

WHO = {"1": ANN, "2": ANN, "3": BEN}
"""Who uses each computer."""

SECRETS = {"1": "s3cret-of-ann", "2": "s3cret-too", "3": "s3cret-of-ben", "second": "s3cret-spare"}
"""A secret in each address to remind at."""

BROKER_USER, BROKER_PASSWORD = "house", "s3cret-of-the-broker"

SERVER_PASSWORD = "s3cret-of-the-server"

PASSPHRASE = "s3cret words for a folder"

FORGOTTEN = "words that are forgotten"


def moment(day: int, hour: int = 0, minute: int = 0) -> int:
    """Return a moment of the fortnight, whose days count from 0, as Unix time (s)."""
    return BEGAN + day * DAY + hour * HOUR + minute * MINUTE


ASLEEP = range(moment(4), moment(8, 20))
"""When computer 1 sleeps."""

OFFLINE = range(moment(9), moment(11, 12))
"""When computer 2 reaches neither folder, server nor broker."""

REFUSING = range(moment(2, 8), moment(2, 14))
"""When Ben's second address takes nothing."""

DAYS = 14


class Case(RealCase):
    """A case called `name` that lives by the clock of the fortnight, switched on at `born` (s)."""

    def __init__(self, number: int, name: str, home: Path, born: int) -> None:
        self.name = name
        self._born = born
        super().__init__(number, 0, home, born)

    @property
    def time(self) -> int:
        """What time it is (Unix s) by what the case has lived."""
        return self._born + self.ms // 1000

    def be_at(self, now: int) -> None:
        """Let time pass until Unix time `now` (s)."""
        self.wait(max(now - self.time, 0))

    def soak(self) -> None:
        """Soak the roller after a use."""
        assert self.app.standing.phase == state.CLEAN_ME
        self.press()
        self.wait(10 * MINUTE)

    def roll(self) -> int:
        """Soak, let it dry, use the roller for two minutes; return the time after it (Unix s)."""
        self.press()
        self.wait(20 * MINUTE)
        if self.app.standing.phase == state.CLEAN_ME:
            self.wait(HOUR)
        assert self.app.standing.phase == state.READY, self.app.standing
        (self.long_press if len(self.app.policy.zones) > 1 else self.press)()
        self.wait(2 * MINUTE)
        self.press()
        assert self.app.standing.phase == state.CLEAN_ME, self.app.standing
        return self.time


class Step(NamedTuple):
    """What somebody does on a computer, which `do` is told, at a moment (Unix s)."""

    at: int
    computer: str
    do: Callable[[str, int], None]


class Shared(NamedTuple):
    """Where the computers share."""

    folder: Path
    """They have a passphrase for it."""
    server: str
    """The folder of a server with a role for each computer that shares there."""
    urls: dict[str, str]
    """The address of the server's database for each computer, with a password."""
    broker: Mosquitto
    """It lets in `BROKER_USER` by a password."""


@contextmanager
def prepared_server() -> Iterator[str]:
    """Run a server with our tables; yield its folder."""
    import psycopg  # which not every machine has

    with postgresql_server.server() as place:
        with psycopg.connect(address(place, "owner", "postgres"), autocommit=True) as db:
            db.execute(share_postgresql.setup_sql())
            for name in WHO:
                db.execute(f"CREATE ROLE c{name} LOGIN IN ROLE rollcase_computer")
        yield place


@contextmanager
def places(home: Path, server: str) -> Iterator[Shared]:
    """Make the folder, and run the broker."""
    (home / "shelf").mkdir()
    passwords = home / "passwords"
    passwords.write_text(f"{BROKER_USER}:{BROKER_PASSWORD}\n")
    mosquitto.mosquitto()
    # It takes only what its own tool has hashed.
    subprocess.run(["mosquitto_passwd", "-U", str(passwords)], check=True, capture_output=True)
    urls = {name: address(server, f"c{name}", "postgres") for name in WHO}
    urls = {name: url.replace("@", f":{SERVER_PASSWORD}@") for name, url in urls.items()}
    settings = ("allow_anonymous false", f"password_file {passwords}")
    with mosquitto.running(home / "broker", *settings) as broker:
        yield Shared(home / "shelf", server, urls, broker)


@contextmanager
def few_bytes(most: int) -> Iterator[None]:
    """Let no file of this process grow beyond `most` bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


FAULTS = ("", "broker gone", "server gone", "server goes", "folder full", "file cut short")
"""What may go wrong after a step."""


class Fortnight:
    """Its computers, cases and addresses, and what each computer knows.

    Each computer that is awake reminds whenever something may have to come or has just happened, a
    quarter before, and three times a day. With `chance` it does so every 15 minutes; some steps are
    left out, the others are earlier or later, and after each something goes wrong.
    """

    def __init__(
        self,
        home: Path,
        shared: Shared,
        webs: dict[str, WebServer],
        chance: Random | None = None,
    ) -> None:
        self.shared = shared
        self.webs = webs
        self.chance = chance
        self.home = home
        for name in WHO:
            (home / name).mkdir()
        self.computers = {name: Computer(home / name / "rollcase.db") for name in WHO}
        self.facts: list[Fact] = []
        self.knows: dict[str, set[int]] = {name: set() for name in WHO}
        self._in_case: dict[str, list[Fact]] = {}
        self.addresses = {name: Address(BEGAN) for name in WHO}
        self._to = {name: home / f"to-{name}" for name in WHO}
        for name, file in self._to.items():
            urls = [webs[name].address(SECRETS[name])]
            if name == "3":
                urls.append(webs["second"].address(SECRETS["second"]))
            file.write_text("\n".join(urls) + "\n")
        self._password, self._phrase = home / "password", home / "phrase"
        self._password.write_text(BROKER_PASSWORD)
        self._phrase.write_text(PASSPHRASE)
        self._phrase.chmod(0o600)
        self.cases = {
            "bath": Case(0, "bath", home, moment(-73, 12)),
            "shelf": Case(1, "shelf", home, moment(-81, 12)),
            "spare": Case(2, "spare", home, moment(-25, 12)),
        }

    @property
    def _folder(self) -> list[str]:
        return [str(self.shared.folder), "--passphrase-file", str(self._phrase)]

    # What computers do.

    def host(self, name: str, now: int, *words: str, code: int = 0) -> str:
        """Run `host` on a computer at Unix time `now` (s); return what it printed."""
        found, text = self.computers[name].run(now, *words)
        assert found == code, (name, words, text)
        return text

    def ask(self, name: str, now: int, *words: str) -> dict[str, Any]:
        """Run `host … --json`; return the document."""
        document: dict[str, Any] = json.loads(self.host(name, now, *words, "--json"))
        return document

    def note(self, name: str, kind: str, person: str, at: int, **more: Any) -> Fact:
        """Note a fact that a computer knows, or, with no name, the case that it is about."""
        fact = Fact(len(self.facts) + 1, kind, person, at, **more)
        self.facts.append(fact)
        if name:
            self.knows[name].add(fact.number)
        else:
            self._in_case.setdefault(fact.case, []).append(fact)
        return fact

    def known(self, name: str) -> list[Fact]:
        """Return what a computer knows."""
        return [fact for fact in self.facts if fact.number in self.knows[name]]

    def sync(self, name: str, case: str, now: int, *words: str) -> None:
        """Sync a case on a computer."""
        self.cases[case].be_at(now)
        port = self.cases[case].port
        self.host(name, now, "sync", "--port", port, "--clock-is-right", *words)
        self.knows[name] |= {fact.number for fact in self._in_case.get(case, [])}
        owner = self._owner(case)
        if owner is not None:
            self.note(name, reminders.SYNCED, owner, now, case=case)

    def _owner(self, case: str) -> str | None:
        owners = [f for f in self.facts if f.kind == reminders.OWNER and f.case == case]
        return owners[-1].person if owners else None

    def meet(self, name: str, case: str, now: int) -> None:
        """Sync a case for the first time, and say what it is called and what needles it has."""
        self.note(name, reminders.OWNER, WHO[name], now, case=case)
        self.sync(name, case, now, "--needle", "0.25")
        self.host(name, now + 1, "name", case, "--case", self.cases[case].device[-6:])
        self.host(name, now + 1, "case", "whose", case, WHO[name])
        if case == "bath":
            self.host(name, now + 2, "policy", "set", "zones=face,neck", "--case", case)
            self.sync(name, case, now + 3)
        self.host(name, now + 4, "head", "new", "--case", case)
        self.note(name, reminders.HEAD, WHO[name], now + 4, case=case)

    # How computers hear of each other.

    def connected(self, now: int) -> list[str]:
        """Return the computers that are awake, and reach something."""
        return [
            name
            for name in WHO
            if not (name == "1" and now in ASLEEP) and not (name == "2" and now in OFFLINE)
        ]

    def groups(self, now: int) -> list[list[str]]:
        """Return the computers that hear of each other, together."""
        if now in OFFLINE:
            return [["1"], ["3"]]
        return [self.connected(now)]

    def share(self, now: int, first: str) -> None:
        """Let all that are connected share, and the one first where something was done."""
        there = self.connected(now)
        way = [("1", "folder"), ("2", "folder"), ("2", "server"), ("3", "server")]
        back = [("2", "server"), ("2", "folder"), ("1", "folder")]
        ways = way if first == "1" else way + back
        for name, place in ways:
            if name in there:
                url = self.shared.urls[name]
                self.host(name, now, "share", *(self._folder if place == "folder" else [url]))
        for group in self.groups(now):
            union = set().union(*(self.knows[name] for name in group))
            for name in group:
                self.knows[name] = set(union)

    def _kept(self) -> dict[str, str]:
        return self.shared.broker.kept(BROKER_USER, BROKER_PASSWORD)

    def _publishing(self, name: str) -> list[str]:
        words = ["--with", "zones,holds,reactions"] if WHO[name] == ANN else []
        url = self.shared.broker.url.replace("//", f"//{BROKER_USER}@")
        return ["mqtt", "publish", url, "--password-file", str(self._password), *words]

    def publish(self, now: int) -> None:
        """Let all that are connected tell the broker of the cases of who uses them."""
        for name in self.connected(now):
            self.host(name, now, *self._publishing(name))

    # What has to be so.

    def agree(self, now: int) -> None:
        """Hold the computers that hear of each other against each other, word for word."""
        for group in self.groups(now):
            for words in (
                [*what, "--person", who]
                for who in (ANN, BEN)
                for what in (["status"], ["status", "--json"], ["log"])
            ):
                said = {name: self.host(name, now, *words) for name in group}
                for name in group[1:]:
                    is_same = said[name] == said[group[0]]
                    assert is_same, (words, group[0], said[group[0]], name, said[name])
            exports = {name: self.host(name, now, "export", "json") for name in group}
            for name in group[1:]:
                if WHO[name] == WHO[group[0]]:
                    assert exports[name] == exports[group[0]], f"export on {group[0]} and {name}"
                assert by_name(exports[name]) == by_name(exports[group[0]])

    def told(self, now: int) -> None:
        """Hold what the broker keeps against what `host status` says on each computer."""
        kept = {topic: json.loads(text) for topic, text in self._kept().items() if text}
        configs = {
            config["device"]["name"]: config
            for topic, config in kept.items()
            if topic.endswith("/config")
        }
        for name in self.connected(now):
            status = self.ask(name, now, "status", "--person", WHO[name])
            for case in status["cases"]:
                config = configs[f"Rollcase {case['name']}"]
                values = kept[config["state_topic"]]
                wrong = differences(values, case, status, now)
                assert not wrong, (name, case["name"], wrong)
        names = {case.name for case in self.cases.values()}
        assert {name.removeprefix("Rollcase ") for name in configs} == names

    # The fortnight itself.

    def before(self) -> None:
        """Live what was before: first uses of everything, so that much falls due in the fortnight.

        The computers share for the first time.
        """
        answered = moment(8 - 365, 12)
        self.host("1", answered, "share", *self._folder, "--me", ANN)
        self.host("1", answered, "check", "--none")
        self.note("1", reminders.CHECK, ANN, answered)
        opened = moment(5 + 7 - 182, 12)
        self.host("1", opened, "alcohol", "new")
        self.note("1", reminders.BOTTLE, ANN, opened)
        self.host("3", moment(-81), "share", self.shared.urls["3"], "--me", BEN)
        self.meet("3", "shelf", moment(-81, 12))
        self.meet("1", "bath", moment(-73, 12))
        self.meet("3", "spare", moment(-25, 12))
        self.sync("3", "shelf", moment(-25, 13))
        self.host("2", moment(-24), "share", *self._folder, "--me", ANN)
        self.share(moment(-23), "1")
        self.share(moment(-23, 0, 1), "3")

    def steps(self) -> list[Step]:
        """Return what happens, by its time."""
        use, soak = self._use, self._soak
        return [
            Step(moment(0, 10, 45), "1", partial(use, case="bath", zone="face", is_cleaned=True)),
            Step(moment(0, 20, 30), "3", partial(use, case="shelf")),
            Step(moment(1, 19, 45), "2", partial(use, case="bath", zone="neck", is_cleaned=True)),
            Step(moment(2, 9, 30), "3", partial(soak, case="shelf")),
            Step(moment(3, 10), "2", self._open_and_undo),
            Step(moment(3, 15), "1", self._plan),
            Step(moment(5, 12), "3", self._open),
            Step(moment(5, 18), "2", partial(self._write, text=FORGOTTEN)),
            Step(moment(6, 10), "2", self._forget),
            Step(moment(6, 15), "3", self._look),
            Step(moment(8, 18), "3", self._over),
            Step(moment(9, 12), "1", partial(self._new_head, case="bath")),
            Step(moment(10, 12), "3", partial(self._write, text="written while 2 was away")),
            Step(moment(12, 12), "2", self._lend),
            Step(moment(12, 18, 45), "2", self._use_the_lent_case),
        ]

    def _chosen(self, steps: list[Step]) -> list[Step]:
        """Return the steps that are lived, each a little earlier or later; without `chance` all."""
        if self.chance is None:
            return steps
        may_miss = [self._open_and_undo, self._plan, self._look, self._over]
        may_miss += [self._use_the_lent_case]
        chosen: list[Step] = []
        for step in steps:
            is_lived = step.do not in may_miss or self.chance.random() < 0.75
            at = step.at + QUARTER * self.chance.randrange(-4, 5)
            if is_lived and not (chosen and at <= chosen[-1].at + HOUR):
                chosen.append(step._replace(at=at))
            elif is_lived:
                chosen.append(step._replace(at=chosen[-1].at + HOUR))
        return chosen

    def _use(
        self, name: str, now: int, case: str, zone: str = "", is_cleaned: bool = False
    ) -> None:
        """Use a roller in the 40 minutes before a sync."""
        roller, who = self.cases[case], WHO[name]
        roller.be_at(now - 40 * MINUTE)
        self.note("", reminders.USE, who, roller.roll(), case=case, zone=zone)
        if is_cleaned:
            roller.soak()
            self.note("", reminders.CLEANED, who, roller.time, case=case)
        self.sync(name, case, now)

    def _soak(self, name: str, now: int, case: str) -> None:
        self.cases[case].be_at(now - 20 * MINUTE)
        self.cases[case].soak()
        self.note("", reminders.CLEANED, WHO[name], self.cases[case].time, case=case)
        self.sync(name, case, now)

    def _write(self, name: str, now: int, text: str) -> None:
        self.host(name, now, "note", text)

    def _open_and_undo(self, name: str, now: int) -> None:
        self.host(name, now, "reaction", "open", "by mistake", "--zone", "face")
        opened = self.note(name, reminders.OPENED, WHO[name], now)
        self.host(name, now + 5, "undo", "--yes")
        self.note(name, reminders.UNDONE, WHO[name], now + 5, about=opened.number)

    def _plan(self, name: str, now: int) -> None:
        day = units.utc(moment(10))[:10]
        self.host(name, now, "plan", "start", "--from", day, "--zone", "face")
        self.note(name, reminders.PLAN, WHO[name], moment(10))

    def _open(self, name: str, now: int) -> None:
        self.host(name, now, "reaction", "open", "red and sore", "--redness", "5")
        self._opened = self.note(name, reminders.OPENED, WHO[name], now).number

    def _look(self, name: str, now: int) -> None:
        self.host(name, now, "reaction", "look", "better")
        self.note(name, reminders.LOOKED, WHO[name], now, about=self._opened)

    def _over(self, name: str, now: int) -> None:
        self.host(name, now, "reaction", "over")
        self.note(name, reminders.OVER, WHO[name], now, about=self._opened)
        self.sync(name, "shelf", now + 5)

    def _forget(self, name: str, now: int) -> None:
        entries = self.ask(name, now, "undo", "--list")["entries"]
        (number,) = [entry["number"] for entry in entries if entry.get("text") == FORGOTTEN]
        self.host(name, now, "forget", number, "--yes")

    def _new_head(self, name: str, now: int, case: str) -> None:
        self.host(name, now, "head", "new", "--case", case)
        self.note(name, reminders.HEAD, WHO[name], now, case=case)

    def _lend(self, name: str, now: int) -> None:
        spare = self.cases["spare"]
        spare.be_at(now)
        self.host(name, now, "case", "lend", "spare", ANN, "--yes", "--port", spare.port)
        for kind in (reminders.OWNER, reminders.HEAD_OUT, reminders.SYNCED):
            self.note(name, kind, ANN, now, case="spare")

    def _use_the_lent_case(self, name: str, now: int) -> None:
        spare = self.cases["spare"]
        spare.be_at(now - HOUR)
        assert spare.app.standing.phase == state.HEAD_EXPIRED
        spare.very_long_press()
        self.note("", reminders.HEAD, ANN, spare.time, case="spare")
        self._use(name, now, "spare")

    def run(self) -> None:
        """Live all of it."""
        self.before()
        steps = {step.at: step for step in self._chosen(self.steps())}
        assert all(at % QUARTER == 0 for at in steps)
        now = moment(0, 8)
        self._after(now, "1")
        has_news = True
        while now < moment(DAYS):
            if now in steps:
                name = steps[now].computer
                steps[now].do(name, now)
                self._after(now + MINUTE, name)
                has_news = True
            for name in WHO:
                if not (name == "1" and now in ASLEEP):
                    self.remind(name, now + TIMER_S, has_news)
            has_news = False
            now += QUARTER
        self._after(now, "1")
        self._look_back(now)

    def _look_back(self, now: int) -> None:
        """Look at what was missed, at what was sent in all, and for what must be nowhere."""
        for name, mine in self.addresses.items():
            rows = self.ask(name, now, "remind", "--list", "--to-file", str(self._to[name]))["rows"]
            channels = {row["channel"] for row in rows}
            assert len(channels) == (2 if name == "3" else 1), (name, rows)
            missed = [row for row in rows if row["stage"] == "missed"]
            assert len(missed) == len(mine.missed), (missed, mine.missed)
            assert {row["stage"] for row in rows} <= {"sent", "missed"}
        had = [reminders.read(text, BEN, self.cases)[:2] for text in self.webs["second"].texts]
        once = [reminders.read(text, BEN, self.cases)[:2] for text in self.webs["3"].texts]
        assert sorted(had) == sorted(once), (self.webs["second"].texts, self.webs["3"].texts)
        for name in WHO:
            assert FORGOTTEN not in self.host(name, now, "export", "json")
        secrets = [*SECRETS.values(), BROKER_PASSWORD, SERVER_PASSWORD, PASSPHRASE]
        printed = [text for computer in self.computers.values() for text in computer.printed]
        assert not [
            text for text in (*printed, *self._kept().values()) for s in secrets if s in text
        ]
        told = {*self._to.values(), self._password, self._phrase}
        kept = [path for path in self.home.rglob("*") if path.is_file() and path not in told]
        assert len(kept) > 10
        assert not [p for p in kept for s in secrets if s.encode() in p.read_bytes()]

    def _after(self, now: int, first: str) -> None:
        if self.chance is not None:
            self._go_wrong(self.chance.choice(FAULTS), now, self.chance)
        self.share(now, first)
        self.publish(now)
        self.agree(now)
        self.told(now)

    def _go_wrong(self, fault: str, now: int, chance: Random) -> None:
        """Try it with this fault, which changes nothing that the next try does not make up for."""
        there = self.connected(now)
        at_server = [name for name in there if name in "23"]
        at_folder = [name for name in there if name in "12"]
        if fault == "broker gone":
            self.shared.broker.stop()
            for name in there:
                text = self.host(name, now, *self._publishing(name), code=1)
                assert "No broker listens" in text
            self.shared.broker.start()
        elif fault == "server gone":
            postgresql_server.stop(self.shared.server)
            for name in at_server:
                text = self.host(name, now, "share", self.shared.urls[name], code=1)
                assert "does not take it" in text
            postgresql_server.start(self.shared.server)
        elif fault == "server goes":
            killer = Timer(chance.random() / 10, postgresql_server.stop, [self.shared.server])
            killer.start()
            for name in at_server:
                code, text = self.computers[name].run(now, "share", self.shared.urls[name])
                assert code == 0 or (code == 1 and "does not take it" in text), text
            killer.join()
            postgresql_server.start(self.shared.server)
        elif fault == "folder full":
            for name in at_folder:
                with few_bytes(chance.randrange(1, 6000)):
                    code, text = self.computers[name].run(now, "share", *self._folder)
                assert code in (0, 1), text
        elif fault == "file cut short" and len(at_folder) > 1:
            owner, reader = chance.sample(at_folder, 2)
            for name in at_folder:  # whatever was left behind by other faults
                self.host(name, now, "share", *self._folder)
            file = Path(self.ask(owner, now, "share", *self._folder)["file"])
            data = file.read_bytes()
            file.write_bytes(data[: chance.randrange(len(data))])
            text = self.host(reader, now, "share", *self._folder, code=1)
            assert f"{file.name} is damaged or cut short" in text
            self.host(owner, now, "share", *self._folder)

    def remind(self, name: str, now: int, has_news: bool) -> None:
        """Let the timer of a computer run `host remind`, and look at what has come."""
        known = self.known(name)
        occasions = reminders.expected(known, WHO[name])
        address = self.addresses[name]
        second, first = self.webs["second"].texts, self.webs["3"].texts
        if not (
            self.chance is not None
            or has_news
            or (now - TIMER_S) % DAY in LOOKS
            or (name == "3" and len(second) < len(first))
            or any(address.waits(occasions, at) for at in (now, now + QUARTER))
        ):
            return
        had = len(self.webs[name].texts)
        self.webs["second"].status = 500 if now in REFUSING else 200
        words = ["remind", "--person", WHO[name], "--to-file", str(self._to[name])]
        code, text = self.computers[name].run(now, *words)
        assert code == 0 or (name == "3" and code == 1 and now in REFUSING), text
        came = [reminders.read(text, WHO[name], self.cases) for text in self.webs[name].texts[had:]]
        right = address.take(occasions, now)
        assert sorted(came) == right, (name, units.utc(now), sorted(came), right)


def by_name(text: str) -> Any:
    """Return an export with the names of persons in place of their tokens.

    Who uses a computer has another token there than elsewhere.
    """
    document = json.loads(text)
    names = {row["token"]: row["name"] for row in document["persons"]}
    document["persons"] = sorted(names.values())
    rows = [*document["diary"], *(log for case in document["cases"] for log in case["logs"])]
    for row in rows:
        row["person"] = names.get(row["person"], row["person"])
    return document


def differences(
    values: dict[str, Any], case: dict[str, Any], status: dict[str, Any], now: int
) -> list[str]:
    """Return what a broker keeps of a case that is not what `host status --json` says of it."""
    use, head, holds = case["last_use"], case["head"], case["holds"]
    soak = None if case["disinfected_before_this_head"] else case["disinfected"]
    is_open = bool(status["reactions"] or case["open_reactions"])
    plans = [plan["next"] for plan in status["courses"]]
    ends = [hold["until"] for hold in holds if hold["until"]]
    is_held = is_open or any(hold["until"] is None for hold in holds)
    right = {
        "synced": case["synced"],
        "last_use": use and use["latest"],
        "head_uses_left": 0 if head["out"] else head["most_uses"] - head["uses"],
        "disinfected": soak and soak["earliest"],
        "reaction": "ON" if is_open else "OFF",
        "next_session": None if is_held else max([*plans, *(ends if plans else [])], default=None),
    }
    if head["worn_out"]:
        right["head_worn_out"] = head["worn_out"]
    wrong = [
        f"{key}: {values.get(key)} is not {said}"
        for key, said in right.items()
        if key in values and values[key] != said
    ]
    for zone in case["zones"]:
        rested = values.get(f"rested_{zone['name']}", values.get("rested"))
        if is_held:
            is_right = rested is None
        elif zone["rested"]:
            is_right = rested is None or rested <= units.utc(now)
        else:
            is_right = rested == zone["until"]
        if not is_right:
            wrong.append(f"{zone['name']}: {rested} is not {zone}")
    return wrong
