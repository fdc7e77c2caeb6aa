"""What the DNS face answers from: names below a suffix, as somebody verified holds them."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ledger.name.operation import NameRecord


class Found(NamedTuple):
    """What stands at a community or at a name of it.

    Attributes:
        records: All its records; None where there is no such community or name. A community has
            one at least, and nothing below it but names.
        seen: Unix time at which the checkpoint it was read from was last seen; 0 where nothing can
            be said, not even that there is nothing.
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

    @property
    def version(self) -> int:
        """Changes with every change of what is answered, but for ``Found.seen``."""

    def depth(self, labels: tuple[bytes, ...]) -> int:
        """Return how many labels at the right name a community.

        One as a rule; more where a community is named by what another one calls it
        (``bakery.lake.river``), and none where the last label names no community.

        Args:
            labels: Lower-case ASCII as on the wire; a name of another script is in its form of
                RFC 5890 (``xn--…``). Any other bytes name nothing.
        """

    def find(self, labels: tuple[bytes, ...]) -> Found:
        """Return what stands at a community or a name.

        Args:
            labels: As many as name a community, or with the one before them, a name. With ``()``
                only ``seen`` counts: the time of the own checkpoint, as it does for an unknown
                community.
        """

    def communities(self) -> Sequence[bytes]:
        """Return the label of every community that has one of its own here, ascending."""

    def names(self, community: tuple[bytes, ...]) -> Sequence[bytes] | None:
        """Return what stands directly below a community, ascending.

        That is its names, expired ones as well, and the communities that are named by it. None
        where those are not to be walked, as they are not for any that is named by another one, or
        are not known.
        """
