"""Taking with a reader of C."""

import errno
from typing import Any

from plib_py import _endpoint
from plib_py._native import ffi, lib
from plib_py.errors import check, from_code

_TAKEN = ffi.typeof("struct plib_py_taken *")
_DATA = ffi.offsetof("struct plib_py_taken", "data")
_SAMPLE = ffi.offsetof("struct plib_py_taken", "sample")
_SMALL: int = lib.PLIB_PY_SMALL
_new = ffi.new_allocator(should_clear_after_alloc=False)
_take_shared = lib.plib_py_take_shared
_give_back = lib.plib_py_give_back
_buffer = ffi.buffer


class Room:
    """Where `take_shared` puts one sample at a time, before it makes Python's objects of it."""

    __slots__ = ("pointer", "sample", "view")

    def __init__(self) -> None:
        self.pointer = _new(_TAKEN)  # its pages become memory only as they are used
        self.sample = self.pointer.sample
        self.sample.link = ffi.NULL
        self.view = _buffer(self.pointer)


def take_shared(participant: Any, shared: Any, rooms: list[Room]) -> tuple[bytes, bytes] | int:
    """Take the next sample with a handle's ``shared``, if nothing is in the way.

    Bounded: O(bytes + matched publishers).

    Parameters
    ----------
    participant, shared
        The C objects.
    rooms : list of Room
        Those of the subscription that no thread uses now.

    Returns
    -------
    tuple of bytes or int
        The sample's bytes, and its ``struct plib_sample``. ``-errno.EAGAIN`` when there is none,
        another number when it has to be taken with `take`.

    Raises
    ------
    QuotaExceeded
        No memory for a copy; the sample is lost.
    """
    # Pop and append are steps that no thread divides.
    try:
        room = rooms.pop()
    except IndexError:
        room = Room()
    try:
        length: int = _take_shared(participant, shared, room.pointer)
        if length < 0:
            result: tuple[bytes, bytes] | int = length
        elif length <= _SMALL:
            view = room.view
            result = view[_DATA : _DATA + length], view[_SAMPLE:_DATA]
        else:
            result = _buffer(room.sample.data, length)[:], room.view[_SAMPLE:_DATA]
            _give_back(shared, room.pointer)
    except BaseException as error:  # Ctrl-C, too
        _give_back(shared, room.pointer)
        if isinstance(error, MemoryError):
            raise from_code(-errno.ENOMEM, "no memory to copy a message") from error
        raise
    rooms.append(room)
    return result


def info(data: bytes) -> Any:
    """Return the ``struct plib_sample`` that came as bytes."""
    return ffi.from_buffer("struct plib_sample *", data)


def take(place: _endpoint.Place, reader: Any) -> tuple[bytes, bytes] | None:
    """Take the next sample's bytes and its ``struct plib_sample``, or None when there is none.

    Classes and errors as of `Subscription.take`.
    """
    sample = ffi.new("struct plib_sample *")
    if not hold(place, reader, sample):
        return None
    try:
        return bytes(buffer(sample)), ffi.buffer(sample)[:]
    finally:
        lib.plib_reader_release(reader, sample)


def hold(place: _endpoint.Place, reader: Any, sample: Any) -> bool:
    """Take the next sample in place; False when there is none."""
    _endpoint.apply_news(place.participant)
    status = lib.plib_reader_take(reader, sample)
    if status == -errno.ESTALE:  # the writer's memory grew since
        _endpoint.apply_news(place.participant)
        status = lib.plib_reader_take(reader, sample)
    if status == -errno.ENOBUFS:  # another user's, larger than those before
        check(lib.plib_reader_reserve(reader), f"cannot take from {place.topic}")
        status = lib.plib_reader_take(reader, sample)
    if status in (-errno.EAGAIN, -errno.ESTALE, -errno.ENOBUFS):
        return False
    check(status, f"cannot take from {place.topic}")
    return True


def buffer(sample: Any) -> Any:
    """Return the sample's bytes in place."""
    return ffi.buffer(sample.data, sample.length) if sample.length else b""
