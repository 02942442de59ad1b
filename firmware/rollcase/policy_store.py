"""The owner's policy on flash.

Each policy is a small file named after the policy's digest, and the log says which digest is in
force. So a new policy is stored first and logged then, and a power cut cannot leave the change
half done. The file is there twice, in two folders, because two files of one folder share their
metadata: a flipped bit can cost both.
"""

import os

from rollcase import small_files
from rollcore import policy
from rollcore.policy import Policy, PolicyError

_PREFIX = "policy-"
_FOLDERS = ("a", "b")


def load(directory: str, digest: int, needle_um: int) -> Policy:
    """Return the policy with this digest, or the needle's default policy if it cannot be read.

    A digest of 0 stands for the default policy; a `needle_um` of 0 for an unknown needle.
    """
    for folder in _FOLDERS if digest else ():
        try:
            stored = policy.parse(small_files.load(_path(directory, folder, digest)).decode())
        except ValueError:  # damaged, or in the spelling of another version
            continue
        if stored.digest == digest:
            return stored
    try:
        return policy.for_needle(needle_um)
    except PolicyError:  # no needle is known
        return policy.for_needle(policy.DEFAULT_NEEDLE_UM)


def store(directory: str, new: Policy) -> None:
    """Write `new` to flash, beside the policy in force. Raises OSError."""
    for folder in _FOLDERS:
        for path in (directory, directory + "/" + folder):
            try:
                os.mkdir(path)
            except OSError:
                pass  # it is there, or the file in it cannot be made and says so
        small_files.store(_path(directory, folder, new.digest), new.text.encode())


def remove_others(directory: str, digest: int) -> None:
    """Remove every stored policy but the one with this digest. Raises OSError."""
    kept = f"{_PREFIX}{digest:08x}"
    for folder in _FOLDERS:
        path = directory + "/" + folder
        for name in os.listdir(path):
            if name.startswith(_PREFIX) and name != kept:
                os.remove(path + "/" + name)


def _path(directory: str, folder: str, digest: int) -> str:
    return f"{directory}/{folder}/{_PREFIX}{digest:08x}"
