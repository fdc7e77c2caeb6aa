"""Exports as JSON lines: a line about the ledger, then one for each record, with its leaf hash."""

import json
from collections.abc import Iterable, Iterator

from federation.export.walk import TELL_EVERY_RECORDS, Source
from ledger.feed.value import encode_block
from ledger.merkle import leaf_hash
from ledger.record import NONCE_BYTES, StateRecord, decode_record
from ledger.state import State

FORMAT = "commontab/ledger/v1"
_STATE_TAG = 6


def export_lines(source: Source) -> Iterator[str]:
    """Give the whole ledger, a record a line: two exports are compared line by line.

    The first line has the size and the root of the tree over all records. Each other one has a
    record's ``index``, its ``hash`` (the leaf of RFC 6962 over nonce and body, in hex), its
    ``nonce`` and its fields as ``record``, as the feed with encoding ``json`` writes them.

    A window takes whole merges, by the time of each, and an account those that concern it.

    Raises:
        CodecError: A record cannot be read: the journal is damaged.
    """
    yield _dump(_describe(source.state))
    state, window = source.state, source.window
    batch: list[str] = []
    for index, data in enumerate(source.records()):
        if index % TELL_EVERY_RECORDS == 0:
            source.tell(index, state.tree.size)
        if window.account is None or window.account in _concerned(data):
            batch.append(_line(index, data))
        # A merge ends with its state record, and only that says when it was.
        if data[NONCE_BYTES + 1] == _STATE_TAG:
            record = decode_record(data)
            assert isinstance(record, StateRecord), "the tag says so"
            if window.is_over(record.time):
                return
            if window.holds(record.time):
                yield from batch
            batch.clear()
    source.tell(state.tree.size, state.tree.size)


def _describe(state: State) -> dict[str, object]:
    community = state.community
    return {
        "format": FORMAT,
        "community": state.key.hex(),
        "name": community.name if community else "",
        "size": state.tree.size,
        "root": state.tree.root.hex(),
        "time": state.time,
    }


def _concerned(data: bytes) -> Iterable[bytes]:
    return {one.account for one in getattr(decode_record(data), "concerns", ())}


def _line(index: int, data: bytes) -> str:
    # The record's text is made once, where feeds make it.
    block = encode_block(data, "json").decode()
    head = _dump({"index": index, "hash": leaf_hash(data).hex()})
    return f"{head.rstrip()[:-1]},{block[1:]}\n"


def _dump(value: dict[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
