"""The hardware, a driver a file. Only files in here import `machine` and the board's timers.

`main` builds the drivers that the board declares, and hands them to the rest of
the firmware as the interfaces in `rollcase.parts`.
"""
