"""Segments that belong to something else of the product, such as a persona: that is where they are changed."""

from collections.abc import Callable

from contacts.segments.models import Segment

# Returns the address where such a segment is changed; empty for one that is not the owner's.
_owners: list[Callable[[Segment], str]] = []


def register_owner(address_of: Callable[[Segment], str]) -> None:
    """Say what owns segments; called from AppConfig.ready."""
    if address_of not in _owners:
        _owners.append(address_of)


def owner_address(segment: Segment) -> str:
    """Return where a segment is changed, when that is not its own page; empty when it is. One query an owner."""
    return next(filter(None, (address_of(segment) for address_of in _owners)), "")
