"""Telling a linked community: the next numbered entry, in the journal like all else."""

from ledger.draft import Draft
from ledger.link.entry import Content, LinkEntry, link_entry_hash
from ledger.link.link import Link
from ledger.record import LinkRecord
from ledger.refusal import Code, Refusal
from ledger.state import UnitBalance, replace


def tell(draft: Draft, peer: bytes, content: Content) -> None:
    """Write the next entry for a linked community.

    It names the balance of the clearing account, so whoever moves one tells of it right after.
    """
    link = draft.links.get(peer)
    assert link is not None, "only linked communities are told anything"
    balance = clearing(draft, link).posted
    entry = LinkEntry(link.sent + 1, link.sent_hash, draft.now, balance, content)
    draft.write(LinkRecord(draft.touch({link.account}), peer, entry))
    named = link_entry_hash(draft.key, peer, entry)
    draft.links.set(peer, replace(link, sent=entry.number, sent_hash=named))


def clearing(draft: Draft, link: Link) -> UnitBalance:
    """Return a link's clearing account in the link's unit: below zero, the peer owes us."""
    unit = draft.unit(link.terms.unit)
    assert unit is not None, "a link's unit is begun with the link"
    return draft.balance(draft.held(link.account), unit)


def usable(draft: Draft, peer: bytes) -> Link | Refusal:
    """Return a link that takes new payments, or why it does not."""
    link = draft.links.get(peer)
    if link is None:
        return Refusal(Code.UNKNOWN_LINK)
    facts = {"link": link.name}
    if link.drift:
        return Refusal(Code.LINK_SUSPENDED, facts)
    for status in (link.status, link.told.status if link.told else "active"):
        if status != "active":
            closed = status == "closed"
            return Refusal(Code.LINK_CLOSED if closed else Code.LINK_SUSPENDED, facts)
    return link if link.agreed else Refusal(Code.TERMS_MISMATCH, facts)
