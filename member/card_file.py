"""Cards as files: moved to federation.card_file, which both programs read."""

from federation.card_file import PICTURES, is_picture, read_card_picture, read_card_text

__all__ = ["PICTURES", "is_picture", "read_card_picture", "read_card_text"]
