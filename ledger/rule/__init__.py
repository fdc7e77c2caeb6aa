"""One rule for each operation."""
