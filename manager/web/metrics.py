"""Metrics for prometheus: figures only, no names of members in any label."""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from federation.console.views import View
from federation.web.gate import REASONS, Gate

PREFIX = "commontab_"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Snapshot(Collector):
    """What one scrape gives."""

    def __init__(
        self,
        gauges: Mapping[str, tuple[str, float | None]],
        sums: Mapping[str, int],
        turned_away: Mapping[str, int],
    ) -> None:
        self._gauges = gauges
        self._sums = sums
        self._turned_away = turned_away

    def collect(self) -> Iterator[Metric]:
        """Give every figure that is known, by prometheus' naming rules."""
        for name, (words, value) in self._gauges.items():
            if value is None:
                continue
            family = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            yield family(PREFIX + name, words, value)
        sums = GaugeMetricFamily(
            PREFIX + "balance_sum_minor", "Sum of all balances of a unit; not 0 is an error.",
            labels=["unit"],
        )  # fmt: skip
        for unit, total in self._sums.items():
            sums.add_metric([unit], total)
        yield sums
        away = CounterMetricFamily(
            PREFIX + "page_turned_away_total", "Connections and requests turned away, by reason.",
            labels=["reason"],
        )  # fmt: skip
        for reason in REASONS:
            away.add_metric([reason], self._turned_away.get(reason, 0))
        yield away


def expose(held: View, counts: Mapping[str, float], now: int, gate: Gate) -> bytes:
    """Return the text that prometheus scrapes.

    Args:
        held: From ``Desk.overview``.
        counts: ``cycles``, ``rings``, ``merged``, ``refused``: how many since the start.
        now: Unix seconds.
        gate: Of the pages.

    Source:
        prometheus.io, "Metric and label naming"; text exposition format 0.0.4.
    """
    registry = CollectorRegistry()
    figures = _figures(held, counts, now) | {
        "page_connections": ("Connections to the pages that are open.", gate.open)
    }
    registry.register(Snapshot(figures, held["status"]["sums_minor"], gate.turned_away))
    return generate_latest(registry)


def _figures(
    held: View, counts: Mapping[str, float], now: int
) -> dict[str, tuple[str, float | None]]:
    status, swarm = held["status"], held["swarm"]
    members, links = status["members"], status["links"]
    oldest = [now - one["pending_since"] for one in members if one["pending_since"] is not None]
    audit, backup = status["audit"], held["backups"]["last"]
    witnesses, published = status["witnesses"], status["published"]
    troubled = sum(bool(one["problem"]) or one["away"] for one in links)
    return {
        "cycles_total": ("Cycles since the start.", counts["cycles"]),
        "change_sets_merged_total": ("Changes that took effect since the start.", counts["merged"]),
        "change_sets_refused_total": ("Changes refused since the start.", counts["refused"]),
        "doorbell_rings_total": ("Rings at the doorbell since the start.", counts["rings"]),
        "records": ("Records of the journal.", status["size"]),
        "records_published": ("Records published.", published and published["size"]),
        "records_final": ("Records that are final.", witnesses and witnesses["final_size"]),
        "member_keys": ("Members' keys that are polled.", len(members)),
        "member_keys_late": ("Keys whose changes wait too long.", len(status["late"])),
        "changes_pending": ("Changes that wait.", sum(one["pending"] for one in members)),
        "changes_pending_age_seconds": ("Age of the oldest of them.", max(oldest, default=0)),
        "promise_kept": ("1 while nothing is later than promised.", status["promise_kept"]),
        "last_merge_timestamp_seconds": ("Time of the newest merge.", status["time"]),
        "last_poll_timestamp_seconds": (
            "When a slot last answered.",
            max((one["polled"] or 0 for one in members), default=0) or None,
        ),
        "last_audit_timestamp_seconds": ("When all was last audited.", audit and audit["time"]),
        "last_backup_timestamp_seconds": ("When a backup was made.", backup and backup["time"]),
        "links": ("Links to other communities.", len(links)),
        "links_in_trouble": ("Links that do not answer or differ.", troubled),
        "split_view": ("1 after two histories were signed.", status["split_view"] is not None),
        "witnesses": ("Accounts whose word counts.", witnesses and witnesses["of"]),
        "witnesses_agreeing": ("Those that agree.", witnesses and witnesses["checked"]),
        "dht_nodes": ("DHT nodes that answered lately.", swarm and swarm["nodes"]),
        "checkpoint_copies": ("Nodes that keep the checkpoint.", swarm and swarm["copies"]),
        "snapshot_peers": ("Computers that keep the snapshot.", swarm and swarm["peers"]),
    }  # fmt: skip
