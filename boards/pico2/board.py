"""Raspberry Pi Pico 2: a button between GP14 and ground, and the LED on the board."""

NAME = "pico2"

BUTTON = 14
BUTTON_ACTIVE_LOW = True

LED = 25
RGB = None
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
