"""YAML to messages, in both kinds of classes."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("rosbags")
pytest.importorskip("rclpy")
from geometry_msgs.msg import PoseStamped
from test_msgs.msg import (
    Arrays,
    BasicTypes,
    BoundedSequences,
    MultiNested,
    UnboundedSequences,
)

import plib_py
from plib_py._store import Store
from plib_py.cli import fill, text

VALUES = """
bool_values: [true, false, true]
byte_values: [0, 1, 255]
float32_values: [1, 2.5, 1e-3]
uint64_values: [0, 1, 18446744073709551615]
string_values: [größe, 5, "true"]
basic_types_values: [{int8_value: -128}, {}, {uint64_value: 5}]
alignment_check: 7
"""


@pytest.fixture(scope="module")
def store() -> Store:
    """Return a store that has read the messages of test_msgs."""
    made = Store()
    for file in sorted((Path(sys.prefix) / "share/test_msgs/msg").glob("*.msg")):
        if file.stem != "WStrings":
            made.define(f"test_msgs/msg/{file.stem}", file.read_text())
    return made


def test_both_kinds_are_filled_alike(
    store: Store,
) -> None:
    ros = fill.filled(Arrays, VALUES).message
    assert ros.basic_types_values[0].int8_value == -128
    assert ros.string_values == ["größe", "5", "true"]
    plain = fill.filled(store.find("test_msgs/msg/Arrays"), VALUES.split("basic_types")[0]).message
    same = fill.filled(Arrays, VALUES.split("basic_types")[0]).message
    assert text.json_value(plain) == text.json_value(same)
    store.codec(type(plain)).encode(plain)


def test_what_is_not_named_has_its_default() -> None:
    assert fill.filled(PoseStamped, "").message == PoseStamped()
    assert fill.filled(PoseStamped, "{}").message == PoseStamped()
    made = fill.filled(PoseStamped, "{pose: {position: {x: 1}}}").message
    assert (made.pose.position.x, made.pose.orientation.w) == (1.0, 1.0)


@pytest.mark.parametrize("values", ["{header: auto}", "{header: {stamp: now}}"])
def test_times_are_of_the_moment(values: str) -> None:
    made = fill.filled(PoseStamped, values)
    before = time.time_ns()
    made.stamp()
    stamp = made.message.header.stamp
    assert before <= stamp.sec * 10**9 + stamp.nanosec <= time.time_ns()


@pytest.mark.parametrize(
    ("kind", "values", "told"),
    [
        (BasicTypes, "{int8_value: 128}", "int8_value has to be a whole number from -128 to 127"),
        (BasicTypes, "{uint8_value: -1}", "from 0 to 255"),
        (BasicTypes, "{int8_value: 1.5}", "whole number"),
        (BasicTypes, "{int8_value: true}", "whole number"),
        (BasicTypes, "{bool_value: 1}", "true or false"),
        (BasicTypes, "{float64_value: x}", "has to be a number"),
        (BasicTypes, "{nothing: 1}", "no field 'nothing'; its fields: bool_value"),
        (BasicTypes, "5", "has to be a mapping"),
        (BasicTypes, "[1]", "has to be a mapping"),
        (BasicTypes, "{int8_value: [", "no YAML"),
        (Arrays, "{int8_values: [1]}", "int8_values has 3 elements, not 1"),
        (Arrays, "{int8_values: 1}", "has to be a list"),
        (Arrays, "{string_values: [a, b, true]}", r"string_values\[2\] has to be a text"),
        (BoundedSequences, "{int8_values: [1, 2, 3, 4]}", "at most 3 elements"),
        (
            UnboundedSequences,
            "{basic_types_values: [{int8_value: 200}]}",
            r"values\[0\].int8_value",
        ),
        (
            MultiNested,
            "{array_of_arrays: [{}, {}, 5]}",
            r"array_of_arrays\[2\] has to be a mapping",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(kind: Any, values: str, told: str) -> None:
    with pytest.raises(plib_py.InvalidArgument, match=told):
        fill.filled(kind, values)
