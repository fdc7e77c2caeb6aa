"""The DNS face beside NSD, over UDP: answers a second and how long one takes.

    python -m tests.benchmarks.bench_dns [--names N] [--seconds S] [--window W] [--json FILE]

A member's replica holds N names; `commontab dns` serves it, and NSD, from Debian's packages, the
zone file that `commontab name export --zone` gives of it, both on loopback, each alone at its time,
asked by the same client: one process that keeps W questions under way, names in random order.
First the face is asked everything once, so that its replica is warm.
"""

import argparse
import json
import random
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

import dns.message
import dns.name

from federation.home import Home
from federation.names.zone_file import write_zone
from ledger.name.operation import Claim, NameRecord, NameRules, SetRecords
from ledger.name.state import DAY_S
from ledger.outcome import Fate
from tests.benchmarks.bench_follow import Figures, say
from tests.support.hamlet import refresh, settle_in
from tests.support.nsd import HOST, nsd_serving
from tests.support.township import Town

IN_CHANGE_SET = 16
IN_MERGE = 64
LOST_S = 0.5
"""A question that is not answered within it is asked again, and counted as lost."""
NUMBERS = 2**16


def name_of(number: int) -> str:
    """Return one of the names: they have no order."""
    return f"n{number * 7_919 % 1_000_003}"


def grow(town: Town, count: int) -> None:
    """Claim names, each with an address."""
    rules = NameRules(None, 0, 0, 365 * DAY_S, 30 * DAY_S, count)
    assert town.manage(rules).fate is Fate.MERGED
    sets = []
    for first in range(0, count, IN_CHANGE_SET):
        numbers = range(first, min(first + IN_CHANGE_SET, count))
        claims = [Claim(name_of(number), 0, None) for number in numbers]
        records = [
            SetRecords(name_of(n), (NameRecord("", 1, 300, n.to_bytes(4)),), None) for n in numbers
        ]
        sets.append(town["anna"].sign(*claims, *records))
    for first in range(0, len(sets), IN_MERGE):
        outcomes = town.merge(*sets[first : first + IN_MERGE]).outcomes
        assert all(one.fate is Fate.MERGED for one in outcomes), outcomes[-1].refusal


def prepare(folder: Path, count: int) -> tuple[Home, Path]:
    """Return a member's home with all names in its replica, and the zone file of them."""
    town = Town("anna")
    town.now = int(time.time())
    home = settle_in(folder / "home", town, "anna")
    grow(town, count)
    refresh(home, town)
    zone = folder / "zone"
    held = ((one.name, one.records) for one in town.state.names.values())
    with zone.open("w", encoding="utf-8") as stream:
        stream.writelines(write_zone(dns.name.from_text("riverside.tab.alt."), town.key, 1, held))
    return home, zone


@contextmanager
def running(*command: str | Path) -> Iterator[subprocess.Popen[str]]:
    """Run a server while the block runs."""
    process = subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


@contextmanager
def face(home: Home) -> Iterator[int]:
    """Serve a home's names; yields the port."""
    words: list[str | Path] = ["-m", "member.cli", "dns", "--port", "0", "--home", home.path]
    with running(sys.executable, *words) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield int(line.partition(" port ")[2].partition(",")[0])


def query(name: str, *, dnssec: bool) -> bytes:
    """Return a question for a name's address, its number zero."""
    asked = dns.message.make_query(f"{name}.riverside.tab.alt.", "A", want_dnssec=dnssec)
    asked.id = 0
    return asked.to_wire()


class Client:
    """Keeps questions under way, and notes how long each took.

    Args:
        port: Whom to ask, on this computer.
        queries: What, one after another and again from the first.
        window: How many at once.
    """

    def __init__(self, port: int, queries: Sequence[bytes], window: int) -> None:
        self._port = port
        self._bodies = [asked[2:] for asked in queries]
        self._window = window
        self.lost = 0

    def run(
        self, seconds: float = float("inf"), most: int = 2**62
    ) -> tuple[int, float, list[float]]:
        """Return how many answers came in how many seconds, and how long each took."""
        bodies, count = self._bodies, len(self._bodies)
        took: list[float] = []
        sent: dict[int, float] = {}
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**22)
            asking.connect((HOST, self._port))
            asking.setblocking(False)
            began = clock = time.perf_counter()
            number = 0
            while len(took) < most and clock - began < seconds:
                while len(sent) < self._window and number < most + self.lost:
                    slot = number % NUMBERS
                    sent[slot] = time.perf_counter()
                    asking.send(slot.to_bytes(2) + bodies[number % count])
                    number += 1
                if not select.select([asking], [], [], LOST_S)[0]:
                    self.lost += len(sent)
                    sent.clear()
                clock = self._receive(asking, sent, took)
        return len(took), time.perf_counter() - began, took

    def _receive(self, asking: socket.socket, sent: dict[int, float], took: list[float]) -> float:
        """Take what is there; return the time by then."""
        clock = time.perf_counter()
        while sent:
            try:
                answer = asking.recv(4_096)
            except (BlockingIOError, ConnectionRefusedError):
                break
            clock = time.perf_counter()
            asked_at = sent.pop(int.from_bytes(answer[:2]), None)
            if asked_at is not None and answer[3] & 0x0F == 0 and answer[7]:
                took.append(clock - asked_at)
        return clock


def measure(port: int, queries: Sequence[bytes], window: int, seconds: float) -> Figures:
    """Return what a server does when it is asked for some seconds."""
    client = Client(port, queries, window)
    answers, spent, took = client.run(seconds)
    cuts = quantiles(took, n=100)
    return {
        "answers_per_s": round(answers / spent),
        "p50_ms": round(cuts[49] * 1_000, 3),
        "p99_ms": round(cuts[98] * 1_000, 3),
        "lost": client.lost,
    }


def warm(port: int, queries: Sequence[bytes], window: int) -> Figures:
    """Ask everything once."""
    client = Client(port, queries, window)
    answers, spent, _ = client.run(most=len(queries))
    return {"answers_per_s": round(answers / spent), "lost": client.lost}


def compare(names: int, seconds: float, window: int) -> dict[str, float | Figures]:
    """Return all figures."""
    order = list(range(names))
    random.Random(names).shuffle(order)  # noqa: S311 -- the same order in every run
    plain, signed = (
        [query(name_of(number), dnssec=dnssec) for number in order] for dnssec in (False, True)
    )
    with tempfile.TemporaryDirectory() as folder:
        say(f"claiming {names} names and writing their zone file")
        home, _zone = prepare(Path(folder), names)
        figures: dict[str, float | Figures] = {"names": names, "window": window}
        with face(home) as port:
            say("the face, everything once")
            figures["first"] = warm(port, plain, window)
            say("the face, warm")
            figures["face"] = measure(port, plain, window, seconds)
            figures["face_one_at_once"] = measure(port, plain, 1, seconds)
            say("the face, signed")
            figures["first_signed"] = warm(port, signed[: names // 10], window)
            figures["face_signed"] = measure(port, signed[: names // 10], window, seconds)
        with nsd_serving(Path(folder), "riverside.tab.alt") as port:
            say("NSD")
            figures["nsd"] = measure(port, plain, window, seconds)
            figures["nsd_one_at_once"] = measure(port, plain, 1, seconds)
    return figures


def main() -> None:
    """Run it as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--names", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--window", type=int, default=32)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    figures = compare(asked.names, asked.seconds, asked.window)
    text = json.dumps(figures, indent=1)
    say(text)
    if asked.json:
        asked.json.write_text(text + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
