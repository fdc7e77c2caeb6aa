"""A member's own account: its display name and its keys."""

from ledger.operation import AddKey, Operation, Profile, RevokeKey
from ledger.outcome import Fate
from ledger.record import EpochRecord
from ledger.refusal import Code
from ledger.rule.key import KEYS_MAX
from tests.support.township import EPOCH_KEY, Person, Town, add_key


def added(town: Town, name: str, device: str, *, to: str = "") -> AddKey:
    """Return the operation that adds a device's key, with its proof for some account."""
    return add_key(town.key, town[to or name].id, device)


def code(town: Town, name: str, *operations: Operation) -> Code | None:
    refusal = town.ask(name, *operations).refusal
    return refusal.code if refusal else None


def epoch(town: Town) -> int:
    assert town.state.community is not None
    return town.state.community.epoch


def test_a_member_changes_the_display_name_and_keeps_the_handle() -> None:
    town = Town("anna")
    assert code(town, "anna", Profile("Anna Ω")) is None
    assert (town.account("anna").name, town.account("anna").handle) == ("Anna Ω", "anna")


def test_an_added_key_acts_for_the_account_with_its_own_chain() -> None:
    town = Town("anna", "bert")
    assert code(town, "anna", added(town, "anna", "phone")) is None
    phone = Person(town.key, "phone")
    merged = town.merge(phone.sign(town.payment("bert", 5)), town.pay("anna", "bert", 6))
    assert [outcome.fate for outcome in merged.outcomes] == [Fate.MERGED, Fate.MERGED]
    assert town.posted("anna", "bert") == (-11, 11)
    assert town.account("anna").keys == (town["anna"].key, phone.key)


def test_a_key_proves_that_it_joins_this_account() -> None:
    town = Town("anna", "bert")
    assert code(town, "anna", added(town, "anna", "phone", to="bert")) is Code.KEY_PROOF_INVALID


def test_a_key_joins_one_account_once() -> None:
    town = Town("anna", "bert")
    assert code(town, "anna", added(town, "anna", "phone")) is None
    assert code(town, "anna", added(town, "anna", "phone")) is Code.KEY_KNOWN
    assert code(town, "bert", added(town, "bert", "phone")) is Code.KEY_KNOWN


def test_a_revoked_key_is_out_for_good() -> None:
    town = Town("anna", "bert")
    code(town, "anna", added(town, "anna", "phone"))
    phone = Person(town.key, "phone")
    assert code(town, "anna", RevokeKey(phone.key)) is None
    assert town.account("anna").keys == (town["anna"].key,)
    (outcome,) = town.merge(phone.sign(town.payment("bert", 5))).outcomes
    assert outcome.fate is Fate.UNKNOWN_KEY
    assert code(town, "anna", added(town, "anna", "phone")) is Code.KEY_KNOWN
    assert code(town, "anna", RevokeKey(phone.key)) is Code.KEY_NOT_YOURS


def test_revoking_a_key_begins_an_epoch_that_it_cannot_read() -> None:
    town = Town("anna", "bert", closed=True)
    code(town, "anna", added(town, "anna", "phone"))
    assert epoch(town) == 1
    revoked = RevokeKey(Person(town.key, "phone").key)
    assert code(town, "anna", revoked, town.payment("bert", 10**9)) is Code.INSUFFICIENT_CREDIT
    assert epoch(town) == 1
    assert code(town, "anna", revoked) is None
    assert epoch(town) == 2
    assert town.last.records[0] == EpochRecord(2, 0, EPOCH_KEY)


def test_a_key_can_revoke_itself_and_what_follows_is_out() -> None:
    town = Town("anna", "bert")
    code(town, "anna", added(town, "anna", "phone"))
    anna = town["anna"]
    merged = town.merge(anna.sign(RevokeKey(anna.key)), town.pay("anna", "bert", 5))
    assert [outcome.fate for outcome in merged.outcomes] == [Fate.MERGED, Fate.UNKNOWN_KEY]
    known = town.state.keys[anna.key]
    assert (known.active, known.number) == (False, 2)


def test_the_last_key_stays() -> None:
    town = Town("anna")
    assert code(town, "anna", RevokeKey(town["anna"].key)) is Code.LAST_KEY


def test_anothers_key_is_not_revoked() -> None:
    town = Town("anna", "bert")
    assert code(town, "anna", RevokeKey(town["bert"].key)) is Code.KEY_NOT_YOURS


def test_an_account_has_a_bounded_number_of_keys() -> None:
    town = Town("anna")
    devices = [added(town, "anna", f"device {n}") for n in range(KEYS_MAX)]
    assert code(town, "anna", *devices[:-1]) is None
    assert code(town, "anna", devices[-1]) is Code.TOO_MANY_KEYS


def test_a_key_that_nothing_can_be_sealed_to_is_refused() -> None:
    town = Town("anna")
    assert code(town, "anna", AddKey(bytes(32), bytes(64))) is Code.KEY_UNUSABLE
