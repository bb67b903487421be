"""What the frame around every page needs to know."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import timezone
from django.utils.functional import cached_property

from prm.organisations.access import rights_of
from prm.organisations.models import Membership, Organisation
from prm.web import navigation
from prm.web.finding import Found, list_commands
from prm.work.models import Job, JobStatus

# Small modules that know nothing of one another; they speak by events on the page.
MODULES = (
    "theme",
    "zone",
    "dialogs",
    "toasts",
    "palette",
    "selection",
    "thresholds",
    "copy",
    "focus",
    "said",
    "choices",
    "doubles",
    "orders",
    "board",
    "tabs",
    "proofs",
)
# A job older than this is not what somebody is waiting for.
JOB_HOURS = 48


class Shell:
    """The frame of one page: menu, running job, theme. Each part is worked out when the template asks for it.

    Costs no query outside an organisation, at most two inside: the badge of the menu and the running job.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.organisation: Organisation | None = getattr(request, "organisation", None)
        self.membership: Membership | None = getattr(request, "membership", None)

    @cached_property
    def rights(self) -> frozenset[str]:
        """What the member may do here."""
        return rights_of(self.request)

    @property
    def role(self) -> str:
        """The member's role, in words."""
        return str(self.membership.get_role_display()) if self.membership else ""

    @property
    def theme(self) -> str:
        """Return "light", "dark" or "" for what the system says; set by PersonMiddleware."""
        return str(getattr(self.request, "theme", ""))

    @cached_property
    def menu(self) -> tuple[navigation.Group, ...]:
        """The method, as far as the member may see it."""
        if self.organisation is None or self.membership is None:
            return ()
        return navigation.build(self.organisation, self.membership.role, self.rights, self.request.path)

    @cached_property
    def commands(self) -> list[Found]:
        """What the palette offers beside the menu."""
        if self.organisation is None or self.membership is None:
            return []
        return list_commands(self.organisation, self.rights)

    @property
    def modules(self) -> tuple[str, ...]:
        """Addresses of the scripts, each a module of its own."""
        return tuple(static(f"js/{name}.js") for name in MODULES)

    @cached_property
    def tabs(self) -> tuple[navigation.Link, ...]:
        """The pages of the phone's bar."""
        links = {link.url_name: link for group in self.menu for link in group.links}
        return tuple(links[name] for name in navigation.TABS if name in links)

    @cached_property
    def job(self) -> Job | None:
        """The newest work under way in this organisation."""
        if self.membership is None or "jobs.view" not in self.rights:
            return None
        return (
            Job.objects.filter(
                status__in=[JobStatus.WAITING, JobStatus.RUNNING, JobStatus.STOPPING],
                created_at__gt=timezone.now() - timedelta(hours=JOB_HOURS),
            )
            .order_by("-created_at")
            .first()
        )


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give every template the frame, the organisation and the member's rights."""
    frame = Shell(request)
    return {
        "shell": frame,
        "organisation": frame.organisation,
        "membership": frame.membership,
        "rights": frame.rights if frame.membership else frozenset(),
    }
