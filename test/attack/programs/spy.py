"""Subscribes to a topic, and looks for a secret in all memory that it was ever given.

spy.py TOPIC [keep]     keep: never unmaps anything, whatever plibd says
"""

from __future__ import annotations

import sys

from attacker import RawClient, find, hear, say
from secretive import SECRET
from victim import NUMBERS

import plib_py
from plib_py._native import lib


def look() -> None:
    """Answer each line with what there is."""
    while hear() == "look":
        say("the secret" if find(SECRET) else "nothing")


def main() -> None:
    """Spy."""
    topic, *keep = sys.argv[1:]
    if keep:
        # It maps by hand, and says that it has let go of everything at once.
        import mmap

        from plib_py.daemon import messages

        client = RawClient()
        client.hello()
        client.endpoint(lib.PLIB_KIND_SUBSCRIPTION, topic.encode(), b"attack_msgs/msg/Numbers")
        say("ready")
        kept = []
        match = 0
        client.socket.settimeout(1.0)
        while hear() == "look":
            try:
                while True:
                    message, fd = client.receive()
                    if message.header.type == lib.PLIB_MSG_MAP and fd is not None:
                        if message.map.kind == lib.PLIB_OBJECT_PEER_OWN:
                            client.mapped(message.map.object)
                        else:
                            kept.append(mmap.mmap(fd, 0, mmap.MAP_SHARED, mmap.PROT_READ))
                    elif message.header.type == lib.PLIB_MSG_MATCH:
                        match = message.match.match
                    elif message.header.type == lib.PLIB_MSG_UNMATCH:
                        client.send(
                            messages.build("plib_msg_object", lib.PLIB_MSG_RELEASED, object=match)
                        )
            except TimeoutError:
                say("the secret" if any(each.find(SECRET) >= 0 for each in kept) else "nothing")
        return
    with plib_py.Participant("spy") as participant:
        subscription = participant.create_subscription(topic, NUMBERS)
        say("ready")
        hear()
        assert subscription.wait_matched(1, timeout=30)
        say("matched")
        look()


if __name__ == "__main__":
    main()
