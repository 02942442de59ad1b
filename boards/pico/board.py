"""Raspberry Pi Pico: a button between GP14 and ground, and the LED on the board."""

NAME = "pico"

BUTTON = 14
BUTTON_ACTIVE_LOW = True

LED = 25
RGB = None
RGB_COMMON_ANODE = False

VBUS = 24

TRACE = (0, 0)

DIRECTORY = "/log"
