"""Shapes that every part of the API shares."""

from typing import Annotated

from ninja import Schema
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError


def _storable(text: str) -> str:
    if "\x00" in text:
        raise PydanticCustomError("unstorable", "holds a zero character")
    return text


# A text that goes into the database as it is: PostgreSQL stores no zero character.
Text = Annotated[str, AfterValidator(_storable)]


class ErrorOut(Schema):
    """Every error: a code for programs, a message for people, and what is wrong with which field."""

    code: str
    message: str
    fields: dict[str, str]


class PageOut(Schema):
    """What a list answers beside its `items`: where the next page begins, null on the last one."""

    next_cursor: str | None = None
