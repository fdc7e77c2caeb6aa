"""Records of names as the DNS has them: made, checked before they are signed, and read again.

The ledger keeps a record's data as it stands on the wire and looks at no byte of it, so that no
library of the DNS decides about money. Whoever sets records checks them here first; whoever serves
them leaves out what does not hold.
"""

import re
from collections.abc import Mapping

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from federation.errors import RecordInvalid
from federation.link.address import format_key, parse_key
from ledger.name.operation import DATA_BYTES_MAX, SUB_BYTES_MAX, TTL_S_MAX, NameRecord
from ledger.name.records import RecordType, fault
from ledger.saying import said

Origin = dns.name.Name
"""An absolute name of the DNS, below which records lie."""
TYPES: Mapping[str, RecordType] = {type_.name: type_ for type_ in RecordType}
"""What a name may have, by what people call it; ``KEY`` and ``SITE`` are ours."""
TEXTS: Mapping[int, str] = {type_: text for text, type_ in TYPES.items()}
TYPES_LISTED = ", ".join(TYPES)
TLSA_HEAD_BYTES = 3
"""Usage, selector and kind of match (RFC 6698, section 2.1)."""
SUFFIX = "tab.alt"
"""Under which registries lie wherever nobody has chosen another (RFC 9476)."""
KEY_BYTES = 32
_PATH = re.compile(r"(?:/[!-~\u00a0-\U0010ffff]*)?")


def origin_of(name: str, community: bytes) -> Origin:
    """Return the absolute name under which a name's records lie for everybody.

    What a record points at relative to its name is kept under this one, which neither knows what a
    resolver calls the community nor which suffix his machine has.

    Args:
        name: Canonical.
        community: Its key, 32 bytes.
    """
    return absolute(f"{name}.{format_key(community)}.{SUFFIX}.")


def absolute(text: str) -> Origin:
    """Return the name of the DNS that a text of canonical labels stands for.

    Raises:
        RecordInvalid: None is spelled so.

    Source:
        RFC 5891, section 4.4, through dnspython: a label that is not ASCII becomes its A-label.
    """
    try:
        return dns.name.from_unicode(text, idna_codec=dns.name.IDNA_2008_Practical)
    except (dns.exception.DNSException, ValueError) as error:
        raise RecordInvalid(
            said("got {text!r}, which is no name of the DNS: {error}", text=text[:60], error=error)
        ) from error


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
        raise RecordInvalid(
            said(
                "got the type {kind}; a name may have {listed}",
                kind=record.type,
                listed=TYPES_LISTED,
            )
        )
    size, type_ = len(record.data), dns.rdatatype.RdataType.make(record.type)
    try:
        found = dns.rdata.from_wire(dns.rdataclass.IN, type_, record.data, 0, size)
        again = found.to_digestable()
    except (dns.exception.DNSException, ValueError) as error:
        raise RecordInvalid(
            said("the {kind} record's data does not read: {error}", kind=kind, error=error)
        ) from error
    if again != record.data:
        raise RecordInvalid(
            said("the {kind} record's data is not in its canonical form", kind=kind)
        )
    if record.type == RecordType.TLSA and size <= TLSA_HEAD_BYTES:
        raise RecordInvalid("got a TLSA record without a certificate or its hash")
    if record.type == RecordType.KEY and size != KEY_BYTES:
        raise RecordInvalid(
            said("got a key of {size} bytes; it has {fit}", size=size, fit=KEY_BYTES)
        )
    if record.type == RecordType.SITE:
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
        raise RecordInvalid(said("this does not fit a record: {error}", error=error)) from error
    if len(data) > DATA_BYTES_MAX:
        raise RecordInvalid(
            said(
                "got {size} bytes of data; a record has at most {most}",
                size=len(data),
                most=DATA_BYTES_MAX,
            )
        )
    if not 0 <= ttl <= TTL_S_MAX:
        raise RecordInvalid(
            said("got a TTL of {ttl} s; it is at most {most}, a week", ttl=ttl, most=TTL_S_MAX)
        )
    if len(sub) > SUB_BYTES_MAX:
        raise RecordInvalid(
            said(
                "got {sub}… before the name; at most {most} characters stand there",
                sub=sub[:40],
                most=SUB_BYTES_MAX,
            )
        )
    record = NameRecord(sub, int(rdata.rdtype), ttl, data)
    check_records((record,))
    return record


def check_records(records: tuple[NameRecord, ...]) -> None:
    """Accept the sorted records of one name: all that can be said before they are signed.

    Raises:
        RecordInvalid: One does not read, or the ledger would refuse them.
    """
    for record in records:
        rdata_of(record)
    why = fault(records)
    if why:
        raise RecordInvalid(why)


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
        raise RecordInvalid(
            said("got the key {key!r}; a key is 52 letters and digits of base32", key=key[:60])
        )
    if not _PATH.fullmatch(path):
        raise RecordInvalid(
            said("got the path {path!r}; a path begins with / and has no spaces", path=path[:60])
        )
    return found + path.encode()


def _check_site(data: bytes) -> None:
    try:
        path = data[KEY_BYTES:].decode()
    except UnicodeDecodeError:
        path = " "
    if len(data) < KEY_BYTES or not _PATH.fullmatch(path):
        raise RecordInvalid("a site has a key of 32 bytes, and then nothing or a path from / on")
