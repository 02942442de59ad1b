"""The page in a real browser: its cable cut, itself closed in the middle, its fold of any log."""

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.browser import chromium
from tests.browser.open_page import OpenPage
from tests.browser.random_logs import as_export, folded, random_log
from tests.end_to_end.full_log import fill
from tests.host.two_computers import Computer
from tests.micropython.test_micropython import MICROPYTHON
from tests.trust.trial import Counts, Trial
from tests.trust.trials_cable import folder

from rollhost.page.built import PAGE
from rollhost.page.inside.sync import KEEP_RECORDS
from rollhost.sim.virtual_case import VirtualCase

if TYPE_CHECKING:  # not everywhere to be had: see pyproject.toml
    from playwright.sync_api import BrowserContext

KIND = "the page in a browser: its cable cut, itself closed in the middle, its fold of any log"

HURTS = 50
IN_A_PIECE = 2

RECORDS = (100, KEEP_RECORDS + 100)
"""How many records the case has in a piece with an even number, and in the others, where the page
keeps them in two parts."""

LOGS = 500
LOGS_IN_A_PIECE = 50

Record = tuple[int, str]


def lacks() -> str:
    """Return what is missing for a page in a browser, and a case for it."""
    if not PAGE.exists():
        return "there is no page (make page)"
    if chromium.find() is None or find_spec("playwright") is None:
        return "there is no browser (make browser)"
    return "" if MICROPYTHON else "there is no MicroPython for this machine"


@contextmanager
def started(home: Path) -> Iterator["BrowserContext"]:
    """Start a browser that knows nothing yet."""
    executable = chromium.find()
    assert executable
    with chromium.started(executable, home / "browser") as browser:
        context = browser.new_context(accept_downloads=True)
        yield context
        context.close()


def records_in(document: dict[str, Any]) -> list[Record]:
    """Return the records of the one log in an export."""
    ((log,),) = (case["logs"] for case in document["cases"])
    return [(record["seq"], record["raw"]) for record in log["records"]]


def compare(counts: Counts, found: list[Record], right: list[Record], how: str) -> None:
    """Count what the page has too little, twice, or otherwise than the host."""
    if len({seq for seq, _ in found}) < len(found):
        counts.fault("doubled", how)
    elif missing := set(right[: len(found)]) - set(found):
        counts.fault("lost", f"{how}: {len(missing)} records, such as {min(missing)}")
    elif set(found) - set(right):
        counts.fault("failed", f"{how}: records that the case does not have")


def hurt(seed: int, piece: int, closes: bool) -> Counts:
    """Cut the cable at random bytes of a sync, or close the page there; then sync again."""
    dice = random.Random(f"{seed} {piece} {closes}")
    counts = Counts()
    with folder() as home:
        fill(home / "flash.img", RECORDS[piece % len(RECORDS)])
        with VirtualCase(home / "flash.img") as case, started(home) as context:
            page = OpenPage(context, PAGE, case.port)
            page.sync()
            size = page.port.passed
            page.tab.close()
            saved: list[tuple[str, Path]] = []
            for number in range(IN_A_PIECE):
                counts.tried += 1
                at = dice.randrange(1, size)
                how = f"byte {at} of {size}, the {number + 1}. of piece {piece}"
                page = OpenPage(context, PAGE, case.port)
                if closes:
                    page.press("keep")
                    page.port.hold_after = at
                    page.tab.click("#sync")
                    page.tab.wait_for_selector("body[data-held]", state="attached")
                    page.tab.close()
                    page.port.close()
                    page = OpenPage(context, PAGE, case.port)
                else:
                    page.port.cut_after = at
                    page.sync()
                    page.port.cut_after = None
                said = page.sync()
                if said.startswith("Synced: "):
                    page.save(home / f"{number}.json")
                    saved.append((how, home / f"{number}.json"))
                else:
                    counts.fault("failed", f"{how}: the next sync says “{said}”")
                if page.errors:
                    counts.fault("failed", f"{how}: {page.errors[0]}")
                if closes:
                    page.press("forget", "yes")
                page.tab.close()
            check(counts, home, case, saved)
    return counts


def check(counts: Counts, home: Path, case: VirtualCase, saved: list[tuple[str, Path]]) -> None:
    """Compare what the page has saved with what `host` fetches from the case."""
    now = int(time.time())
    computer = Computer(home / "rollcase.db")
    computer.ask(now, "sync", "--port", case.port)
    code, text = computer.run(now, "export", "json")
    assert code == 0, text
    right = records_in(json.loads(text))
    for how, file in saved:
        compare(counts, records_in(json.loads(file.read_text("utf-8"))), right, how)
        if computer.ask(now, "import", str(file))["records"]:
            counts.fault("doubled", f"{how}: the file has records that are new to the host")
        if not computer.ask(now, "verify")["intact"]:
            counts.fault("failed", f"{how}: the host's database, after taking in the file")


def cut(seed: int, piece: int) -> Counts:
    """Cut the cable at random bytes of a sync."""
    return hurt(seed, piece, closes=False)


def close(seed: int, piece: int) -> Counts:
    """Close the page at random bytes of a sync; what it knows is kept in the browser."""
    return hurt(seed, piece, closes=True)


def fold(seed: int, piece: int) -> Counts:
    """Fold random logs in the page and on the host."""
    counts = Counts()
    first = 1 + seed % 1000 * LOGS + piece * LOGS_IN_A_PIECE
    logs = {number: random_log(number) for number in range(first, first + LOGS_IN_A_PIECE)}
    with folder() as home, started(home) as context:
        (home / "logs.json").write_text(json.dumps(as_export(logs)))
        page = OpenPage(context, PAGE)
        said = page.take_in(home / "logs.json")
        on_page = {int(facts["device"], 16): facts["state"] for facts in page.facts()}
        if page.errors:
            counts.fault("failed", page.errors[0])
    for number, log in logs.items():
        counts.tried += 1
        if on_page.get(number) != folded(log):
            counts.fault("failed", f"log {number} adds up to another state; “{said}”")
    return counts


TRIALS = [
    Trial("the cable cut in a sync of the page", HURTS // IN_A_PIECE, cut, lacks=lacks),
    Trial("the page closed in a sync", HURTS // IN_A_PIECE, close, lacks=lacks),
    Trial(
        "any log folded on the page and on the host",
        LOGS // LOGS_IN_A_PIECE,
        fold,
        share=(),  # tests/browser/test_page_facts.py folds 60
        lacks=lacks,
    ),
]
