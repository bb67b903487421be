"""What apps above put beside a value of a page, such as what a source says instead of it."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

# Loads all there is to show beside the fields of an object: {field: pieces}. At most one query.
Loader = Callable[[Any, Any], Mapping[str, list[SafeString]]]
_loaders: dict[str, Loader] = {}


def register_beside(model: type[Model], loader: Loader) -> None:
    """Say who has something to show beside the values of a model's rows; called from AppConfig.ready."""
    _loaders[model._meta.label] = loader


def beside(request: HttpRequest, obj: Model, field: str) -> SafeString:
    """Return what stands beside a field of an object; empty for nothing. Loaded once a request and object."""
    loader = _loaders.get(obj._meta.label)
    if loader is None:
        return SafeString("")
    kept: dict[tuple[str, Any], Mapping[str, list[SafeString]]] = request.__dict__.setdefault("_beside", {})
    key = (obj._meta.label, obj.pk)
    if key not in kept:
        kept[key] = loader(request, obj)
    return format_html_join("", "{}", ((piece,) for piece in kept[key].get(field, ())))
