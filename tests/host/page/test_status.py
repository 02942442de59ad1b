"""What the page works out of a case, on MicroPython as on Python."""

import json
from pathlib import Path

from tests.firmware.logs import records_of
from tests.host.page.test_inside import files, needs_micropython, on_micropython

from rollcore import events
from rollcore.events import CASE_EPOCH, Event, first_chain
from rollhost.page import build
from rollhost.page.inside import status
from rollhost.page.inside.logs import Log

__all__ = ["files"]  # the fixture

pytestmark = needs_micropython

LOG = "01" * 8
NOW = CASE_EPOCH + 200_000_000
BEHIND_S = 7200


def facts_script() -> str:
    """Return Python that prints the facts of a case with a clock that is two hours behind."""
    used = {"seconds": 300, "how": events.BY_BUTTON}
    begun = {"how": events.BY_BUTTON, "digest": 0}
    after = events.AFTER_USE
    done = {"purpose": after, "how": events.SOAK_DONE}
    log = [
        Event(events.USE_STARTED, begun, boot=1, uptime=10, time=199_990_000, seq=1),
        Event(events.USE_ENDED, used, boot=1, uptime=310, time=199_990_300, seq=2),
        Event(events.SOAK_STARTED, {"purpose": after}, boot=1, uptime=400, time=199_990_390, seq=3),
        Event(events.SOAK_ENDED, done, boot=1, uptime=1000, time=199_990_990, seq=4),
    ]
    raw = b"".join(records_of(log, first_chain(bytes.fromhex(LOG))))
    case = {
        "device": "aa", "board": "pico", "firmware": "0.1.0", "log": LOG, "met_at": NOW,
        "met_behind_s": BEHIND_S, "synced_at": NOW, "clock_behind_s": BEHIND_S,
    }  # fmt: skip
    return (
        "import json\nfrom rollhost.page.inside import status\n"
        "from rollhost.page.inside.logs import Known, Log, Policies\n"
        f"log, case = Log({LOG!r}, {raw!r}, [], []), {case!r}\n"
        "log.belongs_to(Known(case), Policies({}))\n"
        f"facts = status.facts_of(case, [log], Policies({{}}), {NOW}, {build.advice()!r})\n"
        "print(json.dumps(facts))"
    )


def test_rest_goes_by_the_later_clock(files: Path) -> None:
    facts = json.loads(on_micropython(files, facts_script()))
    assert facts["by_later_clock"] is True
    assert "by the later clock" in facts["says"]["headline"]
    rest_s = facts["rest_s"]
    assert facts["until"] == CASE_EPOCH + 199_990_300 + rest_s + BEHIND_S


def test_number_that_no_record_has_is_missing_only_where_the_chain_breaks() -> None:
    log = [
        Event(events.LID, {"what": events.LID_OPENED}, boot=1, uptime=seq, time=seq, seq=seq)
        for seq in (1, 2)
    ]
    log.append(Event(events.LID, {"what": events.LID_OPENED}, boot=1, uptime=4, time=4, seq=4))
    raw = records_of(log, first_chain(bytes.fromhex(LOG)))
    whole = Log(LOG, b"".join(raw), [], [])
    assert status.missing(whole) == 0
    assert status.missing(Log(LOG, raw[0] + raw[2], [], [])) == 2
    assert status.missing(Log(LOG, raw[0] + raw[2], [], []), first=3) == 1
    assert status.missing(Log(LOG, raw[2], [], []), first=5) == 0
