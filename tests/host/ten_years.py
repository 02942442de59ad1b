"""Databases that somebody has lived through: a month, a year, ten years of rolling.

Every record is made by a hand on the button that the real state machine answers: what it would
refuse is refused, and what it would start is started. The person does what people do (tries too
early, forgets the end, cleans late, loses power, burns in the sun), always the same for the same
seed, and keeps a list of what that has to come to.

Usage: python -m tests.host.ten_years FOLDER, which makes one of each, to look at their reports.
"""

import sys
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw
from tests.firmware.logs import boot_data, records_of

from rollcore import events, policy, state
from rollcore.events import CASE_EPOCH, Event, first_chain
from rollcore.memory import FOREVER, State
from rollcore.policy import Policy
from rollcore.rest import next_zone, rested_at, soonest_zone
from rollhost.database import diary
from rollhost.database.archive import Archive, Person
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.history.untold import is_told, telling

MINUTE, HOUR, DAY = 60, 3600, 86400

BORN = 1_798_966_800
"""2027-01-03 09:00 UTC, in Unix seconds: a Sunday, on which the case is switched on."""

ORIGINAL = Policy(policy.numbers_of(policy.for_needle(250).changed(revision=1)))
"""Weekly, with 0.25 mm, in the face."""


def with_zones(rules: Policy, *zones: str) -> Policy:
    """Return these rules for those areas of skin."""
    return Policy(policy.numbers_of(rules), zones)


@dataclass
class Lived:
    """What the person did, as the person remembers it. Times are Unix times (s)."""

    uses: list[int] = field(default_factory=list)
    """When each ended."""
    early: list[int] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    """The ends of those after which the roller was cleaned late."""
    cleaned_after: list[int] = field(default_factory=list)
    """How long after each its soak began (s); of the last one only if it did."""
    refused: dict[int, int] = field(default_factory=dict)
    """How often for each reason, without those that went on to be a use or a new head."""
    heads: list[int] = field(default_factory=list)
    """How many uses each head saw, the last one being in."""
    clinics: list[int] = field(default_factory=list)
    reactions: list[int] = field(default_factory=list)
    holds: int = 0
    photos: list[int] = field(default_factory=list)
    until: int = 0


