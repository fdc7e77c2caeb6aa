"""Commands that link two communities up: link card, link add."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from federation.card import read_card, sign_card
from federation.card_file import read_card_picture, read_card_text
from federation.console.handout import hand_out_card, write_pictures
from federation.console.sentence import printable
from federation.console.terminal import UsageInvalid, show
from federation.home import meet
from federation.link.card import LinkCard, check_linkable
from federation.link.key import link_seed
from federation.link.typed import format_terms
from federation.words import fingerprint, link_words
from ledger import crypto
from manager.cli import link_change, link_net, link_show
from manager.cli.link_options import FeeOption, RateOption, ScaleOption, UnitOption
from manager.cli.options import (
    HomeOption,
    How,
    JsonOption,
    PassphraseOption,
    YesOption,
    now,
    open_home,
    say,
    unlock,
)
from manager.cli.sign import carry_out
from manager.introduce import known_hints
from manager.link.ask import TypedLink, TypedTerms, ask_link, ask_terms, is_converting, make_card
from manager.office import check_succeeded, open_office

link = typer.Typer(
    no_args_is_help=True, help="Other communities that yours trusts up to a limit, and pays."
)


@link.command("card")
def card(
    *,
    unit: UnitOption = None,
    rate: RateOption = None,
    scale: ScaleOption = None,
    png: Annotated[Path | None, typer.Option("--png", help="Write the QR code there.")] = None,
    svg: Annotated[Path | None, typer.Option("--svg", help="The same for paper.")] = None,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show your link card, as a QR code and as text, for another community's manager."""
    where = open_home(home)
    with open_office(where) as office:
        check_succeeded(office.state, office.key)
        assert office.community, "an unopened ledger is refused here"
        terms = ask_terms(office.state, TypedTerms(unit, rate, scale), {})
        is_converting(office.state, terms)
        seed, hints = unlock(where, passphrase_file), known_hints(where, where.settings())
        made = make_card(office, seed, hints, terms, now())
    text, words = sign_card(seed, made), fingerprint(made.key)
    write_pictures(text, made.name, png, svg)
    held = {
        "card": text,
        "key": made.key.hex(),
        "link_key": made.link_key.hex(),
        "name": made.name,
        "fingerprint": words,
        "terms": format_terms(terms),
        "time": made.time,
        "size": made.size,
        "root": made.root.hex(),
    }

    def people() -> None:
        if png is None and svg is None:
            hand_out_card(text, words)
        else:
            say(f"Fingerprint: {words}")
            say(text)
        say(f"It proposes a link in {held['terms']}.")

    show(held, as_json, people)


@link.command("add")
def add(
    given: Annotated[
        str | None, typer.Argument(metavar="CARD", help="Their link card: text or a file.")
    ] = None,
    *,
    trust: Annotated[str, typer.Option("--trust", metavar="A", help="How much they may owe you.")],
    limit: Annotated[str, typer.Option("--limit", metavar="A", help="How much you may owe them.")],
    image: Annotated[Path | None, typer.Option("--image", help="A picture of its QR code.")] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="What you call them; made of their name if not.")
    ] = None,
    unit: UnitOption = None,
    rate: RateOption = None,
    fee: FeeOption = None,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Link up with another community by its link card, after comparing words."""
    if (given is None) == (image is None):
        raise UsageInvalid("link add takes either a CARD or --image FILE")
    text = read_card_picture(image) if image else read_card_text(given or "")
    theirs = read_card(text, LinkCard)
    how = How(open_home(home), passphrase_file, yes)
    with open_office(how.home, write=True) as office:
        assert office.community, "an unopened ledger is refused here"
        check_linkable(theirs, office.key, how.home.settings().network.kind, now())
        seed = how.unlock()
        own_key = crypto.public_key(link_seed(seed))
        typed = TypedLink(name, trust, limit, fee, TypedTerms(unit, rate))
        asked = ask_link(office.state, theirs, own_key, typed)
        words = link_words(office.key, own_key, theirs.key, theirs.link_key)
        say(f"Community: {printable(theirs.name)}")
        say(f"Its fingerprint: {fingerprint(theirs.key)}")
        say(f"Words of the link, the same on both sides; compare them with its manager: {words}")
        carry_out(replace(how, seed=seed), office, [asked])
    meet(how.home, theirs.hints)
    say(
        "Payments pass once the other manager has added yours: show `commontab-manager link card` "
        "with the same terms."
    )


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    for module in (link_show, link_change, link_net):
        module.register(link)
    app.add_typer(link, name="link")
