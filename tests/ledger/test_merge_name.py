"""Names: who has one, for how long, at what price, and who may say what stands under it."""

from collections.abc import Callable

import pytest

from ledger import crypto
from ledger.codec import encode
from ledger.entry import entry_id, name_payment_id
from ledger.field import TIME_MAX
from ledger.map import SparseMap
from ledger.name.operation import (
    Claim,
    Delegate,
    NameRules,
    Offer,
    Release,
    Renew,
    SetRecords,
    Take,
)
from ledger.name.state import FREE_RULES, RULES_KEY
from ledger.operation import AddKey, AddUnit, Close, Operation, RevokeKey, SetLimit, Suspend
from ledger.record import (
    ChangeSetRecord,
    RefusalRecord,
    StateRecord,
    TransactionRecord,
    decode_record,
)
from ledger.refusal import Code, Moment, Money, explain
from ledger.replay import replay
from ledger.rule.key import add_key_signable
from ledger.state import State
from tests.support.registry import (
    ADDRESS,
    PRICED,
    TEXT,
    WWW,
    ask,
    claimed,
    code,
    keep_names,
    manage,
    registry,
)
from tests.support.township import DAY_S, EUR, HOUR, Town, seed_of


@pytest.fixture
def town() -> Town:
    return registry()


@pytest.fixture
def priced() -> Town:
    return registry(PRICED)


def test_a_claim_gives_a_free_name_for_a_term(town: Town) -> None:
    size = town.state.tree.size
    name = claimed(town, "anna", "bakery")
    assert (name.owner, name.key) == (town["anna"].id, town["anna"].key)
    assert (name.claimed, name.expires) == (town.now, town.now + 365 * DAY_S)
    assert name.record == name.changed == size + 1
    assert (name.records, name.delegate, name.offered, name.frozen) == ((), None, None, False)
    assert isinstance(decode_record(town.records[name.record - 1]), ChangeSetRecord)


def test_the_first_claim_in_the_journal_wins(town: Town) -> None:
    merged = town.merge(*(town[name].sign(Claim("bakery", 0, None)) for name in ("anna", "bert")))
    winner = town.state.names["bakery"]
    lost = [one.refusal for one in merged.outcomes if one.refusal]
    assert winner.owner in {town["anna"].id, town["bert"].id}
    assert [one.code for one in lost] == [Code.NAME_TAKEN]
    owner = town.state.accounts[winner.owner or b""].handle
    assert explain(lost[0], ()) == (
        f"The name bakery is {owner}'s, who claimed it first, in record {winner.record - 1}. "
        "Choose another one."
    )
    owners = {each.key for each in merged.records if isinstance(each, ChangeSetRecord)}
    assert owners == {winner.key}


def test_a_price_goes_to_the_commons_with_the_claim(priced: Town) -> None:
    outcome = priced.ask("anna", Claim("bakery", 500, "EUR"))
    assert outcome.refusal is None
    assert priced.posted("anna", "commons") == (-500, 500)
    entry = entry_id(outcome.hash, 0)
    paid = priced.state.transactions[name_payment_id(entry)]
    record = decode_record(priced.records[paid.index])
    assert isinstance(record, TransactionRecord)
    assert (record.refers, record.cause, record.memo) == (entry, outcome.hash, "bakery")
    assert record.state == 0


def test_a_price_above_what_was_agreed_to_takes_nothing(priced: Town) -> None:
    refusal = ask(priced, "anna", Claim("bakery", 499, "EUR"))
    assert refusal is not None
    assert refusal.code is Code.PRICE_CHANGED
    assert refusal.facts == {"price": Money(500, "EUR"), "agreed": Money(499, "EUR")}
    assert priced.posted("anna") == (0,)
    assert "bakery" not in priced.state.names


def test_a_price_in_another_unit_than_was_agreed_to_takes_nothing(priced: Town) -> None:
    assert manage(priced, AddUnit(HOUR)) is None
    refusal = ask(priced, "anna", Claim("bakery", 500, "HOUR"))
    assert refusal is not None
    assert refusal.facts == {"price": Money(500, "EUR"), "agreed": Money(500, "HOUR")}
    assert code(priced, "anna", Claim("bakery", 500, None)) is Code.PRICE_CHANGED
    assert code(priced, "anna", Claim("bakery", 500, "BEAN")) is Code.UNKNOWN_UNIT
    assert not priced.state.names


