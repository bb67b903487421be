"""What somebody does at their company, read from the job title: French and English words, the more telling first."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Code, words, and what a title in lower case without accents holds (a regular expression of PostgreSQL).
FUNCTIONS: tuple[tuple[str, str | Promise, str], ...] = (
    ("purchasing", _("Purchasing"), r"\m(achat|achet|buyer|purchas|procure|sourcing|approvision)"),
    ("quality", _("Quality"), r"\m(qualite|quality|qhse|qse\M|hse\M)"),
    ("marketing", _("Marketing and communication"), r"\m(marketing|communication|digital|brand|marque)"),
    ("sales", _("Sales"), r"\m(commercia|sales|vente|vendeu|business dev|account (man|exec)|key account|export)"),
    ("finance", _("Finance"), r"\m(financ|compta|account(ant|ing)|daf\M|cfo\M|controle de gestion|controller|tresor)"),
    ("people", _("Human resources"), r"\m(rh\M|drh\M|hr\M|ressources humaines|human res|recrut|talent|paie)"),
    ("it", _("IT"), r"\m(informatique|it\M|dsi\M|cio\M|cto\M|systeme|reseau|developp|software|data|logiciel|cyber)"),
    ("maintenance", _("Maintenance"), r"\m(maintenance|maintenan|methodes|travaux neufs)"),
    ("logistics", _("Logistics"), r"\m(logisti|supply|transport|magasin|entrepot|warehouse)"),
    (
        "research",
        _("Research and engineering"),
        r"\m(r&d|recherche|research|bureau d.etude|"
        r"ingenieu|engineer|innovation|technique)",
    ),
    (
        "production",
        _("Production"),
        r"\m(production|industri|usine|plant|"
        r"atelier|fabrication|manufactur|exploitation|operations)",
    ),
    ("legal", _("Legal"), r"\m(juridique|legal|juriste|avocat|dpo\M)"),
    ("training", _("Training"), r"\m(formation|training|enseign|teach|pedagog)"),
    (
        "management",
        _("General management"),
        r"\m(pdg\M|ceo\M|dg\M|gerant|president|directeur general|"
        r"directrice generale|dirigeant|fondat|founder|owner|managing|associe)",
    ),
    ("office", _("Administration"), r"\m(assistant|secretar|administrat|office manager)"),
    ("lead", _("Other management"), r"\m(direct|respons|head|chef|manager|chief|cadre)"),
)
NAMES: dict[str, str | Promise] = {code: words for code, words, _pattern in FUNCTIONS}
CODES = [code for code, _words, _pattern in FUNCTIONS]
PATTERNS = [pattern for _code, _words, pattern in FUNCTIONS]
