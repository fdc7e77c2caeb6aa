"""The project's own node of the BitTorrent DHT (BEP 5, BEP 44)."""
