"""Zone files: a name's records as text, in and out, and a whole registry for other servers."""

from collections.abc import Iterable, Iterator, Sequence

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer
import dns.ttl

from federation.errors import RecordInvalid
from federation.names.records import (
    TYPES,
    TYPES_LISTED,
    check_records,
    format_key_data,
    make_record,
    origin_of,
    parse_key_data,
    rdata_of,
)
from ledger.name.operation import RECORDS_MAX, NameRecord
from ledger.name.records import RecordType, sort_records
from ledger.saying import said

TEXT_CHARS_MAX = 65_536
"""Longest text that is read, characters; all records of a name take a tenth of it."""
TTL_S = 300
"""How long others keep a record unless its line says otherwise, seconds."""
_IN = dns.rdataclass.IN
_SOA = "IN SOA localhost. hostmaster.localhost. {serial} 60 60 604800 60"
_OURS = frozenset({"KEY", "SITE"})
_SERIALS = 2**32


def parse_records(text: str, origin: dns.name.Name) -> tuple[NameRecord, ...]:
    """Return the records that a zone file of one name has, sorted, each once.

    Lines are as RFC 1035, section 5.1, has them, with ``$ORIGIN`` and ``$TTL`` (RFC 2308); an owner
    is relative to the name, and so are the names that data names. The first ``$ORIGIN`` says what
    the file calls the name: one that was written for another place is read as it was meant. Beside
    the DNS's own types, ``KEY`` is an Ed25519 key in base32, and ``SITE`` one with a path.

    Args:
        text: Untrusted; a line without a TTL gets 300 s.
        origin: The name itself, absolute.

    Raises:
        RecordInvalid: It does not read, or what it says does not fit; the message says which line.
    """
    if len(text) > TEXT_CHARS_MAX:
        raise RecordInvalid(
            said(
                "got {size} characters; a zone file has at most {most}",
                size=len(text),
                most=TEXT_CHARS_MAX,
            )
        )
    records = sort_records(set(_Reader(text, origin).read()))
    check_records(records)
    return records


def format_record(record: NameRecord, origin: dns.name.Name, *, plain: bool = False) -> str:
    """Return a record as a line of a zone file whose origin is the name.

    Args:
        record: Whatever a registry has; data that does not read is written in hex.
        origin: The name itself, absolute.
        plain: Only what other programs read: ``key`` and ``site`` in hex too (RFC 3597, section 5).
    """
    owner = record.sub or "@"
    try:
        rdata = rdata_of(record)
    except RecordInvalid:
        return f"{owner} {record.ttl} IN {_generic(record)}"
    kind = RecordType(record.type).name
    if kind in _OURS:
        said = f"{kind} {format_key_data(record.data)}"
        return f"{owner} {record.ttl} IN {_generic(record) if plain else said}"
    return f"{owner} {record.ttl} IN {kind} {rdata.to_text(origin=origin, relativize=True)}"


def format_name(origin: dns.name.Name, records: Sequence[NameRecord]) -> str:
    """Return the zone file of one name, as ``parse_records`` and other programs read it."""
    lines = [format_record(record, origin, plain=True) for record in records]
    return "\n".join([f"$ORIGIN {origin.to_text()}", *lines, ""])


def write_zone(
    origin: dns.name.Name,
    community: bytes,
    serial: int,
    names: Iterable[tuple[str, Sequence[NameRecord]]],
) -> Iterator[str]:
    """Yield the lines of a registry's zone, as any authoritative server loads it.

    Data that does not read is left out, as the DNS face leaves it out.

    Args:
        origin: Of the registry, absolute.
        community: Its key, 32 bytes.
        serial: The journal's size.
        names: Each name with its records.
    """
    yield f"$ORIGIN {origin.to_text()}\n@ 60 {_SOA.format(serial=serial % _SERIALS)}\n"
    yield "@ 60 IN NS localhost.\n"
    for name, records in names:
        own = origin_of(name, community)
        there = dns.name.Name((own.labels[0], *origin.labels))
        lines = [format_record(record, own, plain=True) for record in records if _reads(record)]
        if lines:
            yield "\n".join([f"$ORIGIN {there.to_text()}", *lines, ""])


