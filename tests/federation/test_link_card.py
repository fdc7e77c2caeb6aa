"""Link cards: what two managers swap, and every way in which one can be wrong."""

from base64 import b32encode

import pytest
from msgspec.structs import replace

from federation.card import CommunityCard, MemberCard, read_any_card, read_card, sign_card
from federation.card_frame import BODY_BYTES_MAX, CARD_CHARS_MAX
from federation.errors import CardInvalid
from federation.link.card import LinkCard, check_linkable, prove_link_key
from federation.link.key import link_seed
from federation.qr import TEXT_CHARS_MAX, draw_png, read_picture
from federation.words import link_words
from ledger import crypto
from ledger.codec import encode
from ledger.link.terms import Terms

RIVER_SEED, HILL_SEED = bytes([1]) * 32, bytes([3]) * 32
RIVER, HILL = crypto.public_key(RIVER_SEED), crypto.public_key(HILL_SEED)
RIVER_LINK, HILL_LINK = (crypto.public_key(link_seed(seed)) for seed in (RIVER_SEED, HILL_SEED))
PROOF = prove_link_key(link_seed(RIVER_SEED), RIVER)
NOW = 1_800_000_000
DAY = 86_400
TERMS = Terms("HOUR", 2, "EUR", 2, 2, 31)
CARD = LinkCard(
    RIVER, RIVER_LINK, "River", NOW, 1_234, bytes(32), "private", (("192.0.2.7", 6_881),),
    "https://river.example/", TERMS, PROOF,
)  # fmt: skip
TEXT = sign_card(RIVER_SEED, CARD)


def signed(card: LinkCard) -> str:
    """A card as somebody signs it who does not check what he signs."""
    body = encode(card)
    signature = crypto.sign(RIVER_SEED, b"commontab/card/v1\nL\n" + body)
    return "COMMONTAB:L:" + b32encode(body + signature).decode().rstrip("=")


def test_a_link_card_reads_back_from_text_and_from_a_picture() -> None:
    assert signed(CARD) == TEXT
    assert read_card(TEXT, LinkCard) == CARD
    assert read_card(f" {TEXT.lower()}\n", LinkCard) == CARD
    assert read_card(read_picture(draw_png(TEXT)), LinkCard) == CARD


def test_the_longest_link_card_fits_a_qr_code() -> None:
    longest = replace(
        CARD,
        name="😀" * 64,
        time=2**40 - 1,
        size=2**53 - 1,
        network="loopback",
        hints=(("a" * 64, 65_535),) * 8,
        http="https://" + "a" * 120,
        terms=Terms("ABCDEFGH", 6, "IJKLMNOP", 6, 2**32 - 1, 2**32 - 2),
    )
    text = sign_card(RIVER_SEED, longest)
    assert read_card(text, LinkCard) == longest
    assert len(encode(longest)) <= BODY_BYTES_MAX
    assert len(text) <= min(TEXT_CHARS_MAX, CARD_CHARS_MAX)


def test_a_card_of_another_kind_is_refused_by_its_name() -> None:
    with pytest.raises(CardInvalid, match="got a link card where a community's card is needed"):
        read_card(TEXT, CommunityCard)
    member = sign_card(HILL_SEED, MemberCard(HILL, "Ada", NOW, ()))
    with pytest.raises(CardInvalid, match="got a member's card where a link card is needed"):
        read_card(member, LinkCard)


@pytest.mark.parametrize("letter", "MCRSX")
def test_a_link_card_presented_as_another_kind_is_refused(letter: str) -> None:
    with pytest.raises(CardInvalid):
        read_any_card(TEXT.replace(":L:", f":{letter}:"))


