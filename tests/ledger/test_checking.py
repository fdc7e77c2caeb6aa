"""Signatures checked by two processes count just as by one, whatever becomes of the second."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from ledger import crypto
from ledger.checking import helper
from ledger.checking.checker import MANY, Checker
from ledger.crypto import Claim, holds
from ledger.errors import SignatureInvalid
from tests.support.project import ROOT
from tests.support.township import seed_of

SEED = seed_of("ada")
KEY = crypto.public_key(SEED)
COUNT = 2 * MANY
GONE_S = 10
"""Longer than a process takes to notice that nobody asks any more."""


def claim(message: bytes) -> Claim:
    return KEY, message, crypto.sign(SEED, message)


@pytest.fixture(scope="module")
def claims() -> list[Claim]:
    """Claims of which every seventh is false."""
    made = [claim(b"%d" % number) for number in range(COUNT)]
    return [one if place % 7 else (KEY, one[1] + b"!", one[2]) for place, one in enumerate(made)]


def accepts(checker: Checker, asked: Claim) -> bool:
    try:
        checker.verify(*asked)
    except SignatureInvalid:
        return False
    return True


def assert_right(checker: Checker, asked: Sequence[Claim]) -> None:
    assert [accepts(checker, one) for one in asked] == [holds(one) for one in asked]


def runs(pid: int) -> bool:
    """Return whether a process is there and has not ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] not in {"Z", "X"}


def wait_until_gone(pid: int) -> None:
    patience = time.monotonic() + GONE_S
    while runs(pid):
        assert time.monotonic() < patience, f"process {pid} still runs"
        time.sleep(0.01)


def test_few_signatures_need_no_second_process(claims: Sequence[Claim]) -> None:
    with Checker() as checker:
        checker.expect(claims[: MANY - 1])
        assert_right(checker, claims[: MANY - 1])
        assert checker.helper is None


def test_what_was_checked_is_not_kept(claims: Sequence[Claim]) -> None:
    with Checker() as checker:
        for one in claims:
            checker.expect([one])
            assert accepts(checker, one) == holds(one)
            assert checker.is_idle
        assert checker.helper is None
        checker.expect(claims)
        assert_right(checker, claims)
        assert checker.is_idle


@pytest.mark.parametrize("order", ["as expected", "the other way round", "at random"])
def test_many_are_accepted_as_by_one(claims: Sequence[Claim], order: str) -> None:
    asked = list(claims) if order == "as expected" else list(reversed(claims))
    if order == "at random":
        Random(1).shuffle(asked)  # noqa: S311 -- no secret
    with Checker() as checker:
        checker.expect(claims)
        assert checker.helper is not None
        assert_right(checker, asked)


def test_the_second_process_does_its_share(claims: Sequence[Claim]) -> None:
    with Checker() as checker:
        checker.expect(claims)
        assert checker.helper is not None
        first = list(checker.helper.unanswered)
        checker.helper.wait()
        answered = checker.helper.read()
        assert answered == [(one, holds(one)) for one in first[: len(answered)]]
        assert answered


def test_what_was_not_expected_is_checked_all_the_same(claims: Sequence[Claim]) -> None:
    with Checker() as checker:
        checker.expect(claims)
        for other in (claim(b"other"), (KEY, b"other", bytes(64)), (KEY, b"short", b"")):
            assert accepts(checker, other) == holds(other)
        assert_right(checker, claims)


def test_what_is_asked_for_twice_is_checked_twice(claims: Sequence[Claim]) -> None:
    with Checker() as checker:
        checker.expect([*claims, *claims])
        assert_right(checker, [*claims, *claims])


def test_long_messages_do_not_stop_either(claims: Sequence[Claim]) -> None:
    long = [claim(bytes(16_000) + b"%d" % number) for number in range(200)]
    with Checker() as checker:
        checker.expect([*claims, *long])
        assert_right(checker, [*long, *claims])


def test_a_round_that_was_broken_off_is_forgotten(claims: Sequence[Claim]) -> None:
    with Checker() as checker:
        for _ in range(3):
            checker.forget()
            checker.expect(claims)
            assert_right(checker, claims[:10])
        checker.forget()
        assert_right(checker, claims)


@pytest.mark.parametrize("killed_at", [0, 1, MANY, COUNT - 1])
def test_without_the_second_process_the_first_goes_on(
    claims: Sequence[Claim], killed_at: int
) -> None:
    with Checker() as checker:
        checker.expect(claims)
        assert checker.helper is not None
        lost = checker.helper.pid
        assert_right(checker, claims[:killed_at])
        os.kill(lost, signal.SIGKILL)
        assert_right(checker, claims[killed_at:])
        wait_until_gone(lost)
        checker.forget()
        checker.expect(claims)
        assert checker.helper is not None
        assert_right(checker, claims)
        assert not runs(lost)


@pytest.mark.parametrize("length", [10, 16_000])
def test_a_second_process_that_is_stuck_is_given_up(
    monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    monkeypatch.setattr(helper, "ANSWER_S", 0.2)
    claims = [claim(bytes(length) + b"%d" % number) for number in range(MANY + 100)]
    with Checker() as checker:
        checker.expect(claims)
        assert checker.helper is not None
        stuck = checker.helper.pid
        os.kill(stuck, signal.SIGSTOP)
        assert_right(checker, claims)
        assert not runs(stuck)


def test_where_no_process_can_be_started_one_does_it(
    claims: Sequence[Claim], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with Checker() as checker:
        checker.expect(claims)
        assert checker.helper is None
        assert_right(checker, claims)


def test_the_second_process_ends_when_it_is_closed(claims: Sequence[Claim]) -> None:
    with Checker() as checker:
        checker.expect(claims)
        assert checker.helper is not None
        pid = checker.helper.pid
        assert runs(pid)
    assert not runs(pid)


def test_the_second_process_ends_when_the_first_is_killed() -> None:
    program = (
        "import sys, time\n"
        "from ledger.checking.checker import MANY, Checker\n"
        "checker = Checker()\n"
        "checker.expect((bytes(32), b'%d' % number, bytes(64)) for number in range(2 * MANY))\n"
        "checker.helper.wait()\n"
        "assert checker.helper.read(), 'it works'\n"
        "print(checker.helper.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    asking = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with asking:
        assert asking.stdout is not None
        pid = int(asking.stdout.readline())
        assert runs(pid)
        asking.kill()
    wait_until_gone(pid)


def test_ctrl_c_ends_the_first_process_only(claims: Sequence[Claim]) -> None:
    with Checker() as checker:
        checker.expect(claims)
        assert checker.helper is not None
        checker.helper.wait()  # it has begun, so it knows what Ctrl-C means to it
        os.kill(checker.helper.pid, signal.SIGINT)
        assert_right(checker, claims)
        assert runs(checker.helper.pid)
