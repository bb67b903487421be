"""The four steps of the method, with what is done and what is next."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation
from steering.queries import Progress

# So many rated touchpoints make a matrix that says something.
RATED_ENOUGH = 5


@dataclass(frozen=True)
class Task:
    """One thing to do: what, why, where, and the right one needs to do it."""

    title: str
    text: str
    url: str
    right: str
    is_done: bool


@dataclass(frozen=True)
class Step:
    """A step of the method with its tasks."""

    number: int
    title: str
    text: str
    icon: str
    tasks: tuple[Task, ...]

    @property
    def done(self) -> int:
        """How many of its tasks are done."""
        return sum(task.is_done for task in self.tasks)

    @property
    def is_done(self) -> bool:
        """Tell whether nothing is left."""
        return self.done == len(self.tasks)


@dataclass(frozen=True)
class Guide:
    """The whole method for one organisation."""

    steps: tuple[Step, ...]

    @property
    def done(self) -> int:
        """How many tasks are done."""
        return sum(step.done for step in self.steps)

    @property
    def total(self) -> int:
        """How many tasks there are."""
        return sum(len(step.tasks) for step in self.steps)

    @property
    def next_task(self) -> Task | None:
        """The first task that is not done; None when all are."""
        return next((task for step in self.steps for task in step.tasks if not task.is_done), None)


@dataclass(frozen=True)
class _Draft:
    title: str | Promise
    text: str | Promise
    url_name: str
    right: str


_TASKS = {
    "list": _Draft(
        gettext_lazy("List the touchpoints"),
        gettext_lazy("Start from the usual B2B ones, by channel."),
        "touchpoints:touchpoint_list",
        "touchpoints.edit",
    ),
    "rate": _Draft(
        gettext_lazy("Rate importance and quality"),
        gettext_lazy("Five rated touchpoints are enough for the matrix to say what to fix first."),
        "touchpoints:matrix",
        "touchpoints.edit",
    ),
    "truth": _Draft(
        gettext_lazy("Name the moments of truth"),
        gettext_lazy("Those that decide on qualification or conversion."),
        "touchpoints:touchpoint_list",
        "touchpoints.edit",
    ),
    "entry": _Draft(
        gettext_lazy("Name the entry points"),
        gettext_lazy("Where the relation can begin: forms, events, calls, advertisements."),
        "touchpoints:touchpoint_list",
        "touchpoints.edit",
    ),
    "contacts": _Draft(
        gettext_lazy("Bring in your contacts"),
        gettext_lazy("From a CSV file or through the API; an opt-out is never undone."),
        "contacts:import_list",
        "contacts.import",
    ),
    "interactions": _Draft(
        gettext_lazy("Receive the first interactions"),
        gettext_lazy("Forms, visits and webinars come in through the API, calls are noted by hand."),
        "organisations:api_keys",
        "api_keys.edit",
    ),
    "enrich": _Draft(
        gettext_lazy("Enrich the companies"),
        gettext_lazy("SIREN, activity and headcount from public data, with where each value comes from."),
        "enrichment:lookup_list",
        "enrichment.manage",
    ),
    "score": _Draft(
        gettext_lazy("Publish a scoring model"),
        gettext_lazy("Points for acts and profile, thresholds for warm and hot."),
        "scoring:model",
        "scoring.edit",
    ),
    "nurture": _Draft(
        gettext_lazy("Start a scenario"),
        gettext_lazy("A sequence of e-mails that keeps warm prospects warm."),
        "nurturing:scenario_list",
        "nurturing.edit",
    ),
    "invite": _Draft(
        gettext_lazy("Invite a sales rep"),
        gettext_lazy("The MQL queue is their page, on a phone too."),
        "organisations:members",
        "members.edit",
    ),
    "hand_over": _Draft(
        gettext_lazy("Hand over the first MQL"),
        gettext_lazy("A prospect that becomes hot goes to the queue by itself."),
        "handoffs:queue",
        "handoffs.view",
    ),
    "answer": _Draft(
        gettext_lazy("Let sales answer"),
        gettext_lazy("Accepted, rejected or recycled, with the reason: it comes back to marketing."),
        "handoffs:queue",
        "handoffs.work",
    ),
}


def guide_of(organisation: Organisation, progress: Progress) -> Guide:
    """Return the method with what is done."""
    done = {
        "list": progress.listed > 0,
        "rate": progress.rated >= min(RATED_ENOUGH, max(progress.listed, 1)),
        "truth": progress.moments > 0,
        "entry": progress.entries > 0,
        "contacts": progress.has_contacts,
        "interactions": progress.has_interactions,
        "enrich": progress.has_enriched,
        "score": progress.has_model,
        "nurture": progress.has_scenario,
        "invite": progress.has_sales,
        "hand_over": progress.has_handoff,
        "answer": progress.has_answer,
    }

    def tasks(*names: str) -> tuple[Task, ...]:
        return tuple(
            Task(
                str(_TASKS[name].title),
                str(_TASKS[name].text),
                org_reverse(organisation, _TASKS[name].url_name),
                _TASKS[name].right,
                done[name],
            )
            for name in names
        )

    return Guide(
        (
            Step(
                1,
                _("Map the touchpoints"),
                _("Where people meet you, how much it matters and how well it is done."),
                "map",
                tasks("list", "rate", "truth"),
            ),
            Step(
                2,
                _("Enrich the entry points"),
                _("Bring people in, and what they do."),
                "in",
                tasks("entry", "contacts", "interactions"),
            ),
            Step(
                3,
                _("Qualify"),
                _("Complete the data, score, nurture, sort into cold, warm and hot."),
                "score",
                tasks("enrich", "score", "nurture"),
            ),
            Step(
                4,
                _("Hand over"),
                _("MQLs to sales, with a promise of delay and a way back."),
                "hand",
                tasks("invite", "hand_over", "answer"),
            ),
        )
    )
