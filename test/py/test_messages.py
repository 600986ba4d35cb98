"""Types of plib_py.messages: what ROS makes of the same names and files."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import plib_py
from plib_py import messages

numpy = pytest.importorskip("numpy")
pytest.importorskip("rosbags")
from plib_py._store import Store  # noqa: E402 - needs both

SHARE = Path(sys.prefix) / "share"


def ros_types(kind: str) -> list[str]:
    """Return the types of an installed ROS: of .msg or .srv files, some messages of .idl files."""
    files = [file for file in SHARE.glob(f"*/{kind}/*.json") if file.with_suffix(".idl").exists()]
    names = {f"{file.parent.parent.name}/{kind}/{file.stem}" for file in files}
    return sorted(name for name in names if file_of(name).exists())


def file_of(name: str) -> Path:
    package, kind, short = name.split("/")
    file = SHARE / package / kind / f"{short}.{kind}"
    return file if file.exists() or kind != "msg" else file.with_suffix(".idl")


def ros_class(name: str) -> Any:
    package, kind, short = name.split("/")
    module = pytest.importorskip(f"{package}.{kind}")
    return getattr(module, short)


@pytest.fixture(scope="module")
def store() -> Store:
    """Return a store that has read every file of the installed ROS."""
    pytest.importorskip("rclpy")
    store = Store()
    for kind in ("msg", "srv"):
        for name in ros_types(kind):
            if file_of(name).suffix == ".idl":
                # Also those that belong to a service or an action, which are in its file.
                store.define_idl(name, file_of(name).read_text())
            else:
                store.define(name, file_of(name).read_text())
    return store


def test_hashes_are_those_of_ros(store: Store) -> None:
    names = ros_types("msg") + ros_types("srv")
    assert len(names) > 150
    wrong = []
    for name in names:
        hashes = json.loads(file_of(name).with_suffix(".json").read_text())["type_hashes"]
        made = store.find(name)
        codec = store.service_codec(made) if "/srv/" in name else store.codec(made)
        if {"type_name": name, "hash_string": codec.hash} not in hashes:
            wrong.append(name)
    assert wrong == []


def as_plain(value: Any) -> Any:
    """Return a message of either kind as dictionaries and lists."""
    if hasattr(value, "get_fields_and_field_types"):
        return {name: as_plain(getattr(value, name)) for name in value.get_fields_and_field_types()}
    if hasattr(value, "__msgtype__"):
        # rosbags' messages have their constants and their type as well.
        fields = {name: each for name, each in vars(value).items() if name[0] != "_"}
        fields.pop("structure_needs_at_least_one_member", None)
        return {name: as_plain(each) for name, each in fields.items() if not name.isupper()}
    if isinstance(value, bytes):  # a ROS byte
        return value[0]
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, numpy.generic):
        return value.item()
    return [as_plain(each) for each in value]


def test_new_messages_are_those_of_ros(store: Store) -> None:
    wrong = [
        name
        for name in ros_types("msg")
        if as_plain(store.find(name)()) != as_plain(ros_class(name)())
    ]
    assert wrong == []


def test_messages_survive_the_way_through_both_serializations(store: Store) -> None:
    fixtures = pytest.importorskip("test_msgs.message_fixtures")
    from rclpy.serialization import deserialize_message, serialize_message

    seen = 0
    for short in sorted(name.rsplit("/", 1)[1] for name in ros_types("msg") if "test_" in name):
        codec = store.codec(store.find(f"test_msgs/msg/{short}"))
        for original in fixtures.get_test_msg(short):
            made = codec.decode(serialize_message(original))
            assert as_plain(made) == as_plain(original)
            assert type(made) is store.find(f"test_msgs/msg/{short}")
            if short == "MultiNested":
                nested = made.array_of_arrays[0].basic_types_values[0]
                assert type(nested) is store.find("test_msgs/msg/BasicTypes")
            assert deserialize_message(bytes(codec.encode(made)), type(original)) == original
            seen += 1
    assert seen > 20


def test_what_a_received_message_consists_of_is_of_our_classes() -> None:
    store = Store()
    received = b"\0\1\0\0" + bytes(8) + b"\1\0\0\0\0"
    header = store.codec(store.find("std_msgs/msg/Header")).decode(received)
    assert type(header.stamp) is store.find("builtin_interfaces/msg/Time")


def test_plibs_own_messages_need_no_file_of_ones_own() -> None:
    statistics = messages.get("rmw_plib/msg/Statistics")()
    assert messages.deserialize(type(statistics), messages.serialize(statistics)) == statistics
    with pytest.raises(plib_py.InvalidArgument, match="not known"):
        messages.get("rmw_plib/msg/Nothing")


def test_messages_of_idl_files_are_read_in_any_order() -> None:
    pytest.importorskip("rclpy")
    names = ("ComplexNestedKey", "NonKeyedWithNestedKey", "KeyedString")
    made, *_ = messages.load(*(SHARE / "test_msgs" / "msg" / f"{name}.idl" for name in names))
    message = made(uint32_key=3, float64_value=0.5)
    message.nested_keys.nested_data.key = "grüße"
    assert messages.deserialize(made, messages.serialize(message)) == message


def test_a_folder_is_read_without_what_ros_made_of_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "my_idl" / "msg"
    folder.mkdir(parents=True)
    (folder / "Plain.msg").write_text("int32 number")
    (folder / "Plain.idl").write_text("made of it")
    (folder / "Other.idl").write_text(
        "#include <my_idl/msg/Plain.idl>\n"
        "module my_idl { module msg { struct Other { my_idl::msg::Plain plain; }; }; };"
    )
    other, plain = messages.load(folder)
    assert other(plain=plain(number=3)).plain.number == 3
    assert messages.load(tmp_path / "my_idl") == [other, plain]


@pytest.mark.parametrize(
    ("field", "error", "text"),
    [
        ("wchar letter", plib_py.Unsupported, "letter of my_idl/msg/Wrong is a wchar"),
        ("wstring<5> word", plib_py.Unsupported, "word of my_idl/msg/Wrong is a bounded wstring"),
        ("nonsense", plib_py.InvalidArgument, "my_idl/msg/Wrong cannot be defined"),
    ],
)
def test_what_idl_files_may_not_say(
    tmp_path: Path, field: str, error: type[Exception], text: str
) -> None:
    file = tmp_path / "my_idl" / "msg" / "Wrong.idl"
    file.parent.mkdir(parents=True)
    file.write_text(f"module my_idl {{ module msg {{ struct Wrong {{ {field}; }}; }}; }};")
    with pytest.raises(error, match=text):
        messages.load(file)
    file.write_text("module my_idl { module msg { struct Another { long number; }; }; };")
    with pytest.raises(plib_py.InvalidArgument, match="my_idl/msg/Another"):
        messages.load(file)


@pytest.mark.parametrize("text", ["", "Hellö", "ハローワールド", "🤖 and \ud800"])
def test_wide_strings_are_strings(text: str) -> None:
    wide = messages.define(
        "my_wide/msg/Wide", 'wstring one\nwstring given "grüße"\nwstring[2] two\nwstring[] more'
    )
    assert (wide().one, wide().given, wide().two, wide().more) == ("", "grüße", ["", ""], [])
    message = wide(one=text, two=[text, "x"], more=[text, "", text])
    assert messages.deserialize(wide, messages.serialize(message)) == message
    with pytest.raises(plib_py.InvalidArgument, match="a field of the my_wide/msg/Wide is wrong"):
        messages.serialize(wide(one=3))


def test_arrays_of_numbers_are_numpy_arrays(store: Store) -> None:
    image_class = store.find("sensor_msgs/msg/Image")
    image = image_class(data=b"abc")
    assert image.data.dtype == numpy.uint8
    assert image.data.tolist() == list(b"abc")
    image.data = numpy.zeros((2, 3, 4), numpy.uint8)
    assert image.data.shape == (24,)
    image.data = [1, 2]
    assert image == image_class(data=numpy.array([1, 2], numpy.uint8))
    assert image != image_class()
    for wrong in ([256], ["x"], numpy.array([0.5]), None):
        with pytest.raises(plib_py.InvalidArgument, match="data of sensor_msgs/msg/Image"):
            image.data = wrong


def test_wrong_values_are_told(store: Store) -> None:
    codec = store.codec(store.find("geometry_msgs/msg/Point"))
    with pytest.raises(plib_py.InvalidArgument, match="geometry_msgs/msg/Point"):
        codec.encode(store.find("geometry_msgs/msg/Point")(x="far"))
    with pytest.raises(plib_py.InvalidArgument, match="Vector3 is no geometry_msgs/msg/Point"):
        codec.encode(store.find("geometry_msgs/msg/Vector3")())
    for malformed in (b"", b"\0\1\0\0", b"\0\3\0\0" + bytes(24), b"\0\1\0\0" + bytes(23)):
        with pytest.raises(plib_py.MalformedMessage):
            codec.decode(malformed)


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("a/msg/B", "int32 = a", "cannot be defined"),
        ("a/srv/B", "int32 a", "---"),
        ("geometry_msgs/msg/Point", "int32 x", "different definition"),
        ("a/B", "", "form"),
        ("a/action/B", "", "form"),
    ],
)
def test_malformed_definitions_are_told(name: str, text: str, match: str) -> None:
    with pytest.raises(plib_py.InvalidArgument, match=match):
        messages.define(name, text)


@pytest.mark.usefixtures("plibd")
def test_unknown_types_are_told() -> None:
    with plib_py.Participant("node") as node:
        with pytest.raises(plib_py.InvalidArgument, match=r"messages.load\(\)"):
            node.create_publisher("a", "nowhere/msg/Nothing")
        messages.define("incomplete/msg/Outer", "nowhere/Inner inner")
        with pytest.raises(plib_py.InvalidArgument, match="nowhere/msg/Inner"):
            node.create_publisher("a", "incomplete/msg/Outer")
        with pytest.raises(plib_py.InvalidArgument, match="no service type"):
            node.create_client("a", "incomplete/msg/Outer")


def test_files_are_found_by_their_folders(tmp_path: Path) -> None:
    for name, text in (
        ("robot/msg/Wheel.msg", "float32 speed 1.5\nuint8 LEFT=1"),
        ("robot/msg/Base.msg", "Wheel[2] wheels\nstd_msgs/Header header"),
        ("robot/srv/Drive.srv", "Wheel wheel\n---\nbool done"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    base, wheel, drive = messages.load(tmp_path / "robot")
    assert messages.get("robot/msg/Base") is base
    assert [each.speed for each in base().wheels] == [1.5, 1.5]
    assert wheel.LEFT == 1
    assert type(drive.Request().wheel) is wheel
    assert drive.Response(done=True).done
    (alias,) = messages.load(tmp_path / "robot/msg/Wheel.msg", package="other")
    assert alias is messages.get("other/msg/Wheel")
    with pytest.raises(plib_py.InvalidArgument, match=r"\.srv"):
        messages.load(__file__)


def test_rosidl_classes_come_first() -> None:
    string = pytest.importorskip("std_msgs.msg").String
    assert messages.get("std_msgs/msg/String") is string
    assert messages.get("std_srvs/srv/Trigger") is pytest.importorskip("std_srvs.srv").Trigger


TALKER = """
import without_ros
import sys, plib_py
from plib_py import messages
share = sys.argv[1]
messages.load(f"{share}/test_msgs/msg/BasicTypes.msg", f"{share}/test_msgs/msg/Nested.msg")
Nested = messages.get("test_msgs/msg/Nested")
BasicTypes = messages.get("test_msgs/msg/BasicTypes")
with plib_py.Participant("plain") as plain:
    publisher = plain.create_publisher("to_ros", Nested)
    subscription = plain.create_subscription("from_ros", "std_msgs/msg/String")
    assert publisher.wait_matched(timeout=30) and subscription.wait_matched(timeout=30)
    print("ready", flush=True)
    for sample in subscription:
        value = BasicTypes(int64_value=int(sample.message.data), uint8_value=200)
        publisher.publish(Nested(basic_types_value=value))
