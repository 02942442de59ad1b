"""``host case``: whose a case is, and what becomes of it as it is lent."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.bringing_home import use
from tests.host.cli.test_terminal import on_a_terminal
from tests.host.complaints import complaint
from tests.host.scripted_case import DEVICE, ScriptedCase
from tests.host.writing_down import DAY, NOW_S, later, said

from rollcore import events, state
from rollcore.events import CASE_EPOCH
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
    return [
        kind for kind in logged if kind in (events.HOLD_SET, events.REACTION_OPENED, events.CLINIC)
    ]


class TestWhose:
    def test_second_case_is_told_nothing_of_skin_until_somebody_says_whose_it_is(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, other: ScriptedCase
    ) -> None:
        said(host, "hold", "acne")
        document = host_json("sync", "--port", other.port)
        assert (document["told"], document["case"]["waiting"]) == (0, 0)
        assert document["unclaimed"]
        assert "Whose case is it?" in document["case"]["says"]
        assert document["unclaimed"]
        assert "case whose 556677 NAME" in host("sync", "--port", other.port).stderr
        assert kinds(other) == []
        status = host_json("status")
        assert status["unclaimed"] == [OTHER]
        assert [case["device"] for case in status["cases"]] != [OTHER]
        assert "Whose is case 556677?" in host("status").stdout.splitlines()[0]
        said(host, "case", "whose", "556677", "me")
        assert host_json("sync", "--port", other.port)["told"] == 1
        assert other.app.standing.phase == state.HELD

    def test_name_that_is_nearly_somebodys_makes_no_new_person(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "person", "add", "Annalena")
        sentence, step = complaint(host("case", "whose", "4d5e6f", "Anallena"), 2)
        assert sentence == "Nobody here is called 'Anallena'."
        assert step == "Did you mean Annalena? Somebody else: person add Anallena."
        said(host, "person", "add", "Anallena")
        said(host, "case", "whose", "4d5e6f", "Anallena")

    def test_first_case_of_a_computer_is_of_the_person_who_is_named_before_it_is_told_anything(
        self, host: Host, host_json: HostJson, other: ScriptedCase
    ) -> None:
        said(host, "person", "add", "Ann")
        said(host, "hold", "wound")
        document = host_json("sync", "--port", other.port, "--person", "Ann")
        assert (document["told"], kinds(other)) == (0, [])
        assert host_json("status")["cases"] == []

    def test_reaction_of_one_person_never_reaches_the_case_of_another(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, other: ScriptedCase
    ) -> None:
        said(host, "person", "add", "Ben")
        assert host_json("sync", "--port", other.port, "--person", "ben")["told"] == 0
        said(host, "reaction", "open", "red", "--person", "Ben")
        assert host_json("sync", "--port", synced.port)["told"] == 0
        assert kinds(synced) == []
        assert host_json("sync", "--port", other.port)["told"] == 1
        assert kinds(other) == [events.REACTION_OPENED]
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

    def test_log_of_a_case_that_is_nobodys_comes_home_and_its_clock_and_rules_are_set(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, other: ScriptedCase, home: Path
    ) -> None:
        host_json("sync", "--port", other.port)
        said(host, "policy", "set", "rest=50d", "--case", "556677")
        document = host_json("sync", "--port", other.port)
        assert document["rules"]["changed"]
        assert other.app.policy.rest_s == 50 * DAY
        assert other.app.clock.time == NOW_S - CASE_EPOCH
        with open_archive(home / "rollcase.db") as archive:
            case = next(case for case in archive.cases() if case.device == OTHER)
            assert case.log_id is not None
            assert archive.highest_seq(case.log_id) == other.app.journal.state.seq
            assert archive.log_facts(case.log_id).person is None

    def test_use_of_a_case_that_is_nobodys_is_no_use_of_mine_and_no_word_says_rested(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, other: ScriptedCase
    ) -> None:
        host_json("sync", "--port", other.port)
        before = host_json("status")["cases"]
        use(other, NOW_S - CASE_EPOCH + 600)
        document = host_json("sync", "--port", other.port)
        assert document["case"]["says"].startswith("Whose case is it?")
        assert host_json("status")["cases"] == before
        assert host_json("log")["records"] == host_json("log", "--case", "4d5e6f")["records"]
        lines = said(host, "status", "--case", "556677")
        assert lines[0].startswith("Whose case is it?")
        assert "ested" not in " ".join(lines)
        said(host, "case", "whose", "556677", "me")
        mine = host_json("status", "--case", "556677")["cases"][0]
        assert mine["last_use"]

    @pytest.mark.parametrize("person", ["me", "Ben"])
    def test_rules_that_were_set_before_anybody_said_whose_it_is_are_put_in(
        self,
        host: Host,
        host_json: HostJson,
        synced: ScriptedCase,
        other: ScriptedCase,
        person: str,
    ) -> None:
        host_json("sync", "--port", other.port)
        said(host, "policy", "set", "rest=50d", "--case", "556677")
        said(host, "case", "whose", "556677", person)
        assert host_json("sync", "--port", other.port)["rules"]["changed"]
        assert other.app.policy.rest_s == 50 * DAY

    def test_needle_of_the_first_sync_sets_the_rules_whoever_has_the_case(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, other: ScriptedCase
    ) -> None:
        said(host, "person", "add", "Ben")
        words = ("--person", "Ben", "--needle", "0.25")
        assert host_json("sync", "--port", other.port, *words)["rules"]["changed"]
        assert other.app.policy.needle_um == 250

    def test_case_whose_flash_was_wiped_keeps_its_person(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, home: Path
    ) -> None:
        said(host, "person", "add", "Ben")
        for name in ("other", "wiped"):
            log_id = name.encode().ljust(8, b"0")
            with ScriptedCase(home / name, device=OTHER, log_id=log_id) as case:
                words = ("--person", "Ben") if name == "other" else ()
                document = host_json("sync", "--port", case.port, *words)
                assert "Whose" not in document["case"]["says"]
        with open_archive(home / "rollcase.db") as archive:
            owners = [archive.log_facts(log_id).person for log_id in archive.logs(2)]
        (ben,) = {*owners}
        assert len(owners) == 2
        assert ben
        assert [case["device"] for case in host_json("status", "--person", "Ben")["cases"]] == [
            OTHER
        ]

    def test_case_of_somebody_else_is_never_called_not_synced(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, other: ScriptedCase
    ) -> None:
        said(host, "person", "add", "Zoe")
        said(host, "case", "whose", "4d5e6f", "Zoe")
        assert said(host, "status")[0] == "No case here is yours: case 4d5e6f is Zoe's."
        for words in (
            ("report", "r.html"),
            ("report", "r.html", "--case", "4d5e6f", "--person", "me"),
            ("status", "--case", "4d5e6f", "--person", "me"),
            ("log", "--case", "4d5e6f", "--person", "me"),
        ):
            sentence, step = complaint(host(*words), 2)
            assert sentence == "No case here is yours: case 4d5e6f is Zoe's."
            assert step == "Say --person Zoe."
        host_json("sync", "--port", other.port, "--person", "me")
        sentence, step = complaint(host("status", "--case", "4d5e6f", "--person", "me"), 2)
        assert (sentence, step) == ("Case 4d5e6f is Zoe's.", "Say --person Zoe.")

    def test_mistake_about_whose_a_case_is_is_put_right(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "case", "whose", "4d5e6f", "Ben")
        assert host_json("status")["cases"] == []
        said(host, "undo", "--yes", "--person", "Ben")
        assert len(host_json("status")["cases"]) == 1
        said(host, "case", "whose", "4d5e6f", "Ben")
        said(host, "case", "whose", "4d5e6f", "me")
        assert len(host_json("status")["cases"]) == 1

    def test_rules_go_to_whose_case_it_is_where_their_export_is_imported(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, home: Path
    ) -> None:
        said(host, "case", "whose", "4d5e6f", "Zoe")
        said(host, "policy", "set", "rest=40d")
        said(host, "case", "whose", "4d5e6f", "Ben")
        said(host, "export", "json", str(home / "ben.json"), "--person", "Ben")
        other = str(home / "other.db")
        said(host, "import", str(home / "ben.json"), "--db", other)
        (case,) = host_json("status", "--person", "Ben", "--db", other)["cases"]
        assert case["new_rules"]

    @pytest.mark.parametrize("words", [("whose",), ("whose", "4d5e6f"), ("lend", "4d5e6f")])
    def test_case_without_a_person_is_explained(
        self, host: Host, synced: ScriptedCase, words: tuple[str, ...]
    ) -> None:
        sentence, _ = complaint(host("case", *words), 2)
        assert sentence == f"Say it like this: case {words[0]} CASE PERSON."

    def test_json_has_every_case_with_its_person(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, other: ScriptedCase
    ) -> None:
        host_json("sync", "--port", other.port)
        whose = [(case["device"], case["person"]) for case in host_json("case")["cases"]]
        assert whose == [(OTHER, None), (DEVICE, "me")]

    @pytest.mark.parametrize("command", ["case", "head", "verify", "status", "log", "person"])
    def test_json_is_the_same_on_a_computer_that_met_the_cases_in_another_order(
        self,
        host: Host,
        host_json: HostJson,
        synced: ScriptedCase,
        other: ScriptedCase,
        home: Path,
        command: str,
    ) -> None:
        second = ("--db", str(home / "second.db"))
        for _ in range(2):  # the second time, no clock is behind any more
            for port in (other.port, synced.port):
                host_json("sync", "--port", port, "--person", "me", *second)
                host_json("sync", "--port", port, "--person", "me")
        file = str(home / "all.json")
        said(host, "export", "json", file, *second)
        assert host("import", file).returncode == 0
        said(host, "export", "json", file, "--force")
        assert host("import", file, *second).returncode == 0
        assert host_json(command) == host_json(command, *second)

    def test_case_alone_lists_every_case(self, host: Host, synced: ScriptedCase) -> None:
        assert said(host, "case") == ["4d5e6f  no name"]


class TestUsedNoMore:
    def test_replaced_case_is_named_and_can_come_back(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, other: ScriptedCase
    ) -> None:
        host("sync", "--port", other.port)
        lines = said(host, "case", "replace", "4d5e6f", "556677")
        assert lines[0].startswith("Case 556677 is used in place of 4d5e6f.")
        assert [case["device"] for case in host_json("status")["cases"]] == [OTHER]
        sentence, _ = complaint(host("status", "--case", "4d5e6f"), 2)
        assert sentence == "Case 4d5e6f is used no more."
        assert any("replaced by 556677" in line for line in said(host, "case"))
        assert "case 4d5e6f is replaced by 556677" in said(host, "undo", "--list")[-1]
        said(host, "undo", "--yes")
        assert len(host_json("status")["cases"]) == 2  # whose the new one is stays said
        assert not any(case["retired"] for case in host_json("case")["cases"])

    def test_last_case_that_is_retired_is_named_beside_the_rest_and_asks_for_no_button(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        use(synced, NOW_S - CASE_EPOCH - 3600)
        host_json("sync", "--port", synced.port)
        rests = host_json("status")["rests"]
        said(host, "case", "retire", "4d5e6f")
        lines = said(host, "status")
        assert lines[0] == "Retired      4d5e6f: used no more. To use it again: undo"
        assert lines[1].startswith("Face         rests until ")
        assert not any("button" in line for line in lines)
        document = host_json("status")
        assert (document["cases"], document["rests"]) == ([], rests)
        sentence, _ = complaint(host("case", "retire", "4d5e6f"), 2)
        assert sentence == "Case 4d5e6f is retired already."
        assert "Case 4d5e6f was retired." in host("sync", "--port", synced.port).stderr
        (case,) = host_json("case")["cases"]
        assert (case["retired"], case["replaced_by"]) == (True, None)

    @pytest.mark.parametrize("words", ["hold acne", "head new", "clinic 3d", "reaction open"])
    def test_entry_of_who_has_retired_every_case_does_not_promise_that_one_is_told(
        self, host: Host, synced: ScriptedCase, words: str
    ) -> None:
        said(host, "case", "retire", "4d5e6f")
        lines = said(host, *words.split())
        assert lines[1].startswith("Every case is retired")
        assert lines[1].endswith("To use one again: undo.")
        assert not any("The next sync tells the case." in line for line in said(host, "hold"))

    def test_own_case_is_said_to_be_about_you(self, host: Host, synced: ScriptedCase) -> None:
        (line,) = said(host, "case", "whose", "4d5e6f", "me")
        assert line == "Case 4d5e6f is about you. The next sync tells it what concerns your skin."

    @pytest.mark.parametrize(
        "words", [("replace", "4d5e6f"), ("retire",), ("retire", "4d5e6f", "556677")]
    )
    def test_wrong_number_of_cases_is_explained(
        self, host: Host, synced: ScriptedCase, words: tuple[str, ...]
    ) -> None:
        sentence, _ = complaint(host("case", *words), 2)
        assert sentence.startswith(f"Say it like this: case {words[0]}")

    def test_case_that_was_never_synced_cannot_replace_another_yet(
        self, host: Host, synced: ScriptedCase
    ) -> None:
        sentence, step = complaint(host("case", "replace", "4d5e6f", "new"), 2)
        assert sentence == "There is no case new."
        assert "sync first" in step

    def test_case_does_not_replace_itself(self, host: Host, synced: ScriptedCase) -> None:
        sentence, _ = complaint(host("case", "replace", "4d5e6f", "4d5e6f"), 2)
        assert sentence == "A case is not its own replacement."


class TestLend:
    def test_skin_of_who_lends_the_only_case_still_rests(
        self,
        host: Host,
        host_json: HostJson,
        synced: ScriptedCase,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        use(synced, NOW_S - CASE_EPOCH - 3600)
        host_json("sync", "--port", synced.port)
        (rest,) = host_json("status")["rests"]
        assert (rest["zone"], rest["rested"]) == ("face", False)
        host_json("case", "lend", "4d5e6f", "Ben", "--yes", "--port", synced.port)
        lines = said(host, "status")
        assert lines[0] == "Case 4d5e6f was lent."
        assert lines[1].startswith("Face         rests until ")
        assert host_json("status")["rests"] == [rest]
        later(monkeypatch, 29)
        assert said(host, "status")[1] == "Face         rested"
        (line,) = said(host, "remind", "--list")
        assert line.endswith("  rested: to come")
        (line,) = said(host, "remind", "--dry-run")
        assert line.endswith(": rested, by the rules you chose. (desktop)")

    @pytest.mark.parametrize(
        "words", ["case lend Blue Ann", "status --case Blue", "name --case Blue Red"]
    )
    def test_case_that_was_forgotten_is_no_case_by_its_old_name(
        self, host: Host, synced: ScriptedCase, words: str
    ) -> None:
        said(host, "name", "Blue")
        said(host, "forget", "me", "--yes")
        sentence, step = complaint(host(*words.split()), 2)
        assert sentence == "There is no case Blue."
        assert "sync first" not in step

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

    def test_status_of_who_borrows_tells_no_sync_of_who_lends(
        self,
        host: Host,
        host_json: HostJson,
        synced: ScriptedCase,
        home: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        second = ("--db", str(home / "second.db"))
        host_json("sync", "--port", synced.port, *second)
        later(monkeypatch, 2)
        said(host, "person", "add", "Ben")
        said(host, "case", "lend", "4d5e6f", "Ben", "--yes", "--port", synced.port)
        said(host, "export", "json", str(home / "lent.json"))
        assert host("import", str(home / "lent.json"), *second).returncode == 0
        for database in ((), second):
            lines = said(host, "status", "--person", "Ben", *database)
            (line,) = [line for line in lines if line.startswith("Synced")]
            assert line.startswith("Synced       today 20:00")
            assert "broke off" not in " ".join(lines)

    def test_case_is_not_lent_without_a_yes(self, host: Host, synced: ScriptedCase) -> None:
        log = synced.app.journal.log_id
        done = host("case", "lend", "4d5e6f", "Ben", "--port", synced.port)
        assert "left as it is" in done.stdout
        assert "--yes" in done.stderr
        assert done.returncode == 0
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

    def test_rest_reaction_and_hold_of_who_lends_it_stay_with_them(
        self,
        host: Host,
        host_json: HostJson,
        synced: ScriptedCase,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        use(synced, NOW_S - CASE_EPOCH + 600)
        later(monkeypatch, days=1)
        said(host, "reaction", "open", "red")
        said(host, "hold", "acne")
        said(host, "head", "new")
        host_json("sync", "--port", synced.port)
        records = host_json("log")["records"]
        assert host_json("status")["cases"][0]["last_use"]
        said(host, "case", "lend", "4d5e6f", "Ben", "--yes", "--port", synced.port)
        for _ in range(2):
            assert host_json("sync", "--port", synced.port)["told"] == 0
        (theirs,) = host_json("status", "--person", "Ben")["cases"]
        assert (theirs["hold"], theirs["last_use"]) == (None, None)
        assert [zone["rested"] for zone in theirs["zones"]] == [True]
        assert "The head is out: shared" in theirs["says"]
        assert host_json("status", "--person", "Ben")["reactions"] == []
        known = synced.app.journal.state
        assert (known.reactions, known.hold_reason, known.uses) == (0, events.NO_HOLD, 0)
        assert not any(at > known.time - 2 * DAY for at in known.at)
        assert host_json("log")["records"] == records
        assert len(host_json("status")["reactions"]) == 1

    def test_case_that_comes_back_knows_the_skin_again_and_its_old_head_stays_out(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "reaction", "open", "red")
        said(host, "head", "new")
        host_json("sync", "--port", synced.port)
        for name in ("Ben", "me"):
            said(host, "case", "lend", "4d5e6f", name, "--yes", "--port", synced.port)
        assert host_json("sync", "--port", synced.port)["told"] == 1
        assert synced.app.journal.state.reactions == 1
        assert synced.app.journal.state.head_out == 1 + events.HEAD_SHARED

    def test_rules_of_one_person_are_in_no_view_of_another(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "policy", "set", "zones=knee")
        host_json("sync", "--port", synced.port)
        said(host, "case", "lend", "4d5e6f", "Ben", "--yes", "--port", synced.port)
        said(host, "policy", "set", "zones=elbow")
        mine = host("export", "json", "--person", "me").stdout
        theirs = host("export", "json", "--person", "Ben").stdout
        assert "knee" in mine
        assert "elbow" not in mine
        assert "elbow" in theirs
        assert "knee" not in theirs
        complaint(host("clinic", "3d", "--zone", "elbow"), 2)

    def test_waiting_rules_of_who_lends_it_are_not_put_in_by_another_computer(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, home: Path
    ) -> None:
        second = str(home / "second.db")
        host_json("sync", "--port", synced.port, "--db", second)
        said(host, "policy", "set", "rest=50d", "--db", second)
        said(host, "case", "lend", "4d5e6f", "Ben", "--yes", "--port", synced.port)
        document = host_json("sync", "--port", synced.port, "--db", second)
        assert not document["rules"]["changed"]
        assert "Whose case is it?" in document["case"]["says"]

    @pytest.mark.parametrize("claimed", [True, False])
    def test_exports_of_both_owners_do_not_mix_them(
        self,
        host: Host,
        host_json: HostJson,
        synced: ScriptedCase,
        home: Path,
        claimed: bool,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        theirs = ("--db", str(home / "theirs.db"))
        said(host, "note", "word of the lender")
        said(host, "case", "lend", "4d5e6f", "Ben", "--yes", "--port", synced.port)
        later(monkeypatch, days=1)
        host_json("sync", "--port", synced.port, *theirs)
        if claimed:
            said(host, "case", "whose", "4d5e6f", "me", *theirs)
        said(host, "note", "word of the borrower", *theirs)
        said(host, "export", "json", str(home / "mine.json"))
        said(host, "export", "json", str(home / "theirs.json"), *theirs)
        host("import", str(home / "theirs.json"))
        host("import", str(home / "mine.json"), *theirs)
        assert "borrower" not in host("export", "json", "--person", "me").stdout
        assert "lender" not in host("export", "json", "--person", "me", *theirs).stdout
        assert host_json("status")["cases"] == []
        if claimed:  # both know the log, so that nobody has to be asked
            assert "borrower" in host("export", "json", "--person", "Ben").stdout
            assert len(host_json("status", *theirs)["cases"]) == 1

    @pytest.mark.parametrize(("typed", "lent"), [("y\n", True), ("\n", False)])
    def test_case_is_lent_on_a_terminal_after_a_yes(
        self, host_json: HostJson, synced: ScriptedCase, typed: str, lent: bool
    ) -> None:
        log = synced.app.journal.log_id
        words = ("case", "lend", "4d5e6f", "Ben", "--port", synced.port)
        told = " ".join(on_a_terminal(200, *words, typed=typed))
        assert "Case 4d5e6f goes to Ben: its log comes home" in told
        assert (synced.app.journal.log_id != log) is lent
        assert ([person["name"] for person in host_json("person")["persons"]] == ["me"]) is not lent

    def test_case_is_not_lent_to_whom_it_is_about(self, host: Host, synced: ScriptedCase) -> None:
        sentence, _ = complaint(host("case", "lend", "4d5e6f", "me", "--yes"), 2)
        assert sentence == "Case 4d5e6f is about me now."
        assert synced.app.journal.state.head_out == 0

    def test_json_says_that_a_case_was_not_lent(
        self, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        document = host_json("case", "lend", "4d5e6f", "Ben", "--port", synced.port)
        assert (document["lent"], document["case"]) == (False, DEVICE)
        assert [person["name"] for person in host_json("person")["persons"]] == ["me"]
