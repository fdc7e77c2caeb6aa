"""Names as the command line shows them: one, one's own, and what a search found."""

from federation.console.people import find_named
from federation.console.sentence import moment, person, printable
from federation.console.terminal import out, table
from federation.console.views import View
from ledger.state import State


def tell_named(state: State, typed: str) -> None:
    """Print who owns the name that was typed in a person's place, where it is one."""
    named = find_named(state, typed)
    if named is not None and named.owner is not None:
        owner = person(state.accounts[named.owner])
        out.print(f"{named.name} -> {owner}, who owns the name.", markup=False)


def show_one(held: View) -> None:
    """Print whose a name is, until when, and what stands under it."""
    if held["reserved"]:
        out.print(f"{held['name']} is reserved: nobody can claim it.", markup=False)
        return
    whose = f"{held['owner_handle']} ({printable(held['owner_name'])})"
    said = [f"{held['name']} is {whose}'s, claimed {moment(held['claimed'])}."]
    ends = moment(held["expires"])
    if held["resolves"]:
        said.append(f"It ends {ends}.")
    else:
        said.append(f"It ended {ends} and does not resolve; until {moment(held['gone_at'])} only "
                    "its owner can renew it.")  # fmt: skip
    said.append(f"It stands for the key with the fingerprint: {held['fingerprint']}")
    if held["frozen"]:
        said.append("It is in dispute: only the manager changes it.")
    if held["delegate_handle"]:
        said.append(f"{held['delegate_handle']} may set its records too.")
    if held["offered_handle"]:
        said.append(f"It is offered to {held['offered_handle']}.")
    for line in (*said, *(held["records"] or ["No record stands under it."])):
        out.print(line, markup=False)


def show_key(held: View) -> None:
    """Print the key that a name stands for, and by what that is known."""
    where = f" at {printable(held['community'])}" if held["community"] else ""
    whose = f", which is {held['owner']}'s," if held["owner"] not in {None, held["name"]} else ""
    out.print(f"{held['name']}{where}{whose} stands for the key {held['base32']}", markup=False)
    out.print(f"Its fingerprint: {held['fingerprint']}")
    out.print(
        f"Verified under the checkpoint of {held['size']} records, seen {moment(held['seen'])}, "
        f"with {held['witnesses']} cosignatures."
    )


def show_names(held: View, ending: list[View]) -> None:
    """Print the own names, those that are offered, and what names cost."""
    rules = held["rules"]
    rows = [[one["name"], moment(one["expires"]), str(len(one["records"])), _state_of(one)]
            for one in held["own"]]  # fmt: skip
    if rows:
        table(("name", "until", "records", ""), rows, (2,))
    else:
        out.print("You have no name yet.")
    for one in held["offered"]:
        out.print(f"{one['owner_handle']} offers you {one['name']}: `commontab name take "
                  f"{one['name']}`.", markup=False)  # fmt: skip
    for one in held["let"]:
        out.print(f"You may set the records of {one['name']}, which is {one['owner_handle']}'s.",
                  markup=False)  # fmt: skip
    for one in ending:
        word = "ends" if one["resolves"] else "has ended"
        out.print(f"{one['name']} {word} {moment(one['expires'])}: `commontab name renew "
                  f"{one['name']}`.", markup=False)  # fmt: skip
    prices = f"Claiming one: {rules['claim']}; renewing it: {rules['renew']}."
    out.print(f"A name here lasts {rules['term_days']} days. {prices} You may have "
              f"{rules['most']}.", markup=False)  # fmt: skip


def show_found(found: View) -> None:
    """Print what a search found, and whether what was typed is free."""
    rows = [[one["name"], one["owner_handle"] or "", moment(one["expires"]), _state_of(one)]
            for one in found["found"]]  # fmt: skip
    if rows:
        table(("name", "owner", "until", ""), rows)
    if found["more"]:
        out.print(f"{found['more']} more; search for more of the name.")
    wanted = found["wanted"]
    if wanted is None:
        if not rows:
            out.print("Nobody has a name here yet.")
    elif wanted["free"]:
        out.print(f"{wanted['name']} is free: `commontab name claim {wanted['name']}`.",
                  markup=False)  # fmt: skip
    else:
        out.print(f"{wanted['name']} cannot be had: {wanted['why']}.", markup=False)


def _state_of(one: View) -> str:
    if one["reserved"]:
        return "reserved"
    if one["frozen"]:
        return "in dispute"
    return "" if one["resolves"] else "ended"
