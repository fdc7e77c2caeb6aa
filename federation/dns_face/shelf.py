"""What was read of one community's names: single ones, and the order of all of them."""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Protocol

from federation.dns_face.wire import CNAME, Labels
from federation.link.address import format_key
from federation.names.records import SUFFIX
from ledger.errors import NameInvalid
from ledger.name.operation import NameRecord
from ledger.name.records import RecordType
from ledger.name.state import RULES_KEY, NameState
from ledger.names import format_label, read_label
from ledger.proof.present import decode_name_value
from ledger.store.names import NameLog

KEPT_MAX = 131_072
"""Names that are kept as they were read, about a kilobyte each."""
KEY_TTL_S = 300
_WRITTEN = tuple(SUFFIX.encode().split(b"."))
"""The suffix that records are signed with, wherever they are served."""
_NAME_AT = {CNAME: 0, 15: 2, 33: 6, 64: 2, 65: 2}
"""Where a name stands in the data of CNAME, MX, SRV, SVCB and HTTPS records."""

Kept = tuple[tuple[NameRecord, ...] | None, int]
"""A name's records, None where there is none, and the Unix time of its end."""


class Register(Protocol):
    """What names are read from: a followed registry, or the own names' log."""

    def lookup(self, name: str) -> NameState | None:
        """Return what stands at a canonical name, whether it resolves or not."""

    def names(self) -> Iterable[str]:
        """Return all names that something stands at, in no order."""


class OwnNames:
    """The own names, folded from the log of their map, so that none is looked up in tables.

    Args:
        log: Of the journal.
    """

    def __init__(self, log: NameLog) -> None:
        self._log = log
        self._values: dict[bytes, bytes] = {}
        self.changes = 0

    def renew(self) -> list[tuple[bytes, bool]]:
        """Take in what is new; return the changed keys, and whether anything stands there now.

        Raises:
            LedgerError: The log cannot be read.
        """
        count = self._log.count()
        if count < self.changes:
            # Another ledger lies here now, such as one from a backup.
            self._values, self.changes = {}, 0
        changed = []
        for change in self._log.changes(self.changes, count):
            if change.key == RULES_KEY:
                continue
            changed.append((change.key, change.value is not None))
            if change.value is None:
                self._values.pop(change.key, None)
            else:
                self._values[change.key] = change.value
        self.changes = count
        return changed

    def lookup(self, name: str) -> NameState | None:
        """Return what stands at a canonical name."""
        key = name.encode()
        value = self._values.get(key)
        held = None if value is None else decode_name_value(key, value)
        assert held is None or isinstance(held, NameState), "rules were left out"
        return held

    def names(self) -> Iterable[str]:
        """Return all names."""
        return (key.decode() for key in self._values)


class Shelf:
    """Names of one community that were read.

    Args:
        changes: How many changes its names had by then.
        suffix: Under which they are served.
    """

    def __init__(self, changes: int, suffix: Labels) -> None:
        self.changes = changes
        self._suffix = suffix
        self._found: OrderedDict[bytes, Kept] = OrderedDict()
        self._labels: list[bytes] | None = None

    def read(self, registry: Register, label: bytes) -> Kept:
        """Return what stands at a label."""
        kept = self._found.get(label)
        if kept is None:
            text = read_text(label)
            held = None if text is None else registry.lookup(text)
            kept = (None, 0) if held is None else self._write(held)
            self._found[label] = kept
            if len(self._found) > KEPT_MAX:
                self._found.popitem(last=False)
        return kept

    def labels(self, registry: Register, called: AbstractSet[bytes]) -> list[bytes]:
        """Return the labels of all names, ascending, with those that communities are called by."""
        if self._labels is None:
            own = {format_label(name).encode() for name in registry.names()}
            self._labels = sorted(own | called)
        return self._labels

    def forget_labels(self) -> None:
        """Put them in order anew when they are asked for: communities are called otherwise."""
        self._labels = None

    def renew(
        self, changes: int, changed: Iterable[tuple[bytes, bool]], called: AbstractSet[bytes]
    ) -> None:
        """Drop what changed.

        Args:
            changes: How many changes there are now.
            changed: Keys of the names map, and whether anything stands there now.
            called: Labels that communities are called by, which stay.
        """
        self.changes = changes
        for key, stands in changed:
            label = format_label(key.decode()).encode()
            self._found.pop(label, None)
            if self._labels is not None:
                _place(self._labels, label, stands=stands or label in called)

    def _write(self, held: NameState) -> Kept:
        """Return a name's records as they are served, with the key that it stands for."""
        if held.owner is None:
            return None, 0
        records = [_move(record, self._suffix) for record in held.records]
        own = {record.type for record in records if not record.sub}
        if held.key is not None and not own & {CNAME, RecordType.KEY}:
            records.append(NameRecord("", RecordType.KEY, KEY_TTL_S, held.key))
        return tuple(records), held.expires


def read_text(label: bytes) -> str | None:
    """Return a label as handles are spelled; None where it is none."""
    try:
        return read_label(label.decode("ascii"))
    except (UnicodeDecodeError, NameInvalid):
        return None


def describe_community(key: bytes) -> tuple[NameRecord, ...]:
    """Return what stands at a community itself: whose names they are, as a TXT record."""
    text = f"key={format_key(key)}".encode()
    return (NameRecord("", 16, KEY_TTL_S, bytes((len(text),)) + text),)


def _place(labels: list[bytes], label: bytes, *, stands: bool) -> None:
    """Put a label into its place, or take it out."""
    at = bisect_left(labels, label)
    there = at < len(labels) and labels[at] == label
    if stands and not there:
        labels.insert(at, label)
    elif there and not stands:
        del labels[at]


def _move(record: NameRecord, suffix: Labels) -> NameRecord:
    """Return a record whose data names what is below the suffix that names are served under.

    People sign one form, ``….KEY.tab.alt``, and every face shows it under its own suffix.
    """
    at = _NAME_AT.get(record.type)
    if at is None or suffix == _WRITTEN:
        return record
    ends = b"".join(bytes((len(label),)) + label for label in _WRITTEN) + b"\0"
    end = record.data.find(b"\0", at) + 1
    if not end or not record.data[at:end].endswith(ends):
        return record
    new = b"".join(bytes((len(label),)) + label for label in suffix) + b"\0"
    data = record.data[: end - len(ends)] + new + record.data[end:]
    return NameRecord(record.sub, record.type, record.ttl, data)
