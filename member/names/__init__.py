"""Names, for their owners: asking for them, what stands under them, and who is who by them."""
