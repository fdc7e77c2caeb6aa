"""What we answer to other nodes, so that lookups through us work: no I/O, `now` comes in."""

from federation.dht import krpc
from federation.dht.contact import Address, pack_nodes
from federation.dht.routing import RoutingTable
from federation.dht.settings import DhtSettings
from federation.dht.storage import Storage, Tokens

_TEXTS = {
    krpc.SERVER_ERROR: "no room",
    krpc.PROTOCOL_ERROR: "invalid token",
    krpc.METHOD_UNKNOWN: "method unknown",
    krpc.VALUE_TOO_BIG: "message (v field) too big",
    krpc.SIGNATURE_WRONG: "invalid signature",
    krpc.SALT_TOO_BIG: "salt (salt field) too big",
    krpc.CAS_MISMATCH: "the CAS hash mismatched, re-read value and try again",
    krpc.SEQ_TOO_LOW: "sequence number less than current",
}
"""As BEP 5 and BEP 44 word them."""


class Responder:
    """Answers queries from the routing table and the storage."""

    def __init__(
        self, table: RoutingTable, storage: Storage, tokens: Tokens, settings: DhtSettings
    ) -> None:
        self._table = table
        self._storage = storage
        self._tokens = tokens
        self._settings = settings

    def respond(self, query: krpc.Query, sender: Address, now: float) -> krpc.Reply | krpc.Failure:
        """Return the reply to a query.

        A reply is never longer than one datagram of 1,500 bytes. Only ``put`` needs a token: it
        is the only query that makes us keep anything.
        """
        said = self._answer(query.question, sender, now)
        if isinstance(said, int):
            return krpc.Failure(query.transaction, said, _TEXTS[said])
        return krpc.Reply(query.transaction, said)

    def _answer(self, question: krpc.Question, sender: Address, now: float) -> krpc.Answer | int:
        own_id = self._table.own_id
        match question:
            case krpc.Get(target, seq):
                return self._give(target, seq, sender, now)
            case krpc.Ping():
                said = krpc.Answer(own_id)
            case krpc.FindNode(target):
                said = krpc.Answer(own_id, self._nodes(target))
            case krpc.GetPeers(infohash):
                token = self._tokens.issue(sender, now)
                said = krpc.Answer(own_id, self._nodes(infohash), token)
            case krpc.Unknown():
                return krpc.METHOD_UNKNOWN
            case _:
                return self._keep(question, sender, now) or krpc.Answer(own_id)
        return said

    def _give(self, target: bytes, seq: int | None, sender: Address, now: float) -> krpc.Answer:
        answer = (self._table.own_id, self._nodes(target), self._tokens.issue(sender, now))
        item = self._storage.item(target, now)
        if item is None:
            return krpc.Answer(*answer, value=self._storage.value(target, now) or b"")
        if seq is not None and item.seq <= seq:
            # BEP 44, "seq": what is not newer than asked is left out, but for its seq.
            return krpc.Answer(*answer, seq=item.seq)
        return krpc.Answer(*answer, item.slot.key, item.signature, item.seq, item.value)

    def _keep(
        self,
        question: krpc.PutItem | krpc.PutValue | krpc.AnnouncePeer,
        sender: Address,
        now: float,
    ) -> int:
        if not self._tokens.fits(question.token, sender, now):
            return krpc.PROTOCOL_ERROR
        match question:
            case krpc.PutItem(_, item, cas):
                return self._storage.put_item(item, cas, sender[0], now)
            case krpc.PutValue(_, value):
                return self._storage.put_value(value, sender[0], now)
        return 0  # peers are kept by the BitTorrent node, not here

    def _nodes(self, target: bytes) -> bytes:
        return pack_nodes(self._table.closest(target, self._settings.k))
