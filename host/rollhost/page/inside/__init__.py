"""What the page runs under MicroPython, in a worker: sync, status, files. No I/O.

Nothing in here calls JavaScript. A job is a generator: it yields what is to be done, such as to
write bytes to the port, and is sent what came of it. So the same code runs in a test without a
browser, and an error of JavaScript cannot pass through Python.
"""
