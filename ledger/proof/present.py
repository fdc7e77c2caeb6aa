"""Proofs of the present: what an account, a key, a name or a link was as of a checkpoint.

A journal's last record is the state record of its newest merge. It holds the roots of the maps of
present values, so a value, or that there is none, is proven by that record's inclusion and a path.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

from ledger.checkpoint import VerifiedCheckpoint
from ledger.codec import decode, encode
from ledger.errors import CodecError, ProofInvalid
from ledger.link.link import Link
from ledger.map import PATH_BITS, MapProof, key_path, proven_root
from ledger.merge import community_hash
from ledger.name.operation import NameRules
from ledger.name.state import RULES_KEY, NameState
from ledger.proof.inclusion import (
    InclusionProof,
    ProvenRecord,
    format_inclusion,
    parse_inclusion,
    verify_inclusion,
)
from ledger.proof.text import (
    HASH_BYTES,
    format_hashes,
    need_same,
    parse_base64,
    parse_field,
    parse_hashes,
    split_head,
)
from ledger.record import RECORD_BYTES_MAX, StateRecord
from ledger.state import Account, Community, KeyState, State

HEADER = "commontab/present/v1"
MapName = Literal["accounts", "keys", "names", "links"]
Value = Account | KeyState | Link | NameState | NameRules
_MAP, _KEY, _VALUE, _ABSENT = "map", "key", "value", "absent"
_OTHER, _COMMUNITY = "other", "community"


class _Map(NamedTuple):
    """A map's name, the bounds of its keys in bytes, and what its values are.

    None for the map of names, where the key says which of two shapes a value has.
    """

    name: MapName
    key_bytes: range
    shape: type[Account] | type[KeyState] | type[Link] | None


_MAPS: Mapping[str, _Map] = MappingProxyType(
    {
        one.name: one
        for one in (
            _Map("accounts", range(16, 17), Account),
            _Map("keys", range(32, 33), KeyState),
            _Map("names", range(1, 256), None),
            _Map("links", range(32, 33), Link),
        )
    }
)


@dataclass(frozen=True, slots=True)
class PresentProof:
    """A proof of a present value as it is written; nothing about it is verified.

    Attributes:
        map: Which map of the state record.
        key: An account's id, a public key, a name in UTF-8, or a linked community's key.
        value: Canonical bytes of what the map holds there; empty where it holds nothing.
        path: The map's path.
        community: Canonical bytes of the community's settings; empty for the map of names,
            which some follow who know nothing else of a closed ledger.
        state: Inclusion proof of the state record, with it.
    """

    map: MapName
    key: bytes
    value: bytes
    path: MapProof
    community: bytes
    state: InclusionProof


@dataclass(frozen=True, slots=True)
class ProvenState:
    """A checkpoint's last record and the settings that it commits to."""

    checkpoint: VerifiedCheckpoint
    record: StateRecord
    community: Community


@dataclass(frozen=True, slots=True)
class ProvenPresent:
    """What a map held as of a checkpoint. Made by verify_present.

    Attributes:
        checkpoint: As of which it is proven.
        record: The checkpoint's last record.
        community: The settings that the record commits to; None for the map of names.
        map: Which map.
        key: Where.
        value: The account, the key's state, the link, the name, or the rules for names; None
            where there was none.
    """

    checkpoint: VerifiedCheckpoint
    record: StateRecord
    community: Community | None
    map: MapName
    key: bytes
    value: Value | None


def prove_present(present: State, name: MapName, key: bytes, last: InclusionProof) -> PresentProof:
    """Return the proof of what a map holds at a key, present or not.

    Args:
        present: The state as of the checkpoint.
        name: Which map.
        key: An account's id, a public key, a name in UTF-8, or a linked community's key.
        last: Inclusion proof of the checkpoint's last record.
    """
    match name:
        case "accounts":
            path = present.accounts_map.prove(key)
            value: Value | None = present.accounts.get(key)
        case "keys":
            path, value = present.keys_map.prove(key), present.keys.get(key)
        case "names":
            path = present.names_map.prove(key)
            value = _name_value(present, key, path)
        case "links":
            path, value = present.links_map.prove(key), present.links.get(key)
    data = b"" if value is None else encode(value)
    assert present.community is not None, "a ledger with a state record was opened"
    settings = b"" if name == "names" else encode(present.community)
    return PresentProof(name, key, data, path, settings, last)


def _name_value(present: State, key: bytes, path: MapProof) -> NameState | NameRules | None:
    """Return what the names map holds at a key."""
    if key != RULES_KEY:
        return present.names.get(key.decode("utf-8", "replace"))
    # The rules that stand where nobody has set any are no entry of the map.
    root = proven_root(key, encode(present.name_rules), path)
    return present.name_rules if root == present.names_map.root else None


def format_present(proof: PresentProof) -> bytes:
    """Return a proof's text; ``parse_present`` gives the proof back."""
    lines = [HEADER, f"{_MAP} {proof.map}", f"{_KEY} {_base64(proof.key)}"]
    if proof.value:
        lines.append(f"{_VALUE} {_base64(proof.value)}")
    else:
        # The same path shows the absence of other keys too: a damaged key must not pass for one.
        lines.append(f"{_ABSENT} {_base64(key_path(proof.key))}")
    if proof.path.other is not None:
        lines.append(f"{_OTHER} {_base64(b''.join(proof.path.other))}")
    if proof.map != "names":
        lines.append(f"{_COMMUNITY} {_base64(proof.community)}")
    head = "\n".join(lines) + "\n" + format_hashes(proof.path.siblings)
    return f"{head}\n".encode() + format_inclusion(proof.state)


