import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import plib_py
from plib_py import Durability, History, Liveliness, QoS, Reliability

durations = st.one_of(st.just(math.inf), st.floats(min_value=1e-9, max_value=1e6))


def test_default_is_ros_default() -> None:
    qos = QoS.default()
    assert (qos.reliability, qos.durability) == (Reliability.RELIABLE, Durability.VOLATILE)
    assert (qos.history, qos.depth) == (History.KEEP_LAST, 10)


def test_sensor_data_is_best_effort() -> None:
    assert QoS.sensor_data() == QoS(reliability=Reliability.BEST_EFFORT, depth=5)


def test_parameters_keep_a_thousand() -> None:
    assert QoS.parameters().depth == QoS.parameter_events().depth == 1000


def test_system_and_services_default_are_the_default() -> None:
    assert QoS.system_default() == QoS.services_default() == QoS.default()


@pytest.mark.parametrize("depth", [0, -1, 65537, 1.5, "10"])
def test_a_depth_out_of_range_is_refused(depth: object) -> None:
    with pytest.raises(plib_py.InvalidArgument, match="depth"):
        QoS(depth=depth)


@pytest.mark.parametrize("name", ["deadline", "lifespan", "lease"])
@pytest.mark.parametrize("seconds", [0, -1, math.nan, "1", None])
def test_a_duration_that_is_none_is_refused(name: str, seconds: object) -> None:
    with pytest.raises(plib_py.InvalidArgument, match=name):
        QoS(**{name: seconds})


@pytest.mark.parametrize("name", ["reliability", "durability", "history", "liveliness"])
def test_a_number_is_no_policy(name: str) -> None:
    with pytest.raises(plib_py.InvalidArgument, match=name):
        QoS(**{name: 1})


def test_a_depth_alone_is_no_qos(participant: plib_py.Participant) -> None:
    """It is to rclpy; the error says what is meant here."""
    blob = plib_py.RawType("test_msgs/msg/Blob")
    for create in (participant.create_publisher, participant.create_subscription):
        with pytest.raises(plib_py.InvalidArgument, match=r"QoS\(depth=10\)"):
            create("blobs", blob, qos=10)


def test_qos_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        QoS().depth = 1


@given(
    st.builds(
        QoS,
        reliability=st.sampled_from(Reliability),
        durability=st.sampled_from(Durability),
        history=st.sampled_from(History),
        depth=st.integers(1, 65536),
        liveliness=st.sampled_from(Liveliness),
        deadline=durations,
        lifespan=durations,
        lease=durations,
    )
)
def test_qos_survives_the_way_through_c(qos: QoS) -> None:
    back = QoS.from_c(qos.to_c())
    for field in dataclasses.fields(QoS):
        expected = getattr(qos, field.name)
        assert getattr(back, field.name) == pytest.approx(expected, abs=1e-9)
