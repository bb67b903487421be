"""What two people share and in what they differ, in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from contacts.codes.words import department_words, headcount_words, naf_words
from scoring.twins.functions import NAMES
from scoring.twins.keeping import BANDS
from touchpoints.kinds import name_of

# Of what both did, and of differences, so many are told.
MOST_ACTS, MOST_DIFFERENCES = 3, 2
KIND, TOUCHPOINT, THEME, PERSONA = "k:", "t:", "h:", "o:"


@dataclass(frozen=True)
class Traits:
    """What people are compared by, as twin_traits.sql gives it; `headcount` is a place in BANDS, from 1."""

    naf_code: str
    naf_division: str
    headcount: int | None
    department: str
    legal_form: str
    function: str
    source: str
    entry_id: int | None
    personas: list[int] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)

    @property
    def params(self) -> dict[str, Any]:
        """The traits as parameters of a statement."""
        return asdict(self)

    @property
    def tokens(self) -> dict[str, str]:
        """What each trait but the acts is counted as (count_twin_traits.sql); unknown ones as nothing has been."""
        return {
            "activity": f"n:{self.naf_division or self.naf_code}",
            "headcount": f"b:{self.headcount}",
            "department": f"p:{self.department}",
            "legal_form": f"l:{self.legal_form}",
            "function": f"f:{self.function}",
            "source": f"s:{self.source}",
            "entry": f"e:{self.entry_id}",
            "personas": f"{PERSONA}{self.personas[0] if self.personas else ''}",
        }

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is known that people could be compared by."""
        return not any(asdict(self).values())


@dataclass(frozen=True)
class Names:
    """What touchpoints, themes, personas and the organisation's own kinds of acts are called, by token."""

    by_token: Mapping[str, str]

    def token(self, token: str) -> str:
        """Return the name of something people did, or a theme of it; empty for one that is gone."""
        name = self.by_token.get(token, "")
        return name or (name_of(token.removeprefix(KIND)) if token.startswith(KIND) else "")

    def persona(self, pk: int) -> str:
        """Return the name of a persona; empty for one that is gone."""
        return self.by_token.get(f"{PERSONA}{pk}", "")

    def act(self, kind: str, touchpoint_id: int | None) -> str:
        """Return what somebody did, with where."""
        name, place = self.token(KIND + kind), self.token(f"{TOUCHPOINT}{touchpoint_id}")
        return _("%(act)s (%(place)s)") % {"act": name, "place": place} if place else name


def shared_traits(mine: Traits, theirs: Traits, names: Names) -> list[str]:
    """Return what two people share, in words; what both did in the order of `mine`."""
    acts = [token for token in mine.acts if token in theirs.acts]
    found = []
    if mine.naf_code and mine.naf_code == theirs.naf_code:
        found.append(_("same activity: %(what)s") % {"what": naf_words(mine.naf_code)})
    elif mine.naf_division and mine.naf_division == theirs.naf_division:
        found.append(_("same branch: %(what)s") % {"what": naf_words(mine.naf_division)})
    found += [
        _("same persona: %(what)s") % {"what": name}
        for pk in mine.personas
        if pk in theirs.personas and (name := names.persona(pk))
    ]
    if mine.function and mine.function == theirs.function:
        found.append(_("same function: %(what)s") % {"what": NAMES[mine.function]})
    if told := _told([token for token in acts if not token.startswith(THEME)], names):
        found.append(_("both did: %(what)s") % {"what": told})
    if told := _told([token for token in acts if token.startswith(THEME)], names):
        found.append(_("both interested in: %(what)s") % {"what": told})
    if mine.headcount and mine.headcount == theirs.headcount:
        found.append(_("same size: %(what)s") % {"what": headcount_words(BANDS[mine.headcount - 1])})
    if mine.department and mine.department == theirs.department:
        found.append(_("same département: %(what)s") % {"what": department_words(mine.department)})
    if mine.entry_id and mine.entry_id == theirs.entry_id and (entry := names.token(f"{TOUCHPOINT}{mine.entry_id}")):
        found.append(_("began at the same touchpoint: %(what)s") % {"what": entry})
    if mine.source and mine.source == theirs.source:
        found.append(_("same source: %(what)s") % {"what": mine.source})
    return found


def _told(tokens: Sequence[str], names: Names) -> str:
    return ", ".join([name for token in tokens if (name := names.token(token))][:MOST_ACTS])


def differences(mine: Traits, theirs: Traits) -> list[str]:
    """Return in what two people differ that is known of both, the weightiest first, as "theirs, not mine"."""
    pairs: list[tuple[str, str, Callable[[str | None], str]]] = [
        (theirs.naf_division, mine.naf_division, naf_words),
        (theirs.function, mine.function, _function),
        (_band(theirs), _band(mine), headcount_words),
        (theirs.department, mine.department, department_words),
    ]
    return [
        _("%(theirs)s, not %(mine)s") % {"theirs": say(one), "mine": say(other)}
        for one, other, say in pairs
        if one and other and one != other
    ][:MOST_DIFFERENCES]


def _function(code: str | None) -> str:
    return str(NAMES.get(code or "", code))


def _band(traits: Traits) -> str:
    return BANDS[traits.headcount - 1] if traits.headcount else ""
