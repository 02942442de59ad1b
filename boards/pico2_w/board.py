"""Raspberry Pi Pico 2 W: a button between GP14 and ground, and the LED on the board."""

NAME = "pico2_w"

BUTTON = 14
BUTTON_ACTIVE_LOW = True

LED = "LED"
RGB = None
RGB_COMMON_ANODE = False
PIXEL = None

VBUS = "WL_GPIO2"
BATTERY = None
BATTERY_LOW_MV = 3300

RTC = None

LID = None
LID_OPEN_HIGH = True
LATCH = None
BUZZER = None

TRACE = (0, 0)

DIRECTORY = "/log"