class Life:
    """Somebody with a case that was switched on at Unix time `born` (s)."""

    def __init__(
        self,
        archive: Archive,
        *,
        born: int = BORN,
        rules: Policy = ORIGINAL,
        device: str = "5c1f0a2b3c4d5e6f",
        name: str | None = None,
        seed: int = 1,
        photos: Path | None = None,
    ) -> None:
        self.lived = Lived(heads=[0])
        self.rules = policy.for_needle(policy.DEFAULT_NEEDLE_UM)
        self.state = State()
        self.log: list[Event] = []
        self.now = born - CASE_EPOCH
        self._archive = archive
        self._device = device
        self._chance = Random(seed)
        self._photos = photos
        self._token = 1000 * seed
        self._behind = self.now  # how far the case's clock is behind
        log_id = bytes([seed] * 8)
        self._chain = first_chain(log_id)
        self._sent = 0
        self._is_lent = False
        with archive.transaction():
            self.case_id = archive.keep_case(device, "pico", "0.1.0")
            archive.name_case(self.case_id, name)
            self._log_row = archive.keep_log(self.case_id, log_id.hex())
        self.start(0)
        self.sync()
        self.set_rules(rules)

    @property
    def unix(self) -> int:
        """Now, in Unix seconds."""
        return self.now + CASE_EPOCH

    # The case.

    def start(self, off_s: int, torn: int = 0) -> None:
        """Give the case power, after so many seconds without; `torn` bytes of its log are lost."""
        at = self.case_time
        self.now += off_s
        self._behind += off_s
        self._started = self.now
        self._boot = self.state.boot + 1
        self._write(events.BOOT, boot_data(torn=torn), time=at)

    @property
    def case_time(self) -> int:
        """What the case's clock says."""
        return self.now - self._behind

    def sync(self) -> None:
        """Have the host set the clock, and bring home what is new; nothing once it was lent."""
        if self._is_lent:
            return
        behind, old = self._behind, self.case_time
        if behind or not self.state.clock_set:
            self._behind = 0
            self._write(
                events.CLOCK_SET, {"old": old, "source": events.FROM_HOST, "forced": 0, "sure": 0}
            )
        self._bring_home(behind)

    def _bring_home(self, behind: int) -> None:
        new = records_of(self.log[self._sent :], self._chain)
        with self._archive.transaction():
            if new:
                self._archive.keep_records(
                    self._log_row, self._sent + 1, self._chain, b"".join(new)
                )
                self._chain = events.crc_of(new[-1])
            self._archive.note_meeting(self.case_id, self._log_row, self.unix, behind)
            self._archive.note_sync(self.case_id, self.unix, behind)
        self._sent = len(self.log)

    def lend(self, person: Person) -> None:
        """Bring all home, and let the case begin an empty log about somebody else."""
        self.sync()
        with self._archive.transaction():
            self._archive.keep_person(person)
            log_id = self._archive.keep_log(self.case_id, "fe" * 8, person.token)
            self._archive.note_meeting(self.case_id, log_id, self.unix, 0)
        self._is_lent = True

    def retire(self) -> None:
        """Write down that the case is used no more."""
        entry = Entry(diary.RETIRED, self.unix, None, self.case_id, {"by": None}, 99, self.unix)
        with self._archive.transaction():
            self._archive.diary.keep(entry)

    def set_rules(self, rules: Policy) -> None:
        """Put rules into the case."""
        kept = policy.kept_zones(self.rules.zones, rules.zones) if self.rules.revision else 0
        with self._archive.transaction():
            self._archive.keep_policy(rules)
        self.rules = rules
        self._write(
            events.POLICY_SET,
            {"digest": rules.digest, "needle_um": rules.needle_um, "kept": kept},
        )

    def _write(
        self, kind: int, data: dict[str, int], zone: int = 0, time: int | None = None
    ) -> None:
        event = Event(
            kind,
            data,
            zone,
            self.state.seq + 1,
            self._boot,
            self.now - self._started,
            self.case_time if time is None else time,
        )
        self.log.append(event)
        self.state = state.fold(self.state, event)

    def standing(self) -> state.Standing:
        """Return where the case stands."""
        return state.judge(self.state, self.rules, self.case_time)

    def expect(self, phase: str) -> None:
        """Check that the case is where the person takes it to be."""
        found = self.standing().phase
        assert found == phase, (found, phase, self.unix)

    def rested_at(self, zone: int) -> int:
        """Return when a zone has rested, in case time."""
        return rested_at(self.state, self.rules, zone)

    # The person.

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.now += seconds

    def soak(self, purpose: int) -> None:
        """Soak the roller and let it dry."""
        self._write(events.SOAK_STARTED, {"purpose": purpose})
        self.wait(state.soak_seconds(self.rules, purpose))
        self._write(events.SOAK_ENDED, {"purpose": purpose, "how": events.SOAK_DONE})
        before = purpose == events.BEFORE_USE
        self.wait(self.rules.dry_before_s if before else self.rules.dry_after_s)

    def refuse(self, counts: bool = True) -> None:
        """Hold the button where the case says no."""
        standing = self.standing()
        assert standing.reason, standing.phase
        until = 0 if standing.until == FOREVER else standing.until
        told = {
            "gesture": events.LONG_PRESS,
            "reason": standing.reason,
            "until": until,
            "digest": self.rules.digest,
        }
        self._write(events.REFUSED, told, soonest_zone(self.state, self.rules))
        if counts:
            self.lived.refused[standing.reason] = self.lived.refused.get(standing.reason, 0) + 1

    def use(
        self, zone: int = 0, seconds: int = 200, early: bool = False, cut: bool = False
    ) -> None:
        """Roll a zone: in turn after a soak, `early` against the rest, or until the power goes."""
        if early:
            self.expect(state.RESTING)
            self.refuse(counts=False)
            self.wait(8)
            zone = soonest_zone(self.state, self.rules)
        else:
            self.expect(state.PREPARE)
            self.soak(events.BEFORE_USE)
            self.expect(state.READY)
            assert self.standing().rested >> zone & 1
        how = events.OVERRIDE if early else events.IN_TURN
        self._write(events.USE_STARTED, {"how": how, "digest": self.rules.digest}, zone)
        self.wait(seconds)
        if cut:
            self.start(2 * HOUR)
            self.sync()
        elif seconds >= state.USE_LIMIT_S:
            told = {"how": events.TIMED_OUT, "seconds": state.USE_LIMIT_S}
            self._write(events.USE_ENDED, told, zone)
        else:
            self._write(events.USE_ENDED, {"how": events.BY_BUTTON, "seconds": seconds}, zone)
        self.lived.uses.append(self.unix)
        self.lived.heads[-1] += 1
        if early:
            self.lived.early.append(self.unix)

    def mistake(self, zone: int = 0) -> None:
        """Start a use and end it at once, which counts for nothing."""
        told = {"how": events.IN_TURN, "digest": self.rules.digest}
        self._write(events.USE_STARTED, told, zone)
        self.wait(5)
        self._write(events.USE_ENDED, {"how": events.CANCELLED, "seconds": 5}, zone)

    def clean(self, after_s: int = 240) -> None:
        """Soak the roller so many seconds after its use."""
        self.expect(state.CLEAN_ME)
        self.wait(after_s)
        self.lived.cleaned_after.append(after_s)
        if after_s > self.rules.overdue_s:
            self.lived.late.append(self.lived.uses[-1])
        self.soak(events.AFTER_USE)

    def change_head(self) -> None:
        """Hold the button for a new head, where the old one is worn out."""
        self.expect(state.HEAD_EXPIRED)
        self.refuse(counts=False)
        self.wait(8)
        self._write(events.HEAD_NEW, {"uses": self.state.head_uses, "token": 0})
        self.lived.heads.append(0)

    def write_down(self, kind: str, zone: str | None = None, **data: object) -> Entry:
        """Write into the diary, and tell the case what it has to know."""
        self._token += 1
        entry = Entry(kind, self.unix, zone, None, data, self._token, self.unix)
        with self._archive.transaction():
            self._archive.diary.keep(entry)
        if is_told(entry):
            message = telling(entry, self.rules.zones)
            assert message is not None
            told = message.event(self.state, self.case_time)
            self._write(told.kind, told.data, told.zone)
        return entry

    def clinic(self, needle_um: int, zone: str = "face") -> None:
        """Have a session at a clinic."""
        self.write_down(diary.CLINIC, zone, needle_um=needle_um, text="")
        self.lived.clinics.append(self.unix)

    def reaction(self, zone: str, days: int, signs: list[str], text: str) -> None:
        """Have a reaction, look at it twice, and call it over."""
        self.lived.reactions.append(self.unix)
        token = self.write_down(diary.REACTION, zone, text=text, signs=signs).token
        self.wait(DAY)
        self.write_down(
            diary.FOLLOW_UP, zone, reaction=token, text="a little less", signs=signs[:1]
        )
        self.refuse()
        self.wait(2 * DAY)
        self.write_down(diary.FOLLOW_UP, zone, reaction=token, text="nearly gone", signs=[])
        if signs:
            self.write_down(diary.SAW, zone, reaction=token, text="a cream for a week")
        self.wait((days - 3) * DAY)
        self.write_down(diary.REACTION_OVER, zone, reaction=token, text="")

    def hold(self, reason: int, days: int) -> None:
        """Put the case on hold, try all the same, and wait."""
        self.lived.holds += 1
        self.write_down(diary.HOLD, reason=reason, until=self.unix + days * DAY)
        self.refuse()
        self.wait(days * DAY + HOUR)

    def photo(self, zone: str, text: str = "") -> None:
        """Take a picture."""
        if self._photos is None:
            return
        number = len(self.lived.photos) + 1
        path = self._photos / f"{self._device[:4]} {zone} {number:03}.jpg"
        make_photo(path, number, zone)
        digest = sha256(path.read_bytes()).hexdigest()
        self.write_down(diary.PHOTO, zone, path=str(path), sha256=digest, text=text)
        self.lived.photos.append(self.unix)

    # Months and years.

    def live(self, until: int) -> Lived:
        """Go on as people do, until Unix time `until` (s); the last thing is a sync."""
        sessions = 0
        chance = self._chance.random
        while True:
            if self.standing().phase == state.HEAD_EXPIRED:
                self.change_head()
            if self.standing().phase == state.RESTING:
                zone = soonest_zone(self.state, self.rules)
                rested = self.rested_at(zone)
                if chance() < 0.07 and rested - self.now > 3 * DAY:
                    self.wait(2 * DAY)
                    self.refuse()
                    if chance() < 0.3:
                        self.wait(HOUR)
                        self.use(early=True)
                        self.clean()
                        continue
                # Some minutes to some days later, in the evening or on Sunday.
                late = 0 if chance() < 0.8 else self._chance.randrange(6) * DAY
                ready = max(rested, self.now) + late + self._chance.randrange(3, 90) * MINUTE
            else:
                ready = self.now + HOUR
            if ready + CASE_EPOCH + 2 * HOUR > until:
                break
            self.now = ready
            if sessions % 2:
                self.sync()
            if self.standing().phase == state.HEAD_EXPIRED:
                self.change_head()
            standing = self.standing()
            if standing.phase != state.PREPARE:
                continue
            zone = next_zone(standing.rested, events.ZONES - 1)
            if chance() < 0.05:
                self.soak(events.BEFORE_USE)
                self.mistake(zone)
                self.wait(HOUR)  # it has to be soaked again
                continue
            if sessions % 13 == 1:
                self.photo(self.rules.zones[zone], f"after {sessions} sessions")
            forgets = chance() < 0.03
            seconds = state.USE_LIMIT_S if forgets else self._chance.randrange(100, 420)
            self.use(zone, seconds, cut=chance() < 0.02)
            late_s = self._chance.choice([2 * HOUR, 5 * HOUR, 20 * HOUR])
            after_s = late_s if chance() < 0.08 else self._chance.randrange(1, 45) * MINUTE
            self.clean(after_s)
            sessions += 1
        self.now = max(self.now, until - CASE_EPOCH)
        self.sync()
        self.lived.until = self.unix
        return self.lived


