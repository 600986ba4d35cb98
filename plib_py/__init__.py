"""plib: protected shared-memory publish/subscribe for ROS 2, from Python.

A process joins a domain with a `Participant`, and creates publishers and subscriptions in it, which
meet those of every other plib process and of every ROS node that runs on ``rmw_plib``::

    import plib_py
    from std_msgs.msg import String

    with plib_py.Participant("talker") as talker:
        publisher = talker.create_publisher("/chatter", String)
        publisher.publish(String(data="hello"))

Where ROS is not installed, `plib_py.messages` has the types.

Every call says in its documentation which class it is of:

bounded
    does not sleep; no other process can hold it up.
wait
    may sleep until its timeout, with nothing held; a signal (Ctrl-C) ends it.
setup
    talks to the daemon plibd, for at most 5 s.

Everything may be used from any thread. After `os.fork`, a child must create its own participant.
"""

from plib_py.client import Client
from plib_py.errors import (
    Busy,
    Closed,
    DaemonUnavailable,
    Error,
    InvalidArgument,
    MalformedMessage,
    MessageTooLarge,
    PermissionDenied,
    ProtocolMismatch,
    QuotaExceeded,
    ServiceUnavailable,
    Timeout,
    Unsupported,
)
from plib_py.graph import EntityKind, GraphEntity
from plib_py.participant import Participant
from plib_py.publisher import Loan, Publisher
from plib_py.qos import Durability, History, Liveliness, QoS, Reliability
from plib_py.sample import Sample, SampleInfo, Samples
from plib_py.service import Service, ServiceRequest
from plib_py.subscription import LoanedSample, Subscription
from plib_py.typesupport import RawServiceType, RawType

__all__ = [
    "Busy",
    "Client",
    "Closed",
    "DaemonUnavailable",
    "Durability",
    "EntityKind",
    "Error",
    "GraphEntity",
    "History",
    "InvalidArgument",
    "Liveliness",
    "Loan",
    "LoanedSample",
    "MalformedMessage",
    "MessageTooLarge",
    "Participant",
    "PermissionDenied",
    "ProtocolMismatch",
    "Publisher",
    "QoS",
    "QuotaExceeded",
    "RawServiceType",
    "RawType",
    "Reliability",
    "Sample",
    "SampleInfo",
    "Samples",
    "Service",
    "ServiceRequest",
    "ServiceUnavailable",
    "Subscription",
    "Timeout",
    "Unsupported",
]
