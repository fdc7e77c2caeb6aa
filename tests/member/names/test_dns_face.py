"""`commontab dns` over a home's ledger and what it follows: the names, and when they change."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import dns.dnssec
import dns.message
import dns.rcode
import dns.rdata
import dns.rrset
import pytest

from federation.dns_face.answer import Answerer
from federation.dns_face.message import Answered, Transport
from federation.dns_face.registries import RegistrySource
from federation.dns_face.run import zone_key
from federation.dns_face.zone import Zone
from federation.home import Home
from federation.link.address import format_key
from federation.link.key import link_seed
from federation.names.open import Names, open_names
from federation.names.records import origin_of
from ledger import crypto
from ledger.link.terms import NO_FEE
from ledger.name.operation import Claim, NameRecord, Release, SetRecords
from ledger.operation import AddLink, Operation
from ledger.outcome import Fate
from ledger.store.database import Role
from tests.support.dns_source import SECRET
from tests.support.hamlet import refresh
from tests.support.pressroom import Pressroom
from tests.support.prompt import Cli
from tests.support.realm import IN_EUR
from tests.support.township import Town, seed_of
from tests.support.weather import SimClock

DAY_S = 86_400


def address(sub: str, digit: int) -> NameRecord:
    return NameRecord(sub, 1, 300, bytes([192, 0, 2, digit]))


def do(town: Town, who: str, *operations: Operation) -> None:
    outcome = town.ask(who, *operations)
    assert outcome.fate is Fate.MERGED, outcome


class Today(SimClock):
    """The machine's own calendar."""

    def now(self) -> int:
        return int(time.time())


@pytest.fixture
def town(town: Town) -> Town:
    town.now = int(time.time())
    target = origin_of("bakery", town.key).to_wire() or b""
    do(town, "anna", Claim("bakery", 0, None), Claim("shop", 0, None), Claim("bäcker", 0, None))
    do(
        town,
        "anna",
        SetRecords("bakery", (address("", 1), address("www", 2)), None),
        SetRecords("shop", (NameRecord("", 5, 300, target),), None),
    )
    return town


@pytest.fixture
def river(tmp_path: Path, town: Town, home: Home) -> Pressroom:
    """A linked community whose names this home has followed; it calls nobody."""
    river = Town("dora", name="river")
    river.now = int(time.time())
    do(river, "dora", Claim("mill", 0, None), SetRecords("mill", (address("", 7),), None))
    theirs, ours = (crypto.public_key(link_seed(one.seed)) for one in (river, town))
    town.manage(AddLink(river.key, theirs, ours, "river", "River", IN_EUR, False, NO_FEE, 9, 9))
    refresh(home, town)
    return Pressroom(river, tmp_path / "river")


def follow(home: Home, room: Pressroom) -> None:
    async def publish() -> None:
        await room.publish()
        await room.registry_follower(home.registries, Today()).follow()

    asyncio.run(publish())


class Face:
    """The face of a home, without sockets."""

    def __init__(self, names: Names, suffix: tuple[bytes, ...] = (b"tab", b"alt")) -> None:
        self.now = int(time.time())
        self.source = RegistrySource(names, suffix, always_fresh=False)
        self.source.update(self.now)
        self.key = zone_key(seed_of("anna"), suffix)
        self.suffix = b".".join(suffix).decode()
        self._answerer = Answerer(Zone(self.source, suffix, self.key), SECRET)

    def ask(self, name: str, kind: str = "A") -> dns.message.Message:
        asked = dns.message.make_query(f"{name}.{self.suffix}.", kind, want_dnssec=True)
        given = self._answerer.answer(asked.to_wire(), "127.0.0.1", Transport.TCP, self.now)
        assert isinstance(given, Answered)
        answer = dns.message.from_wire(given.message)
        key = dns.rdata.from_wire("IN", "DNSKEY", self.key.dnskey, 0, len(self.key.dnskey))
        zone = dns.name.from_text(self.suffix)
        keys = {zone: dns.rrset.from_rdata(zone, 60, key)}
        for section in (answer.answer, answer.authority):
            for held in section:
                if held.rdtype != dns.rdatatype.RRSIG:
                    signed = answer.find_rrset(
                        section, held.name, dns.rdataclass.IN, dns.rdatatype.RRSIG, held.rdtype
                    )
                    dns.dnssec.validate(held, signed, dict(keys), now=self.now)
        return answer

    def code(self, name: str, kind: str = "A") -> str:
        return dns.rcode.to_text(self.ask(name, kind).rcode())

    def found(self, name: str, kind: str = "A") -> list[str]:
        sets = [held for held in self.ask(name, kind).answer if held.rdtype != dns.rdatatype.RRSIG]
        return [str(one) for held in sets for one in held]


@pytest.fixture
def names(home: Home, town: Town) -> Iterator[Names]:
    refresh(home, town)
    with open_names(home, Role.REPLICA) as names:
        yield names