def test_who_cannot_pay_has_no_name(priced: Town) -> None:
    priced.manage(SetLimit(priced["anna"].id, "EUR", 499, 20_000))
    assert code(priced, "anna", Claim("bakery", 500, "EUR")) is Code.INSUFFICIENT_CREDIT
    assert not priced.state.names


def test_a_change_set_with_a_claim_that_is_refused_leaves_no_payment(priced: Town) -> None:
    claimed(priced, "bert", "harbour")
    asked = (Claim("bakery", 500, "EUR"), Claim("harbour", 500, "EUR"))
    assert code(priced, "anna", *asked) is Code.NAME_TAKEN
    assert priced.posted("anna", "commons") == (0, 500)
    assert set(priced.state.names) == {"harbour"}


REFUSED_NAMES = [
    pytest.param("commontab", Code.NAME_RESERVED, id="a reserved word"),
    pytest.param("bert", Code.NAME_TAKEN, id="another's handle"),
    pytest.param("be rt", Code.NAME_INVALID, id="no handle"),
    pytest.param("Bakery", Code.NAME_INVALID, id="not canonical"),
    pytest.param("b\u0430kery", Code.NAME_INVALID, id="two scripts"),
    pytest.param("a-" * 31 + "ab", Code.NAME_INVALID, id="too long a label"),
    pytest.param("dor\u0430", Code.NAME_INVALID, id="a Cyrillic letter"),
    pytest.param("c1eo", Code.NAME_CONFUSABLE, id="looks like a handle"),
    pytest.param("rnalnl", Code.NAME_CONFUSABLE, id="looks like a name"),
    pytest.param("cornmons", Code.NAME_CONFUSABLE, id="looks like the commons"),
    pytest.param("treasvry-1", None, id="merely odd"),
    pytest.param("vvitness", Code.NAME_CONFUSABLE, id="looks like a reserved word"),
    pytest.param("anna", None, id="the own handle"),
]


@pytest.mark.parametrize(("word", "refused"), REFUSED_NAMES)
def test_only_words_that_nobody_mistakes_can_be_claimed(
    town: Town, word: str, refused: Code | None
) -> None:
    claimed(town, "bert", "maini")
    assert code(town, "anna", Claim(word, 0, None)) is refused


def test_what_looks_like_ones_own_is_ones_own(town: Town) -> None:
    claimed(town, "anna", "mail")
    claimed(town, "anna", "mall")
    assert code(town, "bert", Claim("maii", 0, None)) is Code.NAME_CONFUSABLE
    for word in ("mail", "mall"):
        assert code(town, "bert", Claim("maii", 0, None)) is Code.NAME_CONFUSABLE
        town.ask("anna", Release(word))
    claimed(town, "bert", "maii")


def test_a_handle_is_no_name_of_somebody_else(town: Town) -> None:
    claimed(town, "anna", "eva")
    taken = town.merge(town.admission("eva")).outcomes[0].refusal
    assert taken is not None
    assert taken.code is Code.NAME_TAKEN


def test_the_own_handle_is_not_handed_on(town: Town) -> None:
    claimed(town, "anna", "anna")
    assert code(town, "anna", Offer("anna", town["bert"].id)) is Code.NAME_TAKEN
    assert code(town, "anna", Delegate("anna", town["bert"].id)) is None


def test_an_account_has_as_many_names_as_the_rules_say(priced: Town) -> None:
    for word in ("one", "two", "three"):
        claimed(priced, "anna", word)
    refusal = ask(priced, "anna", Claim("four", 500, "EUR"))
    assert refusal is not None
    assert (refusal.code, refusal.facts) == (Code.TOO_MANY_NAMES, {"names": 3, "most": 3})
    priced.ask("anna", Release("two"))
    claimed(priced, "anna", "four")
    claimed(priced, "bert", "two")
    priced.ask("bert", Offer("two", priced["anna"].id))
    assert code(priced, "anna", Take("two")) is Code.TOO_MANY_NAMES


def test_the_owner_says_what_stands_under_a_name(town: Town) -> None:
    before = claimed(town, "anna", "bakery")
    assert ask(town, "anna", SetRecords("bakery", (ADDRESS, TEXT, WWW), town["cleo"].key)) is None
    name = town.state.names["bakery"]
    assert (name.records, name.key) == ((ADDRESS, TEXT, WWW), town["cleo"].key)
    assert name.changed > before.changed
    assert ask(town, "anna", SetRecords("bakery", (), None)) is None
    assert town.state.names["bakery"].key == town["anna"].key
    assert code(town, "bert", SetRecords("bakery", (), None)) is Code.NOT_NAME_OWNER


