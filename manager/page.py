"""How the manager's page is served, beside what the home's settings say."""

import ipaddress
from dataclasses import dataclass

from federation.console.terminal import UsageInvalid

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
NO_PAGE = -1
"""The port that means no page."""


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What was typed about the page.

    Attributes:
        port: The first one to try, 0 for any free one, -1 for no page; None for the settings'.
        sources: Networks that may read metrics and health beside this computer.
    """

    port: int | None = None
    sources: tuple[Network, ...] = ()


def parse_sources(typed: list[str]) -> tuple[Network, ...]:
    """Return networks that were typed, such as 192.0.2.7 or 192.0.2.0/24.

    Raises:
        UsageInvalid: One is none.
    """
    try:
        return tuple(ipaddress.ip_network(one) for one in typed)
    except ValueError as error:
        raise UsageInvalid(f"{error}; type an address or a network, such as 192.0.2.7") from error
