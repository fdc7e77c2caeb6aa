"""Names: the registries of the own and of linked communities, and what stands in their records."""
