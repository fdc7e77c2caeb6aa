"""DHT nodes of libtorrent as on the public network, one a host, as a process of their own.

Run: python -m tests.support.wide_area_nodes KIND OWN OTHER, each a list of hosts joined by commas —
prints `ready` when all of the own ones listen, and when a line is read makes them meet some of all
hosts; prints `ready` again when each knows a few, and runs until it is killed.
"""

import random
import sys
from typing import Any, cast

import libtorrent as lt

from federation.settings import Kind
from federation.torrent.settings import SettingsPack, session_settings
from tests.support.dht import FRIENDS, known_nodes, listen_port, wait_until

PORT = 6881
FEW = 8


def open_node(kind: Kind, host: str) -> lt.session:
    """Return a session with a DHT node that is set up for a kind of network."""
    lean: SettingsPack = {"alert_mask": 0, "aio_threads": 1, "hashing_threads": 1}
    settings: SettingsPack = session_settings(kind, host, PORT) | lean
    return lt.session(cast(Any, settings))


def main() -> None:
    """Run the nodes."""
    kind, own, other = cast(Kind, sys.argv[1]), sys.argv[2].split(","), sys.argv[3].split(",")
    sessions = [open_node(kind, host) for host in own]
    for session in sessions:
        listen_port(session)
    print("ready", flush=True)  # noqa: T201 -- for whoever started it
    sys.stdin.readline()
    nodes = [(host, PORT) for host in (*own, *other)]
    choices = random.Random(own[0])  # noqa: S311 -- no secret
    for session in sessions:
        for node in choices.sample(nodes, min(FRIENDS, len(nodes))):
            session.add_dht_node(node)
    wait_until(lambda: all(known_nodes(session) >= FEW for session in sessions))
    print("ready", flush=True)  # noqa: T201 -- as above
    sys.stdin.read()


if __name__ == "__main__":
    main()
