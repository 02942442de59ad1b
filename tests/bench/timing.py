"""Measures actions that take turns, and what processes take: seconds and memory."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

RUNS = 9
"""How often each action is measured for a median, after a warm-up."""

runs = RUNS
"""How often it is in this run: fewer times are quicker, and not to be kept."""

Action = Callable[[], object]

IN_BIN = Path(sys.executable).parent
"""Where this Python's programs are."""

PEAK = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[
    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
])
_, status, usage = os.wait4(child, 0)
assert not status
print(usage.ru_maxrss)
"""
"""Prints the most memory that a program has had.

The system counts what the parent had when it started the child as the child's. So the parent is a
Python that has loaded nothing, not even `site`.
"""

KB = 1 if sys.platform == "linux" else 1024
"""What `ru_maxrss` of 1 KiB is here: macOS counts in bytes."""


def seconds(action: Action) -> float:
    """Return how long (s) `action` takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def turns(*measures: Callable[[], float], before: Action = lambda: None) -> list[float]:
    """Return the median of what each measure returns, after one warm-up of each.

    They take turns. `before` is done ahead of each turn.
    """
    rounds: list[list[float]] = []
    for _ in range(runs + 1):
        before()
        rounds.append([measure() for measure in measures])
    return [statistics.median(values) for values in zip(*rounds[1:], strict=True)]


def medians(*actions: Action, before: Action = lambda: None) -> list[float]:
    """Return the median seconds of each action; see `turns`."""
    return turns(*(partial(seconds, action) for action in actions), before=before)


def command(*words: str) -> list[str]:
    """Return the command that runs a program beside this Python; `python` is this Python."""
    program = sys.executable if words[0] == "python" else str(IN_BIN / words[0])
    return [program, *words[1:]]


def run(words: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    """Run a program beside this Python; what it says is not shown. Raises `RuntimeError`."""
    _finished(words, environment, subprocess.DEVNULL)


def output(words: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return what a program beside this Python prints. Raises `RuntimeError`."""
    return _finished(words, environment, subprocess.PIPE).stdout


def _finished(
    words: Sequence[str], environment: Mapping[str, str] | None, out: int
) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end; what it says on stderr is told only if it fails."""
    done = subprocess.run(
        command(*words), env=environment, check=False,
        stdout=out, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}: {done.stderr}")
    return done


def peak_mb(words: Sequence[str], environment: Mapping[str, str]) -> float:
    """Return the most memory (MB resident) that a program has while it runs.

    It is measured once, because it is nearly the same each time.
    """
    launcher = [sys.executable, "-I", "-S", "-c", PEAK, *command(*words)]
    printed = subprocess.run(launcher, env=environment, check=True, capture_output=True).stdout
    return int(printed) / KB / 1024


def cpu_model() -> str:
    """Return the model of this computer's processor, as far as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return os.uname().machine
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else os.uname().machine
