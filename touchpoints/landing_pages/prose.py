"""Texts that members write in Markdown, or in simple HTML, made into HTML that can do no harm."""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

# A page has one first heading, and its blocks the second ones: a text's own begin below.
_HEADINGS = {"h1": "h3", "h2": "h3", "h3": "h4", "h4": "h4", "h5": "h4", "h6": "h4"}
_TAGS = {
    *("p", "br", "hr", "h3", "h4", "strong", "em", "b", "i", "u", "s", "sub", "sup", "mark", "small"),
    *("ul", "ol", "li", "blockquote", "code", "pre", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "th": {"scope"}}
_SCHEMES = {"http", "https", "mailto", "tel"}

_markdown = MarkdownIt("commonmark", {"html": True, "breaks": True}).enable(["table", "strikethrough"])


@lru_cache(maxsize=512)
def render_prose(text: str) -> SafeString:
    """Return a text as HTML: what is not simple text is left out, links lead to http, mail and telephone only."""
    tokens = _markdown.parse(text)
    for token in tokens:
        token.tag = _HEADINGS.get(token.tag, token.tag)
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    clean = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="noopener")
    return mark_safe(clean)  # noqa: S308  (nh3 made it harmless)
