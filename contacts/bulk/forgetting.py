"""Runs say whom they were about by a search, or why by a sentence: what names somebody who is erased goes.

The ids in their chunks lead to the shell that stays of a person, and go after thirty days.
"""

from contacts.rights.registry import Whom
from prm.work.sql import run


def forget_words(whom: Whom) -> int:
    """Take these people's names and addresses out of what runs were asked; return how many runs named one."""
    return run("contacts/forget_bulk_words", whom.params) if whom.patterns else 0
