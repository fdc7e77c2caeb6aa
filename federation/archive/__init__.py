"""The archive: the torrent of attached files."""
