"""Makes the release: all its files, the same bytes from the same commit. `make release` runs it.

``python -m release.build FOLDER``. Images and page are there already: make has made them.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from release.archive import zipped
from release.board_files import board_files
from release.image_parts import SOURCES
from release.licences import licence_texts
from release.parts_list import Locks, parts_list, pins
from release.served_page import served_page
from rollcore import VERSION
from rollhost.page.built import PAGE

ROOT = Path(__file__).resolve().parents[2]

LOCKS = Locks(
    runtime=ROOT / "requirements-runtime.txt",
    extras=ROOT / "requirements-extras.txt",
    page=ROOT / "host" / "rollhost" / "page" / "package-lock.json",
    image_sources=SOURCES,
)

UNPACKED = ROOT / "build" / "image" / "micropython" / "sources.txt"
"""What the images here were built from; boards/make-image writes it."""

TEXTS = "LICENSES.txt"
"""The licences of all that is in the images and the page."""

TEXTS_IN_WHEEL = PAGE.with_name(TEXTS)
"""The same for the wheel, beside the page that is in it."""

SUMS = "SHA256SUMS"


def images() -> list[Path]:
    """Return where the image is of each board that has one."""
    boards = sorted(path.parent.name for path in ROOT.glob("boards/*/mpconfigboard.cmake"))
    return [ROOT / "build" / f"rollcase-{board}.uf2" for board in boards]


def licences() -> bytes:
    """Return the texts of the licences. Exits with a sentence if one is missing."""
    own, sources, lock = (
        path.read_text(encoding="utf-8") for path in (ROOT / "LICENSE", SOURCES, LOCKS.page)
    )
    try:
        return licence_texts(own, sources, lock, UNPACKED.parent).encode()
    except ValueError as error:
        raise SystemExit(str(error)) from None


def made_here(moment: int, texts: bytes) -> dict[str, bytes]:
    """Return the files that need no other program, by name.

    `moment` is their time (Unix, s), `texts` are those of the licences.
    """
    page = PAGE.read_text(encoding="utf-8")
    lock = LOCKS.extras.read_text(encoding="utf-8")
    licence = {"LICENSE": (ROOT / "LICENSE").read_bytes()}
    return {
        "rollcase.html": page.encode(),
        "rollcase-page.zip": zipped(served_page(page) | licence | {TEXTS: texts}, moment),
        "rollcase-board-files.zip": zipped(board_files() | licence, moment),
        "requirements.txt": lock.encode(),
        # pip takes no hashes in constraints where the wheel is a file: that has none beside it.
        "constraints.txt": "".join(f"{pin}\n" for pin in pins(lock)).encode(),
        "rollcase.cdx.json": parts_list(VERSION, moment, LOCKS),
        TEXTS: texts,
    }


def sums(folder: Path) -> str:
    """Return the SHA-256 of each file in the folder, as sha256sum writes and checks it."""
    files = sorted(path for path in folder.iterdir() if path.name != SUMS)
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files
    )


def commit_time() -> int:
    """Return when the commit was made (Unix time, s). Exits if something is not committed."""
    changed = _git("status", "--porcelain")
    if changed:
        raise SystemExit(f"A release is made of a commit, and these are in none:\n{changed}")
    return int(_git("log", "-1", "--format=%ct"))


def check_image_sources(unpacked: Path) -> None:
    """Exit if the images are built from other sources than the list of parts names."""
    built_from = unpacked.read_text(encoding="utf-8") if unpacked.exists() else ""
    if built_from != SOURCES.read_text(encoding="utf-8"):
        raise SystemExit(
            "The images are not built from what boards/image-sources.txt names.\n"
            "  Remove build/image, and run make firmware. It says so if Debian has newer sources:\n"
            "  CONTRIBUTING.md, A release, has what to do then."
        )


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"git {words[0]}: {done.stderr.strip()}")
    return done.stdout.rstrip()


def packages(tree: Path, folder: Path, moment: int) -> None:
    """Make wheel and sources of the product in `tree`; `moment` is their time (Unix, s)."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder.resolve())],
        cwd=tree, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(moment)},
    )  # fmt: skip


def build(folder: Path, moment: int) -> None:
    """Fill the folder, which is emptied first."""
    texts = licences()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    TEXTS_IN_WHEEL.write_bytes(texts)
    packages(ROOT, folder, moment)
    for image in images():
        shutil.copyfile(image, folder / image.name)
    for name, data in made_here(moment, texts).items():
        (folder / name).write_bytes(data)
    (folder / SUMS).write_text(sums(folder), encoding="utf-8")


def main() -> None:
    """Make the release, and list its files with their sizes (bytes)."""
    folder = Path(sys.argv[1])
    moment = commit_time()
    check_image_sources(UNPACKED)
    build(folder, moment)
    for path in sorted(folder.iterdir()):
        print(f"{path.stat().st_size:>10,}  {path.name}")


if __name__ == "__main__":
    main()
