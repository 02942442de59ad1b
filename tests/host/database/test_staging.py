"""Records that wait until all of them are here."""

import resource
from collections.abc import Iterator
from contextlib import closing

import pytest

from rollhost.database.staging import CACHE_PAGES, StagedLog, Staging
from rollhost.errors import ArchiveError


@pytest.fixture
def staging() -> Iterator[Staging]:
    with closing(Staging()) as opened:
        yield opened


def log_of(staging: Staging, *seqs: int) -> StagedLog:
    """Return a log of records with these seqs, added in this order."""
    log = staging.new_log()
    log.add((seq, bytes([seq]) * 32) for seq in seqs)
    return log


def test_records_come_in_the_order_of_their_numbers(staging: Staging) -> None:
    log = log_of(staging, 5, 2, 9)
    assert list(log) == [(seq, bytes([seq]) * 32) for seq in (2, 5, 9)]
    assert (log.first, 5 in log, 6 in log) == (2, True, False)


def test_logs_do_not_see_the_records_of_each_other(staging: Staging) -> None:
    one, other = log_of(staging, 1, 2), log_of(staging, 2, 3)
    assert [seq for seq, _ in one] == [1, 2]
    assert [seq for seq, _ in other] == [2, 3]
    assert (1 in other, other.last_before(2)) == (False, None)


def test_last_record_before_a_number_is_found(staging: Staging) -> None:
    log = log_of(staging, 3, 7)
    assert log.last_before(8) == (7, bytes([7]) * 32)
    assert log.last_before(7) == (3, bytes([3]) * 32)
    assert log.last_before(3) is None


def test_log_without_records_has_no_first(staging: Staging) -> None:
    log = staging.new_log()
    assert (list(log), log.first, log.last_before(1)) == ([], None, None)


def test_records_without_room_are_refused_in_words(staging: Staging) -> None:
    log, (soft, hard) = staging.new_log(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096 * CACHE_PAGES, hard))
    try:
        with pytest.raises(ArchiveError, match=r"temporary files does not take it: .+\.$"):
            log.add((seq, bytes(32)) for seq in range(1, 400 * CACHE_PAGES))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_number_is_found_while_records_are_added(staging: Staging) -> None:
    log = staging.new_log()

    def records() -> Iterator[tuple[int, bytes]]:
        for seq in range(1, 200 * CACHE_PAGES):
            assert seq not in log
            assert seq == 1 or seq - 1 in log
            yield seq, bytes(32)

    log.add(records())
    assert sum(1 for _ in log) == 200 * CACHE_PAGES - 1
