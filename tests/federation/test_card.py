from base64 import b32encode

import pytest

from federation.card import (
    Card,
    CommunityCard,
    MemberCard,
    RequestCard,
    check_payable,
    read_any_card,
    read_card,
    sign_card,
)
from federation.card_frame import CARD_CHARS_MAX
from federation.errors import CardInvalid
from federation.qr import TEXT_CHARS_MAX, draw_png, read_picture
from ledger import crypto
from ledger.codec import encode

SEED, COMMUNITY_SEED = bytes(range(32)), bytes([1]) * 32
KEY, COMMUNITY = crypto.public_key(SEED), crypto.public_key(COMMUNITY_SEED)
NODES = (("192.0.2.7", 6_881), ("dht.example.org", 1), ("2001:db8::7", 65_535))
NOW = 1_800_000_000

MEMBER = MemberCard(KEY, "Ada Lovelace", NOW, NODES)
RIVER = CommunityCard(
    COMMUNITY, "River", 1_234, bytes(32), "private", NODES, "https://river.example/"
)
REQUEST = RequestCard(KEY, COMMUNITY, KEY[:16], "ada", "Ada Lovelace", bytes(16), 1_250, "EUR",
                      "bread", NOW)  # fmt: skip
CARDS: dict[str, tuple[bytes, Card]] = {
    "M": (SEED, MEMBER),
    "C": (COMMUNITY_SEED, RIVER),
    "R": (SEED, REQUEST),
}
TEXTS = {kind: sign_card(seed, card) for kind, (seed, card) in CARDS.items()}


@pytest.mark.parametrize("kind", CARDS)
def test_a_card_reads_back_in_any_case_and_with_white_space(kind: str) -> None:
    text, card = TEXTS[kind], CARDS[kind][1]
    assert text.startswith(f"COMMONTAB:{kind}:")
    wrapped = "\n ".join(text[at : at + 30] for at in range(0, len(text), 30))
    for typed in (text, text.lower(), text.swapcase(), f"  {text}\r\n", wrapped):
        assert read_any_card(typed) == card


@pytest.mark.parametrize("kind", CARDS)
def test_a_card_goes_through_a_qr_picture(kind: str) -> None:
    assert read_any_card(read_picture(draw_png(TEXTS[kind]))) == CARDS[kind][1]


def test_the_longest_cards_fit_a_qr_code() -> None:
    hints = (("a" * 64, 65_535),) * 8
    name = "😀" * 64
    texts = [
        sign_card(SEED, MemberCard(KEY, name, 2**40 - 1, hints)),
        sign_card(SEED, CommunityCard(KEY, name, 2**53 - 1, bytes(32), "loopback", hints,
                                      "https://" + "a" * 120)),
        sign_card(SEED, RequestCard(KEY, COMMUNITY, KEY[:16], "é" * 63, name, bytes(16), 2**53 - 1,
                                    "ABCDEFGH", "😀" * 200, 2**40 - 1)),
    ]  # fmt: skip
    for text in texts:
        assert read_any_card(text)
        assert len(text) <= min(TEXT_CHARS_MAX, CARD_CHARS_MAX)


def test_a_card_of_another_kind_is_refused_by_its_name() -> None:
    assert read_card(TEXTS["M"], MemberCard) == MEMBER
    assert read_card(TEXTS["C"], CommunityCard) == RIVER
    assert read_card(TEXTS["R"], RequestCard) == REQUEST
    with pytest.raises(CardInvalid, match="got a member's card where a community's card is needed"):
        read_card(TEXTS["M"], CommunityCard)
    with pytest.raises(CardInvalid, match="got a community's card where a payment request"):
        read_card(TEXTS["C"], RequestCard)


@pytest.mark.parametrize("kind", CARDS)
def test_a_card_presented_as_another_kind_is_refused(kind: str) -> None:
    for other in set("MCRLX") - {kind}:
        with pytest.raises(CardInvalid):
            read_any_card(TEXTS[kind].replace(f":{kind}:", f":{other}:"))


@pytest.mark.parametrize("kind", CARDS)
def test_every_changed_character_of_a_card_is_refused(kind: str) -> None:
    text = TEXTS[kind]
    for at in range(len(text)):
        changed = "B" if text[at] == "A" else "A"
        with pytest.raises(CardInvalid):
            read_any_card(text[:at] + changed + text[at + 1 :])
        with pytest.raises(CardInvalid):
            read_any_card(text[:at])


@pytest.mark.parametrize("kind", CARDS)
def test_a_card_signed_by_another_key_is_refused(kind: str) -> None:
    body = encode(CARDS[kind][1])
    signature = crypto.sign(bytes(32), f"commontab/card/v1\n{kind}\n".encode() + body)
    with pytest.raises(CardInvalid, match="forged"):
        read_any_card(pack(kind, body + signature))


