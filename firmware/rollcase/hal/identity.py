"""Identities: the chip's own, and random ones."""

import sys
from binascii import hexlify
from os import urandom

import machine


def device_id() -> str:
    """Return the chip's own id, in hex."""
    return hexlify(machine.unique_id()).decode()


def is_rp2350() -> bool:
    """Return whether this chip is an RP2350, of any kind."""
    return "RP2350" in sys.implementation._machine


def random_id() -> bytes:
    """Return 8 random bytes."""
    return urandom(8)