assert "rclpy" not in sys.modules
"""

RCLPY_PARTNER = """
import rclpy
from std_msgs.msg import String
from test_msgs.msg import Nested
rclpy.init()
node = rclpy.create_node("partner")
publisher = node.create_publisher(String, "from_ros", 10)
def hear(message):
    value = message.basic_types_value
    assert value.uint8_value == 200
    print(value.int64_value, flush=True)
    publisher.publish(String(data=str(value.int64_value + 1)))
node.create_subscription(Nested, "to_ros", hear, 10)
import sys
print("ready", flush=True)
sys.stdin.readline()
publisher.publish(String(data="-5"))
rclpy.spin(node)
"""

WIDE_TALKER = """
import without_ros
import sys, plib_py
from plib_py import messages
share = sys.argv[1] + "/test_msgs/msg"
WStrings, Keyed, KeyedString = messages.load(
    f"{share}/WStrings.msg", f"{share}/NonKeyedWithNestedKey.idl", f"{share}/KeyedString.idl"
)
with plib_py.Participant("plain") as plain:
    ends = []
    for topic, kind in (("wide", WStrings), ("keyed", Keyed)):
        ends.append(plain.create_publisher(topic, kind))
        ends.append(plain.create_subscription(f"{topic}_back", kind))
    assert all(end.wait_matched(timeout=30) for end in ends)
    wide, wide_back, keyed, keyed_back = ends
    for line in sys.stdin:
        text = line.strip()
        sent = WStrings(wstring_value=text, unbounded_sequence_of_wstrings=[text, "", text])
        wide.publish(sent)
        assert wide_back.wait(30) and wide_back.take().message == sent
        sent = Keyed(nested_data=KeyedString(key=text, value="v"), some_int=3)
        keyed.publish(sent)
        assert keyed_back.wait(30) and keyed_back.take().message == sent
        print(sent.nested_data.key, flush=True)
