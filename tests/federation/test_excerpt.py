"""Following an excerpt: what concerns oneself is fetched and proven, and no lie about it passes."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from federation.errors import FetchTimeout, SplitView
from federation.excerpt import ExcerptSynced
from federation.excerpt_folder import ExcerptFolder
from ledger.checkpoint import sign_checkpoint
from ledger.epoch import content_name
from ledger.errors import GrantMissing, HistoryMismatch
from ledger.excerpt import Excerpt, verify_excerpt
from ledger.link.instruction import Hop
from ledger.operation import Hold, LinkPay, Profile
from ledger.record import decode_record
from ledger.segment import ENTRY_BYTES, encode_frames, iter_frames
from ledger.store.journal import KeptCheckpoint
from member.mine import mine_of, view_own
from tests.support.linked_pair import Pair
from tests.support.loop import run_virtual
from tests.support.pressroom import Files, Pressroom, relink
from tests.support.realm import Shire, link, pay, settle
from tests.support.simswarm import PIECE_BYTES
from tests.support.succession import succeed
from tests.support.township import START, Town

NAMES = ("ada", "ben", "cem", "dot")
Story = Callable[[Pressroom], Awaitable[None]]


def lively(*, rounds: int = 8) -> Town:
    """Return a town in which everybody does something, ada seldom."""
    town = Town(*NAMES)
    for number in range(rounds):
        town.merge(town.pay("ben", "cem", 1 + number), town.pay("cem", "dot", 2))
    town.merge(town["ada"].sign(Profile("Ada L.")))
    town.merge(town.pay("ada", "ben", 300))
    town.merge(town["ada"].sign(Hold(town["cem"].id, 50, "EUR", "", b"", START + 90_000)))
    town.merge(town["ada"].sign(town.payment("dot", 10**6)))
    town.merge(town.pay("dot", "ada", 7))
    return town


def play(path: Path, town: Town, story: Story) -> None:
    """Tell a story in a network in which the town is not published yet."""

    async def main() -> None:
        await story(Pressroom(town, path))

    run_virtual(main())


def concerning(town: Town, name: str) -> list[int]:
    """Return the indexes of somebody's records, oldest first."""
    found = []
    for index, record in enumerate(town.records):
        concerns = getattr(decode_record(record), "concerns", ())
        if town[name].id in {one.account for one in concerns}:
            found.append(index)
    return found


async def sync(press: Pressroom, path: Path, excerpt: Excerpt | None = None) -> ExcerptSynced:
    return await press.follower("ada", path / "ada").sync(excerpt or Excerpt())


