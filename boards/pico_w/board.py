"""Raspberry Pi Pico W: a button between GP14 and ground, and the LED on the board."""

NAME = "pico_w"

BUTTON = 14
BUTTON_ACTIVE_LOW = True

LED = "LED"
RGB = None
RGB_COMMON_ANODE = False

VBUS = "WL_GPIO2"

TRACE = (0, 0)

DIRECTORY = "/log"
