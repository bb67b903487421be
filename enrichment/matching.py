"""Which company a name means: pure functions over what a register's search brought.

Every result is judged by itself, from 0 to 1: how alike the names are, weighed by how well the places agree. The best
is taken without a person only when it is sure enough and nothing else comes near.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import lru_cache

from contacts.normalising import company_key
from enrichment.providers.outcomes import Ambiguous, Found, NotFound, Question
from enrichment.providers.records import CompanyRecord
from enrichment.providers.values import department_of

# What the register's search wants at least.
MIN_NAME_LENGTH = 3
MAX_CANDIDATES = 5
# Below this likeness of two names (0-1) a result is no candidate: it was found by a word of its address or a director.
CANDIDATE_RATIO = 0.7
# Less is not worth measuring.
MIN_RATIO = 0.5
# From here on two words are the same one, spelt otherwise.
WORD_RATIO = 0.8
# No organisation takes what is less sure without a person.
LOWEST_AUTOMATIC = 0.85
# How much surer than the next one it must be.
MARGIN = 0.05
# A name other than the legal one, or one spelt otherwise, is a little less than the legal name itself.
TRADING_RATIO, ALIKE_RATIO = 0.92, 0.97
# A word more, a word less or another number makes another company, as "Kia Albi" and "Kia Vierzon", "Halle 2" and
# "Halle 3" are: never taken without a person.
OTHER_WORDS_RATIO = 0.84
# What the name alone is worth; the place makes up the rest.
NAME_WEIGHT = 0.78
# Words that tell nothing of whose name it is: two others make a name that is hardly borne twice.
FILLERS = frozenset({"de", "du", "des", "la", "le", "les", "l", "d", "et", "en", "au", "aux", "a", "the", "of", "and"})


class Evidence(StrEnum):
    """What speaks for a match, or against it; enrichment/wording.py says it in words."""

    SAME_NAME = "same_name"
    TRADING_NAME = "trading_name"
    ALIKE_NAME = "alike_name"
    SAME_POSTCODE = "same_postcode"
    SAME_TOWN = "same_town"
    SAME_DEPARTMENT = "same_department"
    OTHER_PLACE = "other_place"


# How well places agree, 0-1. `None`: the question does not say where.
_PLACE_RATIO = {
    Evidence.SAME_POSTCODE: 1.0,
    Evidence.SAME_TOWN: 0.97,
    Evidence.SAME_DEPARTMENT: 0.6,
    None: 0.5,
    Evidence.OTHER_PLACE: 0.2,
}
# What the département is worth to a name of one word.
ONE_WORD_RATIO = 0.4


@dataclass(frozen=True)
class Match:
    """How sure it is (0-1) that a record is the company asked for, and why."""

    record: CompanyRecord
    score: float
    evidence: tuple[Evidence, ...]

    @property
    def is_here(self) -> bool:
        """Tell whether the company stands where the question says."""
        return bool({Evidence.SAME_POSTCODE, Evidence.SAME_TOWN} & set(self.evidence))


def judge(question: Question, record: CompanyRecord) -> Match | None:
    """Say how sure it is that a record is the company of this name; None when the names have nothing in common."""
    key = company_key(question.name)
    likeness, is_same = max((_likeness_of(key, name) for name in _names(record)), default=(0.0, False))
    if likeness < CANDIDATE_RATIO:
        return None
    if record.name and key == company_key(record.name):
        of_name, ratio = Evidence.SAME_NAME, 1.0
    elif key in _names(record):
        of_name, ratio = Evidence.TRADING_NAME, TRADING_RATIO
    else:
        of_name, ratio = Evidence.ALIKE_NAME, likeness * (ALIKE_RATIO if is_same else OTHER_WORDS_RATIO)
    of_place = _place_of(question, record)
    agreement = _PLACE_RATIO[of_place]
    if of_place == Evidence.SAME_DEPARTMENT and not _is_telling(key):
        # A name of one word is borne twice in many a département.
        agreement = ONE_WORD_RATIO
    if of_place == Evidence.OTHER_PLACE and of_name == Evidence.SAME_NAME and _is_telling(key):
        # A company moves, or is written down at a branch; its whole name is hardly borne twice.
        agreement = _PLACE_RATIO[None]
    score = round(ratio * (NAME_WEIGHT + (1 - NAME_WEIGHT) * agreement), 4)
    return Match(record, score, (of_name, of_place) if of_place else (of_name,))


def choose(
    question: Question, records: Sequence[CompanyRecord], *, only_here: bool = False
) -> Found | Ambiguous | NotFound:
    """Choose the company of this name, or leave the choice to a person.

    Found carries the score, for the organisation may want more than `LOWEST_AUTOMATIC`. `only_here`: the records are
    those of one place, so nobody elsewhere was weighed against them: only a name borne there counts.
    """
    matches = [match for record in records if (match := judge(question, record))]
    # What is closed stands behind what is not; else the order of the register.
    matches.sort(key=lambda match: match.score - 0.1 * match.record.is_closed, reverse=True)
    active = [match for match in matches if not match.record.is_closed]
    best = tuple(match.record for match in matches[:MAX_CANDIDATES])
    if active and _is_sure(active, only_here=only_here):
        found = active[0]
        others = tuple(record for record in best if record.siren != found.record.siren)
        return Found(found.record, score=found.score, others=others)
    return Ambiguous(best) if best else NotFound()


def sureness(question: Question, records: Sequence[CompanyRecord]) -> float:
    """Return how sure the best of these is (0-1); 0 where another comes near, or all are closed."""
    matches = [match for record in records if not record.is_closed and (match := judge(question, record))]
    matches.sort(key=lambda match: match.score, reverse=True)
    if not matches or (len(matches) > 1 and matches[0].score - matches[1].score < MARGIN):
        return 0.0
    return matches[0].score


def _is_sure(active: Sequence[Match], *, only_here: bool) -> bool:
    best, others = active[0], active[1:]
    if best.score < LOWEST_AUTOMATIC or (others and best.score - others[0].score < MARGIN):
        return False
    return not only_here or (best.is_here and Evidence.ALIKE_NAME not in best.evidence)


def _place_of(question: Question, record: CompanyRecord) -> Evidence | None:
    if not question.postcode and not town_key(question.city):
        return None
    if is_here(question, record):
        return Evidence.SAME_POSTCODE if question.postcode else Evidence.SAME_TOWN
    department = department_of(commune=None, postcode=question.postcode)
    return Evidence.SAME_DEPARTMENT if department and department == record.department else Evidence.OTHER_PLACE


def _is_telling(key: str) -> bool:
    return sum(len(word) > 2 and word not in FILLERS for word in key.split()) > 1


def has_namesake(question: Question, records: Sequence[CompanyRecord]) -> bool:
    """Tell whether an active company of this name is among the records."""
    return any(not record.is_closed and company_key(question.name) in _names(record) for record in records)


def is_here(question: Question, record: CompanyRecord) -> bool:
    """Tell whether the company, or one of its establishments, stands where the question says.

    The postcode decides when it is known, else the town.
    """
    places = ((record.postcode or "", record.city or ""), *record.places)
    if question.postcode:
        return any(postcode == question.postcode for postcode, _city in places)
    town = town_key(question.city)
    return bool(town) and any(town == town_key(city) for _postcode, city in places)


def town_key(town: str | None) -> str:
    """Return a town's name without case, accents, CEDEX or district: "PARIS 8" is "paris"."""
    words = company_key(re.sub(r"(?i)\bcedex\b.*|\b\d{1,2}(?:er?|e|ème)?\b.*", "", town or "")).split()
    return " ".join({"st": "saint", "ste": "sainte"}.get(word, word) for word in words)


