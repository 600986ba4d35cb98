"""plibd's settings: their defaults, and the file that changes them."""

from __future__ import annotations

import grp
import json
import pwd
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from plib_py._native import lib
from plib_py.daemon.access import Access, AccessPolicy, Action, Globs, Rule
from plib_py.daemon.watchdog import Policy

SIZES = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


class SettingsError(Exception):
    """The file says something that it may not; the text names file, line, key and what it may."""


@dataclass(frozen=True)
class Quota:
    """What one user may have.

    Attributes
    ----------
    memory : int
        Bytes of its participants' segments.
    endpoints : int
        Nodes and endpoints of its participants.
    connections : int
        Participants.
    requests_per_second : int
        Sustained; what goes beyond it waits.
    """

    memory: int = 16 << 30
    endpoints: int = lib.PLIB_BOARD_MAX // 2  # so that nobody fills a domain's graph
    connections: int = 1000
    requests_per_second: int = 5000


@dataclass(frozen=True)
class Quotas:
    """What users may have: all of them, and those who have others."""

    default: Quota = field(default_factory=Quota)
    users: Mapping[int, Quota] = field(default_factory=dict)

    def of(self, uid: int) -> Quota:
        """Return what a user may have."""
        return self.users.get(uid, self.default)


@dataclass(frozen=True)
class Settings:
    """All that the file may say, with what holds where it is silent."""

    socket: str | None = None
    mode: int = 0o600
    group: int | None = None
    memory_limit: int = 2 << 30  # bytes of one participant's segments
    quotas: Quotas = field(default_factory=Quotas)
    call_budget: float = 1.0  # seconds; bounded calls take microseconds, but a machine may be busy
    over_budget: Policy = Policy.REPORT
    log_level: str | None = None
    log_format: str = "text"
    access: AccessPolicy = field(default_factory=AccessPolicy)


def parse_size(text: str) -> int:
    """Return the bytes that ``text`` says, with K, M or G for powers of 1024.

    Raises
    ------
    ValueError
        It is no size.
    """
    factor = SIZES.get(text[-1:].upper(), 1)
    digits = text if factor == 1 else text[:-1]
    if not digits.isdigit() or int(digits) == 0:
        raise ValueError(f"{text!r} is not a size; write 512M or 2G")
    return int(digits) * factor


def load(path: Path) -> Settings:
    """Read a file of settings.

    Raises
    ------
    SettingsError
        It cannot be read, is no YAML, or says something that it may not.
    """
    return _File(path).settings()


