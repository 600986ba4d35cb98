"""A camera that draws its images in shared memory, and a viewer that looks at them there.

python examples/camera.py capture           # in one terminal
python examples/camera.py view              # in another
RMW_IMPLEMENTATION=rmw_plib python3 examples/ros_viewer.py      # or in a ROS node

The topic is an ordinary sensor_msgs/Image of 1920x1080 pixels: 6 MB, which nobody copies between
camera and viewer. pip install rmw-plib[messages], where ROS is not installed.
"""

import argparse
import contextlib
import struct
import time
from typing import Any, TypeAlias

import numpy
from numpy.typing import NDArray

import plib_py
from plib_py import messages

Pixels: TypeAlias = NDArray[numpy.uint8]

HEIGHT, WIDTH, CHANNELS = 1080, 1920, 3
Image = messages.get("sensor_msgs/msg/Image")


def head(frame_id: str) -> bytes:
    """Return a serialized image up to its pixels, which are its last field."""
    image = Image(height=HEIGHT, width=WIDTH, encoding="rgb8", step=WIDTH * CHANNELS)
    image.header.frame_id = frame_id
    size = HEIGHT * WIDTH * CHANNELS
    return messages.serialize(image)[:-4] + struct.pack("<I", size)


def pixels_of(data: memoryview) -> Pixels:
    """Return the pixels of a serialized image, where they are."""
    # The encapsulation header, the time stamp, the name of the frame, then 4-byte alignment.
    (length,) = struct.unpack_from("<I", data, 12)
    at = (16 + length + 3) // 4 * 4
    height, width = struct.unpack_from("<II", data, at)
    pixels: Pixels = numpy.frombuffer(data, numpy.uint8)[-height * width * CHANNELS :]
    return pixels.reshape(height, width, CHANNELS)


def capture(rate: float) -> None:
    """Publish images until Ctrl-C."""
    with plib_py.Participant("camera") as participant:
        images = participant.create_publisher("/image_raw", Image, plib_py.QoS.sensor_data())
        start = head("camera")
        nbytes = len(start) + HEIGHT * WIDTH * CHANNELS
        number = 0
        print("capturing", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                with images.loan(nbytes) as buffer:  # published at the end of the block
                    buffer[: len(start)] = start
                    pixels_of(buffer)[:] = number % 256  # where a driver has its pixels written
                number += 1
                time.sleep(1 / rate)


def look(sample: plib_py.LoanedSample) -> str:
    """Return what there is to say about an image; it is not copied."""
    with sample as data:
        pixels = pixels_of(data)
        height, width, _ = pixels.shape
        return f"{width}x{height}, brightness {pixels[::90, ::160].mean():.0f}"


def view(count: int) -> None:
    """Look at so many images."""
    with plib_py.Participant("viewer") as participant:
        images: plib_py.Subscription[Any] = participant.create_subscription(
            "/image_raw", Image, plib_py.QoS.sensor_data()
        )
        while count > 0:
            images.wait()
            sample = images.take_loaned()
            if sample is not None:
                print(look(sample), flush=True)
                count -= 1


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    camera = commands.add_parser("capture", help="publish images until Ctrl-C")
    camera.add_argument("--rate", type=float, default=30.0, help="images a second")
    viewer = commands.add_parser("view", help="look at images")
    viewer.add_argument("--count", type=int, default=100, help="how many")
    arguments = parser.parse_args()
    if arguments.command == "capture":
        capture(arguments.rate)
    else:
        view(arguments.count)


if __name__ == "__main__":
    main()
