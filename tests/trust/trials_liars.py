"""Ends that lie, and bytes that anybody may have written: a case, a host, files, every parser.

README and PROTOCOL.md say what has to hold: neither side believes the other. A host ends with an
exit code and one sentence, whatever a case answers, and keeps what it had; a case does for a host
what an owner's own policy and entries could, and no more; an import takes all of a file or nothing.
"""

from collections.abc import Callable
from random import Random
from tempfile import TemporaryDirectory

from tests.firmware.memory_flash import Ground
from tests.micropython.test_micropython import MICROPYTHON
from tests.trust.fuzz import fuzz
from tests.trust.fuzz_targets import TARGETS
from tests.trust.lying_case import Failed, any_lies, single_lies, workshop
from tests.trust.lying_file import importer
from tests.trust.suite.lying_host import Lies
from tests.trust.trial import Counts, Trial
from tests.trust.trials_power import run

from rollcase.journal import Journal

KIND = "cases, hosts and files that lie; any bytes for every parser"

SINGLE = single_lies()
SINGLE_PIECES = 200
"""Pieces of all single lies, so that each has some of every kind."""

RANDOM_PIECES, IN_A_PIECE = 60, 20
HOST_PIECES, QUESTIONS = 100, 1000
ON_MICROPYTHON = 50
FILE_PIECES, FILES = 60, 25
FUZZ_PIECES, ROUNDS = 2500, 500
"""Over all targets more than ten million inputs."""


def one_lie(seed: int, piece: int) -> Counts:
    """Sync a case that lies in one way, for a part of all ways."""
    counts = Counts()
    with workshop() as shop:
        for number in range(piece, len(SINGLE), SINGLE_PIECES):
            counts.tried += 1
            try:
                shop.try_lies([SINGLE[number]], Random(f"{seed}/{number}"))
            except Failed as failed:
                counts.fault(failed.what, f"lie {number}, {SINGLE[number]!r:.200}: {failed}")
    return counts


def many_lies(seed: int, piece: int) -> Counts:
    """Sync a case that lies in several ways; in every other piece one that is met first."""
    counts = Counts()
    with workshop(known=piece % 2 == 0) as shop:
        for number in range(piece * IN_A_PIECE, (piece + 1) * IN_A_PIECE):
            counts.tried += 1
            chance = Random(f"{seed}/{number}")
            lies = any_lies(chance)
            try:
                shop.try_lies(lies, chance)
            except Failed as failed:
                counts.fault(failed.what, f"lies {number}, {lies!r:.300}: {failed}")
    return counts


def lying_host(seed: int, piece: int) -> Counts:
    """Let a host lie to the case in this process."""
    made = [0]

    def make_id() -> bytes:
        made[0] += 1
        return made[0].to_bytes(8, "big")

    with TemporaryDirectory() as directory:
        ground = Ground(128)
        lies = Lies(
            directory,
            lambda: Journal(ground.flash, ground.files, make_id),
            seed * 1000 + piece,
            lambda: None,
        )
        lies.live(QUESTIONS)
    return Counts(tried=lies.tried, bent=lies.bent, failed=lies.failed, faults=lies.faults)


def lying_host_on_micropython(seed: int, piece: int) -> Counts:
    """Let a host lie to the case on MicroPython and littlefs."""
    return run("lying_host", seed * 1000 + 500 + piece, QUESTIONS)


def changed_files(seed: int, piece: int) -> Counts:
    """Import files that somebody has changed."""
    counts = Counts()
    with importer() as desk:
        for number in range(piece * FILES, (piece + 1) * FILES):
            counts.tried += 1
            try:
                desk.try_one(Random(f"{seed}/{number}"))
            except Failed as failed:
                counts.fault(failed.what, f"file {number}: {failed}")
    return counts


def fuzzed(place: int) -> Callable[[int, int], Counts]:
    """Return what runs a piece of the inputs for one target of `TARGETS`."""

    def run_piece(seed: int, piece: int) -> Counts:
        found = fuzz(TARGETS[place], ROUNDS // TARGETS[place].cost, f"{seed}/{piece}")
        counts = Counts(tried=found.tried)
        for fault in found.faults:
            counts.fault("failed", fault)
        return counts

    return run_piece


TRIALS = [
    Trial("a case that lies in one way", SINGLE_PIECES, one_lie, share=(18,)),
    Trial("a case that lies in several ways", RANDOM_PIECES, many_lies, share=()),
    Trial("a host that lies", HOST_PIECES, lying_host, share=(0,)),
    Trial("files for import that were changed", FILE_PIECES, changed_files, share=(0,)),
    *(
        Trial(f"any bytes: {target.name}", FUZZ_PIECES, fuzzed(place))
        for place, target in enumerate(TARGETS)
    ),
]
if MICROPYTHON is not None:
    TRIALS.append(
        Trial(
            "a host that lies, on MicroPython",
            ON_MICROPYTHON,
            lying_host_on_micropython,
            share=(0,),
        )
    )
