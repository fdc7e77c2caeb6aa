"""Names: what members claim in the community, and what stands under them."""
