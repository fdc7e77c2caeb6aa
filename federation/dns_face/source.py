"""What the DNS face answers from: names below a suffix, as somebody verified holds them."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Record(NamedTuple):
    """One resource record of a name.

    Attributes:
        sub: Owner relative to the name, in lower-case ASCII: empty for the name itself, ``www``,
            ``_443._tcp``, ``*``; at most 4 labels.
        type: The type's number, 1 to 65,535.
        ttl: Seconds, 0 to 604,800.
        data: Uncompressed wire rdata (RFC 1035, 3.3), at most 512 bytes.
    """

    sub: str
    type: int
    ttl: int
    data: bytes


class Found(NamedTuple):
    """What stands at a community or at a name of it.

    Attributes:
        records: All its records; None where there is no such community or name.
        seen: Unix time at which the checkpoint it was read from was last seen.
        expires: Unix time from which it is no longer so; 0 where it does not end by itself.
    """

    records: tuple[Record, ...] | None
    seen: int
    expires: int = 0


class Source(Protocol):
    """Names of communities, below a suffix that the source does not know."""

    @property
    def serial(self) -> int:
        """Grows with every change of what is answered: tree sizes added up."""

    def find(self, labels: tuple[bytes, ...]) -> Found:
        """Return what stands at a community or a name.

        Args:
            labels: ``(community,)`` or ``(name, community)``, lower-case ASCII as on the wire; a
                name of another script in its form of RFC 5890 (``xn--…``).
        """

    def communities(self) -> Sequence[bytes]:
        """Return the label of every community that ``find`` knows, ascending."""

    def names(self, community: bytes) -> Sequence[bytes] | None:
        """Return the labels of a community's names, ascending, expired ones as well.

        None for a community whose names are not to be walked: one that we follow for others.
        """
