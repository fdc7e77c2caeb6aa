"""The wire of a wide-area network: takes packets from one namespace, gives them to the other later.

Run: python -m tests.support.wide_area_relay PID PID DELAY_S LOSS SEED, as root, with a process of
each namespace. Prints `ready` and runs until SIGTERM.
"""

import ctypes
import fcntl
import os
import random
import select
import struct
import sys
import time
from heapq import heappop, heappush

from tests.support.wide_area import DEVICE

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
"""Linux, ``if_tun.h``."""
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
PACKET_BYTES_MAX = 65_535


def open_device(pid: int) -> int:
    """Return the descriptor of a new TUN device in a process's network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    namespace = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    if libc.setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    os.close(namespace)
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    wanted = struct.pack("16sH22x", DEVICE.encode(), IFF_TUN | IFF_NO_PI)
    fcntl.ioctl(device, TUNSETIFF, wanted)
    return device


def relay(devices: tuple[int, int], delay_s: float, loss: float, choices: random.Random) -> None:
    """Carry packets for ever."""
    other = {devices[0]: devices[1], devices[1]: devices[0]}
    due: list[tuple[float, int, int, bytes]] = []
    count = 0
    while True:
        wait_s = max(due[0][0] - time.monotonic(), 0) if due else None
        ready, _, _ = select.select(devices, (), (), wait_s)
        now = time.monotonic()
        for device in ready:
            packet = os.read(device, PACKET_BYTES_MAX)
            if choices.random() >= loss:
                count += 1
                heappush(due, (now + delay_s, count, other[device], packet))
        while due and due[0][0] <= now:
            _, _, device, packet = heappop(due)
            os.write(device, packet)


def main() -> None:
    """Connect two namespaces until the process is told to end."""
    one, two = (open_device(int(pid)) for pid in sys.argv[1:3])
    delay_s, loss, seed = float(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
    print("ready", flush=True)  # noqa: T201 -- for whoever started it
    relay((one, two), delay_s, loss, random.Random(seed))  # noqa: S311 -- no secret


if __name__ == "__main__":
    main()
