"""Talking to a board without our firmware: MicroPython's prompt, BOOTSEL, install, rescue."""
