"""Ordinary DNS software asks the face: dig, kdig, delv, curl, and a machine behind Unbound."""

import asyncio
import ssl
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from federation.dns_face.anchor import format_bind, format_dnskey, format_ds, format_zone
from federation.dns_face.answer import LOOPBACK, Policy
from federation.dns_face.dnssec import ZoneKey
from federation.dns_face.respond import Responder
from federation.dns_face.serve import Opened, Place, open_face
from federation.web.tls import keep_certificate, load_context
from tests.support.dns_source import SEED, SUFFIX, answerer, example

pytestmark = pytest.mark.needs("dns")
ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
WITHIN_S = 60.0
ZONE = format_zone(SUFFIX)
KEY = ZoneKey(SEED, SUFFIX)


async def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """Return what a program printed; fails with all of it when the program does."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command), cwd=cwd,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        printed, _ = await asyncio.wait_for(process.communicate(), WITHIN_S)
    except TimeoutError:
        process.kill()
        raise
    assert process.returncode == 0, printed.decode(errors="replace")
    return printed.decode()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return keep_certificate(tmp_path_factory.mktemp("dns"), [HOST, "localhost"], int(time.time()))


@asynccontextmanager
async def serving(tls: ssl.SSLContext) -> AsyncIterator[Opened]:
    source = example()
    source.seen = int(time.time())
    responder = Responder(answerer(source, Policy(transfer_to=LOOPBACK)), None, time.time)
    async with open_face(responder, Place(tls_port=0, https_port=0), tls) as opened:
        yield opened


@pytest.fixture
async def face(pair: tuple[Path, Path]) -> AsyncIterator[Opened]:
    async with serving(load_context(*pair)) as opened:
        yield opened


async def dig(face: Opened, *words: str) -> str:
    return await run("dig", f"@{HOST}", "-p", str(face.port), "+noidnout", *words)


async def test_dig_reads_answers_absences_and_whole_zones(face: Opened) -> None:
    assert await dig(face, "+short", "bakery.river.tab.alt") == "192.0.2.1\n"
    assert await dig(face, "+short", "+tcp", "www.bakery.river.tab.alt", "AAAA") == (
        "bakery.river.tab.alt.\n2001:db8::1\n"
    )
    found = await dig(face, "bakery.river.tab.alt", "+dnssec")
    assert "status: NOERROR" in found
    assert "flags: qr aa rd;" in found
    assert "COOKIE: " in found
    assert "(good)" in found
    absent = await dig(face, "nix.river.tab.alt", "+dnssec")
    assert "status: NXDOMAIN" in absent
    assert absent.count("\tNSEC\t") == 2
    assert "SERVER: " in absent
    cut = await dig(face, "long.river.tab.alt", "TXT", "+ignore")
    assert " tc " in cut
    assert len((await dig(face, "+short", "long.river.tab.alt", "TXT")).splitlines()) == 9
    assert "RFC8482" in await dig(face, "+notcp", "bakery.river.tab.alt", "ANY")
    whole = await dig(face, "tab.alt", "AXFR", "+onesoa")
    assert "XFR size: " in whole
    assert "status: REFUSED" in await dig(face, "version.bind", "CH", "TXT")


async def test_kdig_asks_over_udp_tcp_tls_and_https(face: Opened, pair: tuple[Path, Path]) -> None:
    asked = [f"@{HOST}", "+short", "bakery.river.tab.alt"]
    trusting = [f"+tls-ca={pair[0]}", "+tls-hostname=localhost", "+padding"]
    port, tls_port = str(face.port), str(face.tls_port)
    for words in ([], ["+tcp"], ["+bufsize=512"], ["+cookie"]):
        assert await run("kdig", "-p", port, *words, *asked) == "192.0.2.1\n"
    assert await run("kdig", "-p", tls_port, "+tls", *trusting, *asked) == "192.0.2.1\n"


async def test_delv_validates_what_is_there_and_what_is_not(face: Opened, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.conf"
    anchor.write_text(format_bind(ZONE, KEY) + "\n")
    words = ["-a", str(anchor), "+root=tab.alt", "-p", str(face.port), f"@{HOST}"]
    for name, kind, told in (
        ("bakery.river", "A", "; fully validated"),
        ("www.bakery.river", "AAAA", "; fully validated"),
        ("x.bakery.river", "TXT", "; fully validated"),
        ("bakery.pond.lake", "A", "; fully validated"),
        ("nix.river", "A", "; negative response, fully validated"),
        ("a.nix.pond.lake", "A", "; negative response, fully validated"),
        ("nix", "A", "; negative response, fully validated"),
        ("bakery.river", "SRV", "; negative response, fully validated"),
        ("_tcp.bakery.river", "TXT", "; negative response, fully validated"),
        ("x.bakery.river", "A", "; negative response, fully validated"),
    ):
        printed = await run("delv", *words, f"{name}.tab.alt", kind)
        assert told in printed, (name, kind, printed)
    other = format_bind(ZONE, ZoneKey(bytes(32), SUFFIX))
    anchor.write_text(other + "\n")
    assert "fully validated" not in await run("delv", *words, "bakery.river.tab.alt")


async def test_curl_finds_a_host_over_https(face: Opened) -> None:
    url = f"https://{HOST}:{face.https_port}/dns-query"
    # Nobody listens at 192.0.2.1 (RFC 5737); that curl goes there shows that it read the answer.
    words = ["--doh-url", url, "--doh-insecure", "-v", "--connect-timeout", "0.2", "--ipv4"]
    command = ["curl", *words, "http://bakery.river.tab.alt/"]
    printed = await run("sh", "-c", '"$@"; true', "sh", *command)
    assert "DOH A: 192.0.2.1" in printed or "Trying 192.0.2.1" in printed, printed


INSIDE = """
set -eu
ip link set lo up
mount --bind resolv.conf /etc/resolv.conf
mount --bind nsswitch.conf /etc/nsswitch.conf
"$PYTHON" -m tests.support.dns_server 5300 >face.log 2>&1 &
face=$!
unbound -d -c unbound.conf >unbound.log 2>&1 &
unbound=$!
trap 'kill $face $unbound; wait' EXIT
"$PYTHON" ask.py || { cat unbound.log face.log; exit 1; }
"""
ASK = """
import socket, subprocess, time
until = time.monotonic() + 30
while True:
    try:
        found = socket.getaddrinfo("bakery.river.tab.alt", 80, type=socket.SOCK_STREAM)
        break
    except socket.gaierror:
        assert time.monotonic() < until
