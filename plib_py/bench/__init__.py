"""``plib bench``: ROS nodes over plib and over Fast DDS, measured in turns on this machine."""
