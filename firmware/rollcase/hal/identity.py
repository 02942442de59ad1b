"""Identities: the chip's own, and random ones."""

from binascii import hexlify
from os import urandom

import machine


def device_id() -> str:
    """Return the chip's own id, in hex."""
    return hexlify(machine.unique_id()).decode()


def random_id() -> bytes:
    """Return 8 random bytes."""
    return urandom(8)