print(sorted({entry[4][0] for entry in found}))
print(socket.getaddrinfo("smith.river.tab.alt", 80, socket.AF_INET, socket.SOCK_STREAM)[0][4][0])
for name in ("nix.river.tab.alt", "void.tab.alt", "nix.tab.alt"):
    try:
        socket.getaddrinfo(name, 80)
    except socket.gaierror as error:
        print(name, error.errno == socket.EAI_NONAME or error.errno == socket.EAI_NODATA)
dig = ["dig", "@127.0.0.1", "+dnssec", "+noall", "+comments", "bakery.river.tab.alt"]
print("ad;" in subprocess.run(dig, capture_output=True, text=True, check=True).stdout)
"""
UNBOUND = """
server:
    directory: "{folder}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    interface: 127.0.0.1
    do-not-query-localhost: no
    do-ip6: no
    trust-anchor-file: "{folder}/anchor"
forward-zone:
    name: "tab.alt."
    forward-addr: 127.0.0.1@5300
"""


@pytest.mark.needs("root")
@pytest.mark.parametrize("anchor", ["ds", "all that is printed"])
async def test_a_machine_behind_unbound_finds_names_by_getaddrinfo(
    tmp_path: Path, anchor: str
) -> None:
    lines = [format_ds(ZONE, KEY)]
    if anchor != "ds":
        # As `commontab dns trust-anchor` prints them.
        lines += [format_dnskey(ZONE, KEY), f"; BIND and delv: {format_bind(ZONE, KEY)}"]
    files = {
        "resolv.conf": "nameserver 127.0.0.1\noptions timeout:1\n",
        "nsswitch.conf": "hosts: dns\n",
        "unbound.conf": UNBOUND.format(folder=tmp_path),
        "anchor": "\n".join([*lines, ""]),
        "ask.py": ASK,
        "inside.sh": INSIDE,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    settings = [f"PYTHON={sys.executable}", f"PYTHONPATH={ROOT}"]
    inside = ["unshare", "--mount", "--net", "sh", "inside.sh"]
    printed = await run("env", *settings, *inside, cwd=tmp_path)
    assert printed.splitlines() == [
        "['192.0.2.1', '2001:db8::1']",
        "192.0.2.1",
        "nix.river.tab.alt True",
        "void.tab.alt True",
        "nix.tab.alt True",
        "True",
    ], printed
