"""Commands about the keys of the own account: list, prove, add, revoke."""

from typing import Annotated

import typer

from federation.console.people import find_id
from federation.console.terminal import UsageInvalid, out, show, table
from federation.words import fingerprint
from ledger import crypto
from ledger.operation import AddKey, Operation, RevokeKey
from ledger.rule.key import add_key_signable
from member.cli.how import How, signing
from member.cli.options import HomeOption, JsonOption, PassphraseOption, open_home, unlock
from member.cli.sign import carry_out
from member.membership import Membership, need_joined, open_membership, open_own

KEY_DIGITS = 64
PROOF_DIGITS = 128
ACCOUNT_DIGITS = 32
keys = typer.Typer(no_args_is_help=True, help="The keys of your account, one for each device.")


@keys.command("list")
def list_keys(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show your account and the keys that may sign for it."""
    with open_membership(open_home(home)) as member:
        own = member.account
        held = {
            "account": own.id.hex(),
            "keys": [
                {"key": key.hex(), "fingerprint": fingerprint(key), "here": key == member.key}
                for key in own.keys
            ],
        }
        rows = [
            [fingerprint(key), key.hex()[:16], "this device" if key == member.key else ""]
            for key in own.keys
        ]

        def people() -> None:
            out.print(f"Account {own.id.hex()} of {own.handle}")
            table(["fingerprint", "key begins with", ""], rows)

        show(held, as_json, people)


@keys.command("prove")
def prove_key(
    account: Annotated[str, typer.Argument(help="The account, as `key list` shows it.")],
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """On a new device: print what the old device adds to your account."""
    where = open_home(home)
    with open_own(where) as own:
        community = need_joined(own).key
    seed = unlock(where, passphrase_file)
    proof = crypto.sign(seed, add_key_signable(community, _hex(account, ACCOUNT_DIGITS)))
    out.print(crypto.public_key(seed).hex() + proof.hex())


@signing
def add_key(
    how: How,
    proven: Annotated[str, typer.Argument(metavar="PROOF", help="What `key prove` printed.")],
) -> None:
    """On the old device: let a new device's key sign for your account."""
    data = _hex(proven, KEY_DIGITS + PROOF_DIGITS)
    key, proof = data[: KEY_DIGITS // 2], data[KEY_DIGITS // 2 :]
    out.print(f"The new key has the fingerprint: {fingerprint(key)}")
    carry_out(how, lambda _: AddKey(key, proof))


@signing
def revoke_key(
    how: How,
    key: Annotated[str, typer.Argument(help="Start of the key, as `key list` shows it.")],
) -> None:
    """Stop a lost device's key from signing for your account, for good."""

    def ask(member: Membership) -> Operation:
        found = find_id(member.account.keys, key, "key of yours")
        if found == member.key:
            raise UsageInvalid("this is this device's own key; revoke it from another device")
        out.print(f"The key has the fingerprint: {fingerprint(found)}")
        return RevokeKey(found)

    carry_out(how, ask)


def _hex(text: str, digits: int) -> bytes:
    joined = "".join(text.split())
    try:
        data = bytes.fromhex(joined)
    except ValueError:
        data = b""
    if len(joined) != digits or not data:
        raise UsageInvalid(f"got {len(joined)} characters; {digits} hex digits are needed")
    return data


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    keys.command("add")(add_key)
    keys.command("revoke")(revoke_key)
    app.add_typer(keys, name="key")
