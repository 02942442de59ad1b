"""The firmware as files, for boards that have no image: what `host install` puts onto each."""

from pathlib import Path

from rollhost.board.install import (
    board_names,
    boot_file,
    firmware_files,
    folder_of,
    main_text,
    named_board,
)

README = Path(__file__).resolve().parent / "board-files.md"


def board_files() -> dict[str, bytes]:
    """Return the files of all boards by path, a folder for each board; and how to copy one.

    The layout is that of an install, so a later `host install` finds its own.
    """
    files = {"README.md": README.read_bytes()}
    compiled = firmware_files(named_board("pico"), compiled=True)
    for name in board_names():
        # Boards differ in nothing else.
        firmware = {**compiled, "board.py": named_board(name).source}
        folder = folder_of(firmware)
        files |= {f"{name}/{folder}/{path}": data for path, data in firmware.items()}
        files[f"{name}/boot.py"] = boot_file()
        files[f"{name}/main.py"] = main_text(folder).encode()
    return files
