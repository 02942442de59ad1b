"""Talking to a chip without our firmware's help: MicroPython's prompt, BOOTSEL, install, rescue."""
