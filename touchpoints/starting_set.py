"""The usual touchpoints of a B2B organisation, to start the inventory from."""

from dataclasses import dataclass

from django.db import transaction

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from touchpoints.models import Channel, Direction, Touchpoint


@dataclass(frozen=True)
class Usual:
    """One usual touchpoint: its code, and name and description in each language."""

    code: str
    channel: Channel
    fr: tuple[str, str]
    en: tuple[str, str]
    direction: Direction = Direction.INBOUND
    entry: bool = False
    truth: bool = False

    def words(self, language: str) -> tuple[str, str]:
        """Return name and description in a language."""
        return self.fr if language.startswith("fr") else self.en


_OUT = Direction.OUTBOUND

USUAL: tuple[Usual, ...] = (
    Usual(
        "website-home",
        Channel.WEBSITE,
        ("Page d’accueil du site", "Découvre l’offre"),
        ("Website home page", "Discovers what is on offer"),
        entry=True,
    ),
    Usual(
        "pricing",
        Channel.WEBSITE,
        ("Page tarifs", "Compare les offres et les prix"),
        ("Pricing page", "Compares offers and prices"),
        truth=True,
    ),
    Usual(
        "case-studies",
        Channel.WEBSITE,
        ("Études de cas", "Lit ce que des clients en disent"),
        ("Case studies", "Reads what customers say"),
    ),
    Usual(
        "blog",
        Channel.WEBSITE,
        ("Blog", "Lit un article, souvent depuis un moteur de recherche"),
        ("Blog", "Reads an article, often from a search engine"),
        entry=True,
    ),
    Usual(
        "white-paper",
        Channel.WEBSITE,
        ("Téléchargement d’un livre blanc", "Laisse son adresse contre un document"),
        ("White paper download", "Leaves an address for a document"),
        entry=True,
    ),
    Usual(
        "contact-form",
        Channel.WEBSITE,
        ("Formulaire de contact", "Pose une question ou demande un rappel"),
        ("Contact form", "Asks a question or to be called back"),
        entry=True,
        truth=True,
    ),
    Usual(
        "demo-request",
        Channel.WEBSITE,
        ("Demande de démonstration", "Demande à voir le produit"),
        ("Demo request form", "Asks to see the product"),
        entry=True,
        truth=True,
    ),
    Usual(
        "trial",
        Channel.WEBSITE,
        ("Inscription à l’essai", "Crée un compte d’essai"),
        ("Trial sign-up", "Creates a trial account"),
        entry=True,
        truth=True,
    ),
    Usual(
        "roi-calculator",
        Channel.WEBSITE,
        ("Calculateur de retour sur investissement", "Chiffre ce qu’il gagnerait"),
        ("ROI calculator", "Works out what there is to gain"),
        entry=True,
    ),
    Usual(
        "chat",
        Channel.WEBSITE,
        ("Messagerie du site", "Écrit en direct à un conseiller"),
        ("Website chat", "Writes to an adviser, live"),
        entry=True,
    ),
    Usual(
        "newsletter",
        Channel.EMAIL,
        ("Lettre d’information", "S’abonne, puis lit et suit des liens"),
        ("Newsletter", "Subscribes, then reads and follows links"),
        entry=True,
    ),
    Usual(
        "email-campaign",
        Channel.EMAIL,
        ("Campagne d’e-mails", "Reçoit une suite de messages"),
        ("E-mail campaign", "Receives a sequence of messages"),
        _OUT,
    ),
    Usual(
        "webinar",
        Channel.EVENT,
        ("Webinaire", "S’inscrit, assiste et pose des questions"),
        ("Webinar", "Registers, attends and asks questions"),
        entry=True,
    ),
    Usual(
        "trade-show",
        Channel.EVENT,
        ("Salon professionnel", "S’arrête sur le stand"),
        ("Trade show", "Stops at the stand"),
        entry=True,
    ),
    Usual(
        "inbound-call",
        Channel.PHONE,
        ("Appel entrant", "Appelle le standard ou un commercial"),
        ("Inbound call", "Calls the switchboard or a sales rep"),
        entry=True,
    ),
    Usual(
        "outbound-call",
        Channel.PHONE,
        ("Appel sortant", "Est appelé par un commercial"),
        ("Outbound call", "Is called by a sales rep"),
        _OUT,
        entry=True,
    ),
    Usual(
        "customer-reference",
        Channel.PHONE,
        ("Échange avec un client référent", "Interroge un client en place"),
        ("Customer reference call", "Questions an existing customer"),
        _OUT,
        truth=True,
    ),
    Usual(
        "linkedin-page",
        Channel.SOCIAL,
        ("Page LinkedIn", "Suit la page, réagit aux publications"),
        ("LinkedIn page", "Follows the page, reacts to posts"),
        entry=True,
    ),
    Usual(
        "linkedin-ads",
        Channel.PAID_MEDIA,
        ("Publicité LinkedIn", "Voit une annonce et la suit"),
        ("LinkedIn Ads", "Sees an advertisement and follows it"),
        _OUT,
        entry=True,
    ),
    Usual(
        "google-ads",
        Channel.PAID_MEDIA,
        ("Google Ads", "Cherche une solution et suit une annonce"),
        ("Google Ads", "Searches for a solution and follows an advertisement"),
        entry=True,
    ),
    Usual(
        "partner-referral",
        Channel.PARTNER,
        ("Recommandation d’un partenaire", "Est adressé par un partenaire"),
        ("Partner referral", "Is sent by a partner"),
        entry=True,
    ),
    Usual(
        "direct-mail",
        Channel.MAIL,
        ("Courrier", "Reçoit une lettre ou une invitation"),
        ("Direct mail", "Receives a letter or an invitation"),
        _OUT,
        entry=True,
    ),
    Usual(
        "sales-meeting",
        Channel.MEETING,
        ("Rendez-vous commercial", "Rencontre un commercial"),
        ("Sales meeting", "Meets a sales rep"),
        _OUT,
        truth=True,
    ),
    Usual(
        "showroom",
        Channel.POINT_OF_SALE,
        ("Espace de démonstration", "Vient voir et essayer sur place"),
        ("Showroom", "Comes to see and try on site"),
        entry=True,
    ),
)


def add_starting_set(organisation: Organisation, *, by: Actor | None) -> list[Touchpoint]:
    """Add the usual touchpoints, in the organisation's language; return those that were missing.

    Those whose code exists (even archived) stay as they are, so that it can be done again.
    """
    with transaction.atomic():
        known = set(Touchpoint.objects.filter(code__in=[one.code for one in USUAL]).values_list("code", flat=True))
        missing = [_touchpoint(organisation, one) for one in USUAL if one.code not in known]
        Touchpoint.objects.bulk_create(missing, ignore_conflicts=True)
        if missing:
            audit.record(
                organisation,
                by,
                "touchpoint.starting_set",
                label=", ".join(one.name for one in missing)[:200],
                after={"codes": [one.code for one in missing]},
            )
    return missing


def _touchpoint(organisation: Organisation, one: Usual) -> Touchpoint:
    name, description = one.words(organisation.language)
    return Touchpoint(
        organisation=organisation,
        code=one.code,
        name=name,
        description=description,
        channel=one.channel,
        direction=one.direction,
        is_entry_point=one.entry,
        is_moment_of_truth=one.truth,
    )
