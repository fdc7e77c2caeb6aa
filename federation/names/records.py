"""Records of names as the DNS has them: made, checked before they are signed, and read again.

The ledger keeps a record's data as it stands on the wire and looks at no byte of it, so that no
library of the DNS decides about money. Whoever sets records checks them here first; whoever serves
them leaves out what does not hold.
"""

import re
from collections.abc import Iterable, Mapping

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from federation.errors import RecordInvalid
from federation.link.address import format_key, parse_key
from ledger.name.operation import DATA_BYTES_MAX, SUB_BYTES_MAX, TTL_S_MAX, NameRecord

KEY, SITE = 65280, 65281
"""Private-use types (RFC 6895, section 3.1): an Ed25519 key; such a key and a path."""
TYPES: Mapping[str, int] = {
    "A": 1,
    "CNAME": 5,
    "MX": 15,
    "TXT": 16,
    "AAAA": 28,
    "SRV": 33,
    "TLSA": 52,
    "SVCB": 64,
    "HTTPS": 65,
    "CAA": 257,
    "KEY": KEY,
    "SITE": SITE,
}
"""What a name may have, by what people call it."""
TEXTS: Mapping[int, str] = {number: text for text, number in TYPES.items()}
CNAME = TYPES["CNAME"]
TLSA = TYPES["TLSA"]
TLSA_HEAD_BYTES = 3
"""Usage, selector and kind of match (RFC 6698, section 2.1)."""
SUFFIX = "tab.alt"
"""Under which registries lie wherever nobody has chosen another (RFC 9476)."""
SUB_LABELS_MAX = 4
KEY_BYTES = 32

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
"""A host's label (RFC 1123, section 2.1), or one of a service, with underscores (RFC 8552)."""
_PATH = re.compile(r"(?:/[!-~\u00a0-\U0010ffff]*)?")


def origin_of(name: str, community: bytes) -> dns.name.Name:
    """Return the absolute name under which a name's records lie for everybody.

    What a record points at relative to its name is kept under this one, which neither knows what a
    resolver calls the community nor which suffix his machine has.

    Args:
        name: Canonical.
        community: Its key, 32 bytes.
    """
    return absolute(f"{name}.{format_key(community)}.{SUFFIX}.")


def absolute(text: str) -> dns.name.Name:
    """Return the name of the DNS that a text of canonical labels stands for.

    Source:
        RFC 5891, section 4.4, through dnspython: a label that is not ASCII becomes its A-label.
    """
    return dns.name.from_unicode(text, idna_codec=dns.name.IDNA_2008_Practical)


def rdata_of(record: NameRecord) -> dns.rdata.Rdata:
    """Return a record's data as dnspython has it; ``key`` and ``site`` as it has unknown types.

    Args:
        record: Untrusted.

    Raises:
        RecordInvalid: The data is not what its type says, or not in its one canonical form.

    Source:
        RFC 1035, section 3.3; RFC 3597, section 4 (nothing compressed); RFC 4034, section 6.2, as
        RFC 6840, section 5.1, has it (names in lower case).
    """
    kind = TEXTS.get(record.type)
    if kind is None:
        raise RecordInvalid(f"got the type {record.type}; a name may have {listed_types()}")
    size, type_ = len(record.data), dns.rdatatype.RdataType.make(record.type)
    try:
        found = dns.rdata.from_wire(dns.rdataclass.IN, type_, record.data, 0, size)
        again = found.to_digestable()
    except (dns.exception.DNSException, ValueError) as error:
        raise RecordInvalid(f"the {kind} record's data does not read: {error}") from error
    if again != record.data:
        raise RecordInvalid(f"the {kind} record's data is not in its canonical form")
    if record.type == TLSA and size <= TLSA_HEAD_BYTES:
        raise RecordInvalid("got a TLSA record without a certificate or its hash")
    if record.type == KEY and size != KEY_BYTES:
        raise RecordInvalid(f"got a key of {size} bytes; it has {KEY_BYTES}")
    if record.type == SITE:
        _check_site(record.data)
    return found


