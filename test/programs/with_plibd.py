"""Run a command with a plibd of its own: with_plibd.py [OPTION... --] COMMAND [ARGUMENT...]

The plibd has the options and listens on a private socket, named by PLIB_SOCKET, which users may
reach as its --mode says; it must end cleanly and leave nothing. PLIBD names the program, for tests
that start another one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Run it; return its exit status, or 1 when plibd did not end well."""
    options, command = [], sys.argv[1:]
    if command[0].startswith("-"):
        end = command.index("--")
        options, command = command[:end], command[end + 1 :]
    with tempfile.TemporaryDirectory(prefix="plib-") as folder:
        Path(folder).chmod(0o711)
        socket = f"{folder}/plibd.sock"
        program = f"{sys.prefix}/bin/plibd"
        with subprocess.Popen(
            [program, "--foreground", "--socket", socket, *options],
            stdout=subprocess.PIPE,
            text=True,
        ) as plibd:
            assert plibd.stdout is not None
            if plibd.stdout.readline() != f"listening on {socket}\n":
                print("plibd does not start", file=sys.stderr)
                return 1
            environment = {**os.environ, "PLIB_SOCKET": socket, "PLIBD": program}
            try:
                status = subprocess.run(command, env=environment, check=False).returncode
            finally:
                plibd.terminate()  # also where there is no such program, instead of waiting for it
        left = [entry.name for entry in Path(folder).iterdir()]
        if plibd.returncode != 0 or left:
            print(f"plibd ended with {plibd.returncode} and left {left}", file=sys.stderr)
            return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
