"""What the demo organisation's world is made of. Companies are invented: no real SIREN begins with 000."""

from dataclasses import dataclass

from touchpoints.lead_forms.starting import Start


@dataclass(frozen=True)
class Trade:
    """A line of business: how its companies are named, its activity code, who works there."""

    names: tuple[str, ...]
    naf: str
    titles: tuple[str, ...]


TRADES = (
    Trade(
        ("Fonderies", "Tréfileries", "Forges", "Aciéries"),
        "24.51Z",
        ("Directrice industrielle", "Responsable maintenance", "Chef d’atelier", "Directeur d’usine"),
    ),
    Trade(
        ("Conserverie", "Biscuiterie", "Laiterie", "Fromagerie", "Moulins"),
        "10.39A",
        ("Directrice d’usine", "Responsable qualité", "Responsable production", "Gérante"),
    ),
    Trade(
        ("Mécanique", "Usinage", "Ateliers", "Outillages"),
        "25.62B",
        ("Président", "Responsable méthodes", "Directeur technique", "Acheteuse"),
    ),
    Trade(
        ("Plasturgie", "Emballages", "Papeteries", "Cartonnages"),
        "22.22Z",
        ("Directrice technique", "Responsable d’exploitation", "Chef d’équipe", "Responsable achats"),
    ),
    Trade(
        ("Transports", "Messageries", "Logistique"),
        "49.41A",
        ("Responsable d’exploitation", "Directeur des opérations", "Gérant"),
    ),
)

PLACES = (
    ("du Val d’Ource", "21290", "Recey-sur-Ource", "21"),
    ("de Vireux", "08320", "Vireux-Molhain", "08"),
    ("Kerduel", "29000", "Quimper", "29"),
    ("Saint-Aubrac", "12470", "Saint-Chély-d’Aubrac", "12"),
    ("des Causses", "48210", "Sainte-Énimie", "48"),
    ("de l’Aune", "72200", "La Flèche", "72"),
    ("du Haut-Jarrin", "15100", "Saint-Flour", "15"),
    ("des Trois Combes", "39200", "Saint-Claude", "39"),
    ("de Sorgue", "84800", "L’Isle-sur-la-Sorgue", "84"),
    ("du Ponant", "56100", "Lorient", "56"),
    ("de la Bresse", "01000", "Bourg-en-Bresse", "01"),
    ("des Monts d’Or", "69450", "Saint-Cyr-au-Mont-d’Or", "69"),
    ("du Vexin", "95450", "Vigny", "95"),
    ("de Thiérache", "02140", "Vervins", "02"),
    ("du Cotentin", "50100", "Cherbourg-en-Cotentin", "50"),
    ("des Flandres", "59190", "Hazebrouck", "59"),
)

HEADCOUNT_BANDS = ("11", "12", "12", "21", "21", "22", "31")
SOURCES = ("Salon de Lyon", "Formulaire du site", "Fichier partenaire", "Webinaire", "Recommandation", "Import CRM")

MARKETER, ADMIN, SALES = "marketer@demo.example", "admin@demo.example", "sales@demo.example"
# What the demo organisation's team thinks of its touchpoints: importance, objective and perceived quality; and what
# its marketer thought of some when the inventory was made.
RATED_FIRST = {
    "website-home": (4, 2, 3),
    "pricing": (4, 3, 3),
    "case-studies": (3, 2, 3),
    "contact-form": (4, 3, 3),
    "demo-request": (4, 2, 2),
    "newsletter": (4, 2, 3),
    "webinar": (3, 3, 3),
    "trade-show": (5, 3, 4),
    "inbound-call": (3, 3, 3),
    "linkedin-page": (3, 2, 2),
    "sales-meeting": (5, 3, 4),
}
# Sales look at it from another side: importance, and why.
SALES_SAY = {
    "pricing": (5, "Tout le monde m’en parle au premier appel."),
    "contact-form": (5, "Les meilleurs dossiers viennent de là."),
    "newsletter": (1, "Personne ne m’en a jamais parlé."),
    "trade-show": (5, "J’y rencontre les décideurs."),
    "webinar": (4, ""),
    "inbound-call": (5, "Qui appelle veut acheter."),
    "blog": (1, ""),
    "sales-meeting": (5, ""),
}
RATINGS = {
    "website-home": (3, 4, 3),
    "pricing": (5, 3, 2),
    "case-studies": (4, 4, 4),
    "blog": (2, 3, 3),
    "white-paper": (4, 4, 4),
    "contact-form": (5, 2, 2),
    "demo-request": (5, 4, 4),
    "newsletter": (3, 3, 4),
    "webinar": (4, 5, 4),
    "trade-show": (4, 3, 4),
    "inbound-call": (4, 2, 2),
    "outbound-call": (3, 3, 2),
    "linkedin-page": (2, 3, 3),
    "trial": (5, 4, 3),
    "sales-meeting": (5, 4, 5),
}


