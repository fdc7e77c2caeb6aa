"""Views: what the manager's reading commands show, as plain values that JSON can hold."""

from dataclasses import asdict

import msgspec

from federation.console.people import handle_of
from federation.console.sentence import printable
from federation.console.statement import describe_statement
from federation.console.views import View, view_balances, view_successions
from federation.witness.confirmations import read_confirmation
from federation.witness.halt import found_split
from federation.words import fingerprint
from ledger.rule.successor import count_accounts, needed
from ledger.state import Account, KeyState
from ledger.store.attachment import AttachmentStore
from ledger.store.desk import QueuedStatement
from ledger.store.publication import Publication, PublicationStore
from ledger.store.slot import SlotStore
from manager.audited import last_audit
from manager.awaited import part_awaited
from manager.lateness import Attention, attend, broken_promises, promise_s
from manager.link.health import attend_links, view_health
from manager.office import Office
from manager.succeed import read_proposal

QUEUE_MAX = 100


def view_status(office: Office, holder: int | None, now: int) -> View:
    """Return how the community stands, and whether its manager keeps the promise.

    Args:
        office: Opened.
        holder: Process id of the running manager, or None.
        now: Unix seconds.
    """
    state, settings = office.state, office.home.settings()
    attention = _attention(office, now)
    queue = [one for one in office.desk.statements(QUEUE_MAX) if one.state == "waiting"]
    published = _view_published(office)
    done = published is not None and published["size"] == state.tree.size and published["put"]
    problems = broken_promises(
        attention,
        (one.created for one in queue),
        None if done or state.key != office.key else state.time,
        settings,
        now,
    )
    sums = office.lookup.sums()
    audited = last_audit(office.values)
    return {
        "community": office.key.hex(),
        "name": office.name,
        "fingerprint": fingerprint(office.key),
        "opened": state.community is not None,
        "closed": state.community is not None and state.community.closed,
        "restored": office.restored,
        "daemon_pid": holder,
        "interval_s": settings.interval_s,
        "promise_s": promise_s(settings),
        "size": state.tree.size,
        "root": state.tree.root.hex(),
        "version": office.store.tip().version,
        "time": state.time,
        "checkpoint": _view_checkpoint(office),
        "published": published,
        "sums_minor": sums,
        "zero_sum": not any(sums.values()),
        "queue": [_view_queued(office, one) for one in queue],
        "members": [_view_attention(office, one) for one in attention],
        "successions": view_successions(state),
        "succession_open": _view_open(office),
        "late": [_handle(office, one) for one in attention if one.late],
        "dropped": {
            one.reason: {"count": one.count, "newest": one.newest} for one in office.door.dropped()
        },
        "links": [view_health(one) for one in attend_links(office, now)],
        "evidence": _view_evidence(office),
        "witnesses": _view_witnesses(office),
        "split_view": _view_split(office),
        "audit": {"time": audited.time, "records": audited.records} if audited else None,
        "promise_kept": not problems,
        "problems": problems,
    }


def view_account(office: Office, account: Account, now: int) -> View:
    """Return all that a manager knows of one account."""
    state = office.state
    mine = [one for one in _attention(office, now) if one.account == account.id]
    others = [known for known in state.keys.values() if known.account == account.id]
    return {
        "handle": account.handle,
        "name": account.name,
        "status": account.status,
        "account": account.id.hex(),
        "admitted": account.admitted,
        "keys": [_view_key(known) for known in sorted(others, key=lambda known: known.key)],
        "balances": view_balances(state, account),
        "attention": [_view_attention(office, one) for one in mine],
        "open_holds": sum(account.id in {one.payer, one.payee} for one in state.holds.values()),
        "open_requests": sum(
            account.id in {one.creditor, one.debtor} for one in state.requests.values()
        ),
        "open_bills": sum(account.id in one.parties for one in state.bills.values()),
        "mandates": sum(
            account.id in {one.debtor, one.creditor} for one in state.mandates.values()
        ),
    }


