import pytest

import plib_py
from plib_py import InvalidArgument, RawType, names


@pytest.mark.parametrize(
    ("topic", "full"),
    [
        ("chatter", "/robot/chatter"),
        ("/chatter", "/chatter"),
        ("~/debug", "/robot/talker/debug"),
        ("camera/image_raw", "/robot/camera/image_raw"),
    ],
)
def test_topics_are_expanded_as_in_ros(topic: str, full: str) -> None:
    assert names.full_topic(topic, "/robot", "talker") == full


def test_topics_of_the_root_namespace_have_one_slash() -> None:
    assert names.full_topic("chatter", "/", "talker") == "/chatter"


@pytest.mark.parametrize("topic", ["", "/", "a b", "/a//b", "1st", "/a/", "a" * 256, "tö"])
def test_malformed_topics_are_refused(topic: str) -> None:
    with pytest.raises(InvalidArgument):
        names.full_topic(topic, "/", "talker")


def test_a_private_topic_needs_a_node() -> None:
    with pytest.raises(InvalidArgument, match="no node"):
        names.full_topic("~/debug", "/", None)


@pytest.mark.parametrize("name", ["", "a/b", "a-b", "1"])
def test_malformed_node_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidArgument):
        names.check_node(name)


@pytest.mark.parametrize("hash_", ["", "RIHS01_12", "RIHS01_" + "g" * 64])
def test_malformed_type_hashes_are_refused(hash_: str) -> None:
    with pytest.raises(InvalidArgument, match="hash"):
        RawType("std_msgs/msg/String", hash_)


def test_what_is_no_text_is_no_name(participant: plib_py.Participant) -> None:
    for number in (5, None):
        with pytest.raises(plib_py.InvalidArgument, match=f"topic {number}.*str"):
            participant.create_publisher(number, plib_py.RawType("test_msgs/msg/Blob"))
    for arguments in ({"name": 5}, {"name": "node", "namespace": 5}):
        with pytest.raises(plib_py.InvalidArgument, match=r"5.*str"):
            plib_py.Participant(**arguments)
