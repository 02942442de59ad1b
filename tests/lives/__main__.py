"""Lives by their numbers: ``python -m tests.lives 17`` follows one, ``0-99`` lives a hundred.

``--small`` looks for the smallest life that fails in the same way.
"""

import argparse
import os
import time
from collections import Counter

from tests.lives.life import Step, plan, run, year
from tests.lives.shrink import smallest


def main() -> int:
    """Live what the command line says; return 1 if anything was wrong."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("seeds", help="one number, or the first and last as in 0-99")
    parser.add_argument("--small", action="store_true", help="find the smallest life that fails")
    parser.add_argument("--steps", default="", help="these steps alone: name:number,…")
    parser.add_argument("--without", default="", help="steps that never happen: wipe,damage")
    parser.add_argument("--processes", action="store_true", help="cases and commands as processes")
    parser.add_argument("--year", action="store_true", help="a year of two cases and two computers")
    parser.add_argument("--length", type=int, default=0, help="steps of each life")
    words = parser.parse_args()
    without = tuple(words.without.split(",")) if words.without else ()
    first, _, last = words.seeds.partition("-")
    kinds: Counter[str] = Counter()
    failed = 0
    began = time.monotonic()
    seeds = range(int(first), int(last or first) + 1)
    for seed in seeds:
        steps = year(seed) if words.year else plan(seed, words.length, without)
        if words.steps:
            steps = read_steps(words.steps)
        follow = not last and not words.small
        failures = run(steps, print if follow else lambda text: None, words.processes)
        failed += bool(failures)
        for failure in failures:
            kinds[failure.kind] += 1
            if kinds[failure.kind] > 1 and not follow:
                continue
            print(f"{seed}: {failure.kind}: {failure.text}", flush=True)
            if words.small:
                few = smallest(steps, failure.kind)
                pairs = ",".join(f"{step.name}:{step.number}" for step in few)
                print(f"  --steps {pairs}", flush=True)
    seconds = time.monotonic() - began
    print(f"{len(seeds)} lives, {failed} failed, {len(seeds) / seconds:.2f} a second")
    for kind, count in kinds.most_common():
        print(f"{count:5} {kind}")
    return 1 if failed else 0


def read_steps(text: str) -> list[Step]:
    """Return the steps of a command line."""
    pairs = [word.split(":") for word in text.split(",")]
    return [Step(name, int(number)) for name, number in pairs]


if __name__ == "__main__":
    raise SystemExit(main())
