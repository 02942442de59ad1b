"""``host case``: whose a case is, and what becomes of it as it is lent."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.complaints import complaint
from tests.host.scripted_case import ScriptedCase
from tests.host.writing_down import said

from rollcore import events, state
from rollhost.database.open import open_archive

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]

OTHER = "0011223344556677"


@pytest.fixture
def other(home: Path) -> Iterator[ScriptedCase]:
    """A second case, new."""
    with ScriptedCase(home / "other", device=OTHER) as case:
        yield case


def kinds(case: ScriptedCase) -> list[int]:
    """Return the kinds of the records that a case has of skin and head."""
    journal = case.app.journal
    raw = journal.read(1, 117)[2]
    logged = [events.decode(raw[at : at + 32]).kind for at in range(0, len(raw), 32)]
    return [kind for kind in logged if kind in (events.HOLD_SET, events.REACTION, events.CLINIC)]


class TestWhose:
    def test_second_case_is_told_nothing_of_skin_until_somebody_says_whose_it_is(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, other: ScriptedCase
    ) -> None:
        said(host, "hold", "acne")
        document = host_json("sync", "--port", other.port)
        assert (document["told"], document["case"]["waiting"]) == (0, 0)
        assert document["unclaimed"]
        assert "Whose case is it?" in document["case"]["says"]
        assert kinds(other) == []
        status = host_json("status")
        assert status["unclaimed"] == [OTHER]
        assert [case["device"] for case in status["cases"]] != [OTHER]
        assert "Whose is case 556677?" in host("status").stdout.splitlines()[0]
        said(host, "case", "whose", "556677", "me")
        assert host_json("sync", "--port", other.port)["told"] == 1
        assert other.app.standing.phase == state.HELD

    def test_reaction_of_one_person_never_reaches_the_case_of_another(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, other: ScriptedCase
    ) -> None:
        said(host, "person", "add", "Ben")
        assert host_json("sync", "--port", other.port, "--person", "ben")["told"] == 0
        said(host, "reaction", "open", "red", "--person", "Ben")
        assert host_json("sync", "--port", synced.port)["told"] == 0
        assert kinds(synced) == []
        assert host_json("sync", "--port", other.port)["told"] == 1
        assert kinds(other) == [events.REACTION]
        assert host_json("status")["reactions"] == []
        assert len(host_json("status", "--person", "Ben")["reactions"]) == 1
        assert "red" not in host("export", "json", "--person", "me").stdout
        assert '"red"' in host("export", "json", "--person", "Ben").stdout

    def test_case_of_somebody_else_is_not_synced_as_another_persons(
        self, host: Host, synced: ScriptedCase
    ) -> None:
        said(host, "person", "add", "Ben")
        sentence, step = complaint(host("sync", "--port", synced.port, "--person", "Ben"), 2)
        assert sentence.startswith("This case is about me, not Ben.")
        assert "case lend" in step

    def test_case_alone_lists_every_case(self, host: Host, synced: ScriptedCase) -> None:
        assert said(host, "case") == ["4d5e6f  no name"]


class TestLend:
    def test_lent_case_begins_with_nothing_and_its_head_out(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, home: Path
    ) -> None:
        said(host, "policy", "set", "zones=face,neck")
        said(host, "hold", "acne")
        host_json("sync", "--port", synced.port)
        before = len(host_json("log")["records"])
        lent = host_json("case", "lend", "4d5e6f", "Ben", "--yes", "--port", synced.port)
        assert (lent["lent"], lent["person"]) == (True, "Ben")
        document = host_json("sync", "--port", synced.port)
        assert (document["told"], document["rules"]["changed"]) == (0, False)
        assert synced.app.journal.state.head_out == 1 + events.HEAD_SHARED
        assert synced.app.journal.state.hold_reason == events.NO_HOLD
        assert synced.app.policy.zones == ("face",)
        assert host_json("status")["cases"] == []
        assert host("status").stdout.splitlines()[0] == "Case 4d5e6f was lent."
        (theirs,) = host_json("status", "--person", "Ben")["cases"]
        assert theirs["hold"] is None
        assert len(host_json("log")["records"]) == before
        with open_archive(home / "rollcase.db") as archive:
            owners = [archive.log_facts(log_id).person for log_id in archive.logs(1)]
        assert owners[0] == 0 != owners[1]

    def test_case_is_not_lent_without_a_yes(self, host: Host, synced: ScriptedCase) -> None:
        log = synced.app.journal.log_id
        (line,) = said(host, "case", "lend", "4d5e6f", "Ben", "--port", synced.port)
        assert "left as it is" in line
        assert synced.app.journal.log_id == log

    def test_computer_that_never_knew_of_it_asks_whose_a_lent_case_is(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, home: Path
    ) -> None:
        other = str(home / "other.db")
        host_json("sync", "--port", synced.port, "--db", other)
        said(host, "case", "lend", "4d5e6f", "Ben", "--yes", "--port", synced.port)
        document = host_json("sync", "--port", synced.port, "--db", other)
        assert "Whose case is it?" in document["case"]["says"]
        assert host_json("status", "--db", other)["unclaimed"] != []