@dataclass(frozen=True)
class Plan:
    """An enrichment action; days are counted from today."""

    code: str
    title: str
    description: str
    lever: str
    owner: str
    due: int | None
    cost_cents: int | None
    status: str
    began: int | None = None
    done: int | None = None


PLANS = (
    Plan(
        "contact-form",
        "Réduire le formulaire à trois champs",
        "Nom, e-mail, question. Le reste est demandé au deuxième échange ou trouvé par l’enrichissement.",
        "inbound",
        MARKETER,
        -4,
        60_000,
        "doing",
        began=-18,
    ),
    Plan(
        "inbound-call",
        "Rappeler dans l’heure les appels manqués",
        "Une personne d’astreinte chaque demi-journée ; le numéro est affiché sur la page tarifs.",
        "inbound",
        SALES,
        12,
        None,
        "todo",
    ),
    Plan(
        "pricing",
        "Dire ce que comprend chaque formule",
        "Un tableau lisible sur téléphone, et un exemple chiffré pour une PME de 40 personnes.",
        "inbound",
        MARKETER,
        21,
        140_000,
        "todo",
    ),
    Plan(
        "outbound-call",
        "Écrire un guide d’appel par secteur",
        "Fonderie, agroalimentaire, mécanique : trois questions d’ouverture chacune.",
        "outbound",
        SALES,
        30,
        None,
        "todo",
    ),
    Plan(
        "trade-show",
        "Scanner les badges sur le stand",
        "Les personnes rencontrées sont dans la base le soir même, avec ce qui a été dit.",
        "outbound",
        ADMIN,
        9,
        240_000,
        "doing",
        began=-6,
    ),
    Plan(
        "white-paper",
        "Refaire le livre blanc sur la maintenance",
        "Vingt pages au lieu de soixante, avec un tableau de calcul à remplir.",
        "inbound",
        MARKETER,
        -60,
        320_000,
        "done",
        began=-80,
        done=-62,
    ),
    Plan(
        "blog",
        "Publier un article par semaine",
        "Toujours une question posée par un client, avec sa réponse.",
        "inbound",
        MARKETER,
        -95,
        90_000,
        "done",
        began=-125,
        done=-96,
    ),
    Plan(
        "newsletter",
        "Ajouter un lien vers un cas client",
        "Un seul appel à l’action par envoi.",
        "outbound",
        ADMIN,
        -3,
        None,
        "done",
        began=-5,
        done=-4,
    ),
)

# Ways people take: which acts, with which touchpoint and page, one after the other.
Act = tuple[str, str | None, dict[str, object]]

PRICING: Act = ("page_view", "pricing", {"path": "/tarifs", "duration_seconds": 94})
HOME_PAGE: Act = ("page_view", "website-home", {"path": "/", "referrer": "search"})
ARTICLE: Act = ("page_view", "blog", {"path": "/blog/arrets-non-planifies"})
CASE: Act = ("page_view", "case-studies", {"path": "/clients/fonderie"})
PAPER: Act = ("download", "white-paper", {"title": "Guide des arrêts de ligne"})
WEBINAR: Act = ("webinar", "webinar", {"title": "Réduire les arrêts de ligne", "minutes": 52})
FORM: Act = ("form_sent", "contact-form", {"message": "Nous comparons deux solutions, décision avant Noël."})
DEMO: Act = ("form_sent", "demo-request", {"message": "Trois sites à équiper."})
TRIAL: Act = ("trial", "trial", {})
SHOW: Act = ("event", "trade-show", {"title": "Salon de Lyon"})
CALL: Act = ("call", "inbound-call", {"minutes": 6})
NEWS: Act = ("newsletter", "newsletter", {})
CLICK: Act = ("email_clicked", "email-campaign", {"link": "/blog/arrets-non-planifies"})

