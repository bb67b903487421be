"""The demo organisation's themes and contents."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ThemeTold:
    """A theme, and what is of it."""

    name: str
    description: str
    addresses: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


THEMES = (
    ThemeTold(
        "Arrêts de ligne",
        "Ce que coûtent les arrêts non planifiés, et comment les éviter",
        ("/blog/arrets-*",),
        ("webinar",),
    ),
    ThemeTold(
        "Maintenance prédictive", "Voir venir les pannes, machine par machine", ("/produit*", "/blog/maintenance-*")
    ),
    ThemeTold("Rendement des machines", "TRS, cadences, changements de série", ("/clients/*",), ("case-studies",)),
    ThemeTold(
        "Coût et retour sur investissement", "Ce que cela coûte et ce que cela rapporte", ("/tarifs*",), ("pricing",)
    ),
    ThemeTold("Sécurité des données", "Réseaux d’atelier, hébergement, accès"),
)


@dataclass(frozen=True)
class ContentTold:
    """A content: on the site by its path, or a file by its name."""

    title: str
    kind: str
    theme: str
    stage: str
    path: str = ""
    file: str = ""
    is_gated: bool = False
    code: str = ""
    language: str = "fr"
    summary: str = ""


# The most read first.
CONTENTS = (
    ContentTold(
        "Ce que coûte un arrêt non planifié",
        "article",
        "Arrêts de ligne",
        "suspect",
        "/blog/arrets-non-planifies",
        code="blog",
        summary="Un calcul simple, avec les chiffres de trois ateliers.",
    ),
    ContentTold(
        "Guide des arrêts de ligne",
        "white_paper",
        "Arrêts de ligne",
        "prospect",
        file="guide-des-arrets-de-ligne",
        is_gated=True,
        code="white-paper",
        summary="Quarante pages pour classer les arrêts, les mesurer et s’attaquer aux bons.",
    ),
    ContentTold(
        "Une fonderie gagne deux heures par semaine",
        "case",
        "Rendement des machines",
        "prospect",
        "/clients/fonderie",
        code="case-studies",
    ),
    ContentTold(
        "Maintenance prédictive : par où commencer",
        "article",
        "Maintenance prédictive",
        "suspect",
        "/blog/maintenance-par-ou-commencer",
        code="blog",
    ),
    ContentTold(
        "Réduire les arrêts de ligne",
        "webinar",
        "Arrêts de ligne",
        "mql",
        "/webinaires/reduire-les-arrets",
        code="webinar",
        summary="Cinquante minutes, avec les questions d’une trentaine d’industriels.",
    ),
    ContentTold(
        "Poser les capteurs en une demi-journée",
        "video",
        "Maintenance prédictive",
        "prospect",
        "/videos/poser-les-capteurs",
    ),
    ContentTold(
        "Calculer son TRS sans se tromper",
        "white_paper",
        "Rendement des machines",
        "suspect",
        file="calculer-son-trs",
        code="white-paper",
    ),
    ContentTold(
        "Ce que rapporte une heure de production",
        "article",
        "Coût et retour sur investissement",
        "mql",
        "/blog/heure-de-production",
        code="blog",
    ),
    ContentTold(
        "Changer de série deux fois plus vite",
        "case",
        "Rendement des machines",
        "mql",
        "/clients/emballage",
        code="case-studies",
    ),
    ContentTold(
        "Étendre à un second atelier",
        "article",
        "Maintenance prédictive",
        "customer",
        "/blog/maintenance-second-atelier",
    ),
    ContentTold(
        "Modèle de dossier d’investissement",
        "white_paper",
        "Coût et retour sur investissement",
        "mql",
        file="dossier-d-investissement",
        is_gated=True,
        code="white-paper",
    ),
    ContentTold(
        "What an unplanned stop costs",
        "article",
        "Arrêts de ligne",
        "suspect",
        "/en/blog/unplanned-stops",
        language="en",
    ),
)
