"""Real processes on a real DHT: what is published is merged once, whoever is killed when."""

import asyncio
import json
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from federation.console.terminal import Refused
from federation.dht.endpoint import Endpoint
from federation.dht.settings import NEAR
from federation.home import Home
from federation.settings import load_settings, save_settings
from federation.slot import checkpoint_slot, decode_checkpoint_value
from ledger.changeset import CHANGE_SET_BYTES_MAX, ChangeSet
from ledger.checkpoint import verify_checkpoint
from ledger.codec import decode
from ledger.errors import StoreMissing
from ledger.operation import Pay
from ledger.record import ChangeSetRecord, decode_record
from ledger.store.audit import audit
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.outgoing import OutgoingStore
from ledger.store.outgoing_file import OutgoingFileStore
from member.household.attachments import view_attachments
from member.membership import is_restored, open_membership, open_own
from member.sign import sign
from tests.demo_story.stage import Stage, program
from tests.support.dht import private_dht

ROUND_S = 0.5
PAYMENTS = 100
AT_ONCE = 20
KILLS = 10
SETTLE_S = 90.0
HOMES = ("river", "anna", "ben")
NOWHERE = "127.0.0.1:9"
"""The discard port: nobody answers there."""
OPEN_KEY = "--no-passphrase"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Homes of a founded community with Anna and Ben admitted and joined; none ever ran."""
    stage = Stage(tmp_path_factory.mktemp("founded"))
    stage.type("river", f"commontab-manager init River --network loopback {NOWHERE} {OPEN_KEY}")
    limits = "--credit 500 --maximum 900"
    stage.type("river", f"commontab-manager open --unit EUR --unit-name Euro {limits} --yes")
    for who in ("anna", "ben"):
        stage.type(who, f"commontab init {who.title()} --network loopback {NOWHERE} {OPEN_KEY}")
        card = stage.folder / f"{who}.png"
        stage.type(who, f"commontab card --png {card}")
        stage.type("river", f"commontab-manager admit --image {card} --yes")
    stage.type("river", f"commontab-manager card --png {stage.folder / 'river.png'}")
    for who in ("anna", "ben"):
        stage.type(who, f"commontab join --image {stage.folder / 'river.png'} --yes")
    return stage.folder


@pytest.fixture
def stage(founded: Path, tmp_path: Path) -> Iterator[Stage]:
    """The founded community's homes, in a DHT of their own; nobody runs yet."""
    with private_dht(10) as dht:
        stage = Stage(tmp_path)
        for who in HOMES:
            home = tmp_path / who
            shutil.copytree(founded / who, home)
            settings = load_settings(home)
            network = replace(settings.network, nodes=tuple(dht.nodes[:3]))
            save_settings(home, replace(settings, network=network, round_s=ROUND_S))
        try:
            yield stage
        finally:
            stage.stop_all()


def run_manager(stage: Stage) -> None:
    stage.start("river", "commontab-manager run")


def first_books(stage: Stage, who: str) -> None:
    """Start a member's daemon and wait for its first copy of the ledger."""
    stage.start(who, "commontab run")

    def has_account() -> bool:
        try:
            with open_membership(Home(stage.folder / who)) as member:
                return member.key in member.state.keys
        except (Refused, StoreMissing):
            return False

    stage.wait_for(f"{who}'s books", has_account)


def sign_payments(stage: Stage, who: str, payee: str, count: int) -> None:
    """Sign as ``commontab pay --offline`` does, without starting a program for each."""
    home = Home(stage.folder / who)
    seed = home.unlock(None)
    with open_membership(home) as member:
        to = member.state.handles[payee]
        for number in range(count):
            sign(member, seed, [Pay(to, 100, "EUR", f"egg {number}", b"", None)], int(time.time()))


def states(stage: Stage, who: str) -> list[str]:
    with open_own(Home(stage.folder / who)) as own:
        return [one.state for one in OutgoingStore(own).newest(1_000)]


def journalled_numbers(stage: Stage) -> list[int]:
    """Return the numbers of all change-sets in the manager's journal, in order."""
    database = open_database(stage.folder / "river" / "ledger.db", Role.MANAGER, write=False)
    try:
        store = JournalStore(database)
        records = [decode_record(data) for data in store.records(0, store.tip().tree.size)]
    finally:
        database.close()
    return [
        decode(record.body, ChangeSet, CHANGE_SET_BYTES_MAX).number
        for record in records
        if isinstance(record, ChangeSetRecord)
    ]


def test_a_hundred_payments_between_two_polls_merge_though_their_author_was_killed(
    stage: Stage,
) -> None:
    run_manager(stage)
    first_books(stage, "anna")
    stage.stop("river")
    sign_payments(stage, "anna", "ben", PAYMENTS)
    stage.wait_for("the publication", lambda: set(states(stage, "anna")) == {"published"})
    stage.kill("anna")
    run_manager(stage)
    stage.wait_for(
        "the merge", lambda: len(journalled_numbers(stage)) >= PAYMENTS, within_s=SETTLE_S
    )
    assert journalled_numbers(stage) == list(range(1, PAYMENTS + 1))
    stage.start("anna", "commontab run")
    stage.wait_for("the outbox", lambda: set(states(stage, "anna")) == {"merged"}, SETTLE_S)


