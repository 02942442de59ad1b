"""``host head``: a new head, and its uses."""

from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.complaints import complaint
from tests.host.scripted_case import ScriptedCase
from tests.host.writing_down import said, told_kinds

from rollcore import events

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]


class TestHead:
    def test_new_head_is_told_only_to_its_case(
        self, host: Host, host_json: HostJson, home: Path, synced: ScriptedCase
    ) -> None:
        with ScriptedCase(home / "other", device="0011223344556677") as other:
            host_json("sync", "--port", other.port)
            sentence, _ = complaint(host("head", "new"), 4)
            assert sentence == "There are several cases: 4d5e6f, 556677."
            said(host, "head", "new", "the pins were bent", "--case", "556677")
            assert [case["waiting"] for case in host_json("status")["cases"]] == [0, 1]
            assert host_json("sync", "--port", synced.port)["told"] == 0
            assert host_json("sync", "--port", other.port)["told"] == 1
        assert told_kinds(host_json) == ["head_new"]

    def test_uses_of_a_new_head_are_counted_from_zero(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        app = synced.app
        for kind, data in (
            (events.USE_STARTED, {"how": events.IN_TURN, "digest": app.policy.digest}),
            (events.USE_ENDED, {"how": events.BY_BUTTON, "seconds": 200}),
        ):
            app._log(kind, data)
        host_json("sync", "--port", synced.port)
        assert host_json("status")["cases"][0]["head"]["uses"] == 1
        said(host, "head", "new")
        assert host_json("status")["cases"][0]["head"]["uses"] == 0
        host_json("sync", "--port", synced.port)
        (record,) = host_json("log", "--kind", "head_new")["records"]
        assert record["data"]["uses"] == 1
        assert host_json("status")["cases"][0]["head"]["uses"] == 0
