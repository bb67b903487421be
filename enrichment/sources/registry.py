"""The sources there are, each as one object: what people are told of it, what it needs, how it is tried.

`register_source` in AppConfig.ready is all it takes for a source to have its place on the settings page: switch, key,
state, use, cost and test come by themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from enrichment.providers.outcomes import Provider, SourceState, Unavailable
from enrichment.sources.models import SourceChoice
from enrichment.turns import Caller, Pace

Words = str | Promise

# The group of the sources that say who a company is, by number or by name: each stands in for the others.
REGISTERS = "registers"


@dataclass(frozen=True)
class Probe:
    """What came of a harmless question: what the source said, for people, or why it said nothing."""

    said: str = ""
    trouble: Unavailable | None = None


@dataclass(frozen=True)
class KeyNeed:
    """The key a source wants: where one gets it, and the installation's own, if it has one."""

    where: Words
    link: str = ""
    of_installation: Callable[[], str] = lambda: ""


@dataclass(frozen=True)
class Source:
    """One source. `name` is what its use is counted by, and what stands beside each value and look-up."""

    name: str
    title: Words
    # What it is asked, in a sentence.
    purpose: Words
    # How it is doing toward an organisation that chose so; asks nobody, and the database nothing.
    state: Callable[[SourceChoice], SourceState]
    # Asks it a harmless question, in a worker.
    probe: Callable[[Caller], Probe] | None = None
    pace: Callable[[], Pace] | None = None
    # Whether that is at each website, rather than at one service.
    is_by_host: bool = False
    key: KeyNeed | None = None
    # Sources of one group stand in for each other, and an organisation orders them.
    group: str = ""
    # Whom questions about companies go to; None for sources of something else.
    provider: Provider | None = None
    # Its search takes the words of a name as they are: what it does not find, another may.
    finds_names_as_written: bool = False
    # Whether the installation has what it takes, and what an operator has to do where it has not.
    is_there: Callable[[], bool] = lambda: True
    missing: Words = ""
    # Whether an organisation may do without it.
    has_switch: bool = True
    # Whether it is asked over the network: then its questions are counted and may cost something.
    is_counted: bool = True
    licence: Words = ""


_sources: dict[str, Source] = {}


def register_source(source: Source) -> None:
    """Add a source, after those that are there; called from AppConfig.ready."""
    _sources[source.name] = source


def list_sources() -> list[Source]:
    """Return every source, in the order of registration."""
    return list(_sources.values())


def find_source(name: str) -> Source | None:
    """Return a source by its name, or None."""
    return _sources.get(name)
