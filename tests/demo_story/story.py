"""The story, act by act: one community, one manager, four members."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from federation.settings import load_settings, save_settings
from tests.demo_story import look
from tests.demo_story.stage import CommandFailed, Stage

NODES = 20
MEMBERS = ("anna", "ben", "cleo", "dora")
DAEMONS = ("anna", "ben", "cleo")
"""Dora's computer is off most of the time."""
MANAGER = "river"
ROUND_S = 1.0
"""The story's programs look every second; the default on loopback is 10 s."""
SHOWN_NODES = 3
SHOWN = (MANAGER, "anna")
"""Whose pages `--keep` tells of."""
_AGAIN = "commontab recurring add"
_BILL = "commontab bill --among anna,ben,cleo"


def build_network(stage: Stage) -> list[str]:
    """Start the DHT that carries everything; return its nodes' addresses."""
    with stage.step("network", f"A private DHT of {NODES} nodes on this machine"):
        nodes = stage.start_dht(NODES)
        stage.say(f"  {', '.join(nodes[:SHOWN_NODES])}, …")
    return nodes


def found_community(stage: Stage, nodes: list[str]) -> None:
    """Let the manager make a key, open the ledger and start to publish."""
    with stage.step("found", "The manager founds River, with a unit and limits, and starts"):
        first = " ".join(nodes[:SHOWN_NODES])
        stage.type(
            MANAGER, f"commontab-manager init River --network loopback {first} --no-passphrase"
        )
        hurry(stage, MANAGER)
        stage.type(
            MANAGER,
            "commontab-manager open --unit EUR --unit-name Euro --credit 100 --maximum 500 --yes",
        )
        stage.start(MANAGER, "commontab-manager run")


def swap_cards(stage: Stage, nodes: list[str]) -> None:
    """Let everybody show a QR code and read the other's: that is all of onboarding."""
    first = " ".join(nodes[:SHOWN_NODES])
    with stage.step("onboard", "Four people show their cards as QR codes; the manager admits them"):
        stage.type_all(
            [
                (who, f"commontab init {who.title()} --network loopback {first} --no-passphrase")
                for who in MEMBERS
            ]
        )
        stage.type_all([(who, f"commontab card --png {picture(stage, who)}") for who in MEMBERS])
        for who in MEMBERS:
            hurry(stage, who)
        stage.type_all(
            [
                (MANAGER, f"commontab-manager admit --image {picture(stage, who)} --yes")
                for who in MEMBERS
            ]
        )
    with stage.step("join", "The manager shows the community's card; the four join and follow"):
        card = picture(stage, MANAGER)
        stage.type(MANAGER, f"commontab-manager card --png {card}")
        stage.type_all([(who, f"commontab join --image {card} --yes") for who in MEMBERS])
        for who in DAEMONS:
            stage.start(who, "commontab run")
        stage.type("dora", "commontab sync")
        for who in MEMBERS:
            stage.wait_for(f"{who}'s books", partial(look.has_account, stage.folder / who))


def pay_each_other(stage: Stage) -> None:
    """Pay, ask, accept."""
    with stage.step("pay", "Payments: signed here, merged there, seen by both"):
        stage.type_all(
            [
                ("anna", "commontab pay ben 12.50 eggs --yes --wait=90"),
                ("ben", "commontab pay cleo 30 'a repaired bicycle' --yes --wait=90"),
            ]
        )
        stage.type("cleo", "commontab request anna 8 'bread for three weeks' --yes --wait=90")
        stage.wait_for("Cleo's request", lambda: look.has_request(stage.folder / "anna"))
        request = entries(stage.read("anna", "commontab requests"))[0]["id"]
        stage.type("anna", f"commontab accept {request[:8]} --yes --wait=90")


def be_refused(stage: Stage) -> None:
    """Spend more than the ledger allows."""
    with stage.step("refusal", "Ben spends more than his limit; the ledger refuses, with a reason"):
        stage.type("ben", "commontab pay anna 90 'too much' --yes --wait=90 --anyway", expect=1)
        outbox = stage.read("ben", "commontab outbox")
        refused = [one for one in entries(outbox) if one["state"] == "refused"]
        if [one["code"] for one in refused] != ["insufficient_credit"]:
            raise CommandFailed(f"expected one refusal insufficient_credit, got {refused}")
        stage.say(f"      refused: {refused[0]['code']}")


def hold_and_post(stage: Stage) -> None:
    """Reserve an amount, then take a part of it."""
    with stage.step("hold", "Cleo reserves 20 for Anna's boat; Anna takes 15, the rest goes back"):
        stage.type("cleo", "commontab hold anna 20 'the boat on sunday' --yes --wait=90")
        stage.wait_for("the hold at Anna's", lambda: look.has_hold(stage.folder / "anna"))
        hold = entries(stage.read("anna", "commontab holds"))[0]["id"]
        stage.type("anna", f"commontab post {hold[:8]} 15 --yes --wait=90")