def parse_present(data: bytes) -> PresentProof:
    """Return the proof of a present value that ``data`` holds, without verifying it.

    Raises:
        ProofInvalid: Too long, or not such a proof in its one spelling.

    Source:
        docs/protocol.md, "Proofs".
    """
    lines, rest = split_head(data)
    if lines.pop(0) != HEADER:
        raise ProofInvalid(f"got a text that does not start with {HEADER}")
    of = _MAPS.get(named := parse_field(lines, _MAP))
    if of is None:
        raise ProofInvalid(f"got the map {named[:60]!r}; there are {', '.join(_MAPS)}")
    key = parse_base64(parse_field(lines, _KEY))
    value = _optional(lines, _VALUE)
    if not value:
        parse_field(lines, _ABSENT)
    other = _optional(lines, _OTHER)
    community = b"" if of.name == "names" else parse_base64(parse_field(lines, _COMMUNITY))
    path = MapProof(parse_hashes(lines, PATH_BITS), _split_other(other))
    proof = PresentProof(of.name, key, value, path, community, parse_inclusion(rest))
    need_same(data, format_present(proof))
    return proof


def verify_present(
    community: bytes, proof: PresentProof, witnesses: Iterable[bytes] = ()
) -> ProvenPresent:
    """Return what a proof shows a map to have held.

    Args:
        community: The community's public key, 32 bytes.
        proof: Parsed.
        witnesses: Public keys whose cosignatures count.

    Raises:
        ProofInvalid: The checkpoint is not the community's, the state record is not its last
            record, the settings are not those that it commits to, or the path does not lead from
            this value at this key to its root.
    """
    last = verify_inclusion(community, proof.state, witnesses)
    of = _MAPS[proof.map]
    record, settings = _read_last(last, proof)
    if len(proof.key) not in of.key_bytes:
        raise ProofInvalid(
            f"got a key of {len(proof.key)} bytes; the map of {of.name} has "
            f"{of.key_bytes.start} to {of.key_bytes.stop - 1}"
        )
    value = _decode_value(of, proof)
    if proven_root(proof.key, proof.value or None, proof.path) != _root(record, of.name):
        raise ProofInvalid(
            f"the hashes do not lead to the root that record {last.index} has for the map of "
            f"{of.name}: it is not shown what that map held"
        )
    return ProvenPresent(last.checkpoint, record, settings, of.name, proof.key, value)


def read_state(last: ProvenRecord, community: bytes) -> ProvenState:
    """Return a checkpoint's state record with the settings that it commits to.

    Args:
        last: A record of the journal.
        community: Untrusted bytes of the community's settings.

    Raises:
        ProofInvalid: It is not the checkpoint's last record, no state record, or commits to
            other settings.
    """
    record = read_state_record(last)
    try:
        settings = decode(community, Community, RECORD_BYTES_MAX)
    except CodecError as error:
        raise ProofInvalid(f"the community's settings: {error}") from error
    if community_hash(settings) != record.community_hash:
        raise ProofInvalid("the community's settings are not those of the checkpoint")
    return ProvenState(last.checkpoint, record, settings)


def read_state_record(last: ProvenRecord) -> StateRecord:
    """Return the state record that ends a checkpoint.

    Args:
        last: A record of the journal.

    Raises:
        ProofInvalid: It is not the checkpoint's last record, or no state record.
    """
    checkpoint, record = last.checkpoint, last.record
    if last.index != checkpoint.size - 1 or not isinstance(record, StateRecord):
        raise ProofInvalid(
            f"record {last.index} of {checkpoint.size} is not the state record that ends the "
            "checkpoint's last merge"
        )
    return record


def decode_name_value(key: bytes, value: bytes) -> NameState | NameRules:
    """Return what the names map holds at a key: a name, or the rules.

    Raises:
        CodecError: Not canonical, or the value of another key.
    """
    if key == RULES_KEY:
        return decode(value, NameRules, RECORD_BYTES_MAX)
    state = decode(value, NameState, RECORD_BYTES_MAX)
    if state.name.encode() != key:
        raise CodecError(f"got the name {state.name[:64]!r} at {key[:64]!r}")
    return state


def _read_last(last: ProvenRecord, proof: PresentProof) -> tuple[StateRecord, Community | None]:
    if proof.map == "names":
        return read_state_record(last), None
    state = read_state(last, proof.community)
    return state.record, state.community


def _decode_value(of: _Map, proof: PresentProof) -> Value | None:
    if not proof.value:
        return None
    try:
        if of.shape is None:
            return decode_name_value(proof.key, proof.value)
        value: Account | KeyState | Link = decode(proof.value, of.shape, RECORD_BYTES_MAX)
    except CodecError as error:
        raise ProofInvalid(f"the value in the map of {of.name}: {error}") from error
    named = value.id if isinstance(value, Account) else value.key
    if named != proof.key:
        raise ProofInvalid(f"the value in the map of {of.name} is another key's")
    return value


def _root(record: StateRecord, name: MapName) -> bytes:
    match name:
        case "accounts":
            return record.accounts_root
        case "keys":
            return record.keys_root
        case "names":
            return record.names_root
        case "links":
            return record.links_root


def _optional(lines: list[str], name: str) -> bytes:
    return (
        parse_base64(parse_field(lines, name)) if lines and lines[0].startswith(f"{name} ") else b""
    )


def _split_other(joined: bytes) -> tuple[bytes, bytes] | None:
    """Return the path and the value hash of another entry; ``proven_root`` judges their lengths."""
    return (joined[:HASH_BYTES], joined[HASH_BYTES:]) if joined else None


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
