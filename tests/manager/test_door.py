"""The door: what of a slot's outbox may reach merge."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from federation.outbox import Inline, leave_out
from federation.slot import changes_slot
from ledger.changeset import NOTHING_SEEN, ChangeSet, Verified, sign_change_set
from ledger.operation import Pay
from ledger.state import KeyState
from manager.door import BODIES_BYTES_MAX, CHANGE_SETS_MAX, Admitted, admit, read_outbox
from tests.support.township import START, Person, seed_of

SEED = seed_of("community")
ADA = Person(Person(bytes(32), "community").key, "ada")
BEN = Person(ADA.community, "ben")
SLOT = changes_slot(ADA.seed, ADA.community, ADA.key)
NEW = KeyState(ADA.key, ADA.id, True, 0, 0, b"")


def chain(count: int, generation: int = 0, memo: str = "") -> list[Verified]:
    made: list[Verified] = []
    for number in range(1, count + 1):
        previous = made[-1].hash if made else b""
        operation = Pay(BEN.id, number, "EUR", memo, b"", None)
        asked = ChangeSet(generation, number, previous, START, NOTHING_SEEN, (operation,))
        made.append(sign_change_set(ADA.community, ADA.seed, asked))
    return made


def outbox(change_sets: Sequence[Verified], generation: int = 0) -> Inline:
    return leave_out(SLOT, generation, change_sets)


def after(settled: Sequence[Verified]) -> KeyState:
    last = settled[-1].change_set
    return replace(NEW, generation=last.generation, number=last.number, hash=settled[-1].hash)


def at_the_door(known: KeyState, inline: Inline, settled: Sequence[Verified] = ()) -> Admitted:
    journal = {one.hash: one for one in settled}
    return admit(ADA.community, read_outbox(known, inline), journal.get)


def test_new_change_sets_come_in_oldest_first() -> None:
    made = chain(3)
    assert at_the_door(NEW, outbox(made)) == Admitted(tuple(made))


def test_what_is_merged_already_is_left_out() -> None:
    made = chain(4)
    assert at_the_door(after(made[:2]), outbox(made), made[:2]) == Admitted(tuple(made[2:]))


def test_an_empty_outbox_is_read_whole() -> None:
    assert at_the_door(NEW, outbox([])) == Admitted()


def test_an_older_generation_is_superseded() -> None:
    known = after(chain(1, generation=2))
    assert at_the_door(known, outbox(chain(3), 0)).dropped == ("superseded",)


def test_a_newer_generation_begins_at_number_1() -> None:
    restored = chain(2, generation=1)
    assert at_the_door(after(chain(5)), outbox(restored, 1)).change_sets == tuple(restored)


def test_a_wrong_signature_stops_the_chain_and_is_read_again() -> None:
    inline = outbox(chain(3))
    forged = replace(inline.entries[1], signature=bytes(64))
    entries = (inline.entries[0], forged, inline.entries[2])
    admitted = at_the_door(NEW, replace(inline, entries=entries))
    assert [one.change_set.number for one in admitted.change_sets] == [1]
    assert (admitted.dropped, admitted.whole) == (("signature_or_chain",), False)


def test_another_communitys_change_sets_do_not_verify() -> None:
    other = Person(BEN.key, "ada").sign(Pay(BEN.id, 1, "EUR", "", b"", None))
    admitted = at_the_door(NEW, outbox([other]))
    assert (admitted.change_sets, admitted.dropped) == ((), ("signature_or_chain",))


def test_a_gap_after_what_is_merged_does_not_verify() -> None:
    made = chain(4)
    admitted = at_the_door(after(made[:1]), outbox(made[2:]), made[:1])
    assert (admitted.change_sets, admitted.dropped) == ((), ("signature_or_chain",))


@pytest.mark.parametrize(
    ("count", "memo"),
    [
        pytest.param(CHANGE_SETS_MAX + 3, "", id="many"),
        pytest.param(CHANGE_SETS_MAX, "\N{SNOWMAN}" * 200 + "x", id="as many as fit"),
    ],
)
def test_one_cycle_takes_its_share_and_the_rest_is_read_again(count: int, memo: str) -> None:
    made = chain(count, memo=memo[:200])
    admitted = at_the_door(NEW, outbox(made))
    taken = admitted.change_sets
    assert taken == tuple(made[: len(taken)])
    assert len(taken) <= CHANGE_SETS_MAX
    assert sum(len(one.body) for one in taken) <= BODIES_BYTES_MAX
    assert admitted.whole is (len(taken) == count)
    assert admitted.dropped == ()


def test_a_second_content_of_a_merged_number_is_evidence() -> None:
    merged, other = chain(3), chain(3, memo="other")
    admitted = at_the_door(after(merged), outbox(other), merged)
    assert admitted.conflicts == tuple(other)
    assert (admitted.change_sets, admitted.dropped) == ((), ())


def test_a_chain_that_splits_off_later_gives_evidence_from_there_on() -> None:
    merged = chain(3)
    other = Person(ADA.community, "ada")
    for one in merged[:1]:
        other.number, other.previous = one.change_set.number, one.hash
    twin = other.sign(Pay(BEN.id, 9, "EUR", "twin", b"", None))
    admitted = at_the_door(after(merged), outbox([merged[0], twin]), merged)
    assert admitted.conflicts == (twin,)


def test_a_forged_second_content_is_no_evidence() -> None:
    merged = chain(2)
    inline = outbox(chain(2, memo="forged"))
    entries = tuple(replace(one, signature=bytes(64)) for one in inline.entries)
    admitted = at_the_door(after(merged), replace(inline, entries=entries), merged)
    assert (admitted.conflicts, admitted.change_sets) == ((), ())


def test_a_repeated_outbox_is_neither_new_nor_evidence() -> None:
    merged = chain(3)
    assert at_the_door(after(merged), outbox(merged), merged) == Admitted()
