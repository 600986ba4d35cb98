"""Taking with a reader of C."""

import errno
from typing import Any

from plib_py import _endpoint
from plib_py._native import ffi, lib
from plib_py.errors import check


def take(place: _endpoint.Place, reader: Any) -> tuple[bytes, Any] | None:
    """Take the next sample's bytes and its ``struct plib_sample``, or None when there is none.

    Classes and errors as of `Subscription.take`.
    """
    sample = ffi.new("struct plib_sample *")
    if not hold(place, reader, sample):
        return None
    try:
        return bytes(buffer(sample)), sample
    finally:
        lib.plib_reader_release(reader, sample)


def hold(place: _endpoint.Place, reader: Any, sample: Any) -> bool:
    """Take the next sample in place; False when there is none."""
    _endpoint.apply_news(place.participant)
    status = lib.plib_reader_take(reader, sample)
    if status == -errno.ESTALE:  # the writer's memory grew since
        _endpoint.apply_news(place.participant)
        status = lib.plib_reader_take(reader, sample)
    if status in (-errno.EAGAIN, -errno.ESTALE):
        return False
    check(status, f"cannot take from {place.topic}")
    return True


def buffer(sample: Any) -> Any:
    """Return the sample's bytes in place."""
    return ffi.buffer(sample.data, sample.length) if sample.length else b""
