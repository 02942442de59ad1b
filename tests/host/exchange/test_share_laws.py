"""Laws of two computers that share a folder, in any order of all that people do."""

import pytest
from hypothesis import settings
from hypothesis.stateful import rule
from tests.host.exchange.test_two_computers_laws import Computers, computers

from rollhost.database.open import open_archive
from rollhost.exchange import share_folder
from rollhost.exchange.share_folder import Terms

pytestmark = pytest.mark.slow

USER = (1001, "Zoe")


class Sharing(Computers):
    """Two databases that hear of each other by files in a folder."""

    @rule(to=computers)
    def import_from_the_other(self, to: str) -> None:
        shelf = self.home / "shelf"
        shelf.mkdir(exist_ok=True)
        for name in ("b.db" if to == "a.db" else "a.db", to):
            with open_archive(self.home / name) as archive:
                union = share_folder.share(archive, shelf, Terms(name[0] * 16, USER), self.now)
            assert union.refused == []
            self.remembers(name)


TestSharing = Sharing.TestCase
TestSharing.settings = settings(max_examples=6, stateful_step_count=25)