def test_every_changed_or_missing_character_is_refused() -> None:
    for at in range(len(TEXT)):
        changed = "B" if TEXT[at] == "A" else "A"
        with pytest.raises(CardInvalid):
            read_any_card(TEXT[:at] + changed + TEXT[at + 1 :])
        with pytest.raises(CardInvalid):
            read_any_card(TEXT[:at])


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (replace(CARD, link_key=HILL_LINK), "not its community's"),
        (
            replace(CARD, link_key=HILL_LINK, proof=prove_link_key(link_seed(HILL_SEED), HILL)),
            "not its community's",
        ),
        (replace(CARD, proof=bytes(64)), "not its community's"),
        (replace(CARD, proof=crypto.sign(RIVER_SEED, RIVER)), "not its community's"),
        (
            replace(CARD, link_key=RIVER, proof=prove_link_key(RIVER_SEED, RIVER)),
            "is the community's own",
        ),
        (replace(CARD, name="River\x1b[2J"), "control characters"),
        (replace(CARD, size=0), "root of 32 bytes for size 0"),
        (replace(CARD, root=b""), "root of 0 bytes for size 1234"),
        (replace(CARD, terms=Terms("HOUR", 2, "EUR", 2, 100, 1_550)), "common factor"),
        (replace(CARD, terms=Terms("EUR", 2, "EUR", 2, 1, 1)), "got EUR twice"),
        (replace(CARD, terms=Terms("euro", 2, "", 0, 1, 1)), "damaged card"),
        (replace(CARD, hints=(("a", 1),) * 9), "damaged card"),
        (replace(CARD, http="https://" + "a" * 2_000), "got .* bytes where at most 1400 fit"),
        (replace(CARD, network="tor"), "damaged card"),
    ],
    ids=[
        "another's link key",
        "another's link key and proof",
        "no proof",
        "proof by the main key",
        "main key for a link key",
        "control character",
        "root without size",
        "size without root",
        "rate not in lowest terms",
        "one unit twice",
        "unit in small letters",
        "nine hints",
        "oversized",
        "unknown network",
    ],
)
def test_a_link_card_that_does_not_hold_is_refused_though_it_is_signed(
    card: LinkCard, said: str
) -> None:
    with pytest.raises(CardInvalid, match=said):
        read_card(signed(card), LinkCard)


def test_a_card_is_linkable_from_another_community_of_the_network_for_a_month() -> None:
    for now in (NOW - DAY, NOW, NOW + 30 * DAY):
        check_linkable(CARD, HILL, "private", now)
    with pytest.raises(CardInvalid, match="this community's own link card"):
        check_linkable(CARD, RIVER, "private", NOW)
    with pytest.raises(CardInvalid, match="in the private network; this one lives in the public"):
        check_linkable(CARD, HILL, "public", NOW)
    with pytest.raises(CardInvalid, match="over 30 days old; ask"):
        check_linkable(CARD, HILL, "private", NOW + 30 * DAY + 1)
    with pytest.raises(CardInvalid, match="86401 s from now"):
        check_linkable(CARD, HILL, "private", NOW - DAY - 1)


def test_both_managers_read_the_same_six_words_and_nobody_else_does() -> None:
    words = link_words(RIVER, RIVER_LINK, HILL, HILL_LINK)
    assert len(words.split()) == 6
    assert link_words(HILL, HILL_LINK, RIVER, RIVER_LINK) == words
    others = {
        link_words(RIVER, HILL_LINK, HILL, RIVER_LINK),
        link_words(RIVER, RIVER_LINK, HILL, RIVER_LINK),
        link_words(RIVER_LINK, RIVER, HILL_LINK, HILL),
        link_words(RIVER, RIVER_LINK, bytes(32), HILL_LINK),
    }
    assert len(others | {words}) == 5


def test_a_link_key_is_one_for_all_links_and_not_the_main_key() -> None:
    assert link_seed(RIVER_SEED) == link_seed(RIVER_SEED)
    assert len({link_seed(RIVER_SEED), link_seed(HILL_SEED), RIVER_SEED, HILL_SEED}) == 4
