"""Keys of the API."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from prm.organisations.access import OrgRequest, requires
from prm.organisations.api_keys import create_key, revoke_key
from prm.organisations.forms import ApiKeyForm
from prm.organisations.links import org_reverse
from prm.organisations.models import ApiKey
from prm.organisations.queries import list_api_keys
from prm.organisations.rights import ALL_SCOPES, API_RIGHTS, RIGHT_WORDS, Right, scope_word
from prm.organisations.settings_pages import settings_tabs
from prm.work.errors import NotFound


@requires(Right.API_KEYS_EDIT)
def api_keys(request: OrgRequest) -> HttpResponseBase:
    """List the keys, those in use first."""
    keys = [(key, _words(key.scopes)) for key in list_api_keys()]
    context = {
        "keys": [{"key": key, "scopes": words} for key, words in keys],
        "in_use": sum(key.revoked_at is None for key, _scopes in keys),
        "tabs": settings_tabs(request, "organisations:api_keys"),
    }
    return render(request, "organisations/api_keys.html", context)


@requires(Right.API_KEYS_EDIT)
def api_key_new(request: OrgRequest) -> HttpResponseBase:
    """Create a key; it stands on the answer to the form and never again."""
    form = ApiKeyForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        _key, secret = create_key(request.organisation, by=request.user, **form.cleaned_data)
    groups = [
        (group, [(right.value, word) for right, word in words.items() if right in API_RIGHTS])
        for group, words in RIGHT_WORDS.items()
    ]
    context: dict[str, Any] = {
        "form": form,
        "secret": secret,
        "groups": [(group, scopes) for group, scopes in groups if scopes],
        "chosen": set(form["scopes"].value() or ()),
        "all_scopes": ALL_SCOPES,
    }
    template = "organisations/api_key_new.html#form" if request.htmx else "organisations/api_key_new.html"
    response = render(request, template, context, status=422 if form.errors else 200)
    add_never_cache_headers(response)
    return response


@requires(Right.API_KEYS_EDIT)
def api_key_revoke(request: OrgRequest, pk: int) -> HttpResponseBase:
    """End a key, after asking."""
    key = ApiKey.objects.filter(pk=pk).first()
    if key is None:
        raise NotFound
    back = org_reverse(request.organisation, "organisations:api_keys")
    if request.method != "POST":
        context = {
            "title": _("Revoke the key “%(name)s”?") % {"name": key.name},
            "text": _("What uses it is refused at once. A revoked key stays listed and cannot be used again."),
            "action": _("Revoke the key"),
            "back": back,
        }
        template = "organisations/_confirm.html" if request.htmx else "organisations/confirm.html"
        return render(request, template, context)
    revoke_key(request.organisation, key_id=pk, by=request.user)
    messages.success(request, _("The key “%(name)s” is revoked.") % {"name": key.name})
    return redirect(back)


def _words(scopes: list[str]) -> list[str]:
    """Return what a key may do, in words."""
    return [scope_word(ALL_SCOPES)] if ALL_SCOPES in scopes else [scope_word(scope) for scope in scopes]
