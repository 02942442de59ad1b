"""Runs one test of one script: `micropython runner.py SCRIPT TEST`.

Each test has an interpreter of its own, as fresh as a board after a reset. It passes if it
returns; a failure prints its traceback.
"""

import sys

script, test = sys.argv[1:]
module = __import__("tests.micropython.suite." + script, None, None, (test,))
getattr(module, test)()