def test_all_own_records_come_with_their_proofs_and_little_else(tmp_path: Path) -> None:
    town = lively(rounds=2_000)

    async def story(press: Pressroom) -> None:
        await press.publish()
        synced = await sync(press, tmp_path)
        found = synced.excerpt
        assert [index for index, _ in found.own] == concerning(town, "ada")
        assert found.account == town.account("ada")
        assert found.accounts.by_id == town.state.accounts
        assert found.checkpoint.root == town.state.tree.root
        assert set(found.kept.records) < {*range(20), *range(len(town.records) - 20, 10**6)}
        assert synced.moved_bytes < synced.full_bytes / 3
        assert synced.full_bytes == sum(
            -(-len(data) // PIECE_BYTES) * PIECE_BYTES
            for name, data in press.files.items()
            if not name.startswith("accounts")
        )

    play(tmp_path, town, story)


def test_a_second_look_moves_only_what_is_new(tmp_path: Path) -> None:
    town = lively(rounds=600)

    async def story(press: Pressroom) -> None:
        await press.publish()
        first = await sync(press, tmp_path)
        again = await sync(press, tmp_path, first.excerpt.kept)
        assert (again.moved_bytes, again.new_records, again.full_bytes) == (0, 0, 0)
        assert again.excerpt == first.excerpt
        for number in range(20):
            town.merge(town.pay("ben", "ada", 5 + number))
        await press.publish()
        second = await sync(press, tmp_path, first.excerpt.kept)
        assert [index for index, _ in second.excerpt.own] == concerning(town, "ada")
        assert second.excerpt.account == town.account("ada")
        assert second.new_records == 20 + 1
        assert second.moved_bytes < first.moved_bytes / 2

    play(tmp_path, town, story)


def test_a_range_is_fetched_and_compared_with_its_leaves(tmp_path: Path) -> None:
    town = lively()

    async def story(press: Pressroom) -> None:
        await press.publish()
        follower = press.follower("ada", tmp_path / "ada")
        first = await follower.sync(Excerpt())
        wanted = range(9, 14)
        more = await follower.sync(first.excerpt.kept, wanted)
        assert [more.excerpt.kept.records[index] for index in wanted] == town.records[9:14]
        assert more.excerpt.own == first.excerpt.own

    play(tmp_path, town, story)


def test_what_is_kept_is_proven_again_when_it_is_read(tmp_path: Path) -> None:
    town = lively()
    folder = ExcerptFolder(tmp_path / "excerpt")
    key = town["ada"].key

    async def story(press: Pressroom) -> None:
        await press.publish()
        first = await sync(press, tmp_path)
        folder.save(first.excerpt.kept)
        assert verify_excerpt(town.key, key, folder.load()) == first.excerpt
        town.merge(town.pay("ada", "ben", 3))
        await press.publish()
        second = await sync(press, tmp_path, folder.load())
        folder.save(second.excerpt.kept, first.excerpt.checkpoint.size)
        assert verify_excerpt(town.key, key, folder.load()) == second.excerpt

    play(tmp_path, town, story)
    leaves = tmp_path / "excerpt" / "leaves"
    leaves.write_bytes(bytes(ENTRY_BYTES) + leaves.read_bytes()[ENTRY_BYTES:])
    with pytest.raises(HistoryMismatch, match="leaf hashes lead to root"):
        verify_excerpt(town.key, key, folder.load())


def test_leaves_beyond_what_is_kept_are_those_of_a_crash(tmp_path: Path) -> None:
    town = lively()
    folder = ExcerptFolder(tmp_path / "excerpt")

    async def story(press: Pressroom) -> None:
        await press.publish()
        first = await sync(press, tmp_path)
        folder.save(first.excerpt.kept)
        with (tmp_path / "excerpt" / "leaves").open("ab") as stream:
            stream.write(bytes(100))
        assert folder.load() == first.excerpt.kept

    play(tmp_path, town, story)


def test_a_community_that_went_over_to_a_new_key_is_followed_from_its_first(
    tmp_path: Path,
) -> None:
    town = lively()
    first = town.key
    succeed(town, "ada", "ben", "cem")
    town.merge(town.pay("ada", "ben", 5), town.pay("ben", "ada", 6))

    async def story(press: Pressroom) -> None:
        await press.publish()
        found = (await sync(press, tmp_path)).excerpt
        assert [index for index, _ in found.own] == concerning(town, "ada")
        assert found.accounts.commons.id == first[:16]

    play(tmp_path, town, story)


def test_payments_across_links_are_explained_by_own_records(tmp_path: Path) -> None:
    """And accounts without a key stand between those of members."""
    lake, river = Shire("lake", "ada"), Shire("river", "bakery")
    link(lake, river)
    pay((lake, "ada"), "bakery", 300, river)
    settle(lake, river)
    pay((lake, "ada"), "bakery", 40, river)

    async def story(press: Pressroom) -> None:
        await press.publish()
        found = (await sync(press, tmp_path)).excerpt
        assert [index for index, _ in found.own] == concerning(lake, "ada")
        (books,) = found.account.balances
        assert (books.posted, books.pending_debit) == (-300, 40)
        assert found.accounts.by_id == lake.state.accounts

    play(tmp_path, lake, story)


def test_what_comes_through_another_unit_is_listed_in_one_s_own(tmp_path: Path) -> None:
    pair = Pair()
    pair.link()
    lake, river = pair.lake, pair.river
    hops = (Hop(lake.key, "EUR", 150),)
    paid = LinkPay(hops, "anna", "HOUR", 10, "EUR", 150, "", b"", START + 90_000, None)
    assert river.ask("bakery", paid).refusal is None
    settle(lake, river)

    async def story(press: Pressroom) -> None:
        await press.publish()
        synced = await press.follower("anna", tmp_path / "anna").sync(Excerpt())
        mine = mine_of(lake.key, synced.excerpt)
        assert [one["kind"] for one in view_own(mine, 9, "HOUR")] == ["transaction"] * 2
        assert view_own(mine, 9, "EUR") == []

    play(tmp_path, lake, story)


def test_a_stranger_learns_nothing(tmp_path: Path) -> None:
    town = lively()
    stranger = Town("eve")["eve"]

    async def story(press: Pressroom) -> None:
        await press.publish()
        town.people["eve"] = stranger
        with pytest.raises(GrantMissing, match="no account of Riverside"):
            await press.follower("eve", tmp_path).sync(Excerpt())

    play(tmp_path, town, story)


def refused(tmp_path: Path, town: Town, records: list[bytes]) -> str:
    """Return why ada takes over nothing of what a liar signed."""
    return refused_files(tmp_path, town, None, records)


def refused_files(
    tmp_path: Path,
    town: Town,
    tamper: Callable[[Files], None] | None,
    records: list[bytes] | None = None,
) -> str:
    """Return why ada takes over nothing of files that a liar seeds."""
    said: list[str] = []

    async def story(press: Pressroom) -> None:
        await press.publish(records, tamper)
        with pytest.raises(HistoryMismatch) as refusal:
            await sync(press, tmp_path)
        said.append(str(refusal.value))

    play(tmp_path, town, story)
    return said[0]


def test_a_chain_that_is_cut_is_named(tmp_path: Path) -> None:
    town = lively()
    cut = concerning(town, "ada")[2]
    records = relink(town.records, cut, town["ada"].id, 0)
    assert f"begins with record {cut}, which is not your admission" in refused(
        tmp_path, town, records
    )


@pytest.mark.parametrize(
    ("left_out", "told"),
    [
        (1, "holds your change-set number 2 of generation 0 after number 0"),
        (3, "add up to"),
        (-1, "was cut"),
    ],
    ids=["a profile", "a payment", "all but the newest"],
)
def test_a_record_that_is_left_out_is_missed(tmp_path: Path, left_out: int, told: str) -> None:
    town = lively()
    own = concerning(town, "ada")
    if left_out == -1:
        records = relink(town.records, own[-1], town["ada"].id, 0)
    else:
        before = own[left_out - 1] + 1
        records = relink(town.records, own[left_out + 1], town["ada"].id, before)
    assert told in refused(tmp_path, town, records)


def test_a_record_of_others_in_the_chain_is_named(tmp_path: Path) -> None:
    town = lively()
    strange = concerning(town, "dot")[1]
    assert town["ada"].id not in town.records[strange]
    newest = concerning(town, "ada")[-1]
    records = relink(town.records, newest, town["ada"].id, strange + 1)
    said = refused(tmp_path, town, records)
    assert f"record {strange} stands in the chain of your records and does not concern" in said


def test_a_payment_that_nobody_signed_is_named(tmp_path: Path) -> None:
    town = lively()
    own = concerning(town, "ada")
    # The change-set vanishes from the chain, its transaction stays.
    paid = next(i for i in own if "300" in repr(decode_record(town.records[i])))
    assert own[own.index(paid) - 1] == paid - 1
    records = relink(town.records, paid, town["ada"].id, own[own.index(paid) - 2] + 1)
    said = refused(tmp_path, town, records)
    assert f"record {paid} takes from your account, and nothing that you signed" in said


def test_an_old_file_of_accounts_is_named(tmp_path: Path) -> None:
    town = lively()
    old: Files = {}

    async def earlier(press: Pressroom) -> None:
        await press.publish()
        old.update(press.files)

    play(tmp_path / "earlier", town, earlier)
    town.merge(town.pay("ada", "ben", 3))

    def tamper(files: Files) -> None:
        (new,) = (name for name in files if name.startswith("accounts"))
        (name,) = (name for name in old if name.startswith("accounts"))
        del files[new]
        files[name] = old[name]

    assert "accounts were changed, left out or are old" in refused_files(tmp_path, town, tamper)


def test_a_richer_account_is_named(tmp_path: Path) -> None:
    town = lively()

    def tamper(files: Files) -> None:
        (name,) = (name for name in files if name.startswith("accounts"))
        first, *rest = iter_frames(files.pop(name))
        data = encode_frames([first, *rest[:-1]])
        files[content_name("accounts", data)] = data

    assert "accounts were changed, left out or are old" in refused_files(tmp_path, town, tamper)


def test_leaf_hashes_of_another_history_are_named(tmp_path: Path) -> None:
    town = lively()

    def tamper(files: Files) -> None:
        (name,) = (name for name in files if name.startswith("l0"))
        files[name] = bytes(32) + files[name][32:]

    assert "leaf hashes lead to root" in refused_files(tmp_path, town, tamper)


def test_a_lie_about_lengths_is_named(tmp_path: Path) -> None:
    town = lively()

    def longer(files: Files) -> None:
        (name,) = (name for name in files if name.startswith("l0"))
        files[name] = files[name][:35] + bytes([files[name][35] + 1]) + files[name][36:]

    assert "its publisher lied about a length" in refused_files(tmp_path / "a", town, longer)
    at = concerning(town, "ada")[0]

    def swapped(files: Files) -> None:
        (name,) = (name for name in files if name.startswith("l0"))
        data = bytearray(files[name])
        for place, more in ((at, 1), (at + 1, -1)):
            end = (place + 1) * ENTRY_BYTES
            length = int.from_bytes(data[end - 4 : end]) + more
            data[end - 4 : end] = length.to_bytes(4)
        files[name] = bytes(data)

    assert "lied about a length" in refused_files(tmp_path / "b", town, swapped)


def test_another_record_under_a_leaf_hash_is_named(tmp_path: Path) -> None:
    town = lively()
    at = concerning(town, "ada")[0]

    def tamper(files: Files) -> None:
        (name,) = (name for name in files if name.startswith("r0"))
        frames = list(iter_frames(files[name]))
        frames[at] = frames[at][:-1] + bytes([frames[at][-1] ^ 1])
        files[name] = encode_frames(frames)

    assert f"record {at} is not the one its leaf hash names" in refused_files(
        tmp_path, town, tamper
    )


def test_two_histories_of_one_size_are_a_split_view(tmp_path: Path) -> None:
    town = lively()

    async def story(press: Pressroom) -> None:
        await press.publish()
        first = await sync(press, tmp_path)
        other = [town.records[0][:-1] + b"\0", *town.records[1:]]
        await press.publish(other)
        with pytest.raises(SplitView) as found:
            await sync(press, tmp_path, first.excerpt.kept)
        assert found.value.notes[0] == first.excerpt.checkpoint.note

    play(tmp_path, town, story)


def test_a_history_that_does_not_lead_through_what_is_known_is_refused(tmp_path: Path) -> None:
    town = lively()
    note = sign_checkpoint(town.seed, 5, bytes(32)).note

    async def story(press: Pressroom) -> None:
        await press.publish()
        for known, error in (
            (KeptCheckpoint(5, bytes(32), note), SplitView),
            (KeptCheckpoint(5, bytes(32), b""), HistoryMismatch),
        ):
            with pytest.raises(error):
                await press.follower("ada", tmp_path / "ada", [known]).sync(Excerpt())

    play(tmp_path, town, story)


def test_an_older_checkpoint_takes_nobody_back(tmp_path: Path) -> None:
    town = lively()

    async def story(press: Pressroom) -> None:
        await press.publish()
        first = await sync(press, tmp_path)
        await press.publish(town.records[: town.state.tree.size - 2])
        with pytest.raises(FetchTimeout, match="older than the one here"):
            await sync(press, tmp_path, first.excerpt.kept)

    play(tmp_path, town, story)
