"""How the databases came to their present schema."""
