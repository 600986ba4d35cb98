"""`plib record` and `plib play`: files that others read, and what nodes hear of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from plib_command import MEETING, PLIB, failure, output, run
from started import stop_daemon

import plib_py
from plib_py import messages
from plib_py.cli import bag_qos
from plib_py.qos import Durability, History, Liveliness, QoS, Reliability

pytest.importorskip("rclpy")
reader = pytest.importorskip("mcap.reader")
rosbags = pytest.importorskip("rosbags.rosbag2")

Start = Callable[..., Any]

# Publishes a number of texts and points when it is told to, and an image of 1 MB.
TALKER = """
import sys
import rclpy
from geometry_msgs.msg import PointStamped
from rclpy.qos import QoSProfile, DurabilityPolicy
from sensor_msgs.msg import Image
from std_msgs.msg import String
rclpy.init()
node = rclpy.create_node("talker")
texts = node.create_publisher(String, "chatter", 10)
points = node.create_publisher(PointStamped, "points", QoSProfile(
    depth=3, durability=DurabilityPolicy.TRANSIENT_LOCAL))
images = node.create_publisher(Image, "image", 10)
hidden = node.create_publisher(String, "_hidden", 10)
print("ready", flush=True)
for line in sys.stdin:
    while texts.get_subscription_count() < 1 or points.get_subscription_count() < 1:
        pass
    for number in range(int(line)):
        texts.publish(String(data=f"text {number}"))
        point = PointStamped()
        point.point.x = float(number)
        points.publish(point)
    images.publish(Image(height=1, width=1000000, step=1000000, data=bytes(1000000)))
    print("published", flush=True)
"""

# Ends when its clock says that it is two seconds later than when time began.
SIMULATED = """
import rclpy
from rclpy.parameter import Parameter
rclpy.init()
node = rclpy.create_node("sim", parameter_overrides=[Parameter("use_sim_time", value=True)])
print("ready", flush=True)
while node.get_clock().now().nanoseconds < 2e9:
    rclpy.spin_once(node)
print("two seconds", flush=True)
"""

LISTENER = """
import rclpy
from geometry_msgs.msg import PointStamped
from rclpy.qos import QoSProfile, DurabilityPolicy
from std_msgs.msg import String
rclpy.init()
node = rclpy.create_node("listener")
node.create_subscription(String, "chatter", lambda text: print(text.data, flush=True), 10)
node.create_subscription(PointStamped, "points", lambda point: print(point.point.x, flush=True),
    QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL))
