"""Words: what needs the manager, how late somebody is, what a status means, in his language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from federation.console.views import View
from federation.web.language import _, ngettext, since_words

WHO_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Told:
    """A matter in words: how grave, what it is, what to do, where."""

    weight: str
    title: str
    step: str
    path: str
    more: str = ""


def tell_matter(matter: View) -> Told:
    """Return what needs the manager as people read it."""
    title, step = _WORDS[matter["kind"]](matter)
    return Told(matter["weight"], title, step, matter["path"], matter["more"])


def lateness(member: View, now: int) -> tuple[str, str]:
    """Return how a member's slot is attended to: a kind of badge, and words.

    Args:
        member: From ``view_status``.
        now: Unix seconds.
    """
    if member["late"]:
        since = since_words(member["pending_since"], now)
        return "bad", _("late: came %(since)s") % {"since": since}
    if member["files"]:
        return "wait", _("waits for the file %(names)s") % {"names": ", ".join(member["files"])}
    if member["pending"]:
        count = member["pending"]
        text = ngettext("%(count)s change waits", "%(count)s changes wait", count)
        return "wait", text % {"count": count}
    if member["polled"] is None:
        return "plain", _("not asked yet")
    if member["seen"] is None:
        return "plain", _("nothing sent yet")
    return "good", _("up to date")


def status_words(status: str) -> tuple[str, str]:
    """Return an account's status: a kind of badge, and words."""
    return {
        "active": ("good", _("active")),
        "suspended": ("warn", _("suspended")),
        "closed": ("plain", _("closed")),
    }[status]


def kind_words(kind: str) -> str:
    """Return what part an account has in the community."""
    return {
        "member": _("member"),
        "commons": _("the community's own account"),
        "exchange": _("exchange between units"),
    }.get(kind, _("linked community"))


def _names(matter: View) -> str:
    who = matter["who"]
    shown = ", ".join(who[:WHO_SHOWN])
    rest = len(who) - WHO_SHOWN
    return (
        shown if rest <= 0 else _("%(names)s and %(count)s more") % {"names": shown, "count": rest}
    )


def _split_view(matter: View) -> tuple[str, str]:
    if matter["weight"] == "know":
        return _("This key once signed two histories"), _("You decided to go on with this one.")
    return (
        _("Split view: this key signed two histories"),
        _("Nothing is merged until you decide. Compare with your members which one they have."),
    )


def _late(matter: View) -> tuple[str, str]:
    text = ngettext(
        "%(names)s waits longer than promised",
        "%(names)s wait longer than promised",
        matter["count"],
    )
    return text % {"names": _names(matter)}, _("Look whether cycles run, and what the log says.")


def _link_problem(matter: View) -> tuple[str, str]:
    return (
        _("The link to %(name)s has a problem") % {"name": _names(matter)},
        _("Talk to its manager; payments over it may wait."),
    )


def _link_away(matter: View) -> tuple[str, str]:
    return (
        _("%(name)s does not answer over its link") % {"name": _names(matter)},
        _("Its manager's program may be off. What is under way waits until it is back."),
    )


def _refusals(matter: View) -> tuple[str, str]:
    text = ngettext(
        "%(count)s refusal since yesterday", "%(count)s refusals since yesterday", matter["count"]
    )
    return text % {"count": matter["count"]}, _("See whether somebody needs help or another limit.")


def _evidence(matter: View) -> tuple[str, str]:
    return (
        _("%(names)s signed one number twice") % {"names": _names(matter)},
        _("Most often a copied home: tell the person to add a key for the second device."),
    )


_WORDS: Mapping[str, Callable[[View], tuple[str, str]]] = {
    "split_view": _split_view,
    "audit_failed": lambda _matter: (
        _("The last audit found something wrong"),
        _("Nothing is signed any more. Restore a backup, or ask for help."),
    ),
    "sum_not_zero": lambda _matter: (
        _("The balances do not add up to zero"),
        _("Run an audit; do not sign anything before it holds."),
    ),
    "not_open": lambda _matter: (
        _("The ledger is not open yet"),
        _("Type: commontab-manager open --unit EUR"),
    ),
    "restored": lambda _matter: (
        _("This home came from a backup"),
        _("It signs nothing before it has looked around. See what the log says."),
    ),
    "disk": lambda _matter: (_("The disk is nearly full"), _("Make room before merging stops.")),
    "late": _late,
    "promise": lambda _matter: (
        _("Something is later than promised"),
        _("Look at the cycles and whether the network answers."),
    ),
    "link_problem": _link_problem,
    "link_away": _link_away,
    "backup_old": lambda matter: (
        ngettext(
            "No backup within the last day",
            "No backup within the last %(count)s days",
            matter["count"],
        )
        % {"count": matter["count"]},
        _("Make one, and keep it on another disk."),
    ),
    "swarm": lambda _matter: (
        _("Few computers keep the ledger"),
        _("Leave this program running; members' programs help when they run."),
    ),
    "refusals": _refusals,
    "evidence": _evidence,
    "queue": lambda matter: (
        ngettext(
            "%(count)s statement of yours waits",
            "%(count)s statements of yours wait",
            matter["count"],
        )
        % {"count": matter["count"]},
        _("It is merged in the next cycle."),
    ),
}
