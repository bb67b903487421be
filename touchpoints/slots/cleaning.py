"""HTML that may stand in somebody else's page: cleaned when it is kept and once more before it is sent.

No script, no style attribute (the site's policy may forbid it), nothing that is sent somewhere, no names that the
page's own script could take for its own (`id`, `name`). Links go to https, e-mail, telephone or the site itself. A
frame shows a form of this product and nothing else.
"""

import re
from html import escape
from typing import Any

import nh3
from django.conf import settings

from touchpoints.lead_forms.models import LeadForm
from touchpoints.lead_forms.tokens import public_url

LONGEST_HTML = 20_000
_TAGS = {
    *("a", "abbr", "article", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "div", "dl", "dt", "em"),
    *(
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "iframe",
        "img",
        "ins",
        "li",
        "mark",
        "ol",
    ),
    *("p", "s", "section", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead"),
    *("time", "tr", "u", "ul"),
}
_ATTRIBUTES = {
    # What a click on it tells is counted by the script that put it there.
    "*": {"class", "title", "lang", "dir", "role", "aria-label", "aria-hidden", "data-prm-track"},
    "a": {"href", "hreflang", "target"},
    "img": {"src", "alt", "width", "height", "loading"},
    "iframe": {"src", "width", "height", "loading"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "ol": {"start"},
}
# Plain http leads to this product alone, where it runs so.
_SCHEMES = {"https", "http", "mailto", "tel"}
_FRAME = re.compile(r"/f/[0-9]{1,18}-[A-Za-z0-9_-]{1,32}/frame/")


def clean_html(html: str) -> str:
    """Return what of an HTML text may stand in a page. About 50 us a kilobyte."""
    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags={"script", "style", "template", "noscript", "textarea", "title", "object", "svg", "math"},
        attributes=_ATTRIBUTES,
        attribute_filter=_filter,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
        generic_attribute_prefixes=None,
    )


def _filter(tag: str, attribute: str, value: str) -> str | None:
    if attribute in {"href", "src"}:
        # "//elsewhere" and "\\elsewhere" look relative, and are not.
        bare = re.sub(r"[\x00-\x20]", "", value)
        if bare.startswith(("//", "\\", "/\\")):
            return None
        if bare.lower().startswith("http:") and not bare.startswith(f"{settings.BASE_URL}/"):
            return None
    if tag == "iframe" and attribute == "src":
        return value if _is_own_frame(value) else None
    if tag == "a" and attribute == "target":
        return value if value in {"_blank", "_self"} else None
    return value


def _is_own_frame(address: str) -> bool:
    base = settings.BASE_URL
    return address.startswith(base) and _FRAME.fullmatch(address[len(base) :]) is not None


def form_html(form: LeadForm) -> str:
    """Return the frame of a form."""
    return (
        f'<iframe src="{escape(public_url(form, "frame"))}" title="{escape(form.name)}" width="100%" height="560"'
        ' loading="lazy"></iframe>'
    )


def lost(given: str, cleaned: str) -> list[str]:
    """Return the names of what was taken out of an HTML text, for people: elements first, attributes after."""
    before, after = _names(given), _names(cleaned)
    return sorted(before - after, key=lambda name: (" " in name, name))


def _names(html: str) -> set[str]:
    found: set[str] = set()
    for tag, attributes in re.findall(r"<([a-zA-Z][\w-]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", html):
        found.add(f"<{tag.lower()}>")
        for name, _quoted in re.findall(r"([a-zA-Z-]+)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)", attributes):
            found.add(f"<{tag.lower()} {name.lower()}>")
    return found


def as_text(value: Any) -> str:
    """Return a value that stands in a text, whatever it says."""
    return escape(str(value))
