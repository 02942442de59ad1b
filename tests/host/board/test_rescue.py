"""Rescued files: the records of a log come into the database, whatever format it has."""

from pathlib import Path

from tests.firmware.whole_case import NOW, WholeCase
from tests.micropython.suite import old_log, vectors

from rollcore import segments
from rollcore.events import CASE_EPOCH, FROM_HOST
from rollhost.board.rescue import Saved, keep_in
from rollhost.database.archive import Archive

DEVICE = "e661a4d1"
MET_AT = CASE_EPOCH + NOW + 86400
"""When the files were saved, in Unix s."""


def records_after(archive: Archive, files: dict[str, bytes]) -> list[bytes]:
    """Take the files into the database; return the records of its only log."""
    new, quarantined = keep_in(archive, Saved(DEVICE, "Raspberry Pi Pico", files), "pico", MET_AT)
    (case,) = archive.cases()
    (log_id,) = archive.logs(case.id)
    found = list(archive.raw_records(log_id))
    assert (new, quarantined) == (len(found), 0)
    return found


def test_log_of_format_1_comes_home_whole(archive: Archive) -> None:
    files = {old_log.NAME: old_log.segment()}
    assert segments.unpack(files[old_log.NAME]).format == 1
    assert records_after(archive, files) == old_log.RECORDS
    (case,) = archive.cases()
    assert archive.log_name(archive.logs(case.id)[0]) == vectors.LOG_ID.hex()


def test_log_of_format_2_comes_home_whole(archive: Archive, tmp_path: Path) -> None:
    case = WholeCase(tmp_path / "flash")
    case.app.set_clock(NOW, FROM_HOST, False)
    files = {path.name: path.read_bytes() for path in case.directory.glob("*.seg")}
    (raw,) = files.values()
    assert segments.unpack(raw).format == 2
    assert records_after(archive, files) == [raw[256:288], raw[288:320]]