def _view_open(office: Office) -> View | None:
    """Return how far a home is that waits for its community's members to name its key."""
    proposed = read_proposal(office.values)
    if proposed is None or office.state.key == office.key:
        return None
    return {
        "size": proposed.statement.size,
        "reason": proposed.statement.reason,
        "signed": len(proposed.signers),
        "needed": needed(count_accounts(office.state)),
    }


def magnets(key: bytes, newest: Publication | None) -> dict[str, str]:
    """Return the links by which any BitTorrent client finds the ledger.

    Args:
        key: The community's, 32 bytes.
        newest: Its newest snapshot.

    Source:
        BEP 46, "Magnet link format" (btpk); BEP 9 (btih); BEP 52 (btmh, a multihash).
    """
    found = {"btpk": f"magnet:?xs=urn:btpk:{key.hex()}"}
    if newest is not None:
        found["btih"] = f"magnet:?xt=urn:btih:{newest.infohash.hex()}"
        found["btmh"] = f"magnet:?xt=urn:btmh:1220{newest.infohash_v2.hex()}"
    return found


def _attention(office: Office, now: int) -> list[Attention]:
    polled = [
        known for known in office.state.keys.values() if known.active and known.key != office.key
    ]
    order = sorted(polled, key=lambda known: handle_of(office.state.accounts, known.account))
    pending = office.door.pending()
    waiting = [one.change_set for one in pending]
    kept = AttachmentStore(office.store.database)
    _, awaited = part_awaited(waiting, office.state, kept.lengths, now)
    return attend(order, office.door.polls(), pending, office.home.settings(), now, awaited=awaited)


def _view_attention(office: Office, one: Attention) -> View:
    return {
        "handle": _handle(office, one),
        "key": one.key.hex(),
        "polled": one.polled,
        "seen": one.seen,
        "merged": one.merged,
        "pending": one.pending,
        "pending_since": one.pending_since,
        "late": one.late,
        "files": list(one.files),
    }


def _view_key(known: KeyState) -> View:
    return {
        "key": known.key.hex(),
        "fingerprint": fingerprint(known.key),
        "active": known.active,
        "generation": known.generation,
        "number": known.number,
    }


def _view_checkpoint(office: Office) -> View | None:
    kept = office.store.newest_checkpoint()
    return {"size": kept.size, "root": kept.root.hex()} if kept else None


def _view_published(office: Office) -> View | None:
    database = office.store.database
    newest = PublicationStore(database).newest(1)
    if not newest:
        return None
    item = SlotStore(database).newest(office.key, b"")
    return {
        "version": newest[0].version,
        "size": newest[0].size,
        "time": newest[0].time,
        "infohash": newest[0].infohash.hex(),
        "infohash_v2": newest[0].infohash_v2.hex(),
        "magnets": magnets(office.key, newest[0]),
        "seq": item.seq if item else None,
        "put": item.put if item else None,
    }


def _view_witnesses(office: Office) -> View | None:
    """Return how many members confirmed the newest checkpoint, and how many records are final."""
    kept = office.store.newest_checkpoint()
    if kept is None:
        return None
    confirmation = read_confirmation(office.store.database, office.state)
    top = confirmation.standing(kept.size - 1)
    return {"size": kept.size, **asdict(top), "final_size": confirmation.final_size}


def _view_split(office: Office) -> View | None:
    found = found_split(office.values)
    return None if found is None else msgspec.structs.asdict(found)


def _view_queued(office: Office, one: QueuedStatement) -> View:
    return {
        "number": one.number,
        "what": describe_statement(office.state, one.signed.statement.operation),
        "created": one.created,
    }


def _view_evidence(office: Office) -> list[View]:
    found = []
    for one in office.door.evidence():
        known = office.state.keys.get(one.change_set.key)
        account = known.account if known else one.change_set.key[:16]
        change_set = one.change_set.change_set
        found.append(
            {
                "handle": handle_of(office.state.accounts, account),
                "generation": change_set.generation,
                "number": change_set.number,
                "hash": one.change_set.hash.hex(),
                "noticed": one.noticed,
            }
        )
    return found


def _handle(office: Office, one: Attention) -> str:
    return printable(handle_of(office.state.accounts, one.account))
