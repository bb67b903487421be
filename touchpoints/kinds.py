"""The built-in kinds of interactions; an organisation adds its own and sets what engages and activates."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts import company_news
from prm.organisations.models import Organisation
from touchpoints.models import InteractionKind


@dataclass(frozen=True)
class Kind:
    """A built-in kind. `icon` is a name of the sprite."""

    code: str
    name: str | Promise
    icon: str
    engages: bool = False
    activates: bool = False


BUILT_IN: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("page_view", _("Page viewed"), "globe"),
        Kind("site_search", _("Search on the site"), "search"),
        Kind("outgoing_click", _("Link to another site followed"), "external"),
        Kind("basket", _("Basket"), "cart"),
        Kind("funnel", _("Step on the way to a purchase"), "flow"),
        Kind("slot_shown", _("Content of a slot seen"), "eye"),
        Kind("form_sent", _("Form sent"), "form", engages=True, activates=True),
        Kind("email_delivered", _("E-mail delivered"), "mail"),
        Kind("email_opened", _("E-mail opened"), "mail"),
        Kind("email_clicked", _("Link followed in an e-mail"), "mail", engages=True),
        Kind("email_bounced", _("E-mail refused"), "mail"),
        Kind("unsubscribed", _("Unsubscribed"), "x"),
        Kind("newsletter", _("Newsletter subscribed"), "mail", engages=True, activates=True),
        Kind("download", _("Document downloaded"), "in", engages=True, activates=True),
        Kind("content_read", _("Content read"), "report", engages=True),
        Kind("webinar", _("Webinar attended"), "video", engages=True, activates=True),
        Kind("event", _("Event attended"), "flag", engages=True, activates=True),
        Kind("trial", _("Trial started"), "pulse", engages=True, activates=True),
        Kind("account", _("Account created"), "people", engages=True, activates=True),
        Kind("call", _("Telephone call"), "phone", engages=True, activates=True),
        Kind("meeting", _("Meeting"), "people", engages=True, activates=True),
        Kind("survey_answer", _("Survey answered"), "report", engages=True),
        Kind("purchase", _("Purchase"), "check", engages=True, activates=True),
        # What changed at the person's company, as its register tells (verdict "register"): rules may ask about it,
        # but it is nobody's act.
        Kind(company_news.CLOSED, _("Company closed"), "x"),
        Kind(company_news.REOPENED, _("Company open again"), "company"),
        Kind(company_news.MOVED, _("Company moved"), "map"),
        Kind(company_news.GROWN, _("Company grown"), "up"),
        Kind(company_news.SHRUNK, _("Company shrunk"), "down"),
        Kind(company_news.DIRECTORS, _("New direction of the company"), "people"),
        Kind(company_news.ACTIVITY, _("Company changed its activity"), "flow"),
        Kind(company_news.RENAMED, _("Company renamed"), "label"),
        # What PRM itself notes (verdict "system"): never scored, never a person's act.
        Kind("tier_changed", _("Tier changed"), "score"),
        Kind("handoff_opened", _("Passed to sales"), "hand"),
        Kind("handoff_worked", _("Worked on by sales"), "hand"),
        Kind("handoff_answered", _("Answered by sales"), "hand"),
        Kind("handoff_closed", _("Closed by sales"), "hand"),
        Kind("segment_entered", _("Entered a segment"), "filter"),
        Kind("segment_left", _("Left a segment"), "filter"),
    )
}

# What PRM itself notes of its own doings: no rule or condition asks about it.
INTERNAL = frozenset(
    {
        *("tier_changed", "segment_entered", "segment_left"),
        *("handoff_opened", "handoff_worked", "handoff_answered", "handoff_closed"),
    }
)
# What changed at a company.
NEWS = frozenset(company_news.KINDS)
# Kinds that only PRM itself writes.
RESERVED = INTERNAL | NEWS
# Nothing a person does on purpose: an organisation cannot let these engage or activate. Opens never count.
NEVER_ACTS = RESERVED | {"email_delivered", "email_opened", "email_bounced", "slot_shown"}
# What members note by hand, beside the organisation's own kinds.
BY_HAND = ("call", "meeting", "event")


def ensure_kinds(organisation: Organisation) -> None:
    """Give an organisation the built-in kinds it does not have yet. What it set stays."""
    known = set(InteractionKind.objects.filter(code__in=BUILT_IN).values_list("code", flat=True))
    InteractionKind.objects.bulk_create(
        [new_kind(organisation, code) for code in BUILT_IN if code not in known], ignore_conflicts=True
    )


def new_kind(organisation: Organisation, code: str) -> InteractionKind:
    """Return a kind not stored yet, with what the built-in one of this code says."""
    built_in = BUILT_IN.get(code)
    return InteractionKind(
        organisation=organisation,
        code=code,
        engages=built_in is not None and built_in.engages,
        activates=built_in is not None and built_in.activates,
    )


def name_of(kind: InteractionKind | str) -> str:
    """Return a kind's name for people, in the current language."""
    code = kind if isinstance(kind, str) else kind.code
    if isinstance(kind, InteractionKind) and kind.name:
        return kind.name
    built_in = BUILT_IN.get(code)
    return str(built_in.name) if built_in else code.replace("_", " ").capitalize()


def icon_of(code: str) -> str:
    """Return the sprite's icon for a kind."""
    built_in = BUILT_IN.get(code)
    return built_in.icon if built_in else "pulse"
