"""Towns whose key was lost, and what their people sign to go on under a new one."""

from ledger import crypto
from ledger.rule.successor import verify_successor
from ledger.state import replace
from ledger.successor import SignedSuccessor, Successor, propose_successor, sign_successor
from tests.support.township import START, Town, seed_of

NEW_SEED = seed_of("new community")
NEW = crypto.public_key(NEW_SEED)


def proposal(town: Town, **changes: object) -> SignedSuccessor:
    """Return what the new key proposes for the town's present."""
    tree = town.state.tree
    made = Successor(town.state.key, NEW, tree.size, tree.root, START, "key lost")
    return propose_successor(NEW_SEED, replace(made, **changes))


def signed_by(town: Town, *names: str) -> SignedSuccessor:
    """Return the town's proposal with these people's signatures, as a record has them."""
    return signed_beside(town, proposal(town), *names)


def signed_beside(town: Town, proposed: SignedSuccessor, *names: str) -> SignedSuccessor:
    """Return a proposal with these people's signatures, as a record has them."""
    signers = [sign_successor(town[name].seed, proposed).signers[0] for name in names]
    signers.sort(key=lambda signer: signer.key)
    return replace(proposed, signers=tuple(signers))


def succeed(town: Town, *names: str) -> None:
    """Let the town go on under its new key by the word of these people."""
    town.merge(verify_successor(town.state, signed_by(town, *names)))
    town.seed, town.key = NEW_SEED, NEW
    for person in town.people.values():
        person.community = NEW
        person.restore()
