"""Shapes that every part of the API shares."""

from ninja import Schema


class ErrorOut(Schema):
    """Every error: a code for programs, a message for people, and what is wrong with which field."""

    code: str
    message: str
    fields: dict[str, str]


class PageOut(Schema):
    """What a list answers beside its `items`: where the next page begins, null on the last one."""

    next_cursor: str | None = None