def test_records_that_cannot_be_are_refused_with_the_reason(town: Town) -> None:
    claimed(town, "anna", "bakery")
    refusal = ask(town, "anna", SetRecords("bakery", (WWW, ADDRESS), None))
    assert refusal is not None
    assert refusal.code is Code.RECORDS_INVALID
    assert explain(refusal, ()).startswith("The records at the name itself are twice there or out")


def test_a_key_to_which_nothing_can_be_sealed_is_refused(town: Town) -> None:
    claimed(town, "anna", "bakery")
    assert code(town, "anna", SetRecords("bakery", (), bytes(32))) is Code.KEY_UNUSABLE


def test_a_delegate_sets_records_and_nothing_else(town: Town) -> None:
    claimed(town, "anna", "bakery")
    town.ask("anna", SetRecords("bakery", (), town["cleo"].key))
    assert code(town, "anna", Delegate("bakery", town["bert"].id)) is None
    assert code(town, "bert", SetRecords("bakery", (ADDRESS,), None)) is None
    name = town.state.names["bakery"]
    assert (name.records, name.key, name.owner) == (
        (ADDRESS,),
        town["cleo"].key,
        town["anna"].id,
    )
    others: tuple[Operation, ...] = (
        SetRecords("bakery", (), town["bert"].key),
        Renew("bakery", 0, None),
        Offer("bakery", town["bert"].id),
        Delegate("bakery", None),
        Release("bakery"),
    )
    for operation in others:
        assert code(town, "bert", operation) is Code.NOT_NAME_OWNER
    town.ask("anna", Delegate("bakery", None))
    assert code(town, "bert", SetRecords("bakery", (), None)) is Code.NOT_NAME_OWNER


def test_a_name_is_taken_by_whom_it_was_offered_to(town: Town) -> None:
    before = claimed(town, "anna", "bakery")
    town.ask("anna", SetRecords("bakery", (ADDRESS,), None), Delegate("bakery", town["dora"].id))
    town.ask("anna", Offer("bakery", town["bert"].id))
    town.ask("anna", Offer("bakery", town["cleo"].id))
    assert code(town, "bert", Take("bakery")) is Code.NOT_OFFERED
    assert code(town, "cleo", Take("bakery")) is None
    name = town.state.names["bakery"]
    assert (name.owner, name.key) == (town["cleo"].id, town["cleo"].key)
    assert (name.records, name.expires, name.record) == ((ADDRESS,), before.expires, before.record)
    assert (name.offered, name.delegate) == (None, None)
    assert code(town, "anna", SetRecords("bakery", (), None)) is Code.NOT_NAME_OWNER


def test_an_offer_can_be_taken_back(town: Town) -> None:
    claimed(town, "anna", "bakery")
    town.ask("anna", Offer("bakery", town["bert"].id))
    town.ask("anna", Offer("bakery", None))
    assert code(town, "bert", Take("bakery")) is Code.NOT_OFFERED


@pytest.mark.parametrize("kind", [Offer, Delegate])
def test_a_name_is_handed_to_others_who_take_part(
    town: Town, kind: Callable[[str, bytes], Operation]
) -> None:
    claimed(town, "anna", "bakery")
    assert code(town, "anna", kind("bakery", town["anna"].id)) is Code.SAME_ACCOUNT
    assert code(town, "anna", kind("bakery", bytes(16))) is Code.UNKNOWN_ACCOUNT
    town.manage(Suspend(town["bert"].id, ""))
    assert code(town, "anna", kind("bakery", town["bert"].id)) is Code.ACCOUNT_SUSPENDED


def test_a_released_name_is_free(town: Town) -> None:
    claimed(town, "anna", "bakery")
    assert code(town, "anna", Release("bakery")) is None
    assert code(town, "anna", Release("bakery")) is Code.UNKNOWN_NAME
    claimed(town, "bert", "bakery")


def test_a_name_claimed_and_released_in_one_merge_never_was(town: Town) -> None:
    merged = town.merge(
        town["anna"].sign(Claim("bakery", 0, None)), town["anna"].sign(Release("bakery"))
    )
    assert not merged.changes.names
    assert merged.names_map == SparseMap()
    claimed(town, "bert", "bakery")


