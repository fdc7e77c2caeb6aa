import pytest

from federation.errors import KeyFileInvalid
from federation.words import fingerprint, paper_words, seed_of_words

ABANDON = "abandon " * 23 + "art"


@pytest.mark.parametrize(
    ("seed", "words"),
    [
        (bytes(32), ABANDON),
        (b"\x7f" * 32, "legal winner thank year wave sausage worth useful " * 2
         + "legal winner thank year wave sausage worth title"),
        (b"\xff" * 32, "zoo " * 23 + "vote"),
    ],
)  # fmt: skip
def test_paper_words_are_bip_39s(seed: bytes, words: str) -> None:
    # Vectors of BIP-39, trezor/python-mnemonic vectors.json.
    assert paper_words(seed) == words
    assert seed_of_words(words) == seed


def test_words_read_in_any_case_and_spacing() -> None:
    assert seed_of_words("  " + ABANDON.upper().replace(" ", "\n\t ") + "\n") == bytes(32)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "got 0 words"),
        ("abandon " * 12, "got 12 words"),
        ("abandon " * 24, "checksum"),
        ("abandno " + ABANDON[8:], "word 1, 'abandno', is not in the list: abandon"),
        (ABANDON[:-3] + "#" * 5_000, "word 24, '####################', is not .* another word"),
        ("zoo " * 22 + "vote zoo", "checksum"),
    ],
)
def test_words_that_do_not_check_are_refused(text: str, message: str) -> None:
    with pytest.raises(KeyFileInvalid, match=message):
        seed_of_words(text)


def test_a_fingerprint_is_six_words_of_the_key() -> None:
    assert fingerprint(bytes(32)) == "midnight notable tobacco else orange smooth"
    words = {fingerprint(bytes([number]) * 32) for number in range(50)}
    assert len(words) == 50
    assert {len(text.split()) for text in words} == {6}
