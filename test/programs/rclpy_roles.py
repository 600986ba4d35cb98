"""More roles for a `farm`: what rclpy builds on a middleware, used as its users would."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from action_msgs.msg import GoalStatus
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.action import ActionClient, ActionServer, CancelResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.duration import Duration
from rclpy.event_handler import PublisherEventCallbacks, SubscriptionEventCallbacks
from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn
from rclpy.node import Node
from rclpy.subscription_content_filter_options import ContentFilterOptions
from role import PATIENCE, Role, make_qos
from std_msgs.msg import Int64, String
from test_msgs.action import Fibonacci

QOS = make_qos({})
TRANSITIONS = {
    "configure": Transition.TRANSITION_CONFIGURE,
    "activate": Transition.TRANSITION_ACTIVATE,
    "deactivate": Transition.TRANSITION_DEACTIVATE,
    "cleanup": Transition.TRANSITION_CLEANUP,
}


def wait_for(future: Any, what: str) -> Any:
    """Return the result of a future that the executor's thread completes."""
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    assert done.wait(PATIENCE), what
    return future.result()


class Speaker(Role):
    """Publishes what it is told."""

    def __init__(self, node: Node, topic: str = "speech", **_: Any) -> None:
        super().__init__(node)
        self._publisher = node.create_publisher(String, topic, make_qos({"depth": 1000}))

    def matched(self) -> int:
        """Return the number of matched subscriptions."""
        return int(self._publisher.get_subscription_count())

    def say(self, *texts: str) -> int:
        """Publish each of the texts."""
        for text in texts:
            self._publisher.publish(String(data=text))
        return len(texts)

    def acknowledged(self, seconds: float) -> bool:
        """Return whether all was received within that time."""
        return bool(self._publisher.wait_for_all_acked(Duration(seconds=seconds)))


class Filtered(Role):
    """Hears what a content filter lets through."""

    def __init__(
        self,
        node: Node,
        topic: str = "speech",
        expression: str = "",
        parameters: tuple[str, ...] = (),
        **_: Any,
    ) -> None:
        super().__init__(node)
        self._heard: list[str] = []
        options = ContentFilterOptions(expression, list(parameters)) if expression else None
        self._subscription = node.create_subscription(
            String,
            topic,
            lambda message: self._heard.append(message.data),
            make_qos({"depth": 1000}),
            content_filter_options=options,
        )

    def heard(self) -> list[str]:
        """Return what was heard so far."""
        return list(self._heard)

    def is_filtered(self) -> bool:
        """Return whether rclpy takes the filter for set."""
        return bool(self._subscription.is_cft_enabled)

    def set_filter(self, expression: str, *parameters: str) -> str:
        """Set another filter; return the error, or "" if there was none."""
        try:
            self._subscription.set_content_filter(expression, list(parameters))
        except Exception as error:  # rclpy wraps rmw errors in private classes
            return str(error)
        return ""

    def get_filter(self) -> tuple[str, list[str]]:
        """Return the filter."""
        options = self._subscription.get_content_filter()
        return options.filter_expression, list(options.expression_parameters)


class Actor(Role):
    """Computes Fibonacci numbers as an action, with feedback for each, until cancelled."""

    def __init__(self, node: Node, **_: Any) -> None:
        super().__init__(node)
        self._server = ActionServer(
            node,
            Fibonacci,
            "fibonacci",
            self._compute,
            cancel_callback=lambda _: CancelResponse.ACCEPT,
            callback_group=ReentrantCallbackGroup(),
        )

    def _compute(self, goal: Any) -> Any:
        sequence = [0, 1]
        for number in range(1, goal.request.order):
            sequence.append((sequence[number] + sequence[number - 1]) % 1_000_000_007)
            goal.publish_feedback(Fibonacci.Feedback(sequence=sequence[-2:]))
            if goal.is_cancel_requested:
                goal.canceled()
                return Fibonacci.Result(sequence=sequence)
        goal.succeed()
        self.counts["done"] += 1
        return Fibonacci.Result(sequence=sequence)


class Director(Role):
    """Asks an `Actor`."""

    def __init__(self, node: Node, **_: Any) -> None:
        super().__init__(node)
        self._client = ActionClient(node, Fibonacci, "fibonacci")

    def _start(self, order: int, feedback: Callable[[Any], None]) -> Any:
        assert self._client.wait_for_server(PATIENCE), "no action server"
        goal = Fibonacci.Goal(order=order)
        handle = wait_for(self._client.send_goal_async(goal, feedback), "the goal's acceptance")
        assert handle.accepted
        return handle

    def compute(self, order: int) -> tuple[int, list[int], int]:
        """Return the goal's status, its result and how much feedback came."""
        feedback: list[Any] = []
        handle = self._start(order, feedback.append)
        answer = wait_for(handle.get_result_async(), "the goal's result")
        return int(answer.status), list(answer.result.sequence), len(feedback)

    def cancel(self, order: int) -> int:
        """Cancel a goal once it gives feedback; return its status."""
        started = threading.Event()
        handle = self._start(order, lambda _: started.set())
        assert started.wait(PATIENCE), "no feedback"
        wait_for(handle.cancel_goal_async(), "the cancellation")
        return int(wait_for(handle.get_result_async(), "the goal's result").status)


