"""The member's program: ask for changes, follow the ledger, check every number."""
