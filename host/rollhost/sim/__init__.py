"""The virtual case: the real firmware, in MicroPython, on this computer."""
