"""The databases of a home: the only room that knows SQL.

The journal and the present state, the manager's desk, the member's outgoing change-sets.
"""
