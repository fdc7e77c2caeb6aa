"""The story's third part: names, claimed in two communities and resolved across their link."""

import re
import shutil
import subprocess
from functools import partial
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rdatatype

from tests.demo_story.stage import Stage

CLAIMED = {
    "anna": ("bread", "www CNAME @", "192.0.2.1"),
    "gus": ("boats", "@ TXT canoes", "192.0.2.2"),
}
"""Who claims which name, and what they put under it."""
ASKED = {"www.bread.river.tab.alt": "192.0.2.1", "boats.lake.tab.alt": "192.0.2.2"}
"""What Anna's computer is asked: a name at home, and one of the community it is linked with."""
ASK_S = 2.0
FACE = "anna-dns"


def claim_names(stage: Stage) -> None:
    """Claim a name in each of two communities, and point it somewhere."""
    with stage.step(
        "names", "Anna claims a name in River, Gus one in Lake, and point them somewhere"
    ):
        stage.type_all(
            [
                (who, f"commontab name claim {name} --yes --wait=90")
                for who, (name, *_) in CLAIMED.items()
            ]
        )
        stage.type_all(
            [
                (who, f"commontab name set {name} '@ A {address}' '{more}' --yes --wait=90")
                for who, (name, more, address) in CLAIMED.items()
            ]
        )


def resolve_names(stage: Stage) -> dict[str, str]:
    """Let a stock DNS client ask Anna's computer; return what it answered, by name."""
    with stage.step("dns", "Anna's computer answers DNS: both names, and the key behind Gus's"):
        stage.start("anna", "commontab dns --port 0", log=FACE)
        log = stage.folder / f"{FACE}.log"
        stage.wait_for("the DNS face", lambda: _port(log) > 0)
        port, found = _port(log), {}
        for name, address in ASKED.items():
            stage.wait_for(name, partial(_answers, port, name, address))
            found[name] = address
            stage.say(f"  $ dig +short @127.0.0.1 -p {port} {name}\n      {address}")
        stage.type("anna", "commontab name resolve boats@lake")
        stage.type("anna", "commontab name key boats@lake")
    return found


def _port(log: Path) -> int:
    """Return the port that a face has printed, 0 before it has."""
    told = re.search(r"at 127\.0\.0\.1 port (\d+)", log.read_text("utf-8") if log.exists() else "")
    return int(told[1]) if told else 0


def _answers(port: int, name: str, address: str) -> bool:
    """Return whether a client is told this address, at the end of whatever chain leads there."""
    return address in (_dig(port, name) if shutil.which("dig") else _ask(port, name))


def _dig(port: int, name: str) -> list[str]:
    words = ["dig", "+short", f"+time={ASK_S:.0f}", "+tries=1", "@127.0.0.1", "-p", str(port)]
    asked = subprocess.run(
        [*words, name, "A"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return asked.stdout.split()


def _ask(port: int, name: str) -> list[str]:
    query = dns.message.make_query(name, dns.rdatatype.A)
    try:
        answer = dns.query.udp(query, "127.0.0.1", port=port, timeout=ASK_S)
    except (dns.exception.Timeout, OSError):
        return []
    return [str(rdata) for rrset in answer.answer for rdata in rrset]
