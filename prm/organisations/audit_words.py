"""The audit log in words: what was done, to what, and what changed.

Apps' models bring their own words (verbose_name); verbs that several apps use stand here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateField, DateTimeField, Model
from django.template.defaultfilters import capfirst
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from prm.organisations.models import AuditEntry
from prm.organisations.rights import scope_word
from prm.web.figures import day, moment

VERBS: dict[str, str | Promise] = {
    "accept": pgettext_lazy("audit", "accepted"),
    "accepted": pgettext_lazy("audit", "accepted"),
    "activate": pgettext_lazy("audit", "activated"),
    "archive": pgettext_lazy("audit", "archived"),
    "claim": pgettext_lazy("audit", "claimed"),
    "create": pgettext_lazy("audit", "created"),
    "delete": pgettext_lazy("audit", "removed"),
    "disqualify": pgettext_lazy("audit", "disqualified"),
    "enrich": pgettext_lazy("audit", "enriched"),
    "import": pgettext_lazy("audit", "imported"),
    "merge": pgettext_lazy("audit", "merged"),
    "opt_in": pgettext_lazy("audit", "subscribed"),
    "opt_out": pgettext_lazy("audit", "opted out"),
    "pause": pgettext_lazy("audit", "paused"),
    "publish": pgettext_lazy("audit", "published"),
    "recycle": pgettext_lazy("audit", "recycled"),
    "recycled": pgettext_lazy("audit", "recycled"),
    "reject": pgettext_lazy("audit", "rejected"),
    "rejected": pgettext_lazy("audit", "rejected"),
    "release": pgettext_lazy("audit", "released"),
    "resume": pgettext_lazy("audit", "resumed"),
    "revoke": pgettext_lazy("audit", "revoked"),
    "start": pgettext_lazy("audit", "started"),
    "stop": pgettext_lazy("audit", "stopped"),
    "undo": pgettext_lazy("audit", "undone"),
    "update": pgettext_lazy("audit", "changed"),
}
# Kinds of object whose code is not the name of a model, or whose model has no word of its own.
_objects: dict[str, str | Promise] = {
    "api_key": gettext_lazy("API key"),
    "apikey": gettext_lazy("API key"),
    "invitation": gettext_lazy("invitation"),
    "membership": gettext_lazy("member"),
    "organisation": gettext_lazy("organisation"),
}
_fields: dict[str, str | Promise] = {
    "email": gettext_lazy("e-mail"),
    "name": gettext_lazy("name"),
    "role": gettext_lazy("role"),
    "scopes": gettext_lazy("scopes"),
    "revoked_at": gettext_lazy("revoked on"),
    "slug": gettext_lazy("address"),
    "archived_at": pgettext_lazy("audit field", "archived on"),
    "body": pgettext_lazy("audit field", "text"),
    "cause": pgettext_lazy("audit field", "cause"),
    "codes": pgettext_lazy("audit field", "codes"),
    "contacts": pgettext_lazy("audit field", "contacts"),
    "fields": pgettext_lazy("audit field", "fields"),
    "filename": pgettext_lazy("audit field", "file"),
    "from": pgettext_lazy("audit field", "from version"),
    "handoff": pgettext_lazy("audit field", "handoff No."),
    "interaction": pgettext_lazy("audit field", "interaction No."),
    "is_enabled": pgettext_lazy("audit field", "in use"),
    "key_field": pgettext_lazy("audit field", "key"),
    "kind": pgettext_lazy("audit field", "kind"),
    "lawful_basis": pgettext_lazy("audit field", "lawful basis"),
    "mapping": pgettext_lazy("audit field", "columns"),
    "new": pgettext_lazy("audit field", "new"),
    "note": pgettext_lazy("audit field", "note"),
    "noted_by": pgettext_lazy("audit field", "noted by"),
    "number": pgettext_lazy("audit field", "version"),
    "occurred_at": pgettext_lazy("audit field", "happened on"),
    "points": pgettext_lazy("audit field", "points"),
    "position": pgettext_lazy("audit field", "place"),
    "question": pgettext_lazy("audit field", "question"),
    "reason": pgettext_lazy("audit field", "reason"),
    "scenario": pgettext_lazy("audit field", "scenario"),
    "size_bytes": pgettext_lazy("audit field", "size in bytes"),
    "source": pgettext_lazy("audit field", "source"),
    "stage": pgettext_lazy("audit field", "stage"),
    "status": pgettext_lazy("audit field", "state"),
    "subject": pgettext_lazy("audit field", "subject of the e-mail"),
    "wait_seconds": pgettext_lazy("audit field", "wait in seconds"),
    "companies": pgettext_lazy("audit field", "companies"),
    "created": pgettext_lazy("audit field", "created"),
    "done": pgettext_lazy("audit field", "done for"),
    "due_on": pgettext_lazy("audit field", "due on"),
    "export.subject": pgettext_lazy("audit field", "what"),
    "filters": pgettext_lazy("audit field", "filters"),
    "kept": pgettext_lazy("audit field", "kept"),
    "left": pgettext_lazy("audit field", "left as they are"),
    "months": pgettext_lazy("audit field", "months"),
    "outcome": pgettext_lazy("audit field", "outcome"),
    "purpose": pgettext_lazy("audit field", "purpose"),
    "removed": pgettext_lazy("audit field", "removed"),
    "restored": pgettext_lazy("audit field", "given back"),
    "rows": pgettext_lazy("audit field", "rows"),
    "selected": pgettext_lazy("audit field", "selected"),
    "title": pgettext_lazy("audit field", "title"),
    "updated": pgettext_lazy("audit field", "changed"),
}


@dataclass(frozen=True)
class Change:
    """One field of an entry: its word, and the value before and after ("" where there was none)."""

    label: str
    before: str
    after: str


def register_objects(words: Mapping[str, str | Promise]) -> None:
    """Name kinds of object and "object.verb" actions of an app; called from AppConfig.ready."""
    _objects.update(words)


def object_word(object_type: str) -> str:
    """Return the word for a kind of object: "scoringmodel" -> "scoring model"."""
    if object_type in _objects:
        return str(_objects[object_type])
    model = _model(object_type.replace("_", ""))
    return str(model._meta.verbose_name) if model else object_type.replace("_", " ")


def action_phrase(action: str) -> str:
    """Return an action as people read it: "api_key.revoke" -> "API key: revoked"."""
    if action in _objects:
        return capfirst(str(_objects[action]))
    kind, _dot, verb = action.rpartition(".")
    word = str(VERBS.get(verb, verb.replace("_", " ")))
    return _("%(object)s: %(verb)s") % {"object": capfirst(object_word(kind)), "verb": word} if kind else capfirst(word)


def has_words(action: str) -> bool:
    """Tell whether an action reads as a phrase: its own, or the words of its object and its verb."""
    kind, _dot, verb = action.rpartition(".")
    return action in _objects or (kind in _objects and verb in VERBS)


def changes_of(entry: AuditEntry) -> list[Change]:
    """Return what an entry changed, field by field, in words; what was empty and stayed so is left out."""
    names = [*entry.before, *(name for name in entry.after if name not in entry.before)]
    changes = [
        Change(
            _field_word(entry.object_type, name),
            _shown(entry.object_type, name, entry.before.get(name)),
            _shown(entry.object_type, name, entry.after.get(name)),
        )
        for name in names
    ]
    return [change for change in changes if change.before or change.after]


@cache
def _model(object_type: str) -> type[Model] | None:
    return next((model for model in apps.get_models() if model._meta.model_name == object_type), None)


def _field(object_type: str, name: str) -> Any:
    model = _model(object_type)
    if model is None:
        return None
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _field_word(object_type: str, name: str) -> str:
    found = _field(object_type, name)
    word = _fields.get(f"{object_type}.{name}") or _fields.get(name)
    if word:
        return capfirst(str(word))
    return capfirst(str(getattr(found, "verbose_name", "") or name.replace("_", " ")))


def _shown(object_type: str, name: str, value: Any) -> str:
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, list):
        return ", ".join(_shown(object_type, name, one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_shown(object_type, '', one)}" for key, one in value.items())
    return _plain(_field(object_type, name), name, value)


def _plain(found: Any, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "scopes":
        return scope_word(str(value))
    if name.endswith("_at") and found is None:
        at = parse_datetime(str(value))
        return moment(at) if at and at.tzinfo else str(value)
    if isinstance(found, DateField):
        return _moment(found, str(value)) or str(value)
    choices = dict(getattr(found, "flatchoices", None) or ())
    return str(choices.get(value, value)) if isinstance(value, str | int) else str(value)


def _moment(found: DateField[Any, Any], text: str) -> str:
    """Return a stored date as people read it, or "" when it is none."""
    if isinstance(found, DateTimeField):
        at = parse_datetime(text)
        return moment(at) if at and at.tzinfo else ""
    on: date | None = parse_date(text)
    return day(on, year=True) if on else ""
