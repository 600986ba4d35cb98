"""A finding of ``plib doctor``."""

import enum
from dataclasses import dataclass


class Status(str, enum.Enum):
    """How much a finding matters."""

    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Check:
    """One finding.

    Attributes
    ----------
    name : str
        What was looked at.
    status : Status
        How much it matters.
    text : str
        What was found.
    cure : str
        How to get what is missing; empty when nothing is, or nothing helps.
    """

    name: str
    status: Status
    text: str
    cure: str = ""
