"""What a manager looks at to know how the community is, as plain values for pages and JSON."""
