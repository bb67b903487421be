"""The product's template tags and filters; built in, no {% load %} needed."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from django import template
from django.forms import BoundField
from django.http import HttpRequest
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from prm.organisations.links import org_reverse
from prm.organisations.models import Membership, Role, User
from prm.web import beside as besides
from prm.web import controls, devices, figures, marks, progress, tabs
from prm.web.charts.square import square_mark
from prm.work.models import Job

register = template.Library()

_SHAPES: dict[str, SafeString] = {
    "declared": mark_safe('<circle cx="4" cy="4" r="3.5"/>'),
    "sirene": mark_safe('<rect x=".5" y=".5" width="7" height="7"/>'),
    "import": mark_safe('<path d="M4 .3L7.7 7.3H.3z"/>'),
    "partner": mark_safe('<path d="M4 0l4 4-4 4-4-4z"/>'),
    "inferred": mark_safe('<circle cx="4" cy="4" r="3.2"/>'),
}
# More is counted no further, beside a link.
MOST_ON_BADGE = 999
_OPEN_SHAPES = {"partner", "inferred"}


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """Draw a line icon of static/img/icons.svg; `css` adds classes such as "lg". Hidden from screen readers."""
    classes = f"i {css}".strip()
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', classes, _sprite(), name)


@register.simple_tag(takes_context=True)
def org_url(context: Context, name: str, *args: Any) -> str:
    """Return the address of a page of the current organisation."""
    return org_reverse(context["request"].organisation, name, *args)


@register.simple_tag(takes_context=True)
def qs(context: Context, **changes: Any) -> str:
    """Return the current query string with these changes; None or "" removes.

    The page's cursor is dropped unless given: another filter or order starts at the first page.
    """
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    query.pop("cursor", None)
    for key, value in changes.items():
        if value is None or value == "":
            query.pop(key, None)
        elif isinstance(value, (list, tuple)):
            query.setlist(key, [str(one) for one in value])
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def qs_without(context: Context, key: str, value: str = "") -> str:
    """Return the current query string without a key, or without one of its values."""
    query = context["request"].GET.copy()
    query.pop("cursor", None)
    if value:
        query.setlist(key, [one for one in query.getlist(key) if one != str(value)])
    else:
        query.pop(key, None)
    return f"?{query.urlencode()}"


@register.filter(name="figure")
def figure_filter(value: figures.Number | None, decimals: int = 1) -> str:
    """Write a number: `{{ 1234.5|figure }}` is "1 234,5"."""
    return figures.figure(value, int(decimals))


@register.filter
def badge(count: int | None) -> str:
    """Write how many wait, beside a link: what is beyond a thousand is counted no further."""
    return f"{figures.figure(MOST_ON_BADGE)}+" if count and count > MOST_ON_BADGE else figures.figure(count)


@register.filter
def signed(value: figures.Number | None, decimals: int = 1) -> str:
    """Write a difference with its sign: "+3", "−4,2"."""
    return figures.figure(value, int(decimals), signed=True)


@register.filter
def percent(value: figures.Number | None, decimals: int = 1) -> str:
    """Write a percentage given in percent (0-100)."""
    return figures.percent(value, int(decimals))


@register.filter
def ratio(value: figures.Number | None, decimals: int = 1) -> str:
    """Write a percentage given as a share (0-1)."""
    return figures.ratio(value, int(decimals))


@register.filter
def points(value: figures.Number | None, sign: str = "") -> str:
    """Write points of a score: "42 pts"; `|points:"+"` shows the sign."""
    return figures.points(value, signed=bool(sign))


@register.filter
def money(value: figures.Number | None, currency: str = "EUR") -> str:
    """Write an amount given in cents."""
    return figures.money(value, currency)


@register.filter
def siren(value: str | None) -> str:
    """Write a SIREN or SIRET in groups."""
    return figures.siren(value)


@register.filter
def phone(value: str | None) -> str:
    """Write a telephone number as it is read aloud."""
    return figures.phone(value)


@register.filter
def duration(value: figures.Number | None) -> str:
    """Write a length of time given in seconds."""
    return figures.duration(value)


@register.filter(is_safe=True)
def ago(value: datetime | None) -> SafeString | str:
    """Write how long ago, with the exact instant on hover."""
    return _time(value, figures.ago(value)) if value else "–"


@register.filter(is_safe=True)
def moment(value: datetime | None) -> SafeString | str:
    """Write date and time of day, with the exact instant on hover."""
    return _time(value, figures.moment(value)) if value else "–"


@register.filter(is_safe=True)
def clock(value: datetime | None) -> SafeString | str:
    """Write the time of day, with the exact instant on hover."""
    return _time(value, figures.clock(value)) if value else "–"


@register.filter(is_safe=True)
def day(value: date | datetime | None) -> SafeString | str:
    """Write a short date; the year only when it is another one."""
    return _time(value, figures.day(value)) if value else "–"


@register.filter(is_safe=True)
def long_day(value: date | datetime | None) -> SafeString | str:
    """Write a date in full."""
    return _time(value, figures.long_day(value)) if value else "–"


@register.simple_tag
def tier(standing: Any, total: figures.Number | None = None, *, word: bool = True) -> SafeString:
    """Show a tier: icon, word, points. Takes a standing (`tier`, `total`), or a tier and its points.

    `word=False` keeps the word for screen readers only, where a list has no room.
    """
    if standing is None:
        return mark_safe("")
    number = getattr(standing, "tier", standing)
    shown = getattr(standing, "total", None) if total is None else total
    code = marks.tier_code(number)
    label = format_html("{}" if word else '<span class="sr">{}</span>', str(marks.TIER_WORDS[code]))
    value = format_html(" <b>{}</b>", figures.figure(shown, 0)) if shown is not None else ""
    return format_html('<span class="tier is-{}">{}{}{}</span>', code, icon(code), label, value)


@register.simple_tag
def stage(value: str) -> SafeString:
    """Show a lifecycle stage as an outlined tag."""
    css = "tag on" if value in marks.STAGES_ON else "tag"
    return format_html('<span class="{}">{}</span>', css, marks.stage_word(str(value)))


@register.simple_tag
def provenance(obj: Any, field: str) -> SafeString:
    """Show where `obj.field` comes from, by shape; hover, focus or a tap tell the rest (js/proofs.js)."""
    found = marks.provenance_of(obj, field)
    if found is None:
        return mark_safe("")
    if not found.lines:
        return _provenance_shape(found.kind, found.title)
    key = f"why-{type(obj).__name__.lower()}-{getattr(obj, 'pk', None) or 0}-{field.replace('.', '-')}"
    rows = format_html_join("", "<span><b>{}</b> {}</span>", found.lines)
    return format_html(
        '<button type="button" class="proof-mark" popovertarget="{}" aria-describedby="{}" aria-label="{}">{}</button>'
        '<span class="proof-card" id="{}" popover>{}</span>',
        *(key, key, found.title, _provenance_shape(found.kind, ""), key, rows),
    )


@register.simple_tag(takes_context=True)
def beside(context: Context, obj: Any, field: str) -> SafeString:
    """Show what other apps put beside `obj.field`, such as what a source says instead; nothing where `bare` is set."""
    return mark_safe("") if context.get("bare") else besides.beside(context["request"], obj, field)


@register.simple_tag
def provenance_legend() -> SafeString:
    """Explain the five shapes of provenance, once a page."""
    words = {
        "declared": _("declared"),
        "sirene": _("SIRENE"),
        "import": _("import"),
        "partner": _("partner"),
        "inferred": _("inferred"),
    }
    rows = [(_provenance_shape(kind, ""), word) for kind, word in words.items()]
    return format_html('<ul class="legend">{}</ul>', format_html_join("", "<li>{}{}</li>", rows))


@register.simple_tag
def avatar(person: Any, css: str = "") -> SafeString:
    """Show a person's initials (`person.initials`); the name stands beside it."""
    initials = getattr(person, "initials", None) or "·"
    return format_html('<span class="{}" aria-hidden="true">{}</span>', f"av {css}".strip(), initials)


