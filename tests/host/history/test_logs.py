"""The logs of a case: which came first, whatever the order in which they were brought here."""

from pathlib import Path

from tests.host.logbook import DAY, Logbook, rules_for

from rollcore import events
from rollhost.database.open import open_archive
from rollhost.history import heads, history

NOW = 1_795_255_200


def test_current_log_of_a_case_is_last_and_earlier_logs_keep_their_order(
    home: Path,
) -> None:
    with open_archive(home / "a.db", create=True) as archive:
        books = {}
        for name, days_ago in ((b"newest--", 1), (b"oldest--", 60), (b"middle--", 30)):
            book = Logbook(archive, NOW - days_ago * DAY, log=name)
            book.set_clock()
            book.set_rules(rules_for(250))
            book.use()
            book.write(events.HEAD_NEW, uses=1, token=0)
            book.keep()
            books[name] = book
        with archive.transaction():
            newest = books[b"newest--"]
            archive.note_meeting(newest.case_id, newest.log_id, NOW, 0)
        case = newest.case
        ids = [books[name].log_id for name in (b"oldest--", b"middle--", b"newest--")]
        assert archive.logs(case.id) != ids
        assert [log.id for log in history.read(archive).logs(case)] == ids
        known = heads.heads(history.read(archive).logs(case), NOW)
        assert [head.until is None for head in known] == [False] * 5 + [True]
        assert [head.since for head in known] == sorted(head.since for head in known)
