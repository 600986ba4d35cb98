"""A plibd that is killed at one of its messages, as an unlucky one would be: before it sends it.

mortal_plibd.py TYPE COUNT ...: the COUNTth message of that type, or of any ("ANY"), from 0. The
rest are plibd's own options.
"""

import os
import signal
import sys

from plib_py._native import lib
from plib_py.daemon import client
from plib_py.daemon.main import main


def die_before(wanted: str, count: int) -> None:
    """Replace what sends by what dies at that message."""
    send = client.Client._send_now
    left = count

    def counted(self: client.Client, data: bytes, descriptor: int | None) -> bool:
        nonlocal left
        number = int.from_bytes(data[:4], "little")
        if wanted == "ANY" or number == getattr(lib, f"PLIB_MSG_{wanted}"):
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
        return send(self, data, descriptor)

    client.Client._send_now = counted  # type: ignore[method-assign]


if __name__ == "__main__":
    wanted, count, *sys.argv[1:] = sys.argv[1:]
    die_before(wanted, int(count))
    sys.exit(main())
