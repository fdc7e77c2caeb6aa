"""Whatever members and manager ask for, in whatever order it comes, the books hold."""

from collections import Counter
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ledger import crypto
from ledger.attachment import FILE_BYTES_MAX, MONTH_BYTES_MAX
from ledger.changeset import Verified, VerifiedStatement
from ledger.codec import encode
from ledger.entry import part_payment_id
from ledger.map import map_root
from ledger.merkle import Frontier, leaf_hash
from ledger.operation import (
    EQUAL,
    Accept,
    AddKey,
    Annotate,
    Bill,
    Cancel,
    Close,
    Decline,
    EndMandate,
    Hold,
    ManagerOperation,
    Mandate,
    Operation,
    Part,
    Pay,
    Post,
    Profile,
    Reinstate,
    Request,
    Reverse,
    RevokeKey,
    Rules,
    SetLimit,
    Suspend,
    Void,
    WithdrawFile,
)
from ledger.outcome import Fate
from ledger.record import EpochRecord, StateRecord, decode_record
from ledger.replay import replay
from ledger.rule.key import add_key_signable
from ledger.rule.mandate import month_number
from ledger.state import ACCEPTED, OPEN, State
from tests.support.attached import attach
from tests.support.audit import add_up
from tests.support.township import DAY_S, EUR, HOUR, Person, Town, seed_of

NAMES = ("anna", "bert", "cleo", "dora")
names = st.sampled_from(NAMES)
units = st.sampled_from(["EUR", "HOUR", "XYZ"])
amounts = st.integers(1, 12_000)
lives_s = st.integers(0, 50)
picks = st.integers(0, 63)


