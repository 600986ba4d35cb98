"""The access policy: who may publish, subscribe, call and serve what, across users.

Endpoints of one user always find each other, unless a rule denies one of them. Those of different
users do when both were granted what they do, each by a rule of its own.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


class Action(enum.Enum):
    """What an endpoint does."""

    PUBLISH = "publish"
    SUBSCRIBE = "subscribe"
    CALL = "call"
    SERVE = "serve"


class Access(enum.Enum):
    """What an endpoint may do."""

    DENIED = "denied"
    OWN_USER = "own user"  # with those of its own user
    GRANTED = "granted"  # with those of all users that are granted it as well


@dataclass(frozen=True)
class Identity:
    """Who asks, as the kernel tells.

    Attributes
    ----------
    uid : int
        The user.
    groups : frozenset of int
        The groups that it had when it connected.
    program : str
        Path of its executable; "" where plibd may not know it.
    """

    uid: int
    groups: frozenset[int] = frozenset()
    program: str = ""


@dataclass(frozen=True)
class Verdict:
    """What was decided, and the name of the rule that did; None: the default."""

    access: Access
    rule: str | None = None


class Globs:
    """Patterns of names: ``*`` for any text without ``/``, ``**`` for any text.

    Parameters
    ----------
    patterns
        Any of them suffices.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._expression = re.compile("|".join(map(_translate, patterns)))

    def fit(self, name: str) -> bool:
        """Return whether the whole name fits one of them."""
        return self._expression.fullmatch(name) is not None


def _translate(pattern: str) -> str:
    parts = re.split(r"(\*\*|\*|\?)", pattern)
    wild = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "(?:" + "".join(wild.get(part) or re.escape(part) for part in parts) + ")"


@dataclass(frozen=True)
class Rule:
    """Allows or denies those whom it is for; where it says nothing, the next rule does.

    Attributes
    ----------
    name : str
        What a denial calls it.
    users, groups : frozenset of int or None
        Whom it is for; None: everybody.
    programs : Globs or None
        Paths of executables that it is for.
    allow, deny : mapping
        Names of topics and services by what is done with them. What is denied is not allowed.
    """

    name: str
    users: frozenset[int] | None = None
    groups: frozenset[int] | None = None
    programs: Globs | None = None
    allow: Mapping[Action, Globs] = field(default_factory=dict)
    deny: Mapping[Action, Globs] = field(default_factory=dict)

    def is_for(self, who: Identity) -> bool:
        """Return whether the rule is for somebody: all that it says of whom must hold."""
        return (
            (self.users is None or who.uid in self.users)
            and (self.groups is None or not self.groups.isdisjoint(who.groups))
            and (self.programs is None or self.programs.fit(who.program))
        )

    def decide(self, action: Action, name: str) -> Access | None:
        """Return what the rule says about a name, None when nothing."""
        for patterns, access in ((self.deny, Access.DENIED), (self.allow, Access.GRANTED)):
            globs = patterns.get(action)
            if globs is not None and globs.fit(name):
                return access
        return None


class AccessPolicy:
    """Rules, of which the first that says something decides.

    Parameters
    ----------
    rules
        In their order.
    default
        What holds where no rule says anything.
    """

    def __init__(self, rules: Sequence[Rule] = (), default: Access = Access.OWN_USER) -> None:
        self._rules = tuple(rules)
        self._default = default

    def decide(self, who: Identity, action: Action, name: str) -> Verdict:
        """Return what somebody may do with a topic or service. O(rules)."""
        for rule in self._rules:
            if rule.is_for(who):
                access = rule.decide(action, name)
                if access is not None:
                    return Verdict(access, rule.name)
        return Verdict(self._default)
