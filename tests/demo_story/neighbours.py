"""The story's second part: two more communities, links between them, payments across."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from tests.demo_story import look
from tests.demo_story.stage import CommandFailed, Stage
from tests.demo_story.story import MANAGER, SHOWN_NODES, entries, hurry, picture

COMMUNITIES = {"lake": "gus", "hill": "bakery"}
"""The two neighbours, and who lives there."""
TRUST = 100


def settle_neighbours(stage: Stage, nodes: list[str]) -> None:
    """Found two more communities and link them.

    Args:
        stage: Beside the first part of the story: the two parts need nothing of each other.
        nodes: Of the DHT.
    """
    _found(stage, nodes)
    with stage.step("neighbourly", "The managers of Lake and Hill swap link cards"):
        _draw_cards(stage, COMMUNITIES)
        _swap(stage, *COMMUNITIES)


def _found(stage: Stage, nodes: list[str]) -> None:
    managers, members = list(COMMUNITIES), list(COMMUNITIES.values())
    network = f"--network loopback {' '.join(nodes[:SHOWN_NODES])} --no-passphrase"
    opening = "commontab-manager open --unit EUR --unit-name Euro --credit 100 --maximum 500 --yes"
    with stage.step("neighbours", "Two more communities, Lake and Hill, each with its own manager"):
        begun = [(who, f"commontab-manager init {who.title()} {network}") for who in managers]
        begun += [(who, f"commontab init {who.title()} {network}") for who in members]
        stage.type_all(begun)
        for who in (*managers, *members):
            hurry(stage, who)
        cards = [(who, f"commontab card --png {picture(stage, who)}") for who in members]
        stage.type_all([*((who, opening) for who in managers), *cards])
        stage.type_all(
            [
                (manager, f"commontab-manager admit --image {picture(stage, member)} --yes")
                for manager, member in COMMUNITIES.items()
            ]
        )
        for who in managers:
            stage.start(who, "commontab-manager run")
        stage.type_all(
            [(who, f"commontab-manager card --png {picture(stage, who)}") for who in managers]
        )
        stage.type_all(
            [
                (member, f"commontab join --image {picture(stage, manager)} --yes")
                for manager, member in COMMUNITIES.items()
            ]
        )
        for member in members:
            stage.start(member, "commontab run")


def link_home(stage: Stage) -> None:
    """Let the managers of River and Lake swap link cards."""
    with stage.step("link", f"Managers swap link cards and trust each other up to {TRUST} EUR"):
        _draw_cards(stage, (MANAGER,))
        _swap(stage, MANAGER, "lake")
        for who, links in (("anna", 1), ("gus", 2)):
            home = stage.folder / who
            stage.wait_for("both sides' word", partial(look.has_links, home, links))
        quote = "commontab quote bakery@hill.lake 8"
        stage.wait_for("both adverts of each link", partial(stage.works, "ben", quote))


def _draw_cards(stage: Stage, whose: Iterable[str]) -> None:
    stage.type_all(
        [(who, f"commontab-manager link card --png {link_picture(stage, who)}") for who in whose]
    )


def _swap(stage: Stage, one: str, other: str) -> None:
    stage.type_all([(one, _add_link(stage, other)), (other, _add_link(stage, one))])


def _add_link(stage: Stage, other: str) -> str:
    limits = f"--trust {TRUST} --limit {TRUST} --yes"
    card = link_picture(stage, other)
    return f"commontab-manager link add --image {card} --name {other} {limits}"


def pay_across(stage: Stage) -> None:
    """Pay over one link and over two."""
    with stage.step("across", "Anna pays Gus in Lake; Ben pays a bakery in Hill, by way of Lake"):
        stage.type_all(
            [
                ("anna", "commontab pay gus@lake 12.50 'a paddle' --yes --wait=90"),
                ("ben", "commontab pay bakery@hill.lake 8 bread --yes --wait=90"),
            ]
        )


def be_distrusted(stage: Stage) -> None:
    """Want more than a trust limit leaves."""
    with stage.step("trust", "More than Lake trusts River for: refused before anything moves"):
        stage.type("cleo", "commontab pay gus@lake 101 'a canoe' --yes --wait=90", expect=1)


def interrupt(stage: Stage) -> None:
    """Cut the power of the manager in the middle while a payment is under way."""
    with stage.step("interrupted", "Lake's manager loses power while a payment passes through"):
        stage.kill("lake")
        stage.type("cleo", "commontab pay bakery@hill.lake 5 'a cake' --yes")
        stage.wait_for("the payment", partial(look.has_transit, stage.folder / "cleo"))
        stage.say(f"      {newest(stage)['told']}")
        stage.start("lake", "commontab-manager run")
        stage.wait_for("the payment's end", lambda: not look.has_transit(stage.folder / "cleo"))
        ended = newest(stage)
        stage.say(f"      {ended['told']}")
        if not ended["settled"]:
            raise CommandFailed(f"expected the payment to be settled, got {ended}")


def compare_books(stage: Stage, found: dict[str, Any]) -> None:
    """Let both sides of each link show what they owe, and the neighbours check their ledgers.

    Args:
        stage: Beside River's own comparing.
        found: Gets what came out.
    """
    with stage.step("federation", "The books of linked communities explain each other"):
        for member in COMMUNITIES.values():
            stage.wait_for(f"{member}'s books", partial(look.is_quiet, stage.folder / member))
        managers, members = [MANAGER, *COMMUNITIES], list(COMMUNITIES.values())
        listed = stage.read_all([(who, "commontab-manager link list") for who in managers])
        links = {who: entries(held) for who, held in zip(managers, listed, strict=True)}
        owed = {who: {one["name"]: one["balance_minor"] for one in links[who]} for who in links}
        for who, held in links.items():
            for one in held:
                stage.say(f"      {who}: {one['balance']}")
        zero = all(
            one["mirror"]["unexplained_minor"] == 0 and not one["under_way"]
            for held in links.values()
            for one in held
        )
        copies = stage.read_all([(who, "commontab verify") for who in members])
        books = stage.read_all([(who, "commontab-manager audit") for who in COMMUNITIES])
        equal = all(
            mine["journal_sha256"] == theirs["journal_sha256"]
            for mine, theirs in zip(copies, books, strict=True)
        )
    found["owed"] = owed
    found["explained"] = zero and sum(sum(each.values()) for each in owed.values()) == 0
    found["replicas_equal"] = equal
    found["zero_sum"] = all(copy["zero_sum"] for copy in copies)


def newest(stage: Stage) -> dict[str, Any]:
    """Return Cleo's newest payment across links."""
    return entries(stage.read("cleo", "commontab payments"))[0]


def link_picture(stage: Stage, who: str) -> str:
    """Return where a community's link card is drawn."""
    return str(stage.folder / f"{who}-link.png")
