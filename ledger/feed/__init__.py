"""The journal as a dDatabase or Hypercore feed."""
