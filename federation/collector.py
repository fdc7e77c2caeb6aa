"""The garbage collector, told when there is nothing for it to find."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Let the collector rest in a block.

    A merge makes several small objects of each change-set and drops them all at its end, without
    cycles. The collector would look through them, and through the whole present with them, a few
    times in each merge: a tenth of its time, for nothing. What is left of them at the end counts as
    old: it is looked through with all else, when that is due.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()
            gc.unfreeze()
            gc.enable()
