"""What participants are called reaches others' lists, logs and terminals: plibd looks first."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from plib_command import output_json

import plib_py
from plib_py import names, query
from plib_py.daemon.messages import RefusalError
from plib_py.daemon.names import enclave, namespace, node, printable, topic, type_name

BLOB = plib_py.RawType("test_msgs/msg/Blob")
BUILT = Path(__file__).parents[3] / "build" / "test" / "test"
HOSTILE = ["/a\x1b]0;title\x07", "/a\nplibd[1] WARNING: all is lost", "/a$(touch trapped)", "/ä"]
PROGRAM = "evil\n\x1b]0;title\x07"

# What ROS's own packages, and plib's, call things.
GOOD = [
    (topic, b"/a/_action/feedback"),
    (topic, b"/rosout"),
    (topic, b"/_plib_1/get_parameters"),
    (topic, b"reply:" + b"0123456789abcdef" * 2),
    (topic, b"rt/not of ROS's: {form}"),
    (topic, b"/" + b"n" * 254),
    (type_name, b"std_msgs/msg/String"),
    (type_name, b"test_msgs/action/Fibonacci_FeedbackMessage"),
    (type_name, b"raw"),
    (node, b"_ros2cli_daemon_0"),
    (namespace, b""),
    (namespace, b"/"),
    (namespace, b"/robot/arm_2"),
    (enclave, b"/"),
    (enclave, b"/robot/arm"),
]
BAD = [
    *((topic, name.encode()) for name in HOSTILE),
    *((topic, name) for name in (b"", b"/", b"/a/", b"/a//b", b"/1st", b"/a b", b"\xff", b"a\n")),
    *((type_name, name) for name in (b"", b"std_msgs/msg/", b"std_msgs::String", b"a\x07", b"a b")),
    *((node, name) for name in (b"", b"/a", b"a b", b"1st", b"a\n", b"\xc3\xa4")),
    *((namespace, name) for name in (b"a", b"/a/", b"/a\n")),
    *((enclave, name) for name in (b"a", b"/a/", b"/\x1b")),
]


@pytest.mark.parametrize(("check", "name"), GOOD)
def test_names_of_ros_form_are_taken(check: Callable[[bytes], bytes], name: bytes) -> None:
    assert check(name) == name


@pytest.mark.parametrize(("check", "name"), BAD)
def test_others_are_refused(check: Callable[[bytes], bytes], name: bytes) -> None:
    with pytest.raises(RefusalError) as refusal:
        check(name)
    assert refusal.value.text.isprintable()
    assert refusal.value.text.isascii()


def test_a_refusal_has_room_for_what_is_wanted() -> None:
    with pytest.raises(RefusalError) as refusal:
        topic(b"/" + b"\x1b" * 254)
    assert refusal.value.text.endswith('it has to be of the form "/camera/image_raw"')
    assert len(refusal.value.text) < 255


@pytest.mark.usefixtures("plibd")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_participant_enters_none(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_check", lambda _, given, *__: given)
    with plib_py.Participant("attacker") as attacker:
        with pytest.raises(plib_py.InvalidArgument, match="invalid topic or service name '/"):
            attacker.create_publisher(name, BLOB)
        with pytest.raises(plib_py.InvalidArgument, match="invalid type name"):
            attacker.create_subscription("/blobs", plib_py.RawType(name))
        with pytest.raises(plib_py.InvalidArgument, match="invalid topic or service name"):
            attacker.create_client(name, plib_py.RawServiceType("test_msgs/srv/Blob"))
        # It is refused that, and nothing else.
        attacker.create_publisher("/blobs", BLOB)
    with pytest.raises(plib_py.InvalidArgument, match="invalid node name"):
        plib_py.Participant(name)
    with pytest.raises(plib_py.InvalidArgument, match="invalid namespace"):
        plib_py.Participant("attacker", namespace=name)


def test_a_hostile_program_writes_no_lines_of_its_own(
    plibd_with: Callable[..., Any], start_program: Callable[..., Any], tmp_path: Path
) -> None:
    """A file may be called anything: what it is called is written out."""
    (tmp_path / "plibd.yaml").write_text(
        "access: {rules: [{name: nobody, deny: {publish: /stuck}}]}\nlog: {level: debug}\n"
    )
    plibd = plibd_with("--config", str(tmp_path / "plibd.yaml"))
    program = tmp_path / PROGRAM
    shutil.copy(BUILT / "stuck_call", program)
    assert start_program([str(program)], {}).wait() != 0
    shown = r"evil\n\x1b]0;title\x07"
    denial = plibd.logged("denies")
    assert f"{tmp_path}/{shown}" in denial
    assert shown in plibd.logged("joined domain")
    assert "\x1b" not in plibd.errors()
    texts = {event["event"]: event["text"] for event in query.events(follow=False)}
    assert shown in texts["join"]
    assert all(text.isprintable() for text in texts.values())
    # Its end is what the commands of others tell of, without lines of its own.
    assert {one["program"] for one in output_json("status")["participants"]} == set()


def test_what_is_no_text_at_all_is_written_out() -> None:
    assert printable(b"\xff\x00\x7f ok \xc3\xa4") == r"\xff\x00\x7f ok ä"
    assert printable("\udcff\u202e\u2028") == r"\udcff\u202e\u2028"
