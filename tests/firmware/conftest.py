"""What the unit tests share: how hypothesis runs, and a case in a folder of its own."""

from pathlib import Path

import pytest
from hypothesis import settings
from tests.firmware.whole_case import WholeCase

# A slow machine is not a bug: no example has a deadline.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


@pytest.fixture
def case(tmp_path: Path) -> WholeCase:
    """Return a case that has just been switched on for the first time."""
    return WholeCase(tmp_path)