class Ledger(RuleBasedStateMachine):
    """Members sign at will; now and then what was signed is merged, shuffled and repeated."""

    def __init__(self) -> None:
        super().__init__()
        self.town = Town()
        self.queue: list[Verified | VerifiedStatement] = []
        self.sent: list[Verified | VerifiedStatement] = []
        self.ruled: set[bytes] = set()

    @initialize(closed=st.booleans())
    def open(self, *, closed: bool) -> None:
        self.town = Town(*NAMES, closed=closed, units=(EUR, HOUR))
        self.ruled.add(self.town.key[:16])
        self.town.manage(Rules(DAY_S, DAY_S, 20))

    def ask(self, name: str, *operations: Operation) -> None:
        self.queue.append(self.town[name].sign(*operations))

    def manage(self, operation: ManagerOperation, *concerned: bytes) -> None:
        self.ruled |= set(concerned)
        self.queue.append(self.town.statement(operation))

    def one_of(self, ids: list[bytes], pick: int) -> bytes:
        return sorted(ids)[pick % len(ids)] if ids else bytes(16)

    @rule(payer=names, payee=names, amount=amounts, unit=units, card=st.booleans())
    def pay(self, payer: str, payee: str, amount: int, unit: str, *, card: bool) -> None:
        paid = b"one card for all" if card else None
        self.ask(payer, Pay(self.town[payee].id, amount, unit, "", b"", paid))

    @rule(payer=names, payees=st.lists(names, min_size=2, max_size=4), amount=amounts)
    def pay_several(self, payer: str, payees: list[str], amount: int) -> None:
        self.ask(payer, *(self.town.payment(payee, amount) for payee in payees))

    @rule(payer=names, payee=names, amount=amounts, life_s=lives_s)
    def hold(self, payer: str, payee: str, amount: int, life_s: int) -> None:
        expires = self.town.now + life_s
        self.ask(payer, Hold(self.town[payee].id, amount, "EUR", "", b"", expires))

    @rule(name=names, pick=picks, amount=st.none() | amounts, void=st.booleans())
    def end_hold(self, name: str, pick: int, amount: int | None, *, void: bool) -> None:
        held = self.one_of(list(self.town.state.holds), pick)
        self.ask(name, Void(held, "") if void else Post(held, amount))

    @rule(creditor=names, debtor=names, amount=amounts, life_s=lives_s)
    def request(self, creditor: str, debtor: str, amount: int, life_s: int) -> None:
        expires = self.town.now + life_s
        self.ask(creditor, Request(self.town[debtor].id, amount, "EUR", "", b"", expires))

    @rule(name=names, pick=picks, answer=st.sampled_from(["accept", "decline", "cancel"]))
    def answer(self, name: str, pick: int, answer: str) -> None:
        asked = self.one_of(list(self.town.state.requests), pick)
        answers: dict[str, Operation]
        answers = {"accept": Accept(asked), "decline": Decline(asked, ""), "cancel": Cancel(asked)}
        self.ask(name, answers[answer])

    @rule(
        author=names,
        payers=st.lists(names, min_size=1, max_size=3, unique=True),
        sharers=st.lists(names, min_size=1, max_size=4, unique=True),
        amount=st.integers(12, 2_400),
        life_s=lives_s,
        replaces=st.none() | picks,
    )
    def bill(
        self,
        *,
        author: str,
        payers: list[str],
        sharers: list[str],
        amount: int,
        life_s: int,
        replaces: int | None,
    ) -> None:
        known = [*self.town.state.bills, *self.town.state.past_bills]
        before = None if replaces is None else self.one_of(known, replaces)
        paid, shares = self.split(payers, amount), self.split(sharers, amount)
        ends = self.town.now + life_s
        self.ask(author, Bill("EUR", paid, shares, EQUAL, 0, "", "", ends, before))

    def split(self, among: list[str], amount: int) -> tuple[Part, ...]:
        each, rest = divmod(amount, len(among))
        return tuple(
            Part(self.town[name].id, each + (rest if place == 0 else 0))
            for place, name in enumerate(among)
        )

    @rule(name=names, pick=picks, answer=st.sampled_from(["accept", "decline", "cancel", "note"]))
    def answer_bill(self, name: str, pick: int, answer: str) -> None:
        asked = self.one_of([*self.town.state.bills, *self.town.state.past_bills], pick)
        answers: dict[str, Operation] = {
            "accept": Accept(asked),
            "decline": Decline(asked, ""),
            "cancel": Cancel(asked),
            "note": Annotate(asked, "", "well"),
        }
        self.ask(name, answers[answer])

    @rule(name=names, pick=picks, lengths=st.lists(st.integers(1, FILE_BYTES_MAX), max_size=9))
    def attach(self, name: str, pick: int, lengths: list[int]) -> None:
        """Attach files to what there is, or to a payment that is made with them."""
        about = self.one_of([*self.town.state.transactions, *self.town.state.bills], pick)
        payee = "anna" if name != "anna" else "bert"
        files = [attach(str(length), about, length=length) for length in lengths[::2]]
        files += [attach(str(length), length=length) for length in lengths[1::2]]
        self.ask(name, self.town.payment(payee, 1), *files)

    @rule(pick=picks)
    def withdraw(self, pick: int) -> None:
        self.manage(WithdrawFile(self.one_of(list(self.town.state.attachments), pick), "private"))

    @rule(
        debtor=names,
        creditor=st.none() | names,
        caps=st.tuples(st.integers(1, 3_000), st.integers(1, 5_000)),
        life_s=st.integers(0, 200),
    )
    def mandate(
        self, debtor: str, creditor: str | None, caps: tuple[int, int], life_s: int
    ) -> None:
        named = None if creditor is None else self.town[creditor].id
        self.ask(debtor, Mandate(named, "EUR", *caps, self.town.now + life_s, ""))

    @rule(name=names, pick=picks)
    def end_mandate(self, name: str, pick: int) -> None:
        self.ask(name, EndMandate(self.one_of(list(self.town.state.mandates), pick)))

    @rule(name=names, pick=picks, amount=st.none() | amounts)
    def give_back(self, name: str, pick: int, amount: int | None) -> None:
        paid = self.one_of(list(self.town.state.transactions), pick)
        self.ask(name, Reverse(paid, amount, ""))

    @rule(name=names, device=st.sampled_from(["phone", "laptop"]), revoke=st.booleans())
    def change_keys(self, name: str, device: str, *, revoke: bool) -> None:
        seed = seed_of(device)
        key = crypto.public_key(seed)
        proof = crypto.sign(seed, add_key_signable(self.town.key, self.town[name].id))
        self.ask(name, Profile(device), RevokeKey(key) if revoke else AddKey(key, proof))

    @rule(device=st.sampled_from(["phone", "laptop", "stranger"]), payee=names)
    def pay_by_device(self, device: str, payee: str) -> None:
        person = self.town.people.setdefault(device, Person(self.town.key, device))
        self.queue.append(person.sign(self.town.payment(payee, 3)))

    @rule(name=names, amount=amounts)
    def equivocate(self, name: str, amount: int) -> None:
        person = self.town[name]
        number = max(person.number, 1)
        other = person.sign_as(number, person.previous, self.town.payment("anna", amount))
        self.queue.append(other)

    @rule(name=names)
    def restore(self, name: str) -> None:
        self.town[name].restore()

    @rule(pick=picks, amount=st.none() | amounts)
    def undo(self, pick: int, amount: int | None) -> None:
        transactions = self.town.state.transactions
        paid = self.one_of(list(transactions), pick)
        moved = transactions[paid].transfers if paid in transactions else ()
        concerned = [each for move in moved for each in (move.debit, move.credit)]
        self.manage(Reverse(paid, amount, "robbery"), *concerned)

    @rule(name=names, limits=st.tuples(amounts, amounts))
    def limit(self, name: str, limits: tuple[int, int]) -> None:
        account = self.town[name].id
        self.manage(SetLimit(account, "EUR", *limits), account)

    @rule(name=names, suspend=st.booleans())
    def suspend(self, name: str, *, suspend: bool) -> None:
        account = self.town[name].id
        self.manage(Suspend(account, "") if suspend else Reinstate(account))

    @rule(name=names, write_off=st.booleans())
    def close(self, name: str, *, write_off: bool) -> None:
        account = self.town[name].id
        self.manage(Close(account, "", write_off), account)

    @rule(seconds=st.integers(-5, 60))
    def pass_time(self, seconds: int) -> None:
        self.town.now += seconds

    @precondition(lambda self: self.queue)
    @rule(dice=st.randoms(use_true_random=False))
    def cycle(self, dice: Random) -> None:
        came = [*self.queue, *dice.sample(self.sent, min(3, len(self.sent)))]
        again = [*came, *dice.sample(came, len(came) // 2)]
        dice.shuffle(again)
        expected = self.town.try_merge(*came)
        merged = self.town.merge(*again)
        assert merged.bodies == expected.bodies
        assert merged.outcomes == expected.outcomes
        settled = {each.hash for each in merged.outcomes if each.record is not None}
        twice = self.town.try_merge(*came).outcomes
        assert not settled & {each.hash for each in twice if each.record is not None}
        self.sent += self.queue
        waiting = {each.hash for each in merged.outcomes if each.fate is Fate.WAITING}
        self.queue = [
            each for each in self.queue if isinstance(each, Verified) and each.hash in waiting
        ]

    @invariant()
    def every_unit_sums_to_zero(self) -> None:
        sums: Counter[str] = Counter()
        for account in self.town.state.accounts.values():
            sums.update({books.unit: books.posted for books in account.balances})
        assert not any(sums.values())

    @invariant()
    def pending_sums_are_those_of_the_open_holds(self) -> None:
        held: Counter[tuple[bytes, str, str]] = Counter()
        for hold in self.town.state.holds.values():
            held[hold.payer, hold.unit, "debit"] += hold.amount
            held[hold.payee, hold.unit, "credit"] += hold.amount
        for account in self.town.state.accounts.values():
            for books in account.balances:
                assert books.pending_debit == held[account.id, books.unit, "debit"]
                assert books.pending_credit == held[account.id, books.unit, "credit"]

    @invariant()
    def limits_hold_where_the_manager_did_not_act(self) -> None:
        for account in self.town.state.accounts.values():
            if account.id not in self.ruled:
                for books in account.balances:
                    assert books.available >= 0
                    assert books.posted + books.pending_credit <= books.maximum_balance

    @invariant()
    def closed_accounts_have_no_holds_and_no_requests(self) -> None:
        state = self.town.state
        closed = {each.id for each in state.accounts.values() if each.status == "closed"}
        parties = {party for hold in state.holds.values() for party in (hold.payer, hold.payee)}
        asked = {
            party for each in state.requests.values() for party in (each.creditor, each.debtor)
        }
        owing = {
            part.account
            for each in state.bills.values()
            for part in each.parts
            if part.stage == OPEN
        }
        given = {each.debtor for each in state.mandates.values()}
        billing = {each.author for each in state.bills.values()}
        assert not closed & (parties | asked | owing | given | billing)

    @invariant()
    def bills_are_open_while_a_part_is(self) -> None:
        state = self.town.state
        assert all(each.is_open for each in state.bills.values())
        assert not any(each.is_open for each in state.past_bills.values())
        assert not state.bills.keys() & state.past_bills.keys()

    @invariant()
    def each_part_was_paid_once_if_it_was_accepted(self) -> None:
        state = self.town.state
        for each in (*state.bills.values(), *state.past_bills.values()):
            share_of = {part.account: part.amount for part in each.shares}
            for part in each.parts:
                paid = state.transactions.get(part_payment_id(each.id, part.account))
                assert (paid is not None) is (part.stage == ACCEPTED)
                if paid is not None:
                    assert sum(move.amount for move in paid.transfers) == part.amount
                assert part.amount <= share_of[part.account]

    @invariant()
    def files_are_counted_by_the_month_and_belong_to_parties(self) -> None:
        state = self.town.state
        for account, filed in state.filed.items():
            counted = [
                one.length
                for one in state.attachments.values()
                if (one.author, month_number(one.time)) == (account, filed.month_number)
            ]
            assert filed.length == sum(counted) <= MONTH_BYTES_MAX
        places = [(one.record, one.operation) for one in state.attachments.values()]
        assert places == sorted(set(places))
        for one in state.attachments.values():
            assert one.withdrawn is None or one.record < one.withdrawn
            assert one.withdrawn is not None or not one.reason

    @invariant()
    def mandates_accept_no_more_than_they_say(self) -> None:
        for each in self.town.state.mandates.values():
            assert 0 <= each.spent_minor <= each.month

    def teardown(self) -> None:
        state = State(self.town.key)
        assert list(replay(state, self.town.records))
        add_up(self.town.key, self.town.records)
        assert state == self.town.state
        self.the_roots_are_those_of_the_present()
        self.the_records_of_each_account_are_a_chain()

    def the_roots_are_those_of_the_present(self) -> None:
        state = self.town.state
        last = decode_record(self.town.records[-1])
        assert isinstance(last, StateRecord)
        accounts = ((key, encode(account)) for key, account in state.accounts.items())
        assert last.accounts_root == map_root(accounts)
        assert last.keys_root == map_root((key, encode(k)) for key, k in state.keys.items())
        leaves = [leaf_hash(record) for record in self.town.records]
        assert state.tree == Frontier().append(leaves)

    def the_records_of_each_account_are_a_chain(self) -> None:
        newest: dict[bytes, int] = {}
        for index, record in enumerate(self.town.records):
            parsed = decode_record(record)
            if isinstance(parsed, StateRecord | EpochRecord):
                continue
            for concern in parsed.concerns:
                assert concern.previous == newest.get(concern.account, 0)
                newest[concern.account] = index + 1
        for account in self.town.state.accounts.values():
            assert account.last_record == newest[account.id]


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
