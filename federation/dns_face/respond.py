"""One query's way through the face, whatever it came by."""

from collections.abc import Callable

from federation.dns_face.answer import Answerer, Forwarded, Transferred
from federation.dns_face.forward import Forwarder
from federation.dns_face.message import Answered, Transport


class Responder:
    """Answers, and asks another resolver where that is wanted.

    Args:
        answerer: Knows what to say.
        forwarder: Asked about other names; None where nobody is.
        now: Gives Unix time.
    """

    def __init__(
        self, answerer: Answerer, forwarder: Forwarder | None, now: Callable[[], float]
    ) -> None:
        self._answerer = answerer
        self._forwarder = forwarder
        self._now = now

    def judge(
        self, data: bytes, address: str, transport: Transport
    ) -> Answered | Forwarded | Transferred | None:
        """Return what a message gets, at once."""
        return self._answerer.answer(data, address, transport, self._now())

    async def forward(self, data: bytes, forwarded: Forwarded, transport: Transport) -> Answered:
        """Return what another resolver says about a query."""
        assert self._forwarder is not None, "nothing is forwarded for anybody without it"
        return Answered(await self._forwarder.ask(data, forwarded.query, transport))
