"""Drawing a list's table: `{% load lists %}{% head place %}`, `{% cell place row %}`."""

from typing import Any

from django import template
from django.template import Context
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from prm.lists.opening import Place

register = template.Library()
# What a cell shows where nothing is known.
NOTHING = format_html('<span class="{}">–</span>', "mute")
# A text that may be cut says all of itself on hover.
_LONG = 24


@register.inclusion_tag("lists/_head.html", takes_context=True)
def head(context: Context, place: Place) -> dict[str, Any]:
    """Draw the head of a column; it sorts where the list has an order for it. Takes `sort` from the page."""
    return {"place": place, "column": place.column, "sort": context.get("sort"), "request": context["request"]}


@register.simple_tag(takes_context=True)
def cell(context: Context, place: Place, row: Any) -> SafeString:
    """Draw one cell of a row. On a phone those on the card say what they are; the empty ones are left out."""
    column = place.column
    if column.text is not None:
        text = column.text(row)
        drawn = _text(text) if text else NOTHING
        is_known = bool(text)
    else:
        # A snippet of a few words: compiled once, drawn for every row.
        snippet = get_template(column.template).template  # type: ignore[attr-defined]
        with context.push(row=row):
            drawn = snippet.render(context)
        is_known = bool(drawn.strip())
        drawn = drawn if is_known else NOTHING
    css = place.css if is_known or not place.is_on_card else f"{place.css} none"
    if place.is_on_card:
        return format_html('<td class="{}" data-label="{}">{}</td>', css, str(column.label), drawn)
    return format_html('<td class="{}">{}</td>', css, drawn) if css else format_html("<td>{}</td>", drawn)


def _text(text: str) -> SafeString:
    if len(text) > _LONG:
        return format_html('<span class="cut" title="{}">{}</span>', text, text)
    return format_html('<span class="cut">{}</span>', text)
