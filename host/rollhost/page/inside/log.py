"""The log of a case as a person reads it: the newest record first, a page at a time."""

from rollcore import policy
from rollhost.history import timeline
from rollhost.history.zones import Zones
from rollhost.output.records import event_sentence, stamp
from rollhost.page.inside import effects
from rollhost.page.inside.status import read_log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from rollcore.policy import Policy
    from rollhost.page.inside.effects import Job

ROWS = 25
"""How many records a page of the log has (own)."""


def page_of_log(device: str, before: int) -> "Job[dict[str, Any]]":
    """Return `ROWS` records of the case's log with a seq below `before` (0: the newest).

    ``rows`` are each a seq, a time and a sentence, ``more`` says whether there are older ones.
    """
    case = yield from effects.read("case", device=device)
    if case is None:
        return {"rows": [], "more": False}
    now = yield from effects.now()
    texts = yield from effects.read("policies")
    log = yield from read_log(device, case["log"])
    policies = {}
    for text in texts:
        known = policy.parse(text)
        policies[known.digest] = known
    placed = timeline.place(log.events, case.get("met_at"))
    older = [row for row in placed if not before or row.event.seq < before]
    zones = Zones(_Policies(policies), log.begins, log.told)
    names = [zones.of(event) for event in log.events]
    several = any(len(known.zones) > 1 for known in policies.values())
    rows = []
    for place in range(len(older) - 1, max(len(older) - 1 - ROWS, -1), -1):
        row = older[place]
        name = names[place]
        zone = ", " + name if several and name else ""
        rows.append([row.event.seq, stamp(row), event_sentence(row.event, now) + zone])
    return {"rows": rows, "more": len(older) > ROWS}


class _Policies:
    """Policies by their digests."""

    def __init__(self, policies: "dict[int, Policy]") -> None:
        self._policies = policies

    def with_digest(self, digest: int) -> "Policy | None":
        """Return the policy with this digest, None if it is not here."""
        return self._policies.get(digest)