def test_own_names_are_answered_under_the_community_s_name_and_its_key(
    names: Names, town: Town
) -> None:
    face = Face(names)
    key = format_key(town.key)
    for community in ("riverside", key):
        assert face.found(f"bakery.{community}") == ["192.0.2.1"]
        assert face.found(f"www.bakery.{community}") == ["192.0.2.2"]
        assert face.found(f"shop.{community}") == [f"bakery.{key}.tab.alt.", "192.0.2.1"]
        assert face.found(community, "TXT") == [f'"key={key}"']
        assert face.code(f"xn--bcker-gra.{community}", "TXT") == "NOERROR"
        assert face.code(f"nobody.{community}") == "NXDOMAIN"
        assert face.code(f"a.nobody.{community}") == "NXDOMAIN"
        (shown,) = face.found(f"bakery.{community}", "TYPE65280")
        assert shown.lower() == rf"\# 32 {town.people['anna'].key.hex()}"
    for nowhere in ("bakery", "bakery.elsewhere", "bakery.*", "x._tcp", "\\255"):
        assert face.code(nowhere) == "NXDOMAIN"


def test_another_suffix_shows_what_was_written_for_everybody_under_itself(
    names: Names, town: Town
) -> None:
    face = Face(names, (b"names", b"example", b"org"))
    target = f"bakery.{format_key(town.key)}.names.example.org."
    assert face.found("shop.riverside") == [target, "192.0.2.1"]


def test_a_change_is_answered_with_the_next_look(home: Home, names: Names, town: Town) -> None:
    face = Face(names)
    assert face.code("new.riverside") == "NXDOMAIN"
    assert face.found("bakery.riverside") == ["192.0.2.1"]
    version, serial = face.source.version, face.source.serial
    town.merge(town.pay("anna", "bert", 5))
    refresh(home, town)
    face.source.update(face.now)
    assert (face.source.version, face.source.serial) == (version, serial)
    do(town, "bert", Claim("new", 0, None), SetRecords("new", (address("", 5),), None))
    do(town, "anna", Release("bakery"))
    refresh(home, town)
    assert face.code("new.riverside") == "NXDOMAIN"
    face.source.update(face.now)
    assert face.found("new.riverside") == ["192.0.2.5"]
    assert face.code("bakery.riverside") == "NXDOMAIN"
    assert face.source.serial > serial
    assert face.source.names((b"riverside",)) == [b"new", b"shop", b"xn--bcker-gra"]


def test_names_of_a_linked_community_are_answered_by_its_link_and_its_key(
    home: Home, names: Names, river: Pressroom
) -> None:
    face = Face(names)
    key = format_key(river.town.key)
    for community in ("river", key):
        assert face.code(f"mill.{community}") == face.code(community, "TXT") == "SERVFAIL"
        assert face.code(f"{community}0") == "NXDOMAIN"
    follow(home, river)
    face.source.update(face.now)
    for community in ("river", key, "river.riverside"):
        assert face.found(f"mill.{community}") == ["192.0.2.7"]
        assert face.code(f"nobody.{community}") == "NXDOMAIN"
        assert face.found(community, "TXT") == [f'"key={key}"']
    do(river.town, "dora", SetRecords("mill", (address("", 8),), None))
    follow(home, river)
    face.source.update(face.now)
    assert face.found("mill.river") == ["192.0.2.8"]


def test_nothing_is_answered_from_a_checkpoint_of_yesterday(names: Names) -> None:
    face = Face(names)
    assert face.code("bakery.riverside") == "NOERROR"
    face.now += DAY_S + 1
    face.source.update(face.now)
    assert face.ask("bakery.riverside").rcode() == dns.rcode.SERVFAIL


def test_a_manager_s_own_names_are_never_old(names: Names) -> None:
    face = Face(names)
    face.source = RegistrySource(names, (b"tab", b"alt"), always_fresh=True)
    face.source.update(face.now + 2 * DAY_S)
    assert face.source.find((b"bakery", b"riverside")).seen == face.now + 2 * DAY_S


def test_the_trust_anchor_is_printed_for_zone_files_and_for_programs(cli: Cli, home: Home) -> None:
    ended = cli("dns", "trust-anchor", "--home", home.path)
    assert ended.code == 0, ended.err
    held = cli("dns", "trust-anchor", "--home", home.path, "--json").held
    assert ended.out.splitlines()[:2] == [held["ds"], held["dnskey"]]
    assert held["ds"].startswith("tab.alt. 3600 IN DS ")
    assert held["bind"] in ended.out
    assert held["zone"] == "tab.alt."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--forward", "dns.example"], "type its address"),
        (["--forward", "192.0.2.1:0"], "type its address"),
        (["--transfer-to", "everybody"], "type an address or a network"),
        (["--listen", "localhost"], "type an address"),
        (["--tls", "proxy", "--listen", "192.0.2.1"], "leave --listen out"),
        (["--tls", "none.pem,none.pem"], "none.pem"),
    ],
)
def test_what_cannot_be_served_is_refused_with_what_fits(
    cli: Cli, home: Home, words: list[str], said: str
) -> None:
    ended = cli("dns", "--home", home.path, "--port", "0", *words)
    assert ended.code != 0
    assert said in ended.err
