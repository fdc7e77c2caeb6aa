"""The demo as a newcomer or a script runs it: without a terminal, kept running, then ended."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.dht import wait_until
from tests.support.project import ROOT

STORY_S = 300.0
"""Far beyond what it takes; a machine may be busy."""
END_S = 15.0
LOOK_S = 0.2
HANDLES = {"anna", "ben", "cleo", "dora"}


@contextmanager
def demo(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path, Path]]:
    """Give a kept demo in a process group of its own, what it writes and what it prints."""
    told, written = folder / "told.txt", folder / "outcome.json"
    with told.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.demo_story", "--keep", "--json", str(written)],
            cwd=ROOT,
            env=os.environ | {"TMPDIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield process, written, told
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for_outcome(process: subprocess.Popen[bytes], written: Path, told: Path) -> Any:
    end = time.monotonic() + STORY_S
    while not written.exists():
        assert process.poll() is None, told.read_text("utf-8")
        assert time.monotonic() < end, told.read_text("utf-8")
        time.sleep(LOOK_S)
    return json.loads(written.read_text("utf-8"))


def processes_of(group: int) -> list[int]:
    """Return the living processes of a group, zombies left out."""
    living = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of = stat.read_text("utf-8").rpartition(") ")[2].split()[:3]
        except FileNotFoundError:  # it ended while we looked
            continue
        if int(of) == group and state != "Z":
            living.append(int(stat.parent.name))
    return living


def run(program: str, *words: str) -> str:
    start = f"from {program}.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", start, *words], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


def test_a_kept_demo_runs_until_it_is_told_to_end(tmp_path: Path) -> None:
    with demo(tmp_path) as (process, written, told):
        outcome = wait_for_outcome(process, written, told)
        assert len(bytes.fromhex(outcome["community_key"])) == 32
        assert len(outcome["dht_nodes"]) >= 20
        assert all(node.startswith("127.0.0.1:") for node in outcome["dht_nodes"])
        assert len(bytes.fromhex(outcome["infohash"])) == 20
        assert len(bytes.fromhex(outcome["infohash_v2"])) == 32
        assert outcome["replicas_equal"] is True
        assert outcome["zero_sum"] is True
        assert set(outcome["balances"]) >= HANDLES
        assert sum(units.get("EUR", 0) for units in outcome["balances"].values()) == 0
        assert set(outcome["steps_s"]) >= {"network", "join", "pay", "restart", "verify"}
        federation = outcome["federation"]
        assert federation["explained"] is True
        assert federation["replicas_equal"] is True
        assert federation["zero_sum"] is True
        assert outcome["names"] == {
            "www.bread.river.tab.alt": "192.0.2.1",
            "boats.lake.tab.alt": "192.0.2.2",
        }
        assert federation["owed"] == {
            "river": {"lake": 2_550},
            "lake": {"river": -2_550, "hill": 1_300},
            "hill": {"lake": -1_300},
        }

        homes = next(tmp_path.glob("commontab-demo-*"))
        paid = run("member", "pay", "ben", "1.50", "--wait=60", "--yes", "--home", f"{homes}/anna")
        assert "Merged in version" in paid
        status = json.loads(run("manager", "status", "--json", "--home", f"{homes}/river"))
        assert status["size"] > outcome["checkpoint"]["size"]

        assert len(processes_of(process.pid)) >= 10  # itself, the DHT, 3 managers, 5 members
        process.send_signal(signal.SIGTERM)
        assert process.wait(END_S) == 0
        wait_until(lambda: processes_of(process.pid) == [], END_S)
        assert not homes.exists()
    assert "Ctrl-C or SIGTERM ends it." in told.read_text("utf-8")
