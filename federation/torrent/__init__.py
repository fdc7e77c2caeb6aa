"""Snapshots as torrents: libtorrent on a thread of its own."""
