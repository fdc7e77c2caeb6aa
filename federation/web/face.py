"""A face: which pages and which API one program shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from federation.web.api import Api

Name = Literal["member", "manager"]


@dataclass(frozen=True, slots=True)
class NavItem:
    """A place that the navigation leads to.

    Attributes:
        path: Where, such as ``/history``.
        label: What it is called, marked with ``N_`` and translated when a page is drawn.
        icon: An icon of ``static/icons.svg``, without its ``icon-``.
        main: Stands in the bar at the bottom of a phone, where five have room.
    """

    path: str
    label: str
    icon: str
    main: bool = True


@dataclass(frozen=True, slots=True)
class Face:
    """What one program shows.

    Attributes:
        name: Whose it is; also the name of the cookie and of the catalogue.
        title: What stands above every page, marked with ``N_``.
        package: Where ``templates/`` lies, such as ``member.web``.
        nav: The places, in their order.
        routes: The pages' handlers, from ``web.RouteTableDef``.
        apis: The JSON API's handlers.
    """

    name: Name
    title: str
    package: str
    nav: tuple[NavItem, ...]
    routes: tuple[Iterable[web.AbstractRouteDef], ...] = ()
    apis: tuple[Api, ...] = ()
