"""Exchange: other programs' files in.

Everything here takes bytes, records and state and gives back plans and operations; nothing prints,
asks or signs but ``carry``.
"""
