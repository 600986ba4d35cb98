"""Coroutines that wait for samples, answers, requests, matches and the graph."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

import pytest

import plib_py
from plib_py import QoS, RawServiceType, RawType

BLOB = RawType("test_msgs/msg/Blob")
ECHO = RawServiceType("test_msgs/srv/Echo")
SECONDS = 30.0

PUBLISHER = """
import sys, plib_py
with plib_py.Participant("sender") as sender:
    publisher = sender.create_publisher("/blobs", plib_py.RawType("test_msgs/msg/Blob"))
    assert publisher.wait_matched(timeout=30)
    for line in sys.stdin:
        publisher.publish(line.strip().encode())
"""

SERVER = """
import sys, plib_py
with plib_py.Participant("server") as server:
    service = server.create_service("/echo", plib_py.RawServiceType("test_msgs/srv/Echo"))
    print("ready", flush=True)
    for request in service:
        if request.message == b"die":
            print("dying", flush=True)
            sys.stdin.readline()
        request.respond(request.message * 2)
"""


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(main, SECONDS))


def waiting_threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name.startswith("plib")]


@pytest.mark.usefixtures("plibd")
def test_samples_of_another_process_are_iterated_over(python) -> None:
    async def main() -> None:
        with plib_py.Participant("receiver") as receiver:
            subscription = receiver.create_subscription("/blobs", BLOB)
            sender = python(PUBLISHER)
            assert await subscription.wait_matched_async(timeout=SECONDS)
            sender.send("0")
            number = 0
            async for sample in subscription:
                assert sample.message == b"%d" % number
                number += 1
                if number == 20:
                    break
                sender.send(str(number))

    run(main())


def test_calls_run_at_the_same_time(participant: plib_py.Participant) -> None:
    service = participant.create_service("echo", ECHO)
    client = participant.create_client("echo", ECHO)
    count = 50

    async def serve() -> None:
        held = []
        async for request in service:
            held.append(request)
            if len(held) == count:  # all of them are under way
                break
        for request in reversed(held):
            assert request.respond(request.message * 2)

    async def main() -> None:
        texts = [b"%d" % number for number in range(count)]
        calls = (client.call_async(text, SECONDS) for text in texts)
        *answers, _ = await asyncio.gather(*calls, serve())
        assert answers == [text * 2 for text in texts]

    run(main())


def test_one_thread_waits_for_all(participant: plib_py.Participant) -> None:
    subscriptions = [participant.create_subscription(f"blobs{n}", BLOB) for n in range(20)]
    publishers = [participant.create_publisher(f"blobs{n}", BLOB) for n in range(20)]

    async def main() -> None:
        tasks = [asyncio.create_task(each.wait_async(SECONDS)) for each in subscriptions]
        for publisher in publishers:
            assert await publisher.wait_matched_async(timeout=SECONDS)
        await asyncio.sleep(0)
        assert waiting_threads() == ["plib-asyncio"]
        for publisher in reversed(publishers):
            publisher.publish(b"x")
        assert all(await asyncio.gather(*tasks))
        participant.close()
        assert waiting_threads() == []

    run(main())


def test_a_cancelled_wait_takes_nothing(ends) -> None:
    publisher, subscription = ends

    async def first() -> bytes:
        async for sample in subscription:
            return sample.message
        raise AssertionError

    async def main() -> None:
        for _ in range(10):
            task = asyncio.create_task(first())
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        publisher.publish(b"kept")
        assert await first() == b"kept"

    run(main())


def test_a_cancelled_call_leaves_the_next_one_alone(participant: plib_py.Participant) -> None:
    service = participant.create_service("echo", ECHO)
    client = participant.create_client("echo", ECHO)

    async def main() -> None:
        call = asyncio.create_task(client.call_async(b"first", SECONDS))
        assert await service.wait_async(SECONDS)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        service.take().respond(b"late")
        call = asyncio.create_task(client.call_async(b"second", SECONDS))
        assert await service.wait_async(SECONDS)
        service.take().respond(b"in time")
        assert await call == b"in time"

    run(main())


def test_closing_ends_iterations_waits_and_calls(participant: plib_py.Participant) -> None:
    subscription = participant.create_subscription("never", BLOB)
    service = participant.create_service("echo", ECHO)
    client = participant.create_client("echo", ECHO)

    async def iterate(what: Any) -> list[Any]:
        return [each async for each in what]

    async def main() -> None:
        ended = asyncio.gather(
            iterate(subscription),
            iterate(participant.create_service("other", ECHO)),
            subscription.wait_async(),
            client.call_async(b""),
            participant.wait_for_graph_change_async(),
            return_exceptions=True,
        )
        assert await service.wait_async(SECONDS)  # the call is under way
        participant.close()
        samples, requests, waited, called, _ = await ended
        assert (samples, requests) == ([], [])
        assert isinstance(waited, plib_py.Closed)
        # Its service went away at the same time.
        assert isinstance(called, plib_py.Closed | plib_py.ServiceUnavailable)
        with pytest.raises(plib_py.Closed):
            await subscription.wait_async()

    run(main())
    assert waiting_threads() == []


def test_waits_end_in_time(ends, participant: plib_py.Participant) -> None:
    participant.create_service("echo", ECHO)
    client = participant.create_client("echo", ECHO)
    nobody = participant.create_client("nobody", ECHO)

    async def main() -> None:
        for timeout in (0, 0.01):
            assert not await ends[1].wait_async(timeout)
            assert not await nobody.wait_for_service_async(timeout)
            with pytest.raises(plib_py.Timeout, match="no server"):
                await nobody.call_async(b"", timeout)
            with pytest.raises(plib_py.Timeout, match="did not answer"):
                await client.call_async(b"", timeout)

    run(main())


def test_a_stream_leaves_time_for_others(participant: plib_py.Participant) -> None:
    count = 20_000
    subscription = participant.create_subscription("many", BLOB, QoS(depth=count))
    publisher = participant.create_publisher("many", BLOB, QoS(depth=count))
    for _ in range(count):
        publisher.publish(b"x")

    async def main() -> None:
        turns = 0
        taken = 0

        async def other() -> None:
            nonlocal turns
            while taken < count:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        async for _ in subscription:
            taken += 1
            if taken == count:
                break
        await task
        assert turns > 5

    run(main())


@pytest.mark.usefixtures("plibd")
def test_a_killed_server_ends_the_call(python) -> None:
    async def main() -> None:
        with plib_py.Participant("caller") as caller:
            client = caller.create_client("/echo", ECHO)
            server = python(SERVER)
            assert await client.call_async(b"x") == b"xx"
            assert server.line() == "ready"
            call = asyncio.create_task(client.call_async(b"die"))
            await asyncio.to_thread(server.line)
            server.end()
            with pytest.raises(plib_py.ServiceUnavailable):
                await call

    run(main())


@pytest.mark.usefixtures("plibd")
def test_the_graph_is_waited_for(python) -> None:
    async def main() -> None:
        with plib_py.Participant("watcher") as watcher:
            server = python(SERVER)
            for there in (True, False):
                while ("/server" in {entity.name for entity in watcher.graph()}) != there:
                    assert await watcher.wait_for_graph_change_async(SECONDS)
                server.end()

    run(main())


def test_loops_of_several_threads_share_a_participant(participant: plib_py.Participant) -> None:
    service = participant.create_service("echo", ECHO)
    client = participant.create_client("echo", ECHO)

    async def serve() -> None:
        left = 60
        async for request in service:
            assert request.respond(request.message)
            left -= 1
            if left == 0:
                return

    async def call(name: bytes) -> None:
        for _ in range(20):
            assert await client.call_async(name, SECONDS) == name

    mains = [serve(), call(b"a"), call(b"b"), call(b"c")]
    failures: list[BaseException] = []

    def thread(main: Coroutine[Any, Any, None]) -> None:
        try:
            run(main)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=thread, args=(main,)) for main in mains]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []


def test_a_loop_may_end_before_its_waits_do(ends, participant: plib_py.Participant) -> None:
    publisher, subscription = ends

    async def leave_waiting() -> None:
        asyncio.create_task(subscription.wait_async())  # noqa: RUF006 - ended by the loop's end
        await asyncio.sleep(0)

    for _ in range(5):
        run(leave_waiting())
    publisher.publish(b"x")
    run(participant.wait_for_graph_change_async(0))
    assert subscription.take().message == b"x"
