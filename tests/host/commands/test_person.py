"""``host person``: who uses the cases that are synced here, and what each of them is shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.bringing_home import use
from tests.host.complaints import complaint
from tests.host.photo_files import photo
from tests.host.scripted_case import DEVICE, ScriptedCase
from tests.host.writing_down import NOW_S, said

from rollcore.events import CASE_EPOCH
from rollhost.guidance.heads import TWO_PEOPLE

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]

OTHER = "0011223344556677"


def names(host_json: HostJson) -> list[str]:
    """Return what each person here is called."""
    return [person["name"] for person in host_json("person")["persons"]]


class TestNames:
    def test_who_lives_alone_is_the_only_person(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        assert said(host, "person") == ["me  4d5e6f"]
        assert host_json("person")["persons"] == [{"name": "me", "cases": [DEVICE]}]
        assert host_json("person")["unclaimed"] == []

    def test_person_is_added_once_however_their_name_is_written(
        self, host: Host, host_json: HostJson
    ) -> None:
        assert said(host, "person", "add", "Ben") == ["Ben is known here now.", TWO_PEOPLE]
        for name in ("Ben", "BEN", " ben "):
            assert host_json("person", "add", name)["person"] == "Ben"
        said(host, "person", "add", "Me")
        assert names(host_json) == ["me", "Ben"]

    def test_new_name_is_used_from_then_on_and_me_is_always_me(
        self, host: Host, host_json: HostJson
    ) -> None:
        said(host, "note", "mine")
        assert said(host, "person", "rename", "me", "Ann") == ["me is called Ann now."]
        for name in ("Ann", "ann", "me", "ME"):
            assert [entry["text"] for entry in notes(host_json, name)] == ["mine"]
        assert names(host_json) == ["Ann"]

    @pytest.mark.parametrize("name", ["Ann", "ANN", "me", "Me"])
    def test_nobody_is_called_like_somebody_else_or_me(
        self, host: Host, host_json: HostJson, name: str
    ) -> None:
        said(host, "person", "add", "Ben")
        said(host, "person", "rename", "me", "Ann")
        sentence, step = complaint(host("person", "rename", "Ben", name), 2)
        assert sentence == f"Somebody else is called {name} already."
        assert step == "Choose another name."
        assert names(host_json) == ["Ann", "Ben"]

    def test_name_can_be_taken_back(self, host: Host, host_json: HostJson) -> None:
        said(host, "note", "there is a database")
        said(host, "person", "rename", "me", "Ann")
        said(host, "person", "rename", "me", "Anna")
        said(host, "undo", "--yes")
        assert names(host_json) == ["Ann"]
        said(host, "undo", "--yes")
        assert names(host_json) == ["me"]

    def test_two_people_of_one_name_are_told_apart_alike_on_every_computer(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        other = ("--db", str(home / "other.db"))
        said(host, "person", "add", "Ann")
        said(host, "person", "rename", "Ann", "Lea")
        said(host, "person", "add", "Lea", *other)
        for source, sink in (((), other), (other, ())):
            file = home / "given.json"
            file.write_text(host("export", "json", *source).stdout)
            assert host("import", str(file), "--person", "me", *sink).returncode == 0
        assert names(host_json) == ["me", "Lea", "Lea 2"]
        assert host_json("person") == host_json("person", *other)
        said(host, "note", "of the second", "--person", "lea 2")
        assert "of the second" not in host("export", "json", "--person", "lea").stdout

    @pytest.mark.parametrize(
        "words",
        [
            ("add",), ("add", "Ann", "Lee"), ("rename", "me"), ("rename", "a", "b", "c"),
        ],
    )  # fmt: skip
    def test_wrong_number_of_names_is_explained(
        self, host: Host, home: Path, words: tuple[str, ...]
    ) -> None:
        sentence, _ = complaint(host("person", *words), 2)
        assert sentence == "Say person, person add NAME or person rename OLD NEW."
        assert not (home / "rollcase.db").exists()

    @pytest.mark.parametrize("name", ["", " ", "x" * 41])
    def test_text_that_is_no_name_is_refused(self, host: Host, home: Path, name: str) -> None:
        said(host, "note", "there is a database")
        sentence, _ = complaint(host("person", "add", name), 2)
        assert sentence == "A name has 1 to 40 characters."
        sentence, _ = complaint(host("person", "rename", "me", name), 2)
        assert sentence == "A name has 1 to 40 characters."

    def test_unknown_person_is_named_with_those_that_are_known(self, host: Host) -> None:
        said(host, "person", "add", "Ben")
        sentence, step = complaint(host("status", "--person", "Zoe"), 2)
        assert sentence == "Nobody here is called 'Zoe'."
        assert "me and Ben" in step


def notes(host_json: HostJson, person: str) -> list[dict[str, str]]:
    """Return the entries that `undo --list` shows to a person, but for their name."""
    entries = host_json("undo", "--list", "--person", person)["entries"]
    return [entry for entry in entries if entry["kind"] == "note"]


@pytest.fixture
def household(host: Host, host_json: HostJson, synced: ScriptedCase, home: Path) -> Iterator[None]:
    """Ben's case beside mine; each of us has used it, and has written down what there is."""
    said(host, "person", "add", "Ben")
    with ScriptedCase(home / "other", device=OTHER, log_id=b"another.") as other:
        host_json("sync", "--port", other.port, "--person", "Ben")
        for person, case in (("me", synced), ("Ben", other)):
            mine = ("--person", person)
            use(case, NOW_S - CASE_EPOCH + 600)
            said(host, "note", f"note-of-{person}", *mine)
            said(host, "clinic", "3d", f"clinic-of-{person}", *mine)
            said(host, "reaction", "open", f"reaction-of-{person}", *mine)
            picture = photo(home / f"photo-of-{person}.jpg")
            assert host("photo", str(picture), *mine).returncode == 0
            host_json("sync", "--port", case.port)
        yield


