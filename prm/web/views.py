"""Preferences, search, progress of long work, and the mail sink's pages."""

from typing import cast

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prm.organisations.access import OrgRequest, requires, rights_of
from prm.organisations.links import org_reverse
from prm.organisations.models import User
from prm.organisations.queries import list_organisations_of
from prm.organisations.rights import Right
from prm.web import preferences, progress
from prm.web.finding import find_all
from prm.web.gallery import contents
from prm.web.language import is_offered
from prm.web.pagination import paginate_request
from prm.web.person import THEME_COOKIE, THEMES, YEAR_SECONDS
from prm.web.shell import Shell
from prm.web.toasts import add_event
from prm.work.errors import NotFound
from prm.work.jobs import resume_job, stop_job
from prm.work.models import Job


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep light or dark: the one asked for, else the other than now."""
    asked = request.POST.get("theme", "")
    chosen = asked if asked in THEMES else "light" if getattr(request, "theme", "") == "dark" else "dark"
    response = _back(request)
    response.set_cookie(THEME_COOKIE, chosen, max_age=YEAR_SECONDS, samesite="Lax", secure=settings.SECURE_COOKIES)
    if request.user.is_authenticated:
        preferences.keep_theme(request.user, theme=chosen)
    return response


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep a language, for the browser and for the person."""
    code = request.POST.get("language", "")
    response = _back(request)
    if is_offered(code):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=YEAR_SECONDS,
            samesite="Lax",
            secure=settings.SECURE_COOKIES,
        )
        if request.user.is_authenticated:
            preferences.keep_language(request.user, language=code)
    return response


def _back(request: HttpRequest) -> HttpResponse:
    """Return to the page one was on; a script asks for nothing but the cookie."""
    if request.headers.get("HX-Request") or request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    return HttpResponseRedirect(target)


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Show and keep name, language, time zone and theme."""
    form = preferences.ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        person = form.save()
        if person.language:
            translation.activate(person.language)
        messages.success(request, _("Your preferences are kept."))
        response = redirect("preferences:profile")
        for cookie, value in ((THEME_COOKIE, person.theme), (settings.LANGUAGE_COOKIE_NAME, person.language)):
            if value:
                response.set_cookie(cookie, value, max_age=YEAR_SECONDS, samesite="Lax", secure=settings.SECURE_COOKIES)
            else:
                response.delete_cookie(cookie, samesite="Lax")
        return response
    status = 422 if form.errors else 200
    return render(request, "web/profile.html", {"form": form}, status=status)


@login_required
@require_GET
def organisations(request: HttpRequest) -> HttpResponse:
    """Give the switcher its list; without scripts, lead to the page that shows the same."""
    if not getattr(request, "htmx", False):
        return redirect("organisation_list")
    places = list_organisations_of(cast("User", request.user))
    context = {"places": places, "current": request.GET.get("current", "")}
    return render(request, "components/org_list.html", context)


@login_required
@require_POST
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of the person's own sessions; the present one is ended by signing out."""
    session = UserSession.objects.filter(user_id=request.user.pk, pk=pk).first()
    if session is not None and session.session_key != request.session.session_key:
        session.end()
        messages.success(request, _("The session is ended."))
    return redirect("usersessions_list")


@requires(Right.HOME_VIEW)
def find(request: OrgRequest) -> HttpResponseBase:
    """Search: with words, lead to the contacts they find; without, show the pages there are.

    For the palette, answer what else has such a name.
    """
    words = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    if request.htmx:
        found = find_all(request.organisation, rights_of(request), words) if words else []
        return render(request, "components/palette_found.html", {"found": found})
    if words:
        try:
            return redirect(f"{org_reverse(request.organisation, 'contacts:contact_list')}?{urlencode({'q': words})}")
        except NoReverseMatch:
            messages.info(request, _("There is nothing to search here yet."))
    return render(request, "web/find.html")


@requires(Right.JOBS_VIEW)
def job_list(request: OrgRequest) -> HttpResponseBase:
    """List long work, newest first."""
    page = paginate_request(Job.objects.select_related("created_by"), request, ["-created_at", "-pk"])
    rows = [progress.progress_of(job) for job in page.items]
    template = "web/job_list.html#rows" if request.htmx else "web/job_list.html"
    return render(request, template, {"page": page, "rows": rows})


@requires(Right.JOBS_VIEW)
def job_card(request: OrgRequest) -> HttpResponseBase:
    """Give the side's card of the work under way; empty when there is none."""
    return render(request, "components/job_card.html", {"job": Shell(request).job})


@requires(Right.JOBS_VIEW)
def job_progress(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Show how far a job is: a page, or for htmx the bar alone; its end is announced as the event `job-over`."""
    job = find_job(pk)
    if not request.htmx:
        return render(request, "web/job.html", {"job": job})
    response = render(request, "components/job.html", {"job": job})
    if job.is_over:
        add_event(response, "job-over", {"id": job.pk, "status": job.status})
    return response


@require_POST
@requires(Right.JOBS_VIEW)
def job_stop(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Ask a job to stop after what it is doing; what was done stays."""
    progress.check_may_steer(find_job(pk), request.user, request.membership)
    return _job_answer(request, stop_job(request.organisation, job_id=pk))


@require_POST
@requires(Right.JOBS_VIEW)
def job_resume(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Let a stopped or failed job go on from where it was."""
    progress.check_may_steer(find_job(pk), request.user, request.membership)
    return _job_answer(request, resume_job(request.organisation, job_id=pk))


def _job_answer(request: OrgRequest, job: Job) -> HttpResponseBase:
    if request.htmx:
        return render(request, "components/job.html", {"job": job})
    return redirect(org_reverse(request.organisation, "web:job", job.pk))


def find_job(pk: int) -> Job:
    """Return a job of the current organisation, or raise NotFound."""
    job = Job.objects.select_related("created_by").filter(pk=pk).first()
    if job is None:
        raise NotFound
    return job


@requires(Right.HOME_VIEW)
def gallery(request: OrgRequest) -> HttpResponseBase:
    """Show every component once; on development servers only."""
    if not settings.DEBUG:
        raise NotFound
    return render(request, "web/gallery.html", contents())
