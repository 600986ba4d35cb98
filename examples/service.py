"""A service and its client, with a type of one's own.

python examples/service.py serve            # in one terminal
python examples/service.py call 0.5         # in another
"""

import argparse
import contextlib
from pathlib import Path
from typing import Any

import plib_py
from plib_py import messages

ROBOT = Path(__file__).parent / "robot"
(Wheel,) = messages.load(ROBOT / "msg")
(Drive,) = messages.load(ROBOT / "srv")


def drive(request: Any) -> Any:
    """Return the wheels that turn at the requested speed."""
    turning = request.speed / request.radius
    return Drive.Response(wheels=[Wheel(name=name, speed=turning) for name in ("left", "right")])


def serve() -> None:
    """Answer until Ctrl-C."""
    with plib_py.Participant("drive") as participant:
        participant.create_service("drive", Drive, drive)
        print("serving", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            participant.spin()


def call(speed: float) -> None:
    """Ask once."""
    with plib_py.Participant("driver") as participant:
        client = participant.create_client("drive", Drive)
        try:
            response = client.call(Drive.Request(speed=speed), timeout=5.0)
        except plib_py.Timeout as error:
            raise SystemExit(f"no answer: {error}") from error
    for wheel in response.wheels:
        print(f"{wheel.name}: {wheel.speed:.1f} rad/s")


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer until Ctrl-C")
    commands.add_parser("call", help="ask once").add_argument("speed", type=float, help="m/s")
    arguments = parser.parse_args()
    if arguments.command == "serve":
        serve()
    else:
        call(arguments.speed)


if __name__ == "__main__":
    main()
