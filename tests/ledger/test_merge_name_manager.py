"""What the manager rules about names: prices, reserved words, disputes, revocations."""

import pytest

from ledger.name.operation import (
    Claim,
    Dispute,
    NameRules,
    Offer,
    Release,
    Renew,
    Reserve,
    RevokeName,
    SetRecords,
    Take,
)
from ledger.name.state import FREE_RULES, NameState
from ledger.operation import Operation
from ledger.record import ManagerRecord
from ledger.refusal import Code
from ledger.rule.name_manager import TERM_S_MAX
from tests.support.registry import ADDRESS, PRICED, claimed, code, manage, registry
from tests.support.township import DAY_S, Town


@pytest.fixture
def town() -> Town:
    return registry()


def test_rules_stand_until_others_are_set(town: Town) -> None:
    assert town.state.name_rules == FREE_RULES
    assert manage(town, PRICED) is None
    assert town.state.name_rules == PRICED
    assert manage(town, FREE_RULES) is None
    assert town.state.name_rules == FREE_RULES
    assert town.state.names_map.root != bytes(32)


@pytest.mark.parametrize(
    ("rules", "refused"),
    [
        pytest.param(NameRules("XYZ", 1, 1, 9, 0, 1), Code.UNKNOWN_UNIT, id="unknown unit"),
        pytest.param(NameRules(None, 1, 0, 9, 0, 1), Code.NAME_RULES_INVALID, id="no unit"),
        pytest.param(NameRules(None, 0, 1, 9, 0, 1), Code.NAME_RULES_INVALID, id="no unit either"),
        pytest.param(NameRules("EUR", 1, 1, 0, 0, 1), Code.NAME_RULES_INVALID, id="no term"),
        pytest.param(
            NameRules("EUR", 1, 1, TERM_S_MAX + 1, 0, 1), Code.NAME_RULES_INVALID, id="for ever"
        ),
        pytest.param(NameRules("EUR", 1, 1, 9, 10, 1), Code.NAME_RULES_INVALID, id="long grace"),
        pytest.param(NameRules("EUR", 1, 1, TERM_S_MAX, 10, 0), None, id="nobody may claim"),
        pytest.param(NameRules(None, 0, 0, 1, 1, 1), None, id="the shortest"),
    ],
)
def test_rules_must_make_sense(town: Town, rules: NameRules, refused: Code | None) -> None:
    assert manage(town, rules) is refused
    assert (town.state.name_rules == rules) is (refused is None)


def test_a_refused_statement_leaves_the_rules(town: Town) -> None:
    early = town.statement(NameRules(None, 0, 0, 9, 0, 1))
    town.manage(PRICED)
    assert town.merge(early).outcomes[0].refusal is not None
    assert town.state.name_rules == PRICED


def test_a_reserved_name_is_nobodys(town: Town) -> None:
    assert manage(town, Reserve("mayor", held=True, reason="the office")) is None
    size = town.state.tree.size
    assert town.state.names["mayor"] == NameState(
        "mayor", None, town.now, size - 1, 0, None, (), None, None, frozen=False, changed=size - 1
    )
    operations: tuple[Operation, ...] = (
        Claim("mayor", 0, None),
        SetRecords("mayor", (), None),
        Take("mayor"),
        Release("mayor"),
    )
    for operation in operations:
        assert code(town, "anna", operation) is Code.NAME_RESERVED
    assert code(town, "anna", Claim("rnayor", 0, None)) is Code.NAME_CONFUSABLE
    town.now += 3_000 * DAY_S
    claimed(town, "anna", "bakery")
    assert "mayor" in town.state.names


def test_a_reserved_name_is_let_go(town: Town) -> None:
    assert manage(town, Reserve("mayor", held=False, reason="")) is Code.UNKNOWN_NAME
    town.manage(Reserve("mayor", held=True, reason=""))
    assert manage(town, Reserve("mayor", held=True, reason="")) is Code.NAME_UNCHANGED
    assert manage(town, Reserve("mayor", held=False, reason="")) is None
    claimed(town, "anna", "mayor")
    assert manage(town, Reserve("mayor", held=False, reason="")) is Code.UNKNOWN_NAME