def test_a_name_is_renewed_in_its_last_ninety_days(priced: Town) -> None:
    end = claimed(priced, "anna", "bakery").expires
    refusal = ask(priced, "anna", Renew("bakery", 300, "EUR"))
    assert refusal is not None
    assert refusal.code is Code.RENEWAL_TOO_EARLY
    assert refusal.facts == {"name": "bakery", "opens": Moment(end - 90 * DAY_S)}
    priced.now = end - 90 * DAY_S
    assert code(priced, "anna", Renew("bakery", 299, "EUR")) is Code.PRICE_CHANGED
    assert code(priced, "anna", Renew("bakery", 300, "EUR")) is None
    assert priced.state.names["bakery"].expires == end + 100 * DAY_S
    assert priced.posted("anna", "commons") == (-800, 800)


def test_after_its_end_a_name_can_only_be_renewed_and_that_by_its_owner(priced: Town) -> None:
    name = claimed(priced, "anna", "bakery")
    assert name.resolves(name.expires - 1)
    assert not name.resolves(name.expires)
    priced.now = name.expires
    others: tuple[Operation, ...] = (
        SetRecords("bakery", (), None),
        Offer("bakery", priced["bert"].id),
        Delegate("bakery", priced["bert"].id),
        Release("bakery"),
    )
    for operation in others:
        assert code(priced, "anna", operation) is Code.NAME_EXPIRED
    assert code(priced, "bert", Claim("bakery", 500, "EUR")) is Code.NAME_TAKEN
    assert code(priced, "bert", Renew("bakery", 300, "EUR")) is Code.NOT_NAME_OWNER
    priced.now = name.expires + 10 * DAY_S - 1
    assert code(priced, "anna", Renew("bakery", 300, "EUR")) is None
    assert priced.state.names["bakery"].resolves(priced.now)


def test_after_its_grace_a_name_is_gone_without_a_record(priced: Town) -> None:
    name = claimed(priced, "anna", "bakery")
    claimed(priced, "cleo", "harbour")
    priced.now = name.expires + 10 * DAY_S
    merged = priced.merge(priced["bert"].sign(Claim("bakery", 500, "EUR")))
    kinds = [type(record) for record in merged.records]
    assert kinds == [ChangeSetRecord, TransactionRecord, StateRecord]
    assert priced.state.names["bakery"].owner == priced["bert"].id
    assert merged.changes.names["harbour"] is None
    assert set(priced.state.names) == {"bakery"}


def test_a_merge_without_a_record_lets_no_name_go(priced: Town) -> None:
    name = claimed(priced, "anna", "bakery")
    priced.now = name.expires + 10 * DAY_S
    assert not priced.merge().records
    assert "bakery" in priced.state.names


def test_a_name_that_is_over_stands_in_the_way_of_no_statement_of_the_same_merge(
    priced: Town,
) -> None:
    name = claimed(priced, "anna", "eva")
    priced.now = name.expires + 10 * DAY_S
    assert priced.merge(priced.admission("eva")).outcomes[0].refusal is None


def test_the_index_finds_the_first_end_again(priced: Town) -> None:
    first = claimed(priced, "anna", "bakery")
    priced.now += DAY_S
    second = claimed(priced, "bert", "harbour")
    assert priced.state.name_index.first_end == first.expires
    priced.now = first.expires
    priced.ask("anna", Renew("bakery", 300, "EUR"))
    priced.now = second.expires + 10 * DAY_S
    priced.ask("cleo", priced.payment("anna", 1))
    assert set(priced.state.names) == {"bakery"}
    assert priced.state.name_index.first_end == first.expires + 100 * DAY_S


def test_names_end_with_the_calendar() -> None:
    town = registry()
    town.now = TIME_MAX - 5
    assert claimed(town, "anna", "bakery").expires == TIME_MAX


def test_suspended_owners_keep_their_names_and_cannot_act(town: Town) -> None:
    claimed(town, "anna", "bakery")
    town.manage(Suspend(town["anna"].id, ""))
    assert code(town, "anna", SetRecords("bakery", (), None)) is Code.ACCOUNT_SUSPENDED
    assert town.state.names["bakery"].owner == town["anna"].id


