"""What the API takes and gives; amounts are whole minor units, times Unix seconds, ids hex."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from federation.web.api import Shape
from ledger.field import AMOUNT_MAX

Minor = Annotated[int, Meta(ge=-AMOUNT_MAX, le=AMOUNT_MAX)]
EntryHex = Annotated[str, Meta(pattern="^[0-9a-f]{32}$", description="Id of an entry.")]
HashHex = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="Hash of a change-set.")]
Text = Annotated[str, Meta(max_length=200)]
Typed = Annotated[str, Meta(max_length=4_000)]
Count = Annotated[int, Meta(ge=1, le=100)]


class Given(msgspec.Struct, kw_only=True):
    """What every answer's shape extends."""


class Books(Given, kw_only=True):
    """An account's books in one unit.

    Attributes:
        scale: Decimals of the unit.
        room_minor: How much more the account may receive.
        warning: ``low`` or ``spent`` below, ``high`` or ``full`` above, null with room to both.
    """

    unit: str
    scale: int
    balance_minor: int
    available_minor: int
    held_minor: int
    expected_minor: int
    credit_limit_minor: int
    maximum_balance_minor: int
    room_minor: int
    warning: str | None


class Stand(Given, kw_only=True):
    """How the replica stands.

    Attributes:
        checked: How many witnesses have confirmed its newest record.
        of: How many count.
        confirmed: When it was last known to be the newest.
    """

    version: int
    size: int
    time: int
    waiting: int
    checked: int
    of: int
    final: bool
    final_size: int
    confirmed: int
    stale: bool


class AccountGiven(Given, kw_only=True):
    """The own account."""

    handle: str
    name: str
    status: str
    community: str
    fingerprints: list[str]
    books: list[Books]
    ledger: Stand


class EntryGiven(Given, kw_only=True):
    """One transaction, from the own side: an amount below zero leaves the account."""

    id: str
    time: int
    what: str
    kind: str
    with_: str = msgspec.field(name="with")
    amount_minor: int
    unit: str
    memo: str
    sealed: bool
    state: str
    checked: int
    of: int
    refers: str | None
    reverted_by: str | None


class Entries(Given, kw_only=True):
    """Entries, newest first; ``before`` is where to go on, 0 at the beginning."""

    entries: list[EntryGiven]
    before: int


class OpenGiven(Given, kw_only=True):
    """An open request or hold."""

    id: str
    direction: str
    with_: str = msgspec.field(name="with")
    amount_minor: int
    unit: str
    memo: str
    sealed: bool
    expires: int


class Open(Given, kw_only=True):
    """What is open."""

    requests: list[OpenGiven]
    holds: list[OpenGiven]


class PersonGiven(Given, kw_only=True):
    """Somebody who can be paid."""

    handle: str
    name: str
    status: str
    kind: str
    account: str
    admitted: int
    fingerprints: list[str]


class Change(Given, kw_only=True):
    """What became of an own change-set: waiting, published, merged, refused or superseded."""

    generation: int
    number: int
    hash: str
    created: int
    what: str
    state: str
    told: str
    published: int | None
    version: int | None
    code: str
    why: str
    next: str
    final: bool
    withheld: bool


class After(Given, kw_only=True):
    """The own books in one unit as they would be afterwards."""

    unit: str
    scale: int
    before_minor: int
    balance_minor: int
    available_minor: int
    held_minor: int
    credit_limit_minor: int
    maximum_balance_minor: int


class Other(Given, kw_only=True):
    """The other party, with the fingerprints of the keys."""

    handle: str
    name: str
    fingerprints: list[str]


class Refused(Given, kw_only=True):
    """A refusal: its stable code, and why and what to do in words."""

    code: str
    text: str


class Foreseen(Given, kw_only=True):
    """What an operation would do, and what became of asking for it.

    Attributes:
        sentence: The operations in words.
        quote: What it costs across links, as ``commontab quote --json``.
        refusal: Why the own replica would refuse it; nothing is signed then.
        change: The signed change-set; null where only a look was asked for.
    """

    sentence: str
    other: Other | None
    after: list[After]
    quote: dict[str, Any] | None
    refusal: Refused | None
    change: Change | None


class FileGiven(Given, kw_only=True):
    """What names a file that was handed in.

    Attributes:
        attach: What a request names in its own ``attach``, so that the file goes with what it
            signs; for a day.
        hash: SHA-256 of the sealed file; with the rest what an ``attach`` operation has.
        target: SHA-1 of its root in the DHT.
        key: What it opens with.
    """

    attach: str
    name: str
    kind: int
    media_type: str
    length: int
    hash: str
    target: str
    key: str


class AttachmentGiven(Given, kw_only=True):
    """An attached file.

    Attributes:
        entry: What it is attached to.
        state: ``here``, ``coming`` or ``withdrawn``.
        reason: Why the manager has withdrawn it.
    """

    id: str
    entry: str
    name: str
    media_type: str
    picture: bool
    length: int
    who: str
    mine: bool
    time: int
    state: str
    reason: str


class FileAndData(AttachmentGiven, kw_only=True):
    """An attached file with its bytes, from anybody; null where they are not here."""

    data: bytes | None


class Nothing(Shape, kw_only=True):
    """A request without fields."""


