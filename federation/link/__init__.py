"""Links: what two communities put where the other reads it, and how people write a link's terms."""
