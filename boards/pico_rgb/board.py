"""Raspberry Pi Pico with an RGB lamp, its pins in the order of the lamp's legs."""

NAME = "pico_rgb"

BUTTON = 14
BUTTON_ACTIVE_LOW = True

LED = 25
RGB = (18, 17, 16)
RGB_COMMON_ANODE = False
PIXEL = None

VBUS = 24
BATTERY = (29, 3)
BATTERY_LOW_MV = 3300

RTC = None

LID = None
LID_OPEN_HIGH = True
LATCH = None
BUZZER = None

TRACE = (0, 0)

DIRECTORY = "/log"
