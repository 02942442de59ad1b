"""Files for `host import` that somebody has changed: of all that is in an export, any value."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from tests.conftest import MEMORY, holds_our_files
from tests.host.lived_in import make_lived_in
from tests.trust.lying_case import EXIT_CODES, QUARANTINED, Failed, rows_of, run_host

WRONG: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 255, 256, 65536, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32,
    1 << 63, 1 << 64, 10**300, -(10**300), 0.5, 1e300, "", "x", "\x1b[31m", "\u202e", "\ud800",
    "a" * 5000, "zz", "00" * 16, "FF" * 16, "0", "-1", "1e9", [], [[]], {}, {"a": 1}, [None] * 3,
    "face", "me", "note", "2026-11-21", "';DROP TABLE records", "=1+1", "<script>", "\x00", "\n",
)  # fmt: skip
"""What stands in place of a value: of another type, too large, too long, no printable text."""

TEXTS = (
    "", "{", "[]", "null", '{"format"', "\ufeff", "{}" * 1000, "{" * 20000, "[" * 200000,
    '{"a":' * 50000, '{"format": NaN}', '{"format": 1e999}', "\x00",
)  # fmt: skip
"""What is no export at all."""

PAGES = (("status",), ("log",), ("person",), ("verify",), ("undo", "--list"))


class Importer:
    """A database with something in it, and the export of another one."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._path = directory / "rollcase.db"
        self._file = directory / "export.json"
        theirs = directory / "theirs.db"
        make_lived_in(theirs)
        run_host(theirs, "person", "add", "Ben")
        run_host(theirs, "reaction", "open", "red", "--zone", "face")
        run_host(theirs, "hold", "sunburn")
        run_host(theirs, "alcohol", "new", "70 %")
        run_host(theirs, "product", "retinol", "--zone", "face")
        run_host(theirs, "export", "json", str(self._file))
        self._document = json.loads(self._file.read_text("utf-8"))
        run_host(self._path, "note", "mine")
        self._base = self._path.read_bytes()

    def try_one(self, chance: Random) -> None:
        """Import a changed file; raise `Failed` unless all of it is taken, or nothing."""
        for path in self._directory.glob("rollcase.db*"):
            path.unlink()
        self._path.write_bytes(self._base)
        self._path.chmod(0o600)
        self._file.write_text(self._changed(chance), "utf-8", "surrogatepass")
        before = rows_of(self._path)
        person = chance.choice(((), ("--person", "me"), ("--person", "Ben")))
        code, said = run_host(self._path, "import", str(self._file), *person)
        if code not in EXIT_CODES:
            raise Failed("failed", f"exit code {code}")
        after = rows_of(self._path)
        if code not in (0, QUARANTINED):
            # A person who is named is known from then on, whatever the file is.
            for name in ("records", "quarantine", "forgotten", "forgotten_logs"):
                if before[name] != after[name]:
                    raise Failed("bent", f"{name} changed although the import failed: {said}")
        for words in (*PAGES, ("report", str(self._directory / "report.html"))):
            run_host(self._path, *words)

    def _changed(self, chance: Random) -> str:
        if chance.random() < 0.05:
            return chance.choice(TEXTS)
        document = deepcopy(self._document)
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            self._change(document, chance)
        text = json.dumps(document)
        kind = chance.randrange(20)
        if kind == 0:
            return text[: chance.randrange(len(text))]
        if kind == 1:
            at = chance.randrange(len(text))
            return text[:at] + chance.choice('{}[],:"\\0-.e\x00') + text[at + 1 :]
        if kind == 2:  # the same name twice
            return text.replace('"seq"', '"kind": 7, "seq": 4294967295, "seq"', 1)
        return text

    def _change(self, document: Any, chance: Random) -> None:
        """Change one place, a deep one as likely as any other."""
        place, key = chance.choice(list(places(document)))
        value = place[key]
        kind = chance.randrange(8)
        if kind == 0 and isinstance(place, dict):
            del place[key]
        elif kind == 1 and isinstance(place, list):
            place.append(deepcopy(value))
        elif kind == 2:
            other, name = chance.choice(list(places(document)))
            place[key] = deepcopy(other[name])
        elif kind == 3 and isinstance(value, int):
            place[key] = value + chance.choice((-1, 1, 1 << 32))
        elif kind == 4 and isinstance(value, str) and value:
            at = chance.randrange(len(value))
            place[key] = value[:at] + chance.choice("0fa \u202e\x1b") + value[at + 1 :]
        elif kind == 5:
            nested: Any = value
            for _ in range(chance.choice((1, 5, 200))):
                nested = [nested] if chance.random() < 0.5 else {"data": nested}
            place[key] = nested
        else:
            place[key] = deepcopy(chance.choice(WRONG))


def places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place of a value in a document: what it is in, and its key or index there."""
    keys = document if isinstance(document, dict) else range(len(document))
    for key in list(keys):
        yield document, key
        if isinstance(document[key], dict | list):
            yield from places(document[key])


@contextmanager
def importer() -> Iterator[Importer]:
    """Lend an importer in a folder of its own."""
    place = str(MEMORY) if holds_our_files(MEMORY) else None
    with TemporaryDirectory(dir=place) as directory:
        yield Importer(Path(directory))
