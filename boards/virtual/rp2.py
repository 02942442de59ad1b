"""Stands in for a chip's `rp2`: its flash, which is a file here."""

import outside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vfs import AbstractBlockDev


def Flash() -> "AbstractBlockDev":  # noqa: N802  # as MicroPython calls it
    """Return the flash of this case."""
    assert outside.flash is not None
    # The stubs want a base class that MicroPython does not have.
    return outside.flash  # type: ignore[return-value]
