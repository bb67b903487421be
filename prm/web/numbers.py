"""Numbers in addresses and forms that no form class reads."""

# Digits that fit into the database's largest number.
MOST_DIGITS = 18


def read_id(text: str) -> int | None:
    """Return the id a text is, or None: also for digits of other scripts, and for more than the database counts."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
