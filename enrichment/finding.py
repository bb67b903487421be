"""Pages of prospecting: find companies in the local directory, take them in, say whom to leave out."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from contacts.codes.words import department_words, headcount_words, legal_form_words
from contacts.personas.queries import list_personas
from contacts.personas.vocabulary import persona_vocabulary
from enrichment import prospecting
from enrichment.activities import activity_of, find_activities
from enrichment.directory.searching import find_load
from enrichment.forms import CriteriaForm, ExceptionForm
from enrichment.models import Excluded, Prospected, ProspectingException
from enrichment.persona_criteria import Prefill, prefill_of
from enrichment.prospected import take_back
from enrichment.prospecting import Criteria
from prm.organisations.access import OrgRequest, requires, rights_of
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.figures import figure
from prm.web.numbers import read_id
from prm.web.pagination import paginate_request
from prm.work.errors import Refused

REASONS: dict[str, str | Promise] = {
    Excluded.SOLE_TRADERS: gettext_lazy(
        "Sole traders are natural persons: what the register says of them is personal data, and they have to be told "
        "when you keep it."
    ),
    Excluded.PRIVATE: gettext_lazy(
        "These companies asked INSEE to keep their data private (partial diffusion): it may not be used to prospect "
        "them."
    ),
}


@dataclass(frozen=True)
class Filter:
    """A criterion in use, and the address of the page without it."""

    label: str
    value: str
    url: str


@dataclass(frozen=True)
class Suggestion:
    """An activity that may be meant, and the address of the page with it."""

    code: str
    words: str
    short: str
    url: str


@dataclass(frozen=True)
class Beginning:
    """A persona to begin with: its criteria, what they leave out, and the address of the page with them."""

    prefill: Prefill
    url: str
    is_current: bool


@dataclass(frozen=True)
class Group:
    """A kind of company that is left out, why, and the exception if there is one."""

    kind: str
    label: str
    why: str
    exception: ProspectingException | None


@requires(Right.ENRICHMENT_RUN)
def company_find(request: OrgRequest) -> HttpResponse:
    """Show how many companies match, and which."""
    load = find_load()
    exceptions = prospecting.list_exceptions(request.organisation)
    form = CriteriaForm(request.GET)
    words = request.GET.get("activity", "").strip()[:80]
    context: dict[str, Any] = {
        "load": load,
        "form": form,
        "criteria": form.criteria,
        "words": words,
        "filters": _filters(request.GET, form.criteria),
        "suggestions": _suggestions(request.GET, form.criteria, words),
        "groups": _groups(exceptions),
        "beginnings": _beginnings(request) if load is not None else [],
        "most": prospecting.MOST_ADDED,
        "added": _added(request),
    }
    if load is not None and not form.criteria.is_empty:
        rows = prospecting.list_matches(form.criteria, allowed=frozenset(exceptions))
        page = paginate_request(rows, request, ["siren"])
        sirens = [one.siren for one in page.items]
        context |= {
            "page": page,
            "matches": prospecting.count_matches(rows),
            "known": prospecting.find_known(request.organisation, sirens),
        }
    template = "enrichment/company_find.html"
    return render(request, f"{template}#find" if request.htmx.target == "find" else template, context)


@require_POST
@requires(Right.ENRICHMENT_RUN)
def company_add(request: OrgRequest) -> HttpResponseBase:
    """Take the chosen companies in, or all that match when their number allows it."""
    sirens = [siren for siren in request.POST.getlist("siren") if len(siren) == 9 and siren.isdecimal()]
    if request.POST.get("everything"):
        if Right.ENRICHMENT_MANAGE.value not in rights_of(request):
            raise Refused
        criteria = CriteriaForm(request.GET).criteria
        allowed = frozenset(prospecting.list_exceptions(request.organisation))
        found = prospecting.list_matches(criteria, allowed=allowed).order_by("siren")
        sirens = list(found.values_list("siren", flat=True)[: prospecting.MOST_ADDED])
    added = prospecting.add_companies(request.organisation, sirens=sirens, by=request.user)
    query = request.GET.copy()
    query.pop("added", None)
    if added.lot_id is None:
        messages.info(request, _told(added))
    else:
        undo = org_reverse(request.organisation, "enrichment:company_take_back", added.lot_id)
        messages.success(request, _told(added), extra_tags=undo)
        query["added"] = str(added.lot_id)
    address = org_reverse(request.organisation, "enrichment:company_find")
    return redirect(f"{address}?{query.urlencode()}" if query else address)


@require_POST
@requires(Right.ENRICHMENT_RUN)
def company_take_back(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Take what was added at once out again."""
    taken = take_back(request.organisation, lot_id=pk, by=request.user)
    text = ngettext("%(n)s company was taken out again.", "%(n)s companies were taken out again.", taken.removed)
    told = [text % {"n": figure(taken.removed)}]
    if taken.left:
        stay = ngettext(
            "%(n)s stays: it has people by now, or was changed.",
            "%(n)s stay: they have people by now, or were changed.",
            taken.left,
        )
        told.append(stay % {"n": figure(taken.left)})
    messages.success(request, " ".join(told))
    return redirect(org_reverse(request.organisation, "enrichment:company_find"))


