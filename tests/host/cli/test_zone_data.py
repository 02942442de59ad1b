"""What doctor says of the rules of the local time zone, where the system has old ones."""

from pathlib import Path

import pytest
import tzdata
from tests.conftest import Host
from tests.host.time_zones import BERLIN, Zone, unix

from rollhost.cli.diagnostics import FINE, WARNING
from rollhost.cli.zone_data import local_zone, system_version, zone_data

VANCOUVER = "PST8PDT,M3.2.0,M11.1.0"
"""The rules of Vancouver until 2026. From then on it stays at summer's time."""

CASABLANCA = "<+01>-1"
"""The rules of Morocco until September 2026, from when on it has UTC again."""

NOW = int(unix(2026, 10, 1, 12))


def test_old_rules_are_a_warning_from_the_day_on_which_they_show_another_time(zone: Zone) -> None:
    """Stands for a system that has not heard of the change of 2026."""
    zone(VANCOUVER)
    [found] = zone_data("America/Vancouver", "2025b", NOW)
    assert (found.check, found.verdict) == ("zone_data", WARNING)
    assert found.says == (
        "This computer has old rules for America/Vancouver, of 2025b: by those of"
        f" {tzdata.IANA_VERSION}, the times that it shows on 1 Nov 2026 are 60 minutes too early."
    )
    assert "package tzdata" in found.hint


def test_old_rules_that_show_another_time_now_name_today(zone: Zone) -> None:
    zone(CASABLANCA)
    [found] = zone_data("Africa/Casablanca", None, NOW)
    assert found.says == (
        f"This computer has old rules for Africa/Casablanca: by those of {tzdata.IANA_VERSION},"
        " the times that it shows on 1 Oct 2026 are 60 minutes too late."
    )


def test_days_to_come_are_named_before_days_that_are_over(zone: Zone) -> None:
    zone(CASABLANCA)
    [found] = zone_data("Africa/Casablanca", "2025b", int(unix(2026, 7, 1)))
    assert "on 21 Sep 2026 are 60 minutes too late" in found.says
    zone("UTC")
    [found] = zone_data("Africa/Casablanca", "2025b", int(unix(2027, 6, 1)))
    assert "on 20 Sep 2026 are 60 minutes too early" in found.says


def test_rules_that_are_old_elsewhere_are_new_enough(zone: Zone) -> None:
    zone(BERLIN)
    [found] = zone_data("Europe/Berlin", "2025b", NOW)
    assert found.verdict == FINE
    assert found.says == f"The time zone is Europe/Berlin, by the rules of {tzdata.IANA_VERSION}."


def test_system_that_is_newer_than_our_rules_is_believed(zone: Zone) -> None:
    zone(VANCOUVER)
    [found] = zone_data("America/Vancouver", "2999a", NOW)
    assert (found.verdict, found.says) == (
        FINE,
        "The time zone is America/Vancouver, by the rules of 2999a.",
    )


@pytest.mark.parametrize("name", [None, BERLIN, "../zones", "Mars/Olympus"])
def test_zone_without_a_known_name_is_not_judged(name: str | None) -> None:
    assert zone_data(name, "2025b", NOW) == []


@pytest.mark.parametrize(
    ("named", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (":Europe/Berlin", "Europe/Berlin"),
        ("/usr/share/zoneinfo/America/Argentina/Salta", "America/Argentina/Salta"),
        (BERLIN, BERLIN),
        ("", None),
    ],
)
def test_zone_that_the_environment_names_comes_first(
    home: Path, monkeypatch: pytest.MonkeyPatch, named: str, name: str | None
) -> None:
    monkeypatch.setenv("TZ", named)
    assert local_zone(home) == name


@pytest.mark.parametrize(
    "folder", ["usr/share/zoneinfo", "var/db/timezone/zoneinfo"], ids=["Linux", "macOS"]
)
def test_zone_of_the_system_is_where_its_link_leads(
    home: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.delenv("TZ")
    (home / "etc").mkdir()
    (home / "etc/localtime").symlink_to(home / folder / "America/Havana")
    assert local_zone(home) == "America/Havana"


def test_zone_of_a_system_with_a_copy_in_place_of_the_link_is_what_debian_notes(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TZ")
    (home / "etc").mkdir()
    (home / "etc/localtime").write_bytes(b"TZif2")
    assert local_zone(home) is None
    (home / "etc/timezone").write_text("America/Havana\n")
    assert local_zone(home) == "America/Havana"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("usr/share/zoneinfo/tzdata.zi", "# version 2025b\n# ddeps backzone zone.tab\n"),
        ("usr/share/zoneinfo/+VERSION", "2025b\n"),
        ("var/db/timezone/zoneinfo/+VERSION", "2025b\n"),
    ],
)
def test_version_of_the_rules_is_read_where_systems_keep_it(
    home: Path, name: str, text: str
) -> None:
    assert system_version(home) is None
    (home / name).parent.mkdir(parents=True)
    (home / name).write_text("of no version\n")
    assert system_version(home) is None
    (home / name).write_text(text)
    assert system_version(home) == "2025b"


@pytest.mark.in_process
def test_doctor_tells_the_rules_of_the_zone(host: Host) -> None:
    lines = host("doctor", TZ="Europe/Berlin").stdout.splitlines()
    assert any("The time zone is Europe/Berlin, by the rules of" in line for line in lines)
