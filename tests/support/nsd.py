"""NSD, an authoritative server from Debian's packages, with one zone from a file."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.exception
import dns.message
import dns.query

HOST = "127.0.0.1"
START_S = 60.0
CONFIG = """
server:
    ip-address: {host}@{port}
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: "{folder}"
    database: ""
    pidfile: "{folder}/nsd.pid"
    xfrdfile: "{folder}/xfrd.state"
    zonelistfile: "{folder}/zone.list"
    minimal-responses: yes
    refuse-any: yes
    rrl-ratelimit: 0
remote-control:
    control-enable: no
zone:
    name: {zone}
    zonefile: zone
"""


@contextmanager
def nsd_serving(folder: Path, zone: str) -> Iterator[int]:
    """Serve a folder's file ``zone``; yields the port once it answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    config = folder / "nsd.conf"
    config.write_text(CONFIG.format(host=HOST, port=port, folder=folder, zone=zone), "ascii")
    program = shutil.which("nsd") or "/usr/sbin/nsd"
    log = (folder / "nsd.log").open("wb")
    process = subprocess.Popen([program, "-d", "-c", config], stdout=log, stderr=log)
    try:
        until = time.monotonic() + START_S
        while not _answers(port, zone):
            assert process.poll() is None, (folder / "nsd.log").read_text()
            assert time.monotonic() < until, "NSD does not answer"
        yield port
    finally:
        process.terminate()
        process.wait()
        log.close()


def _answers(port: int, zone: str) -> bool:
    try:
        answer = dns.query.udp(dns.message.make_query(zone, "SOA"), HOST, 0.5, port)
    except (dns.exception.DNSException, OSError):
        return False
    return bool(answer.answer)
