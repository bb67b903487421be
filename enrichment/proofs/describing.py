"""Provenance in words: who said a value, of which record, when, how sure that is, until when it is fresh."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from enrichment.proofs.freshness import fresh_days, fresh_until
from enrichment.proofs.policy import DECLARED, Origin, origin_of
from enrichment.proofs.stamps import Method
from prm.web.figures import day, percent, siren
from prm.web.marks import PROVENANCE_WORDS, VIA_WORDS, provenance_kind

_METHODS: dict[str, str | Promise] = {
    Method.NUMBER: gettext_lazy("looked up by its number"),
    Method.NAME: gettext_lazy("matched by its name"),
    Method.DOMAIN: gettext_lazy("matched by its web domain"),
}
_CONFIDENCE: dict[Origin, str | Promise] = {
    Origin.REGISTER: gettext_lazy("as the register says"),
    Origin.PARTNER: gettext_lazy("as the partner says"),
    Origin.IMPORT: gettext_lazy("as it was given"),
    Origin.INFERRED: gettext_lazy("inferred, not said"),
}


def tell_proof(name: str, stamp: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the provenance of a field's value as labels and words, what is not known left out."""
    source, at = str(stamp.get("source") or ""), _moment(stamp.get("at"))
    rows = [
        (_("Source"), source_words(stamp)),
        (_("Record"), _record_words(stamp)),
        (_("Told on"), day(at, year=True) if at else ""),
        (_("Found"), _method_words(stamp)),
        (_("Confidence"), confidence_words(stamp)),
        (pgettext("provenance", "Fresh until"), _fresh_words(name, at) if source else ""),
    ]
    return [(label, words) for label, words in rows if words]


def source_words(stamp: Mapping[str, Any]) -> str:
    """Name a source: "SIRENE", "import", "added by a partner (Acme)"."""
    source = str(stamp.get("source") or "")
    name = source.partition(":")[2].strip()
    via = VIA_WORDS.get(str(stamp.get("via") or ""))
    word = str(via or (_("a person’s entry") if source == DECLARED else PROVENANCE_WORDS[provenance_kind(source)]))
    return f"{word} ({name})" if name else word


def confidence_words(stamp: Mapping[str, Any]) -> str:
    """Say how sure a value is: of a match by name the percentage, else what the sureness rests on."""
    source, method, score = str(stamp.get("source") or ""), stamp.get("method"), stamp.get("score")
    if not source:
        return ""
    if method == Method.NAME and score is not None:
        return _("%(percent)s sure that it is this company") % {"percent": percent(100 * score, 0)}
    if source == DECLARED or method in {Method.CHOSEN, Method.ACCEPTED}:
        return _("a person’s word")
    if method == Method.NUMBER:
        return _("certain: the number is this company’s")
    return str(_CONFIDENCE[origin_of(source) or Origin.IMPORT])


def _method_words(stamp: Mapping[str, Any]) -> str:
    method, person = stamp.get("method"), str(stamp.get("by") or "")
    if method == Method.CHOSEN:
        return _("chosen by %(person)s") % {"person": person} if person else _("chosen by a person")
    if method == Method.ACCEPTED:
        return _("accepted by %(person)s") % {"person": person} if person else _("accepted by a person")
    if stamp.get("source") == DECLARED:
        return _("entered by %(person)s") % {"person": person} if person else _("entered by hand, or by the person")
    return str(_METHODS.get(str(method), ""))


def _record_words(stamp: Mapping[str, Any]) -> str:
    ref = str(stamp.get("ref") or "")
    return f"SIREN {siren(ref)}" if len(ref) == 9 and ref.isdigit() else ref


def _fresh_words(name: str, at: Any) -> str:
    if fresh_days(name) is None:
        return _("it does not age")
    until = fresh_until(name, at)
    if until is None:
        return ""
    if until < timezone.now():
        return _("%(day)s: it may have changed since") % {"day": day(until, year=True)}
    return str(day(until, year=True))


def _moment(value: Any) -> Any:
    return parse_datetime(value) if isinstance(value, str) else value