@register.simple_tag
def bar(percent: float, *, css: str = "", ghost: float | None = None) -> SafeString:
    """Draw a thin bar of a share in percent; `css` "a" for the accent, "short" for 3 rem; `ghost` lies behind."""
    behind = format_html('<rect class="ghost" width="{}" height="4"/>', _clamp(ghost)) if ghost is not None else ""
    return format_html(
        '<svg class="{}" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
        '{}<rect width="{}" height="4"/></svg>',
        f"bar {css}".strip(),
        behind,
        _clamp(percent),
    )


@register.inclusion_tag("components/square.html")
def square(
    standing: Any, *, fit: float | None = None, intent: float | None = None, model: Any = None
) -> dict[str, Any]:
    """Draw the small square of fit and intent. Takes a standing, or `fit`, `intent` and a tier as first argument.

    `model` gives `warm_from`, `hot_from` and `minimum_fit`; without it the tier alone says how high the dot is.
    """
    return {"mark": square_mark(standing, fit=fit, intent=intent, model=model)}


@register.simple_tag
def list_admins() -> list[User]:
    """List the admins of the current organisation: who can grant a right. One query."""
    members = Membership.objects.filter(role=Role.ADMIN).select_related("user").order_by("user__full_name", "pk")
    return [member.user for member in members]


