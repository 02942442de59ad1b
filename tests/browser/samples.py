"""Reports of several lives, and what the people who lived them remember."""

from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from tests.host import ten_years as lives
from tests.host.ten_years import BORN, DAY, HOUR, Life, Lived

from rollhost.database import diary
from rollhost.database.archive import Archive


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


SCRIPT = "<script>document.title = 'mine'</script>"
BREAKS_OUT = "\"'></style></svg><img src=x onerror=\"document.title='mine'\">"
REVERSED = "\u202edesrever\u2067"

SAMPLES = {
    "new": new,
    "a_month": lives.a_month,
    "a_year": lives.a_year,
    "ten_years": lives.ten_years,
    "several": several,
    "hostile": hostile,
}


def moment(unix: int) -> datetime:
    """Return when something was."""
    return datetime.fromtimestamp(unix, timezone.utc)
