"""The member's own page: what a home knows, on one screen at a time, in this computer's browser."""