assert "rclpy" not in sys.modules
"""

RCLPY_ECHO = """
import rclpy
from test_msgs.msg import NonKeyedWithNestedKey, WStrings
rclpy.init()
node = rclpy.create_node("echo")
for topic, kind in (("wide", WStrings), ("keyed", NonKeyedWithNestedKey)):
    publisher = node.create_publisher(kind, f"{topic}_back", 10)
    node.create_subscription(kind, topic, publisher.publish, 10)
print("ready", flush=True)
rclpy.spin(node)
"""

CALLER = """
import without_ros
import sys, plib_py
from plib_py import messages
SetBool = messages.define("std_srvs/srv/SetBool", "bool data\\n---\\nbool success\\nstring message")
with plib_py.Participant("plain") as plain:
    service = plain.create_service(
        "plain_switch", SetBool, lambda request: SetBool.Response(success=not request.data)
    )
    client = plain.create_client("ros_switch", SetBool)
    for line in sys.stdin:
        answer = client.call(SetBool.Request(data=line.strip() == "on"), 30)
        print(answer.success, answer.message, flush=True)
        service.serve_once(30)
"""

RCLPY_SWITCH = """
import rclpy
from rclpy.executors import MultiThreadedExecutor
from rclpy.callback_groups import ReentrantCallbackGroup
from std_srvs.srv import SetBool
rclpy.init()
node = rclpy.create_node("partner")
client = node.create_client(SetBool, "plain_switch", callback_group=ReentrantCallbackGroup())
def answer(request, response):
    future = client.call_async(request)
    future.add_done_callback(lambda done: print(done.result().success, flush=True))
    response.success, response.message = request.data, "grüße"
    return response
