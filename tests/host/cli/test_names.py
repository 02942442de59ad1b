"""Names as people type them, in every command that takes one from a list."""

import json
from pathlib import Path

import pytest
from tests.conftest import Host
from tests.host.complaints import complaint
from tests.host.lived_in import make_lived_in
from tests.host.writing_down import know_two_zones, said

from rollhost.cli.main import COMMANDS, parsers
from rollhost.cli.names import find_name, near_name, quoted
from rollhost.guidance.signs import SIGNS

NAMES = ["face", "cold-sore", "use_started", "Bath"]


class TestFinding:
    @pytest.mark.parametrize(
        ("typed", "name"),
        [
            ("face", "face"),
            ("Face", "face"),
            (" FACE\t", "face"),
            ("cold sore", "cold-sore"),
            ("Cold_Sore", "cold-sore"),
            ("use  started", "use_started"),
            ("bath", "Bath"),
            ("fac", None),
            ("faces", None),
            ("", None),
        ],
    )
    def test_name_is_found_whatever_its_spelling(self, typed: str, name: str | None) -> None:
        assert find_name(typed, NAMES) == name

    def test_exact_name_comes_before_its_other_spellings(self) -> None:
        assert find_name("Bath", ["bath", "Bath"]) == "Bath"
        assert find_name("BATH", ["bath", "Bath"]) is None

    @pytest.mark.parametrize(
        ("typed", "near"),
        [("fac", "face"), ("F", "face"), ("faec", "face"), ("cold", "cold-sore"), ("knee", None),
         ("", None)],
    )  # fmt: skip
    def test_nearest_name_begins_like_it_or_is_similar(self, typed: str, near: str | None) -> None:
        assert near_name(typed, NAMES) == near

    def test_beginning_of_two_names_is_near_neither_by_that_alone(self) -> None:
        assert near_name("h", ["head_new", "head_out"]) is None

    def test_typed_text_is_quoted_in_short_and_without_control_characters(self) -> None:
        assert quoted("\x1b[2J") == repr("\x1b[2J")
        assert len(quoted("x" * 1000)) < 50


@pytest.fixture
def two_zones(home: Path, now: None) -> None:
    """A case whose rules name face and neck."""
    know_two_zones(home)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be one moment for every command."""
    monkeypatch.setenv("ROLLCASE_NOW", "2026-11-20T20:00:00Z")


ANY_CASE = [
    "note x --zone Face",
    "clinic 3d --zone FACE",
    "clinic --zone Face",
    "reaction Open --zone Face",
    "plan START --zone Face",
    "plan --zone Face",
    "log --zone Face --kind Use-Started",
    "log --case 4D5E6F",
    "head NEW",
    "policy SHOW",
    "policy set Rest=40d",
    "policy set REST_H=960",
    "policy set Zones=Face,Neck",
    "reaction open --zone face --sign Pus",
    "reaction open --zone face --sign red-streaks",
    "hold Cold-Sore",
    "export CSV",
    "STATUS",
]


class TestInCommands:
    @pytest.mark.in_process
    @pytest.mark.parametrize("line", ANY_CASE)
    def test_names_are_understood_in_any_case(self, host: Host, two_zones: None, line: str) -> None:
        result = host(*line.split())
        assert (result.returncode, result.stderr) == (0, "")

    @pytest.mark.in_process
    def test_zone_and_sign_are_kept_by_their_own_spelling(
        self, host: Host, two_zones: None
    ) -> None:
        words = ["reaction", "open", "--zone", "Face ", "--sign", "Rising Pain", "--json"]
        entry = json.loads(host(*words).stdout)["entry"]
        assert (entry["zone"], entry["signs"]) == ("face", ["pain"])
        assert all(SIGNS[sign] for sign in entry["signs"])

    @pytest.mark.in_process
    @pytest.mark.parametrize(
        ("line", "near"),
        [
            ("note x --zone fac", "face"),
            ("clinic 3d --zone nekc", "neck"),
            ("clinic --zone nekc", "neck"),
            ("reaction open --zone Nec", "neck"),
            ("reaction over --zone Nec", "neck"),
            ("plan start --zone fcae", "face"),
            ("plan end --zone fcae", "face"),
            ("plan --zone fcae", "face"),
            ("log --zone fcae", "face"),
            ("log --kind use_start", "use_started"),
            ("status --case 4d5e6g", "4d5e6f"),
            ("policy set rst=40d", "rest"),
            ("policy shwo", "show"),
            ("reaction opne", "open"),
            ("reaction open --sign fevre", "fever"),
            ("head nwe", "new"),
            ("hold suburn", "sunburn"),
            ("export jsno", "json"),
            ("completion bsh", "bash"),
            ("plan strat", "start"),
            ("stauts", "status"),
            ("note x --zonne face", "--zone"),
        ],
    )
    def test_mistyped_name_is_answered_with_the_nearest_one(
        self, host: Host, two_zones: None, line: str, near: str
    ) -> None:
        _, step = complaint(host(*line.split()), 2)
        assert step.startswith(f"Did you mean {near}?")

    @pytest.mark.in_process
    def test_unknown_name_is_answered_with_those_there_are(self, host: Host) -> None:
        sentence, step = complaint(host("export", "pdf"), 2)
        assert sentence == "There is no format 'pdf'."
        assert step == "There are csv, diary, json, ics and sqlite."

    def test_every_choice_of_every_command_is_found_in_capitals(self) -> None:
        for command in COMMANDS:
            for argument in parsers(command)[1].arguments:
                for choice in argument.choices or ():
                    find = argument.type
                    assert callable(find), (command, argument.dest)
                    assert find(str(choice).upper()) == choice

    @pytest.mark.in_process
    def test_case_is_found_by_its_name_in_any_case(self, host: Host, home: Path) -> None:
        make_lived_in(home / "rollcase.db")
        said(host, "name", "Bath Room", "--case", "4d5e6f")
        for name in ("bath room", "BATH-ROOM", "Bath Room"):
            assert said(host, "head", "--case", name)
        _, step = complaint(host("head", "--case", "bathrom"), 2)
        assert step.startswith("Did you mean Bath Room? There are: ")

    @pytest.mark.in_process
    def test_of_two_cases_with_one_name_in_other_letters_the_typed_one_is_meant(
        self, host: Host, home: Path
    ) -> None:
        from rollhost.cli.choose import choose_case
        from rollhost.database.open import open_archive

        with open_archive(home / "rollcase.db", create=True) as archive:
            with archive.transaction():
                for device, name in (("0011223344556677", "bath"), ("8899aabbccddeeff", "Bath")):
                    archive.name_case(archive.keep_case(device, "pico", "0.1.0"), name)
            assert choose_case(archive.cases(), "Bath").device == "8899aabbccddeeff"
