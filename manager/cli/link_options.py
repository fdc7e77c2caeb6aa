"""Options of the commands about links: units, rates, fees and limits."""

from typing import Annotated

import typer

UnitOption = Annotated[
    str | None, typer.Option("--unit", metavar="CODE", help="The unit you owe each other in.")
]
RateOption = Annotated[
    str | None,
    typer.Option("--rate", help="The link's unit and what it is worth: '1 HOUR = 15 EUR'."),
]
ScaleOption = Annotated[
    int | None,
    typer.Option("--scale", help="Decimals of a unit that you do not have; 2 by default."),
]
TrustOption = Annotated[
    str | None, typer.Option("--trust", metavar="A", help="How much they may owe you.")
]
LimitOption = Annotated[
    str | None, typer.Option("--limit", metavar="A", help="How much you may owe them.")
]
FeeOption = Annotated[
    str | None,
    typer.Option(
        "--fee", help="What your commons takes on what leaves by it: '0.20 + 1 %', or none."
    ),
]
