"""One file a migration; the first of each branch has no predecessor."""
