"""Raspberry Pi Pico: a button between GP14 and ground, and the LED on the board."""

NAME = "pico"

BUTTON = 14
BUTTON_ACTIVE_LOW = True  # pulled up inside the chip

LED = 25  # on the board
RGB = None  # (red, green, blue) pins of a lamp on PWM, instead of LED
RGB_COMMON_ANODE = False

TRACE = (0, 0)  # UART and TX pin of the watcher's wire: a line for each thing that happens

DIRECTORY = "/log"
