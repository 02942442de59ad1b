"""What ``host mqtt`` prints: what a broker was told, or that it was removed."""

from collections.abc import Sequence

from rollhost.database.archive import Case
from rollhost.output import units


def published_document(
    broker: str, told: Sequence[Case], choices: Sequence[str], removed: int
) -> dict[str, object]:
    """Return what a broker was told for ``--json``."""
    return {
        "broker": broker,
        "published": [{"device": case.device, "name": case.name} for case in told],
        "with": list(choices),
        "removed": removed,
    }


def published_lines(
    broker: str, told: Sequence[Case], choices: Sequence[str], removed: int, step: str
) -> list[str]:
    """Return what a broker was told as a person reads it; `step` is how the rest is switched on."""
    titles = ", ".join(case.title for case in told)
    lines = [f"Told {broker}: {titles}." if told else "There is no case to tell of."]
    if removed:
        devices = units.count(removed, "device")
        lines.append(f"{devices} removed there: the cases are gone, or not yours to tell of.")
    if choices:
        lines.append(f"Of the skin it was told: {', '.join(choices)}.")
    elif told:
        lines.append(f"Neither the names of zones nor holds nor reactions are told. {step}")
    return lines


def changed_lines(broker: str, told: Sequence[Case], removed: int) -> list[str]:
    """Return what a broker was told by the way, as a person reads it; nothing if it was nothing."""
    lines = []
    if told:
        lines.append(f"Told {broker}: {', '.join(case.title for case in told)}.")
    if removed:
        lines.append(f"Removed from {broker}: {units.count(removed, 'device')}.")
    return lines


def plain_line(host: str) -> str:
    """Return what is said once where a broker on another computer is reached without TLS."""
    return (
        f"What goes to {host} is not encrypted: who shares the network can read it, the password"
        " too. mqtts:// encrypts."
    )


def removed_document(broker: str, devices: int) -> dict[str, object]:
    """Return what was removed for ``--json``."""
    return {"broker": broker, "removed": devices}


def removed_lines(broker: str, devices: int) -> list[str]:
    """Return what was removed as a person reads it."""
    if not devices:
        return [f"{broker} was told of no case here."]
    return [
        f"Removed from {broker}: {units.count(devices, 'device')} and all that it kept of them."
    ]
