"""Addresses of pages for people: `{% load tracking %}{{ url|page_path }}`."""

from urllib.parse import unquote, urlsplit

from django import template

register = template.Library()


@register.filter
def page_path(url: str) -> str:
    """Return the path of a page as people read it; the address itself where it has none."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return url
    return unquote(path) or url
