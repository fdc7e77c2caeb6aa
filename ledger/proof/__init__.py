"""Proofs: small texts that anybody checks with the community's key."""
