"""Matters: what needs the manager now, the gravest first, each with where to go."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from federation.console.views import View

Weight = Literal["stop", "soon", "know"]
_ORDER: Mapping[Weight, int] = {"stop": 0, "soon": 1, "know": 2}
REFUSALS_S = 86_400
"""Refusals of the last day are told of."""


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing to look at.

    Attributes:
        kind: A fixed word; pages choose their words by it.
        weight: Whether all is stopped by it, it should be seen to soon, or is good to know.
        count: How many, where that means something.
        who: Whom it is about, handles or names of links.
        more: What a program said about it.
        path: The page that shows more.
    """

    kind: str
    weight: Weight
    path: str
    count: int = 0
    who: tuple[str, ...] = ()
    more: str = ""


def find_matters(status: View, found: View, now: int) -> list[Matter]:
    """Return what needs somebody now, the gravest first; nothing where all is well.

    Args:
        status: From ``view_status``.
        found: ``refusals`` (from ``view_refusals``), ``backups`` (``view_backups``), ``disk`` (a
            Finding), ``swarm`` (``view_health``) and ``audit_trouble``, a text or None.
        now: Unix seconds.
    """
    all_of = (*_stopped(status, found), *_late(status), *_care(status, found, now))
    return sorted(all_of, key=lambda one: _ORDER[one.weight])


def view_matters(matters: list[Matter]) -> list[View]:
    """Return matters as plain values."""
    return [asdict(one) for one in matters]


def _stopped(status: View, found: View) -> Iterator[Matter]:
    split = status["split_view"]
    if split is not None:
        weight: Weight = "know" if split["confirmed"] else "stop"
        yield Matter("split_view", weight, "/network", more=split["evidence"])
    if found["audit_trouble"]:
        yield Matter("audit_failed", "stop", "/care", more=found["audit_trouble"])
    if not status["zero_sum"]:
        yield Matter("sum_not_zero", "stop", "/trial")
    if not status["opened"]:
        yield Matter("not_open", "stop", "/rules")
    if status["restored"]:
        yield Matter("restored", "stop", "/care")
    if not found["disk"]["well"]:
        yield Matter("disk", "stop", "/care", more=found["disk"]["found"])


def _late(status: View) -> Iterator[Matter]:
    if status["late"]:
        who = tuple(dict.fromkeys(status["late"]))
        yield Matter("late", "soon", "/members", len(status["late"]), who)
    others = [one for one in status["problems"] if not one.startswith("changes of ")]
    for text in others:
        yield Matter("promise", "soon", "/cycles", more=text)
    troubled = [one for one in status["links"] if one["problem"] or one["away"]]
    for link in troubled:
        kind = "link_problem" if link["problem"] else "link_away"
        yield Matter(
            kind, "soon", "/links", link["waiting_there"], (link["name"],), link["problem"] or ""
        )


def _care(status: View, found: View, now: int) -> Iterator[Matter]:
    if found["backups"]["old"]:
        yield Matter("backup_old", "soon", "/care", found["backups"]["old_days"])
    swarm = found["swarm"]
    if swarm is not None and not swarm["well"]:
        yield Matter("swarm", "soon", "/network", swarm["copies"], more=swarm["trouble"])
    recent = [one for one in found["refusals"] if now - (one["time"] or 0) < REFUSALS_S]
    if recent:
        who = tuple(dict.fromkeys(one["who"] for one in recent if one["who"]))
        yield Matter("refusals", "know", "/refusals", len(recent), who)
    if status["evidence"]:
        who = tuple(dict.fromkeys(one["handle"] for one in status["evidence"]))
        yield Matter("evidence", "know", "/network", len(status["evidence"]), who)
    if status["queue"]:
        yield Matter("queue", "know", "/cycles", len(status["queue"]))
