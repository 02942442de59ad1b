"""Runs one script: `micropython runner.py SCRIPT WORDS…`, which prints what it counted as JSON."""

import sys

script = sys.argv[1]
module = __import__("tests.trust.suite." + script, None, None, ("main",))
module.main([int(word) for word in sys.argv[2:]])
