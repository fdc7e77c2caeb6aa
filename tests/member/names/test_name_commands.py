"""`commontab name`: what one types about names, and what one is shown."""

import time
from pathlib import Path

import pytest

from federation.home import Home
from federation.link.address import format_key
from ledger import crypto
from ledger.name.operation import Claim, Delegate, NameRules, Offer, SetRecords, Take
from ledger.name.state import DAY_S
from ledger.operation import Operation, Pay
from tests.support.hamlet import offline, refresh, settle_in, signed
from tests.support.prompt import Cli, Said
from tests.support.township import Town, seed_of


@pytest.fixture
def town(town: Town) -> Town:
    """The town of today: commands look at the clock, and names end."""
    town.now = int(time.time())
    return town


CHEAP = NameRules("EUR", 250, 100, 365 * DAY_S, 30 * DAY_S, 2)


def asked(home: Home) -> Operation:
    """Return the newest operation that a home has signed."""
    (operation,) = signed(home)[0].change_set.change_set.operations
    return operation


def test_a_name_is_claimed_at_the_price_that_was_shown(cli: Cli, town: Town, home: Home) -> None:
    town.manage(CHEAP)
    refresh(home, town)
    ended = cli("name", "claim", "Bakery", *offline(home))
    assert ended.code == 0, ended.err
    assert "Claim the name bakery, for at most 2.50 EUR" in ended.out
    assert "Your balance afterwards: -2.50 EUR" in ended.out
    assert asked(home) == Claim("bakery", 250, "EUR")


UNFIT = {
    "bert": (1, "name_taken"),
    "cob1er": (1, "name_confusable"),
    "two words": (2, "letters, digits and hyphens"),
    "commons": (2, "reserved"),
}


def test_a_name_that_cannot_be_had_is_refused_before_it_is_signed(
    cli: Cli, town: Town, home: Home
) -> None:
    town.ask("bert", Claim("cobler", 0, None))
    refresh(home, town)
    for typed, (code, why) in UNFIT.items():
        ended = cli("name", "claim", typed, *offline(home))
        assert (ended.code, why in ended.err) == (code, True), ended.err
    assert signed(home) == []


@pytest.fixture
def bakery(cli: Cli, town: Town, home: Home) -> Home:
    assert cli("name", "claim", "bakery", *offline(home)).code == 0
    town.merge(signed(home)[0].change_set)
    refresh(home, town)
    return home


def set_here(cli: Cli, town: Town, home: Home, *words: object) -> SetRecords:
    """Type `name set bakery …`, let it be merged, and return what was signed."""
    ended = cli("name", "set", "bakery", *words, *offline(home))
    assert ended.code == 0, ended.err
    made = asked(home)
    assert isinstance(made, SetRecords)
    town.merge(signed(home)[0].change_set)
    refresh(home, town)
    return made


def shown(cli: Cli, home: Home) -> list[str]:
    ended = cli("name", "show", "bakery", "--home", home.path, "--json")
    assert ended.code == 0, ended.err
    records: list[str] = ended.held["records"]
    return records


def test_records_take_the_place_of_those_of_their_kind(cli: Cli, town: Town, bakery: Home) -> None:
    set_here(cli, town, bakery, "@ A 192.0.2.1", "www CNAME @", "@ TXT 'from six'")
    set_here(cli, town, bakery, "@ A 192.0.2.2")
    set_here(cli, town, bakery, "@ A 192.0.2.3", "--add")
    assert shown(cli, bakery) == [
        "@ 300 IN A 192.0.2.2",
        "@ 300 IN A 192.0.2.3",
        '@ 300 IN TXT "\'from" "six\'"',
        "www 300 IN CNAME @",
    ]
    set_here(cli, town, bakery, "@ TXT", "www", "@ A 192.0.2.2", "--remove")
    assert shown(cli, bakery) == ["@ 300 IN A 192.0.2.3"]
    set_here(cli, town, bakery, "mail 1h MX 10 mx", "--replace")
    assert shown(cli, bakery) == ["mail 3600 IN MX 10 mx"]
    set_here(cli, town, bakery, "--replace")
    assert shown(cli, bakery) == []


def test_a_zone_file_goes_in_and_comes_out(
    cli: Cli, town: Town, bakery: Home, tmp_path: Path
) -> None:
    file = tmp_path / "zone"
    file.write_text("$TTL 60\n@ A 192.0.2.1\n*.shop AAAA 2001:db8::1\n", encoding="utf-8")
    set_here(cli, town, bakery, "--file", file)
    out = cli("name", "export", "bakery", "--home", bakery.path).out
    assert out.splitlines()[1:] == ["@ 60 IN A 192.0.2.1", "*.shop 60 IN AAAA 2001:db8::1"]
    file.write_text(out, encoding="utf-8")
    again = cli("name", "set", "bakery", "--file", file, *offline(bakery))
    assert (again.code, "has these records already" in again.err) == (2, True)
    zone = cli("name", "export", "--zone", "--origin", "river.tab.alt", "--home", bakery.path).out
    assert "$ORIGIN river.tab.alt.\n@ 60 IN SOA" in zone
    assert "$ORIGIN bakery.river.tab.alt.\n@ 60 IN A 192.0.2.1\n" in zone


def test_a_name_stands_for_the_key_that_was_typed(cli: Cli, town: Town, bakery: Home) -> None:
    key = crypto.public_key(seed_of("bakery"))
    assert set_here(cli, town, bakery, "--key", format_key(key)).key == key
    assert set_here(cli, town, bakery, "@ A 192.0.2.1").key == key
    assert set_here(cli, town, bakery, "--key", "own").key is None


