"""A private DHT of real libtorrent nodes on loopback, as a process of its own.

Run: python -m tests.demo_story.dht COUNT — prints one JSON list of addresses, then runs until
SIGTERM.
"""

import json
import signal
import sys

from tests.support.dht import private_dht


def main() -> None:
    """Run the nodes until the process is told to end."""
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    with private_dht(int(sys.argv[1])) as dht:
        addresses = [f"{host}:{port}" for host, port in dht.nodes]
        print(json.dumps(addresses), flush=True)
        signal.sigwait(signals)


if __name__ == "__main__":
    main()
