"""Membership: what one home knows of its person, its community and the ledger."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from federation.card import CommunityCard, read_card
from federation.console.sentence import NameOf
from federation.console.terminal import Refused, UsageInvalid
from federation.excerpt_folder import ExcerptFolder
from federation.home import Home
from federation.witness.confirmations import read_confirmation
from ledger.finality import Confirmation
from ledger.saying import said
from ledger.state import Account, Community, State
from ledger.store.database import Database, Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.lookup import Lookup
from ledger.store.meta import ValueStore
from ledger.store.outgoing import Contact, OutgoingStore
from ledger.store.witnessed import WitnessedStore
from member.crossing import finish_crossing
from member.link_views import name_communities

NAME = "name"
"""Value in the member's database: what the member calls himself, UTF-8."""
RESTORED = "restored"
"""Value in the member's database: set by a restore, or by going over to the community's new key;
nothing is signed until sync removed it."""
SUCCEEDED = b"succession"
"""That value where it was not a restore."""
COMMUNITY_KIND = "community"
"""Kind of the contact that is the joined community's card."""


class Membership:
    """One home's view: own change-sets, the joined community's card and the replica.

    Attributes:
        home: Where it all lies.
        key: The member's public key, 32 bytes.
        card: The joined community's card; its size and root are the first known checkpoint.
        outgoing: Own change-sets.
        witnessed: What was witnessed, here and by others.
        values: Single values of the home.
        store: The replica's journal.
        lookup: Single answers from the replica.
    """

    def __init__(
        self, home: Home, key: bytes, card: CommunityCard, own: Database, replica: Database
    ) -> None:
        self.home = home
        self.key = key
        self.card = card
        self.outgoing = OutgoingStore(own)
        self.witnessed = WitnessedStore(own)
        self.values = ValueStore(own)
        self.store = JournalStore(replica)
        self.lookup = Lookup(replica)

    @cached_property
    def state(self) -> State:
        """The present as the replica has it, read once."""
        return self.store.load_state()

    @cached_property
    def confirmation(self) -> Confirmation:
        """What witnesses have confirmed of it, read once."""
        return read_confirmation(self.store.database, self.state)

    @cached_property
    def name_of(self) -> NameOf:
        """What gives other communities the names by which they are known here."""
        return name_communities(self.state, self.values)

    @property
    def community(self) -> Community:
        """The community's settings.

        Raises:
            Refused: The replica is still empty.
        """
        if self.state.community is None:
            raise no_ledger(self.card)
        return self.state.community

    @property
    def account(self) -> Account:
        """The member's own account.

        Raises:
            Refused: The key has no account yet, or none any more.
        """
        known = self.state.keys.get(self.key)
        if known is None:
            raise Refused(
                said(
                    "you are not admitted to {name} yet; show `commontab card` to its manager, "
                    "then run `commontab sync`",
                    name=self.card.name,
                )
            )
        if not known.active:
            raise Refused(
                "the key of this home was revoked by another device of its account; "
                "make a new home with `commontab init` and add its key there"
            )
        return self.state.accounts[known.account]


@contextmanager
def open_own(home: Home) -> Iterator[Database]:
    """Open the member's own database, made where it is missing.

    Raises:
        HomeInvalid: Nothing was set up here.
        UsageInvalid: The home is a community's, not a member's.
        StoreBusy: Another process is just taking this home over to a new key.
    """
    if home.read_key().kind != "member":
        raise UsageInvalid(
            said("{path} is a community's home; use `commontab-manager` there", path=home.path)
        )
    database = open_database(home.outgoing, Role.MEMBER, write=True)
    try:
        finish_crossing(home, database)
        yield database
    finally:
        database.close()


@contextmanager
def open_membership(home: Home) -> Iterator[Membership]:
    """Open a home whose person has joined a community and has its ledger.

    Raises:
        HomeInvalid: Nothing was set up here.
        UsageInvalid: No community was joined.
        Refused: The ledger was not fetched yet.
    """
    with open_own(home) as own:
        card = need_joined(own)
        if not home.ledger.exists():
            small = ExcerptFolder(home.excerpt).exists()
            raise only_own_records(card) if small else no_ledger(card)
        replica = open_database(home.ledger, Role.REPLICA, write=False)
        try:
            yield Membership(home, home.read_key().key, card, own, replica)
        finally:
            replica.close()


def joined(own: Database) -> CommunityCard | None:
    """Return the card of the community that was joined, or None."""
    cards = OutgoingStore(own).contacts(COMMUNITY_KIND)
    return read_card(cards[0].card, CommunityCard) if cards else None


def need_joined(own: Database) -> CommunityCard:
    """Return the card of the community that was joined.

    Raises:
        UsageInvalid: None was.
    """
    card = joined(own)
    if card is None:
        raise UsageInvalid("no community was joined yet; run `commontab join CARD` with its card")
    return card


def join(own: Database, card: CommunityCard, text: str, now: int) -> None:
    """Keep a community's card; of two cards of one community the larger checkpoint stays.

    Args:
        own: The member's own database.
        card: Verified.
        text: The same as it was signed.
        now: Unix seconds.

    Raises:
        UsageInvalid: This home belongs to another community.
    """
    known = check_joins(own, card)
    if known is None or card.size >= known.size:
        contact = Contact(COMMUNITY_KIND, card.key, card.name, text, now)
        OutgoingStore(own).add_contact(contact)


def check_joins(own: Database, card: CommunityCard) -> CommunityCard | None:
    """Accept a card that this home may join by; return the one that it joined by before, if any.

    Raises:
        UsageInvalid: This home belongs to another community.
    """
    known = joined(own)
    if known is not None and known.key != card.key:
        raise UsageInvalid(
            said(
                "this home has joined {known}, and a home has one community; join {name} "
                "from another --home. Where it is the same community under a new key, "
                "`commontab succession follow` goes over to it",
                known=known.name,
                name=card.name,
            )
        )
    return known


def check_may_sign(own: Database) -> None:
    """Accept a home that may sign change-sets.

    Raises:
        Refused: It was restored and has not read yet what it signed before.
    """
    mark = ValueStore(own).get(RESTORED)
    if mark == SUCCEEDED:
        raise Refused(
            "this home has gone over to its community's new key and signs nothing before it has "
            "fetched the ledger under it; run `commontab sync` first"
        )
    if mark is not None:
        raise Refused(
            "this home was restored from a backup and signs nothing before it has read what it "
            "signed earlier; run `commontab sync` first"
        )


def is_restored(own: Database) -> bool:
    """Return whether this home is a copy that has not caught up with its own slot yet."""
    return ValueStore(own).get(RESTORED) is not None


def own_name(own: Database) -> str:
    """Return what the member calls himself, as said at init."""
    return (ValueStore(own).get(NAME) or b"").decode()


def only_own_records(card: CommunityCard) -> Refused:
    """Return the sentence for a home that has a part of the ledger only."""
    return Refused(
        said(
            "this home has only your own records of {name}, from `commontab sync --mine`; "
            "this needs the whole ledger, which `commontab sync` fetches",
            name=card.name,
        )
    )


def no_ledger(card: CommunityCard) -> Refused:
    """Return the sentence for a home that has no records yet."""
    return Refused(
        said(
            "there is no ledger of {name} here yet; show `commontab card` to its manager to be "
            "admitted, then run `commontab sync`",
            name=card.name,
        )
    )
