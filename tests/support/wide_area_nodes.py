"""DHT nodes of libtorrent as on the public network, one a host, as a process of their own.

Run: python -m tests.support.wide_area_nodes KIND OWN OTHER, each a list of hosts joined by commas —
prints `ready` when all of the own ones listen, and when a line is read makes them meet some of all
hosts; prints `ready` again when each knows a few, and runs until it is killed.
"""

import random
import sys
from typing import cast

from federation.settings import Kind
from tests.support.dht import introduce, known_nodes, listen_port, open_session, wait_until

PORT = 6881
FEW = 8


def main() -> None:
    """Run the nodes."""
    kind, own, other = cast(Kind, sys.argv[1]), sys.argv[2].split(","), sys.argv[3].split(",")
    sessions = [open_session(kind, host, PORT) for host in own]
    for session in sessions:
        listen_port(session)
    print("ready", flush=True)  # noqa: T201 -- for whoever started it
    sys.stdin.readline()
    nodes, elsewhere = ([(host, PORT) for host in hosts] for hosts in (own, other))
    introduce(sessions, nodes, random.Random(own[0]), elsewhere)  # noqa: S311 -- no secret
    wait_until(lambda: all(known_nodes(session) >= FEW for session in sessions))
    print("ready", flush=True)  # noqa: T201 -- as above
    sys.stdin.read()


if __name__ == "__main__":
    main()