class _Reader:
    """Reads one zone file, entry by entry."""

    def __init__(self, text: str, origin: dns.name.Name) -> None:
        self._tokens = dns.tokenizer.Tokenizer(text, idna_codec=dns.name.IDNA_2008_Practical)
        self._own = origin
        self._called = origin
        self._origin = origin
        self._owner = origin
        self._ttl = TTL_S

    def read(self) -> Iterator[NameRecord]:
        """Yield what the lines say.

        Raises:
            RecordInvalid: A line does not read; the message says which.
        """
        found = 0
        while True:
            line = self._tokens.line_number
            try:
                token = self._tokens.get(want_leading=True)
                if token.is_eof():
                    return
                record = None if token.is_eol() else self._read_entry(token)
            except (dns.exception.DNSException, RecordInvalid, ValueError) as error:
                raise RecordInvalid(said("line {line}: {error}", line=line, error=error)) from error
            if record is not None:
                found += 1
                if found > RECORDS_MAX:
                    raise RecordInvalid(
                        said("a name has at most {most} records; this has more", most=RECORDS_MAX)
                    )
                yield record

    def _read_entry(self, token: dns.tokenizer.Token) -> NameRecord | None:
        tokens = self._tokens
        if token.is_identifier() and token.value.startswith("$"):
            self._read_directive(token.value.upper())
            return None
        if token.is_whitespace():
            following = tokens.get()
            tokens.unget(following)
            if following.is_eol_or_eof():
                return None
        else:
            self._owner = self._at_home(tokens.as_name(token, self._origin))
        sub = self._sub_of(self._owner)
        ttl, kind = self._read_kind()
        return make_record(sub, ttl, self._read_data(kind))

    def _read_directive(self, directive: str) -> None:
        match directive:
            case "$TTL":
                self._ttl = self._tokens.get_ttl()
            case "$ORIGIN":
                self._origin = self._place(self._tokens.get_name(self._origin))
            case _:
                raise RecordInvalid(
                    said(
                        "got {directive}; only $ORIGIN and $TTL are read", directive=directive[:20]
                    )
                )
        self._tokens.get_eol()

    def _place(self, named: dns.name.Name) -> dns.name.Name:
        """Return where an ``$ORIGIN`` leads; the first one may call the name something else."""
        if self._called == self._own and not named.is_subdomain(self._own):
            self._called = named
        return self._at_home(named)

    def _at_home(self, named: dns.name.Name) -> dns.name.Name:
        """Return what lies below what the file calls the name, below the name itself."""
        if named.is_subdomain(self._called):
            return named.relativize(self._called).derelativize(self._own)
        return named

    def _sub_of(self, owner: dns.name.Name) -> str:
        if not owner.is_subdomain(self._own):
            raise RecordInvalid(
                said(
                    "{owner} does not lie at or below {origin}",
                    owner=str(owner)[:60],
                    origin=str(self._called),
                )
            )
        sub = owner.relativize(self._own).canonicalize().to_text()
        return "" if sub == "@" else sub

    def _read_kind(self) -> tuple[int, str]:
        """Return TTL and type; before the type the TTL and the class stand in either order."""
        ttl = self._ttl
        while True:
            word = self._tokens.get_identifier().upper()
            if word[:1].isdigit():
                ttl = dns.ttl.from_text(word)
            elif word != "IN":
                return ttl, word

    def _read_data(self, kind: str) -> dns.rdata.Rdata:
        if kind not in TYPES and not kind.startswith("TYPE"):
            raise RecordInvalid(
                said(
                    "got the type {kind!r}; a name may have {listed}",
                    kind=kind[:20],
                    listed=TYPES_LISTED,
                )
            )
        type_ = dns.rdatatype.RdataType.make(TYPES.get(kind, kind))
        if kind not in _OURS:
            return dns.rdata.from_text(_IN, type_, self._tokens, self._origin, relativize=False)
        words = [str(token.unescape().value) for token in self._tokens.get_remaining()]
        if len(words) not in {"KEY": (1,), "SITE": (1, 2)}[kind]:
            raise RecordInvalid(
                said(
                    "got {count} words after {kind}; it takes a key in base32, and SITE perhaps a "
                    "path",
                    count=len(words),
                    kind=kind,
                )
            )
        return dns.rdata.GenericRdata(_IN, type_, parse_key_data(*words))


def _reads(record: NameRecord) -> bool:
    try:
        rdata_of(record)
    except RecordInvalid:
        return False
    return True


def _generic(record: NameRecord) -> str:
    """Return type and data as every server reads them (RFC 3597, section 5)."""
    return f"TYPE{record.type} \\# {len(record.data)} {record.data.hex()}"