node.create_service(SetBool, "ros_switch", answer)
print("ready", flush=True)
executor = MultiThreadedExecutor(2)
executor.add_node(node)
executor.spin()
"""

ROS = {"RMW_IMPLEMENTATION": "rmw_plib", "ROS_DOMAIN_ID": "0"}


@pytest.fixture
def plain(python, monkeypatch: pytest.MonkeyPatch):
    """Return a function that starts a program which cannot import ROS."""
    pytest.importorskip("rclpy")
    programs = str(Path(__file__).parent.parent / "programs")

    def start(code: str):
        for name in ("AMENT_PREFIX_PATH", "RMW_IMPLEMENTATION"):
            monkeypatch.delenv(name, raising=False)
        return python(code, str(SHARE), PYTHONPATH=programs, ROS_DOMAIN_ID="0")

    return start


@pytest.mark.usefixtures("plibd")
def test_a_program_without_ros_talks_to_rclpy(plain, python) -> None:
    partner = python(RCLPY_PARTNER, **ROS)
    assert partner.line() == "ready"
    talker = plain(TALKER)
    assert talker.line() == "ready"
    partner.send()
    assert [partner.line() for _ in range(10)] == [str(number) for number in range(-5, 5)]
    assert talker.process.poll() is None


@pytest.mark.usefixtures("plibd")
def test_wide_strings_and_idl_files_reach_rclpy_and_come_back(plain, python) -> None:
    echo = python(RCLPY_ECHO, **ROS)
    assert echo.line() == "ready"
    talker = plain(WIDE_TALKER)
    for text in ("hello", "grüße", "ハローワールド", "🤖"):
        talker.send(text)
        assert talker.line() == text


@pytest.mark.usefixtures("plibd")
def test_a_program_without_ros_calls_rclpy_and_is_called(plain, python) -> None:
    partner = python(RCLPY_SWITCH, **ROS)
    assert partner.line() == "ready"
    caller = plain(CALLER)
    for word, told in (("on", "True"), ("off", "False")):
        caller.send(word)
        assert caller.line() == f"{told} grüße"
        assert partner.line() == str(told == "False")


def test_serialized_messages_are_what_topics_carry(participant: plib_py.Participant) -> None:
    """A message is published as bytes in a loan, and another is read from them."""
    vector = messages.get("geometry_msgs/msg/Vector3")
    subscription = participant.create_subscription("vectors", vector)
    publisher = participant.create_publisher("vectors", vector)
    assert publisher.wait_matched(timeout=10)
    data = messages.serialize(vector(x=1.0, y=2.0, z=3.0))
    with publisher.loan(len(data)) as buffer:
        buffer[:] = data
    assert subscription.wait(10)
    sample = subscription.take_loaned()
    assert sample is not None
    with sample as received:
        assert bytes(received) == data
        assert messages.deserialize(vector, received) == vector(x=1.0, y=2.0, z=3.0)
    assert messages.deserialize("geometry_msgs/msg/Vector3", data).z == 3.0


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(plib_py.MalformedMessage):
        messages.deserialize("geometry_msgs/msg/Vector3", b"\0\1\0\0")
    with pytest.raises(plib_py.InvalidArgument):
        messages.serialize("text")
