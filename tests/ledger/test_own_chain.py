"""An account's own records: followed, checked, and joined by the community's keys."""

from collections.abc import Callable, Iterator

import pytest

from ledger.changeset import SignedChangeSet, verify_change_set
from ledger.crypto import public_key, sign
from ledger.entry import entry_id, unsigned_cause
from ledger.errors import HistoryMismatch
from ledger.operation import (
    Accept,
    AddKey,
    EndMandate,
    Hold,
    Mandate,
    Post,
    Request,
    RevokeKey,
    Void,
)
from ledger.own_chain import check_own, find_keys, previous_own, walk_own
from ledger.own_mandates import OwnMandates
from ledger.record import (
    EXPIRED,
    PENDING,
    POSTED,
    POSTED_PENDING,
    VOIDED,
    ChangeSetRecord,
    Record,
    TransactionRecord,
    Transfer,
    decode_record,
)
from ledger.rule.key import add_key_signable
from ledger.state import replace
from tests.support.household import bill, dinner, house, mandate, propose
from tests.support.storage import open_manager
from tests.support.stored_realm import Valley
from tests.support.succession import NEW, succeed
from tests.support.township import RULES, START, Person, Town

SOON = START + 86_400


@pytest.fixture(scope="module")
def valley(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valley]:
    """Give three communities whose members pay each other in every way."""
    valley = Valley(open_manager(tmp_path_factory.mktemp("river")))
    valley.live()
    yield valley
    valley.river.database.close()


def reader(town: Town) -> Callable[[int], Record]:
    return lambda index: decode_record(town.records[index])


def own_of(town: Town, name: str) -> list[tuple[int, Record]]:
    return [*walk_own(town.account(name), reader(town))][::-1]


def busy() -> Town:
    """Return a town in which ada lives through all kinds of records."""
    town = Town("ada", "ben", "cem")
    ada, ben = town["ada"], town["ben"]
    for operation in (Post, Void):
        town.ask("ada", Hold(ben.id, 90, "EUR", "", b"", SOON))
        (hold,) = town.state.holds
        town.ask("ben", Post(hold, 60) if operation is Post else Void(hold, ""))
    town.ask("ada", Hold(ben.id, 40, "EUR", "", b"", SOON))
    town.ask("ben", Request(ada.id, 25, "EUR", "", b"", SOON))
    (request,) = town.state.requests
    town.ask("ada", Accept(request))
    town.ask("ada", town.payment("cem", 10**9))
    town.merge(town.pay("cem", "ada", 7))
    return town


def test_holds_requests_and_refusals_add_up() -> None:
    town = busy()
    own = own_of(town, "ada")
    assert {type(record).__name__ for _, record in own} == {
        "ManagerRecord", "ChangeSetRecord", "TransactionRecord", "RefusalRecord",
    }  # fmt: skip
    assert (town.books("ada").posted, town.books("ada").pending_debit) == (-60 - 25 + 7, 40)
    for name in ("ada", "ben", "cem"):
        check_own([(0, town.key)], town.account(name), own_of(town, name))


@pytest.mark.parametrize("place", range(1, 9))
def test_every_record_that_is_left_out_is_missed(place: int) -> None:
    town = busy()
    own = own_of(town, "ada")
    with pytest.raises(HistoryMismatch):
        check_own([(0, town.key)], town.account("ada"), own[:place] + own[place + 1 :])


def mandated() -> Town:
    """Return a town in which bert pays bills by hand, by mandate, and one that he made."""
    town = house()
    propose(town, "bert", mandate(town, "anna"))
    propose(town, "anna", dinner(town))
    town.ask("bert", Request(town["anna"].id, 40, "EUR", "", b"", SOON))
    town.now += RULES.objection_s
    town.merge()
    by_hand = propose(town, "cleo", bill(town, {"anna": 60, "cleo": 40}, {"bert": 100}))
    town.ask("bert", Accept(by_hand))
    town.ask("bert", bill(town, {"cleo": 7}, {"bert": 7}))
    return town


def test_what_mandates_and_bills_paid_adds_up() -> None:
    town = mandated()
    assert town.posted("anna", "bert", "cleo") == (3_060, -3_107, 47)
    for name in town.people:
        check_own([(0, town.key)], town.account(name), own_of(town, name))


def test_a_mandate_that_is_kept_from_its_giver_explains_nothing() -> None:
    town = mandated()
    own = own_of(town, "bert")
    with pytest.raises(HistoryMismatch):
        check_own([(0, town.key)], town.account("bert"), own[:1] + own[2:])


