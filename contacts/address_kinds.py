"""Addresses that are nobody's own: of a role ("info@"), or of a service for addresses that live ten minutes."""

from typing import Literal

from disposable_email_domains import blocklist

AddressKind = Literal["", "role", "disposable"]

ROLES = frozenset(
    (
        *("info", "infos", "information", "contact", "contacts", "accueil", "bonjour", "hello", "hi", "office"),
        *("mail", "email", "courrier", "bureau", "secretariat", "secretary", "reception", "standard", "direction"),
        *("admin", "administration", "administrateur", "administrator", "webmaster", "hostmaster", "postmaster"),
        *("root", "abuse", "noc", "security", "support", "help", "helpdesk", "aide", "assistance", "sav", "service"),
        *("services", "serviceclient", "service-client", "customerservice", "customer-service", "sales", "ventes"),
        *("vente", "commercial", "commerce", "marketing", "communication", "com", "presse", "press", "media"),
        *("pr", "compta", "comptabilite", "accounting", "facturation", "billing", "finance", "achats", "achat"),
        *("purchasing", "orders", "commande", "commandes", "rh", "hr", "jobs", "job", "recrutement", "careers"),
        *("carriere", "carrieres", "legal", "juridique", "rgpd", "gdpr", "dpo", "privacy", "newsletter", "news"),
        *("noreply", "no-reply", "no.reply", "nepasrepondre", "ne-pas-repondre", "donotreply", "do-not-reply"),
        *("mailer-daemon", "all", "team", "equipe", "shop", "boutique", "web", "it", "tech", "technique"),
        *("mairie", "agence", "magasin", "atelier", "cabinet", "etude", "devis", "reservation", "reservations"),
    )
)


def address_kind(email: str | None) -> AddressKind:
    """Return "role", "disposable", or "" for an address of a person; `email` is normalised."""
    local, _at, domain = (email or "").rpartition("@")
    if not domain:
        return ""
    if domain in blocklist:
        return "disposable"
    return "role" if local.partition("+")[0] in ROLES else ""