def pack(kind: str, data: bytes) -> str:
    return f"COMMONTAB:{kind}:" + b32encode(data).decode().rstrip("=")


def signed(kind: str, fields: list[object]) -> str:
    body = encode(fields)
    return pack(
        kind, body + crypto.sign(SEED, f"commontab/card/v1\n{kind}\n".encode() + body)
    )  # fmt: skip


LONG = "é" * 65
BAD: dict[str, str] = {
    "nothing": "",
    "another scheme": "https://example.org/",
    "a magnet link": "magnet:?xt=urn:btih:" + "0" * 40,
    "no kind": "COMMONTAB:",
    "no body": "COMMONTAB:M:",
    "a signature alone": pack("M", bytes(64)),
    "no base32": "COMMONTAB:M:0189",
    "other letters": "COMMONTAB:M:ÄÖÜ",
    "padding": TEXTS["M"] + "=",
    "spare bits": "COMMONTAB:M:AB",
    "too long": "COMMONTAB:M:" + "A" * 5_000,
    "a control character in the name": signed("M", [KEY, "Ada\x1b[2J", NOW, []]),
    "a turned direction of writing": signed("M", [KEY, "Ada\u202e", NOW, []]),
    "no name": signed("M", [KEY, "", NOW, []]),
    "a long name": signed("M", [KEY, LONG, NOW, []]),
    "a short key": signed("M", [KEY[:31], "Ada", NOW, []]),
    "too many hints": signed("M", [KEY, "Ada", NOW, [["a", 1]] * 9]),
    "port 0": signed("M", [KEY, "Ada", NOW, [["a", 0]]]),
    "port 65536": signed("M", [KEY, "Ada", NOW, [["a", 65_536]]]),
    "a host with a space": signed("M", [KEY, "Ada", NOW, [["a b", 1]]]),
    "a host with a newline": signed("M", [KEY, "Ada", NOW, [["a\n", 1]]]),
    "one field more": signed("M", [KEY, "Ada", NOW, [], 1]),
    "one field less": signed("M", [KEY, "Ada", NOW]),
    "a size without root": signed("C", [KEY, "River", 5, b"", "public", [], ""]),
    "a root without size": signed("C", [KEY, "River", 0, bytes(32), "public", [], ""]),
    "an unknown network": signed("C", [KEY, "River", 0, b"", "tor", [], ""]),
    "a script for an address": signed("C", [KEY, "River", 0, b"", "public", [], "javascript:1"]),
    "an address with a space": signed("C", [KEY, "River", 0, b"", "public", [], "http://a b"]),
    "an amount of 0": signed("R", [KEY, KEY, KEY[:16], "ada", "Ada", KEY[:16], 0, "EUR", "", NOW]),
    "an amount of 2**53": signed(
        "R", [KEY, KEY, KEY[:16], "ada", "Ada", KEY[:16], 2**53, "EUR", "", NOW]
    ),
    "a unit in small letters": signed(
        "R", [KEY, KEY, KEY[:16], "ada", "Ada", KEY[:16], 1, "eur", "", NOW]
    ),
    "a memo of two lines": signed(
        "R", [KEY, KEY, KEY[:16], "ada", "Ada", KEY[:16], 1, "EUR", "a\nb", NOW]
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_text_that_is_no_card_is_refused(case: str) -> None:
    with pytest.raises(CardInvalid):
        read_any_card(BAD[case])


def test_the_helper_that_makes_bad_cards_makes_good_ones_too() -> None:
    assert read_any_card(signed("M", [KEY, "Ada", NOW, []])) == MemberCard(KEY, "Ada", NOW, ())
    assert read_any_card(signed("C", [KEY, "River", 0, b"", "public", [], ""]))
    assert read_any_card(
        signed("R", [KEY, KEY, KEY[:16], "ada", "Ada", KEY[:16], None, "EUR", "", NOW])
    )


def test_a_non_canonical_body_is_refused_though_it_is_signed() -> None:
    body = b"\xdc\x00\x04" + encode(MEMBER)[1:]
    signature = crypto.sign(SEED, b"commontab/card/v1\nM\n" + body)
    with pytest.raises(CardInvalid, match="non-canonical"):
        read_any_card(pack("M", body + signature))


def test_signing_refuses_a_name_that_readers_would_refuse() -> None:
    with pytest.raises(CardInvalid, match="control characters"):
        sign_card(SEED, MemberCard(KEY, "Ada\n", NOW, ()))


def test_a_request_is_payable_in_its_community_until_it_expires() -> None:
    check_payable(REQUEST, COMMUNITY, NOW)
    with pytest.raises(CardInvalid, match="expired 1 s ago"):
        check_payable(REQUEST, COMMUNITY, NOW + 1)
    with pytest.raises(CardInvalid, match="another community"):
        check_payable(REQUEST, KEY, NOW)
