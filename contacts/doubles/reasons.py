"""Why two contacts are probably one person, in words, and how much each reason weighs."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: dict[str, str | Promise] = {
    "name_company": _("same name, same company"),
    "swapped_company": _("first and last name swapped, same company"),
    "initial_company": _("same last name and initial, same company"),
    "phone": _("same telephone"),
    "email_variant": _("same mailbox (dots or a plus)"),
    "email_domain": _("same address at another domain of the company"),
    "email_typo": _("addresses one letter apart"),
    "visitor": _("same browser"),
}
# Percent. What several reasons say together: 100 minus the product of their doubts.
WEIGHTS: dict[str, int] = {
    "name_company": 85,
    "swapped_company": 75,
    "initial_company": 50,
    "phone": 60,
    "email_variant": 95,
    "email_domain": 70,
    "email_typo": 60,
    "visitor": 55,
}


def words_of(codes: Iterable[str]) -> list[str]:
    """Return reasons in words, the weightiest first."""
    known = sorted((code for code in codes if code in REASONS), key=lambda code: (-WEIGHTS[code], code))
    return [str(REASONS[code]) for code in known]


def score_sql(reasons: str) -> str:
    """Return SQL for the score, 1-99, of an array of reasons."""
    doubt = " * ".join(
        f"CASE WHEN '{code}' = ANY ({reasons}) THEN {(100 - weight) / 100} ELSE 1 END"
        for code, weight in WEIGHTS.items()
    )
    return f"least(99, round(100 * (1 - {doubt})))::smallint"
