"""What this firmware needs of MicroPython's `rp2`: it takes the place of MicroPython's own.

That one has an assembler for the chip's PIO as well, which takes 1.4 KB of memory at each start.
"""

from _rp2 import Flash as Flash
