"""The self-test in words: what a person is to do, what the lamp may show, and the report."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rollcore import state
from rollhost.board.selftest import (
    CABLE,
    LONG_PRESS,
    POWER,
    PRESS,
    Done,
    Facts,
    Plan,
    Result,
    SelfTest,
)
from rollhost.output import lamp_text, units
from rollhost.output.lamp_text import FAULT

RHYTHMS = {
    state.RESTING: "two quick flashes, then three seconds dark",
    state.PREPARE: "a second on and a second off, evenly",
    state.SOAKING: "long on, one second off (in colour it fades down and up)",
    state.DRYING: "a flash of half a second every three seconds",
    state.READY: "on all the time",
    state.ASKING: "a longer flash, then two tiny ones",
    state.IN_USE: "on, with a tiny gap each second",
    state.CLEAN_ME: "on and off evenly, more than once a second",
    state.HEAD_EXPIRED: "two flashes of half a second, then one and a half seconds dark",
    state.HELD: "four short flashes, then two seconds dark",
    FAULT: "SOS: three short, three long, three short flashes",
}
"""Each message of the lamp as one without colours shows it, in its first stage."""

CLOCK_UNSET = "A tiny flash more, in between, says that its clock is not set: pass it over."

ACTS = {
    PRESS: "Press the button once, for a moment.",
    LONG_PRESS: "Keep the button down for two seconds, then let go.",
    CABLE: "Pull the USB cable out, count to three, and put it in again.",
    POWER: "Take all power away now, the cable and a battery if there is one; count to three, and"
    " put it back.",
}

TITLES = {
    "lamp": "lamp seen",
    PRESS: "press",
    LONG_PRESS: "long press",
    CABLE: "cable out and in",
    POWER: "power out and in, in a soak",
    "sync": "sync",
    "syncs": "many syncs",
    "records": "records programmed and compared",
    "clock": "clock",
    "flash": "flash read back",
    "new log": "new log",
}

STAYS = (
    "The case works. The records of the test are in its log: run selftest to its end before"
    " anybody uses it, which begins a new one. They change no rest, no hold and no head."
)
"""What is said where the last step was not done."""


class Computer(NamedTuple):
    """What ran the test."""

    day: str
    program: str
    python: str
    system: str
    is_synchronised: bool
    """Whether its system says that it keeps the clock right."""


def lamp_words(phase: str, stage: int = 0) -> str:
    """Return a message of the lamp by its rhythm, then by its colours."""
    return f"{RHYTHMS[phase]} ({lamp_text.lamp(phase, stage).words})"


def step_line(done: Done) -> str:
    """Return what came of a step, for who waits for it."""
    return f"{TITLES[done.step]}: {done.result.value}. {detail(done)}".strip()


def detail(done: Done) -> str:
    """Return what a step has measured, or why it failed or was skipped, in words."""
    if done.why:
        return done.why[0].upper() + done.why[1:] + ("" if done.why.endswith(".") else ".")
    words = _DETAILS.get(done.step)
    return words(done.facts) if words else ""


def _timed(facts: Facts, noun: str) -> str:
    number = int(facts[noun + "s"])
    return (
        f"{units.count(number, noun)}, each {facts['median_ms']:.1f} ms (median), the longest"
        f" {facts['longest_ms']:.0f} ms."
    )


def _starts(facts: Facts) -> str:
    return "It started again." if facts["starts"] else "It ran on from its battery."


def _first_sync(facts: Facts) -> str:
    clock = "was set" if facts["sure"] else "was left alone: this computer is not sure of its time"
    home = units.count(int(facts["records"]), "record")
    return f"{home} home in {facts['ms']:.0f} ms; its clock {clock}."


def _clock(facts: Facts) -> str:
    ppm, plus_minus = float(facts["ppm"]), float(facts["plus_minus"])
    return (
        f"{ppm:+.0f} ppm ± {plus_minus:.0f} beside this computer's, over {facts['seconds']} s;"
        " + is fast."
    )


def _flash(facts: Facts) -> str:
    torn = f", {facts['torn']} torn by a power cut" if facts["torn"] else ""
    return (
        f"{units.count(int(facts['blocks']), 'block')} twice the same,"
        f" {units.count(int(facts['records']), 'record')} with the right CRC{torn}."
    )


_DETAILS: dict[str, Callable[[Facts], str]] = {
    CABLE: _starts,
    POWER: lambda facts: "The soak was over.",
    "sync": _first_sync,
    "syncs": lambda facts: _timed(facts, "sync"),
    "records": lambda facts: _timed(facts, "record"),
    "clock": _clock,
    "flash": _flash,
}


def passed(results: Sequence[Done]) -> bool:
    """Return whether no step has failed."""
    return all(done.result is not Result.FAILED for done in results)


def report_lines(
    test: SelfTest, plan: Plan, computer: Computer, results: Sequence[Done]
) -> list[str]:
    """Return the report, in Markdown, to be pasted into an issue. Nothing personal is in it."""
    missing = [title for step, title in TITLES.items() if step not in {d.step for d in results}]
    return [
        f"# Self-test of a {test.board}",
        "",
        f"- board: {test.board}" + (f" ({test.machine})" if test.machine else ""),
        f"- firmware: {test.firmware}; MicroPython: {test.micropython or 'not asked'}",
        f"- computer: rollcase {computer.program}, Python {computer.python}, {computer.system};"
        f" its clock is {'' if computer.is_synchronised else 'not '}kept right by its system",
        f"- day: {computer.day}; {plan.syncs} syncs, {plan.records} records, clock over"
        f" {plan.clock_s:.0f} s",
        *([f"- the case says: {test.fault}"] if test.fault else []),
        "",
        "| step | result | s | |",
        "|---|---|--:|---|",
        *(
            f"| {TITLES[done.step]} | {done.result.value} | {done.seconds:.1f} | {_cell(done)} |"
            for done in results
        ),
        *([f"\nStopped before: {', '.join(missing)}."] if missing else []),
        "",
        "Seen, heard or smelt besides: ",
    ]


def _cell(done: Done) -> str:
    return detail(done).replace("|", "/")


def report_document(
    test: SelfTest, plan: Plan, computer: Computer, results: Sequence[Done]
) -> dict[str, object]:
    """Return the report for ``--json``."""
    return {
        "board": test.board,
        "machine": test.machine,
        "firmware": test.firmware,
        "micropython": test.micropython,
        "fault": test.fault,
        "computer": computer._asdict(),
        "plan": plan._asdict(),
        "passed": passed(results),
        "steps": [
            {
                "step": done.step,
                "result": done.result.value,
                "seconds": round(done.seconds, 3),
                "why": done.why or None,
                **{"facts": done.facts},
            }
            for done in results
        ],
    }
