"""What a manager looks at: ageing, trial balance, refusals, undoing, backups, the network."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict

import pytest

from federation.console.doctor import Finding
from federation.console.views import View
from federation.errors import NetworkUnreachable
from federation.item import MutableItem, SlotName
from federation.port import Got, Put
from ledger.operation import Reverse
from ledger.store.database import Role, open_database
from ledger.store.debt import read_debts
from ledger.store.door import Arrivals
from manager.books import Merged
from manager.cli.options import now
from manager.cycle import Report
from manager.office import open_office
from manager.report.ageing import view_ageing
from manager.report.backups import KEPT, last_backup, make_kept, view_backups
from manager.report.cycles import CycleLog
from manager.report.matters import find_matters
from manager.report.refused import view_refusals
from manager.report.swarm import look, view_health
from manager.report.trial import view_trial
from manager.report.undo import find_transactions, forecast
from manager.views import view_status
from tests.support.council import Council
from tests.support.township import DAY_S

HOME = Finding("disk", True, "much")
START = now() + DAY_S
"""After everything that commands merge here by the clock, however long the tests before take."""
LATE = START + 41 * DAY_S


@pytest.fixture
def lively(council: Council) -> Council:
    """A community of three in which Ada owes since 40 days and Ben since today."""
    council.open("ada", "ben", "cleo")
    council.merge(council.pay("ada", "cleo", 2_500, "a bicycle"), now=START)
    council.merge(council.pay("ben", "cleo", 300, "bread"), now=START + 40 * DAY_S)
    return council


def test_debts_have_ages_and_their_sums_too(lively: Council) -> None:
    with open_office(lively.home) as office:
        debts = read_debts(office.store.database)
        held = view_ageing(office.state, debts, START + 40 * DAY_S + 60)
    assert [(one["handle"], one["days"], one["owes"]) for one in held["debts"]] == [
        ("ada", 40, "25.00 EUR"),
        ("ben", 0, "3.00 EUR"),
    ]
    assert [(one["count"], one["sums"]) for one in held["buckets"]] == [
        (1, ["3.00 EUR"]),
        (1, ["25.00 EUR"]),
        (0, []),
        (0, []),
    ]


def test_a_trial_balance_adds_up_to_zero(lively: Council) -> None:
    with open_office(lively.home) as office:
        (held,) = view_trial(office.state)
    assert (held["above_minor"], held["below_minor"], held["sum_minor"]) == (2_800, -2_800, 0)
    assert held["zero"] is True
    assert [one["handle"] for one in held["rows"]] == ["cleo", "ben", "ada"]


def test_refusals_say_who_asked_for_what_why_and_what_next(lively: Council) -> None:
    lively.merge(lively.pay("ada", "ben", 90_000, "too much"), now=START + 41 * DAY_S)
    lively.refuse(1, "close", "ada", "--reason", "left")
    with open_office(lively.home) as office:
        held = {one["code"]: one for one in view_refusals(office, 10)}
    assert held.keys() == {"insufficient_credit", "balance_not_zero"}
    assert held["insufficient_credit"]["who"] == "ada"
    assert held["insufficient_credit"]["what"] == "pay 900.00 EUR to ben: too much"
    assert "higher credit limit" in held["insufficient_credit"]["step"]
    assert held["balance_not_zero"]["who"] is None
    assert "write-off" in held["balance_not_zero"]["step"]


@pytest.mark.parametrize("typed", ["bicycle", "ada 25.00", "CLEO bicycle"])
def test_a_transaction_is_found_by_words_and_by_its_id(lively: Council, typed: str) -> None:
    with open_office(lively.home) as office:
        (found,) = find_transactions(office, typed, 10)
        (again,) = find_transactions(office, found["id"][:6], 10)
        assert len(find_transactions(office, "", 10)) == 2
        assert find_transactions(office, "nothing like it", 10) == []
    assert found == again
    assert found["reversible"] is True
    assert found["transfers"][0]["amount"] == "25.00 EUR"


def test_a_forecast_shows_balances_and_changes_nothing(lively: Council) -> None:
    with open_office(lively.home) as office:
        (found,) = find_transactions(office, "bicycle", 1)
        root = office.state.tree.root
        undo = Reverse(bytes.fromhex(found["id"]), None, "wrong")
        told = forecast(office, lively.seed, undo, START + 41 * DAY_S)
        assert office.state.tree.root == root
        assert office.desk.statements(1)[0].number == 5
    after = {one["handle"]: (one["before_minor"], one["after_minor"]) for one in told.balances}
    assert after == {"ada": (-2_500, 0), "cleo": (2_800, 300)}
    assert told.refusal == ""


def test_a_forecast_of_what_would_be_refused_says_why(lively: Council) -> None:
    with open_office(lively.home) as office:
        told = forecast(office, lively.seed, Reverse(bytes(16), None, "wrong"), START)
    assert told.refusal == "unknown_transaction"
    assert told.balances == []


def test_a_backup_is_noted_and_the_oldest_ones_go(lively: Council) -> None:
    database = open_database(lively.home.ledger, Role.MANAGER, write=True)
    with closing(database), open_office(lively.home) as office:
        assert view_backups(lively.home, office.values, START)["old"] is True
        for hour in range(KEPT + 2):
            made = make_kept(lively.home, database, 20, START + hour * 3_600)
        held = view_backups(lively.home, office.values, made.time + 60)
        assert last_backup(office.values) == made
        assert (held["old"], len(held["files"])) == (False, KEPT)
        assert view_backups(lively.home, office.values, made.time + 8 * DAY_S)["old"] is True
    assert all(one.stat().st_mode & 0o077 == 0 for one in (lively.home.path / "backups").iterdir())


def test_rounds_without_news_share_a_line_and_the_log_is_bounded() -> None:
    log = CycleLog(3)
    for second in range(5):
        log.note(Report(Arrivals(), Merged(0, (), ()), None, 9), START + second)
    assert [(one["time"], one["repeated"]) for one in log.view()] == [(START + 4, 4)]
    for second in range(5):
        log.say(f"try {second} failed", START + 10 + second)
    log.say("try 4 failed", START + 20)
    assert [one["time"] for one in log.view()] == [START + 14, START + 13, START + 12]
    assert log.cycles == 5


class Names:
    """A DHT in which some copies and some peers are named."""

    def __init__(self, copies: int, *, reachable: bool = True) -> None:
        self.copies = copies
        self.reachable = reachable

    async def nodes(self) -> Sequence[tuple[str, int]]:
        if not self.reachable:
            raise NetworkUnreachable("nobody answers")
        return [("127.0.0.1", port) for port in range(1, 13)]

    async def get(self, slot: SlotName, newer_than: int | None = None) -> Got:  # noqa: ARG002
        return Got(None, 8, self.copies)

    async def find_peers(
        self,
        infohash: bytes,  # noqa: ARG002
        tell: Callable[[Sequence[tuple[str, int]]], None],
    ) -> None:
        tell([("127.0.0.1", 1), ("127.0.0.1", 2)])
        tell([("127.0.0.1", 2)])

    async def put(self, item: MutableItem, cas: int | None = None) -> Put:
        raise NotImplementedError

    async def get_immutable(self, target: bytes) -> bytes | None:
        raise NotImplementedError

    async def put_immutable(self, value: bytes) -> Put:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


async def test_swarm_health_counts_copies_and_peers() -> None:
    held = view_health(await look(Names(5), bytes(32), bytes(20), START))
    assert held is not None
    assert (held["nodes"], held["copies"], held["peers"], held["well"]) == (12, 5, 2, True)
    few = view_health(await look(Names(1), bytes(32), None, START))
    assert few is not None
    assert (few["peers"], few["well"]) == (None, False)
    gone = view_health(await look(Names(1, reachable=False), bytes(32), None, START))
    assert gone is not None
    assert (gone["trouble"], gone["well"]) == ("nobody answers", False)


def test_what_needs_the_manager_is_sorted_by_gravity(lively: Council) -> None:
    with open_office(lively.home) as office:
        status = view_status(office, None, LATE)
        found: View = {
            "refusals": view_refusals(office, 10),
            "backups": view_backups(lively.home, office.values, LATE),
            "disk": asdict(HOME),
            "swarm": None,
            "audit_trouble": None,
        }
    assert [one.kind for one in find_matters(status, found, LATE)] == [
        "promise",
        "backup_old",
    ]
    worse = found | {"audit_trouble": "record 3", "disk": asdict(HOME) | {"well": False}}
    kinds = [one.kind for one in find_matters(status | {"late": ["ada"]}, worse, LATE)]
    assert kinds == ["audit_failed", "disk", "late", "promise", "backup_old"]
    well = status | {"problems": []}
    assert find_matters(well, found | {"backups": {"old": False}}, LATE) == []