BAD = {
    "no record": ((), "type a record"),
    "a line": (("@ A 192.0.2.300",), "line 1"),
    "two ways": (("@ A 192.0.2.1", "--add", "--remove"), "choose one"),
    "nothing there": (("www", "--remove"), "there is no record 'www'"),
    "a key": (("--key", "xyz"), "base32"),
    "beside a CNAME": (("@ CNAME x.", "@ A 192.0.2.1"), "stands alone"),
}


def test_records_that_do_not_fit_are_told(cli: Cli, bakery: Home) -> None:
    for words, why in BAD.values():
        ended = cli("name", "set", "bakery", *words, *offline(bakery))
        assert (ended.code, why in ended.err) == (2, True), ended.err
    assert len(signed(bakery)) == 1


def test_a_name_of_nobody_is_told_with_those_that_may_be_meant(cli: Cli, bakery: Home) -> None:
    ended = cli("name", "set", "bakrey", "@ A 192.0.2.1", *offline(bakery))
    assert (ended.code, "yours here: bakery" in ended.err) == (2, True)
    ended = cli("name", "show", "cobbler", "--home", bakery.path)
    assert (ended.code, "nobody here has the name 'cobbler'" in ended.err) == (2, True)


def test_a_name_is_handed_on(cli: Cli, town: Town, bakery: Home, tmp_path: Path) -> None:
    bert = settle_in(tmp_path / "bert", town, "bert")
    assert cli("name", "transfer", "bakery", "bert", *offline(bakery)).code == 0
    assert asked(bakery) == Offer("bakery", town["bert"].id)
    town.merge(signed(bakery)[0].change_set)
    refresh(bert, town)
    listed = cli("name", "list", "--home", bert.path).out
    assert "anna offers you bakery: `commontab name take bakery`." in listed
    assert cli("name", "take", "bakery", *offline(bert)).code == 0
    assert asked(bert) == Take("bakery")
    town.merge(signed(bert)[0].change_set)
    refresh(bert, town)
    assert "bakery is bert (Bert)'s" in cli("name", "show", "bakery", "--home", bert.path).out


def test_somebody_else_is_let_set_the_records(
    cli: Cli, town: Town, bakery: Home, tmp_path: Path
) -> None:
    assert cli("name", "delegate", "bakery", "carla", *offline(bakery)).code == 0
    assert asked(bakery) == Delegate("bakery", town["carla"].id)
    town.merge(signed(bakery)[0].change_set)
    carla = settle_in(tmp_path / "carla", town, "carla")
    ended = cli("name", "set", "bakery", "@ A 192.0.2.9", *offline(carla))
    assert ended.code == 0, ended.err
    assert "You may set the records of bakery" in cli("name", "list", "--home", carla.path).out


def test_the_list_reminds_of_names_that_end(
    cli: Cli, town: Town, bakery: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at(moment: int) -> Said:
        monkeypatch.setattr("member.cli.name.now", lambda: moment)
        return cli("name", "list", "--home", bakery.path)

    end = town.state.names["bakery"].expires
    assert "name renew" not in at(end - 31 * DAY_S).out
    assert "bakery ends" in at(end - 29 * DAY_S).out
    assert "bakery has ended" in at(end).out


def test_a_search_says_what_is_there_and_what_is_free(cli: Cli, bakery: Home) -> None:
    found = cli("name", "list", "--search", "bak", "--home", bakery.path)
    assert "bakery" in found.out
    assert "bak is free: `commontab name claim bak`." in found.out
    for typed, why in {"bert": "the handle of bert", "bakery": "anna has it"}.items():
        held = cli("name", "list", "--search", typed, "--home", bakery.path, "--json").held
        assert (held["wanted"]["free"], why in held["wanted"]["why"]) == (False, True)


@pytest.mark.usefixtures("bakery")
def test_a_name_is_paid_as_its_owner_is(cli: Cli, town: Town, tmp_path: Path) -> None:
    bert = settle_in(tmp_path / "bert", town, "bert")
    for verb in ("pay", "hold", "request"):
        ended = cli(verb, "bakery", "5", *offline(bert))
        assert ended.code == 0, ended.err
        assert ended.out.startswith("bakery -> anna, who owns the name.\n")
    made = signed(bert)[2].change_set.change_set.operations
    assert made == (Pay(town["anna"].id, 500, "EUR", "", b"", None),)


def test_the_directory_gives_the_key_of_a_name_and_of_a_member(
    cli: Cli, town: Town, bakery: Home
) -> None:
    key = crypto.public_key(seed_of("oven"))
    set_here(cli, town, bakery, "--key", format_key(key))
    for typed in ("bakery", "www.bakery.tab.alt", "bakery@riverside", "Bakery.riverside"):
        held = cli("name", "key", typed, "--home", bakery.path, "--json").held
        assert (held["key"], held["owner"]) == (key.hex(), "anna"), typed
        assert held["size"] == town.state.tree.size
    shown = cli("name", "key", "bakery", "--home", bakery.path).out
    assert f"bakery, which is anna's, stands for the key {format_key(key)}" in shown
    assert cli("name", "key", "bert", "--home", bakery.path, "--json").held["key"] == (
        town["bert"].key.hex()
    )


def test_the_directory_says_what_it_cannot_tell(cli: Cli, bakery: Home) -> None:
    for typed, (code, why) in {
        "cobbler": (1, "nobody has the name"),
        "bakery@lake": (2, "no community is known here as 'lake'"),
        "two words": (2, "words"),
    }.items():
        ended = cli("name", "key", typed, "--home", bakery.path)
        assert (ended.code, why in ended.err) == (code, True), ended.err