def make_photo(path: Path, number: int, zone: str) -> None:
    """Make a picture that a report has to make small: fewer spots each time."""
    chance = Random(number)
    image = Image.new("RGB", (1200, 900), (214, 170, 148))
    draw = ImageDraw.Draw(image)
    for _ in range(max(300 - 6 * number, 40)):
        x, y, r = chance.randrange(1200), chance.randrange(900), chance.randrange(3, 20)
        shade = chance.randrange(-22, 10)
        colour = (205 + shade, 150 + shade, 132 + shade)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)
    draw.text((30, 30), f"{zone} {number}", fill=(90, 60, 50), font_size=48)
    image.save(path, quality=88)


def a_month(archive: Archive, photos: Path | None = None) -> Lived:
    """Live a month."""
    life = Life(archive, photos=photos)
    life.write_down(diary.PLAN, "face", sessions=4)
    return life.live(BORN + 31 * DAY)


def two_months(archive: Archive, photos: Path | None = None) -> Lived:
    """Live two months, of which one is in the next year."""
    born = BORN - 33 * DAY
    life = Life(archive, born=born, photos=photos)
    return life.live(born + 61 * DAY)


def a_year(archive: Archive, photos: Path | None = None) -> Lived:
    """Live a year with two zones, a session at a clinic, a hold and a reaction."""
    rules = with_zones(ORIGINAL, "face", "scalp")
    life = Life(archive, rules=rules, name="bathroom", seed=2, photos=photos)
    life.write_down(diary.PLAN, "face", sessions=6)
    life.write_down(diary.CHECK, reasons=[], text="")
    life.live(BORN + 90 * DAY)
    life.clinic(1500)
    life.live(BORN + 190 * DAY)
    life.hold(events.SUNBURN, 10)
    life.live(BORN + 250 * DAY)
    life.write_down(diary.PRODUCT, "face", product="retinol", text="")
    life.reaction("face", 5, ["spreading"], "red and itchy along the jaw")
    life.write_down(diary.NOTE, text="new alcohol, 70 %")
    return life.live(BORN + 365 * DAY)


