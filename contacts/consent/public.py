"""Pages of people: no signing in, no cookie, their own language."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from contacts.consent.confirming import confirm, find_request
from contacts.consent.preferences import find_person, keep_preferences, list_choices, stop_everything
from contacts.consent.tokens import preferences_url, read_confirming_token, read_preferences_token
from contacts.models import Contact
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope

LANGUAGES = ("en", "fr")


# No cookie stands behind this page: whoever can make a browser send the form knows its signed address already.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a person allows; POST keeps what they choose. GET changes nothing: mail scanners follow links."""
    read = read_preferences_token(token)
    organisation = Organisation.objects.filter(pk=read[0]).first() if read else None
    if read is None or organisation is None:
        return _unknown(request)
    with organisation_scope(organisation.pk):
        contact = find_person(organisation, read[1])
        if contact is None:
            return _unknown(request)
        outcome = _keep(request, organisation, contact) if request.method == "POST" else ""
        language = _language(request, contact)
        choices = list_choices(organisation, contact, language)
    with translation.override(language):
        context = {
            "organisation": organisation,
            "contact": contact,
            "choices": choices,
            "outcome": outcome,
            "language": language,
        }
        status = 409 if outcome == "changed" else 200
        response = render(request, "contacts/consent/preferences.html", context, status=status)
        response.headers["Content-Language"] = language
        response.headers["X-Robots-Tag"] = "noindex"
        return response


# As above: only who holds the signed address can send the form.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_consent(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a person is asked to say yes to; POST says it. GET changes nothing: mail scanners follow links."""
    asked = read_confirming_token(token)
    organisation = Organisation.objects.filter(pk=asked.organisation_id).first() if asked else None
    if asked is None or organisation is None:
        return _unknown(request)
    with organisation_scope(organisation.pk):
        contact = find_person(organisation, asked.contact_id)
        language = _language(request, contact) if contact else ""
        found = find_request(organisation, asked, language)
        if found is None:
            return _unknown(request)
        if request.method == "POST" and confirm(organisation, asked, program=request.headers.get("User-Agent", "")):
            found = replace(found, is_confirmed=True)
        page = preferences_url(organisation.pk, found.contact.pk)
    with translation.override(language):
        context = {"organisation": organisation, "asked": found, "preferences_url": page, "language": language}
        is_late = found.is_expired and not found.is_confirmed
        response = render(request, "contacts/consent/confirm.html", context, status=410 if is_late else 200)
        response.headers["Content-Language"] = language
        response.headers["X-Robots-Tag"] = "noindex"
        return response


def _keep(request: HttpRequest, organisation: Organisation, contact: Contact) -> str:
    """Write what was chosen; return "kept", "stopped", or "changed" where nothing was written."""
    program = request.headers.get("User-Agent", "")
    if "stop" in request.POST:
        stop_everything(organisation, contact, program=program)
        return "stopped"
    seen = {
        code: int(version)
        for code, _, version in (one.rpartition(":") for one in request.POST.getlist("seen"))
        if version.isascii() and version.isdigit() and len(version) < 10
    }
    wanted = request.POST.getlist("wanted")
    is_kept = keep_preferences(organisation, contact, wanted=wanted, seen=seen, program=program)
    return "kept" if is_kept else "changed"


def _language(request: HttpRequest, contact: Contact) -> str:
    """Return what the switch says, else the person's language, else the browser's."""
    for code in (request.GET.get("lang", ""), contact.language[:2].lower(), (translation.get_language() or "")[:2]):
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]


def _unknown(request: HttpRequest) -> HttpResponse:
    return render(request, "contacts/consent/preferences_unknown.html", status=404)
