"""Load librmw_plib.so ahead of rclpy when RMW_IMPLEMENTATION asks for it.

The rcl of the ROS wheels links Fast DDS and never looks at that variable; it takes the rmw
functions of whoever was there first. Called from ros_wheels_rmw_plib.pth at the start of Python.
"""

import ctypes
import os


def load() -> None:
    """Load the library, or end the process: never fall back to Fast DDS in silence."""
    try:
        _load()
    except BaseException as error:
        # site.py would only print an exception and go on.
        message = f"rmw_plib: RMW_IMPLEMENTATION=rmw_plib, but it cannot be loaded: {error}\n"
        os.write(2, message.encode(errors="replace"))
        os._exit(1)


def _load() -> None:
    # <prefix>/lib/pythonX.Y/site-packages/rmw_plib_select.py
    lib = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if _preloaded() or _ros_chooses(lib):
        return
    ctypes.CDLL(os.path.join(lib, "librmw_plib.so"), mode=ctypes.RTLD_GLOBAL)


def _preloaded() -> bool:
    """Tell whether a workspace on top of this environment brought its own librmw_plib.so."""
    try:
        ctypes.CDLL("librmw_plib.so", mode=ctypes.RTLD_GLOBAL | os.RTLD_NOLOAD)
    except OSError:
        return False
    return True


def _ros_chooses(lib: str) -> bool:
    """Tell whether rcl links rmw_implementation, which loads librmw_plib.so by itself."""
    folders = [lib, *os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)]
    prefixes = os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)
    folders += [os.path.join(prefix, "lib") for prefix in prefixes if prefix]
    name = "librmw_implementation.so"
    return any(os.path.exists(os.path.join(folder, name)) for folder in folders if folder)
