"""A wide-area network on this machine: two network namespaces, and a relay that delays and loses.

Nothing in it reaches the world: the namespaces have no other way out than to each other. So their
hosts may have addresses that look public, which programs on the public network insist on. Needs
root and `ip` (iproute2).
"""

import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from federation.settings import Kind

DEVICE = "wide"
READY = b"ready\n"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two ends.

    Attributes:
        hosts: Its IPv4 addresses, each a host of its own for all others.
        inside: Words that make a command run there.
    """

    hosts: tuple[str, ...]
    inside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WideArea:
    """A network with two ends; ``wide_area`` makes one."""

    near: Side
    far: Side
    relay_pid: int

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Let nothing pass between the ends; but a few hundred packets that wait on the wire."""
        os.kill(self.relay_pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.relay_pid, signal.SIGCONT)


@contextmanager
def wide_area(
    near: Sequence[str], far: Sequence[str], *, delay_s: float, loss: float, seed: int = 1
) -> Iterator[WideArea]:
    """Give two ends of a network; nothing is left of it afterwards.

    Args:
        near: Addresses of the one end.
        far: Of the other.
        delay_s: Seconds that a packet takes one way.
        loss: Share of packets that are lost each way, 0 to 1.
        seed: Which ones.
    """
    with ExitStack() as stack:
        pids = [stack.enter_context(_namespace()) for _ in range(2)]
        relay = [sys.executable, "-m", "tests.support.wide_area_relay"]
        figures = [str(one) for one in (*pids, delay_s, loss, seed)]
        wire = stack.enter_context(_running([*relay, *figures]))
        for pid, hosts in zip(pids, (near, far), strict=True):
            _connect(pid, hosts)
        yield WideArea(
            Side(tuple(near), _enter(pids[0])), Side(tuple(far), _enter(pids[1])), wire.pid
        )


@contextmanager
def wide_dht(kind: Kind, area: WideArea, but: Collection[str] = ()) -> Iterator[None]:
    """Run a node of libtorrent's on each host of both ends but some, and let them meet."""
    near, far = (
        ",".join(host for host in side.hosts if host not in but) for side in (area.near, area.far)
    )
    words = [sys.executable, "-m", "tests.support.wide_area_nodes", kind]
    with ExitStack() as stack:
        running = [
            stack.enter_context(_running([*area.near.inside, *words, near, far])),
            stack.enter_context(_running([*area.far.inside, *words, far, near])),
        ]
        for process in running:
            assert process.stdin is not None
            process.stdin.write(b"meet\n")
            process.stdin.flush()
        for process in running:
            _await_ready(process)
        yield


def _enter(pid: int) -> tuple[str, ...]:
    return ("nsenter", f"--net=/proc/{pid}/ns/net", "--")


@contextmanager
def _namespace() -> Iterator[int]:
    """Give the number of a process that keeps a network namespace of its own open."""
    holder = ["unshare", "--net", "--", "sh", "-c", "echo ready && exec sleep infinity"]
    with _running(holder) as process:
        yield process.pid


@contextmanager
def _running(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Give a process that has said that it is ready; end it afterwards."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            _await_ready(process)
            yield process
        finally:
            process.kill()


def _await_ready(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    said = process.stdout.readline()
    assert said == READY, f"{process.args!r} said {said!r}"


def _connect(pid: int, hosts: Sequence[str]) -> None:
    """Give one end its addresses, and the way to everybody else.

    It is the default route: libtorrent answers nobody beyond an interface without one.
    """
    lines = ["link set lo up", f"link set {DEVICE} up"]
    lines += [f"address add {host}/32 dev {DEVICE}" for host in hosts]
    lines += [f"route add default dev {DEVICE} src {hosts[0]}"]
    subprocess.run(
        [*_enter(pid), "ip", "-batch", "-"],
        input="\n".join(lines).encode(),
        check=True,
        capture_output=True,
    )
