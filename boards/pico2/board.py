"""Raspberry Pi Pico 2: a button between GP14 and ground, and the LED on the board."""

NAME = "pico2"

BUTTON = 14
BUTTON_ACTIVE_LOW = True

LED = 25
RGB = None
RGB_COMMON_ANODE = False

VBUS = 24

TRACE = (0, 0)

DIRECTORY = "/log"
