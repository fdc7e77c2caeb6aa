"""The ledger as a feed, by the commands a person types."""

from contextlib import closing
from pathlib import Path

import pytest

from federation.feed import feed_seed, verify_path
from federation.home import Home
from federation.snapshot import SnapshotFolder
from ledger.epoch import content_name
from ledger.errors import FeedInvalid
from ledger.feed.head import encode_head, sign_head
from ledger.feed.tree import FeedTrees
from ledger.store.database import Role, open_database
from ledger.store.publication import PublicationStore
from tests.support.hamlet import community_card, refresh
from tests.support.prompt import Cli
from tests.support.township import START, Town

FILES = {
    "big": {"bitfield", "data", "key", "signatures", "tree", "commontab-feed"},
    "little": {"bitfield", "data", "oplog", "tree", "commontab-feed"},
}


@pytest.fixture
def published(home: Home, town: Town) -> Home:
    """A home whose newest snapshot brought the head of the community's feed."""
    town.merge(*(town.pay("anna", "bert", 100 + n) for n in range(9)))
    refresh(home, town)
    publish(home, town, town.seed)
    return home


def publish(home: Home, town: Town, signer: bytes) -> None:
    """Put a snapshot's head of the feed where follow would."""
    own, size = feed_seed(signer, town.key, "binary"), town.state.tree.size
    trees = FeedTrees().append(town.records)
    data = encode_head(sign_head(signer, own, town.key, "binary", trees))
    name = content_name("feed", data)
    SnapshotFolder(home.snapshots, town.key).write(name, data)
    with closing(open_database(home.ledger, Role.REPLICA, write=True)) as database:
        PublicationStore(database).add(size, bytes(20), bytes(32), [name], START)


@pytest.mark.parametrize("order", ["big", "little"])
def test_a_feed_is_exported_whole_and_verified_without_a_home(
    cli: Cli, published: Home, town: Town, tmp_path: Path, order: str
) -> None:
    target = tmp_path / "feed"
    held = cli("feed", "export", target, "--home", published.path, "--order", order, "--json").held
    assert (held["length"], held["order"], held["by_community"]) == (
        town.state.tree.size, order, True,
    )  # fmt: skip
    assert {path.name for path in target.iterdir()} == FILES[order]
    assert (target / "data").read_bytes() == b"".join(town.records)
    found = cli("feed", "verify", target, "--community", town.key.hex(), "--json").held
    assert found == held | {"ok": True}
    assert cli("feed", "verify", target, "--community", community_card(town)).code == 0


@pytest.mark.parametrize("order", ["big", "little"])
def test_every_changed_or_lost_byte_of_a_whole_feed_is_found(
    cli: Cli, published: Home, tmp_path: Path, order: str
) -> None:
    target = tmp_path / "feed"
    assert cli("feed", "export", target, "--home", published.path, "--order", order).code == 0
    for name in FILES[order]:
        path, data = target / name, (target / name).read_bytes()
        for at in sorted({*range(0, len(data), max(1, len(data) // 60)), len(data) - 1}):
            path.write_bytes(data[:at] + bytes((data[at] ^ 0x20,)) + data[at + 1 :])
            with pytest.raises(FeedInvalid):
                verify_path(target)
        for other in (data[:-1], data + b"\x00", b""):
            path.write_bytes(other)
            with pytest.raises(FeedInvalid):
                verify_path(target)
        path.unlink()
        assert cli("feed", "verify", target).code == 1
        path.write_bytes(data)
    assert cli("feed", "verify", target).code == 0


def test_a_range_is_exported_as_a_file_that_anybody_verifies(
    cli: Cli, published: Home, town: Town, tmp_path: Path
) -> None:
    target = tmp_path / "part"
    words = ("feed", "export", target, "--home", published.path, "--range", 3, 7)
    held = cli(*words, "--json").held
    assert (held["first"], held["end"], held["length"]) == (3, 7, town.state.tree.size)
    data = target.read_bytes()
    assert all(record in data for record in town.records[3:7])
    assert not any(record in data for record in (*town.records[:3], *town.records[7:]))
    assert cli("feed", "verify", target).code == 0
    target.write_bytes(data[:-1] + bytes((data[-1] ^ 1,)))
    assert cli("feed", "verify", target).code == 1
    for first, end in ((7, 7), (9, 3), (0, town.state.tree.size + 1)):
        none = ("feed", "export", tmp_path / "none", "--home", published.path, "--range")
        assert cli(*none, first, end).code == 1
        assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("encoding", ["json", "utf-8"])
def test_other_encodings_are_signed_by_the_home_itself(
    cli: Cli, home: Home, town: Town, tmp_path: Path, encoding: str
) -> None:
    target = tmp_path / "feed"
    words = ("feed", "export", target, "--home", home.path, "--encoding", encoding)
    held = cli(*words, "--json").held
    assert (held["by_community"], held["signer"]) == (False, town["anna"].key.hex())
    said = cli("feed", "verify", target)
    assert said.code == 0
    assert "a member" in said.out
    data = (target / "data").read_bytes()
    if encoding == "utf-8":
        assert bytes.fromhex(data.decode()) == b"".join(town.records)
    else:
        assert data.startswith(b'{"nonce":"')


def test_a_feed_of_another_community_is_refused(cli: Cli, published: Home, tmp_path: Path) -> None:
    target = tmp_path / "feed"
    assert cli("feed", "export", target, "--home", published.path).code == 0
    assert cli("feed", "verify", target, "--community", "ab" * 32).code == 1
    assert cli("feed", "verify", target, "--community", "xy" * 32).code == 2
    assert cli("feed", "verify", tmp_path / "nothing").code == 2
    assert cli("feed", "verify", published.path).code == 1


def test_what_is_there_already_is_not_written_over(
    cli: Cli, published: Home, tmp_path: Path
) -> None:
    target = tmp_path / "mine"
    target.write_text("mine")
    for more in ((), ("--range", 0, 1)):
        assert cli("feed", "export", target, "--home", published.path, *more).code == 2
    assert target.read_text() == "mine"


def test_without_the_communitys_signature_the_way_on_is_said(
    cli: Cli, home: Home, tmp_path: Path
) -> None:
    said = cli("feed", "export", tmp_path / "feed", "--home", home.path)
    assert said.code == 1
    assert "commontab sync" in said.err


def test_a_head_that_is_not_the_communitys_is_refused(
    cli: Cli, home: Home, town: Town, tmp_path: Path
) -> None:
    publish(home, town, town["bert"].seed)
    said = cli("feed", "export", tmp_path / "feed", "--home", home.path)
    assert said.code == 1
    assert "is not the head of the snapshot" in said.err
