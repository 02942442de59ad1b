"""The logs of a case as a person reads them: the newest record first, a page at a time."""

from rollhost.output.records import event_sentence, stamp
from rollhost.page.inside import effects
from rollhost.page.inside.logs import read_logs, read_policies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from rollhost.page.inside.effects import Job

ROWS = 25
"""How many records a page of the log has (own)."""

ANEW = "The log was started anew here. What is below is from the log before."


def page_of_log(device: str, shown: int) -> "Job[dict[str, Any]]":
    """Return the `ROWS` records of the case's logs that come after the first `shown` ones.

    The newest is the first. ``rows`` are each a seq, a time and a sentence, ``more`` says whether
    there are older ones. The sentence `ANEW` has seq 0 and no time, and counts as a record.
    """
    case = yield from effects.read("case", device=device)
    if case is None:
        return {"rows": [], "more": False}
    now = yield from effects.now()
    policies = yield from read_policies()
    logs = yield from read_logs(case, policies)
    several = any(len(known.zones) > 1 for known in policies.known.values())
    places: list[tuple[int, int]] = []
    for number in range(len(logs) - 1, -1, -1):
        if places and len(logs[number]):
            places.append((number, -1))
        places += [(number, place) for place in range(len(logs[number]) - 1, -1, -1)]
    rows = []
    for number, place in places[shown : shown + ROWS]:
        if place < 0:
            rows.append([0, "", ANEW])
            continue
        placed, zone = logs[number].placed[place], logs[number].zones[place]
        named = ", " + zone if several and zone else ""
        rows.append([placed.event.seq, stamp(placed), event_sentence(placed.event, now) + named])
    return {"rows": rows, "more": len(places) > shown + ROWS}
