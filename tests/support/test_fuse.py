"""The fuse ends a life at the chosen call, and the dead do nothing more."""

import pytest

from federation.item import sign_item
from tests.support.crash import Fuse, FusedDht, fused
from tests.support.loop import Crash, run_virtual
from tests.support.simdht import DhtNetwork, SimDht
from tests.support.weather import Weather


class Counter:
    def __init__(self) -> None:
        self.value = 0

    def add(self, amount: int) -> int:
        self.value += amount
        return self.value


def test_every_call_up_to_the_count_can_be_the_last() -> None:
    died = []
    for at in range(1, 10):
        counter = Counter()
        through = fused(counter, Fuse(at), "counter")
        try:
            for _ in range(5):
                through.add(1)
        except Crash:
            died.append(counter.value)
            with pytest.raises(Crash):
                through.add(1)
            assert counter.value == died[-1]
    assert died == [0, 1, 2, 3, 4]


def test_a_port_may_die_before_and_after_its_effect() -> None:
    item = sign_item(bytes(32), b"", 1, b"1:x")

    async def put(at: int) -> bool:
        network = DhtNetwork(Weather())
        dht = FusedDht(SimDht(network, "author"), Fuse(at))
        with pytest.raises(Crash):
            await dht.put(item)
        return bool(network.puts)

    assert [run_virtual(put(at)) for at in (1, 2)] == [False, True]


def test_no_handler_of_the_program_stops_a_crash() -> None:
    fuse = Fuse(1)

    def program() -> None:
        try:
            fuse.pass_("store.append")
        except Exception:  # noqa: BLE001 -- what a careless program might do
            pytest.fail("a crash was caught")

    with pytest.raises(Crash, match=r"store\.append"):
        program()
    assert fuse.trail == ["store.append"]
