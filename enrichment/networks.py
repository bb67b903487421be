"""Whose network a visitor comes from, for rooms that know nothing of enrichment."""

from contacts.networks import Network
from enrichment.providers.ip_organisation import IpOrganisation
from prm.work.errors import Invalid


def name_network(address: str) -> Network | None:
    """Return whose network an address is of, by the operator's files; None where they do not say."""
    try:
        owner = IpOrganisation().who_is(address)
    except Invalid:
        return None
    return Network(owner.organisation, owner.kind.value, owner.domain) if owner is not None else None
