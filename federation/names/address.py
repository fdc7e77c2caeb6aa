"""Addresses of names: ``bakery.river.tab.alt``, ``bakery@river``, or by a community's key."""

from dataclasses import dataclass

from federation.errors import AddressInvalid
from ledger.errors import NameInvalid
from ledger.names import TYPED_CHARS_MAX, read_label
from ledger.saying import said

LABELS_MAX = 12
"""A place below a name of 4 labels, the name, and as many communities as links lead through."""


@dataclass(frozen=True, slots=True)
class TypedName:
    """A name as somebody wrote it; who is meant, ``federation.names.resolve`` finds out.

    Attributes:
        labels: The leftmost first, spelled as handles are; a community's key is one of them.
        community: Those of ``labels`` at the right that name a community and nothing else; 0 where
            they do not say so by an ``@``.
    """

    labels: tuple[str, ...]
    community: int = 0


def parse_name(typed: str, suffix: str) -> TypedName:
    """Return a name that was typed, with or without the suffix.

    Args:
        typed: Untrusted.
        suffix: Below which names are resolved here, such as ``tab.alt``.

    Raises:
        AddressInvalid: It is not written as any name is.
    """
    text = typed[: 2 * TYPED_CHARS_MAX].strip().removesuffix(".")
    end = f".{suffix}"
    text = text[: -len(end)] if text[-len(end) :].lower() == end else text
    name, at, community = text.rpartition("@")
    try:
        right = _labels(community)
        left = _labels(name) if at else ()
    except NameInvalid as error:
        raise AddressInvalid(said("{typed!r}: {error}", typed=typed[:60], error=error)) from error
    if len(left) + len(right) > LABELS_MAX:
        raise AddressInvalid(
            said(
                "got {count} labels; a name has at most {most}",
                count=len(left) + len(right),
                most=LABELS_MAX,
            )
        )
    return TypedName((*left, *right), len(right) if at else 0)


def _labels(text: str) -> tuple[str, ...]:
    return tuple(map(read_label, text.split(".")))
