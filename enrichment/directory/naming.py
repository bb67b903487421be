"""What a company is found by in the directory: one list of words for each, under one index.

A list holds, each with a mark of its own in front:
`=` every name of the company in its matching form (legal, usual, trading names, initials): "=fonderies du val d ource";
`~` the sound of every word of its names: "~fndr", so that a slip in a vowel, a plural or a doubled letter still finds;
`d` and `p` the départements and postcodes where it stands: "d21", "p21400".
A question for some of them at once is an intersection of short lists, however many companies there are.
"""

import re
from collections.abc import Callable, Iterable
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


class _Memory(dict[str, str]):
    """What was worked out for each word: a register says the same words over and over."""

    def __init__(self, work_out: Callable[[str], str]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, word: str) -> str:
        if len(self) > _REMEMBERED:
            self.clear()
        found = self[word] = self._work_out(word)
        return found


def name_key(name: str) -> str:
    """Return what `contacts.normalising.company_key` does; registers write plain capitals, which go quicker."""
    return _plain_key(name) or company_key(name)


def sound(word: str) -> str:
    """Return how a word sounds, roughly: "fonderies" and "fondrie" are both "fndr". The first letter stays."""
    return _sounds[word]


def telling_words(key: str) -> list[str]:
    """Return the sounds of the words of a name that tell it from others, the longest first."""
    words = sorted((word for word in dict.fromkeys(key.split()) if _marked[word]), key=len, reverse=True)
    return list(dict.fromkeys(_sounds[word] for word in words[:MOST_WORDS]))


def search_words(names: Iterable[str]) -> list[str]:
    """Return what these names of one company are found by."""
    found: list[str] = []
    for name in names:
        if not name:
            continue
        plain = _plain_key(name)
        key = plain or company_key(name)
        words = key.split()
        if len(words) > MOST_WORDS:
            found.append("=" + key)
            found += ["~" + word for word in telling_words(key)]
        elif plain or (words and key.replace(" ", "").isalnum()):
            found.append("=" + key)
            found += [marked for word in words if (marked := _marked[word])]
    return list(dict.fromkeys(found)) if len(found) > 1 else found


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


def _plain_key(name: str) -> str:
    """Return the key of a name that is plain ASCII without a legal form at its ends; "" for any other."""
    if not name.isascii() or "." in name:
        return ""
    low = name.lower()
    words = (low if low.replace(" ", "").isalnum() else low.translate(_TO_BLANKS)).split()
    return "" if not words or _forms[words[0]] or _forms[words[-1]] else " ".join(words)[:250]


def _sound(word: str) -> str:
    plain = word[:-1] if len(word) > 3 and word[-1] in "sx" else word
    for written, said in (("ph", "f"), ("qu", "k"), ("ck", "k"), ("c", "k"), ("q", "k"), ("y", "i"), ("z", "s")):
        plain = plain.replace(written, said)
    heard = re.sub(r"(.)\1+", r"\1", plain[:1] + re.sub("[aeiouh]", "", plain[1:]))
    # "eau" and "gaia" would be one letter, which says nothing.
    return heard if len(heard) > 1 else plain


def _mark(word: str) -> str:
    """Return the sound of a word with its mark; "" for one that tells nothing."""
    tells = word not in _FILLERS and (len(word) > 1 or word.isdigit())
    return "~" + _sounds[word] if tells else ""


def _form(word: str) -> str:
    """Return the word if company_key takes it off an end of a name, else ""."""
    return word if company_key(f"zz {word}") == "zz" or company_key(f"{word} zz") == "zz" else ""


_sounds, _marked, _forms = _Memory(_sound), _Memory(_mark), _Memory(_form)
