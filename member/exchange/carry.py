"""Carrying an import out: its operations signed in bounded change-sets, each line once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from federation.console.terminal import Refused
from ledger.changeset import Verified
from ledger.codec import encode
from ledger.operation import Operation
from ledger.refusal import Refusal, explain
from ledger.saying import said
from ledger.store.imported import ImportedStore, keep_imported
from member.exchange.plan import Plan, Planned
from member.membership import Membership
from member.sign import look_ahead, sign

BATCH_OPERATIONS_MAX = 32
"""Operations of one change-set of an import; the format allows 64."""
BATCH_BYTES_MAX = 8_000
"""Their bytes in all: half of what a change-set may have."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Operations that stand or fall together, and the lines that they are made of."""

    operations: tuple[Operation, ...]
    lines: tuple[Planned, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """What was signed, and which lines the own books foresee to be refused, and why."""

    signed: tuple[Verified, ...]
    foreseen: tuple[tuple[Planned, str], ...]


def check_whole(plan: Plan, *, skip: bool) -> None:
    """Accept a plan that can be signed.

    Args:
        plan: Of the file.
        skip: Leave out lines that do not fit.

    Raises:
        Refused: Some lines do not fit, and they are not to be left out, or the opening needs them.
    """
    bad = plan.count("misfit")
    summing = bool(plan.opening) or plan.count("summed") > 0
    if summing and plan.problem:
        raise Refused(said("nothing was signed: {problem}", problem=plan.problem))
    if bad and summing:
        raise Refused(
            said(
                "nothing was signed: {bad} lines do not fit, and an opening needs all of "
                "them; correct them in the file",
                bad=bad,
            )
        )
    if bad and not skip:
        raise Refused(
            said(
                "nothing was signed: {bad} lines do not fit; correct them in the file, or "
                "add --skip to leave them out",
                bad=bad,
            )
        )


def carry_out_plan(
    member: Membership, seed: bytes, plan: Plan, now: int, *, anyway: bool = False
) -> Carried:
    """Sign what a plan makes and keep it in the outbox; what was imported before is left alone.

    A crash leaves whole change-sets with
    their lines noted: the same import goes on where it stopped.

    Args:
        member: Whose.
        seed: His 32 bytes.
        plan: Of this home's replica.
        now: Unix seconds.
        anyway: Sign also what the own books foresee to be refused.

    Raises:
        Refused: The home may not sign.
        StoreBusy: Another process of this home imported some of it meanwhile.
        StoreFull: The disk has no room; what was signed before is kept.
    """
    carrier = _Carrier(member, seed, now, anyway=anyway)
    for batch in _batches(_units(plan)):
        carrier.sign(batch)
    done = Carried(tuple(carrier.signed), tuple(carrier.foreseen))
    rest = [line.row for line in plan.lines if line.fate == "summed"]
    if rest and not plan.operations:
        ImportedStore(member.outgoing.database).keep(rest)
    return done


class _Carrier:
    def __init__(self, member: Membership, seed: bytes, now: int, *, anyway: bool) -> None:
        self._member, self._seed, self._now, self._anyway = member, seed, now, anyway
        self.signed: list[Verified] = []
        self.foreseen: list[tuple[Planned, str]] = []

    def sign(self, batch: Sequence[Unit]) -> None:
        """Sign a batch; where it would be refused, its halves by themselves."""
        operations = [one for unit in batch for one in unit.operations]
        refusal = look_ahead(self._member, operations, self._now).refusal
        if refusal is not None and not self._anyway:
            self._divide(batch, refusal)
            return
        rows = [line.row for unit in batch for line in unit.lines]
        made = sign(
            self._member,
            self._seed,
            operations,
            self._now,
            extra=lambda connection, verified: keep_imported(connection, rows, verified.hash),
        )
        self.signed.append(made)

    def _divide(self, batch: Sequence[Unit], refusal: Refusal) -> None:
        if len(batch) > 1:
            half = len(batch) // 2
            self.sign(batch[:half])
            self.sign(batch[half:])
            return
        why = explain(refusal, self._member.community.units)
        self.foreseen += [(line, why) for line in batch[0].lines]


def _units(plan: Plan) -> Iterator[Unit]:
    if plan.operations:
        yield Unit(plan.operations, tuple(one for one in plan.lines if one.fate == "summed"))
    for line in plan.lines:
        if line.operations:
            yield Unit(line.operations, (line,))


def _batches(units: Iterable[Unit]) -> Iterator[list[Unit]]:
    batch: list[Unit] = []
    count = size = 0
    for unit in units:
        more = len(unit.operations)
        weight = sum(len(encode(one)) for one in unit.operations)
        if batch and (count + more > BATCH_OPERATIONS_MAX or size + weight > BATCH_BYTES_MAX):
            yield batch
            batch, count, size = [], 0, 0
        batch.append(unit)
        count, size = count + more, size + weight
    if batch:
        yield batch
