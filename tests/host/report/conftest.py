"""What the tests of the report share: the facts of ten years."""

import pytest
from tests.host.conftest import Ten
from tests.host.report_pages import facts_of

from rollhost.database.open import open_archive
from rollhost.report.facts import Facts


@pytest.fixture(scope="session")
def facts(ten: Ten) -> Facts:
    """What a report tells of the ten years."""
    with open_archive(ten.path) as archive:
        return facts_of(archive, ten.lived.until)