@require_POST
@requires(Right.SETTINGS_EDIT)
def exception_open(request: OrgRequest, excluded: str) -> HttpResponseBase:
    """Let prospecting see whom it leaves out."""
    form = ExceptionForm(request.POST)
    form.is_valid()
    prospecting.open_prospecting(
        request.organisation, kind=excluded, reason=form.cleaned_data.get("reason", ""), by=request.user
    )
    messages.success(request, _("They can be found now. Everybody who prospects sees your reason."))
    return redirect(org_reverse(request.organisation, "enrichment:company_find"))


@require_POST
@requires(Right.SETTINGS_EDIT)
def exception_close(request: OrgRequest, excluded: str) -> HttpResponseBase:
    """Leave them out again."""
    prospecting.close_prospecting(request.organisation, kind=excluded, by=request.user)
    messages.success(request, _("They are left out again. Companies added meanwhile stay."))
    return redirect(org_reverse(request.organisation, "enrichment:company_find"))


def _added(request: OrgRequest) -> Prospected | None:
    """Return what was added a moment ago, to be seen and taken back."""
    lot_id = read_id(request.GET.get("added", ""))
    lot = Prospected.objects.filter(pk=lot_id).first() if lot_id else None
    return lot if lot is not None and lot.company_ids else None


def _beginnings(request: OrgRequest) -> list[Beginning]:
    """Return the personas in their order."""
    words, current = persona_vocabulary(), request.GET.get("persona", "")
    found = [prefill_of(persona, words) for persona in list_personas(request.organisation)]
    return [
        Beginning(one, _address({**one.params, "persona": [str(one.persona.pk)]}), str(one.persona.pk) == current)
        for one in found
    ]


def _address(params: dict[str, list[str]]) -> str:
    query = QueryDict(mutable=True)
    for name, values in params.items():
        query.setlist(name, values)
    return f"?{query.urlencode()}"


def _told(added: prospecting.Added) -> str:
    told = [
        ngettext("%(n)s company was added.", "%(n)s companies were added.", added.created)
        % {"n": figure(added.created)}
    ]
    if added.known:
        told.append(
            ngettext("%(n)s was here already.", "%(n)s were here already.", added.known) % {"n": figure(added.known)}
        )
    if added.refused:
        told.append(
            ngettext("%(n)s is left out of prospecting.", "%(n)s are left out of prospecting.", added.refused)
            % {"n": figure(added.refused)}
        )
    return " ".join(told)


def _groups(exceptions: dict[str, ProspectingException]) -> list[Group]:
    return [
        Group(one.value, str(one.label), str(REASONS[one]), exceptions.get(one.value))
        for one in (Excluded.SOLE_TRADERS, Excluded.PRIVATE)
    ]


def _suggestions(query: QueryDict, criteria: Criteria, words: str) -> list[Suggestion]:
    return [
        Suggestion(one.code, one.words, _short(one.words), _changed(query, naf=[*criteria.activities, one.code]))
        for one in find_activities(words)
        if one.code not in criteria.activities
    ]


def _filters(query: QueryDict, criteria: Criteria) -> list[Filter]:
    """Return what is asked for as chips."""
    chips = [
        Filter(_("Activity"), f"{code} {_short(found.words)}", _changed(query, naf=_without(criteria.activities, code)))
        for code in criteria.activities
        if (found := activity_of(code)) is not None
    ]
    chips += [
        Filter(
            _("Département"), department_words(code), _changed(query, department=_without(criteria.departments, code))
        )
        for code in criteria.departments
    ]
    if criteria.headcount_from:
        chips.append(
            Filter(_("Headcount from"), headcount_words(criteria.headcount_from), _changed(query, headcount_from=[]))
        )
    if criteria.headcount_to:
        chips.append(
            Filter(_("Headcount up to"), headcount_words(criteria.headcount_to), _changed(query, headcount_to=[]))
        )
    if criteria.legal_form:
        chips.append(
            Filter(_("Legal form"), _short(legal_form_words(criteria.legal_form)), _changed(query, legal_form=[]))
        )
    if criteria.older_than is not None or criteria.younger_than is not None:
        ages = dict(CriteriaForm(query).fields["age"].choices)  # type: ignore[attr-defined]
        chips.append(Filter(_("Age"), str(ages[query.get("age", "")]), _changed(query, age=[])))
    return chips


def _short(words: str) -> str:
    """Return words that fit a phone's width."""
    return Truncator(words).chars(26)


def _changed(query: QueryDict, **lists: list[str]) -> str:
    """Return the query string with these lists; the page and the words searched for begin anew."""
    copy = query.copy()
    for name in ("cursor", "activity", "added"):
        copy.pop(name, None)
    for name, values in lists.items():
        copy.setlist(name, values)
    return f"?{copy.urlencode()}"


def _without(values: tuple[str, ...], value: str) -> list[str]:
    return [one for one in values if one != value]
