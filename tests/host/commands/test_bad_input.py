"""Words that make no sense, to any command that writes something down."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import Host
from tests.host.complaints import complaint, sentence_and_step
from tests.host.database_files import HOLD_LOCK, rows_of
from tests.host.run_host import run_main
from tests.host.writing_down import said, written

from rollhost.database import open as open_module
from rollhost.database.diary import MAX_TEXT

pytestmark = pytest.mark.usefixtures("now")

BAD = [
    (["note"], 2),
    (["note", ""], 2),
    (["note", "  ", "\n"], 2),
    (["note", "x" * (MAX_TEXT + 1)], 2),
    (["note", "x" * 100_000], 2),
    (["note", "x", "--at", "tomorrow"], 2),
    (["note", "x", "--at", "2026-11-20 20:01"], 2),
    (["note", "x", "--at", "2026-02-30"], 2),
    (["note", "x", "--at", ""], 2),
    (["note", "x", "--zone", "knee"], 2),
    (["clinic", "--needle", "1.5"], 2),
    (["clinic", "--zone", "knee"], 2),
    (["clinic", ""], 2),
    (["clinic", "soon"], 2),
    (["clinic", "tomorrow"], 2),
    (["clinic", "2019-12-31"], 2),
    (["clinic", "99999w"], 2),
    (["clinic", "3d", "--zone", "knee"], 2),
    (["clinic", "3d", "--needle", "six"], 2),
    (["clinic", "3d", "--needle", "nan"], 2),
    (["clinic", "3d", "--needle", "5.1"], 2),
    (["clinic", "3d", "--needle", "0"], 2),
    (["clinic", "3d", "x" * (MAX_TEXT + 1)], 2),
    (["reaction", "shut"], 2),
    (["reaction", "look"], 2),
    (["reaction", "over"], 2),
    (["reaction", "--sign", "pus"], 2),
    (["reaction", "open", "--sign", "itch"], 2),
    (["reaction", "open", "--at", "tomorrow"], 2),
    (["reaction", "open", "--zone", "knee"], 2),
    (["reaction", "open", "x" * (MAX_TEXT + 1)], 2),
    (["hold", "boredom"], 2),
    (["hold", "--until", "3d"], 2),
    (["hold", "acne", "--until", "yesterday"], 2),
    (["hold", "acne", "--until", "0h"], 2),
    (["hold", "acne", "--until", "99999w"], 2),
    (["hold", "acne", "--until", "9999-12-31"], 2),
    (["hold", "acne", "--until", "never"], 2),
    (["hold", "release", "--until", "3d"], 2),
    (["hold", "acne", "no", "more"], 2),
    (["hold", "acne", "sunburn"], 2),
    (["hold", "x" * 100_000], 2),
    (["hold", "--json", "--until", "3d"], 2),
    (["clinic", "2026-11-19", "25:00"], 2),
    (["undo"], 2),
    (["undo", "twice"], 2),
    (["reaction", "open", "--at", "2026-13-01"], 2),
    (["reaction", "open", "--zone", ""], 2),
    (["note", "x", "--zone", "\x1b[2J"], 2),
    (["head", "new", "--case", "\x1b[2J"], 2),
    (["head", "new", "--case", ""], 2),
    (["head", "old"], 2),
    (["head", "new", "--case", "kitchen"], 2),
    (["head", "new", "x" * (MAX_TEXT + 1)], 2),
    (["name", ""], 2),
    (["name", " \t "], 2),
    (["name", "x" * 41], 2),
    (["name", "mine", "--case", "kitchen"], 2),
    (["policy", "burn"], 2),
    (["policy", "set"], 2),
    (["policy", "replay"], 2),
    (["policy", "show", "rest_h=700"], 2),
    (["policy", "diff", "rest_h=700"], 2),
    (["policy", "set", "rest_h"], 2),
    (["policy", "set", "rest_h="], 2),
    (["policy", "set", "rest_h=-1"], 2),
    (["policy", "set", "rest_h=24"], 2),
    (["policy", "set", "rest=soon"], 2),
    (["policy", "set", "rest=99999w"], 2),
    (["policy", "replay", "zones=neck"], 2),
    (["policy", "set", "rest_h=99999999999"], 2),
    (["policy", "set", "revision=7"], 2),
    (["policy", "set", "zones="], 2),
    (["policy", "set", "zones=face,face"], 2),
    (["policy", "set", "zones=a,b,c,d,e"], 2),
    (["policy", "set", "zones=f4ce"], 2),
    (["policy", "set", "zones=Face,face"], 2),
    (["policy", "set", "needle=1.5"], 2),
    (["policy", "set", "clinic_rest=3d"], 2),
    (["policy", "set", "soak_before=2h"], 2),
    (["policy", "set", "rst=30d"], 2),
    (["policy", "set", "needle=nan"], 2),
    (["policy", "set", "rest_h=700", "needle=two"], 2),
    (["policy", "set", "rest_h=700", "--case", "kitchen"], 2),
    (["log", "--zone", "knee"], 2),
    (["log", "--kind", "dream"], 2),
    (["log", "--since", "once"], 2),
    (["log", "--case", "kitchen"], 2),
    (["log", "--last", "0"], 2),
]
"""Words that make no sense, and the exit code."""


def named(words: list[str]) -> str:
    """Return a short name for these words."""
    return " ".join(word if len(word) < 30 else str(len(word)) for word in words)


WRITERS = [
    ["note", "x"],
    ["clinic", "3d"],
    ["reaction", "open"],
    ["hold", "acne"],
    ["head", "new"],
    ["name", "mine"],
    ["policy", "set", "rest_h=700"],
]

NEEDS_A_CASE = [["head", "new"], ["name", "mine"], ["policy"], ["policy", "set", "rest_h=700"]]


class TestBadInput:
    @pytest.fixture
    def known(self, home: Path) -> Path:
        """A database that knows a case."""
        path = home / "rollcase.db"
        with open_module.open_archive(path, create=True) as archive, archive.transaction():
            archive.keep_case("5c1f0a2b3c4d5e6f", "pico", "0.1.0")
        return path

    @pytest.mark.parametrize(("argv", "code"), BAD, ids=[named(argv) for argv, _ in BAD])
    def test_bad_input_is_refused_in_a_sentence_and_writes_nothing(
        self, known: Path, capsys: pytest.CaptureFixture[str], argv: list[str], code: int
    ) -> None:
        before = rows_of(known)
        found, out, err = run_main(capsys, argv)
        sentence, _ = complaint(subprocess.CompletedProcess(argv, found, out, err), code)
        assert len(sentence) < 400
        assert err.replace("\n", "").isprintable()
        assert rows_of(known) == before

    @pytest.mark.parametrize(
        "argv", [argv for argv, _ in BAD], ids=[named(argv) for argv, _ in BAD]
    )
    def test_bad_input_creates_no_database(
        self, home: Path, capsys: pytest.CaptureFixture[str], argv: list[str]
    ) -> None:
        code, out, err = run_main(capsys, argv)
        assert code in (1, 2)
        complaint(subprocess.CompletedProcess(argv, code, out, err), code)
        assert not list(home.glob("rollcase.db*"))

    @pytest.mark.parametrize("argv", NEEDS_A_CASE, ids=" ".join)
    def test_command_that_needs_a_case_creates_no_database(
        self, host: Host, home: Path, argv: list[str]
    ) -> None:
        sentence, step = complaint(host(*argv))
        assert sentence == f"There is no database at {home / 'rollcase.db'} yet."
        assert step
        assert not (home / "rollcase.db").exists()

    @pytest.mark.parametrize("argv", NEEDS_A_CASE, ids=" ".join)
    def test_database_without_a_case_asks_for_a_sync(
        self, host: Host, home: Path, argv: list[str]
    ) -> None:
        said(host, "note", "x")
        before = written(home)
        sentence, step = complaint(host(*argv))
        assert (sentence, step) == ("No case was synced yet.", "Run sync first.")
        assert written(home) == before

    @pytest.mark.parametrize("argv", WRITERS, ids=" ".join)
    def test_locked_database_is_reported_as_in_use(
        self,
        home: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        argv: list[str],
    ) -> None:
        path = home / "rollcase.db"
        with open_module.open_archive(path, create=True) as archive, archive.transaction():
            archive.keep_case("5c1f0a2b3c4d5e6f", "pico", "0.1.0")
        before = rows_of(path)
        monkeypatch.setattr(open_module, "BUSY_MS", 20)
        with subprocess.Popen(
            [sys.executable, "-c", HOLD_LOCK, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"locked\n"
            code, out, err = run_main(capsys, argv)
            holder.communicate()
        assert (code, out) == (1, "")
        assert sentence_and_step(err) == (
            f"{path} is in use by another program.", "Wait for it to finish, then try again.",
        )  # fmt: skip
        assert rows_of(path) == before
