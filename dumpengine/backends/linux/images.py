"""Images of ours, told from processes: a list shows nobody a second, large target for a moment.

An image has the target's program, name and command line. What marks it is its tracer, which bears
the image's number in its own name (/proc/TRACER/comm) from the image's birth on.
"""

from __future__ import annotations

from contextlib import suppress

from dumpengine.backends.linux.procfs import read_optional, read_status

IMAGE = "image"  # what a tracer with an image is called, in front of the image's number


def mark(image: int) -> None:
    """Say that this process traces an image of that number, and nothing else from now on."""
    with open("/proc/self/comm", "w", encoding="ascii") as name:
        name.write(_name(image))


def is_image(pid: int, tracer: int) -> bool:
    """Whether ``pid``, which ``tracer`` traces (0: nobody), is an image of ours."""
    return tracer != 0 and read_optional(f"/proc/{tracer}/comm") == f"{_name(pid)}\n".encode()


def is_image_of_ours(pid: int) -> bool:
    """Whether ``pid`` is an image of ours, whoever traces it."""
    with suppress(OSError):
        return is_image(pid, int(read_status(pid).get("TracerPid", "0")))
    return False


def waits_for_image(pid: int, tid: int) -> bool:
    """Whether a thread has an image of ours as its child: then it is ours, too."""
    children = read_optional(f"/proc/{pid}/task/{tid}/children").split()
    return any(is_image_of_ours(int(child)) for child in children)


def _name(image: int) -> str:
    return f"{IMAGE} {image}"  # the kernel keeps 15 characters
