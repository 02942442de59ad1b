"""What these tests share: how hypothesis runs; a case, its flash, and a host on its line."""

from pathlib import Path

import pytest
from hypothesis import settings
from tests.firmware.memory_flash import Ground
from tests.firmware.server_line import TOLD, Line, tell_zones
from tests.firmware.whole_case import WholeCase

from rollcore import events
from rollcore.state import SAFE_AFTER

# A slow machine is not a bug: no example has a deadline.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


@pytest.fixture
def ground() -> Ground:
    """Return a blank flash."""
    return Ground()


@pytest.fixture
def case(tmp_path: Path, ground: Ground) -> WholeCase:
    """Return a case that has just been switched on for the first time."""
    return WholeCase(tmp_path, ground=ground)


@pytest.fixture
def line(case: WholeCase) -> Line:
    """Return a new case with a host on its line."""
    return Line(case)


@pytest.fixture
def two_zones(line: Line) -> Line:
    """Return a case of two zones whose clock is set, with a host on its line."""
    tell_zones(line)
    return line


@pytest.fixture
def safe(two_zones: Line) -> Line:
    """Return a case in safe mode, with a host on its line."""
    two_zones.ask("clinic", **TOLD["clinic"])
    for _ in range(SAFE_AFTER):
        two_zones.case.app.failed({"file": 0, "error": 0, "line": 0})
        two_zones.case.switch_on(events.SOFT_RESET)
    assert two_zones.case.app.safe
    return Line(two_zones.case)
