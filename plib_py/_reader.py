"""Taking with a reader of C."""

import errno
from typing import Any

from plib_py import _endpoint
from plib_py._native import ffi, lib
from plib_py.errors import check

_TAKEN = ffi.typeof("struct plib_py_taken *")
_DATA = ffi.offsetof("struct plib_py_taken", "data")
_new = ffi.new_allocator(should_clear_after_alloc=False)


def take(place: _endpoint.Place, reader: Any) -> tuple[bytes, Any] | None:
    """Take the next sample's bytes and its ``struct plib_py_taken``, or None when there is none.

    Classes and errors as of `Subscription.take`.
    """
    taken = _new(_TAKEN)
    status = lib.plib_py_take(place.participant, reader, taken)
    if status < 0:
        if status == -errno.EAGAIN:
            return None
        # There are news, or there is something wrong.
        if not hold(place, reader, ffi.addressof(taken.sample)):
            return None
        status = 1
    if status == 0:
        return ffi.buffer(taken)[_DATA : _DATA + taken.sample.length], taken
    try:
        return bytes(buffer(taken.sample)), taken
    finally:
        lib.plib_reader_release(reader, ffi.addressof(taken.sample))


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
