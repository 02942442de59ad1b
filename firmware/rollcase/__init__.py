"""The case itself: everything that runs on the device and only there.

Outside of `hal`, nothing here imports a pin, a timer or a port. Time is passed
as an argument, and the hardware as the parts (`rollcase.parts`) that `main` has
built.
"""
