"""The node ``plib_monitor``: publishes what plibd tells of a domain, for people, tools and alarms.

It is a participant as all others, with no power over them: what it says comes from plibd's queries
and from the ROS graph. ``plib monitor`` runs it.
"""

from plib_py.monitor.monitor import Monitor

__all__ = ["Monitor"]
