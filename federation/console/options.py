"""Options that both command lines give their commands: which network, and how the key is kept."""

from pathlib import Path
from typing import Annotated

import typer

from federation.settings import PORT_MAX, Settings, parse_network
from ledger.feed.tree import Order
from ledger.feed.value import Encoding

NetworkOption = Annotated[
    str,
    typer.Option(
        "--network",
        metavar="public|private|loopback",
        help="Which DHT; the nodes to meet first follow as HOST:PORT.",
    ),
]
NodesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[HOST:PORT]…", help="DHT nodes to meet first.")
]
PortOption = Annotated[
    int,
    typer.Option(
        "--port",
        min=0,
        max=PORT_MAX,
        help="TCP and UDP port that others reach this computer at; 0 for a free one.",
    ),
]
NoPassphraseOption = Annotated[
    bool, typer.Option("--no-passphrase", help="Keep the key in the open on this disk.")
]

OrderOption = Annotated[
    Order, typer.Option("--order", help="big for Hypercore 9 and dDatabase, little for 10.")
]
EncodingOption = Annotated[
    Encoding,
    typer.Option("--encoding", help="binary is signed by the community, others by this home."),
]
RangeOption = Annotated[
    tuple[int, int] | None,
    typer.Option("--range", metavar="A B", help="Only blocks A to B - 1, with their proof."),
]
FeedTargetArgument = Annotated[Path, typer.Argument(metavar="DIR|FILE", help="What to write; new.")]
FeedSourceArgument = Annotated[Path, typer.Argument(metavar="DIR|FILE", help="What export wrote.")]
FeedCommunityOption = Annotated[
    str | None,
    typer.Option(
        "--community", metavar="KEY|CARD", help="Whose it has to be: its key in hex, or its card."
    ),
]


def chosen_settings(network: str, nodes: list[str] | None, port: int = 0) -> Settings:
    """Return the settings of a new home, as its options say.

    Raises:
        SettingsInvalid: As ``parse_network``.
    """
    return Settings(network=parse_network([network, *(nodes or [])]), port=port)
