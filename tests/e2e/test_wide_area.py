"""Real programs as on the public network: far away from each other, over a wire that loses packets.

Both ends have addresses that look public, and libtorrent's nodes and ours have the public network's
settings. What the real one has beside: millions of nodes, some of which lie, and routers.
"""

from pathlib import Path

import pytest

from tests.support.far_village import far_village


@pytest.mark.needs("root")
def test_a_village_far_apart_pays_over_a_wire_that_loses_packets_and_is_cut(tmp_path: Path) -> None:
    with far_village(tmp_path) as village:
        village.type("anna", "commontab pay ben 12.50 eggs --yes --wait=90")
        village.wait_until("ben", 1250)
        with village.area.cut():
            village.type("anna", "commontab pay ben 2 milk --yes")
            village.type("ben", "commontab pay anna 1 bread --yes --wait=90")
        village.wait_until("ben", 1350)
        village.wait_until("anna", -1350)
