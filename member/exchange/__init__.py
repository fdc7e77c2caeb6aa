"""Exchange: a ledger out to other programs, and other programs' files in.

Everything here takes bytes, records and state and gives back texts, plans and operations; nothing
prints, asks or signs but ``carry``.
"""
