"""The manager's face: its places, pages and API in one value."""

from federation.web.face import Face, NavItem
from federation.web.language import N_
from manager.web import (
    api,
    attachments,
    care,
    members,
    money,
    names,
    network,
    onboard,
    overview,
    rules,
    setup,
    undo,
    who,
)

NAV = (
    NavItem("/", N_("Overview"), "home"),
    NavItem("/members", N_("Members"), "people"),
    NavItem("/admit", N_("Admit"), "qr"),
    NavItem("/undo", N_("Undo"), "undo"),
    NavItem("/links", N_("Links"), "link", main=False),
    NavItem("/community-card", N_("Community card"), "card", main=False),
    NavItem("/names", N_("Names"), "tag", main=False),
    NavItem("/attachments", N_("Attachments"), "book", main=False),
    NavItem("/refusals", N_("Refusals"), "cross", main=False),
    NavItem("/debts", N_("Debts by age"), "clock", main=False),
    NavItem("/trial", N_("Trial balance"), "settle", main=False),
    NavItem("/network", N_("Network"), "pulse", main=False),
    NavItem("/cycles", N_("Cycles"), "history", main=False),
    NavItem("/care", N_("Audits and backups"), "shield", main=False),
    NavItem("/rules", N_("Rules and units"), "book", main=False),
    NavItem("/settings", N_("Settings"), "settings", main=False),
)
ROUTES = (
    overview.routes,
    members.routes,
    onboard.routes,
    undo.routes,
    money.routes,
    names.routes,
    who.routes,
    attachments.routes,
    network.routes,
    care.routes,
    rules.routes,
    setup.routes,
)
FACE = Face("manager", N_("Manager"), "manager.web", NAV, ROUTES, (api.api,))
