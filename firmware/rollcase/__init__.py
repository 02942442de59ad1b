"""The case itself: everything that runs on the device and only there.

Outside of `hal`, nothing here imports a pin, a timer or a port; time comes in
as arguments, and what the hardware is for comes in as objects that `main` has
built.
"""
