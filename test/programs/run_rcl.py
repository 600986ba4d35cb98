"""Run a C program on rcl, built as a module, inside Python: run_rcl.py MODULE ARGUMENT..."""

from __future__ import annotations

import ctypes
import sys


def main() -> int:
    arguments = [argument.encode() for argument in sys.argv[1:]]
    vector = (ctypes.c_char_p * (len(arguments) + 1))(*arguments, None)
    return int(ctypes.CDLL(sys.argv[1]).main(len(arguments), vector))


if __name__ == "__main__":
    sys.exit(main())
