"""Five communities that pay each other while all kinds of things go wrong."""

import pytest

from ledger.link.machine import Stage
from tests.support.county import County

SEEDS = range(12)
STEPS = 500


@pytest.mark.parametrize("seed", SEEDS)
def test_in_the_end_every_payment_is_final_everywhere_and_all_books_agree(seed: int) -> None:
    county = County(seed)
    county.live(STEPS)
    county.check()
    county.rest()
    county.check_final()
    assert county.stages()[Stage.POSTED] > 0, "a world in which nobody is paid shows nothing"
