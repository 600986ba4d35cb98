"""The memory of writers: segments by label, pooled, within the limits of process and user."""

from __future__ import annotations

import errno
from collections import Counter

from plib_py._native import lib
from plib_py.daemon.client import Client
from plib_py.daemon.memory import Label, SharedObject
from plib_py.daemon.messages import ProtocolError, RefusalError
from plib_py.daemon.settings import Quotas


def own_object(client: Client, kind: int, size: int, control_size: int = 0) -> SharedObject:
    """Make an object of a participant's own."""
    item = SharedObject(kind, size, client, client.uid, control_size)
    client.objects[item.id] = item
    return item


class Segments:
    """Hands out segments.

    Attributes
    ----------
    memory_limit : int
        Bytes of one participant's segments.
    quotas : Quotas
        What users may have.
    used : Counter
        Bytes of segments, by user.
    """

    def __init__(self, memory_limit: int, quotas: Quotas) -> None:
        self.memory_limit = memory_limit
        self.quotas = quotas
        self.used: Counter[int] = Counter()

    def segment(
        self, client: Client, kind: int, size: int, control_size: int, label: Label
    ) -> tuple[SharedObject, bool]:
        """Return a segment for a writer of this label, and whether it has to be cleared.

        A pooled one that nobody uses any more, else a new one. Whoever was given a segment may
        keep it mapped, whatever it tells, and reads what is written later: under another label it
        serves again only when no other user ever got it. Its new readers are not to find what was
        written before.
        """
        for item in client.pool:
            fits = item.control_size == control_size and size <= item.size <= 4 * size
            may_be_seen = item.label == label or item.given_to <= {client.uid}
            if item.users == 0 and fits and item.kind == kind and may_be_seen:
                client.pool.remove(item)
                clear = item.label != label
                item.label = label
                return item, clear
        if client.memory + size > self.memory_limit:
            raise RefusalError(
                errno.EDQUOT,
                f"this process has {client.memory} bytes of segments and may have "
                f"{self.memory_limit}: use smaller messages or histories, or start plibd with a "
                "higher --memory-limit",
            )
        quota = self.quotas.of(client.uid).memory
        if self.used[client.uid] + size > quota:
            raise RefusalError(
                errno.EDQUOT,
                f"user {client.uid} has {self.used[client.uid]} bytes of segments and may have "
                f"{quota}: use smaller messages or histories, or have limits.user.memory raised "
                "in plibd.yaml",
            )
        item = own_object(client, kind, size, control_size)
        client.memory += item.size
        self.used[client.uid] += item.size
        item.label = label
        return item, False

    def ring(
        self, client: Client, capacity: int, payload: int, label: Label
    ) -> tuple[SharedObject, bool]:
        """Return a segment for a writer's ring and first payload, as `segment` does."""
        if not lib.PLIB_RING_MIN <= capacity <= lib.PLIB_RING_MAX or capacity & (capacity - 1):
            raise ProtocolError(f"a ring of {capacity} samples")
        control = lib.PLIB_RING_DESCRIPTORS + capacity * lib.PLIB_DESCRIPTOR_SIZE
        return self.segment(client, lib.PLIB_OBJECT_RING_OWN, control + payload, control, label)

    def forget(self, client: Client) -> None:
        """Take a participant's segments, which go with it, off its user's account."""
        self.used[client.uid] -= client.memory
        client.memory = 0
