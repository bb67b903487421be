"""How a field can be compared, by its type."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prm.conditions.fields import Field, FieldType


class Operator(StrEnum):
    """The codes stored in a condition."""

    IS = "is"
    IS_NOT = "is_not"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    IN = "in"
    ANY_OF = "any_of"
    ALL_OF = "all_of"
    NONE_OF = "none_of"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    BETWEEN = "between"
    IS_SET = "is_set"
    IS_NOT_SET = "is_not_set"
    WITHIN = "within"
    BEYOND = "beyond"
    DID = "did"
    DID_NOT = "did_not"


_EQUALITY = (Operator.IS, Operator.IS_NOT)
_TEXT = (Operator.CONTAINS, Operator.STARTS_WITH)
_ORDER = (Operator.GT, Operator.GTE, Operator.LT, Operator.LTE, Operator.BETWEEN)
_PRESENCE = (Operator.IS_SET, Operator.IS_NOT_SET)

BY_TYPE: dict[FieldType, tuple[Operator, ...]] = {
    FieldType.TEXT: (*_EQUALITY, *_TEXT, Operator.IN, *_PRESENCE),
    FieldType.NUMBER: (*_EQUALITY, *_ORDER, *_PRESENCE),
    FieldType.DATE: (Operator.IS, *_ORDER, *_PRESENCE),
    FieldType.CHOICE: (*_EQUALITY, Operator.IN, *_PRESENCE),
    FieldType.CHOICES: (*_EQUALITY, Operator.IN, *_PRESENCE),
    FieldType.CODES: (Operator.ANY_OF, Operator.ALL_OF, Operator.NONE_OF, *_PRESENCE),
    FieldType.BOOLEAN: (Operator.IS, *_PRESENCE),
    FieldType.PROPERTY: (*_EQUALITY, *_TEXT, Operator.IN, *_ORDER, *_PRESENCE),
    FieldType.MOMENT: (Operator.WITHIN, Operator.BEYOND, Operator.IS, *_ORDER, *_PRESENCE),
    FieldType.ACTS: (Operator.DID, Operator.DID_NOT),
}

# Those that take no value at all.
WITHOUT_VALUE = frozenset(_PRESENCE)
# Those that take a list of values.
WITH_LIST = frozenset({Operator.IN, Operator.ANY_OF, Operator.ALL_OF, Operator.NONE_OF})
# Those that take a number of days, counted back from now: their answer changes by time alone.
IN_DAYS = frozenset({Operator.WITHIN, Operator.BEYOND})

WORDS: dict[Operator, str | Promise] = {
    Operator.IS: _("is"),
    Operator.IS_NOT: _("is not"),
    Operator.CONTAINS: _("contains"),
    Operator.STARTS_WITH: _("starts with"),
    Operator.IN: _("is one of"),
    Operator.ANY_OF: _("includes"),
    Operator.ALL_OF: _("includes all of"),
    Operator.NONE_OF: _("does not include"),
    Operator.GT: _("is more than"),
    Operator.GTE: _("is at least"),
    Operator.LT: _("is less than"),
    Operator.LTE: _("is at most"),
    Operator.BETWEEN: _("is between"),
    Operator.IS_SET: _("is known"),
    Operator.IS_NOT_SET: _("is not known"),
    Operator.WITHIN: _("was at most … days ago"),
    Operator.BEYOND: _("was more than … days ago"),
    Operator.DID: _("did"),
    Operator.DID_NOT: _("did not"),
}
DATE_WORDS: dict[Operator, str | Promise] = {
    Operator.GT: _("is after"),
    Operator.GTE: _("is on or after"),
    Operator.LT: _("is before"),
    Operator.LTE: _("is on or before"),
}


def of(field: Field) -> tuple[Operator, ...]:
    """Return how a field can be compared."""
    allowed = BY_TYPE[field.type]
    return tuple(one for one in allowed if one not in WITHOUT_VALUE) if field.is_exhaustive else allowed


def words(operator: Operator, field_type: FieldType) -> str:
    """Return how people say an operator of a type of field."""
    if field_type in {FieldType.DATE, FieldType.MOMENT} and operator in DATE_WORDS:
        return str(DATE_WORDS[operator])
    return str(WORDS[operator])
