"""What a change would do: merged on the own replica before anything is signed."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.changeset import ChangeSet, Verified, by_key, change_set_hash
from ledger.codec import encode
from ledger.merge import EPOCH_KEY_BYTES, Batch, merge
from ledger.outcome import Fate, Outcome
from ledger.refusal import Refusal
from ledger.state import State, UnitBalance

_UNSIGNED = bytes(64)


@dataclass(frozen=True, slots=True)
class Preview:
    """How the own books would look if the change were merged now.

    Attributes:
        balances: By unit, after the own unsettled changes and this one.
        refusal: Why the ledger would refuse it, as far as the own replica knows.
    """

    balances: dict[str, UnitBalance]
    refusal: Refusal | None


def preview(
    state: State,
    key: bytes,
    account: bytes,
    unsettled: Sequence[Verified],
    draft: ChangeSet,
    *,
    now: int,
) -> Preview:
    """Return what the ledger would make of a change-set that is not signed yet.

    Args:
        state: The own replica's; it stays as it is.
        key: The author's key.
        account: His account.
        unsettled: His signed change-sets that no checkpoint settles yet.
        draft: The one he is about to sign.
        now: Unix seconds.
    """
    body = encode(draft)
    whole = Verified(key, body, _UNSIGNED, draft, change_set_hash(state.key, key, body))
    # The epoch's key is not looked at here: nobody reads the records of a preview.
    batch = Batch(change_sets=by_key((*unsettled, whole)), epoch_key=bytes(EPOCH_KEY_BYTES))
    merged = merge(state, batch, now)
    after = merged.changes.accounts.get(account, state.accounts[account])
    balances = {balance.unit: balance for balance in after.balances}
    return Preview(balances, _refusal_of(whole.hash, merged.outcomes))


def _refusal_of(wanted: bytes, outcomes: Sequence[Outcome]) -> Refusal | None:
    for outcome in outcomes:
        if outcome.hash == wanted and outcome.fate is Fate.REFUSED:
            return outcome.refusal
    return None
