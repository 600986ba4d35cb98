"""What endpoints may do by the access policy, and who may read what they write."""

from __future__ import annotations

import errno
from collections.abc import Mapping

from plib_py._native import lib
from plib_py.daemon import names
from plib_py.daemon.access import Access, AccessPolicy, Action, Verdict
from plib_py.daemon.client import Client, Entity
from plib_py.daemon.log import LOG, fields
from plib_py.daemon.memory import Label
from plib_py.daemon.messages import RefusalError

REPLY = b"reply:"  # begins the topic of a stream of replies, before its reader's GID
ACTIONS = {
    lib.PLIB_KIND_PUBLISHER: Action.PUBLISH,
    lib.PLIB_KIND_SUBSCRIPTION: Action.SUBSCRIBE,
    lib.PLIB_KIND_CLIENT: Action.CALL,
    lib.PLIB_KIND_REPLY_READER: Action.CALL,
    lib.PLIB_KIND_SERVER: Action.SERVE,
    lib.PLIB_KIND_REPLY_WRITER: Action.SERVE,
}


def check_reply_stream(entity: Entity) -> None:
    """Refuse to read replies that are for another participant's client.

    A client's replies come on a topic of its own that is named by the client's GID.
    """
    if (
        entity.kind == lib.PLIB_KIND_REPLY_READER
        and reply_prefix(entity.topic) != entity.client.prefix
    ):
        raise RefusalError(errno.EACCES, "a client may read its own replies only")


def reply_gid(topic: bytes) -> bytes:
    """Return the GID of the client that reads a stream of replies; b"" when there is none."""
    try:
        return bytes.fromhex(topic.removeprefix(REPLY).decode("ascii", "replace"))
    except ValueError:
        return b""


def reply_prefix(topic: bytes) -> bytes:
    """Return the GID prefix of the participant whose client reads a stream of replies."""
    return reply_gid(topic)[: lib.PLIB_GID_PREFIX_SIZE]


class Permissions:
    """Applies the policy to endpoints.

    Parameters
    ----------
    access
        The policy; another one may be put in its place.
    participants
        All of them, by GID prefix: whose client a stream of replies is for.
    """

    def __init__(self, access: AccessPolicy, participants: Mapping[bytes, Client]) -> None:
        self.access = access
        self._participants = participants

    def decide(self, entity: Entity) -> Access:
        """Return what the policy lets an endpoint do.

        Raises
        ------
        RefusalError
            Nothing.
        """
        verdict = self.verdict(entity)
        if verdict.access is Access.DENIED:
            client, action = entity.client, ACTIONS[entity.kind]
            text = self._name(entity)
            LOG.warning(
                "rule %r denies pid %d (user %d, %s) to %s %s",
                verdict.rule,
                client.pid,
                client.uid,
                names.printable(client.identity.program),
                action.value,
                text,
                extra=fields(
                    "denial",
                    client.uid,
                    pid=client.pid,
                    rule=verdict.rule,
                    action=action.value,
                    name=text,
                ),
            )
            raise RefusalError(
                errno.EACCES,
                f"rule {verdict.rule!r} of plibd's access policy denies user {client.uid} to "
                f"{action.value} {text}",
            )
        return verdict.access

    def verdict(self, entity: Entity) -> Verdict:
        """Return what the policy says of an endpoint, and by which rule."""
        name = self._name(entity)
        return self.access.decide(entity.client.identity, ACTIONS[entity.kind], name)

    def _name(self, entity: Entity) -> str:
        """Return the topic or service; of a stream of replies, the service of its client."""
        name = entity.topic
        if entity.kind in (lib.PLIB_KIND_REPLY_READER, lib.PLIB_KIND_REPLY_WRITER):
            gid = reply_gid(entity.topic)
            reader = self._participants.get(gid[: lib.PLIB_GID_PREFIX_SIZE])
            number = int.from_bytes(gid[lib.PLIB_GID_PREFIX_SIZE :], "big")
            client = None if reader is None else reader.entities.get(number)
            name = b"" if client is None else client.topic
        return name.decode(errors="backslashreplace")

    def label(self, entity: Entity) -> Label:
        """Return what tells who may read a writer's samples: its topic, or a client's user."""
        if entity.kind == lib.PLIB_KIND_REPLY_WRITER:
            reader = self._participants.get(reply_prefix(entity.topic))
            if reader is not None:
                return (entity.kind, reader.uid)
        return (entity.kind, entity.topic)
