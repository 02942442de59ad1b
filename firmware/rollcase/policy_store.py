"""The owner's policy on flash.

Each policy is a small file named after the policy's digest, and the log says
which digest is in force. So a new policy is stored first and logged then, and a
power cut cannot leave the change half done.
"""

import os

from rollcase import small_files
from rollcore import policy
from rollcore.policy import Policy, PolicyError

_PREFIX = "policy-"


def load(directory: str, digest: int, needle_um: int) -> Policy:
    """Return the policy with this digest, or the needle's default policy if it cannot be read.

    A digest of 0 stands for the default policy; a `needle_um` of 0 for an unknown needle.
    """
    try:
        stored = policy.parse(small_files.load(_path(directory, digest)).decode())
        if stored.digest == digest:
            return stored
    except ValueError:  # damaged, or in the spelling of another version
        pass
    try:
        return policy.for_needle(needle_um)
    except PolicyError:  # no needle is known
        return policy.for_needle(policy.DEFAULT_NEEDLE_UM)


def store(directory: str, new: Policy) -> None:
    """Write `new` to flash, beside the policy in force. Raises OSError."""
    small_files.store(_path(directory, new.digest), new.text.encode())


def remove_others(directory: str, digest: int) -> None:
    """Remove every stored policy but the one with this digest. Raises OSError."""
    path = _path(directory, digest)
    for name in os.listdir(directory):
        if name.startswith(_PREFIX) and not path.endswith(name):
            os.remove(directory + "/" + name)


def _path(directory: str, digest: int) -> str:
    return f"{directory}/{_PREFIX}{digest:08x}"
