"""Messages as the command line prints them: alike for ROS's classes and those without ROS."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("rosbags")
pytest.importorskip("rclpy")
from geometry_msgs.msg import PoseStamped
from rclpy.serialization import serialize_message
from sensor_msgs.msg import Image, LaserScan
from std_msgs.msg import String
from test_msgs import message_fixtures
from test_msgs.msg import Arrays, BasicTypes, BoundedSequences, MultiNested
from test_msgs.srv import BasicTypes as Service

import plib_py
from plib_py import _fields
from plib_py._store import Store
from plib_py.cli import text
from plib_py.cli.text import Style

CLASSES = (Arrays, BasicTypes, BoundedSequences, MultiNested)
STYLES = [
    Style(),
    Style(truncate=1),
    Style(no_arr=True, no_str=True),
    Style(flow=True),
]


@pytest.fixture(scope="module")
def store() -> Store:
    """Return a store that has read the files of test_msgs, as a program without ROS would."""
    made = Store()
    for kind in ("msg", "srv"):
        for file in sorted((Path(sys.prefix) / "share/test_msgs" / kind).glob(f"*.{kind}")):
            if file.stem != "WStrings":
                made.define(f"test_msgs/{kind}/{file.stem}", file.read_text())
    return made


def both(store: Store, message: Any) -> list[Any]:
    """Return a message of ROS's class, and the same of the class without ROS."""
    name = _fields.type_name(message)
    return [message, store.codec(store.find(name)).decode(serialize_message(message))]


def fixtures() -> list[Any]:
    return [each for kind in CLASSES for each in message_fixtures.get_test_msg(kind.__name__)]


@pytest.mark.parametrize("style", STYLES)
def test_both_are_the_same_text(store: Store, style: Style) -> None:
    for message in fixtures():
        ros, plain = both(store, message)
        assert text.yaml_text(ros, style) == text.yaml_text(plain, style)
        assert text.csv_text(ros, style) == text.csv_text(plain, style)


def test_both_are_the_same_json_and_repr(store: Store) -> None:
    for message in fixtures():
        ros, plain = both(store, message)
        assert json.dumps(text.json_value(ros)) == json.dumps(text.json_value(plain))
        assert text.repr_text(plain) == repr(message)


def test_services_are_told_as_ros_does(store: Store) -> None:
    found = store.find("test_msgs/srv/BasicTypes")
    request = found.Request(bool_value=True, string_value="hi")
    assert text.repr_text(request) == repr(Service.Request(bool_value=True, string_value="hi"))


def test_yaml_is_that_of_ros2_topic_echo() -> None:
    pose = PoseStamped()
    pose.header.stamp.sec = 3
    pose.header.frame_id = "größe: map"
    pose.pose.position.x = 0.5
    assert text.yaml_text(pose, Style()) == (
        "header:\n"
        "  stamp:\n"
        "    sec: 3\n"
        "    nanosec: 0\n"
        "  frame_id: 'größe: map'\n"
        "pose:\n"
        "  position:\n"
        "    x: 0.5\n"
        "    y: 0.0\n"
        "    z: 0.0\n"
        "  orientation:\n"
        "    x: 0.0\n"
        "    y: 0.0\n"
        "    z: 0.0\n"
        "    w: 1.0\n"
    )
    assert text.csv_text(pose, Style()) == "3,0,größe: map,0.5,0.0,0.0,0.0,0.0,0.0,1.0"


def test_long_arrays_and_texts_are_cut_as_ros_does() -> None:
    image = Image(data=bytes(range(5)), encoding="abcdef")
    shown = text.yaml_text(image, Style(truncate=3)).splitlines()
    assert "encoding: abc..." in shown
    assert shown[-5:] == ["data:", "- 0", "- 1", "- 2", "- '...'"]
    assert text.yaml_text(image, Style(no_arr=True)).endswith(
        "data: '<sequence type: uint8, length: 5>'\n"
    )
    assert "encoding: '<string length: <6>>'" in text.yaml_text(image, Style(no_str=True))
    assert text.yaml_text(image, Style(flow=True)).endswith("data: [0, 1, 2, 3, 4]\n")
    assert text.csv_text(image, Style(truncate=3)).endswith(",0,1,2,...")


def test_json_has_what_is_no_number() -> None:
    scan = LaserScan(ranges=[1.0, float("inf"), float("nan"), float("-inf")])
    told = text.json_value(scan)
    assert told["ranges"] == [1.0, "Infinity", "NaN", "-Infinity"]
    json.dumps(told, allow_nan=False)


def test_parts_of_messages_are_found() -> None:
    nested = MultiNested()
    (fixture, *_) = message_fixtures.get_test_msg("MultiNested")
    value, field = text.select(fixture, "array_of_arrays[1].int32_values[2]")
    assert (
        text.value_text(value, field, Style()) == f"{fixture.array_of_arrays[1].int32_values[2]}\n"
    )
    value, field = text.select(fixture, "array_of_arrays[0].basic_types_values[0]")
    assert text.value_text(value, field, Style()) == text.yaml_text(value, Style())
    value, field = text.select(String(data="hi: there"), "data")
    assert text.value_text(value, field, Style()) == "hi: there\n"
    for wrong in ("nothing", "array_of_arrays[9]", "array_of_arrays[x]", "array_of_arrays.a"):
        with pytest.raises(plib_py.InvalidArgument):
            text.select(nested, wrong)