def test_twenty_payments_at_once_beside_run_get_the_numbers_one_to_twenty(stage: Stage) -> None:
    run_manager(stage)
    first_books(stage, "anna")
    command = [*program("commontab"), "pay", "ben", "1", "tea", "--yes", "--home"]
    processes = [
        subprocess.Popen(
            [*command, str(stage.folder / "anna")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for _ in range(AT_ONCE)
    ]
    for process in processes:
        _, said = process.communicate(timeout=SETTLE_S)
        assert process.returncode == 0, said.decode()
    stage.wait_for("the merge", lambda: len(journalled_numbers(stage)) >= AT_ONCE, SETTLE_S)
    assert journalled_numbers(stage) == list(range(1, AT_ONCE + 1))


def test_ten_kills_at_any_moment_lose_nothing_and_double_nothing(stage: Stage) -> None:
    moments = random.Random(20_260_101)  # noqa: S311 -- no secret; the seed is the test's name
    run_manager(stage)
    first_books(stage, "anna")
    seen: dict[int, bytes] = {}
    for _ in range(KILLS):
        sign_payments(stage, "anna", "ben", 3)
        watch_checkpoints(stage, seen, moments.uniform(0.3, 2.5))
        stage.kill("river")
        run_manager(stage)
    stage.wait_for("the merge", lambda: set(states(stage, "anna")) == {"merged"}, SETTLE_S)
    assert journalled_numbers(stage) == list(range(1, 3 * KILLS + 1))
    database = open_database(stage.folder / "river" / "ledger.db", Role.MANAGER, write=False)
    try:
        store = JournalStore(database)
        audit(store)
        history = store.load_state().history
        assert {size: history[size] for size in seen} == seen
    finally:
        database.close()
    assert stage.running(), "a member's daemon outlives its manager"


def watch_checkpoints(stage: Stage, seen: dict[int, bytes], seconds: float) -> None:
    """Read the community's slot again and again; note each size's root."""
    community = Home(stage.folder / "river").read_key().key
    nodes = load_settings(stage.folder / "river").network.nodes

    async def watch() -> None:
        endpoint = Endpoint("127.0.0.1", 0, nodes, settings=NEAR)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            got = await endpoint.get(checkpoint_slot(community))
            if got.item is not None:
                note = decode_checkpoint_value(got.item.value).note
                checkpoint = verify_checkpoint(community, note)
                known = seen.setdefault(checkpoint.size, checkpoint.root)
                assert known == checkpoint.root, f"two roots of size {checkpoint.size}"
        await endpoint.close()

    asyncio.run(watch())


def test_a_second_manager_and_an_empty_network_end_with_their_codes(stage: Stage) -> None:
    run_manager(stage)
    first_books(stage, "anna")
    stage.type("river", "commontab-manager run", expect=4)
    stage.stop("anna")
    home = stage.folder / "anna"
    settings = load_settings(home)
    nowhere = replace(settings.network, nodes=(("127.0.0.1", 9),))
    save_settings(home, replace(settings, network=nowhere))
    for cached in ("nodes.json", "node.state"):
        (home / cached).unlink(missing_ok=True)
    stage.type("anna", "commontab sync", expect=3)


def test_sigterm_ends_every_program_cleanly_and_soon(stage: Stage) -> None:
    run_manager(stage)
    first_books(stage, "anna")
    for who in ("anna", "river"):
        process = stage.daemon(who)
        process.terminate()
        assert process.wait(5) == 0, (stage.folder / f"{who}.log").read_text()
    status = json.loads(stage.type("anna", "commontab verify --json"))
    assert status["zero_sum"]


def test_a_small_device_fetches_only_its_own_records(stage: Stage) -> None:
    run_manager(stage)
    first_books(stage, "anna")
    sign_payments(stage, "anna", "ben", 3)
    stage.wait_for("the merge", lambda: set(states(stage, "anna")) == {"merged"}, SETTLE_S)
    synced = stage.read("ben", "commontab sync --mine")
    assert (synced["handle"], synced["own_records"], synced["complete"]) == ("ben", 4, True)
    assert synced["moved_bytes"] > 0
    assert stage.read("ben", "commontab sync --mine")["moved_bytes"] == 0
    for line in ("commontab balance --mine", "commontab balance"):
        (books,) = stage.read("ben", line)["balances"]
        assert books["balance_minor"] == 300
    kinds = [one["kind"] for one in stage.read("ben", "commontab history")]
    assert kinds == ["transaction"] * 3 + ["statement"]
    ranged = stage.read("ben", "commontab sync --range 2 5")
    assert [one["index"] for one in ranged["records"]] == [2, 3, 4]
    assert "none of yours is missing" in stage.type("ben", "commontab sync --mine")
    stage.type("ben", "commontab members", expect=1)
    stage.type("ben", "commontab sync --range 5 5", expect=2)
    stage.type("ben", "commontab sync --range 5 5000", expect=1)
    whole = stage.read("ben", "commontab sync")
    assert (whole["published"], whole["followed"]["step"], whole["sent"]) == (0, "followed", 0)
    assert stage.read("ben", "commontab verify")["size"] == whole["followed"]["size"]


def balance_of(stage: Stage, who: str) -> int:
    (books,) = stage.read(who, "commontab balance")["balances"]
    return int(books["balance_minor"])


def test_a_community_whose_key_was_lost_goes_on_with_a_new_manager(stage: Stage) -> None:
    run_manager(stage)
    for who in ("anna", "ben"):
        first_books(stage, who)
    sign_payments(stage, "anna", "ben", 2)
    stage.wait_for("the merge", lambda: set(states(stage, "anna")) == {"merged"}, SETTLE_S)
    stage.wait_for("ben's books", lambda: balance_of(stage, "ben") == 200, SETTLE_S)
    for who in HOMES:
        stage.stop(who)
    shutil.rmtree(stage.folder / "river")
    files = {name: stage.folder / f"{name}.txt" for name in ("proposal", "anna", "ben", "complete")}
    nodes = " ".join(
        f"{host}:{port}" for host, port in load_settings(stage.folder / "anna").network.nodes
    )
    stage.type(
        "council",
        f"commontab-manager succeed propose --from {stage.folder / 'anna'} --reason 'key lost' "
        f"--network loopback {nodes} {OPEN_KEY} --out {files['proposal']}",
    )
    home = stage.folder / "council"
    save_settings(home, replace(load_settings(home), round_s=ROUND_S))
    for who in ("anna", "ben"):
        line = f"commontab succession sign {files['proposal']} --out {files[who]} --yes"
        stage.type(who, line)
    complete = f"commontab-manager succeed complete {files['anna']}"
    stage.type("council", complete, expect=1)
    stage.type(
        "council", f"commontab-manager succeed complete {files['ben']} --out {files['complete']}"
    )
    stage.start("council", "commontab-manager run")
    card = stage.folder / "council.png"
    stage.type("council", f"commontab-manager card --png {card}")
    for who in ("anna", "ben"):
        stage.type(who, f"commontab succession follow {card} {files['complete']} --yes")
        stage.type(who, "commontab pay ben 1 --yes", expect=1)
    for who in ("anna", "ben"):
        stage.start(who, "commontab run")
    stage.wait_for("the generation", lambda: not restored(stage, "anna"), SETTLE_S)
    stage.type("anna", "commontab pay ben 1 egg --yes")
    stage.wait_for("the payment", lambda: balance_of(stage, "ben") == 300, SETTLE_S)
    told = stage.read("ben", "commontab verify")
    assert [one["signed"] for one in told["successions"]] == [2]
    assert "signed by 2 of 2 accounts" in stage.type("anna", "commontab succession show")


def restored(stage: Stage, who: str) -> bool:
    with open_own(Home(stage.folder / who)) as own:
        return is_restored(own)


def test_the_running_program_signs_what_comes_again(stage: Stage) -> None:
    run_manager(stage)
    first_books(stage, "anna")
    stage.kill("anna")
    stage.type("anna", "commontab recurring add 5 milk --to ben --every daily --yes")
    stage.start("anna", "commontab run")
    stage.wait_for("the payment", lambda: states(stage, "anna") == ["merged"], SETTLE_S)
    (one,) = stage.read("anna", "commontab recurring list")
    assert (one["passed"], one["state"]) == (1, "running")


def test_a_file_reaches_everybody_after_its_author_has_left(stage: Stage) -> None:
    run_manager(stage)
    for who in ("anna", "ben"):
        first_books(stage, who)
    stage.kill("anna")
    receipt = stage.folder / "receipt.txt"
    receipt.write_text("bread 2,40\n" * 500)
    stage.type("anna", f"commontab bill 9 bread --attach {receipt} --yes")

    def listed() -> list[dict[str, str]]:
        with open_membership(Home(stage.folder / "ben")) as member:
            bills = list(member.state.bills)
            return view_attachments(member, bills[0]) if bills else []

    stage.wait_for("the file", lambda: [one["state"] for one in listed()] == ["here"], SETTLE_S)
    (one,) = listed()
    saved = stage.folder / "saved.txt"
    stage.type("ben", f"commontab attachments save {one['id']} {saved}")
    assert saved.read_bytes() == receipt.read_bytes()
    assert states(stage, "anna") == ["published"], "she has not been here since"
    stage.type("anna", "commontab sync")
    assert states(stage, "anna") == ["merged"]
    with open_own(Home(stage.folder / "anna")) as own:
        assert OutgoingFileStore(own).kept() == {}
    stage.type("river", f"commontab-manager withdraw {one['id']} --reason 'no receipt' --yes")
    stage.wait_for("the end", lambda: [one["state"] for one in listed()] == ["withdrawn"], SETTLE_S)
    stage.type("ben", f"commontab attachments save {one['id']} {saved}.again", expect=1)
