"""Serving names to ordinary DNS software: dns, and what to trust of it."""

import asyncio

import typer

from federation.console.dns import make_wish, show_anchor
from federation.console.options import (
    DnsForwardForOption,
    DnsForwardOption,
    DnsHttpsPortOption,
    DnsListenOption,
    DnsPortOption,
    DnsStaleOption,
    DnsTlsOption,
    DnsTlsPortOption,
    DnsTransferOption,
)
from ledger.store.database import Role
from member.cli.deliver import say
from member.cli.options import HomeOption, JsonOption, PassphraseOption, open_home, unlock
from member.membership import need_joined, open_own

dns = typer.Typer(invoke_without_command=True)


@dns.callback()
def serve(
    context: typer.Context,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    *,
    listen: DnsListenOption = None,
    port: DnsPortOption = None,
    tls: DnsTlsOption = None,
    tls_port: DnsTlsPortOption = None,
    https_port: DnsHttpsPortOption = None,
    forward: DnsForwardOption = None,
    forward_for: DnsForwardForOption = None,
    transfer_to: DnsTransferOption = None,
    serve_stale: DnsStaleOption = False,
) -> None:
    """Answer DNS queries for your community's names and those of linked ones, until you stop it.

    `commontab run` beside it keeps them fresh: no answer is older than a day.
    """
    if context.invoked_subcommand is not None:
        return
    from federation.dns_face.run import serve_names  # noqa: PLC0415 -- takes long to import

    where = open_home(home)
    with open_own(where) as own:
        need_joined(own)
    wish = make_wish(
        listen=listen,
        port=port,
        tls=tls,
        ports=(tls_port, https_port),
        forward=forward,
        networks=(forward_for, transfer_to),
        serve_stale=serve_stale,
    )
    seed = unlock(where, passphrase_file)
    asyncio.run(serve_names(where, Role.REPLICA, seed, wish, say))


@dns.command("trust-anchor")
def trust_anchor(
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Print the DS and DNSKEY records by which a resolver validates these answers."""
    where = open_home(home)
    with open_own(where):
        pass  # another party's home is refused before a passphrase is asked for
    show_anchor(where, unlock(where, passphrase_file), as_json=as_json)


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.add_typer(dns, name="dns")
