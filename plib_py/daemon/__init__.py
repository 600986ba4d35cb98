"""plibd: the daemon that plib's participants trust.

It makes the shared memory, decides who maps it, matches endpoints, publishes the ROS graph and
notices deaths. It never stands in the way of data: matched writers and readers need it no more.
"""
