"""`./demo`: set a community up on this machine, let it live, check it, and show what came out."""

import argparse
import re
import signal
import sys
import tempfile
import time
from base64 import b32encode
from contextlib import closing
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from federation.home import Home
from federation.words import fingerprint
from ledger.state import Account
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.publication import PublicationStore
from tests.demo_story import names, neighbours, story
from tests.demo_story.stage import CommandFailed, Stage

KEEP_LOOK_S = 0.5
CHECKED = ("explained", "replicas_equal", "zero_sum")
"""What must be true of the neighbours."""


class Ended(Exception):
    """SIGTERM or Ctrl-C came."""


def main() -> int:
    """Tell the story; return the exit code."""
    given = _parse()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    with tempfile.TemporaryDirectory(prefix="commontab-demo-") as folder:
        stage = Stage(Path(folder), keeps=given.keep)
        try:
            return _tell(stage, given)
        except Ended:
            stage.say("\nEnding.")
            return 0
        except CommandFailed as error:
            stage.say(f"\nThe story went wrong. {error}")
            _show_logs(stage)
            return 1
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            stage.stop_all()


def _tell(stage: Stage, given: argparse.Namespace) -> int:
    start = time.monotonic()
    nodes = story.build_network(stage)
    story.found_community(stage, nodes)
    story.swap_cards(stage, nodes)
    with stage.beside(partial(neighbours.settle_neighbours, nodes=nodes)):
        story.pay_each_other(stage)
        with stage.beside(story.be_refused):
            story.hold_and_post(stage)
        story.undo_robbery(stage)
        story.publish_and_leave(stage)
    story.share_a_month(stage)
    neighbours.link_home(stage)
    with stage.beside(names.claim_names), stage.beside(neighbours.be_distrusted):
        neighbours.pay_across(stage)
    resolved = names.resolve_names(stage)
    neighbours.interrupt(stage)
    federation: dict[str, Any] = {}
    with stage.beside(partial(neighbours.compare_books, found=federation)):
        outcome = story.compare(stage)
    held = _sum_up(stage, nodes, outcome) | {"federation": federation, "names": resolved}
    _show(stage, held, outcome)
    stage.say(f"\nAll of it took {time.monotonic() - start:.0f} s.")
    if given.json:
        story.write_whole(given.json, held)
    good = all((held["replicas_equal"], held["zero_sum"], *(federation[name] for name in CHECKED)))
    if given.keep and good:
        _keep(stage)
    return 0 if good else 1


def _sum_up(stage: Stage, nodes: list[str], outcome: dict[str, Any]) -> dict[str, Any]:
    books = outcome["books"]
    database = open_database(stage.folder / story.MANAGER / "ledger.db", Role.MANAGER, write=False)
    with closing(database):
        newest = PublicationStore(database).newest(1)[0]
        accounts = JournalStore(database).load_state().accounts
    return {
        "community_key": books["community"],
        "dht_nodes": nodes,
        "checkpoint": {"size": books["size"], "root": books["root"]},
        "infohash": newest.infohash.hex(),
        "infohash_v2": newest.infohash_v2.hex(),
        "balances": {one.handle: _minor(one) for one in accounts.values()},
        "replicas_equal": outcome["replicas_equal"],
        "zero_sum": outcome["zero_sum"] and books["zero_sum"],
        "steps_s": stage.steps_s,
    }


def _minor(account: Account) -> dict[str, int]:
    return {one.unit: one.posted for one in account.balances}


def _show(stage: Stage, held: dict[str, Any], outcome: dict[str, Any]) -> None:
    key = bytes.fromhex(held["community_key"])
    stage.say("\nBalances, which add up to zero:")
    for handle, units in held["balances"].items():
        for unit, minor in units.items():
            stage.say(f"  {handle:<8} {minor / 100:>9.2f} {unit}")
    stage.say("\nFingerprints to compare by voice:")
    for who in (story.MANAGER, *story.MEMBERS):
        stage.say(f"  {who:<8} {fingerprint(Home(stage.folder / who).read_key().key)}")
    stage.say("\nThe ledger is out there, for any BitTorrent program of this network:")
    stage.say(f"  magnet:?xs=urn:btpk:{key.hex()}")
    stage.say(f"  magnet:?xt=urn:btih:{held['infohash']}&xt=urn:btmh:1220{held['infohash_v2']}")
    stage.say(f"  origin commontab.alt/{b32encode(key).decode().rstrip('=').lower()}")
    stage.say("\nBytes moved by the snapshots:")
    for who in story.DAEMONS:
        stage.say(f"  {who:<8} {_moved_bytes(stage, who)} bytes")
    stage.say(f"\nReplicas equal: {outcome['replicas_equal']}. Sums zero: {held['zero_sum']}.")


def _moved_bytes(stage: Stage, who: str) -> int:
    log = (stage.folder / f"{who}.log").read_text("utf-8", "replace")
    return sum(int(count) for count in re.findall(r"(\d+) bytes moved", log))


def _keep(stage: Stage) -> None:
    """Leave everything running until somebody ends it."""
    stage.say(f"\nEverything runs on in {stage.folder}. In another terminal, for example:")
    programs = f"export PATH={Path(sys.executable).parent}:$PATH"
    for line in (
        programs,
        f"commontab --help; commontab balance --home {stage.folder}/anna",
        f"commontab pay ben 1.50 tea --home {stage.folder}/anna --wait",
        f"commontab history --home {stage.folder}/ben",
        f"commontab-manager status --home {stage.folder}/river",
    ):
        stage.say(f"  $ {line}")
    stage.say("\nAnd two pages for the browser:")
    for who, words in (("anna", "Anna's"), (story.MANAGER, "the manager's")):
        stage.say(f"  {words:<14} {_page(stage, who)}")
    stage.say("Ctrl-C or SIGTERM ends it.")
    while stage.running():
        time.sleep(KEEP_LOOK_S)
    raise CommandFailed("a program of the community ended by itself")


def _page(stage: Stage, who: str) -> str:
    """Return the address that a program has printed for its page."""
    log = (stage.folder / f"{who}.log").read_text("utf-8", "replace")
    found = re.findall(r"https?://127\.0\.0\.1:\S+", log)
    return found[-1] if found else "not served; see the log"


def _show_logs(stage: Stage) -> None:
    for log in sorted(stage.folder.glob("*.log")):
        stage.say(f"--- {log.name}")
        stage.say("\n".join(log.read_text("utf-8", "replace").splitlines()[-15:]))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./demo", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcome there")
    parser.add_argument("--keep", action="store_true", help="leave everything running")
    given = parser.parse_args()
    if given.json and not given.json.parent.is_dir():
        parser.error(f"--json {given.json}: there is no folder {given.json.parent}; make it first")
    return given


def _end(_number: int, _frame: FrameType | None) -> None:
    raise Ended


if __name__ == "__main__":
    sys.exit(main())
