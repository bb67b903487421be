"""Bits as PostgreSQL keeps them."""

from typing import Any

from django.db import models

# What people did is compared bit by bit: so many different things in one organisation, those that most did first.
BITS = 512


class BitsField(models.Field):  # type: ignore[type-arg]
    """A string of BITS zeros and ones, which PostgreSQL compares as a whole."""

    def db_type(self, connection: Any) -> str:
        """Return PostgreSQL's type."""
        return f"bit({BITS})"
