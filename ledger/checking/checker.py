"""Checks signatures, with the help of a second process where there are many.

Threads would not help: each of them waits for the interpreter's lock after every signature, up to
5 ms while another computes, and a signature takes a hundredth of that.
"""

from collections import OrderedDict
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from ledger.checking.helper import Helper, HelperLost
from ledger.crypto import Claim, holds, verify

MANY = 1_024
"""So many signatures take longer than the second process takes to start, some 70 ms."""
CHUNK = 32
"""Claims that the second process is asked about at once: some 3 ms of its work."""
CHUNK_BYTES_MAX = 32_768
"""The same, in bytes of messages, unless one alone is longer."""
AHEAD = 128
"""Claims on which the second process works while we look after other things, some 10 ms."""
PACE = 16
"""Signatures that we hear of or accept before we look after the second process again."""


class Checker:
    """Accepts signatures as ``crypto.verify`` does, and sooner those that it was told to expect.

    While this process makes something of the first ones, the second checks the next; where this
    one has caught up, both check on. Where the second process cannot be or ends, this one does all.
    For one thread at a time. Close it when done.

    Attributes:
        helper: The second process, since there were many.
    """

    def __init__(self) -> None:
        # What nobody has begun, in the order in which it was expected.
        self._waiting: OrderedDict[Claim, None] = OrderedDict()
        # None while the second process works on it.
        self._answers: dict[Claim, bool | None] = {}
        self.helper: Helper | None = None
        self._may_help = True
        self._steps = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is kept: all that was expected has been asked for."""
        return not self._waiting and not self._answers

    def expect(self, claims: Iterable[Claim]) -> None:
        """Have claims checked beforehand, best in the order in which ``verify`` will be asked."""
        for claim in claims:
            if claim not in self._answers:
                self._waiting[claim] = None
            self._step()

    def verify(self, key: bytes, message: bytes, signature: bytes) -> None:
        """Accept a signature; raises as ``crypto.verify``."""
        claim = key, message, signature
        self._step()
        while self._answers.get(claim, False) is None:
            self._work_meanwhile()
        self._waiting.pop(claim, None)
        if not self._answers.pop(claim, False):
            verify(key, message, signature)

    def forget(self) -> None:
        """Let go of what was expected and never asked for."""
        self._waiting.clear()
        self._keep_busy()  # it may have ended since
        while None in self._answers.values():
            self._work_meanwhile()
        self._answers.clear()
        self._may_help = True

    def close(self) -> None:
        """End the second process."""
        if self.helper is not None:
            self.helper.close()
            self.helper = None

    def _step(self) -> None:
        self._steps += 1
        if self._steps % PACE == 0:
            self._keep_busy()

    def _keep_busy(self) -> None:
        """Note what the second process has answered, and ask it about the next.

        It is asked while it still works on others, so that it does not wait for us.
        """
        try:
            if self.helper is None:
                if not self._may_help or len(self._waiting) < MANY:
                    return
                self.helper = Helper()
            self._answers.update(self.helper.read())
            while self._waiting and len(self.helper.unanswered) < AHEAD:
                chunk = self._next_chunk()
                self._answers.update(dict.fromkeys(chunk))
                self.helper.ask(chunk)
        except HelperLost:
            self._go_on_alone()

    def _next_chunk(self) -> list[Claim]:
        chunk: list[Claim] = []
        total_bytes = 0
        while self._waiting and len(chunk) < CHUNK and total_bytes < CHUNK_BYTES_MAX:
            claim, _ = self._waiting.popitem(last=False)
            chunk.append(claim)
            total_bytes += len(claim[1])
        return chunk

    def _work_meanwhile(self) -> None:
        """Check the next one that waits; where none does, wait for the second process."""
        if self._waiting:
            claim, _ = self._waiting.popitem(last=False)
            self._answers[claim] = holds(claim)
        elif self.helper is not None:
            try:
                self.helper.wait()
            except HelperLost:
                self._go_on_alone()
        self._keep_busy()

    def _go_on_alone(self) -> None:
        """Take back what the second process has not answered."""
        self.close()
        self._may_help = False
        for claim in [claim for claim, answer in self._answers.items() if answer is None]:
            del self._answers[claim]
