"""Shapes that every part of the API shares."""

from typing import Annotated

from ninja import Schema
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from prm.work.texts import is_storable


def _storable(text: str) -> str:
    if not is_storable(text):
        raise PydanticCustomError("unstorable", "holds a zero character, or half of one")
    return text


# A text that goes into the database as it is: PostgreSQL stores no zero character, and no half of a pair, which JSON
# can write.
Text = Annotated[str, AfterValidator(_storable)]


class ErrorOut(Schema):
    """Every error: a code for programs, a message for people, and what is wrong with which field."""

    code: str
    message: str
    fields: dict[str, str]


class PageOut(Schema):
    """What a list answers beside its `items`: where the next page begins, null on the last one."""

    next_cursor: str | None = None