class _File:
    """The file's content, and where in it each key stands."""

    def __init__(self, path: Path) -> None:
        # Here: a plibd that is started on demand has no file, and somebody waits for it.
        import yaml

        self._path = path
        try:
            text = path.read_text()
            self._tree = yaml.compose(text, yaml.SafeLoader)
            content = yaml.safe_load(text)
        except OSError as error:
            raise SettingsError(f"{path}: {error.strerror}") from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            line = f":{mark.line + 1}" if mark is not None else ""
            problem = getattr(error, "problem", None) or error
            raise SettingsError(f"{path}{line}: this is no YAML: {problem}") from error
        self._content: dict[str, Any] = {} if content is None else content
        self._check()

    def _check(self) -> None:
        import jsonschema

        schema = json.loads(resources.files(__package__).joinpath("plibd.schema.json").read_text())
        validator = jsonschema.Draft202012Validator(schema)
        error = jsonschema.exceptions.best_match(validator.iter_errors(self._content))
        if error is None:
            return
        keys = list(error.absolute_path)
        if error.validator == "additionalProperties":
            known = error.schema.get("properties", {})
            unknown = next(key for key in error.instance if key not in known)
            raise self._complain([*keys, unknown], f"unknown; here are {', '.join(sorted(known))}")
        raise self._complain(keys, _explain(error))

    def _complain(self, keys: Iterable[str | int], problem: str) -> SettingsError:
        keys = list(keys)
        name = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
        return SettingsError(f"{self._path}:{self._line(keys)}: {name.lstrip('.')}: {problem}")

    def _line(self, keys: list[str | int]) -> int:
        """Return the line of a key, or of what is nearest above it."""
        import yaml

        node, line = self._tree, 1
        for key in keys:
            if isinstance(node, yaml.MappingNode):
                pair = next((pair for pair in node.value if pair[0].value == str(key)), None)
                if pair is None:
                    break
                line, node = pair[0].start_mark.line + 1, pair[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(key, int):
                node = node.value[key]
                line = node.start_mark.line + 1
        return line

    def settings(self) -> Settings:
        """Return what it says."""
        values: dict[str, Any] = {}
        socket = self._content.get("socket", {})
        if "path" in socket:
            values["socket"] = socket["path"]
        if "mode" in socket:
            values["mode"] = int(socket["mode"], 8)
        if "group" in socket:
            values["group"] = self._gid(socket["group"], ["socket", "group"])
        limits = self._content.get("limits", {})
        if "memory" in limits.get("participant", {}):
            values["memory_limit"] = parse_size(limits["participant"]["memory"])
        values["quotas"] = self._quotas(limits)
        watchdog = self._content.get("watchdog", {})
        if "call_budget" in watchdog:
            values["call_budget"] = float(watchdog["call_budget"])
        if "over_budget" in watchdog:
            values["over_budget"] = Policy(watchdog["over_budget"])
        log = self._content.get("log", {})
        values.update({f"log_{key}": value for key, value in log.items()})
        values["access"] = self._access(self._content.get("access", {}))
        return Settings(**values)

    def _quotas(self, limits: Mapping[str, Any]) -> Quotas:
        default = _quota(limits.get("user", {}), Quota())
        users = {
            self._uid(name, ["limits", "users", name]): _quota(quota, default)
            for name, quota in limits.get("users", {}).items()
        }
        return Quotas(default, users)

    def _access(self, access: Mapping[str, Any]) -> AccessPolicy:
        rules = [
            self._rule(rule, ["access", "rules", place])
            for place, rule in enumerate(access.get("rules", []))
        ]
        everyone = access.get("default") == "everyone"
        return AccessPolicy(rules, Access.GRANTED if everyone else Access.OWN_USER)

    def _rule(self, rule: Mapping[str, Any], keys: list[str | int]) -> Rule:
        users = groups = programs = None
        if "user" in rule:
            users = frozenset(self._uid(name, [*keys, "user"]) for name in _list(rule["user"]))
        if "group" in rule:
            groups = frozenset(self._gid(name, [*keys, "group"]) for name in _list(rule["group"]))
        if "program" in rule:
            programs = Globs([str(path) for path in _list(rule["program"])])
        allow, deny = (
            {Action(key): Globs(_list(globs)) for key, globs in rule.get(what, {}).items()}
            for what in ("allow", "deny")
        )
        return Rule(rule["name"], users, groups, programs, allow, deny)

    def _uid(self, name: str | int, keys: list[str | int]) -> int:
        if str(name).isdigit():
            return int(name)
        try:
            return pwd.getpwnam(str(name)).pw_uid
        except KeyError:
            raise self._complain(keys, f"there is no user {name!r} on this host") from None

    def _gid(self, name: str | int, keys: list[str | int]) -> int:
        if str(name).isdigit():
            return int(name)
        try:
            return grp.getgrnam(str(name)).gr_gid
        except KeyError:
            raise self._complain(keys, f"there is no group {name!r} on this host") from None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _quota(values: Mapping[str, Any], default: Quota) -> Quota:
    changed = {key: parse_size(v) if key == "memory" else v for key, v in values.items()}
    return Quota(**{**vars(default), **changed})


def _explain(error: Any) -> str:
    """Say what is wrong and what may stand there instead."""
    if error.validator == "enum":
        return f"{error.instance!r} is none of {', '.join(error.validator_value)}"
    if error.validator == "required":
        return f"it has no {error.message.split(' is ')[0]}"
    if "properties" in error.schema:
        known = ", ".join(sorted(error.schema["properties"]))
        return f"{error.instance!r} is no mapping with some of the keys {known}"
    if "description" in error.schema:
        return f"{error.instance!r} is not {error.schema['description']}"
    return str(error.message)
