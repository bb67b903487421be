"""What a member was told of the queue, and how they want to be told."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from scoring.handoffs.contract_forms import NoticeForm
from scoring.handoffs.models import Notice
from scoring.handoffs.noticing import address_of, choice_of, keep_choice

SHOWN = 100


@requires(Right.HANDOFFS_VIEW)
def notices(request: OrgRequest) -> HttpResponseBase:
    """Show the notices of the member, the newest first; keep how they want to be told."""
    # Nothing ticked is a choice too; nothing sent is none.
    form = NoticeForm(request.POST if "keep" in request.POST else None, choice=choice_of(request.user.pk))
    if request.method == "POST" and form.is_valid():
        keep_choice(request.organisation, user=request.user, **form.cleaned_data)
        messages.success(request, _("It is kept: you are told so from now on."))
        return redirect(org_reverse(request.organisation, "handoffs:notices"))
    return _page(request, form)


@require_POST
@requires(Right.HANDOFFS_VIEW)
def notices_seen(request: OrgRequest) -> HttpResponseBase:
    """Take all notices of the member as seen."""
    Notice.objects.filter(user=request.user, seen_at=None).update(seen_at=timezone.now())
    return redirect(org_reverse(request.organisation, "handoffs:notices"))


def _page(request: OrgRequest, form: NoticeForm) -> HttpResponse:
    found = Notice.objects.filter(organisation=request.organisation, user=request.user)
    rows = list(found.select_related("handoff__contact__company").order_by("-at", "-pk")[:SHOWN])
    context = {
        "lines": [(one, address_of(request.organisation, one)) for one in rows],
        "unseen": sum(one.seen_at is None for one in rows),
        "form": form,
    }
    return render(request, "scoring/handoffs/notices.html", context, status=422 if form.errors else 200)
