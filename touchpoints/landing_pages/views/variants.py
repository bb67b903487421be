"""Variants of a page, the shares of visitors they get, and what tests between them say."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.refusals import save
from prm.work.errors import DomainError
from touchpoints.landing_pages import queries, testing
from touchpoints.landing_pages.forms import SharesForm
from touchpoints.landing_pages.judging import LEAST_SENT, LEAST_VIEWS
from touchpoints.landing_pages.models import LandingPage, PageVariant
from touchpoints.landing_pages.views.framing import frame_of
from touchpoints.landing_pages.wording import say_judgement


@requires(Right.PAGES_VIEW)
def variant_list(request: OrgRequest, pk: int) -> HttpResponse:
    """Show variants, shares and results."""
    page = queries.get_page(request.organisation, pk)
    variants = queries.list_variants(page)
    return _list(request, page, variants, SharesForm(variants=variants))


@require_POST
@requires(Right.PAGES_EDIT)
def variant_share(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Set the shares of the variants."""
    page = queries.get_page(request.organisation, pk)
    variants = queries.list_variants(page)
    form = SharesForm(request.POST, variants=variants)
    if save(form, lambda: _set_shares(request, pk, form)):
        messages.success(request, _("The shares are kept; they hold once the page is published."))
        return redirect(org_reverse(request.organisation, "landing_pages:variant_list", pk))
    return _list(request, page, variants, form)


def _list(request: OrgRequest, page: LandingPage, variants: list[PageVariant], form: SharesForm) -> HttpResponse:
    results = queries.list_results(request.organisation, page)
    told = [(one, say_judgement(one.judgement, is_over=one.test.ended_at is not None)) for one in results]
    running = next((one for one in told if one[0].test.ended_at is None), None)
    context = {
        **frame_of(request, page, "variant_list", variants),
        "form": form,
        "variants": [(one, form[one.letter]) for one in variants],
        "running": running,
        "over": [one for one in told if one[0].test.ended_at is not None],
        "most": testing.MOST_VARIANTS,
        "least_views": LEAST_VIEWS,
        "least_sent": LEAST_SENT,
    }
    return render(request, "touchpoints/landing_pages/variant_list.html", context, status=422 if form.errors else 200)


def _set_shares(request: OrgRequest, pk: int, form: SharesForm) -> bool:
    testing.set_shares(request.organisation, page_id=pk, shares=form.cleaned_data, by=request.user)
    return True


@require_POST
@requires(Right.PAGES_EDIT)
def variant_add(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Add a variant that says what another does, to be changed."""
    letter = request.POST.get("variant", "")
    variant = testing.add_variant(request.organisation, page_id=pk, letter=letter, by=request.user)
    messages.success(request, _("Variant %(letter)s is a draft: change what it says.") % {"letter": variant.letter})
    return redirect(org_reverse(request.organisation, "landing_pages:page_detail", pk) + f"?variant={variant.letter}")


@require_POST
@requires(Right.PAGES_EDIT)
def variant_remove(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Take away a variant that nobody sees."""
    queries.get_page(request.organisation, pk)
    letter = request.POST.get("variant", "")
    try:
        testing.remove_variant(request.organisation, page_id=pk, letter=letter, by=request.user)
        messages.success(request, _("Variant %(letter)s is taken away.") % {"letter": letter})
    except DomainError as refusal:
        messages.error(request, str(refusal.message))
    return redirect(org_reverse(request.organisation, "landing_pages:variant_list", pk))


@require_POST
@requires(Right.PAGES_PUBLISH)
def test_end(request: OrgRequest, pk: int) -> HttpResponseBase:
    """End the test by choosing what everybody sees from now on."""
    queries.get_page(request.organisation, pk)
    letter = request.POST.get("variant", "")
    try:
        testing.end_test(request.organisation, page_id=pk, letter=letter, by=request.user)
        messages.success(request, _("The test is over: everybody sees variant %(letter)s now.") % {"letter": letter})
    except DomainError as refusal:
        messages.error(request, str(refusal.message))
    return redirect(org_reverse(request.organisation, "landing_pages:variant_list", pk))
