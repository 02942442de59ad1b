"""The owner's policy on flash.

Each policy is kept in a cell named after its digest, and the log says which
digest is in force. Keeping a new one and then logging it is therefore a change
that a power cut cannot leave half-done.
"""

import os

from rollcase import cells
from rollcore import policy
from rollcore.policy import Policy, PolicyError

_PREFIX = "policy-"


def load(directory: str, digest: int, needle_um: int) -> Policy:
    """Return the policy with this digest, or the default rules where it cannot be had.

    A digest of 0 stands for the rules that came with the case.
    """
    try:
        kept = policy.parse(cells.load(_path(directory, digest)).decode())
        if kept.digest == digest:
            return kept
    except ValueError:  # damaged, or spelled by another version
        pass
    try:
        return policy.for_needle(needle_um)
    except PolicyError:  # no needle is known
        return policy.for_needle(policy.DEFAULT_NEEDLE_UM)


def keep(directory: str, new: Policy) -> None:
    """Put `new` on flash, beside the one in force. Raises OSError."""
    cells.store(_path(directory, new.digest), new.text.encode())


def forget_others(directory: str, digest: int) -> None:
    """Remove every kept policy but the one with this digest. Raises OSError."""
    path = _path(directory, digest)
    for name in os.listdir(directory):
        if name.startswith(_PREFIX) and not path.endswith(name):
            os.remove(directory + "/" + name)


def _path(directory: str, digest: int) -> str:
    return f"{directory}/{_PREFIX}{digest:08x}"
