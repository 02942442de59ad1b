"""Reports of several lives, and what the people who lived them remember."""

from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from tests.host import ten_years as lives
from tests.host.ten_years import BORN, DAY, HOUR, Life, Lived

from rollcore import events
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.guidance.reasons import ASKED
from rollhost.guidance.signs import SIGNS


@dataclass(frozen=True)
class Sample:
    """The report of a life, and what the one who lived it remembers."""

    page: Path
    lived: Lived


def new(archive: Archive, photos: Path) -> Lived:
    """Have a case that was never used."""
    return Life(archive).live(BORN + 2 * HOUR)


def several(archive: Archive, photos: Path) -> Lived:
    """Have two cases, one of which was wiped."""
    return lives.a_wiped_case(archive)


def hostile(archive: Archive, photos: Path) -> Lived:
    """Give everything that has a name one that would like to be more."""
    life = Life(archive, name=f"{BREAKS_OUT} case", photos=photos)
    Life(archive, name=REVERSED, device="0000000000000007", seed=7)
    life.use()
    life.clean()
    life.photo("face", BREAKS_OUT)
    life.write_down(diary.REACTION, BREAKS_OUT, text=SCRIPT, signs=[BREAKS_OUT, REVERSED])
    life.write_down(diary.PLAN, SCRIPT, sessions=4)
    life.write_down(diary.CLINIC, REVERSED, needle_um=500, text=SCRIPT)
    life.write_down(
        diary.PHOTO, "face", path=f"/nowhere/{REVERSED}{SCRIPT}", sha256="0", text=REVERSED
    )
    return life.live(life.unix + DAY)


def full(archive: Archive, photos: Path) -> Lived:
    """Have as much of everything as a page may have to hold."""
    zones = ["face", "scalp", "upperarm", "thigh"]
    life = Life(archive, rules=lives.with_zones(lives.ORIGINAL, *zones), seed=8, photos=photos)
    lives.a_wiped_case(archive)
    life.live(BORN + 60 * DAY)
    for number in range(7):
        zone = zones[number % 4]
        life.photo(zone, WORDS)
        life.clinic(1500, zone)
        life.write_down(diary.PLAN, zone, sessions=4)
        life.write_down(diary.PRODUCT, zone, product="retinoid", text=WORDS)
        life.write_down(diary.PRODUCT, zone, product="vitamin-c", text=WORDS)
        life.write_down(diary.HOLD, reason=number + 1, until=life.unix + 100 * DAY, text=WORDS)
        reaction = life.write_down(
            diary.REACTION, zone, text=WORDS, signs=list(SIGNS), redness=10, pain=8
        )
        if number % 2:
            life.write_down(diary.SAW, zone, reaction=reaction.token, text=WORDS)
            life.write_down(diary.FOLLOW_UP, zone, reaction=reaction.token, text="", signs=["pus"])
        life.wait(DAY)
        life.photo(zone, WORDS)
    life.write_down(diary.CHECK, reasons=list(ASKED), text=WORDS)
    life.write_down(diary.HOLD, reason=events.NO_HOLD, until=0, doctor=True, text=WORDS)
    for reason in (events.BLEEDING, events.PREGNANCY, events.KELOIDS, events.ISOTRETINOIN):
        life.write_down(diary.HOLD, reason=reason, until=0, text=WORDS)
    life.sync()
    life.lived.until = life.unix
    return life.lived


WORDS = "It is as red as a sunburn, and warm, and it itches along the jaw and below the eye. " * 4

SCRIPT = "<script>document.title = 'mine'</script>"
BREAKS_OUT = "\"'></style></svg><img src=x onerror=\"document.title='mine'\">"
REVERSED = "\u202edesrever\u2067"

SAMPLES = {
    "new": new,
    "a_month": lives.a_month,
    "two_months": lives.two_months,
    "a_year": lives.a_year,
    "ten_years": lives.ten_years,
    "several": several,
    "hostile": hostile,
    "full": full,
}


def moment(unix: int) -> datetime:
    """Return when something was."""
    return datetime.fromtimestamp(unix, timezone.utc)
