"""Items that are kept, and put with all that they list."""

import pytest

from federation.item import VALUE_BYTES_MAX, sign_item
from federation.kept import put_whole
from federation.port import Put
from tests.support.loop import run_virtual
from tests.support.simdht import DhtNetwork, SimDht
from tests.support.weather import calm

SEED = bytes(range(32))
SEALED = bytes(2 * VALUE_BYTES_MAX)
"""More than two immutable items hold."""


class Forgetful(SimDht):
    """A network whose nodes take no immutable item from the second on."""

    taken = 0

    async def put_immutable(self, value: bytes) -> Put:
        self.taken += 1
        return await super().put_immutable(value) if self.taken < 2 else Put(0)


@pytest.mark.parametrize(("port", "accepted"), [(SimDht, 8), (Forgetful, 0)])
def test_an_item_is_put_only_where_all_that_it_lists_was_taken(
    port: type[SimDht], accepted: int
) -> None:
    network, item = DhtNetwork(calm()), sign_item(SEED, b"whole", 1, b"5:value")

    async def put() -> Put:
        return await put_whole(port(network, "anna"), item, SEALED)

    assert run_virtual(put()).accepted == accepted
    assert [seen.item for seen in network.puts] == ([item] if accepted else [])
