"""What the endpoints about names take and give; times are Unix seconds, keys and ids hex."""

from typing import Annotated

from msgspec import Meta

from federation.web.api import Shape
from member.web.api.shapes import Asking, Given, Minor, Typed

NameTyped = Annotated[str, Meta(min_length=1, max_length=255, description="A name, as typed.")]
Who = Annotated[str, Meta(max_length=64, description="Handle or name; empty for nobody any more.")]
KeyTyped = Annotated[str, Meta(max_length=60, description="52 of base32; empty leaves it.")]


class NameGiven(Given, kw_only=True):
    """A name; ``records`` are lines of a zone file whose origin it is.

    Attributes:
        key: What it stands for, hex.
        renewable_from: From when on its owner can renew it.
        gone_at: When others can claim it, if it is not renewed.
    """

    name: str
    owner_handle: str | None
    reserved: bool
    resolves: bool
    frozen: bool
    claimed: int
    expires: int | None
    renewable_from: int
    gone_at: int | None
    ends_soon: bool
    key: str | None
    fingerprint: str | None
    delegate_handle: str | None
    offered_handle: str | None
    records: list[str]
    record: int


class NameRulesGiven(Given, kw_only=True):
    """What names cost here, and for how long they last."""

    unit: str | None
    claim_minor: Minor
    renew_minor: Minor
    term_days: int
    grace_days: int
    most: int


class NamesGiven(Given, kw_only=True):
    """The own names, those that are offered, and others' whose records one may set."""

    own: list[NameGiven]
    offered: list[NameGiven]
    let: list[NameGiven]
    rules: NameRulesGiven


class Available(Given, kw_only=True):
    """Whether a name can be claimed; ``why`` says why not."""

    name: str
    free: bool
    why: str


class NamesFound(Given, kw_only=True):
    """What a search found; ``more`` is how many are not shown."""

    found: list[NameGiven]
    more: int
    wanted: Available | None


class ByName(Shape, kw_only=True):
    """A name of this community."""

    name: NameTyped


class NameAsked(Asking, kw_only=True):
    """Something about the name that the path names."""

    name: NameTyped


class NameHanded(NameAsked, kw_only=True):
    """A transfer or a delegation."""

    to: Who = ""


class RecordsAsked(NameAsked, kw_only=True):
    """All records of a name, as a zone file whose origin it is, and the key that it stands for."""

    records: Typed = ""
    key: KeyTyped = ""
