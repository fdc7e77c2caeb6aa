"""Links: what two communities agree on that trust each other up to a limit, and do then."""