print("ready", flush=True)
rclpy.spin(node)
"""

COUNT = 5
STRING = plib_py.RawType("std_msgs/msg/String")


def record(start_program: Start, file: Path, topics: int, *arguments: str) -> Any:
    """Start a recording, and wait until it is of so many topics."""
    command = [PLIB, "record", "-o", str(file), "--json", *arguments]
    recording = start_program(command, MEETING)
    told = [json.loads(recording.line())["topic"] for _ in range(topics)]
    return recording, told


def end(recording: Any, number: int = signal.SIGINT) -> dict[str, Any]:
    """End a recording and return what it says of itself."""
    recording.process.send_signal(number)
    assert recording.wait() == 0, recording.errors()
    return dict(json.loads(recording.line()))


@pytest.fixture
def talker(plibd: object, python: Start) -> Any:
    """Return a node that publishes when it is told to."""
    del plibd
    node = python(TALKER, **MEETING)
    assert node.line() == "ready"
    return node


@pytest.fixture
def recorded(talker: Any, start_program: Start, tmp_path: Path) -> Path:
    """Return a recording of a node, which has gone."""
    file = tmp_path / "recorded.mcap"
    recording, topics = record(start_program, file, 3, "/chatter", "/points", "image")
    assert topics == ["/chatter", "/image", "/points"]
    talker.send(str(COUNT))
    assert talker.line() == "published"
    told = end(recording)
    assert told["messages"] == 2 * COUNT + 1
    assert told["topics"] == 3
    assert told["bytes"] == file.stat().st_size
    assert told["lost"] == {}
    talker.end()
    return file


def test_the_mcap_library_and_foxglove_can_read_it(recorded: Path) -> None:
    with recorded.open("rb") as file:
        made = reader.make_reader(file, validate_crcs=True)
        assert made.get_header().profile == "ros2"
        summary = made.get_summary()
        found = list(made.iter_messages(topics=["/points"]))
    assert summary.statistics.message_count == 2 * COUNT + 1
    schema, channel, message = found[0]
    assert (schema.name, schema.encoding) == ("geometry_msgs/msg/PointStamped", "ros2msg")
    assert channel.message_encoding == "cdr"
    definition = schema.data.decode()
    for part in ("MSG: std_msgs/Header\n", "MSG: builtin_interfaces/Time\n",
                 "MSG: geometry_msgs/Point\n"):  # fmt: skip
        assert definition.count("=" * 80 + "\n" + part) == 1
    assert channel.metadata["topic_type_hash"].startswith("RIHS01_")
    assert [each[2].sequence for each in found] == list(range(1, COUNT + 1))
    assert message.log_time >= message.publish_time > 0
    assert message.data[:4] == b"\0\1\0\0"


def test_rosbags_reads_it_with_its_definitions_and_qos(recorded: Path) -> None:
    from rosbags.highlevel import AnyReader
    from rosbags.rosbag2 import Reader

    with AnyReader([recorded]) as bag:
        chatter = [each for each in bag.connections if each.topic == "/chatter"]
        heard = [
            bag.deserialize(data, each.msgtype).data for each, _, data in bag.messages(chatter)
        ]
        assert heard == [f"text {number}" for number in range(COUNT)]
    with Reader(recorded) as bag2:
        (points,) = [each for each in bag2.connections if each.topic == "/points"]
        (qos,) = points.ext.offered_qos_profiles
        assert (qos.depth, qos.durability.name) == (3, "TRANSIENT_LOCAL")
        assert (qos.reliability.name, qos.history.name) == ("RELIABLE", "KEEP_LAST")
        assert (qos.deadline.sec, qos.lifespan.nsec) == (9223372036, 854775807)


def test_a_node_hears_it_played(recorded: Path, python: Start) -> None:
    listener = python(LISTENER, **MEETING)
    assert listener.line() == "ready"
    assert output("play", str(recorded), "--rate", "10") == (
        f"playing {recorded}: /chatter, /image, /points\n{2 * COUNT + 1} messages played\n"
    )
    heard = sorted(listener.line() for _ in range(2 * COUNT))
    assert heard == sorted(f"{n:.1f}" for n in range(COUNT)) + [f"text {n}" for n in range(COUNT)]


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """Return a recording of four messages, a second apart, of each of two topics."""
    from mcap.writer import Writer

    file = tmp_path / "slow.mcap"
    with file.open("wb") as stream:
        writer = Writer(stream)
        writer.start("ros2")
        schema = writer.register_schema("std_msgs/msg/String", "ros2msg", b"string data\n")
        channels = [writer.register_channel(name, "cdr", schema) for name in ("/slow", "/other")]
        for number in range(4):
            for channel in channels:
                text = b"\0\1\0\0\2\0\0\0" + bytes([48 + number, 0])
                writer.add_message(channel, number * 10**9, text, number)
        writer.finish()
    return file


def take(subscription: Any, count: int) -> list[Any]:
    """Return so many samples; wait for them."""
    samples = []
    while len(samples) < count:
        assert subscription.wait(30)
        samples.append(subscription.take())
    return samples


def test_the_timing_is_that_of_the_recording(
    plibd: object, slow: Path, start_program: Start
) -> None:
    del plibd
    with plib_py.Participant("here", domain_id=0) as here:
        heard = here.create_subscription("/slow", STRING)
        command = [PLIB, "play", str(slow), "--rate", "10", "--start-offset", "1"]
        play = start_program(command, MEETING)
        samples = take(heard, 3)
    assert play.wait() == 0
    assert [sample.message[8:9] for sample in samples] == [b"1", b"2", b"3"]
    times = [sample.info.source_timestamp for sample in samples]
    # No earlier than recorded; how much later is for the machine to say.
    assert times[2] - times[0] > 0.19e9


CLOCK = "rosgraph_msgs/msg/Clock"


def test_the_recordings_time_goes_on_beside_it(
    plibd: object, slow: Path, start_program: Start, python: Start
) -> None:
    """For nodes with use_sim_time, also between messages."""
    del plibd
    node = python(SIMULATED, **MEETING)
    assert node.line() == "ready"
    with plib_py.Participant("here", domain_id=0) as here:
        clock = here.create_subscription(
            "/clock", CLOCK, QoS(depth=1000, reliability=Reliability.BEST_EFFORT)
        )
        playing = start_program([PLIB, "play", str(slow), "--clock", "50", "--rate", "2"], MEETING)
        times = [each.message.clock for each in take(clock, 30)]
        assert playing.wait() == 0
    assert [each.sec for each in times] == sorted(each.sec for each in times)
    assert times[0].sec == 0  # where the recording begins
    assert len({each.nanosec for each in times}) == len(times)
    assert node.line() == "two seconds"


def test_a_recorded_clock_makes_way_for_the_one_that_is_asked_for(
    plibd: object, tmp_path: Path
) -> None:
    from mcap.writer import Writer

    del plibd
    file = tmp_path / "simulated.mcap"
    with file.open("wb") as stream:
        writer = Writer(stream)
        writer.start("ros2")
        schema = writer.register_schema(CLOCK, "ros2msg", b"builtin_interfaces/Time clock\n")
        channel = writer.register_channel("/clock", "cdr", schema)
        writer.add_message(channel, 5, bytes(12), 5)
        writer.finish()
    done = run("play", str(file), "--clock")
    assert (done.returncode, done.stdout) == (
        0,
        f"playing {file}: no topics\n0 messages played\n",
    )
    assert done.stderr == f"plib: {file}: its own /clock is left out\n"


def test_topics_are_played_by_other_names(plibd: object, slow: Path, start_program: Start) -> None:
    del plibd
    with plib_py.Participant("here", domain_id=0) as here:
        heard = here.create_subscription("/new/name", STRING, QoS(depth=1000))
        untouched = here.create_subscription("/other", STRING, QoS(depth=1000))
        old = here.create_subscription("/slow", STRING, QoS(depth=1000))
        command = [PLIB, "play", str(slow), "--rate", "50", "-m", "slow:=/new/name"]
        playing = start_program(command, MEETING)
        assert playing.line() == f"playing {slow}: /new/name, /other"
        for subscription in (heard, untouched):
            assert b"".join(each.message[8:9] for each in take(subscription, 4)) == b"0123"
        assert playing.wait() == 0
        assert old.take() is None


def test_some_topics_are_played_again_and_again(
    plibd: object, slow: Path, start_program: Start
) -> None:
    del plibd
    with plib_py.Participant("here", domain_id=0) as here:
        heard = here.create_subscription("/slow", STRING, QoS(depth=1000))
        other = here.create_subscription("/other", STRING)
        command = [PLIB, "play", str(slow), "--topics", "slow", "--loop", "--json", "--rate", "50"]
        playing = start_program(command, MEETING)
        assert json.loads(playing.line())["topics"] == ["/slow"]
        assert b"".join(each.message[8:9] for each in take(heard, 12)) == b"0123" * 3
        assert [json.loads(playing.line())["messages"] for _ in range(3)] == [4, 4, 4]
        playing.process.send_signal(signal.SIGINT)
        assert playing.wait() == 130
        assert other.take() is None
    assert playing.errors().strip() == ""


def test_all_matching_but_excluded_and_hidden_topics(
    talker: Any, start_program: Start, tmp_path: Path
) -> None:
    _, topics = record(start_program, tmp_path / "all.mcap", 2, "--all", "-x", "image|rosout|param")
    assert topics == ["/chatter", "/points"]
    _, topics = record(
        start_program, tmp_path / "hidden.mcap", 4, "-a", "--include-hidden-topics", "-x",
        "rosout|param",
    )  # fmt: skip
    assert topics == ["/_hidden", "/chatter", "/image", "/points"]
    _, topics = record(start_program, tmp_path / "matching.mcap", 1, "-e", "^/chat")
    assert topics == ["/chatter"]
    del talker


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_a_topic_that_comes_later_is_recorded_and_sigterm_ends_well(
    plibd: object, python: Start, start_program: Start, tmp_path: Path, compression: str
) -> None:
    del plibd
    file = tmp_path / "later"
    command = [PLIB, "record", "-o", str(file), "--json", "--compression", compression]
    recording = start_program([*command, "/chatter", "/points"], MEETING)
    talker = python(TALKER, **MEETING)
    assert talker.line() == "ready"
    talker.send("3")
    assert talker.line() == "published"
    assert [json.loads(recording.line())["event"] for _ in range(2)] == ["topic"] * 2
    told = end(recording, signal.SIGTERM)
    assert (told["file"], told["messages"]) == (f"{file}.mcap", 6)
    with rosbags.Reader(file.with_suffix(".mcap")) as bag:
        assert len(list(bag.messages())) == 6


def test_who_offers_less_later_is_recorded_too(
    plibd: object, start_program: Start, tmp_path: Path
) -> None:
    del plibd
    with plib_py.Participant("here", domain_id=0) as here:
        first = here.create_publisher("/both", STRING)
        recording, _ = record(start_program, tmp_path / "both.mcap", 1, "/both")
        assert first.wait_matched(timeout=30)
        first.publish(b"\0\1\0\0first")
        assert first.wait_acked(30)
        second = here.create_publisher("/both", STRING, QoS.sensor_data())
        assert second.wait_matched(timeout=30)
        second.publish(b"\0\1\0\0second")
        assert second.wait_acked(30)
        assert end(recording)["messages"] == 2


def test_a_recording_outlives_plibd(plibd: Any, start_program: Start, tmp_path: Path) -> None:
    with plib_py.Participant("here", domain_id=0) as here:
        first = here.create_publisher("/first", STRING)
        recording, _ = record(start_program, tmp_path / "all.mcap", 1, "--all")
        assert first.wait_matched(timeout=30)
        plibd.kill()
        first.publish(b"\0\1\0\0while plibd is away")
        # Who of the three starts another is for them to find out.
        with plib_py.Participant("there", domain_id=0) as there:
            second = there.create_publisher("/second", STRING)
            assert json.loads(recording.line())["topic"] == "/second"
            assert second.wait_matched(timeout=30)
            second.publish(b"\0\1\0\0after it came back")
            assert end(recording)["messages"] == 2
    stop_daemon(plibd.socket)


def test_what_may_not_be_had_is_told_and_the_rest_recorded(
    plibd_with: Callable[..., object], start_program: Start, tmp_path: Path
) -> None:
    config = tmp_path / "plibd.yaml"
    config.write_text("access: {rules: [{name: private, deny: {subscribe: /secret}}]}")
    plibd_with("--config", str(config))
    with plib_py.Participant("here", domain_id=0) as here:
        here.create_publisher("/secret", STRING)
        publisher = here.create_publisher("/told", STRING)
        recording, topics = record(start_program, tmp_path / "all.mcap", 1, "--all")
        assert topics == ["/told"]
        assert publisher.wait_matched(timeout=30)
        publisher.publish(b"\0\1\0\0x")
        assert end(recording)["messages"] == 1
    assert "not recorded: /secret cannot be created: rule 'private'" in recording.errors()
    assert recording.errors().count("\n") == 1


def test_a_recording_without_messages_can_be_read(
    plibd: object, start_program: Start, tmp_path: Path
) -> None:
    del plibd
    file = tmp_path / "empty.mcap"
    with plib_py.Participant("here", domain_id=0) as here:
        here.create_publisher("/here", STRING)
        recording, _ = record(start_program, file, 1, "/here")
        assert end(recording)["messages"] == 0
    assert output("play", str(file)) == f"playing {file}: /here\n0 messages played\n"


def test_a_full_disk_is_told_in_one_line(
    plibd: object, start_program: Start, tmp_path: Path
) -> None:
    del plibd
    file = tmp_path / "full.mcap"
    command = ["prlimit", "--fsize=65536", PLIB, "record", "-o", str(file), "--json", "/here"]
    with plib_py.Participant("here", domain_id=0) as here:
        publisher = here.create_publisher("/here", STRING)
        recording = start_program(command, MEETING)
        recording.line()
        while recording.process.poll() is None:
            publisher.publish(b"x" * 100_000)
            publisher.wait_acked(0.1)
    assert recording.wait() == 2
    told = recording.errors().splitlines()
    assert len(told) == 1
    assert told[0].startswith(f"plib: {file}: File too large: ")
    assert "mcap recover" in told[0]
    assert file.stat().st_size == 65536


def test_types_without_a_definition_are_recorded(
    plibd: object, start_program: Start, tmp_path: Path
) -> None:
    del plibd
    file = tmp_path / "unknown.mcap"
    with plib_py.Participant("here", domain_id=0) as here:
        publisher = here.create_publisher("/here", plib_py.RawType("nobody_msgs/msg/Knows"))
        recording, _ = record(start_program, file, 1, "/here")
        assert publisher.wait_matched(timeout=30)
        publisher.publish(b"\0\1\0\0x")
        assert end(recording)["messages"] == 1
    assert "recorded without its definition" in recording.errors()
    with file.open("rb") as stream:
        (schema,) = reader.make_reader(stream).get_summary().schemas.values()
    assert (schema.encoding, schema.data) == ("", b"")


def test_definitions_are_those_of_rosbags_when_ros_is_not_there() -> None:
    code = (
        "import without_ros\nfrom plib_py import messages\n"
        "messages.define('robot_msgs/msg/Arm', 'byte state\\ngeometry_msgs/Point tip')\n"
        "print(messages.definition('geometry_msgs/msg/PointStamped'))\n"
        "print(messages.definition('robot_msgs/msg/Arm'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "programs")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "MSG: geometry_msgs/Point\nfloat64 x\n" in done.stdout
    assert "byte state\ngeometry_msgs/Point tip\n" in done.stdout


def test_definitions_are_whole() -> None:
    text = messages.definition("sensor_msgs/msg/Image")
    assert text.startswith("# This message contains an uncompressed image")
    assert text.count("\n" + "=" * 80 + "\nMSG: ") == 2
    with pytest.raises(plib_py.InvalidArgument, match="is no message"):
        messages.definition("std_srvs/srv/SetBool")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("record",), "name topics"),
        (("record", "-e", "["), "no regular expression"),
        (("record", "-a", "-o", "{file}"), "exists already"),
        (("record", "-a", "-o", "{folder}/no/such.mcap"), "No such file or directory"),
        (("play", "{file}"), "no intact MCAP file"),
        (("play", "{cut}"), "{cut}"),
        (("play", "{folder}/nothing.mcap"), "does not exist"),
        (("play", "{folder}"), "is a directory"),
        (("play", "{cut}", "-m", "slow"), "'slow' is not OLD:=NEW"),
        (("play", "{cut}", "-m", "slow:="), "'slow:=' is not OLD:=NEW"),
        (("play", "{cut}", "-m", "slow:=one", "-m", "/slow:=two"), "/slow has two new names"),
        (("play", "{cut}", "-m", "slow:=1x"), "1x"),
        (("play", "{cut}", "--clock", "0"), "0"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    plibd: object, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    del plibd
    from mcap.writer import Writer

    file, cut = tmp_path / "file.mcap", tmp_path / "cut.mcap"
    file.write_bytes(b"something else")
    with cut.open("wb") as stream:
        writer = Writer(stream)
        writer.start("ros2")
        schema = writer.register_schema("std_msgs/msg/String", "ros2msg", b"string data\n")
        writer.add_message(writer.register_channel("/slow", "cdr", schema), 1, b"\0\1\0\0", 1)
        writer.finish()
        stream.truncate(stream.tell() // 2)
    names = {"file": file, "cut": cut, "folder": tmp_path}
    told = told.format(**names)
    assert told in failure(*(each.format(**names) for each in arguments))
    assert file.read_bytes() == b"something else"


def test_a_topic_that_was_not_recorded_is_told(recorded: Path) -> None:
    told = failure("play", str(recorded), "--topics", "/nothing")
    assert "has no /nothing; its topics: /chatter, /image, /points" in told
    told = failure("play", str(recorded), "--topics", "/image", "--remap", "chatter:=c")
    assert "/chatter is not played: nothing to remap" in told


def test_without_mcap_it_says_what_to_install(plibd: object, tmp_path: Path) -> None:
    del plibd
    (tmp_path / "mcap.py").write_text("raise ImportError('not here')")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from plib_py.cli import main; " \
        "sys.exit(main(['record', '-a']))"  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "pip install rmw-plib[record]" in done.stderr
    assert done.stderr.count("\n") == 1


def test_qos_survives_the_file() -> None:
    qos = [
        QoS(),
        QoS(
            reliability=Reliability.BEST_EFFORT,
            durability=Durability.TRANSIENT_LOCAL,
            history=History.KEEP_ALL,
            depth=7,
            liveliness=Liveliness.MANUAL_BY_TOPIC,
            deadline=0.25,
            lifespan=2.5,
            lease=1e-9,
        ),
    ]
    assert bag_qos.load(bag_qos.dump([*qos, QoS()])) == qos
    assert bag_qos.load("") == []
    old = "- {history: 1, depth: 5, reliability: 2, durability: 1, deadline: {sec: 0, nsec: 0}, " \
        "lifespan: {sec: 2147483647, nsec: 4294967295}, liveliness: 0}"  # fmt: skip
    assert bag_qos.load(old) == [
        QoS(reliability=Reliability.BEST_EFFORT, durability=Durability.TRANSIENT_LOCAL, depth=5)
    ]
    strict = bag_qos.strictest(qos)
    assert (strict.reliability, strict.durability) == (
        Reliability.RELIABLE,
        Durability.TRANSIENT_LOCAL,
    )
    assert bag_qos.strictest([]) == QoS.default()
    for wrong in ("5", "- 5", "[", "- {deadline: 5}"):
        with pytest.raises(plib_py.InvalidArgument, match="malformed"):
            bag_qos.load(wrong)
