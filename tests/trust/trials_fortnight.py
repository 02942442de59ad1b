"""Fortnights of two persons and three computers, in which much goes wrong."""

import os
import tempfile
import time
import traceback
from contextlib import ExitStack
from pathlib import Path
from random import Random
from unittest.mock import patch

from tests.host import mosquitto, postgresql_server
from tests.trust.trial import Counts, Trial

KIND = "fortnights of two persons and three computers, with faults"

FORTNIGHTS = 60


def lacks() -> str:
    """Return what is not here."""
    if postgresql_server.program("initdb") is None:
        return "there is no PostgreSQL (make postgresql)"
    return "" if mosquitto.PROGRAM else "there is no mosquitto (make mosquitto)"


def live(seed: int, piece: int) -> Counts:
    """Live one fortnight; what every address gets is compared with what it should."""
    from tests.host.remind.web_server import WebServer
    from tests.lives import fortnight

    from rollhost.exchange import shared_file

    counts = Counts(tried=1)
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, TZ="UTC"))
        time.tzset()
        # What is tried here does not depend on the cost of a key.
        stack.enter_context(patch.object(shared_file, "COST", shared_file.COSTS[0]))
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(fortnight.prepared_server())
        shared = stack.enter_context(fortnight.places(home, server))
        webs = {name: stack.enter_context(WebServer()) for name in fortnight.SECRETS}
        lived = fortnight.Fortnight(home, shared, webs, Random(seed * 1000 + piece))
        try:
            lived.run()
        except Exception:  # whatever it was is a fault of that fortnight
            counts.fault("failed", f"fortnight {piece}: {traceback.format_exc(limit=-3)[-1500:]}")
    return counts


TRIALS = [Trial("fortnights of three computers", FORTNIGHTS, live, share=(), lacks=lacks)]
