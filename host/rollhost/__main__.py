"""``python -m rollhost`` is ``host``."""

import sys

from rollhost.cli import main

sys.exit(main())
