"""What simulated members ask for: random operations, most of which make sense."""

from collections.abc import Callable
from random import Random

from ledger.operation import (
    EQUAL,
    Accept,
    Annotate,
    Bill,
    Cancel,
    Decline,
    EndMandate,
    Hold,
    Mandate,
    Operation,
    Part,
    Pay,
    Post,
    Profile,
    Request,
    Reverse,
    Void,
)
from ledger.state import State

HOLD_S = 900
REQUEST_S = 3_600
NOBODY = bytes(16)
"""An account that no community has."""


def choose(state: State, me: bytes, random: Random, now: int) -> Operation:
    """Return something that the owner of account ``me`` might ask for, as he sees the ledger.

    Args:
        state: His view, possibly an old one.
        me: His account's id.
        random: The only source of chance.
        now: Unix seconds.
    """
    verbs: list[Callable[[State, bytes, Random, int], Operation | None]]
    verbs = [_pay, _pay, _pay, _pay, _request, _hold, _answer, _answer, _end_hold, _end_hold]
    verbs += [_give_back, _rename, _bill, _bill, _answer_bill, _answer_bill, _mandate, _note]
    return random.choice(verbs)(state, me, random, now) or _pay(state, me, random, now)


def _other(state: State, me: bytes, random: Random) -> bytes:
    others = sorted(account for account in state.accounts if account != me)
    return random.choice([*others, NOBODY] if random.random() < 0.05 else others)


def _unit(state: State, random: Random) -> str:
    assert state.community is not None
    return random.choice(state.community.units).code


def _amount(random: Random) -> int:
    return random.choice([1, 5, 100, 700, 2_500, 60_000])


def _pay(state: State, me: bytes, random: Random, now: int) -> Operation:
    card = random.randbytes(1) * 16 if random.random() < 0.1 else None
    to, unit = _other(state, me, random), _unit(state, random)
    return Pay(to, _amount(random), unit, f"paid at {now}", b"", card)


def _request(state: State, me: bytes, random: Random, now: int) -> Operation:
    expires = now + random.randrange(1, REQUEST_S)
    to, unit = _other(state, me, random), _unit(state, random)
    return Request(to, _amount(random), unit, "please", b"", expires)


def _hold(state: State, me: bytes, random: Random, now: int) -> Operation:
    expires = now + random.randrange(1, HOLD_S)
    to, unit = _other(state, me, random), _unit(state, random)
    return Hold(to, _amount(random), unit, "reserved", b"", expires)


def _answer(state: State, me: bytes, random: Random, now: int) -> Operation | None:
    del now
    concerned = [each for each in state.requests.values() if me in (each.debtor, each.creditor)]
    if not concerned:
        return None
    chosen = random.choice(sorted(concerned, key=lambda request: request.id))
    if chosen.creditor == me:
        return Cancel(chosen.id)
    answers: list[Operation] = [Accept(chosen.id), Accept(chosen.id), Decline(chosen.id, "no")]
    return random.choice(answers)


def _bill(state: State, me: bytes, random: Random, now: int) -> Operation:
    """Bill up to four people for what one or two of them paid."""
    unit, total = _unit(state, random), random.randrange(4, 900)
    people = [me, *sorted(account for account in state.accounts if account != me)]
    paid = _split(random.sample(people, min(len(people), random.randrange(1, 3))), total)
    shares = _split(random.sample(people, min(len(people), random.randrange(1, 5))), total)
    mine = sorted(bill.id for bill in state.bills.values() if bill.author == me)
    replaces = random.choice(mine) if mine and random.random() < 0.3 else None
    expires = now + random.randrange(1, REQUEST_S)
    return Bill(unit, paid, shares, EQUAL, now, "food", "dinner", expires, replaces)


def _split(among: list[bytes], total: int) -> tuple[Part, ...]:
    each, rest = divmod(total, len(among))
    return tuple(Part(one, each + (place < rest)) for place, one in enumerate(among))


def _answer_bill(state: State, me: bytes, random: Random, now: int) -> Operation | None:
    del now
    concerned = sorted(bill.id for bill in state.bills.values() if me in bill.parties)
    if not concerned:
        return None
    asked = random.choice(concerned)
    answers: list[Operation] = [Accept(asked), Accept(asked), Decline(asked, "no"), Cancel(asked)]
    return random.choice(answers)


def _mandate(state: State, me: bytes, random: Random, now: int) -> Operation:
    given = sorted(one.id for one in state.mandates.values() if one.debtor == me)
    if given and random.random() < 0.5:
        return EndMandate(random.choice(given))
    creditor = _other(state, me, random) if random.random() < 0.3 else None
    each, ends = random.choice([100, 700, 2_500]), now + random.randrange(1, REQUEST_S)
    return Mandate(creditor, _unit(state, random), each, 2 * each, ends, "")


def _note(state: State, me: bytes, random: Random, now: int) -> Operation | None:
    del now
    entries = sorted(bill.id for bill in state.bills.values() if me in bill.parties)
    return Annotate(random.choice(entries), "food", "it was good") if entries else None


def _end_hold(state: State, me: bytes, random: Random, now: int) -> Operation | None:
    del now
    concerned = [hold for hold in state.holds.values() if me in (hold.payer, hold.payee)]
    if not concerned:
        return None
    chosen = random.choice(sorted(concerned, key=lambda hold: hold.id))
    part = random.choice([None, 1, chosen.amount, chosen.amount + 1])
    ends: list[Operation] = [Post(chosen.id, part), Void(chosen.id, "no longer")]
    return random.choice(ends)


def _give_back(state: State, me: bytes, random: Random, now: int) -> Operation | None:
    del now
    received = [
        entry
        for entry in state.transactions
        if any(transfer.credit == me for transfer in state.transactions[entry].transfers)
    ]
    return Reverse(random.choice(sorted(received)), None, "sorry") if received else None


def _rename(state: State, me: bytes, random: Random, now: int) -> Operation:
    del state, me, now
    return Profile(random.choice(["Ada", "Grace", "Мария", "李娜"]))
