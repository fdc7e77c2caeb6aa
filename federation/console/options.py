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

ProvenArgument = Annotated[
    str | None, typer.Argument(metavar="[WHAT]", help="Start of a transaction's id.")
]
ProveRecordOption = Annotated[bool, typer.Option("--record", help="WHAT is a record's number.")]
ProveNameOption = Annotated[bool, typer.Option("--name", help="Who has the name WHAT.")]
ProveLinkOption = Annotated[
    bool, typer.Option("--link", help="Terms of the link WHAT, and how far it was read.")
]
ProveSinceOption = Annotated[
    bool, typer.Option("--since", help="That nothing was rewritten since WHAT records.")
]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write it there and say what it shows.")
]
ProofArgument = Annotated[
    str | None, typer.Argument(metavar="[FILE]", help="The proof; - for pasted text.")
]
ProofImageOption = Annotated[
    list[Path] | None, typer.Option("--image", help="A picture of a QR code; repeat it.")
]
ProofCommunityOption = Annotated[
    str | None,
    typer.Option("--community", metavar="KEY|CARD", help="Whose it must be, as you know it."),
]
ProofWitnessOption = Annotated[
    list[str] | None,
    typer.Option("--witness", metavar="KEY|CARD", help="A witness you know; repeat it."),
]

DnsListenOption = Annotated[
    str | None,
    typer.Option(
        "--listen", metavar="ADDRESS", help="Answer others than this computer at its address."
    ),
]
DnsPortOption = Annotated[
    int | None,
    typer.Option("--port", min=0, max=PORT_MAX, help="UDP and TCP; 8053 unless you say; 0: any."),
]
DnsTlsOption = Annotated[
    str | None,
    typer.Option(
        "--tls",
        metavar="auto|CERT,KEY|proxy",
        help="Answer over TLS and HTTPS too: with a self-made certificate, with yours, or behind "
        "a proxy that speaks HTTPS.",
    ),
]
DnsTlsPortOption = Annotated[
    int | None,
    typer.Option("--tls-port", min=0, max=PORT_MAX, help="DNS over TLS; 8853 unless you say."),
]
DnsHttpsPortOption = Annotated[
    int | None,
    typer.Option("--https-port", min=0, max=PORT_MAX, help="DNS over HTTPS; 8443 unless you say."),
]
DnsForwardOption = Annotated[
    str | None,
    typer.Option(
        "--forward",
        metavar="ADDRESS[:PORT]",
        help="Ask this resolver about all other names, for this computer; else they are refused.",
    ),
]
DnsForwardForOption = Annotated[
    list[str] | None,
    typer.Option("--forward-for", metavar="NETWORK", help="Do so for these networks as well."),
]
DnsTransferOption = Annotated[
    list[str] | None,
    typer.Option("--transfer-to", metavar="NETWORK", help="Who may copy the whole zone (AXFR)."),
]
DnsStaleOption = Annotated[
    bool,
    typer.Option(
        "--serve-stale", help="Answer even from a checkpoint that was not seen for a day."
    ),
]

ExportArgument = Annotated[Path, typer.Argument(help="File to write, or - for standard output.")]
FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="postings|transactions|hledger|beancount|lines",
        help="What to write; without it the file's suffix tells.",
    ),
]
SinceOption = Annotated[str | None, typer.Option("--since", help="First day, 2026-01-31.")]
UntilOption = Annotated[str | None, typer.Option("--until", help="Last day.")]


def chosen_settings(network: str, nodes: list[str] | None, port: int = 0) -> Settings:
    """Return the settings of a new home, as its options say.

    Raises:
        SettingsInvalid: As ``parse_network``.
    """
    return Settings(network=parse_network([network, *(nodes or [])]), port=port)
