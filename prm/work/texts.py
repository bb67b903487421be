"""What PostgreSQL's text can hold: no zero character, and no half of a surrogate pair, which JSON can write."""

import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def is_storable(text: str) -> bool:
    """Tell whether the database can hold a text."""
    return _UNSTORABLE.search(text) is None


def make_storable(text: str) -> str:
    """Return a text with the sign for what is no character in place of what the database cannot hold."""
    return _UNSTORABLE.sub("\ufffd", text)
