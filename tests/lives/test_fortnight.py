"""Two persons, three cases, three computers, a broker: a fortnight of what they tell whom."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.host.postgresql_server import address, skip_without_postgresql
from tests.host.remind.web_server import WebServer
from tests.lives import fortnight
from tests.lives.fortnight import FORGOTTEN, SECRETS, Fortnight, Shared

psycopg = pytest.importorskip("psycopg")


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """A real server."""
    skip_without_postgresql()
    with fortnight.prepared_server() as place:
        yield place


@pytest.fixture
def shared(home: Path, postgresql: str, cheap_keys: None) -> Iterator[Shared]:
    """A folder, a database on a real server, and a real broker."""
    with fortnight.places(home, postgresql) as found:
        yield found


def test_fortnight_reminds_once_shares_equal_and_tells_a_broker_what_status_says(
    home: Path, shared: Shared, postgresql: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with ExitStack() as stack:
        webs = {name: stack.enter_context(WebServer()) for name in SECRETS}
        lived = Fortnight(home, shared, webs)
        lived.run()
        sent = {
            name: Counter(occasion.what for occasion in address.sent)
            for name, address in lived.addresses.items()
        }
        both = {"check": 1, "plan": 1, "rested": 2}
        assert sent == {
            "1": {**both, "clean": 3},
            "2": {**both, "clean": 3, "bottle": 1, "head": 1},
            "3": {"clean": 3, "head": 1, "worn": 1, "sync": 1, "look": 2},
        }
        assert "s3cret" not in caplog.text
        with psycopg.connect(address(postgresql, "owner", "postgres")) as db:
            there = db.execute("SELECT query_to_xml('TABLE rollcase.entries', true, false, '')")
            text = str(there.fetchone())
        assert "red and sore" in text
        assert FORGOTTEN not in text
        assert "s3cret" not in text
        missed = {name: [each.what for each in a.missed] for name, a in lived.addresses.items()}
        assert missed == {"1": ["bottle"], "2": [], "3": []}
