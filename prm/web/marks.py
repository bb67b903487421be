"""The product's own marks: stage, tier and provenance, each told by word or shape, never by colour alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from prm.web.figures import day

TIERS = ("cold", "warm", "hot")
TIER_WORDS: dict[str, str | Promise] = {
    "cold": pgettext_lazy("tier", "Cold"),
    "warm": pgettext_lazy("tier", "Warm"),
    "hot": pgettext_lazy("tier", "Hot"),
}

STAGE_WORDS: dict[str, str | Promise] = {
    "suspect": gettext_lazy("Suspect"),
    "prospect": gettext_lazy("Prospect"),
    "mql": gettext_lazy("MQL"),
    "accepted": gettext_lazy("Accepted"),
    "customer": gettext_lazy("Customer"),
    "disqualified": gettext_lazy("Disqualified"),
    "lost": gettext_lazy("Lost"),
}
# Good news for whoever reads a list: these are tinted.
STAGES_ON = {"mql", "accepted", "customer"}

PROVENANCE_WORDS: dict[str, str | Promise] = {
    "declared": gettext_lazy("declared by the person"),
    "sirene": gettext_lazy("SIRENE"),
    "import": gettext_lazy("import"),
    "partner": gettext_lazy("added by a partner"),
    "inferred": gettext_lazy("inferred from behaviour"),
}
# Through what a source told it, where that is worth saying.
VIA_WORDS: dict[str, str | Promise] = {
    "local_directory": gettext_lazy("SIRENE’s files, loaded here"),
    "email_domain": gettext_lazy("inferred from an e-mail domain"),
    "insee": gettext_lazy("SIRENE, by INSEE’s own service"),
}
# First word of a source -> the shape it is told by. What a member typed or an API sent was declared to them.
_SHAPES = {
    "sirene": "sirene",
    "insee": "sirene",
    "recherche": "sirene",
    "import": "import",
    "csv": "import",
    "file": "import",
    "partner": "partner",
    "provider": "partner",
    "inferred": "inferred",
    "ip": "inferred",
    "tracking": "inferred",
    "domain": "inferred",
}


@dataclass(frozen=True)
class Provenance:
    """Where one value comes from: the shape that says it, the sentence behind it, and all that is known of it."""

    kind: str
    title: str
    # Labels and words.
    lines: Sequence[tuple[str, str]] = ()


# Tells what is known of a value's provenance, from its field and its stamp, as labels and words.
Teller = Callable[[str, Mapping[str, Any]], Sequence[tuple[str, str]]]
_tellers: list[Teller] = []


def register_teller(teller: Teller) -> None:
    """Say who knows what stands behind a value; called from AppConfig.ready."""
    _tellers[:] = [teller]


def tier_code(tier: Any) -> str:
    """Return cold, warm or hot for a tier given as its number, its code or its enum."""
    if isinstance(tier, str) and not tier.isdigit():
        return tier if tier in TIERS else "cold"
    return TIERS[min(max(int(tier or 0), 0), 2)]


def stage_word(stage: str) -> str:
    """Return the reader's word for a stage."""
    return str(STAGE_WORDS.get(stage, stage))


def provenance_kind(source: str) -> str:
    """Return which of the five shapes a source is told by."""
    words = source.lower().replace(":", " ").replace("-", " ").replace("_", " ").split()
    return _SHAPES.get(words[0], "declared") if words else "declared"


def provenance_of(obj: Any, field: str) -> Provenance | None:
    """Return where `obj.field` comes from; None when the field is empty. "custom.size" is a key of a JSON column.

    `obj.provenance` is `{"field": {"source": ..., "at": ISO time}}`; a field absent there has the stamp of "*",
    else the row's source.
    """
    column, _dot, key = field.partition(".")
    value = getattr(obj, column, None)
    if (value.get(key) if key and isinstance(value, dict) else value) in (None, ""):
        return None
    stored: Mapping[str, Any] = getattr(obj, "provenance", None) or {}
    entry = stored.get(field) or stored.get("*") or {"source": getattr(obj, "source", "")}
    source, at = str(entry.get("source") or ""), _moment(entry.get("at"))
    kind = provenance_kind(source)
    word = _file_words(entry) or str(VIA_WORDS.get(str(entry.get("via") or ""), PROVENANCE_WORDS[kind]))
    lines = _tellers[0](field, entry) if _tellers else ()
    if at is None:
        return Provenance(kind, _("Source: %(source)s") % {"source": word}, lines)
    return Provenance(kind, _("Source: %(source)s, %(day)s") % {"source": word, "day": day(at)}, lines)


def _file_words(entry: Mapping[str, Any]) -> str:
    """Say which line of which partner's file a value is from; "" for any other."""
    if not entry.get("partner"):
        return ""
    words = {name: entry.get(name, "") for name in ("partner", "file", "line")}
    return _("%(partner)s (%(file)s, line %(line)s)") % words


def _moment(value: Any) -> datetime | None:
    return parse_datetime(value) if isinstance(value, str) else value