GLANCES: tuple[tuple[Act, ...], ...] = ((HOME_PAGE,), (ARTICLE,), (HOME_PAGE, ARTICLE), (ARTICLE, HOME_PAGE, PRICING))
INTEREST: tuple[tuple[Act, ...], ...] = (
    (ARTICLE, PAPER),
    (HOME_PAGE, NEWS, CLICK),
    (SHOW, HOME_PAGE),
    (PAPER, CLICK, CASE),
    (HOME_PAGE, WEBINAR, CLICK),
    (ARTICLE, PAPER, CLICK, PRICING),
)
WARMTH: tuple[tuple[Act, ...], ...] = (
    (ARTICLE, PAPER, WEBINAR),
    (HOME_PAGE, SHOW, CASE, PRICING),
    (NEWS, WEBINAR, PRICING, CLICK),
)
HEAT: tuple[tuple[Act, ...], ...] = (
    (HOME_PAGE, PAPER, WEBINAR, PRICING, FORM),
    (SHOW, CASE, PRICING, DEMO, PRICING),
    (ARTICLE, WEBINAR, PRICING, CALL, FORM),
    (HOME_PAGE, TRIAL, PRICING, FORM, CASE),
)


@dataclass(frozen=True)
class Asked:
    """A survey: how likely each score is, from the lowest, and what people write."""

    code: str
    question: str
    scale: str
    answers: int
    weights: tuple[int, ...]
    delights: tuple[str, ...]
    irritants: tuple[str, ...]
    # How likely scores are since so many days ago.
    since: tuple[int, ...] = ()
    better_days: int = 0


_SATISFACTION, _RECOMMENDATION = "satisfaction", "recommendation"
ASKED = (
    Asked(
        "contact-form",
        "Notre formulaire de contact vous a-t-il convenu ?",
        _SATISFACTION,
        96,
        (26, 30, 22, 16, 6),
        ("Réponse le jour même, merci.", "Clair, j’ai su à qui je parlais."),
        (
            "Trop de champs, j’ai failli renoncer.",
            "Le numéro de téléphone est obligatoire, pourquoi ?",
            "Formulaire trop long sur téléphone.",
            "Rien ne dit quand on me répondra.",
        ),
    ),
    Asked(
        "white-paper",
        "Ce livre blanc vous a-t-il été utile ?",
        _SATISFACTION,
        118,
        (10, 22, 34, 24, 10),
        ("Le tableau de calcul m’a servi dès le lendemain.", "Court et concret.", "Exemples de notre secteur, enfin."),
        ("Trop long, je me suis arrêté page dix.", "Beaucoup de généralités."),
        since=(2, 5, 16, 40, 37),
        better_days=62,
    ),
    Asked(
        "pricing",
        "Avez-vous trouvé ce que vous cherchiez sur la page tarifs ?",
        _SATISFACTION,
        74,
        (14, 30, 30, 18, 8),
        ("Les prix sont affichés, c’est rare.",),
        ("On ne sait pas ce que comprend chaque formule.", "Illisible sur téléphone.", "Aucun exemple chiffré."),
    ),
    Asked(
        "webinar",
        "Recommanderiez-vous ce webinaire à un collègue ?",
        _RECOMMENDATION,
        64,
        (1, 0, 1, 2, 2, 5, 6, 14, 24, 25, 20),
        (
            "Des réponses à toutes les questions.",
            "Le cas client valait le déplacement.",
            "Rythme parfait, trente minutes.",
        ),
        ("Trop commercial sur la fin.", "Le son coupait."),
    ),
    Asked(
        "sales-meeting",
        "Après ce rendez-vous, nous recommanderiez-vous ?",
        _RECOMMENDATION,
        31,
        (0, 0, 1, 1, 1, 3, 4, 12, 26, 28, 24),
        ("Elle avait préparé, elle connaissait notre usine.", "Pas de bla-bla, un plan."),
        ("Attendu trois semaines une date.",),
    ),
    Asked(
        "inbound-call",
        "Comment s’est passé votre appel ?",
        _SATISFACTION,
        7,
        (30, 30, 20, 15, 5),
        ("Rappelé dans l’heure.",),
        ("Quatre appels avant que quelqu’un décroche.", "Il a fallu tout réexpliquer."),
    ),
)


@dataclass(frozen=True)
class AskedInForm:
    """A form of the website, how many sent it and what they wrote in its own question."""

    name: str
    start: Start
    code: str
    sent: int
    said: tuple[str, ...] = ()


FORMS = (
    AskedInForm(
        "Contact du site",
        Start.CONTACT,
        "contact-form",
        34,
        (
            "Nous cherchons à réduire les arrêts de notre ligne 3. Pouvez-vous nous rappeler ?",
            "Quel délai pour équiper deux sites ?",
            "Votre solution fonctionne-t-elle avec nos automates de 2009 ?",
            "Bonjour, pourriez-vous m’envoyer vos références dans l’agroalimentaire ?",
            "Nous avons eu trois pannes ce mois-ci, parlons-en.",
        ),
    ),
    AskedInForm("Demande de démonstration", Start.DEMO, "demo-request", 19),
)