Attaching = Annotated[
    tuple[Annotated[str, Meta(max_length=700)], ...],
    Meta(max_length=8, description="What POST /attachments gave, for each file that goes along."),
]


class Upload(Shape, kw_only=True):
    """A file to be attached: a picture, which is made small, a PDF or a text in UTF-8.

    Attributes:
        data: In base64, at most 11 MiB before that.
    """

    name: Annotated[str, Meta(max_length=255)]
    data: Annotated[bytes, Meta(min_length=1, max_length=11 * 2**20)]


class Asking(Shape, kw_only=True):
    """What every request that signs has.

    Attributes:
        submission: 32 random hex digits; the same one is carried out once.
        look: Only say what it would do.
    """

    submission: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
    look: bool = False


class Paying(Asking, kw_only=True):
    """A payment, a request or a hold.

    Attributes:
        who: A handle, ``name@community``, or for a payment a payment request card's text.
        amount: A decimal number, such as ``12.50``.
        unit: Empty for the community's only one.
        lasts: Such as ``7d``; empty for the usual time.
        sealed: Only the two parties may read the memo.
        attach: What goes along; nothing goes across links.
    """

    who: Typed
    amount: Annotated[str, Meta(max_length=40)] = ""
    unit: Annotated[str, Meta(max_length=20)] = ""
    memo: Text = ""
    lasts: Annotated[str, Meta(max_length=10)] = ""
    sealed: bool = False
    attach: Attaching = ()


class Answering(Asking, kw_only=True):
    """An answer to an open request or bill, or to a transaction, which the path names.

    Attributes:
        amount: A part, as a decimal number; empty for all. Only of post and reverse.
        reason: Everybody can read it. Only of decline, void and reverse.
    """

    entry: EntryHex
    amount: Annotated[str, Meta(max_length=40)] = ""
    reason: Text = ""


class Named(Asking, kw_only=True):
    """A new display name."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]


class Searching(Shape, kw_only=True):
    """What a history looks for; empty fields fit everything."""

    text: Text = ""
    who: Text = ""
    kind: Text = ""
    state: Text = ""
    unit: Annotated[str, Meta(max_length=20)] = ""
    category: Text = ""
    since: Annotated[int, Meta(ge=0, le=AMOUNT_MAX)] = 0
    until: Annotated[int, Meta(ge=0, le=AMOUNT_MAX)] = 0
    before: Annotated[int, Meta(ge=0, le=AMOUNT_MAX)] = 0
    limit: Count = 25


class ByEntry(Shape, kw_only=True):
    """One entry, named in the path."""

    entry: EntryHex


class ByAttachment(Shape, kw_only=True):
    """One attached file, named in the path."""

    attachment: Annotated[str, Meta(pattern="^[0-9a-f]{32}$", description="Id of an attachment.")]


class ByHash(Shape, kw_only=True):
    """One change-set, named in the path."""

    hash: HashHex


class ByHandle(Shape, kw_only=True):
    """One person, named in the path."""

    handle: Annotated[str, Meta(max_length=64)]


class ByText(Shape, kw_only=True):
    """A part of a handle or a name."""

    text: Text = ""


class Limited(Shape, kw_only=True):
    """How many, newest first."""

    limit: Count = 20


class CourseAsked(Shape, kw_only=True):
    """A unit, and from when on."""

    unit: Annotated[str, Meta(max_length=20)]
    since: Annotated[int, Meta(ge=0, le=AMOUNT_MAX)] = 0


class Course(Given, kw_only=True):
    """The balance at the end of each day that moved it."""

    unit: str
    times: list[int]
    balances_minor: list[int]
    whole: bool


class ProofAsked(Shape, kw_only=True):
    """What to prove."""

    kind: Annotated[str, Meta(pattern="^(balance|key)$")]


class ProofGiven(Given, kw_only=True):
    """A proof as text, which `commontab check-proof` reads."""

    text: str


class Witness(Given, kw_only=True):
    """How far one witness has confirmed this ledger."""

    who: str
    size: int
    newest: bool
    self_: bool = msgspec.field(name="self")
    fingerprint: str


class Standing(Given, kw_only=True):
    """What stands behind the ledger."""

    stand: Stand
    community: dict[str, str]
    checkpoint: dict[str, Any] | None
    witnesses: list[Witness]


class Tally(Given, kw_only=True):
    """What an audit of all records confirmed, as ``commontab verify --json``."""

    report: dict[str, Any]


class Next(Given, kw_only=True):
    """What a change-set that is made elsewhere needs, docs/protocol.md, "Change-sets".

    Attributes:
        community: The community's key, which a signature is bound to.
        key: The key that signs.
        previous: Hash of the change-set before, empty for number 1.
        seen_size: Size of the checkpoint that may be named as seen.
        seen_root: Its root.
    """

    community: str
    key: str
    generation: int
    number: int
    previous: str
    seen_size: int
    seen_root: str


class Signed(Shape, kw_only=True):
    """A change-set that was made and signed elsewhere by the key of this home.

    Attributes:
        body: Its canonical bytes in hex.
        signature: 64 bytes in hex.
    """

    body: Annotated[str, Meta(pattern="^([0-9a-f]{2}){1,60000}$")]
    signature: Annotated[str, Meta(pattern="^[0-9a-f]{128}$")]
