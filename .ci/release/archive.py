"""Archives that are the same bytes from the same files: in the order of names, of one time."""

import time
import zipfile
from io import BytesIO

FILE_MODE = 0o100644
"""An ordinary file that its owner may write, and all may read."""


def zipped(files: dict[str, bytes], moment: int) -> bytes:
    """Return a zip of `files`, by their paths in it, each changed at `moment` (Unix time, s).

    Raises `ValueError` for a moment before 1980, which a zip cannot tell.
    """
    if moment < 315_532_800:
        raise ValueError("A zip cannot tell a time before 1980.")
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, time.gmtime(moment)[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, wherever it is made
            entry.external_attr = FILE_MODE << 16
            archive.writestr(entry, files[name])
    return packed.getvalue()
