"""What the DNS face answers from: names below a suffix, as somebody verified holds them."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ledger.name.operation import NameRecord


class Found(NamedTuple):
    """What stands at a community or at a name of it.

    Attributes:
        records: All its records; None where there is no such community or name.
        seen: Unix time at which the checkpoint it was read from was last seen.
        expires: Unix time from which it is no longer so; 0 where it does not end by itself.
    """

    records: tuple[NameRecord, ...] | None
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
                name of another script in its form of RFC 5890 (``xn--…``). Any other bytes name
                nothing. With ``()`` only ``seen`` counts: the time of the own checkpoint, as it
                does for an unknown community.
        """

    def communities(self) -> Sequence[bytes]:
        """Return the label of every community that ``find`` knows, ascending."""

    def names(self, community: bytes) -> Sequence[bytes] | None:
        """Return the labels of a community's names, ascending, expired ones as well.

        None for a community whose names are not to be walked: one that we follow for others.
        """
