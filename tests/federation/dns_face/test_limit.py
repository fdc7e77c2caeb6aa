"""Buckets by network: what one is sent, whom it counts with, and that there are not too many."""

import pytest

from federation.dns_face.limit import NETWORKS_MAX, Limiter, Verdict, network_of


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.255", True),
        ("192.0.2.1", "192.0.3.1", False),
        ("2001:db8:0:1::1", "2001:db8:0:ff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:100::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
    ],
)
def test_a_network_is_a_24_or_a_56(one: str, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) == same


def test_a_bucket_fills_again_as_time_goes_on() -> None:
    limiter = Limiter(rate_per_s=2, burst=3)

    def verdicts(count: int, now: float) -> list[Verdict]:
        return [limiter.judge("192.0.2.1", now) for _ in range(count)]

    answer, hint, nothing = Verdict.ANSWER, Verdict.HINT, Verdict.NOTHING
    assert verdicts(7, 100.0) == [answer] * 3 + [nothing, hint, nothing, hint]
    assert verdicts(2, 100.5) == [answer, nothing]
    assert verdicts(4, 200.0) == [answer] * 3 + [nothing]


def test_only_so_many_networks_are_remembered() -> None:
    limiter = Limiter(rate_per_s=0, burst=1)
    assert limiter.judge("192.0.2.1", 0) is Verdict.ANSWER
    assert limiter.judge("192.0.2.1", 0) is Verdict.NOTHING
    for number in range(NETWORKS_MAX):
        limiter.judge(f"10.{number >> 8}.{number & 255}.1", 0)
    assert limiter.judge("192.0.2.1", 0) is Verdict.ANSWER
