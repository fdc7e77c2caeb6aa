"""Witnesses: who was shown what, and what follows where it differs."""
