"""``host name``: names of cases."""

from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.complaints import complaint
from tests.host.scripted_case import ScriptedCase
from tests.host.writing_down import said, written

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]


class TestName:
    def test_case_is_shown_by_its_name(self, host: Host, synced: ScriptedCase) -> None:
        assert said(host, "name", " bath\troom ") == ["Case 4d5e6f is called bath room now."]
        assert said(host, "policy", "--case", "bath room")[0].startswith("needle ")
        assert said(host, "policy", "--case", "4D5E6F")[0].startswith("needle ")

    def test_name_without_a_name_lists_the_cases(
        self, host: Host, home: Path, synced: ScriptedCase
    ) -> None:
        with ScriptedCase(home / "other", device="0011223344556677") as other:
            host("sync", "--port", other.port)
        said(host, "name", "mine", "--case", "4d5e6f")
        assert said(host, "name") == ["556677  no name", "4d5e6f  mine"]
        assert said(host, "name", "--case", "556677") == ["556677  no name"]

    def test_name_as_json_has_whole_device_ids(
        self, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        (case,) = host_json("name")["cases"]
        assert case["device"].endswith("4d5e6f")
        assert case["name"] is None
        assert host_json("name", "mine") == {
            "schema_version": 1,
            "case": case["device"],
            "name": "mine",
        }
        assert host_json("name")["cases"] == [{**case, "name": "mine"}]

    def test_two_cases_never_share_a_name(
        self, host: Host, home: Path, synced: ScriptedCase
    ) -> None:
        with ScriptedCase(home / "other", device="0011223344556677") as other:
            host("sync", "--port", other.port)
        said(host, "name", "mine", "--case", "4d5e6f")
        before = written(home)
        sentence, step = complaint(host("name", "mine", "--case", "556677"))
        assert sentence == "Another case is called mine already."
        assert step
        assert written(home) == before
