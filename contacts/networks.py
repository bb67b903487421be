"""Whose network an IP address is of: asked by whoever meets addresses, answered by whoever has the files."""

from collections.abc import Callable
from dataclasses import dataclass

# What a network of an organisation's own is called; carriers and hosters say nothing of a visitor's employer.
OWN = "organisation"


@dataclass(frozen=True)
class Network:
    """An answer. `kind`: "organisation", "carrier" or "hoster"; `domain` is "" where the files give none."""

    name: str
    kind: str
    domain: str = ""

    @property
    def is_weak(self) -> bool:
        """Tell whether it says nothing of the company somebody works for."""
        return self.kind != OWN


Lookup = Callable[[str], Network | None]
_lookups: list[Lookup] = []


def register_lookup(lookup: Lookup) -> None:
    """Say who knows networks; called from AppConfig.ready. Must be quick and use no network."""
    if lookup not in _lookups:
        _lookups.append(lookup)


def find_network(address: str) -> Network | None:
    """Return whose network an address is of, None where nobody says."""
    return next((found for lookup in _lookups if (found := lookup(address)) is not None), None)
