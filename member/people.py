"""Who is meant: moved to federation.people, which both programs read."""

from federation.people import ID_CHARS_MIN, find_account, find_id, find_unit, handle_of

__all__ = ["ID_CHARS_MIN", "find_account", "find_id", "find_unit", "handle_of"]
