"""How start, press and pull of an emulated Pico depend on the records on its flash.

By the Pico's own time.
"""

import statistics
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.bench import ground, pull
from tests.bench.host_speed import FLAT
from tests.bench.table import Row
from tests.bench.workshop import IMAGE, Measurement, Workshop, no_image
from tests.emulator.pico import Pico

ON_FLASH = (300, 3_000, 10_000, 30_000)

PRESSES = 40

ROWS = (
    f"start, lamp lit, {ON_FLASH[-1]:,} records on flash; {ON_FLASH[0]:,}",
    f"press, {ON_FLASH[-1]:,} records on flash; {ON_FLASH[0]:,}",
    f"pull, {ON_FLASH[-1]:,} records on flash; {ON_FLASH[0]:,}",
)


def measure(path: Path) -> tuple[float, float, float]:
    """Return the ms of a start until the lamp is lit, those of a press, and the KB/s of a pull."""
    flash = path.read_bytes()[: ground.FLASH_BYTES]
    lit_ms, _ = ground.first_lamp(flash)
    pressed = ground.on_pico(f"presses({PRESSES})", ground.used(flash))
    assert isinstance(pressed, list)
    pico = Pico(IMAGE, flash)
    pico.boot()
    pico.run(pull.SETTLE_MS)
    return lit_ms, statistics.median(pressed) / 1000, pull.pull_kb_s(pico)


def growth(workshop: Workshop) -> Iterator[Row]:
    """Yield what the case needs with a full log, beside what it needs with a short one."""
    found = list(workshop.pool.map(measure, map(workshop.flash, ON_FLASH)))
    starts, presses, pulls = zip(*found, strict=True)
    draw = partial(workshop.draw, against="records on flash")
    draw("start of the case, lamp lit", unit="ms", points=list(zip(ON_FLASH, starts, strict=True)))
    draw("press, on flash", unit="ms", points=list(zip(ON_FLASH, presses, strict=True)))
    draw("pull of the log", unit="KB/s", points=list(zip(ON_FLASH, pulls, strict=True)))
    yield Row(ROWS[0], starts[-1], "ms", starts[0], 1.25)
    yield Row(ROWS[1], presses[-1], "ms", presses[0], FLAT)
    yield Row(ROWS[2], pulls[-1], "KB/s", pulls[0], at_least=0.9)


MEASUREMENTS = (Measurement(ROWS, growth, why_not=no_image),)
