"""The virtual case: the same firmware, on this computer.

The modules beside this file stand in for a chip's: `machine`, `time`, and in
`outside` the hand on the button and on the calendar.
"""

from outside import Pause

__all__ = ["Pause"]

NAME = "virtual"

BUTTON = 14
BUTTON_ACTIVE_LOW = True

LED = 25
RGB = (16, 17, 18)
RGB_COMMON_ANODE = False
PIXEL = None

VBUS = None
BATTERY = None
BATTERY_LOW_MV = 3300

RTC = None

LID = None
LID_OPEN_HIGH = True
LATCH = None
BUZZER = None

TRACE = (0, 0)

DIRECTORY = "/flash/log"
