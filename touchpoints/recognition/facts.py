"""What rules can ask of an interaction: its address, its campaign, the form or scenario it came by."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Before the name of a property that is no fact of its own.
PROPERTY = "property:"
ANYTHING = "*"


@dataclass(frozen=True)
class Fact:
    """Something the database reads of an interaction (`touchpoints_facts`), named and explained."""

    code: str
    label: str | Promise
    # Said in a sentence: “the page is /tarifs”.
    sentence: str | Promise


FACTS: dict[str, Fact] = {
    fact.code: fact
    for fact in (
        Fact("host", _("Site"), _("on the site %(pattern)s")),
        Fact("path", _("Page"), _("on the page %(pattern)s")),
        Fact("utm_source", _("Campaign’s source"), _("from the source %(pattern)s")),
        Fact("utm_medium", _("Campaign’s medium"), _("by the medium %(pattern)s")),
        Fact("utm_campaign", _("Campaign"), _("of the campaign %(pattern)s")),
        Fact("form", _("Form"), _("by the form %(pattern)s")),
        Fact("scenario", _("Scenario"), _("from the scenario %(pattern)s")),
    )
}


def read_address(text: str) -> dict[str, str]:
    """Return the patterns an address means: "https://www.acme.fr/tarifs*" asks for site and page, "/tarifs" for a page.

    "acme.fr" alone, or "acme.fr/*", is a whole site. What follows "?" or "#" is left out: campaigns have facts of
    their own. Raises ValueError for what is no address.
    """
    text = text.strip()
    if not text:
        return {}
    if "://" not in text:
        first = text.split("/", 1)[0]
        if "." in first or ":" in first or first == "localhost":
            text = f"//{text}"
        elif not text.startswith(("/", ANYTHING)):
            text = f"/{text}"
    parts = urlsplit(text)
    host = parts.netloc.rpartition("@")[2].rpartition(":")[0] or parts.netloc.rpartition("@")[2]
    path = parts.path
    found = {"host": host.lower().removeprefix("www.")} if host else {}
    if path and not (host and path == f"/{ANYTHING}"):
        found["path"] = path.rstrip("/") or "/"
    return found


def write_address(patterns: dict[str, str]) -> str:
    """Return the address that `read_address` reads so."""
    host, path = patterns.get("host", ""), patterns.get("path", "")
    return f"{host}{path}" if host else path
