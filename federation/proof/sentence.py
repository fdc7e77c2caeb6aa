"""Sentences: what a proof shows, in words that need no home and no ledger to be understood."""

from collections.abc import Iterator, Mapping

from federation.console.link_sentence import describe_terms
from federation.console.record_sentence import describe_record
from federation.console.sentence import moment, money, printable, units_of
from federation.names.sentence import tell_name, tell_name_rules
from federation.proof.kind import Proven
from federation.proof.rollback import ProvenRollback
from federation.words import fingerprint
from ledger.changeset import SignedChangeSet, SignedStatement, verify_change_set, verify_statement
from ledger.errors import CodecError, SignatureInvalid
from ledger.link.link import EXCHANGE_HANDLE, Link, exchange_id
from ledger.name.operation import NameRules
from ledger.name.state import RULES_KEY, NameState
from ledger.operation import AddLink, Admit
from ledger.proof.consistency import ProvenExtension
from ledger.proof.fork import ProvenFork
from ledger.proof.inclusion import ProvenRecord
from ledger.proof.present import ProvenPresent
from ledger.proof.receipt import ACCOUNT_BYTES, ProvenReceipt
from ledger.record import ChangeSetRecord, ManagerRecord, Record, RefusalRecord, TransactionRecord
from ledger.refusal import ADVICE, Code
from ledger.state import Account, KeyState, State

NO_NAMES = (
    "It names accounts by ids and amounts in minor units; a receipt tells handles and decimals."
)
NOT_UNDONE = (
    "Should it have been reversed later, that is another record, of which this says nothing."
)


def tell_proven(proven: Proven) -> list[str]:
    """Return what a proof shows, a sentence a line, the weightiest first."""
    match proven:
        case ProvenRecord():
            return list(_tell_record(proven))
        case ProvenReceipt():
            return list(_tell_receipt(proven))
        case ProvenPresent():
            return list(_tell_present(proven))
        case ProvenExtension(old=old, new=new):
            said = f"The journal of {new.size} records begins with the journal of {old.size}:"
            return [f"{said} none of those was changed, moved or removed."]
        case ProvenFork():
            return list(_tell_fork(proven))
        case ProvenRollback():
            return list(_tell_rollback(proven))


def is_signed(community: bytes, record: Record) -> bool | None:
    """Return whether the signature in a record holds; None where there is none to check.

    The manager journals none that does not, if he is honest; a proof shows what he journalled.
    """
    try:
        match record:
            case ManagerRecord():
                verify_statement(community, SignedStatement(record.statement, record.signature))
            case ChangeSetRecord() | RefusalRecord() if record.body:
                signed = SignedChangeSet(record.key, record.body, record.signature)
                verify_change_set(community, signed)
            case _:
                return None
    except (CodecError, SignatureInvalid):
        return False
    return True


def known_by(proven: ProvenReceipt) -> State:
    """Return what a receipt itself tells of its community, its units and its people."""
    community = proven.state.community
    known = State(proven.state.checkpoint.community, community=community)
    first = (*proven.former, known.key)[0]
    opened: dict[bytes, Admit | AddLink] = {**proven.people, **proven.linked}
    known.accounts = {one: _stand_in(one, opening) for one, opening in opened.items()}
    commons = first[:ACCOUNT_BYTES]
    known.accounts[commons] = Account(
        commons, "commons", community.name, "active", 0, (known.key,), (), 0
    )
    exchange = exchange_id(commons)
    known.accounts[exchange] = Account(
        exchange, EXCHANGE_HANDLE, "Exchange", "active", 0, (), (), 0
    )
    return known


def _tell_record(proven: ProvenRecord) -> Iterator[str]:
    record, community = proven.record, proven.checkpoint.community
    signed = is_signed(community, record)
    yield f"Record {proven.index} is in the journal: {_describe(State(community), record, signed)}."
    yield from _tell_details(record)
    if signed is False:
        yield (
            "THE SIGNATURE IN IT DOES NOT HOLD for this community's key: the journal holds what "
            "nobody signed, or it is older than the key (see `commontab succession show`)."
        )
    elif isinstance(record, ChangeSetRecord | RefusalRecord) and signed:
        yield f"It is signed by the key with the fingerprint {fingerprint(record.key)}."
    elif signed:
        yield "It is signed by the community's key."
    if isinstance(record, TransactionRecord):
        for move in record.transfers:
            yield f"From account {move.debit.hex()} to account {move.credit.hex()}."
        yield NO_NAMES
        yield NOT_UNDONE


def _tell_receipt(proven: ProvenReceipt) -> Iterator[str]:
    known, record = known_by(proven), proven.transaction
    name = printable(proven.state.community.name)
    yield f"In the journal of {name}: {describe_record(known, record)}."
    yield from _tell_details(record)
    for account, admit in proven.people.items():
        yield (
            f"{printable(admit.handle)} is {printable(admit.name)}, account {account.hex()}, "
            f"fingerprint {fingerprint(admit.key)}."
        )
    for account, link in proven.linked.items():
        yield (
            f"{printable(link.handle)} is the linked community {printable(link.name)}, account "
            f"{account.hex()}, fingerprint {fingerprint(link.key)}."
        )
    yield NOT_UNDONE


