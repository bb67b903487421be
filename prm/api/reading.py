"""How the body of a request is read."""

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser


class ObjectParser(Parser):
    """Reads a JSON object and nothing else: a list would be taken for an object in which every field is missing."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Return the object; raises ValueError."""
        body = json.loads(request.body, parse_constant=_refuse)
        if not isinstance(body, dict):
            raise TypeError("the body is no object")
        return body


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")
