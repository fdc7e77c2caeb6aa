"""The doctor: what may keep a member's home from working, each finding with a next step."""

from federation.console.doctor import Finding, count_copies, count_nodes, unreachable
from federation.console.sentence import moment
from federation.console.views import View
from federation.errors import NetworkUnreachable
from federation.port import Dht
from federation.slot import changes_slot, checkpoint_slot
from ledger import crypto
from ledger.state import State

PROGRAM = "commontab run"


def check_replica(state: State | None, key: bytes) -> Finding:
    """Look whether there is a ledger here and the own key is in it."""
    if state is None or state.community is None:
        return Finding("ledger", False, "none here yet", "run `commontab sync`")
    if key not in state.keys:
        step = "show `commontab card` to the manager, then run `commontab sync`"
        return Finding("ledger", False, f"{state.tree.size} records, without your key", step)
    return Finding("ledger", True, f"{state.tree.size} records, with your account")


def check_standing(stand: View) -> list[Finding]:
    """Look whether the replica is new, and the same that others have.

    Args:
        stand: From ``view_stand``.
    """
    split, questions, passed_over = stand["split_view"], stand["open_questions"], stand["withheld"]
    fresh = moment(stand["confirmed"])
    ask = "ask other members which version they have"
    found = [
        Finding(
            "freshness", not stand["stale"], f"confirmed {fresh}", ask if stand["stale"] else ""
        )
    ]
    if split:
        step = f"compare {split['evidence']} with others; `{PROGRAM} --confirm-split-view` goes on"
        seen = "gone on with" if split["confirmed"] else "met"
        found.append(Finding("split view", False, f"{seen} {moment(split['time'])}", step))
    if questions:
        more = f"{questions[-1]['who']} was shown {questions[-1]['size']} records"
        found.append(Finding("open question", False, more, f"leave `{PROGRAM}` on; else {ask}"))
    if passed_over:
        whose = ", ".join(sorted({one["who"] for one in passed_over}))
        step = "ask the manager why they are not merged"
        found.append(Finding("withheld", False, f"{len(passed_over)} changes of {whose}", step))
    return found


async def check_network(dht: Dht, seed: bytes, community: bytes, unsettled: int) -> list[Finding]:
    """Look who answers, and how many copies of the own and the community's slots are there.

    Args:
        dht: A running endpoint.
        seed: The member's 32 bytes.
        community: The community's public key.
        unsettled: How many own change-sets should be in the slot.
    """
    own = changes_slot(seed, community, crypto.public_key(seed))
    try:
        nodes = await dht.nodes()
        held = await dht.get(own.name)
        checkpoint = await dht.get(checkpoint_slot(community))
    except NetworkUnreachable as error:
        return [unreachable(error)]
    return [
        Finding("reachability", True, f"{held.answered} DHT nodes answered", area="network"),
        count_nodes(len(nodes), PROGRAM),
        count_copies("copies of your slot", held.copies, PROGRAM, needed=unsettled > 0),
        count_copies("copies of the checkpoint", checkpoint.copies, PROGRAM, needed=True),
    ]
