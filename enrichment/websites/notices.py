"""Whose a website is, read off its pages: numbers of companies, weighed by the words around them. Pure functions.

A legal notice names several companies: who publishes the site, who hosts it, who made it. Each number is worth what
stands before it: the nearest word that says whose part begins ("éditeur", "hébergeur"), and the nearest that says what
number it is (RCS, SIREN, TVA).
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser
from stdnum.fr import siren as siren_numbers
from stdnum.fr import siret as siret_numbers
from stdnum.fr import tva as vat_numbers

from enrichment.domains.kinds import registrable_domain
from enrichment.providers.outcomes import Mention

# What a number is worth (0-1) by what stands before it.
LABELLED, NEAR_LABEL, BARE_SIRET, BARE = 0.92, 0.86, 0.6, 0.4
# In the publisher's part; said twice, as SIREN and in a VAT number; on another page than the notice.
PUBLISHER_BONUS, AGREEMENT_BONUS, OTHER_PAGE_MALUS = 0.03, 0.03, 0.04
BEST = 0.98
# In the part of who hosts or made the site; of a known host.
OTHER_ROLE_RATIO, HOST_RATIO = 0.35, 0.1
# Less is no candidate.
LEAST = 0.5
LABEL_DISTANCE, NEAR_DISTANCE, AFTER_DISTANCE, ROLE_DISTANCE = 30, 90, 12, 400
QUOTE_BEFORE, QUOTE_AFTER = 60, 30
LONGEST_TEXT = 300_000
# Elements within each other; browsers stop at 512, and a parser's time grows with the square.
DEEPEST = 800
MOST_LINKS = 3

_S = r"[ .\-]?"
_SIREN_DIGITS = rf"\d{{3}}{_S}\d{{3}}{_S}\d{{3}}"
# No digits before or after, none a blank away: longer numbers, amounts and telephone numbers are none of these.
_SIRET = re.compile(rf"(?<!\d)(?<!\d[ .]){_SIREN_DIGITS}{_S}\d{{3}}{_S}\d{{2}}(?!{_S}\d)")
_VAT = re.compile(rf"(?<![A-Za-z0-9])FR{_S}[0-9A-HJ-NP-Z]{{2}}{_S}({_SIREN_DIGITS})(?!\d)")
_SIREN = re.compile(rf"(?<!\d)(?<!\d[ .])({_SIREN_DIGITS})(?!{_S}\d)(?! ?(?:€|euros?\b|EUR\b))", re.IGNORECASE)
_LABEL = re.compile(
    r"\bsiren|\bsiret|\br\.? ?c\.? ?s\b|registre d[ue] commerce|r[ée]pertoire des m[ée]tiers|\bimmatricul|\btva\b"
    r"|intracom|\bvat\b|trade register|company number",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"(?P<publisher>[ée]diteur|[ée]dit[ée]e? (?:et \w+ )?par|[ée]dition du site|propri[ée]taire|publi[ée] par"
    r"|publication|responsable du site|raison sociale|d[ée]nomination|qui sommes|publisher|legal notice"
    r"|mentions l[ée]gales)"
    # A hotel's "hébergement" is its trade; as a heading, or of a site, it is a host's.
    r"|(?P<other>h[ée]berg(?!ement)\w+|(?-i:H[éÉeE](?:bergement|BERGEMENT))"
    r"|h[ée]bergement (?:du site|web|par\b|assur|:)|\bhost(?:ed|ing)?\b|prestataire|webmaster|cr[ée]dits"
    r"|r[ée]alis[ée]e? par"
    r"|(?:conception|r[ée]alisation|cr[ée]ation|d[ée]veloppement|maintenance)(?: et \w+)?(?: du site| graphique| web"
    r"| technique)?(?: internet)? ?(?::|par\b|-|–)|cr[ée][ée] par|d[ée]velopp[ée] par|con[çc]u par|powered by)",
    re.IGNORECASE,
)
_OPENED = re.compile(
    r"<(/?)(?:div|span|section|article|main|font|center|blockquote|ul|ol|table|form|a|b|i|em|strong)\b", re.IGNORECASE
)
# Words of links, what leads to a notice surest first.
_NOTICE_WORDS = (
    re.compile(
        r"mentions?[ _-]*l[ée]gales|informations?[ _-]*l[ée]gales|infos?[ _-]*l[ée]gales|legal[ _-]*notice",
        re.IGNORECASE,
    ),
    re.compile(r"\bl[ée]gale?s?\b|imprint|impressum|mentions", re.IGNORECASE),
    re.compile(
        r"\bcg[uv]\b|conditions[ _-]*g[ée]n[ée]rales|terms|[àa][ _-]*propos|\babout\b|qui[ _-]*sommes", re.IGNORECASE
    ),
)


@dataclass(frozen=True)
class Page:
    """What is read of a page: its text on one line, and its links as (address, words)."""

    url: str
    text: str
    links: tuple[tuple[str, str], ...] = ()


def read_page(html: str, url: str) -> Page:
    """Return what a page says; one that is built to wear a parser out says nothing."""
    if _depth_of(html) > DEEPEST:
        return Page(url, "")
    tree = LexborHTMLParser(html)
    for node in tree.css("script, style, template, svg"):
        node.decompose()
    links = tuple(
        (urljoin(url, address.strip()), _one_line(node.text(separator=" ")))
        for node in tree.css("a[href]")[:2000]
        if (address := node.attributes.get("href")) and _is_address(url, address)
    )
    text = tree.body.text(separator=" ") if tree.body else ""
    return Page(url, _one_line(text)[:LONGEST_TEXT], links)


def notice_links(page: Page) -> list[str]:
    """Return the pages of the same site that a legal notice may stand on, surest first."""
    home = registrable_domain(urlsplit(page.url).hostname or "")
    ranked: dict[str, int] = {}
    for link, words in page.links:
        address = link.partition("#")[0]
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or registrable_domain(parts.hostname or "") != home:
            continue
        said = f"{words} {parts.path}".replace("_", " ")
        rank = next((rank for rank, pattern in enumerate(_NOTICE_WORDS) if pattern.search(said)), None)
        if rank is not None and address != page.url:
            ranked[address] = min(rank, ranked.get(address, rank))
    return sorted(ranked, key=lambda address: ranked[address])[:MOST_LINKS]


def is_notice(address: str, words: str = "") -> bool:
    """Tell whether an address is that of a legal notice."""
    said = f"{words} {urlsplit(address).path}"
    return bool(_NOTICE_WORDS[0].search(said) or _NOTICE_WORDS[1].search(said))


def find_mentions(page: Page, *, domain: str) -> list[Mention]:
    """Return the companies a page names, each once, the likeliest publisher first. `domain`: whose site it is."""
    best: dict[str, Mention] = {}
    kinds: dict[str, set[str]] = {}
    malus = 0.0 if is_notice(page.url) else OTHER_PAGE_MALUS
    for kind, siren, start, end in _numbers(page.text):
        score = _score(page.text, kind, start, end)
        if _is_host_of_others(siren, domain):
            score *= HOST_RATIO
        mention = Mention(siren, round(max(score - malus, 0.0), 4), _quote(page.text, start, end), page.url)
        kinds.setdefault(siren, set()).add(kind)
        if siren not in best or best[siren].score < mention.score:
            best[siren] = mention
    return merge_mentions(
        [_agreeing(one, AGREEMENT_BONUS if len(kinds[one.siren]) > 1 else 0.0) for one in best.values()]
    )


def merge_mentions(mentions: Sequence[Mention]) -> list[Mention]:
    """Return the best mention of each company, best first."""
    best: dict[str, Mention] = {}
    for one in mentions:
        if one.siren not in best or best[one.siren].score < one.score:
            best[one.siren] = one
    return sorted(best.values(), key=lambda one: -one.score)


def _agreeing(mention: Mention, bonus: float) -> Mention:
    if not bonus or mention.score < LEAST:
        return mention
    return replace(mention, score=round(min(mention.score + bonus, BEST), 4))


def _numbers(text: str) -> Iterator[tuple[str, str, int, int]]:
    """Yield (kind, SIREN, start, end) of each number whose check digits are right; the longest reading counts."""
    taken: list[tuple[int, int]] = []
    for kind, pattern in (("siret", _SIRET), ("vat", _VAT), ("siren", _SIREN)):
        for found in pattern.finditer(text):
            start, end = found.span()
            if any(start < other_end and end > other_start for other_start, other_end in taken):
                continue
            digits = re.sub(r"\D", "", found[0] if kind == "siret" else found[1])
            if kind == "siret" and not siret_numbers.is_valid(digits):
                continue
            if kind == "vat" and not vat_numbers.is_valid(re.sub(r"[ .\-]", "", found[0])):
                continue
            taken.append((start, end))
            if siren_numbers.is_valid(digits[:9]) and len(set(digits[:9])) > 1:
                yield kind, digits[:9], start, end


def _score(text: str, kind: str, start: int, end: int) -> float:
    before = text[max(start - ROLE_DISTANCE, 0) : start]
    near = [len(before) - found.end() for found in _LABEL.finditer(before)]
    distance = min(near, default=ROLE_DISTANCE)
    if distance <= LABEL_DISTANCE or kind == "vat" or _LABEL.match(text[end : end + AFTER_DISTANCE].lstrip(" ,(-–:")):
        score = LABELLED
    elif distance <= NEAR_DISTANCE:
        score = NEAR_LABEL
    else:
        score = BARE_SIRET if kind == "siret" else BARE
    role = ""
    for found in _ROLE.finditer(before):
        role = found.lastgroup or ""
    if role == "other":
        return score * OTHER_ROLE_RATIO
    return min(score + (PUBLISHER_BONUS if role == "publisher" and score > LEAST else 0.0), BEST)


def _quote(text: str, start: int, end: int) -> str:
    """Return the words around a number, none of them cut."""
    before = text[max(start - QUOTE_BEFORE, 0) : start]
    after = text[end : end + QUOTE_AFTER]
    before = before if start <= QUOTE_BEFORE else before.partition(" ")[2]
    after = after if end + QUOTE_AFTER >= len(text) else after.rpartition(" ")[0]
    return f"{before}{text[start:end]}{after}".strip()


def _is_host_of_others(siren: str, domain: str) -> bool:
    """Tell whether a number is that of a known host, on a site that is not its own."""
    names = _hosts().get(siren)
    return names is not None and not domain.startswith(names)


@cache
def _hosts() -> dict[str, tuple[str, ...]]:
    facts = tomllib.loads((Path(__file__).parent / "hosts.toml").read_text(encoding="utf-8"))
    return {siren: tuple(names) for siren, names in facts.items()}


def _depth_of(html: str) -> int:
    """Return how deep elements may stand within each other, about: those that close by themselves are not counted."""
    depth = deepest = 0
    for found in _OPENED.finditer(html):
        depth = max(depth - 1, 0) if found[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _is_address(url: str, address: str) -> bool:
    try:
        return bool(urlsplit(urljoin(url, address.strip())).hostname)
    except ValueError:
        return False


def _one_line(text: str) -> str:
    return " ".join(text.split())
