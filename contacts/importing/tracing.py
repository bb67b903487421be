"""What a chunk of an import creates and touches, kept so that the whole import can be undone."""

from dataclasses import dataclass, field
from typing import Any

from contacts.models import Import, ImportTrace


@dataclass
class Trace:
    """The rows of one chunk: created contacts, created companies, companies that learnt something."""

    contacts: list[int] = field(default_factory=list)
    companies: list[int] = field(default_factory=list)
    filled: list[int] = field(default_factory=list)
    # By id of a company: what its own fields held before and after, and where that came from.
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Contacts whose yes to a purpose the chunk brought.
    consented: list[int] = field(default_factory=list)

    def keep(self, source_import: Import, *, begin: int) -> None:
        """Store it: one row a chunk, eight bytes a contact."""
        made = set(self.companies)
        filled = sorted(set(self.filled) - made)
        if self.contacts or self.companies or filled or self.values or self.consented:
            ImportTrace.objects.create(
                organisation_id=source_import.organisation_id,
                source_import=source_import,
                begin=begin,
                contacts=self.contacts,
                companies=sorted(made),
                filled=filled,
                values=self.values,
                consented=self.consented,
            )
