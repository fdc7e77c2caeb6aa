"""The report of an audit, the same for members' replicas and the manager's journal."""

from collections.abc import Iterator

from federation.console.views import View
from ledger.store.tally import Claim, Tally


def view_tally(community: bytes, tally: Tally) -> View:
    """Return what an audit confirmed, as JSON can hold it.

    Args:
        community: The community's public key, 32 bytes.
        tally: Of an audit that found nothing wrong.
    """
    newest = tally.newest
    return {
        "ok": True,
        "community": community.hex(),
        "size": tally.size,
        "root": tally.root.hex() if tally.size else "",
        "version": tally.version,
        "journal_sha256": tally.journal_sha256.hex(),
        "checkpoint_size": newest.size if newest else None,
        "checkpoints": tally.checkpoints,
        "witnesses": len(newest.cosignatures) if newest else 0,
        "sums_minor": tally.sums,
        "zero_sum": not any(tally.sums.values()),
        "signatures": tally.signatures,
        "signatures_of_members": tally.signed,
        "signatures_of_manager": tally.records["statements"],
        "signatures_of_linked": tally.records["readings"],
        "records_by_kind": dict(sorted(tally.records.items())),
        "refusals_recomputed": tally.records["refusals"] - tally.unseen,
        "refusals_as_stated": tally.unseen,
        "transfers": tally.transfers,
        "accounts": tally.accounts,
        "balances": tally.balances,
        "bills": tally.bills,
        "bills_open": tally.open_bills,
        "mandates": tally.mandates,
        "attachments": tally.attachments,
        "attachments_withdrawn": tally.withdrawn,
        "files_kept": tally.files,
        "names": tally.names,
        "links": tally.links,
        "payments_across_links": tally.payments,
        "payments_under_way": tally.under_way,
        "seen_elsewhere": [_view_claim(claim) for claim in tally.claims],
    }


def tell_tally(held: View) -> Iterator[str]:
    """Give the lines of the report for people."""
    kinds = ", ".join(
        f"{count} {kind.replace('_', '-')}" for kind, count in held["records_by_kind"].items()
    )
    yield f"All {held['size']} records hold, and version {held['version']} is theirs."
    yield f"root            {held['root']}"
    yield f"journal_sha256  {held['journal_sha256']}"
    yield f"records         {kinds or 'none'}"
    linked = held["signatures_of_linked"]
    read = f" {linked} of linked communities," if linked else ""
    yield (
        f"signatures      {held['signatures']} checked: {held['signatures_of_members']} of members,"
        f" {held['signatures_of_manager']} of the manager,{read} and the newest checkpoint's"
    )
    yield f"refusals        {held['refusals_recomputed']} worked out again, with their reasons"
    if held["refusals_as_stated"]:
        yield (
            f"                {held['refusals_as_stated']} more taken as the manager states them:"
            " too long to be kept"
        )
    yield (
        f"balances        {held['balances']} of {held['accounts']} accounts compared, after"
        f" {held['transfers']} transfers; every unit sums to zero"
    )
    if held["bills"] or held["mandates"]:
        yield (
            f"bills           {held['bills']} compared, {held['bills_open']} of them open; and"
            f" {held['mandates']} mandates"
        )
    if held["attachments"]:
        yield (
            f"attachments     {held['attachments']} compared, {held['attachments_withdrawn']} of"
            f" them withdrawn; {held['files_kept']} files are kept, each with its hash"
        )
    if held["names"]:
        yield f"names           {held['names']} compared, and every change of them"
    if held["links"]:
        yield (
            f"links           {held['links']} compared, and {held['payments_across_links']}"
            f" payments across them; {held['payments_under_way']} are under way"
        )
    yield _tell_checkpoint(held)
    for claim in held["seen_elsewhere"]:
        yield (
            f"Record {claim['record']}: key {claim['key'][:16]}… says to have seen another history"
            f" at {claim['size']} records. Ask for the note that was kept: it would be the proof."
        )


def _tell_checkpoint(held: View) -> str:
    if held["checkpoint_size"] is None:
        return "No signed checkpoint covers them yet."
    uncovered = held["size"] - held["checkpoint_size"]
    rest = f"; {uncovered} records came after it" if uncovered else ""
    return (
        f"checkpoint      {held['checkpoint_size']} records signed, and by"
        f" {held['witnesses']} witnesses{rest}; {held['checkpoints']} kept in all"
    )


def _view_claim(claim: Claim) -> View:
    return {
        "record": claim.index,
        "key": claim.key.hex(),
        "size": claim.seen.size,
        "root": claim.seen.root.hex(),
    }
