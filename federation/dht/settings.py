"""Every figure of the DHT endpoint in one place, each with its unit and where it comes from."""

from dataclasses import dataclass, replace

from federation.settings import Kind


@dataclass(frozen=True, slots=True)
class DhtSettings:
    """How the endpoint behaves; the defaults are for the public network.

    Attributes:
        k: Nodes that store an item, and size of a bucket (BEP 5, "Routing Table").
        concurrency: Questions of one lookup in flight; Kademlia says 3, libtorrent 5.
        timeout_first_s: Before anything was measured (RFC 6298, 2.1).
        timeout_min_s: No timeout is shorter: the other side may be busy.
        timeout_max_s: No timeout is longer; libtorrent waits 15 s for a silent node.
        tries: How often one node is asked the same.
        lookup_questions_max: A lookup that hostile nodes lead astray ends after so many.
        lookup_candidates_max: Nodes a lookup keeps in mind.
        lookup_s_max: A lookup ends after so many seconds with what it has.
        inquiry_nodes_max: Remembered nodes tried before a full lookup.
        packets_per_s: Questions to one host in the long run, 0 for no limit. Together with the
            replies to it they stay under libtorrent's 50 datagrams in 10 s
            (``dht_block_ratelimit`` 5), or it blocks us: 5 + 24 + 10 + 10 = 49.
        packets_burst: Questions to one host at once.
        queries_per_s: Queries of one host answered in the long run, 0 for no limit. Apart from
            the above, so that forged queries cannot keep us from asking that host.
        queries_burst: Queries of one host answered at once.
        reply_bytes_per_s: Replies to everybody, so that we amplify no attack, 0 for no limit;
            libtorrent's ``dht_upload_rate_limit`` is 8,000.
        hosts_max: Hosts whose pace is kept in mind.
        global_addresses_only: Private, loopback and multicast addresses and ports below 1024 that
            others name are not asked: nobody aims us at a printer or a name server.
        one_per_subnet: Of the nodes closest to a target, one counts per /24 (as libtorrent's
            ``dht_restrict_search_ips``): many ids are cheap, many networks are not.
        items_max: Items stored for others.
        items_per_host_max: Of one host.
        item_lifetime_s: After the last put (BEP 44, "Expiration").
        token_s: A token lives one to two of these (BEP 5, "get_peers").
        quiet_s: A node not heard of for so long is asked whether it lives (BEP 5).
        failures_max: Unanswered questions in a row after which a node leaves the table.
        upkeep_s: Seconds between looks at the routing table.
        newcomers_max: Unknown nodes that asked us and are pinged at one time.
        bootstrap_s: A name of a first node is looked up for so long.
        polls_in_flight: Slots of one poll asked for at one time.
        remembered_max: Slots whose storing nodes are remembered.
        remembered_s: After so long a full lookup finds the storing nodes anew.
        asked_again_s: A node that stores a slot and was silent is asked once more after so long.
        socket_buffer_bytes: The system's default loses datagrams from 32 lookups in flight on.
    """

    k: int = 8
    concurrency: int = 4
    timeout_first_s: float = 1.0
    timeout_min_s: float = 0.5
    timeout_max_s: float = 3.0
    tries: int = 2
    lookup_questions_max: int = 96
    lookup_candidates_max: int = 400
    lookup_s_max: float = 30.0
    inquiry_nodes_max: int = 3
    packets_per_s: float = 2.4
    packets_burst: int = 5
    queries_per_s: float = 1.0
    queries_burst: int = 10
    reply_bytes_per_s: float = 64_000.0
    hosts_max: int = 20_000
    global_addresses_only: bool = True
    one_per_subnet: bool = True
    items_max: int = 4_000
    items_per_host_max: int = 200
    item_lifetime_s: float = 7_200.0
    token_s: float = 300.0
    quiet_s: float = 900.0
    failures_max: int = 2
    upkeep_s: float = 30.0
    newcomers_max: int = 8
    bootstrap_s: float = 5.0
    polls_in_flight: int = 64
    remembered_max: int = 20_000
    remembered_s: float = 600.0
    asked_again_s: float = 30.0
    socket_buffer_bytes: int = 4_000_000


PUBLIC = DhtSettings()
NEAR = replace(
    PUBLIC,
    packets_per_s=0.0,
    queries_per_s=0.0,
    reply_bytes_per_s=0.0,
    global_addresses_only=False,
    one_per_subnet=False,
    items_max=100_000,
    items_per_host_max=100_000,
    remembered_s=60.0,
    asked_again_s=5.0,
)
"""Private networks and loopback: many nodes share an address, and nobody is paced. Such networks
are small and change much while people try things, so storing nodes are found anew more often."""


def dht_settings(kind: Kind) -> DhtSettings:
    """Return the settings for a kind of network."""
    return PUBLIC if kind == "public" else NEAR
