"""Making, reading and telling proofs of any kind."""
