"""A community that goes on under another key."""
