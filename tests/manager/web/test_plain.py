"""What programs ask without signing in: metrics, health and the doorbell."""

import re

from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from federation.web.gate import REASONS
from ledger.changeset import Seen
from ledger.operation import Pay
from manager.cli.options import now
from manager.doorbell import KEY_AGAIN_S, RINGS_MAX, Doorbell
from tests.support.officeface import OfficeFace
from tests.support.visitor import Visitor

KEY = bytes(32)
FORWARDED = {"X-Forwarded-For": "203.0.113.7"}


async def test_metrics_are_figures_without_any_name(stranger: Visitor, office: OfficeFace) -> None:
    office.doorbell.ring(KEY, 0)
    seen = await stranger.open("/metrics")
    families = {one.name: one for one in text_string_to_metric_families(seen.text)}
    assert families["commontab_member_keys"].samples[0].value == 3
    assert families["commontab_doorbell_rings"].samples[0].value == 1
    sums = families["commontab_balance_sum_minor"].samples
    assert [(one.labels, one.value) for one in sums] == [({"unit": "EUR"}, 0)]
    labels = {name for one in families.values() for sample in one.samples for name in sample.labels}
    assert labels == {"unit", "reason"}
    away = families["commontab_page_turned_away"].samples
    assert {one.labels["reason"] for one in away} == set(REASONS)
    assert {one.value for one in away} == {0}
    assert families["commontab_page_connections"].samples[0].value == 1
    assert not re.search(r"ada|ben|cleo|Riverside", seen.text)


async def test_health_says_with_503_what_is_wrong_and_names_nobody(
    stranger: Visitor, office: OfficeFace
) -> None:
    council = office.council
    council.merge(council.pay("ada", "ben", 1), now=now())
    well = await stranger.open("/healthz")
    assert (well.status, well.text) == (200, '{"ok": true, "reasons": []}')
    to = council.people["ben"].id
    seen = Seen(1_000_000, bytes(32))
    late = council.people["ada"].sign(Pay(to, 1, "EUR", "", b"", None), seen=seen)
    council.merge(late, now=now() - 1_000)
    unwell = await stranger.open("/healthz")
    assert (unwell.status, '"late"' in unwell.text) == (503, True)
    office.running.audit_trouble = "record 3 of river/ledger.db"
    worse = await stranger.open("/healthz")
    assert worse.text.startswith('{"ok": false, "reasons": ["audit_failed", "late"')
    assert "river" not in worse.text


async def test_figures_do_not_leave_by_a_proxy(stranger: Visitor) -> None:
    for path in ("/metrics", "/healthz"):
        assert (await stranger.open(path, **FORWARDED)).status == 403


async def test_a_home_that_cannot_be_read_is_unwell_and_says_no_more(
    stranger: Visitor, office: OfficeFace
) -> None:
    office.council.home.key_file.write_text("no key file")
    seen = await stranger.open("/healthz")
    assert (seen.status, seen.text) == (503, '{"ok": false, "reasons": ["storage"]}')


async def test_a_ring_is_answered_the_same_for_everybody(office: OfficeFace) -> None:
    member = office.council.people["ada"].key
    async with ClientSession() as session:
        answers = []
        for key in (member, KEY):
            async with session.post(office.url + "/doorbell", data=key) as answer:
                answers.append((answer.status, await answer.read(), len(answer.headers)))
        assert answers[0] == answers[1]
        assert answers[0][:2] == (204, b"")
    assert office.doorbell.take() == {member, KEY}


async def test_rings_of_another_form_or_too_many_are_turned_away(office: OfficeFace) -> None:
    async with ClientSession() as session:

        async def ring(data: bytes) -> int:
            async with session.post(office.url + "/doorbell", data=data) as answer:
                return answer.status

        assert [await ring(data) for data in (b"", b"x" * 31, b"x" * 33)] == [400] * 3
        statuses = [await ring(bytes([number]) * 32) for number in range(40)]
        assert statuses[0] == 204
        assert statuses[-1] == 429


def test_the_doorbell_heeds_a_key_seldom_and_keeps_few() -> None:
    bell = Doorbell()
    bell.ring(KEY, 0.0)
    assert bell.take() == {KEY}
    bell.ring(KEY, KEY_AGAIN_S / 2)
    assert bell.take() == frozenset()
    bell.ring(KEY, KEY_AGAIN_S * 2)
    assert bell.take() == {KEY}
    for number in range(RINGS_MAX * 2):
        bell.ring(number.to_bytes(32), 100.0)
    assert len(bell.take()) == RINGS_MAX
    assert bell.rings == 3 + RINGS_MAX * 2
