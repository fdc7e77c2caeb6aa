"""Proving from an excerpt: own records, and what any account has, to anybody."""

from collections.abc import Sequence

from federation.console.people import find_account, find_id
from federation.console.terminal import Refused, UsageInvalid
from federation.proof.proving import SHOWN, About
from ledger.codec import encode
from ledger.excerpt import Excerpt, leaf_hashes, parse_own
from ledger.map import SparseMap
from ledger.merkle import Frontier
from ledger.merkle_path import prove_inclusion
from ledger.proof.inclusion import InclusionProof, format_inclusion
from ledger.proof.present import format_present, prove_present
from ledger.record import TransactionRecord
from ledger.segment import ENTRY_BYTES
from member.mine import Mine


def prove_mine(mine: Mine, what: str | None, about: Sequence[About]) -> bytes:
    """Return the proof that was asked for, as far as an excerpt can give it.

    Args:
        mine: The home's.
        what: Start of the id of an own transaction, or what ``about`` says.
        about: Nothing, "record" or "balance".

    Raises:
        UsageInvalid: Nothing, or more than one, is called that.
        Refused: It needs the whole ledger.
    """
    match tuple(about), what:
        case ("balance",), None:
            return _prove_account(mine, mine.excerpt.account.id)
        case ("balance",), str(handle):
            return _prove_account(mine, find_account(mine.state, handle).id)
        case ("record",), str(number):
            return format_inclusion(_prove_record(mine.excerpt.kept, _find_record(mine, number)))
        case (), str(entry):
            return format_inclusion(_prove_record(mine.excerpt.kept, _find_entry(mine, entry)))
        case _:
            raise Refused(
                "from your own records alone, an own transaction by the start of its id, a kept "
                "--record or a --balance is proven; fetch the whole ledger with `commontab sync`"
            )


def _prove_record(kept: Excerpt, index: int) -> InclusionProof:
    def subtree(level: int, position: int) -> bytes:
        first, end = position << level, (position + 1) << level
        return (
            Frontier()
            .append(leaf_hashes(kept.leaves[first * ENTRY_BYTES : end * ENTRY_BYTES]))
            .root
        )

    path = prove_inclusion(index, kept.size, subtree)
    return InclusionProof(index, path, kept.note, kept.records[index])


def _prove_account(mine: Mine, account: bytes) -> bytes:
    kept, present = mine.excerpt.kept, mine.state
    values = {one.id: encode(one) for one in present.accounts.values()}
    present.accounts_map = SparseMap().update(values)
    last = _prove_record(kept, kept.size - 1)
    return format_present(prove_present(present, "accounts", account, last))


def _find_entry(mine: Mine, typed: str) -> int:
    own = {
        record.id: index
        for index, record in mine.excerpt.own
        if isinstance(record, TransactionRecord)
    }
    text = typed.strip().lower()
    found = [entry for entry in own if entry.hex().startswith(text)]
    return own[find_id(found, text, "transaction of yours")]


def _find_record(mine: Mine, typed: str) -> int:
    records = mine.excerpt.kept.records
    shown = {
        str(index): index
        for index, record in records.items()
        if isinstance(parse_own(index, record), SHOWN)
    }
    if typed not in shown:
        raise UsageInvalid(
            f"record {typed} is not among yours, or none that is handed out; "
            "`commontab history --mine` shows yours"
        )
    return shown[typed]