@pytest.mark.parametrize(
    ("word", "refused"),
    [
        pytest.param("bakery", Code.NAME_TAKEN, id="owned"),
        pytest.param("anna", Code.NAME_TAKEN, id="a handle"),
        pytest.param("Mayor", Code.NAME_INVALID, id="not canonical"),
        pytest.param("commons", Code.NAME_INVALID, id="reserved by the format"),
    ],
)
def test_only_free_words_are_reserved(town: Town, word: str, refused: Code) -> None:
    claimed(town, "anna", "bakery")
    assert manage(town, Reserve(word, held=True, reason="")) is refused


def test_a_dispute_freezes_one_name_alone(town: Town) -> None:
    for word in ("bakery", "garden"):
        claimed(town, "anna", word)
    town.ask("anna", Offer("bakery", town["bert"].id))
    assert manage(town, Dispute("bakery", frozen=True, reason="two bakeries")) is None
    frozen = town.state.names["bakery"]
    assert frozen.frozen
    assert frozen.resolves(town.now)
    operations: tuple[Operation, ...] = (
        SetRecords("bakery", (ADDRESS,), None),
        Renew("bakery", 0, None),
        Offer("bakery", None),
        Release("bakery"),
    )
    for operation in operations:
        assert code(town, "anna", operation) is Code.NAME_FROZEN
    assert code(town, "bert", Take("bakery")) is Code.NAME_FROZEN
    assert code(town, "anna", SetRecords("garden", (ADDRESS,), None)) is None
    assert manage(town, Dispute("bakery", frozen=True, reason="")) is Code.NAME_UNCHANGED
    assert manage(town, Dispute("bakery", frozen=False, reason="settled")) is None
    assert code(town, "bert", Take("bakery")) is None


def test_a_frozen_name_outlasts_its_time_and_has_its_grace_after(town: Town) -> None:
    town.manage(PRICED)
    name = claimed(town, "anna", "bakery")
    town.manage(Dispute("bakery", frozen=True, reason=""))
    town.now = name.expires + 50 * DAY_S
    town.ask("bert", Claim("harbour", 500, "EUR"))
    assert not town.state.names["bakery"].resolves(town.now)
    town.manage(Dispute("bakery", frozen=False, reason=""))
    assert town.state.names["bakery"].expires == town.now
    town.now += 10 * DAY_S - 1
    assert code(town, "anna", Renew("bakery", 300, "EUR")) is None
    assert town.state.names["bakery"].resolves(town.now)


def test_a_frozen_name_that_is_let_go_on_ends_by_its_time_again(town: Town) -> None:
    town.manage(PRICED)
    claimed(town, "anna", "bakery")
    town.manage(Dispute("bakery", frozen=True, reason=""))
    town.now += 200 * DAY_S
    town.ask("bert", town.payment("anna", 1))
    town.manage(Dispute("bakery", frozen=False, reason=""))
    town.now += 10 * DAY_S
    town.ask("bert", town.payment("anna", 1))
    assert not town.state.names


def test_a_revoked_name_is_free_at_once(town: Town) -> None:
    claimed(town, "anna", "bakery")
    town.manage(Dispute("bakery", frozen=True, reason="two bakeries"))
    assert manage(town, RevokeName("bakery", "a fraud")) is None
    assert manage(town, RevokeName("bakery", "a fraud")) is Code.UNKNOWN_NAME
    claimed(town, "bert", "bakery")


def test_a_name_is_revoked_and_reserved_in_one_merge(town: Town) -> None:
    claimed(town, "anna", "bakery")
    revoked = town.statement(RevokeName("bakery", "a fraud"))
    merged = town.merge(revoked, town.statement(Reserve("bakery", held=True, reason="")))
    assert [one.refusal for one in merged.outcomes] == [None, None]
    assert town.state.names["bakery"].owner is None
    assert town.state.name_index.owned == {}


def test_statements_about_a_name_concern_its_owner(town: Town) -> None:
    claimed(town, "anna", "bakery")
    for operation in (
        Dispute("bakery", frozen=True, reason=""),
        RevokeName("bakery", ""),
        Reserve("bakery", held=True, reason=""),
        PRICED,
    ):
        town.manage(operation)
        record = town.last.records[0]
        assert isinstance(record, ManagerRecord)
        owned = isinstance(operation, Dispute | RevokeName)
        parties = {concern.account for concern in record.concerns}
        assert parties == ({town["anna"].id} if owned else set())