@register.simple_tag
def job_progress(job: Job) -> progress.Progress:
    """Work out how far a job is: `{% job_progress job as progress %}` gives percent, rate, seconds_left."""
    return progress.progress_of(job)


@register.simple_tag
def sort_head(key: str, current: str, first: str | None = "") -> tabs.SortHead:
    """Work out a sortable table head; see components/th_sort.html."""
    return tabs.sort_head(key, current or "", first or "")


@register.simple_tag
def control(bound: BoundField) -> SafeString:
    """Render a form field's control with the product's classes and its accessible description."""
    return controls.render(bound)


@register.filter
def control_kind(bound: BoundField) -> str:
    """Return how a field is laid out: "check", "choices", "hidden", "select" or "text"."""
    return controls.kind(bound)


@register.filter
def device(user_agent: str) -> str:
    """Write a browser's signature as "Firefox, Windows"."""
    return devices.device_name(user_agent)


@register.filter
def get(mapping: Mapping[Any, Any] | None, key: Any) -> Any:
    """Look a key up in a mapping; None when it is absent."""
    return (mapping or {}).get(key)


@register.filter
def as_json(value: Any) -> str:
    """Write a value as JSON for a data- attribute (escaped by the template as any text)."""
    return json.dumps(value, ensure_ascii=False)


@cache
def _sprite() -> str:
    # A list draws hundreds of icons; the address of their file never changes while a process lives.
    return static("img/icons.svg")


def _time(value: date | datetime, text: str) -> SafeString:
    title = figures.exact(value) if isinstance(value, datetime) else figures.long_day(value)
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), title, text)


def _provenance_shape(kind: str, title: str) -> SafeString:
    css = "prov open" if kind in _OPEN_SHAPES else "prov"
    if not title:
        return format_html('<svg class="{}" viewBox="0 0 8 8" aria-hidden="true">{}</svg>', css, _SHAPES[kind])
    return format_html(
        '<svg class="{}" viewBox="0 0 8 8" role="img" aria-label="{}"><title>{}</title>{}</svg>',
        css,
        title,
        title,
        _SHAPES[kind],
    )


def _clamp(value: float | None) -> str:
    return f"{min(max(float(value or 0), 0.0), 100.0):.4g}"