def test_closing_an_account_frees_its_names_but_not_its_handle(town: Town) -> None:
    claimed(town, "anna", "bakery")
    claimed(town, "anna", "anna")
    claimed(town, "bert", "harbour")
    town.manage(Close(town["anna"].id, "", write_off=False))
    assert set(town.state.names) == {"harbour"}
    claimed(town, "bert", "bakery")
    assert code(town, "bert", Claim("anna", 0, None)) is Code.NAME_TAKEN
    assert code(town, "bert", Claim("arma", 0, None)) is None


def test_a_revoked_key_is_none_that_a_name_stands_for(town: Town) -> None:
    anna, phone = town["anna"], seed_of("phone")
    other = crypto.public_key(phone)
    proof = crypto.sign(phone, add_key_signable(town.key, anna.id))
    town.ask("anna", AddKey(other, proof), Claim("bakery", 0, None), Claim("garden", 0, None))
    town.ask("anna", SetRecords("garden", (TEXT,), other))
    town.ask("anna", RevokeKey(other))
    assert town.state.names["garden"].key == anna.key
    assert town.state.names["garden"].records == (TEXT,)
    assert town.state.names["garden"].changed == town.state.tree.size - 1
    assert (
        code(town, "bert", Claim("ferry", 0, None), SetRecords("ferry", (), other))
        is Code.KEY_UNUSABLE
    )


def test_a_name_concerns_its_owner_and_whom_it_is_offered_to(town: Town) -> None:
    def parties() -> set[bytes]:
        records = [one for one in town.last.records if isinstance(one, ChangeSetRecord)]
        return {concern.account for concern in records[0].concerns}

    anna, bert, cleo = (town[name].id for name in ("anna", "bert", "cleo"))
    claimed(town, "anna", "bakery")
    assert parties() == {anna}
    town.ask("anna", Offer("bakery", bert))
    assert parties() == {anna, bert}
    town.ask("anna", Offer("bakery", None), Delegate("bakery", cleo))
    assert parties() == {anna, bert, cleo}
    town.ask("cleo", SetRecords("bakery", (), None))
    assert parties() == {anna, cleo}
    town.ask("anna", Offer("bakery", bert))
    town.ask("bert", Take("bakery"))
    assert parties() == {anna, bert}


def test_what_nobody_owns_is_unknown(town: Town) -> None:
    operations: tuple[Operation, ...] = (
        SetRecords("bakery", (), None),
        Renew("bakery", 0, None),
        Offer("bakery", None),
        Take("bakery"),
        Release("bakery"),
        Delegate("bakery", None),
    )
    for operation in operations:
        assert code(town, "anna", operation) is Code.UNKNOWN_NAME


def test_the_names_map_is_that_of_all_names_and_the_rules(priced: Town) -> None:
    claimed(priced, "anna", "bakery")
    claimed(priced, "bert", "harbour")
    priced.ask("bert", Release("harbour"))
    name = priced.state.names["bakery"]
    values = {b"bakery": encode(name), RULES_KEY: encode(PRICED)}
    last = decode_record(priced.records[-1])
    assert isinstance(last, StateRecord)
    assert last.names_root == SparseMap().update(values).root == priced.state.names_map.root


def test_a_ledger_without_names_has_an_empty_map(town: Town) -> None:
    last = decode_record(town.records[-1])
    assert isinstance(last, StateRecord)
    assert last.names_root == bytes(32)
    assert town.state.name_rules == FREE_RULES


def test_replaying_gives_the_same_names(town: Town) -> None:
    keep_names(town)
    state = State(town.key)
    assert list(replay(state, town.records))
    assert state == town.state
    assert state.name_index == town.state.name_index
    refused = [decode_record(record) for record in town.records]
    codes = [one.code for one in refused if isinstance(one, RefusalRecord)]
    assert codes == ["name_taken", "name_frozen", "price_changed"]


def test_new_rules_bind_what_comes_after(town: Town) -> None:
    before = claimed(town, "anna", "bakery")
    changed = NameRules("EUR", 7, 5, 10 * DAY_S, DAY_S, 1)
    assert manage(town, changed) is None
    assert town.state.names["bakery"] == before
    assert code(town, "anna", Claim("garden", 7, "EUR")) is Code.TOO_MANY_NAMES
    name = claimed(town, "bert", "garden")
    assert name.expires == town.now + 10 * DAY_S
    assert town.books("bert").posted == -7
    assert explain(
        town.ask("cleo", Claim("ferry", 6, "EUR")).refusal or pytest.fail("not refused"), (EUR,)
    ).startswith("It costs 0.07 EUR, and 0.06 EUR was agreed to.")
