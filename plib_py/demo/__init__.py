"""plib side by side with Fast DDS: the same rclpy nodes over both, one of them killed on the way.

``python -m plib_py.demo``. The nodes (`camera`, `talker`, `viewer`, `switch`, `remote`) are plain
rclpy as any user writes it, each a process of its own; `run` starts them and `report` compares.
"""
