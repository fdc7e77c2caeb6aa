"""The second process: it is asked which signatures hold, and answers until nobody asks any more.

In: pickled sequences of claims. Out: a byte for each claim, 1 where its signature holds.
"""

import pickle
import signal
import sys
from collections.abc import Sequence

from ledger.crypto import Claim, holds


def answer_all() -> None:
    """Answer until the input ends, as it does when the asking process does, however that ends."""
    # Ctrl-C goes to every process of a terminal; this one is for the other to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            claims: Sequence[Claim] = pickle.load(asked)  # noqa: S301 -- from our own process
        except EOFError:
            return
        answers.write(bytes(map(holds, claims)))
        answers.flush()


if __name__ == "__main__":
    answer_all()
