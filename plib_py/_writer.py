"""Publishing with a writer of C: borrow, fill, commit; what may hold it up is waited for."""

import errno
from typing import Any

from plib_py import _endpoint
from plib_py._native import ffi, lib
from plib_py.errors import Timeout, check, from_code

# Other threads may use up the room that was reserved; more often than this they do not.
_RESERVE_ATTEMPTS = 8

_publish_shared = lib.plib_py_publish_shared


def send_shared(participant: Any, shared: Any, data: Any) -> int:
    """Publish a buffer with a handle's ``shared``, if nothing is in the way.

    Bounded: O(bytes + matched subscriptions).

    Returns
    -------
    int
        The sample's sequence number; not positive when it has to be published with `send`.
    """
    # cffi takes bytes as they are, and that is the quickest.
    if type(data) is bytes:
        return _publish_shared(participant, shared, data, len(data))  # type: ignore[no-any-return]
    source = ffi.from_buffer(data)
    return _publish_shared(participant, shared, source, len(source))  # type: ignore[no-any-return]


def send(participant: Any, writer: Any, data: Any, related: int = 0) -> int:
    """Publish a buffer; classes and errors as of `Publisher.publish`.

    Parameters
    ----------
    participant, writer
        The C objects, in use by the caller.
    data
        Anything with the buffer protocol.
    related : int
        A reply's request, else 0.

    Returns
    -------
    int
        The sample's sequence number.
    """
    source = ffi.from_buffer(data)
    size = len(source)
    number: int = lib.plib_py_publish(participant, writer, source, size, related)
    if number > 0:
        return number
    # There are news, no room or no memory.
    loan = ffi.new("struct plib_loan *")
    borrow(participant, writer, size, loan)
    lib.plib_copy(loan.data, source, size)
    return commit(participant, writer, loan, size, related)


def borrow(participant: Any, writer: Any, size: int, loan: Any) -> None:
    """Get memory for ``size`` bytes; classes and errors as of `Publisher.publish`."""
    _endpoint.apply_news(participant)
    reserved = 0
    end = 0
    while (status := lib.plib_writer_loan(writer, size, loan)) < 0:
        if status == -errno.EAGAIN:
            end = wait_space(participant, writer, end)
        elif status == -errno.ENOBUFS and reserved < _RESERVE_ATTEMPTS:
            reserved += 1
            check(lib.plib_writer_reserve(writer, size), f"no memory for {size} bytes")
        else:
            raise from_code(status, f"no memory for {size} bytes")


def commit(participant: Any, writer: Any, loan: Any, length: int, related: int = 0) -> int:
    """Publish; a loan that cannot be published is given back."""
    info = ffi.new("struct plib_sample_info *")
    info.length = length
    info.related = related
    sequence = ffi.new("uint64_t *")
    end = 0
    try:
        while (status := lib.plib_writer_commit(writer, loan, info, sequence)) == -errno.EAGAIN:
            end = wait_space(participant, writer, end)
        check(status, "cannot publish")
    except BaseException:
        lib.plib_writer_discard(writer, loan)
        loan.data = ffi.NULL
        raise
    return int(sequence[0])


def wait_space(participant: Any, writer: Any, end: int) -> int:
    """Wait for room until ``end`` (0: the wait begins now), and return when it ends."""
    limit: int = lib.plib_writer_max_blocking_time(writer)
    end = end or int(lib.plib_now()) + limit
    status = lib.plib_writer_wait_space(writer, end)
    # A subscription that ended no longer holds the publisher up.
    _endpoint.apply_news(participant)
    if status == -errno.ETIMEDOUT:
        raise Timeout(
            "the history is KEEP_ALL and full, and the slowest subscription took nothing for "
            f"{limit / 1e6:.0f} ms",
            -status,
        )
    check(status, "cannot wait for room in the history")
    return end
