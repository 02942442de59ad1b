"""``python -m rollhost`` is ``host``."""

import sys

from rollhost.cli.main import main

sys.exit(main())