def ten_years(archive: Archive, photos: Path | None = None) -> Lived:
    """Live ten years: weekly, then with longer needles for a while, with all that happens."""
    return live_ten_years(Life(archive, name="bathroom", seed=3, photos=photos))


def live_ten_years(life: Life) -> Lived:
    """Live ten years as `ten_years` does."""
    year = 365 * DAY
    for number in range(10):
        begin = BORN + number * year
        if number in (2, 6):
            for month in range(4):
                life.live(begin + (20 + 32 * month) * DAY)
                life.clinic(1500)
        if number == 4:
            life.set_rules(Policy(policy.numbers_of(policy.for_needle(500).changed(revision=2))))
        if number == 5:
            life.live(begin + year // 2)
            life.set_rules(Policy(policy.numbers_of(ORIGINAL.changed(revision=3))))
        if number in (3, 8):
            life.live(begin + 120 * DAY)
            signs = ["spreading", "swelling"] if number == 3 else []
            life.reaction("face", 4 + number, signs, "red along the jaw, warm")
        if number % 2:
            life.live(begin + 200 * DAY)
            if life.standing().phase == state.RESTING:
                life.hold([events.SUNBURN, events.COLD_SORE][number % 4 // 2], 9)
        if number == 9:
            life.write_down(diary.PLAN, "face", sessions=5)
        life.live(begin + year)
    return life.lived


def a_wiped_case(archive: Archive) -> Lived:
    """Live half a year, lose the log, and a stretch of time; with a second case beside it."""
    life = Life(archive, name="old", seed=4)
    life.live(BORN + 120 * DAY)
    again = Life(archive, name="old", seed=5, born=BORN + 130 * DAY)
    again.live(BORN + 170 * DAY)
    again.now = max(again.now, again.rested_at(0))
    again.start(3 * DAY)
    again.use()  # by a clock that is three days behind, which nothing puts right
    again.clean()
    again.start(5 * DAY)
    again.live(BORN + 200 * DAY)
    rules = with_zones(policy.for_needle(500).changed(revision=1), "scalp")
    Life(
        archive, device="77aa0a2b3c4d9e01", name="travel", seed=6, born=BORN + 60 * DAY, rules=rules
    ).live(BORN + 200 * DAY)
    return again.lived


def main(folder: Path) -> None:
    """Make one database of each kind."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "photos").mkdir(exist_ok=True)
    for path in folder.glob("*.db*"):
        path.unlink()
    for make in (a_month, two_months, a_year, ten_years):
        with open_archive(folder / f"{make.__name__}.db", create=True) as archive:
            photos = folder / "photos" / make.__name__
            photos.mkdir(exist_ok=True)
            lived = make(archive, photos)
            print(f"{make.__name__}.db: {len(lived.uses)} uses, until {lived.until}")
    with open_archive(folder / "a_wiped_case.db", create=True) as archive:
        a_wiped_case(archive)
    with open_archive(folder / "new.db", create=True) as archive:
        Life(archive)
    with open_archive(folder / "one_use.db", create=True) as archive:
        life = Life(archive)
        life.wait(HOUR)
        life.use()
        life.clean()
        life.sync()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
