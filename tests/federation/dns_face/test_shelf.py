"""What is kept of a registry's names, and how it is shown under another suffix."""

import pytest

from federation.dns_face.run import parse_networks, parse_resolver
from federation.dns_face.shelf import Shelf, describe_community, read_text
from federation.link.address import format_key
from federation.names.records import rdata_of
from federation.settings import SettingsInvalid
from ledger.name.operation import NameRecord
from ledger.name.state import NameState
from tests.support.dns_source import NOW, record

COMMUNITY = bytes(range(32))
KEY = format_key(COMMUNITY)
OWNER = bytes(16)
SUFFIX = (b"names", b"example")


class Written:
    """A register that the test writes into, and that counts how often it is asked."""

    def __init__(self, *names: NameState) -> None:
        self.held = {one.name: one for one in names}
        self.asked = 0

    def lookup(self, name: str) -> NameState | None:
        self.asked += 1
        return self.held.get(name)

    def names(self) -> list[str]:
        return list(self.held)


def state(name: str, *records: NameRecord, owner: bytes | None = OWNER) -> NameState:
    key = None if owner is None else bytes([7]) * 32
    return NameState(name, owner, NOW, 1, NOW + 9, key, records, None, None, False, 1)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("CNAME", "{}"),
        ("MX", "10 {}"),
        ("SRV", "1 2 443 {}"),
        ("SVCB", "1 {} port=53"),
        ("HTTPS", "1 {} alpn=h2"),
    ],
)
def test_targets_in_the_registry_are_shown_under_the_suffix(kind: str, text: str) -> None:
    written = record("www", kind, text.format(f"mail.bakery.{KEY}.tab.alt."))
    elsewhere = record("away", kind, text.format("www.tab.alt.example."))
    register = Written(state("bakery", written, elsewhere))
    for suffix, shown in ((SUFFIX, "names.example"), ((b"tab", b"alt"), "tab.alt")):
        records, expires = Shelf(1, suffix).read(register, b"bakery")
        assert records is not None
        assert f"mail.bakery.{KEY}.{shown}." in rdata_of(records[0]).to_text()
        assert records[1] == elsewhere
        assert expires == NOW + 9


def test_other_data_that_ends_like_a_suffix_is_left_as_it_is() -> None:
    held = record("", "TXT", '"x.tab.alt."')
    records, _ = Shelf(1, SUFFIX).read(Written(state("bakery", held)), b"bakery")
    assert records is not None
    assert records[0] == held


def test_a_name_shows_its_key_unless_it_says_another_or_is_an_alias() -> None:
    own = record("", "KEY", "09" * 32)
    alias = record("", "CNAME", "elsewhere.example.")
    for records, types in (((), [65280]), ((own,), [65280]), ((alias,), [5])):
        found, _ = Shelf(1, SUFFIX).read(Written(state("bakery", *records)), b"bakery")
        assert found is not None
        assert [one.type for one in found] == types
    assert Shelf(1, SUFFIX).read(Written(state("kept", owner=None)), b"kept") == (None, 0)


def test_what_was_read_is_kept_until_it_changes() -> None:
    register = Written(state("bakery"), state("bäcker"))
    shelf = Shelf(2, SUFFIX)
    labels = [b"bakery", b"river", b"xn--bcker-gra"]
    assert shelf.labels(register, {b"river"}) == labels
    for label in (b"bakery", b"bakery", b"xn--bcker-gra", b"nobody", b"nobody", b"\xff"):
        shelf.read(register, label)
    assert register.asked == 3
    register.held = {"river": state("river"), "mill": state("mill")}
    changes = [(b"bakery", False), ("bäcker".encode(), False), (b"mill", True), (b"river", True)]
    shelf.renew(6, changes, {b"river"})
    assert shelf.labels(register, {b"river"}) == [b"mill", b"river"]
    assert shelf.read(register, b"bakery") == (None, 0)
    shelf.renew(8, [(b"river", False), (b"mill", False)], {b"river"})
    assert shelf.labels(register, {b"river"}) == [b"river"]
    assert shelf.changes == 8


def test_labels_that_are_none_are_no_text() -> None:
    assert read_text(b"xn--bcker-gra") == "bäcker"
    for label in (b"\xff", b"a b", b"xn--a", b"", b"a" * 64):
        assert read_text(label) is None
    (told,) = describe_community(COMMUNITY)
    assert rdata_of(told).to_text() == f'"key={KEY}"'


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("9.9.9.9", ("9.9.9.9", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2620:fe::fe", ("2620:fe::fe", 53)),
        ("[2620:fe::fe]:853", ("2620:fe::fe", 853)),
    ],
)
def test_a_resolver_is_an_address_and_perhaps_a_port(typed: str, expected: tuple[str, int]) -> None:
    assert parse_resolver(typed) == expected


@pytest.mark.parametrize("typed", ["", "dns.example", "9.9.9.9:", "9.9.9.9:99999", "9.9.9.9:x"])
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(SettingsInvalid, match="type its address"):
        parse_resolver(typed)


def test_networks_are_read_as_they_are_written_elsewhere() -> None:
    assert [str(one) for one in parse_networks(["192.0.2.7", "2001:db8::/56"])] == [
        "192.0.2.7/32",
        "2001:db8::/56",
    ]
    with pytest.raises(SettingsInvalid, match="type an address or a network"):
        parse_networks(["192.0.2.7/24"])
