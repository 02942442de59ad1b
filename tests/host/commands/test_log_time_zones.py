"""``host log`` in several time zones, and of clocks that were put right."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Host
from tests.firmware.logs import records_of
from tests.host.clock_logs import DAY, HOUR, Life
from tests.host.lived_in import DEVICE, LOG, make_lived_in
from tests.host.time_zones import BERLIN, KATHMANDU, KIRITIMATI, NEW_YORK, PAGO_PAGO, unix

from rollcore.events import first_chain
from rollhost.database.open import open_archive

pytestmark = pytest.mark.in_process


def keep(home: Path, life: Life) -> None:
    """Put a life into the database as a sync at its end would."""
    with open_archive(home / "rollcase.db", create=True) as archive, archive.transaction():
        case_id = archive.keep_case(DEVICE, "pico", "0.1.0")
        log_id = archive.keep_log(case_id, LOG.hex())
        raw = b"".join(records_of(life.log, first_chain(LOG)))
        archive.keep_records(log_id, 1, first_chain(LOG), raw)
        archive.note_meeting(case_id, log_id, life.now, 0)
        archive.note_sync(case_id, life.now, 0)


def read(host: Host, *options: str, **environment: str) -> dict[str, Any]:
    """Return what ``host log --json`` says."""
    told = host("log", *options, "--json", **environment)
    assert told.returncode == 0, told.stderr
    document: dict[str, Any] = json.loads(told.stdout)
    return document


class TestTheLogOnTheTerminal:
    @pytest.mark.parametrize("place_name", [BERLIN, KATHMANDU, PAGO_PAGO, KIRITIMATI])
    def test_time_zone_does_not_shift_a_record(
        self, host: Host, home: Path, place_name: str
    ) -> None:
        make_lived_in(home / "rollcase.db")
        here, there = (read(host, TZ=name)["records"] for name in ("UTC", place_name))
        assert [record["earliest"] for record in here] != [record["earliest"] for record in there]
        for record, other in zip(here, there, strict=True):
            for bound in ("earliest", "latest"):
                assert datetime.fromisoformat(record[bound]) == datetime.fromisoformat(other[bound])

    def test_moment_typed_in_one_time_zone_is_read_in_another(self, host: Host) -> None:
        now = "2026-11-20T10:00:00Z"
        told = host("clinic", "2026-10-25 02:30", TZ=BERLIN, ROLLCASE_NOW=now)
        assert told.returncode == 0, told.stderr
        assert "2026-10-24 20:30" in host("log", TZ=NEW_YORK, ROLLCASE_NOW=now).stdout
        assert "2026-10-25 00:30" in host("log", TZ="UTC", ROLLCASE_NOW=now).stdout

    def test_records_of_a_repeated_hour_are_in_order(self, host: Host, home: Path) -> None:
        life = Life(int(unix(2026, 10, 25, 0, 10))).start().set().wait(20 * 60).use()
        keep(home, life.wait(HOUR).use())
        lines = host("log", TZ=BERLIN).stdout.splitlines()
        assert [line[:16] for line in lines] == ["2026-10-25 02:10"] * 2 + ["2026-10-25 02:30"] * 2
        uses = read(host, "--kind", "use_started", TZ=BERLIN)["records"]
        assert [use["latest"] for use in uses] == [
            "2026-10-25T02:30:00+02:00",
            "2026-10-25T02:30:00+01:00",
        ]

    @pytest.mark.parametrize(
        ("since", "shown"),
        [
            ("2026-03-28", ["23:59", "00:00", "23:59", "00:00"]),
            ("2026-03-29", ["00:00", "23:59", "00:00"]),
            ("2026-03-30", ["00:00"]),
            ("2026-03-29 02:30", ["23:59", "00:00"]),
        ],
    )
    def test_since_begins_with_the_day_of_23_hours(
        self, host: Host, home: Path, since: str, shown: list[str]
    ) -> None:
        life = Life(int(unix(2026, 3, 28, 22, 50))).start().set().wait(9 * 60).use().wait(60)
        keep(home, life.use().wait(23 * HOUR - 60).use().wait(60).use())
        lines = host("log", "--since", since, "--kind", "use_started", TZ=BERLIN).stdout
        assert [line[11:16] for line in lines.splitlines()] == shown

    def test_next_sync_corrects_times_of_a_computer_in_the_wrong_time_zone(
        self, host: Host, home: Path
    ) -> None:
        life = Life(int(unix(2026, 11, 20, 10))).start().set(-2 * HOUR).wait(DAY).use()
        keep(home, life)
        assert "2026-11-21 08:00  use started" in host("log").stdout
        keep(home, life.wait(DAY).set())
        assert "2026-11-21 10:00  use started" in host("log").stdout

    def test_correction_of_a_computer_that_was_ahead_leaves_bounds(
        self, host: Host, home: Path
    ) -> None:
        life = Life(int(unix(2026, 11, 20, 10))).start().set()
        life.start(2 * HOUR).set(30 * DAY).use().wait(HOUR)
        keep(home, life)
        assert "2026-12-20 12:00  use started" in host("log").stdout
        keep(home, life.start(HOUR).set())
        used = read(host, "--kind", "use_started")["records"]
        assert [(use["earliest"], use["latest"]) for use in used] == [
            ("2026-11-20T10:00:00+00:00", "2026-11-20T14:00:00+00:00")
        ]
        assert "2026-11-20 12:00 ±2 hours  use started" in host("log").stdout
