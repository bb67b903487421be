"""What other rooms call to change contacts; each stands in the file named after its subject."""

from contacts.companies import CompanyInput, create_company, find_or_create_company, update_company
from contacts.lifecycle import change_stage
from contacts.people import create_contact, update_contact, upsert_contact
from contacts.suppressions import (
    is_address_suppressed,
    is_contactable,
    only_contactable,
    record_opt_out,
    record_suppression,
    suppressed_contact_ids,
)

__all__ = [
    "CompanyInput",
    "change_stage",
    "create_company",
    "create_contact",
    "find_or_create_company",
    "is_address_suppressed",
    "is_contactable",
    "only_contactable",
    "record_opt_out",
    "record_suppression",
    "suppressed_contact_ids",
    "update_company",
    "update_contact",
    "upsert_contact",
]