class _Managed(LifecycleNode):
    """A node with a state, which publishes when it is active."""

    def __init__(self) -> None:
        super().__init__("managed")
        self._output = self.create_lifecycle_publisher(String, "managed_output", QOS)
        self.create_timer(0.01, self._tick)
        self.passed: list[str] = []

    def _tick(self) -> None:
        self._output.publish(String(data="alive"))

    def on_configure(self, state: Any) -> TransitionCallbackReturn:
        """Note the transition."""
        self.passed.append("configure")
        return super().on_configure(state)

    def on_activate(self, state: Any) -> TransitionCallbackReturn:
        """Note the transition."""
        self.passed.append("activate")
        return super().on_activate(state)


class Managed(Role):
    """Runs the managed node beside its own."""

    def __init__(self, node: Node, **_: Any) -> None:
        super().__init__(node)
        self._managed = _Managed()
        self.others.append(self._managed)

    def passed(self) -> list[str]:
        """Return the transitions so far."""
        return list(self._managed.passed)


class Manager(Role):
    """Changes the managed node's state, and hears it."""

    def __init__(self, node: Node, **_: Any) -> None:
        super().__init__(node)
        self._change = node.create_client(ChangeState, "/managed/change_state")
        self._get = node.create_client(GetState, "/managed/get_state")
        node.create_subscription(String, "managed_output", self._take, QOS)

    def _take(self, _: String) -> None:
        self.counts["done"] += 1

    def change(self, transition: str) -> bool:
        """Ask for a transition; return whether it succeeded."""
        assert self._change.wait_for_service(PATIENCE)
        request = ChangeState.Request(transition=Transition(id=TRANSITIONS[transition]))
        return bool(wait_for(self._change.call_async(request), transition).success)

    def state(self) -> str:
        """Return the state's label."""
        assert self._get.wait_for_service(PATIENCE)
        answer = wait_for(self._get.call_async(GetState.Request()), "the state")
        return str(answer.current_state.label)


class Watched(Role):
    """One end of a topic that counts every QoS event it is told of."""

    def __init__(
        self,
        node: Node,
        side: str = "publisher",
        qos: dict[str, Any] | None = None,
        kind: str = "String",
        **_: Any,
    ) -> None:
        super().__init__(node)
        words = dict(qos or {})
        for name in ("deadline", "liveliness_lease_duration"):
            if name in words:
                words[name] = Duration(seconds=words[name])
        profile = make_qos(words)
        if side == "publisher":
            self._publisher = node.create_publisher(
                String,
                "watched",
                profile,
                event_callbacks=PublisherEventCallbacks(
                    deadline=self._note("deadline"),
                    liveliness=self._note("liveliness"),
                    incompatible_qos=self._note("incompatible_qos"),
                    incompatible_type=self._note("incompatible_type"),
                    matched=self._note("matched"),
                ),
            )
        else:
            node.create_subscription(
                {"String": String, "Int64": Int64}[kind],
                "watched",
                self._take,
                profile,
                event_callbacks=SubscriptionEventCallbacks(
                    deadline=self._note("deadline"),
                    liveliness=self._note("liveliness"),
                    incompatible_qos=self._note("incompatible_qos"),
                    incompatible_type=self._note("incompatible_type"),
                    message_lost=self._note("message_lost"),
                    matched=self._note("matched"),
                ),
            )

    def _note(self, event: str) -> Callable[[Any], None]:
        def noted(_: Any) -> None:
            self.counts[event] = self.counts.get(event, 0) + 1

        return noted

    def _take(self, _: String) -> None:
        self.counts["done"] += 1

    def publish(self) -> int:
        """Publish a message."""
        self._publisher.publish(String(data="seen"))
        return 1


SUCCEEDED = GoalStatus.STATUS_SUCCEEDED
CANCELED = GoalStatus.STATUS_CANCELED

ROLES: dict[str, type[Role]] = {
    "speaker": Speaker,
    "filtered": Filtered,
    "actor": Actor,
    "director": Director,
    "managed": Managed,
    "manager": Manager,
    "watched": Watched,
}
