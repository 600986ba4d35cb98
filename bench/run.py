"""Run the benchmarks; see README.md beside this file."""

import sys
from pathlib import Path

# For a Python that leaves out the program's folder, as the Makefile has it.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from plibbench.cli import main

if __name__ == "__main__":
    sys.exit(main())
