"""The member's face: its places, its pages and its API."""

from federation.web.face import Face, NavItem
from federation.web.language import N_
from member.web import onboard
from member.web.api import act as api_act
from member.web.api import changes as api_changes
from member.web.api import files as api_files
from member.web.api import household as api_household
from member.web.api import names as api_names
from member.web.api import read as api_read
from member.web.pages import (
    act,
    bills,
    exchange,
    files,
    home,
    household,
    names,
    past,
    people,
)

MEMBER_FACE = Face(
    name="member",
    title=N_("My tab"),
    package="member.web",
    nav=(
        NavItem("/", N_("Home"), "home"),
        NavItem("/pay", N_("Pay"), "pay"),
        NavItem("/bills", N_("Bills"), "bill"),
        NavItem("/history", N_("History"), "history"),
        NavItem("/scan", N_("Scan"), "camera", main=False),
        NavItem("/people", N_("People"), "people", main=False),
        NavItem("/names", N_("Names"), "tag", main=False),
        NavItem("/settle", N_("Settle up"), "settle", main=False),
        NavItem("/recurring", N_("Comes again"), "repeat", main=False),
        NavItem("/mandates", N_("Mandates"), "hold", main=False),
        NavItem("/statement", N_("Statement"), "book", main=False),
        NavItem("/exchange", N_("In and out"), "download", main=False),
        NavItem("/charts", N_("Charts"), "chart", main=False),
        NavItem("/outbox", N_("Outbox"), "upload", main=False),
        NavItem("/proof", N_("What was checked"), "shield", main=False),
        NavItem("/card", N_("My card"), "qr", main=False),
        NavItem("/ask/card", N_("Ask by a code"), "card", main=False),
        NavItem("/phone", N_("Telephone"), "link", main=False),
        NavItem("/profile", N_("Your name"), "person", main=False),
    ),
    routes=(
        home.routes,
        past.routes,
        people.routes,
        names.routes,
        bills.routes,
        files.routes,
        household.routes,
        exchange.routes,
        act.routes,
        *onboard.ROUTES,
    ),
    apis=(
        api_read.api,
        api_act.api,
        api_household.api,
        api_names.api,
        api_files.api,
        api_changes.api,
    ),
)
