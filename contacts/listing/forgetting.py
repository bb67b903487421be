"""Views may search for somebody, or be called after them: those that name somebody who is erased go whole.

Without its search a view would list everybody.
"""

from contacts.rights.registry import Whom
from prm.work.sql import run


def forget_views(whom: Whom) -> int:
    """Remove the saved views that name these people, deleted ones as well; return how many there were."""
    return run("contacts/forget_views", whom.params) if whom.patterns else 0
