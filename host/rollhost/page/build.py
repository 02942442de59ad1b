"""Makes the page: one HTML file of its parts, the same bytes each time. ``make page`` runs it.

``python -m rollhost.page.build PACKAGES [FILE]``: PACKAGES is the folder in which npm has put what
``package-lock.json`` names. It is for a clone; an installed program has the file that was made.
"""

import ast
import base64
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tokenize
from collections.abc import Iterable
from html import escape
from pathlib import Path

from rollcore import VERSION
from rollhost.exchange.export_fields import EXPORT_VERSION, FORMAT
from rollhost.guidance import reasons, scalp
from rollhost.guidance.card import CARD
from rollhost.guidance.expectations import EXPECTATIONS
from rollhost.guidance.never import NEVER
from rollhost.guidance.numbers import SHORT_NEEDLE_UM
from rollhost.guidance.windows import ADVICE, IF_NOT_GONE, REDNESS
from rollhost.history.holds import Hold
from rollhost.output import lamp_text
from rollhost.output.holds import UNTIL_HEALED, hold_until
from rollhost.output.records import HOLD_REASONS
from rollhost.page.built import GENERATOR, PAGE

HERE = Path(__file__).resolve().parent
ROLLHOST = HERE.parent
FIRMWARE = ROLLHOST.parents[1] / "firmware"
VIRTUAL = ROLLHOST.parents[1] / "boards" / "virtual"

FROM_HOST = (
    "__init__.py",
    "case/__init__.py",
    "case/client.py",
    "database/__init__.py",
    "database/slot_reader.py",
    "history/__init__.py",
    "history/beginnings.py",
    "history/chain.py",
    "history/later_clock.py",
    "history/sessions.py",
    "history/summary.py",
    "history/sure_clocks.py",
    "history/timeline.py",
    "history/told_later.py",
    "history/wear.py",
    "history/zones.py",
    "output/__init__.py",
    "output/local_time.py",
    "output/lamp_text.py",
    "output/records.py",
    "output/standing.py",
    "output/units.py",
    "output/window_line.py",
    "page/__init__.py",
    "page/inside/__init__.py",
    "page/inside/acknowledge.py",
    "page/inside/earlier.py",
    "page/inside/effects.py",
    "page/inside/engine.py",
    "page/inside/files.py",
    "page/inside/line.py",
    "page/inside/log.py",
    "page/inside/logs.py",
    "page/inside/milestones.py",
    "page/inside/sentences.py",
    "page/inside/status.py",
    "page/inside/sync.py",
    "page/inside/told.py",
)
"""The files of the host that run in the page too, the same code; under MicroPython, so they import
nothing that it lacks."""

GUIDE = "<!-- the guide -->"
"""Where the guide stands in index.html."""
STYLES = ("style.css", "case.css")

MICROPYTHON = "@micropython/micropython-webassembly-pyscript"

LICENCE = """The page contains MicroPython, Copyright (c) 2013-2026 Damien P. George and others,
MIT licence: Permission is hereby granted, free of charge, to any person obtaining a copy of this
software and associated documentation files (the "Software"), to deal in the Software without
restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions: The above copyright notice and
this permission notice shall be included in all copies or substantial portions of the Software. THE
SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT
LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT.
IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."""


def python_files() -> dict[str, str]:
    """Return the Python that runs in the page, by its path in the interpreter's file system."""
    files = {
        f"/lib/{folder}/{file.name}": file
        for folder in ("rollcore", "rollcase")  # without rollcase/hal: there is no chip
        for file in (FIRMWARE / folder).glob("*.py")
    }
    files.update({f"/lib/{name}": VIRTUAL / name for name in ("chance.py", "flash.py", "tab.py")})
    files.update({f"/lib/rollhost/{name}": ROLLHOST / name for name in FROM_HOST})
    return {path: bare(files[path].read_text(encoding="utf-8")) for path in sorted(files)}


def bare(source: str) -> str:
    """Return Python without its comments and docstrings, which would be an eighth of the page.

    Each line keeps its number, so that an error names the same line as in the source.
    """
    lines = source.splitlines(keepends=True)
    parts: list[tuple[int, int, int, int, str]] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            parts.append((*token.start, *token.end, ""))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            first, last = node.lineno, node.end_lineno or node.lineno
            end = node.end_col_offset or 0
            end = len(lines[last - 1].encode()[:end].decode())  # ast counts bytes
            parts.append((first, node.col_offset, last, end, "0" + "\n" * (last - first)))
    for first, start, last, end, instead in sorted(parts, reverse=True):
        kept = lines[first - 1][:start] + instead + lines[last - 1][end:]
        lines[first - 1 : last] = kept.splitlines(keepends=True)
    return "".join(line.rstrip() + "\n" for line in lines)


