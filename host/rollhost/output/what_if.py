"""What ``host policy replay`` prints: the uses that other rules would have refused."""

from collections.abc import Iterator

from rollhost.history.what_if import RefusedUse, Replay
from rollhost.output import units
from rollhost.output.records import REFUSALS, stamp


def replay_document(replay: Replay) -> dict[str, object]:
    """Return which uses another policy would have refused, for ``--json``."""
    return {"uses": replay.uses, "refused": [_refused_document(use) for use in replay.refused]}


def replay_lines(replay: Replay, several_zones: bool, now: float) -> Iterator[str]:
    """Yield which uses another policy would have refused, as a person reads it.

    With `several_zones` the zones are named. `now` (Unix s) makes dates near it short.
    """
    uses = units.count(replay.uses, "use")
    yield f"Of {uses}, these rules would have refused {len(replay.refused)}."
    for use in replay.refused:
        known = use.start.known
        when = units.clock_time(use.start.earliest, now) if known else stamp(use.start)
        zone = f", {use.zone}" if use.zone and several_zones else ""
        why = f"{units.span(use.early_s)} too early" if use.early_s is not None else _reason(use)
        yield f"{when}{zone}: {why}"


def _refused_document(use: RefusedUse) -> dict[str, object]:
    began = use.start.earliest
    return {
        "at": units.iso(began),
        "until": None if use.early_s is None else units.iso(began + use.early_s),
        "zone": use.zone,
        "reason": _reason(use),
    }


def _reason(use: RefusedUse) -> str:
    return REFUSALS[use.reason]
