"""``python -m plib_py.cli``: the command ``plib``."""

import sys

from plib_py.cli import main

sys.exit(main())
