"""The page: one HTML file that syncs a case from a browser, and shows where it stands.

`inside` is Python that the page runs under MicroPython; `window` and `worker` are JavaScript, which
only moves bytes. `build` makes one file of them.
"""