def _tell_details(record: Record) -> Iterator[str]:
    match record:
        case TransactionRecord():
            yield f"Transaction {record.id.hex()}, {moment(record.time)}."
        case RefusalRecord(code=code) if code in set(Code):
            yield f"Why it was refused: {ADVICE[Code(code)].sentence}"


def _tell_present(proven: ProvenPresent) -> Iterator[str]:
    record, community, value = proven.record, proven.community, proven.value
    where = printable(community.name) if community else "the community"
    yield f"As of {moment(record.time)} in {where}:"
    match value:
        case Account():
            yield from _tell_account(proven, value)
        case KeyState():
            yield (
                f"The key with the fingerprint {fingerprint(value.key)} belongs to account "
                f"{value.account.hex()} and is {'active' if value.active else 'revoked'}."
            )
            yield (
                f"Its last change-set is number {value.number} of generation {value.generation}."
                if value.number
                else "No change-set of it is in the journal."
            )
        case Link():
            yield from _tell_link(value)
        case NameState():
            yield from tell_name(value, proven.checkpoint.community, record.time)
        case NameRules():
            yield from tell_name_rules(value)
        case None:
            yield _tell_absence(proven)


def _tell_link(link: Link) -> Iterator[str]:
    yield (
        f"The link {printable(link.name)} with the community whose fingerprint is "
        f"{fingerprint(link.key)} is {link.status}: {describe_terms(link.terms, link.fee)}."
    )
    yield (
        f"It was told {link.sent} entries, and {link.taken} of its own were taken; its clearing "
        f"account here is {link.account.hex()}."
    )
    if link.drift:
        yield f"Since its entry {link.drift} its books show what these do not explain."


def _tell_account(proven: ProvenPresent, account: Account) -> Iterator[str]:
    known = State(proven.checkpoint.community, community=proven.community)
    units = units_of(known)
    yield (
        f"{printable(account.handle)} ({printable(account.name)}), account {account.id.hex()}, is "
        f"{account.status}."
    )
    for books in account.balances:
        yield (
            f"Balance {money(units, books.posted, books.unit)}; may go "
            f"{money(units, books.credit_limit, books.unit)} below zero and up to "
            f"{money(units, books.maximum_balance, books.unit)}; held "
            f"{money(units, books.pending_debit, books.unit)}, expected "
            f"{money(units, books.pending_credit, books.unit)}."
        )
    if not account.balances:
        yield "It has had no limit and no transfer in any unit."


def _tell_absence(proven: ProvenPresent) -> str:
    match proven.map:
        case "accounts":
            return f"There is no account {proven.key.hex()}."
        case "keys":
            return f"No account has or had the key {proven.key.hex()}."
        case "names" if proven.key == RULES_KEY:
            return "Nobody has set rules or prices for names: they cost nothing."
        case "names":
            return f"Nobody has the name {printable(proven.key.decode('utf-8', 'replace'))!r}."
        case "links":
            return f"There is no link with {proven.key.hex()}."


def _tell_fork(proven: ProvenFork) -> Iterator[str]:
    first, second = proven.first, proven.second
    yield "TWO HISTORIES: the community's key signed what cannot both be true."
    match proven.what:
        case "size":
            yield (
                f"For {first.size} records it signed the root {first.root.hex()} and the root "
                f"{second.root.hex()}."
            )
        case "prefix":
            yield (
                f"It signed {second.size} records whose first {first.size} are not the "
                f"{first.size} records that it signed with root {first.root.hex()}."
            )
        case "record":
            yield (
                f"Record {proven.index} is one thing under the checkpoint of {first.size} records "
                f"and another under that of {second.size}."
            )
    yield "Show this to the other members, and take nothing from this community for granted."


def _tell_rollback(proven: ProvenRollback) -> Iterator[str]:
    earlier, later = proven.seqs
    yield (
        f"TAKEN BACK: the community published {proven.earlier.size} records (seq {earlier}) and "
        f"after that only {proven.later.size} (seq {later})."
    )
    yield (
        "An honest manager does so only when he was restored from a backup and did not look first; "
        "what was signed for the larger size has to come back as it was."
    )


def _describe(known: State, record: Record, signed: bool | None) -> str:
    try:
        return describe_record(known, record)
    except CodecError:
        assert not signed, "what is signed was decoded"
        return "a change-set that nobody can read"


def _stand_in(account: bytes, opening: Admit | AddLink) -> Account:
    """Return an account as a statement opened it, for those who only look up its handle."""
    handle, name = printable(opening.handle), printable(opening.name)
    keys = (opening.key,) if isinstance(opening, Admit) else ()
    return Account(account, handle, name, "active", 0, keys, (), 0)


_KINDS: Mapping[type, str] = {
    ProvenRecord: "record",
    ProvenReceipt: "receipt",
    ProvenPresent: "present",
    ProvenExtension: "extension",
    ProvenFork: "fork",
    ProvenRollback: "rollback",
}


def kind_of_proof(proven: Proven) -> str:
    """Return what a kind of proof is called in JSON."""
    return _KINDS[type(proven)]
