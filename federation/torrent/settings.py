"""How a libtorrent session is set up for each kind of network.

What never varies: no trackers, web seeds, local discovery or peer exchange, so peers come from
the DHT only and a hostile torrent cannot make us call anybody.
"""

from typing import TypeAlias

import libtorrent as lt

from federation.settings import Kind
from federation.torrent.metainfo import INFO_BYTES_MAX

SettingsPack: TypeAlias = dict[str, int | str | bool]

PUBLIC_PORT = 6881
"""Tried first on the public network; the next free one if another program has it."""
SOCKET_BUFFER_BYTES = 4_000_000
"""The system's default loses datagrams from 32 lookups in flight on."""
DHT_ITEMS_MAX = 100_000
DHT_UPLOAD_BYTES_PER_S = 100_000_000
DHT_PACKETS_PER_S = 100_000
OWN_ENDPOINT_PACKETS_PER_S = 100
"""libtorrent allows a source 5; our own endpoint on the same machine is a source like others."""
UPLOAD_SLOTS = 64
"""Snapshots are small and asked for by all members at once; libtorrent's 8 serve in turns."""
ALERTS_MAX = 10_000

FETCH_FLAGS = (
    lt.torrent_flags.disable_dht
    | lt.torrent_flags.disable_lsd
    | lt.torrent_flags.disable_pex
    | lt.torrent_flags.apply_ip_filter
)
"""A fetching torrent is not announced: nobody knows us as a source before ``keep``."""
SEED_FLAGS = (
    lt.torrent_flags.seed_mode
    | lt.torrent_flags.no_verify_files
    | lt.torrent_flags.disable_lsd
    | lt.torrent_flags.disable_pex
    | lt.torrent_flags.apply_ip_filter
)

RECONNECT_S = 2
"""A community's ledger often has one source: libtorrent's minute between two tries is longer than a
snapshot may take, and after three failed ones it would never try again."""
FAILED_TRIES_MAX = 20

_ALWAYS: SettingsPack = {
    "alert_mask": lt.alert_category.error
    | lt.alert_category.status
    | lt.alert_category.storage
    | lt.alert_category.dht_operation,
    "alert_queue_size": ALERTS_MAX,
    # A household has one address, and a wire that loses packets hides that a connection has ended:
    # a second one would be refused while the first seems to live.
    "allow_multiple_connections_per_ip": True,
    # Between two parts of a torrent its reader wants nothing, and is no stranger to its peers.
    "close_redundant_connections": False,
    "dht_bootstrap_nodes": "",
    "enable_dht": True,
    "enable_lsd": False,
    "max_failcount": FAILED_TRIES_MAX,
    "max_metadata_size": INFO_BYTES_MAX,
    "max_web_seed_connections": 0,
    "min_reconnect_time": RECONNECT_S,
    "recv_socket_buffer_size": SOCKET_BUFFER_BYTES,
    "seeding_outgoing_connections": False,
    "send_socket_buffer_size": SOCKET_BUFFER_BYTES,
    "unchoke_slots_limit": UPLOAD_SLOTS,
    "webtorrent_stun_server": "",
}
_PUBLIC: SettingsPack = {
    "dht_block_ratelimit": OWN_ENDPOINT_PACKETS_PER_S,
    "listen_system_port_fallback": True,
}
_PRIVATE: SettingsPack = {
    "dht_block_ratelimit": DHT_PACKETS_PER_S,
    "dht_enforce_node_id": False,
    "dht_ignore_dark_internet": False,
    "dht_max_dht_items": DHT_ITEMS_MAX,
    "dht_prefer_verified_node_ids": False,
    "dht_restrict_routing_ips": False,
    "dht_restrict_search_ips": False,
    "dht_upload_rate_limit": DHT_UPLOAD_BYTES_PER_S,
    "enable_natpmp": False,
    "enable_upnp": False,
    "listen_system_port_fallback": False,
    "max_retry_port_bind": 0,
    "min_reconnect_time": 1,
}
_LOOPBACK: SettingsPack = {
    "aio_threads": 2,
    "enable_ip_notifier": False,
    "enable_outgoing_utp": False,
    "out_enc_policy": int(lt.enc_policy.pe_disabled),
}


def session_settings(kind: Kind, host: str, port: int) -> SettingsPack:
    """Return libtorrent's settings for a network.

    Args:
        kind: Of the network.
        host: Address to bind, v4 or v6; empty for the kind's own choice.
        port: 0 for any; on the public network 6881 or the next free one.
    """
    if kind == "public":
        return _ALWAYS | _PUBLIC | {"listen_interfaces": _listen(host, port or PUBLIC_PORT)}
    near = _ALWAYS | _PRIVATE | (_LOOPBACK if kind == "loopback" else {})
    default = "127.0.0.1" if kind == "loopback" else "0.0.0.0"  # noqa: S104 -- serves its network
    return near | {"listen_interfaces": _listen(host or default, port)}


def _listen(host: str, port: int) -> str:
    if not host:
        return f"0.0.0.0:{port},[::]:{port}"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
