"""The manager's program: poll, merge, store, publish."""
