"""Consoles that lack signs of our sentences: on Windows, under the C locale, into a file."""

import ast
import io
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from tests.conftest import ROOT

from rollhost.cli.main import main
from rollhost.cli.terminal import PLAIN, PLAIN_SIGNS

ENCODINGS = ("cp1252", "cp850", "cp437", "ascii")
"""What Windows takes for a file and for its consoles, and Linux under the C locale."""

OTHER_WAYS = (
    "page",
    "report",
    "red_flag_words.py",
    "export_csv_json.py",
    "lamp_text.py",
    "screen.py",
)
"""What writes files in UTF-8, reads what people type, or asks for blocks before it draws them."""

COMMANDS = (
    "--help", "status", "log", "log --kind note", "plan", "policy", "policy --sources", "head",
    "hold", "check", "product", "alcohol", "photo", "undo --list", "reaction", "case", "person",
    "verify", "ports", "policy replay rest=40d", "sync --port COM3", "nothing",
)  # fmt: skip


class Console(io.TextIOWrapper):
    """A console with an encoding, which keeps what is written to it."""

    def __init__(self, encoding: str) -> None:
        self.written = io.BytesIO()
        super().__init__(self.written, encoding=encoding, newline="\n")

    def text(self) -> str:
        """Return what was written."""
        self.flush()
        return self.written.getvalue().decode(self.encoding)


def printed(command: str, encoding: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what `host` prints on a console with this encoding, on both streams."""
    out, err = Console(encoding), Console(encoding)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        with suppress(SystemExit):
            main(command.split())
    return out.text() + err.text()


@pytest.mark.parametrize("command", COMMANDS)
def test_command_is_whole_on_consoles_without_our_signs(
    lived_in: Path, in_utc: None, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("ROLLCASE_NOW", "2026-11-21T10:00:00Z")
    whole = printed(command, "utf-8", monkeypatch)
    assert whole
    for encoding in ENCODINGS:
        lacking = {sign for sign in whole if not sign.encode(encoding, "ignore")}
        plain = {ord(sign): PLAIN.get(sign, "?") for sign in lacking}
        assert printed(command, encoding, monkeypatch) == whole.translate(plain)


def signs_of(file: Path) -> set[str]:
    """Return the signs beyond ASCII in the texts of a file, without its docstrings."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]
    return {sign for sign in "".join(texts) if not sign.isascii()}


def test_every_sign_of_our_sentences_has_a_plain_one() -> None:
    host = ROOT / "host" / "rollhost"
    files = [
        file
        for file in host.rglob("*.py")
        if not set(OTHER_WAYS).intersection(file.relative_to(host).parts)
    ]
    unknown = {
        f"{file.name}: {sign}"
        for file in files
        for sign in signs_of(file) - PLAIN.keys()
        if file.name != "terminal.py"
    }
    assert unknown == set()


def test_plain_signs_are_on_every_console() -> None:
    assert "".join(PLAIN.values()).isascii()
    assert all(not sign.isascii() for sign in PLAIN)


def test_letters_of_a_person_become_question_marks_where_a_console_lacks_them() -> None:
    assert "Zoë – 肌".encode("ascii", PLAIN_SIGNS) == b"Zo? - ?"


def test_what_cannot_be_read_is_no_matter_of_signs() -> None:
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("ascii", PLAIN_SIGNS)
