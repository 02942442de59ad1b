"""What each system says of its clock, from what systems have answered."""

import sys

import pytest

from rollhost import system_clock
from rollhost.system_clock import (
    AHEAD_S,
    FRESH_S,
    linux_is_synchronised,
    macos_is_synchronised,
    windows_is_synchronised,
)

NOW = 1_795_817_400.0
"""Unix time (s): Fri 27 Nov 2026, 22:10 UTC."""

DAY = 86400


def sample(at: float, source: str = "time.windows.com,0x9") -> str:
    """Return what Windows writes of a sample that it took at Unix time `at` (s)."""
    return f"{int((at + 11_644_473_600) * 10_000_000)};{source}"


class TestLinux:
    @pytest.mark.parametrize(
        ("error_us", "stamp", "synchronised"),
        [
            pytest.param(224_455, None, True, id="ntpd"),
            pytest.param(15_999_999, None, True, id="nearly nine hours after the last sample"),
            pytest.param(16_000_000, None, False, id="never, or set by hand"),
            pytest.param(16_000_000, NOW - 12 * 3600, True, id="offline since this morning"),
            pytest.param(16_000_000, NOW - FRESH_S - 1, False, id="offline for nine days"),
            pytest.param(16_000_000, NOW + AHEAD_S + 1, False, id="the clock was put back since"),
        ],
    )
    def test_error_and_date_of_the_last_sample_decide(
        self, error_us: int, stamp: float | None, synchronised: bool
    ) -> None:
        assert linux_is_synchronised(error_us, stamp, NOW) is synchronised


class TestMacos:
    @pytest.mark.parametrize(
        ("returned", "status", "synchronised"),
        [
            pytest.param(0, 0x2001, True, id="PLL, NANO"),
            pytest.param(5, 0x40, False, id="as the kernel starts"),
            pytest.param(0, 0x41, False, id="PLL, UNSYNC"),
            pytest.param(5, 0x2001, False, id="an error of another kind"),
            pytest.param(-1, 0, False, id="refused"),
        ],
    )
    def test_state_of_the_kernel_decides(
        self, returned: int, status: int, synchronised: bool
    ) -> None:
        assert macos_is_synchronised(returned, status, 500_000) is synchronised


class TestWindows:
    @pytest.mark.parametrize(
        ("kind", "said", "synchronised"),
        [
            pytest.param("NTP", sample(NOW - 6 * DAY), True, id="at home, six days ago"),
            pytest.param("NT5DS", sample(NOW - 600, "dc01.corp.example.com"), True, id="domain"),
            pytest.param(
                "NTP", sample(NOW - 9, "VM IC Time Synchronization Provider"), True, id="Hyper-V"
            ),
            pytest.param("NTP", sample(NOW - FRESH_S - 1), False, id="nine days ago"),
            pytest.param("NTP", sample(NOW + DAY), False, id="the clock was put back since"),
            pytest.param("NoSync", sample(NOW - 600), False, id="set by hand"),
            pytest.param("NTP", None, False, id="never"),
            pytest.param(None, sample(NOW - 600), False, id="no time service"),
            pytest.param("NTP", "", False, id="empty"),
            pytest.param("NTP", sample(NOW - 600, ""), False, id="no source"),
            pytest.param("NTP", "soon;time.windows.com", False, id="no number"),
        ],
    )
    def test_last_good_sample_in_the_registry_decides(
        self, kind: str | None, said: str | None, synchronised: bool
    ) -> None:
        assert windows_is_synchronised(kind, said, NOW) is synchronised

    def test_time_of_a_sample_is_read_as_windows_writes_it(self) -> None:
        at = 1_719_360_000  # 2024-06-26 00:00 UTC
        assert sample(at).startswith("133638336000000000;")
        assert windows_is_synchronised("NTP", "133638336000000000;time.windows.com,0x9", at)


class TestAsked:
    @pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
    def test_kernel_of_this_computer_answers(self) -> None:
        returned, _, error_us = system_clock._kernel_clock("adjtimex")
        assert 0 <= returned <= 5
        assert 0 <= error_us <= system_clock.MAX_ERROR_US

    @pytest.mark.parametrize("platform", ["darwin", "freebsd14"])
    def test_system_that_lacks_what_is_asked_for_says_nothing(
        self, monkeypatch: pytest.MonkeyPatch, platform: str
    ) -> None:
        def lacks(function: str) -> tuple[int, int, int]:
            raise OSError("this system has none")

        monkeypatch.setattr(sys, "platform", platform)
        monkeypatch.setattr(system_clock, "_kernel_clock", lacks)
        assert not system_clock.is_synchronised(NOW)
