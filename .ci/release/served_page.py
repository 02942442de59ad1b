"""The page as a folder for a web server: opened once, it works offline, on a phone as an app.

It is the page that is one file, with a few files beside it. Its policy allows these, by a hash or
as files of the same address, and nothing else more.
"""

import base64
import hashlib
import re
from html import escape, unescape
from pathlib import Path

SERVED = Path(__file__).resolve().parent / "served"

INDEX = "index.html"
WORKER = "service-worker.js"
ICONS = ("icon.svg", "icon-192.png", "icon-512.png")
BESIDE = ("rollcase.webmanifest", *ICONS)
"""The files that the page asks for; the worker keeps them, too."""

HEAD = (
    '<link rel="manifest" href="rollcase.webmanifest">'
    '<link rel="icon" href="icon.svg" type="image/svg+xml">'
    '<link rel="apple-touch-icon" href="icon-192.png">'
    '<meta name="theme-color" content="#00598c">\n'
)

POLICY = re.compile(r'(?<=<meta http-equiv="Content-Security-Policy" content=")[^"]*')


def served_page(page: str) -> dict[str, bytes]:
    """Return the files of the folder by name, made of the text of the page that is one file.

    Raises `ValueError` if that has no policy, or no head and body to add to.
    """
    script = (SERVED / "offline.js").read_text(encoding="utf-8")
    index = _once(page, "<title>", f"{HEAD}<title>")
    index = _once(index, "</body></html>", f"<script>{script}</script></body></html>")
    policy = POLICY.search(index)
    if policy is None:
        raise ValueError("The page has no policy.")
    allowed = escape(_with(unescape(policy[0]), script), quote=False)
    index = index[: policy.start()] + allowed + index[policy.end() :]
    files = {name: (SERVED / name).read_bytes() for name in BESIDE}
    files[INDEX] = index.encode()
    files[WORKER] = _worker(files).encode()
    return files


def _with(policy: str, script: str) -> str:
    """Return the page's policy with what the folder needs: its script, worker, manifest, icons."""
    more = {
        "script-src": f"'sha256-{_base64(script.encode())}'",
        "worker-src": "'self'",
        "trusted-types": "rollcase-offline",
        "manifest-src": "'self'",
        "img-src": "'self'",
    }
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    missing = {"script-src", "worker-src", "trusted-types"} - directives.keys()
    if missing:
        raise ValueError(f"The page's policy says nothing of {', '.join(sorted(missing))}.")
    for name, value in more.items():
        directives[name] = f"{directives[name]} {value}" if name in directives else value
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def _worker(files: dict[str, bytes]) -> str:
    """Return the worker's script. What it keeps has a hash for a name, so each release another."""
    every = hashlib.sha256()
    for name in sorted(files):
        every.update(hashlib.sha256(files[name]).digest())
    kept = ", ".join(f'"{name}"' for name in ("./", *BESIDE))
    text = (SERVED / WORKER).read_text(encoding="utf-8")
    text = _once(text, '"<!-- files -->"', kept)
    return _once(text, "<!-- name -->", f"rollcase-{every.hexdigest()[:16]}")


def _base64(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def _once(text: str, old: str, new: str) -> str:
    """Return the text with `old` replaced. Raises `ValueError` unless it is there exactly once."""
    if text.count(old) != 1:
        raise ValueError(f"There is not one {old} to replace, but {text.count(old)}.")
    return text.replace(old, new)
