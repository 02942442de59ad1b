"""What the case and the host agree on: records, rules, state, and the line.

Everything in this package is pure. It runs from the same files on MicroPython
and on CPython, takes time and bytes as arguments, and touches neither a pin, a
file, a port nor a clock.
"""

VERSION = "0.1.0"
"""Version of the product, firmware and host alike."""


def const(number: int) -> int:
    """Return the number: a word that MicroPython's compiler knows, and here for Python.

    The compiler puts the number where the name stands. A tuple of such names is a constant then,
    and stays in the image; one that is made at each start takes memory.
    """
    return number
