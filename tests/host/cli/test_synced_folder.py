"""A database in a folder that a sync tool keeps: it is known by the folder's name or by marks."""

from pathlib import Path

import pytest
from tests.conftest import HostJson

from rollhost.cli.synced_folder import kept_by

pytestmark = pytest.mark.in_process

FOLDERS = {
    "Dropbox": "Dropbox",
    "Dropbox (Personal)/x": "Dropbox",
    "OneDrive": "OneDrive",
    "OneDrive - Clinic": "OneDrive",
    "Library/Mobile Documents/com~apple~CloudDocs/Skin": "iCloud Drive",
    "iCloudDrive": "iCloud Drive",
    "Library/CloudStorage/GoogleDrive-ann@example.org/My Drive": "Google Drive",
    "Nextcloud": "Nextcloud",
    "Documents": None,
    "My OneDrives": None,
}


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_is_known_by_its_name(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(parents=True)
    assert kept_by(tmp_path / folder / "rollcase.db") == FOLDERS[folder]


@pytest.mark.parametrize(
    ("mark", "program"),
    [
        (".stfolder", "Syncthing"),
        (".dropbox", "Dropbox"),
        (".sync_1a2b3c.db", "Nextcloud or ownCloud"),
        ("._sync_1a2b3c.db", "Nextcloud or ownCloud"),
    ],
)
def test_folder_is_known_by_what_a_program_leaves_in_it(
    tmp_path: Path, mark: str, program: str
) -> None:
    (tmp_path / "kept" / "deeper").mkdir(parents=True)
    assert kept_by(tmp_path / "kept" / "deeper" / "a.db") is None
    (tmp_path / "kept" / mark).touch()
    assert kept_by(tmp_path / "kept" / "deeper" / "a.db") == program


def test_doctor_warns_of_a_database_in_such_a_folder(home: Path, host_json: HostJson) -> None:
    (home / "Dropbox").mkdir()
    document = host_json("doctor", "--db", str(home / "Dropbox" / "a.db"))
    found = [check for check in document["checks"] if check["check"] == "synced_folder"]
    assert [check["verdict"] for check in found] == ["warning"]
    assert "share FOLDER" in found[0]["hint"]
    document = host_json("doctor", "--db", str(home / "a.db"))
    assert "synced_folder" not in [check["check"] for check in document["checks"]]
