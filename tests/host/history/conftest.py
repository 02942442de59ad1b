"""What the tests of history share: the log of a case with rules for a weekly use."""

import pytest
from tests.host.logbook import Logbook
from tests.host.session_logs import WEEKLY, begun

from rollhost.database.archive import Archive


@pytest.fixture
def book(archive: Archive) -> Logbook:
    """The log of a case whose clock is right, with rules for a weekly use of the face."""
    return begun(archive, WEEKLY)