@pytest.mark.parametrize(
    ("changed", "allowed"),
    [
        pytest.param({}, True, id="as it is"),
        pytest.param({"state": PENDING}, False, id="held"),
        pytest.param({"cause": bytes(32)}, False, id="another cause"),
        pytest.param({"time": START + 365 * 86_400}, False, id="after the end"),
        pytest.param({"amount": 5_001}, False, id="over the cap of one"),
        pytest.param({"credit": "cleo"}, False, id="to somebody else"),
        pytest.param({"unit": "HOUR"}, False, id="in another unit"),
    ],
)
def test_what_a_mandate_does_not_allow_explains_nothing(
    changed: dict[str, object], *, allowed: bool
) -> None:
    town = mandated()
    own = own_of(town, "bert")
    paid = next(
        (place, record)
        for place, (_, record) in enumerate(own)
        if isinstance(record, TransactionRecord) and record.cause.endswith(bytes(16))
    )
    place, record = paid
    (move,) = record.transfers
    named = changed.get("credit")
    credit = town["cleo"].id if named else move.credit
    rest = {name: value for name, value in changed.items() if name in {"amount", "unit"}}
    outer = {name: value for name, value in changed.items() if name in {"state", "cause", "time"}}
    moved = replace(move, credit=credit, **rest)
    forged = replace(record, transfers=(moved,), **outer)
    mandates = OwnMandates()
    for _, before in own[:place]:
        if isinstance(before, ChangeSetRecord) and before.key == town["bert"].key:
            signed = SignedChangeSet(before.key, before.body, before.signature)
            one = verify_change_set(town.key, signed)
            mandates.sign(one.hash, one.change_set.operations)
    assert mandates.pay(forged) is allowed


def test_a_mandate_pays_no_more_in_a_month_than_it_says() -> None:
    mandates, given = OwnMandates(), Mandate(None, "EUR", 60, 100, 2**40 - 1, "")
    mandates.sign(bytes(32), (given, given, EndMandate(entry_id(bytes(32), 1))))
    (entry,) = mandates.given
    move = Transfer(b"b" * 16, b"a" * 16, 60, "EUR")
    cause = unsigned_cause(entry)
    paid = TransactionRecord((), bytes(16), cause, POSTED, START, None, (move,), "", b"")
    assert mandates.pay(paid)
    assert not mandates.pay(paid)
    assert mandates.pay(replace(paid, time=START + 40 * 86_400))


def test_payments_across_links_add_up(valley: Valley) -> None:
    states = set()
    for town in (valley.lake, valley.river, valley.hill):
        for name in town.people:
            own = own_of(town, name)
            check_own([(0, town.key)], town.account(name), own)
            moved = (record for _, record in own if isinstance(record, TransactionRecord))
            states |= {record.state for record in moved}
    assert states == {POSTED, PENDING, POSTED_PENDING, VOIDED, EXPIRED}
    carla = valley.river.books("carla")
    assert carla.pending_debit
    assert carla.posted == 250 - 300 - 100


@pytest.mark.parametrize("name", ["carla", "bakery"])
def test_every_record_of_a_payment_across_links_is_missed(valley: Valley, name: str) -> None:
    river = valley.river
    own = own_of(river, name)
    # Nothing in these records follows from a request that is the last of them.
    end = len(own) - isinstance(own[-1][1], ChangeSetRecord)
    for place in range(1, end):
        with pytest.raises(HistoryMismatch):
            check_own([(0, river.key)], river.account(name), own[:place] + own[place + 1 :])


def test_another_device_signs_for_the_same_account() -> None:
    town = Town("ada", "ben")
    phone = Person(town.key, "ada's phone")
    proof = sign(phone.seed, add_key_signable(town.key, town["ada"].id))
    town.ask("ada", AddKey(phone.key, proof))
    town.merge(phone.sign(town.payment("ben", 5)))
    town.merge(phone.sign(RevokeKey(town["ada"].key)))
    assert town.account("ada").keys == (phone.key,)
    check_own([(0, town.key)], town.account("ada"), own_of(town, "ada"))


def test_records_without_an_admission_explain_nothing() -> None:
    town = busy()
    for own in ([], own_of(town, "ada")[1:], own_of(town, "ben")):
        with pytest.raises(HistoryMismatch):
            check_own([(0, town.key)], town.account("ada"), own)


def test_a_record_names_the_one_before_and_no_later_one() -> None:
    town = busy()
    index, record = own_of(town, "ada")[3]
    assert previous_own(index, record, town["ada"].id) == own_of(town, "ada")[2][0] + 1
    with pytest.raises(HistoryMismatch, match="does not concern"):
        previous_own(0, record, town["ada"].id)
    with pytest.raises(HistoryMismatch, match="does not concern"):
        previous_own(index, record, bytes(16))


def test_keys_are_found_back_to_the_first() -> None:
    town = busy()
    first = town.key
    assert find_keys(first, town.account("commons"), reader(town)) == ((0, first),)
    size = len(town.records)
    succeed(town, "ada", "ben")
    found = find_keys(NEW, town.account("commons"), reader(town))
    assert found == ((0, first), (size, NEW))
    check_own(found, town.account("ada"), own_of(town, "ada"))
    with pytest.raises(HistoryMismatch):
        check_own([(0, NEW)], town.account("ada"), own_of(town, "ada"))


def test_a_key_that_no_successor_names_is_refused() -> None:
    town = busy()
    stranger = public_key(bytes(32))
    with pytest.raises(HistoryMismatch, match="do not lead"):
        find_keys(stranger, town.account("commons"), reader(town))
