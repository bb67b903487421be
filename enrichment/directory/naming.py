"""What a company is found by in the directory: one list of words for each, under one index.

A list holds, each with a mark of its own in front:
`=` every name of the company in its matching form (legal, usual, trading names, initials): "=fonderies du val d ource";
`~` the sound of every word of its names: "~fndr", so that a slip in a vowel, a plural or a doubled letter still finds;
`d` and `p` the départements and postcodes where it stands: "d21", "p21400".
A question for some of them at once is an intersection of short lists, however many companies there are.
"""

import re
from collections.abc import Iterable
from itertools import combinations

from contacts.normalising import company_key

# Said in so many names that they find nothing.
_FILLERS = frozenset(
    (
        *("de", "du", "des", "la", "le", "les", "l", "d", "et", "en", "au", "aux", "a", "sur", "sous", "pour", "par"),
        *("the", "of", "and", "ste", "societe", "entreprise", "ets", "etablissements", "cie", "compagnie"),
    )
)
# The longest words of a name say most; more of them only lengthen the index.
MOST_WORDS = 6
_TO_BLANKS = str.maketrans({code: " " for code in map(chr, range(128)) if not code.isalnum()} | {"&": " et "})
_REMEMBERED = 300_000

_sounds: dict[str, str] = {}
_forms: dict[str, bool] = {}


def name_key(name: str) -> str:
    """Return what `contacts.normalising.company_key` does; registers write plain capitals, which go quicker."""
    if not name.isascii() or "." in name:
        return company_key(name)
    words = name.lower().translate(_TO_BLANKS).split()
    if not words or _may_be_form(words[0]) or _may_be_form(words[-1]):
        return company_key(name)
    return " ".join(words)[:250]


def sound(word: str) -> str:
    """Return how a word sounds, roughly: "fonderies" and "fondrie" are both "fndr". The first letter stays."""
    known = _sounds.get(word)
    if known is not None:
        return known
    if len(_sounds) > _REMEMBERED:
        _sounds.clear()
    plain = word[:-1] if len(word) > 3 and word[-1] in "sx" else word
    for written, said in (("ph", "f"), ("qu", "k"), ("ck", "k"), ("c", "k"), ("q", "k"), ("y", "i"), ("z", "s")):
        plain = plain.replace(written, said)
    heard = re.sub(r"(.)\1+", r"\1", plain[:1] + re.sub("[aeiouh]", "", plain[1:]))
    # "eau" and "gaia" would be one letter, which says nothing.
    _sounds[word] = heard if len(heard) > 1 else plain
    return _sounds[word]


def telling_words(key: str) -> list[str]:
    """Return the sounds of the words of a name that tell it from others, the longest first."""
    words = [word for word in dict.fromkeys(key.split()) if word not in _FILLERS and (len(word) > 1 or word.isdigit())]
    words.sort(key=len, reverse=True)
    return list(dict.fromkeys(map(sound, words[:MOST_WORDS])))


def search_words(names: Iterable[str]) -> list[str]:
    """Return what these names of one company are found by."""
    found: dict[str, None] = {}
    for name in names:
        if name and (key := name_key(name)):
            if not any(map(str.isalnum, key)):
                continue
            found["=" + key] = None
            for word in telling_words(key):
                found["~" + word] = None
    return list(found)


def alike(key: str, places: list[str]) -> list[list[str]]:
    """Return the questions that find names like this one, from the narrowest: every word, then all but one.

    A single word, or two without a place, must all be there: one of them alone would find half the register.
    """
    words = ["~" + word for word in telling_words(key)[:4]]
    if not words:
        return []
    questions = [words + places]
    if len(words) > 2 or (len(words) == 2 and places):
        questions += [[*some, *places] for some in combinations(words, len(words) - 1)]
    return questions


def _may_be_form(word: str) -> bool:
    """Tell whether company_key takes this word off an end of a name."""
    known = _forms.get(word)
    if known is None:
        if len(_forms) > _REMEMBERED:
            _forms.clear()
        known = _forms[word] = company_key(f"zz {word}") == "zz" or company_key(f"{word} zz") == "zz"
    return known
