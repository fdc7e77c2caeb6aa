"""libtorrent's alerts as values of our own: an alert dies with the next pop, an event does not."""

import errno
from dataclasses import dataclass
from typing import TypeAlias

import libtorrent as lt

MISMATCHING_INFO_HASH = 30
"""libtorrent's error for metadata of another torrent: one peer lied, others are asked on."""


@dataclass(frozen=True, slots=True)
class Listening:
    """A socket is open at this address."""

    host: str
    port: int
    udp: bool


@dataclass(frozen=True, slots=True)
class ListenFailed:
    """A socket could not be opened."""

    why: str


@dataclass(frozen=True, slots=True)
class Counters:
    """Session statistics by libtorrent's names, such as ``net.recv_bytes``."""

    values: dict[str, int]


@dataclass(frozen=True, slots=True)
class PeersFound:
    """The DHT knows these peers of a torrent."""

    infohash: bytes
    peers: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class MetadataArrived:
    """A torrent's info dictionary is here."""

    infohash: bytes


@dataclass(frozen=True, slots=True)
class DataArrived:
    """Every wanted piece is here and has the right hash."""

    infohash: bytes


@dataclass(frozen=True, slots=True)
class Flushed:
    """What arrived is written."""

    infohash: bytes


@dataclass(frozen=True, slots=True)
class PieceRead:
    """What a piece holds, padding and all."""

    infohash: bytes
    piece: int
    data: bytes


@dataclass(frozen=True, slots=True)
class TorrentFailed:
    """libtorrent gave a torrent up; ``errno`` is the system's, 0 if it was none of its kind."""

    infohash: bytes
    why: str
    errno: int


@dataclass(frozen=True, slots=True)
class Removed:
    """A torrent has left the session."""

    infohash: bytes


@dataclass(frozen=True, slots=True)
class Closing:
    """The session ends: said by the node itself, not by libtorrent."""


TorrentEvent: TypeAlias = (
    PeersFound | MetadataArrived | DataArrived | Flushed | PieceRead | TorrentFailed | Removed
)
Event: TypeAlias = Listening | ListenFailed | Counters | TorrentEvent

_NEWS: dict[type[lt.torrent_alert], type[MetadataArrived | DataArrived | Flushed]] = {
    lt.metadata_received_alert: MetadataArrived,
    lt.torrent_finished_alert: DataArrived,
    lt.cache_flushed_alert: Flushed,
}


def read_alert(alert: lt.alert) -> Event | None:
    """Return what an alert says; None for those that nobody here waits for."""
    match alert:
        case lt.torrent_removed_alert():  # its handle names nothing any more
            return Removed(alert.info_hashes.v1.to_bytes())
        case lt.torrent_alert():
            return _read_torrent_alert(alert)
        case lt.dht_get_peers_reply_alert():
            return PeersFound(alert.info_hash.to_bytes(), tuple(alert.peers()))
        case lt.session_stats_alert():
            return Counters(dict(alert.values))
    return _read_listen_alert(alert)


def _read_listen_alert(alert: lt.alert) -> Event | None:
    if isinstance(alert, lt.listen_failed_alert):
        return ListenFailed(alert.message())
    if isinstance(alert, lt.listen_succeeded_alert):
        udp = alert.socket_type == lt.socket_type_t.udp
        return Listening(str(alert.address), alert.port, udp)
    return None


def _read_torrent_alert(alert: lt.torrent_alert) -> Event | None:
    try:
        infohash = alert.handle.info_hashes().v1.to_bytes()
    except RuntimeError:  # its torrent has left the session meanwhile
        return None
    if kind := _NEWS.get(type(alert)):
        return kind(infohash)
    match alert:
        case lt.read_piece_alert():
            return _read_piece(infohash, alert)
        case lt.metadata_failed_alert() if alert.error.value() != MISMATCHING_INFO_HASH:
            return TorrentFailed(infohash, f"its metadata does not read: {alert.message()}", 0)
        case lt.file_error_alert() | lt.torrent_error_alert():
            return TorrentFailed(infohash, alert.message(), _errno(alert.error))
    return None


def _read_piece(infohash: bytes, alert: lt.read_piece_alert) -> PieceRead | TorrentFailed:
    if alert.error.value():
        return TorrentFailed(infohash, alert.message(), _errno(alert.error))
    return PieceRead(infohash, alert.piece, bytes(alert.buffer))


def _errno(error: lt.error_code) -> int:
    value: int = error.value()
    return value if error.category().name() == "system" and value in errno.errorcode else 0
