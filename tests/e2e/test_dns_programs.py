"""Real programs: a name is claimed, set, changed and revoked, and stock clients see each of it."""

import re
import subprocess
import time
from functools import partial
from pathlib import Path

import pytest

from tests.demo_story.stage import Stage
from tests.e2e.test_programs import first_books, founded, run_manager, stage

__all__ = ["founded", "stage"]
pytestmark = pytest.mark.needs("dns")
NAME = "bakery.river.tab.alt"
TTL_S = 2


def ports(stage: Stage, log: str) -> list[int]:
    """Return the ports that a face has printed: DNS, over TLS, over HTTPS."""
    written = stage.folder / f"{log}.log"
    told = written.read_text("utf-8") if written.exists() else ""
    return [int(port) for port in re.findall(r"(?:port |127\.0\.0\.1:)(\d+)", told)]


def run(*command: object) -> str:
    words = list(map(str, command))
    asked = subprocess.run(words, capture_output=True, timeout=30, check=False)
    return (asked.stdout + asked.stderr).decode(errors="replace")


def dig(port: int, *words: str) -> str:
    return run("dig", "@127.0.0.1", "-p", port, "+tries=1", "+time=2", *words)


def answers(port: int, expected: str) -> bool:
    return dig(port, "+short", NAME).split() == [expected]


def test_a_name_is_answered_by_both_programs_until_it_is_revoked(
    stage: Stage, tmp_path: Path
) -> None:
    run_manager(stage)
    first_books(stage, "anna")
    stage.start("river", "commontab-manager serve-dns --port 0", log="river-dns")
    over_tls = "--tls auto --tls-port 0 --https-port 0"
    stage.start("anna", f"commontab dns --port 0 {over_tls}", log="anna-dns")
    stage.type("anna", "commontab name claim bakery --yes --wait=90")
    records = f"'@ {TTL_S} A 192.0.2.1'"
    stage.type("anna", f"commontab name set bakery {records} --yes --wait=90")
    stage.wait_for("both faces", lambda: bool(ports(stage, "river-dns")))
    stage.wait_for("Anna's face", lambda: len(ports(stage, "anna-dns")) == 3)
    port, tls_port, https_port = ports(stage, "anna-dns")
    for face in (port, ports(stage, "river-dns")[0]):
        stage.wait_for("the name", partial(answers, face, "192.0.2.1"))

    anchor = tmp_path / "anchor.conf"
    anchor.write_text(stage.read("anna", "commontab dns trust-anchor")["bind"] + "\n")
    trusting = ("-a", anchor, "+root=tab.alt", "-p", port, "@127.0.0.1")
    assert "; fully validated" in run("delv", *trusting, NAME)
    assert "; negative response, fully validated" in run("delv", *trusting, f"x.{NAME}")
    certificate = stage.folder / "anna" / "dns" / "cert.pem"
    tls = (f"+tls-ca={certificate}", "+tls-hostname=localhost", "-p", tls_port)
    assert run("kdig", "@127.0.0.1", *tls, "+short", NAME) == "192.0.2.1\n"
    url = f"https://127.0.0.1:{https_port}/dns-query?dns=AAABAAABAAAAAAAAA3RhYgNhbHQAAAYAAQ"
    got = run("curl", "-s", "--cacert", certificate, "-w", "%{http_code} %{content_type}", url)
    assert "200 application/dns-message" in got

    began = time.monotonic()
    stage.type("anna", f"commontab name set bakery '@ {TTL_S} A 192.0.2.2' --yes")
    stage.wait_for("the new address", lambda: answers(port, "192.0.2.2"))
    print(f"{time.monotonic() - began:.1f} s from `name set` to the new answer")  # noqa: T201
    stage.type("river", "commontab-manager names revoke bakery --reason 'not a bakery' --yes")
    stage.wait_for("its end", lambda: "status: NXDOMAIN" in dig(port, NAME))
