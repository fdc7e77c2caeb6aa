"""The DNS face: a verified registry of names, served to ordinary DNS software."""