def test_sync_says_whose_skin_it_is_about_where_there_are_others(
    host: Host, host_json: HostJson, synced: ScriptedCase, home: Path
) -> None:
    assert "me:" not in host("sync", "--port", synced.port).stdout.splitlines()
    said(host, "person", "add", "Ben")
    assert "me:" not in host("sync", "--port", synced.port).stdout.splitlines()
    with ScriptedCase(home / "other", device=OTHER, log_id=b"another.") as other:
        lines = host("sync", "--port", other.port, "--person", "Ben").stdout.splitlines()
        assert lines[lines.index("") + 1] == "Ben:"
    said(host, "person", "rename", "me", "Ann")
    assert "Ann:" in host("sync", "--port", synced.port).stdout.splitlines()


COMMANDS = (
    ("status",),
    ("status", "--json"),
    ("log",),
    ("log", "--json"),
    ("clinic",),
    ("reaction",),
    ("photo",),
    ("plan",),
    ("undo", "--list"),
    ("export", "json"),
    ("export", "csv"),
    ("export", "diary"),
    ("export", "ics"),
    ("report",),
)


@pytest.mark.usefixtures("household")
@pytest.mark.parametrize("words", COMMANDS, ids=[" ".join(words) for words in COMMANDS])
def test_command_shows_a_person_nothing_of_another(
    host: Host, home: Path, words: tuple[str, ...]
) -> None:
    shown = {}
    for person in ("me", "Ben"):
        page = home / f"{person}.html"
        more = (str(page),) if words[0] == "report" else ()
        result = host(*words, *more, "--person", person)
        assert result.returncode == 0, result.stderr
        shown[person] = result.stdout + (page.read_text() if page.exists() else "")
    if words[0] not in ("report", "export"):
        assert host(*words).stdout == shown["me"]
    if words[0] not in ("status", "plan") and words[-1] not in ("csv", "ics"):
        assert "-of-me" in shown["me"]
        assert "-of-Ben" in shown["Ben"]
    assert "-of-Ben" not in shown["me"]
    assert "-of-me" not in shown["Ben"]
    for digits in (OTHER, OTHER[-6:]):
        assert digits not in shown["me"]
    for digits in (DEVICE, DEVICE[-6:]):
        assert digits not in shown["Ben"]


@pytest.mark.usefixtures("household")
def test_every_word_of_each_person_is_in_their_own_export(host: Host) -> None:
    for person in ("me", "Ben"):
        document = host("export", "json", "--person", person).stdout
        for what in ("note", "clinic", "reaction", "photo"):
            assert f"{what}-of-{person}" in document
    assert "note-of-me" in host("export", "json").stdout
