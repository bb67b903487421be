"""Form controls in the product's look: classes, layout and accessible descriptions for Django's fields."""

from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString


def kind(bound: BoundField) -> str:
    """Return how a field is laid out: "hidden", "check" (label beside), "choices" (a group), "select" or "text"."""
    widget = bound.field.widget
    if bound.is_hidden:
        return "hidden"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return "choices"
    return "select" if isinstance(widget, forms.Select) else "text"


def render(bound: BoundField) -> SafeString:
    """Render the control, with the value seen where the form keeps it; hint or error (field.html) describe it."""
    control = _control(bound)
    if bound.field.show_hidden_initial and not bound.is_hidden:
        return format_html("{}{}", control, bound.as_hidden(only_initial=True))
    return control


def _control(bound: BoundField) -> SafeString:
    widget = bound.field.widget
    attrs = _description(bound)
    if kind(bound) in {"select", "text"} and not isinstance(widget, forms.MultiWidget):
        attrs["class"] = f"input {widget.attrs.get('class', '')}".strip()
    if str(widget.attrs.get("placeholder", "")).startswith(str(bound.label)):
        # It says the same as the label above.
        del widget.attrs["placeholder"]
    if kind(bound) == "choices":
        return _choices(bound)
    html = bound.as_widget(attrs=attrs)
    if isinstance(widget, forms.Select) and not isinstance(widget, forms.SelectMultiple):
        return format_html('<span class="select">{}</span>', html)
    return html


def _description(bound: BoundField) -> dict[str, Any]:
    if bound.is_hidden:
        return {}
    if bound.errors:
        return {"aria-invalid": "true", "aria-describedby": f"{bound.auto_id}_error"}
    if bound.help_text:
        return {"aria-describedby": f"{bound.auto_id}_helptext"}
    return {}


def _choices(bound: BoundField) -> SafeString:
    rows = [
        format_html('<label for="{}">{}{}</label>', option.id_for_label, option.tag(), option.choice_label)
        for option in bound
    ]
    return format_html('<div class="pick">{}</div>', SafeString("".join(rows)))