def advice() -> dict[str, object]:
    """Return what `rollhost.page.inside` knows of aftercare (hours) and of reasons for a hold."""
    return {
        "short_um": SHORT_NEEDLE_UM,
        "scalp_zones": sorted(scalp.ZONES),
        "rows": [
            {
                "key": row.key,
                "name": row.name,
                "on_scalp": scalp.name(row.key, row.name, "scalp"),
                "short": row.short,
                "long": row.long,
                "to_the_day": row.to_the_day,
                "if_not": IF_NOT_GONE if row.key == REDNESS else "",
            }
            for row in ADVICE
        ],
        "holds": [
            {
                "reason": number,
                "open": hold_until(Hold(number, None), 0),
                "longer": UNTIL_HEALED if reasons.heals(number) else "",
            }
            for number in HOLD_REASONS
        ],
    }


def lamp_words() -> dict[str, list[dict[str, object]]]:
    """Return what the lamp shows and what the button does: a look for each stage of a phase."""
    return {
        phase: [
            {
                "hue": f"#{lamp_text.HUES[look.hue][0]:06x}",
                "words": look.words,
                "meaning": look.meaning,
                "gestures": lamp_text.gestures(phase),
            }
            for look in looks
        ]
        for phase, looks in lamp_text.LAMP.items()
    }


def guidance() -> str:
    """Return the guide as HTML: the card, the Never list, what to expect. It is the same always."""
    card = "".join(
        f'<section class="{part.key}"><h3>{escape(part.title)}</h3>{_listed(part.lines)}</section>'
        for part in CARD
    )
    never = [f"never {line}" for line in NEVER]
    return (
        f'<div class="card">{card}</div>'
        f"<details><summary>Never</summary>{_listed(never)}</details>"
        f"<details><summary>What to expect</summary><p>{escape(EXPECTATIONS)}</p></details>"
    )


def _listed(lines: Iterable[str]) -> str:
    """Return sentences that begin in lower case as a list in HTML."""
    items = "".join(f"<li>{escape(line[:1].upper() + line[1:])}.</li>" for line in lines)
    return f"<ul>{items}</ul>"


def texts() -> dict[str, object]:
    """Return what the window and its jobs are given besides code."""
    return {
        "advice": advice(),
        "lamp": lamp_words(),
        "clock_unset": lamp_text.CLOCK_UNSET,
        "format": {"name": FORMAT, "version": EXPORT_VERSION},
        "version": VERSION,
    }


def html(packages: Path) -> str:
    """Return the text of the page."""
    modules = packages / "node_modules"
    parts = {
        "wasm": _packed((modules / MICROPYTHON / "micropython.wasm").read_bytes()),
        "worker": _packed(_bundle(packages, "worker/start.js").encode()),
        "files": _packed(json.dumps(python_files()).encode()),
        "texts": _packed(json.dumps(texts(), sort_keys=True).encode()),
    }
    script = f"const PARTS={json.dumps(parts)};{_bundle(packages, 'window/page.js')}"
    style = "".join((HERE / name).read_text(encoding="utf-8") for name in STYLES)
    body = (HERE / "index.html").read_text(encoding="utf-8").replace(GUIDE, guidance())
    if "</script" in script.lower() or "<!--" in script:
        raise SystemExit("The script has a text that ends it in HTML.")
    return (
        "<!doctype html>\n"
        f"<!-- {LICENCE} -->\n"
        '<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(script, style)}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f'<meta name="generator" content="{GENERATOR} {VERSION}">\n'
        f"<title>Rollcase</title><style>{style}</style></head>\n"
        f"<body>{body}<script>{script}</script></body></html>\n"
    )


def _policy(script: str, style: str) -> str:
    """Return what the page may do: run this script and style, and nothing over a network.

    A worker and the interpreter come from the script itself, as addresses of a blob.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_digest(script)}' 'wasm-unsafe-eval'",
            f"style-src '{_digest(style)}'",
            "worker-src blob:",
            "connect-src blob:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types rollcase-worker",
        )
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _packed(data: bytes) -> str:
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()


def _bundle(packages: Path, entry: str) -> str:
    """Return a script and all that it imports as one. Raises SystemExit if it has a mistake."""
    done = subprocess.run(
        [
            str(packages / "node_modules" / ".bin" / "esbuild"), str(HERE / entry), "--bundle",
            "--minify", "--format=iife", "--target=es2022", "--charset=ascii",
            # There is no Node in a browser: what is for Node alone is left out.
            "--define:process=undefined", "--external:fs", "--external:path", "--external:url",
            "--external:module", "--legal-comments=none", "--log-level=error",
        ],
        capture_output=True, text=True, check=False,
        env={**os.environ, "NODE_PATH": str(packages / "node_modules")},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout.strip()


def main() -> None:
    """Make the page, and say how large it is."""
    packages, *rest = map(Path, sys.argv[1:])
    file = rest[0] if rest else PAGE
    data = html(packages).encode()
    file.write_bytes(data)
    print(f"{file}: {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()[:16]}")


if __name__ == "__main__":
    main()
