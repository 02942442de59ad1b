"""The paths of what goes onto a board, from a computer whose own paths look otherwise."""

from pathlib import PureWindowsPath

import pytest

from rollhost.board import install


@pytest.fixture
def on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand for Windows: the paths of this computer have backslashes."""
    monkeypatch.setattr(install, "Path", PureWindowsPath)


@pytest.mark.usefixtures("on_windows")
def test_folders_on_a_board_have_slashes_on_windows() -> None:
    paths = ["board.py", "main.mpy", "rollcase/app.mpy", "rollcore/policy/bounds.mpy"]
    assert install.folders_of(paths) == ["rollcase", "rollcore", "rollcore/policy"]


@pytest.mark.usefixtures("on_windows")
def test_firmware_goes_onto_a_board_under_slashes_on_windows() -> None:
    files = install.firmware_files(install.named_board("pico"), compiled=False)
    assert {path.partition("/")[0] for path in files if "/" in path} == {"rollcase", "rollcore"}
    assert not any("\\" in path for path in [*files, *install.folders_of(files)])