def _names(record: CompanyRecord) -> set[str]:
    return {company_key(name) for name in (record.name, *record.trading_names, record.acronym) if name}


@lru_cache(maxsize=4096)
def _likeness_of(key: str, name: str) -> tuple[float, bool]:
    """Return how alike two names are (0-1), letter by letter and word by word, and whether they say the same words."""
    if key == name:
        return 1.0, True
    words, others = key.split(), name.split()
    if not words or not others:
        return 0.0, False
    found = sum(any(_is_one(word, other) for other in others) for word in words)
    # Words may be turned: the letters are compared in the order of the alphabet as well.
    letters = max(_ratio(key, name), _ratio(" ".join(sorted(words)), " ".join(sorted(others))))
    likeness = (letters + found / len(words)) / 2
    if set(words) <= set(others):
        likeness = max(likeness, CANDIDATE_RATIO)
    return likeness, _say_the_same(words, others)


def _say_the_same(words: Sequence[str], others: Sequence[str]) -> bool:
    """Tell whether every telling word of each name is found in the other."""
    return all(
        word in FILLERS or any(_is_one(word, other) for other in against)
        for some, against in ((words, others), (others, words))
        for word in some
    )


def _is_one(word: str, other: str) -> bool:
    """Tell whether two words are one, spelt otherwise. Numbers, and what holds one, are no slip of the pen."""
    if word == other:
        return True
    if any(map(str.isdigit, word + other)):
        return False
    return _ratio(word, other) >= WORD_RATIO


def _ratio(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    # Two bounds that cost little; what is below them is no candidate whatever the rest says.
    if matcher.real_quick_ratio() < MIN_RATIO or matcher.quick_ratio() < MIN_RATIO:
        return 0.0
    return matcher.ratio()