def make_record(sub: str, ttl: int, rdata: dns.rdata.Rdata) -> NameRecord:
    """Return a record, checked.

    Args:
        sub: What stands before the name, empty for the name itself; lower case, A-labels.
        ttl: Seconds, 0 to 604,800.
        rdata: With absolute names.

    Raises:
        RecordInvalid: Anything of it does not fit.
    """
    try:
        data = rdata.to_digestable()
    except (dns.exception.DNSException, ValueError) as error:
        raise RecordInvalid(f"this does not fit a record: {error}") from error
    if len(data) > DATA_BYTES_MAX:
        raise RecordInvalid(f"got {len(data)} bytes of data; a record has at most {DATA_BYTES_MAX}")
    if not 0 <= ttl <= TTL_S_MAX:
        raise RecordInvalid(f"got a TTL of {ttl} s; it is at most {TTL_S_MAX}, a week")
    _check_sub(sub)
    record = NameRecord(sub, int(rdata.rdtype), ttl, data)
    rdata_of(record)
    return record


def check_records(records: Iterable[NameRecord]) -> None:
    """Accept the records of one name, all that can be said about them before they are signed.

    Raises:
        RecordInvalid: One does not hold, a CNAME is not alone, or one set has two TTLs.

    Source:
        RFC 1034, section 3.6.2, for CNAME; RFC 2181, section 5.2, for TTLs.
    """
    kinds: dict[str, set[int]] = {}
    ttls: dict[tuple[str, int], int] = {}
    for record in records:
        rdata_of(record)
        _check_sub(record.sub)
        here = kinds.setdefault(record.sub, set())
        if CNAME in here or (record.type == CNAME and here):
            raise RecordInvalid(
                f"{record.sub or '@'} has a CNAME, which stands alone: no other record beside it"
            )
        here.add(record.type)
        known = ttls.setdefault((record.sub, record.type), record.ttl)
        if known != record.ttl:
            raise RecordInvalid(
                f"the {TEXTS[record.type]} records of {record.sub or '@'} have the TTLs {known} "
                f"and {record.ttl}; records of one kind go together with one"
            )


def format_key_data(data: bytes) -> str:
    """Return what a ``key`` or ``site`` record holds, as people write it: base32 and a path."""
    path = data[KEY_BYTES:].decode(errors="replace")
    return " ".join(filter(None, (format_key(data[:KEY_BYTES]), path)))


def parse_key_data(key: str, path: str = "") -> bytes:
    """Return the data of a ``key`` record, or with a path of a ``site`` record.

    Raises:
        RecordInvalid: Not 52 characters of base32, or not a path.
    """
    found = parse_key(key)
    if found is None:
        raise RecordInvalid(f"got the key {key[:60]!r}; a key is 52 letters and digits of base32")
    if not _PATH.fullmatch(path):
        raise RecordInvalid(f"got the path {path[:60]!r}; a path begins with / and has no spaces")
    return found + path.encode()


def listed_types() -> str:
    """Return the types that a name may have, in a sentence."""
    return ", ".join(TYPES)


def _check_site(data: bytes) -> None:
    try:
        path = data[KEY_BYTES:].decode()
    except UnicodeDecodeError:
        path = " "
    if len(data) < KEY_BYTES or not _PATH.fullmatch(path):
        raise RecordInvalid("a site has a key of 32 bytes, and then nothing or a path from / on")


def _check_sub(sub: str) -> None:
    """Accept what stands before a name.

    Source:
        RFC 1035, section 2.3.1, with a first label ``*`` (RFC 4592, section 2.1.1).
    """
    labels = sub.removeprefix("*.").split(".") if sub not in {"", "*"} else []
    if len(sub) > SUB_BYTES_MAX or len(labels) + sub.startswith("*.") > SUB_LABELS_MAX:
        raise RecordInvalid(
            f"got {sub[:60]!r} before the name; at most {SUB_LABELS_MAX} labels and "
            f"{SUB_BYTES_MAX} characters stand there"
        )
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise RecordInvalid(
            f"got {sub[:60]!r} before the name; it has letters, digits, - and _, or a * in front"
        )
