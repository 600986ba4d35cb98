"""A node in asyncio: it publishes, listens, answers and asks, all in one thread.

python examples/asyncio_node.py --seconds 2
"""

import argparse
import asyncio
import contextlib

import plib_py
from plib_py import RawServiceType, RawType

TEXT = RawType("example/msg/Text")
SHOUT = RawServiceType("example/srv/Shout")


async def count(numbers: "plib_py.Publisher[bytes]") -> None:
    """Publish a number ten times a second."""
    number = 0
    while True:
        numbers.publish(b"%d" % number)
        number += 1
        await asyncio.sleep(0.1)


async def shout(service: "plib_py.Service[bytes, bytes]") -> None:
    """Answer in capital letters, until the service is closed."""
    async for request in service:
        request.respond(request.message.upper() + b"!")


async def relay(
    numbers: "plib_py.Subscription[bytes]", client: "plib_py.Client[bytes, bytes]"
) -> None:
    """Have each number shouted, until the subscription is closed."""
    async for sample in numbers:
        answer = await client.call_async(b"number " + sample.message, timeout=10.0)
        print(answer.decode(), flush=True)


async def run(seconds: float) -> None:
    """Run all of them at once for so long."""
    with plib_py.Participant("everything") as participant:
        tasks = asyncio.gather(
            count(participant.create_publisher("numbers", TEXT)),
            shout(participant.create_service("shout", SHOUT)),
            relay(
                participant.create_subscription("numbers", TEXT),
                participant.create_client("shout", SHOUT),
            ),
        )
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(tasks, seconds)


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="how long to run")
    asyncio.run(run(parser.parse_args().seconds))


if __name__ == "__main__":
    main()
