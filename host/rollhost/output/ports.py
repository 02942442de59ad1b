"""What ``host ports`` prints: each port and what is on it, as lines and as JSON."""

from collections.abc import Iterator, Sequence

from rollhost.case.discovery import Found


def ports_document(ports: Sequence[Found], bootsel: Sequence[str]) -> dict[str, object]:
    """Return the ports for ``--json``; `bootsel` are the boards of `bootsel_boards`."""
    return {
        "ports": [
            {
                "port": found.port,
                "device": found.line.device if found.line else None,
                "board": found.line.board if found.line else None,
                "firmware": found.line.firmware if found.line else None,
                "problem": found.problem.sentence if found.problem else None,
            }
            for found in ports
        ],
        "bootsel": list(bootsel),
    }


def ports_lines(ports: Sequence[Found], bootsel: Sequence[str]) -> Iterator[str]:
    """Yield a line for each port with what is on it, and for each board in BOOTSEL mode."""
    for found in ports:
        if found.line:
            case = found.line
            yield f"{found.port}  case {case.device[-6:]} ({case.board}, firmware {case.firmware})"
        elif found.problem:
            yield f"{found.port}  {found.problem.sentence}"
    for place in bootsel:
        yield f"{place}  a board in BOOTSEL mode: it runs no firmware now."


def ports_hints(ports: Sequence[Found], bootsel: Sequence[str]) -> list[str]:
    """Return the next step for each port on which no case answers, or if there is no port."""
    if not ports and not bootsel:
        return ["No board and no virtual case is here."]
    return [f"  {found.problem.hint}" for found in ports if found.problem]
