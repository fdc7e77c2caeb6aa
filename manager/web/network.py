"""Pages about others: links, copies in the network, and whether witnesses agree."""

from aiohttp import web

from federation.console.people import handle_of
from federation.console.views import View
from federation.web.page import see_other
from federation.witness.confirmations import linked_witnesses
from ledger.store.cosignature import CosignatureStore
from manager.link.views import view_links
from manager.office import Office
from manager.web.show import desk_of, show

routes = web.RouteTableDef()


@routes.get("/links")
async def show_links(request: web.Request) -> web.StreamResponse:
    """Answer with every link: who owes whom, what can pass, what is under way, what is wrong."""
    desk = desk_of(request)
    return await show(request, "links.html", links=await desk.read(view_links, desk.now()))


@routes.get("/network")
async def show_network(request: web.Request) -> web.StreamResponse:
    """Answer with copies of what is published, and what witnesses say."""
    desk = desk_of(request)
    desk.look_around()
    status = await desk.status()
    held = await desk.read(witnesses)
    return await show(request, "network.html", books=status, swarm=desk.health, witnesses=held)


@routes.post("/network/look")
async def look_again(request: web.Request) -> web.StreamResponse:
    """Answer a form that asks for another look at the network."""
    desk_of(request).look_around(again=True)
    return see_other("/network")


def witnesses(office: Office) -> list[View]:
    """Return what each witness has confirmed last, those that are behind first."""
    state, size = office.state, office.state.tree.size
    newest = office.store.newest_checkpoint()
    kept = {one.witness: one for one in CosignatureStore(office.store.database).all()}
    members = {
        key: handle_of(state.accounts, known.account)
        for key, known in state.keys.items()
        if known.active and known.key != office.key
    }
    links = {link.link_key: link.name for link in state.links.values()}
    named = members | {key: links[key] for key in linked_witnesses(state)}
    signed = newest.size if newest else size
    rows = [
        {
            "name": name,
            "linked": key in links,
            "size": kept[key].size if key in kept else 0,
            "time": kept[key].time if key in kept else None,
            "behind": max(signed - (kept[key].size if key in kept else 0), 0),
        }
        for key, name in named.items()
    ]
    return sorted(rows, key=lambda row: (-row["behind"], row["name"]))
