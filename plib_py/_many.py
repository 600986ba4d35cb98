"""Many samples in few calls of C."""

import array
import errno
import itertools
from collections.abc import Sequence
from typing import Any

from plib_py import _endpoint, _reader, _writer
from plib_py._native import ffi, lib
from plib_py.errors import Error, check
from plib_py.sample import SampleInfo

# Messages that are larger on average, in bytes, are published one by one: to lay them one after the
# other would cost more than the calls.
_SMALL = 4096
# Published or taken in one call of C: others have something to do meanwhile, and signals are not
# late.
_BATCH = 1024
_FEW = 8
# Samples that are there, and that a later call takes.
_LATER = (-errno.EAGAIN, -errno.ESTALE, -errno.ENOBUFS)
# Taken in one call of C: bytes that are copied twice.
_ROOM = 65536

_uncleared = ffi.new_allocator(should_clear_after_alloc=False)


def publish(participant: Any, writer: Any, buffers: Sequence[Any]) -> int:
    """Publish buffers one after the other; classes and errors as of `Publisher.publish_many`."""
    sequence = 0
    published = 0
    try:
        while published < len(buffers):
            some = buffers[published : published + _BATCH]
            if sum(map(len, some)) <= _SMALL * len(some):
                done, last = _publish(participant, writer, some)
                published += done
                sequence = last or sequence
                some = some[done : done + 1]  # what is in the way is waited for by this one
            for each in some:
                sequence = _writer.send(participant, writer, each)
                published += 1
    except Error as error:
        error.published = published
        raise
    return sequence


def _publish(participant: Any, writer: Any, buffers: Sequence[Any]) -> tuple[int, int]:
    """Publish until one cannot be; return how many were, and the last one's number or 0."""
    data = b"".join(buffers)
    lengths = array.array("Q", map(len, buffers))
    if sum(lengths) != len(data):  # some have elements of several bytes
        lengths = array.array("Q", (memoryview(each).nbytes for each in buffers))
    sequence = ffi.new("uint64_t *")
    status = ffi.new("int *")
    _endpoint.apply_news(participant)
    done = lib.plib_py_publish_many(
        writer,
        ffi.from_buffer(data),
        ffi.from_buffer("uint64_t[]", lengths),
        len(lengths),
        sequence,
        status,
    )
    return done, sequence[0]


class Taken:
    """What was taken: the samples' bytes, and what came with them."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self._samples: list[tuple[Any, int]] = []

    def add(self, messages: list[bytes], samples: Any) -> None:
        """Add messages, and as many ``struct plib_sample``."""
        self.messages += messages
        self._samples.append((samples, len(messages)))

    def infos(self) -> list[SampleInfo]:
        """Return what came with each."""
        return [
            SampleInfo.from_c(samples[index])
            for samples, count in self._samples
            for index in range(count)
        ]


def take(place: _endpoint.Place, reader: Any, limit: int) -> Taken:
    """Take up to ``limit`` samples; classes and errors as of `Subscription.take_many`."""
    taken = Taken()
    room = _uncleared("uint8_t[]", _ROOM)
    held = ffi.new("bool *")
    status = ffi.new("int *")
    batch = _BATCH
    while (left := limit - len(taken.messages)) > 0:
        _endpoint.apply_news(place.participant)
        samples = _uncleared("struct plib_sample[]", min(left, batch))
        lengths = _uncleared("uint64_t[]", len(samples))
        count = lib.plib_py_take_many(
            reader, samples, len(samples), room, _ROOM, lengths, held, status
        )
        if count:
            copies = _split(room, ffi.unpack(lengths, count - held[0]))
            if held[0]:
                copies.append(bytes(_reader.buffer(samples[count - 1])))
                lib.plib_reader_release(reader, samples + (count - 1))
                batch = _FEW  # large ones come one by one: not so much memory for each
            taken.add(copies, samples)
        elif status[0] == -errno.ESTALE and lib.plib_participant_pending(place.participant):
            continue  # the writer's memory grew since
        elif status[0] == -errno.ENOBUFS:  # another user's, larger than those before
            status[0] = lib.plib_reader_reserve(reader)
            if status[0] == 0:
                continue
        if status[0] in _LATER or (status[0] and taken.messages):
            break
        check(status[0], f"cannot take from {place.topic}")
    return taken


def _split(room: Any, lengths: list[int]) -> list[bytes]:
    """Return copies of buffers that lie one after the other."""
    ends = list(itertools.accumulate(lengths, initial=0))
    data = ffi.buffer(room, ends[-1])[:]
    return [data[start:end] for start, end in itertools.pairwise(ends)]