def undo_robbery(stage: Stage) -> None:
    """Undo what was never wanted, in public."""
    with stage.step("reversal", "Somebody took Anna's unlocked phone; the manager undoes it"):
        stage.type("anna", "commontab pay cleo 40 'was not me' --yes --wait=90")
        robbery = newest_payment(stage, "anna", "was not me")
        stage.type(
            MANAGER,
            f"commontab-manager reverse {robbery[:12]} --reason 'stolen phone, Anna asked' --yes",
        )


def publish_and_leave(stage: Stage) -> None:
    """Publish a change and switch off: the DHT keeps it until the manager comes by."""
    with stage.step("offline", "Dora pays and switches off at once; a power cut stops the manager"):
        stage.kill(MANAGER)
        stage.type_all(
            [
                ("dora", "commontab pay ben 5 'a jar of honey' --yes"),
                ("anna", "commontab pay ben 2.20 'stamps' --yes"),
            ]
        )
    with stage.step("restart", "The manager starts again; nothing is lost and nothing comes twice"):
        stage.start(MANAGER, "commontab-manager run")
        stage.wait_for("Anna's payment", lambda: look.is_settled(stage.folder / "anna"))
        stage.type("dora", "commontab sync")
        stage.wait_for("Dora's payment", lambda: look.is_settled(stage.folder / "dora"))


def share_a_month(stage: Stage) -> None:
    """Share what a household spends in a month: bills, answers, comments, what comes again.

    The ledger's own times are true; when something was spent is what its author says.
    """
    with stage.step("month", "A month together: bills, what comes again, comments"):
        today = datetime.now(UTC).date()
        days = [(today - timedelta(days=back)).isoformat() for back in (27, 20, 9)]
        # Not today: what the story compares at its end must not move by itself.
        next_week = (today + timedelta(days=7)).isoformat()
        stage.type_all(
            [
                ("anna", f"{_BILL} 36 groceries --category food --date {days[0]} --yes"),
                ("ben", f"{_BILL} 24.90 electricity --category home --date {days[1]} --yes"),
                ("cleo", f"{_BILL} 18 'paint for the shed' --category home --date {days[2]} --yes"),
                ("anna", f"{_AGAIN} 6 cleaning --every weekly --to cleo --first {next_week} --yes"),
            ]
        )
        for who in DAEMONS:
            stage.wait_for(f"{who}'s bill", partial(look.is_settled, stage.folder / who))
        stage.wait_for("three bills", lambda: look.has_bills(stage.folder / "ben", len(days)))
        food = look.bill_of(stage.folder / "ben", "groceries")
        power = look.bill_of(stage.folder / "anna", "electricity")
        stage.type_all(
            [
                ("ben", f"commontab accept {food} --yes"),
                ("anna", f"commontab accept {power} --yes"),
                ("cleo", f"commontab comment {food} 'the good cheese, thank you' --yes"),
            ]
        )
        for who in DAEMONS:
            stage.wait_for(f"{who}'s answer", partial(look.is_settled, stage.folder / who))


def compare(stage: Stage) -> dict[str, Any]:
    """Let everybody check everything alone, and compare."""
    with stage.step("verify", "Everybody checks every signature, sum and hash, and all agree"):
        books = stage.read(MANAGER, "commontab-manager audit")
        stage.type("dora", "commontab sync")
        for who in MEMBERS:
            stage.wait_for(
                f"{who}'s newest records",
                partial(look.has_records, stage.folder / who, books["size"]),
            )
        read = stage.read_all([(who, "commontab verify") for who in MEMBERS])
        copies = dict(zip(MEMBERS, read, strict=True))
        equal = all(copy["journal_sha256"] == books["journal_sha256"] for copy in copies.values())
        stage.say(
            f"      journal_sha256 {books['journal_sha256'][:32]}… at {books['size']} records"
        )
        stage.say(f"      replicas equal: {'yes' if equal else 'NO'}")
    return {
        "books": books,
        "replicas_equal": equal,
        "zero_sum": all(copy["zero_sum"] for copy in copies.values()),
    }


def picture(stage: Stage, who: str) -> Path:
    """Return where somebody's card is drawn."""
    return stage.folder / f"{who}-card.png"


def hurry(stage: Stage, who: str) -> None:
    """Let a home's programs look often, and show their page at any port, as its settings may say.

    Where the story's people stay, Anna's page and the manager's are at the usual ports.
    """
    home = stage.folder / who
    port = None if stage.keeps and who in SHOWN else 0
    save_settings(home, replace(load_settings(home), round_s=ROUND_S, web_port=port))


def entries(held: Any) -> list[dict[str, Any]]:
    """Return the entries of a reading command, however it wraps them."""
    if isinstance(held, list):
        return held
    return next(value for value in held.values() if isinstance(value, list))


def newest_payment(stage: Stage, who: str, memo: str) -> str:
    """Return the id of a member's payment with this memo."""
    history = entries(stage.read(who, "commontab history"))
    return str(next(one["id"] for one in history if one.get("memo") == memo))


def write_whole(path: Path, held: object) -> None:
    """Write a JSON file so that nobody ever sees half of it."""
    new = path.with_name(path.name + ".new")
    new.write_text(json.dumps(held, indent=1) + "\n", "utf-8")
    new.replace(path)
