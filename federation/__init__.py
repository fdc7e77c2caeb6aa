"""How parties reach and follow each other: keys, cards, the DHT, torrents."""
