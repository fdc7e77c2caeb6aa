"""Signatures checked by a second process, where there are many to check."""
