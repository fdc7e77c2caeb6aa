"""Links to other communities: reading them, answering, and what commands show of them."""
