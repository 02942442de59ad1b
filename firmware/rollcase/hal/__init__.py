"""The hardware: the only files that import `machine` and the board's timers.

`main` builds these from what the board declares and hands them to the rest.
"""
