"""The directory of keys: what a name stands for, here and in linked communities, verified."""

from federation.console.people import community_of
from federation.console.terminal import Refused
from federation.console.views import View
from federation.link.address import format_key
from federation.names.address import parse_name
from federation.names.folder import RegistryFolder
from federation.names.reader import RegistryReader
from federation.words import fingerprint
from ledger.names import match_handle
from ledger.saying import said
from member.membership import Membership


def find_key(member: Membership, typed: str, now: int) -> View:
    """Return the public key that a name stands for, or that a member here has.

    What it says of names follows from a checkpoint whose whole registry was verified.

    Args:
        member: Whose view.
        typed: ``bakery``, ``bakery.river``, ``bakery@river``, or a handle.
        now: Unix seconds.

    Raises:
        AddressInvalid: It leads to no community.
        RegistryMissing: The names of the community that it leads to were not read.
        Refused: Nobody has the name now.
    """
    resolver = RegistryReader(RegistryFolder(member.home.registries)).resolver(member.store)
    suffix = member.home.settings().name_suffix
    answer = resolver.resolve(parse_name(typed, suffix), now)
    place, value = answer.place, answer.value
    at_home = place.community == member.state.key
    if value is None or value.key is None:
        handle = match_handle(member.state.handles, typed).handle if at_home else None
        if handle is None or not member.state.accounts[member.state.handles[handle]].keys:
            raise Refused(said("nobody has the name {name!r} there now", name=typed[:64]))
        owner = member.state.handles[handle]
        key, name, ends = member.state.accounts[owner].keys[0], handle, None
    else:
        assert value.owner is not None, "a name that resolves is owned"
        key, name, ends, owner = value.key, value.name, value.expires, value.owner
    return {
        "name": name,
        "community": community_of(member.state, place.community) if not at_home else "",
        "community_key": place.community.hex(),
        "key": key.hex(),
        "base32": format_key(key),
        "fingerprint": fingerprint(key),
        "owner": member.state.accounts[owner].handle if at_home else None,
        "owner_account": owner.hex(),
        "expires": ends,
        "size": answer.registry.size,
        "seen": answer.registry.seen,
        "age_s": max(now - answer.registry.seen, 0),
        "witnesses": answer.registry.witnesses,
    }
