"""Finds the smallest life that fails as a longer one does."""

from tests.lives.life import Step, run


def smallest(steps: list[Step], kind: str) -> list[Step]:
    """Return as few of these steps as still fail in this way; the first one always stays."""
    size = max(1, (len(steps) - 1) // 2)
    while True:
        at, found = 1, False
        while at < len(steps):
            fewer = steps[:at] + steps[at + size :]
            if kind in [failed.kind for failed in run(fewer)]:
                steps, found = fewer, True
            else:
                at += size
        if size == 1 and not found:
            return steps
        size = max(1, size // 2)
