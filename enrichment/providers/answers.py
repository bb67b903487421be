"""What a source answered, kept for a while for everybody; a question on its way is not asked a second time."""

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

from enrichment import board
from enrichment.providers.outcomes import Reason, Unavailable
from enrichment.providers.records import CompanyRecord

Results = tuple[CompanyRecord, ...]

FOUND_SECONDS = 24 * 3600
# Of searches, and of numbers that are not found.
SEARCH_SECONDS = 3600
# A question somebody else is asking: how long that may last, how often to look, when to come back.
ASKING_SECONDS, LOOK_SECONDS, BUSY_SECONDS = 60.0, 0.05, 2.0
# Raise when what is kept of an answer changes its shape.
CACHE_VERSION = 3


class Answers:
    """The answers of one source. What was asked is anything that JSON can write."""

    def __init__(self, source: str) -> None:
        self._source = source

    def get(self, asked: Any) -> Results | None:
        """Return what is kept, or None."""
        return _read(board.get_json(self._key(asked)))

    def keep(self, asked: Any, results: Results, seconds: float) -> None:
        """Keep an answer for so long; an empty one says that there is none."""
        board.set_json(self._key(asked), [record.to_json() for record in results], seconds)

    def begin(self, asked: Any) -> bool:
        """Say that a question is on its way; False when somebody else has said so. Ends with `end`."""
        return board.add(f"{self._key(asked)}:asking", ASKING_SECONDS)

    def end(self, asked: Any) -> None:
        """Say that the question is no longer on its way."""
        board.forget(f"{self._key(asked)}:asking")

    def get_or_ask(
        self, asked: Any, ask: Callable[[], Results | Unavailable], *, patience: float
    ) -> Results | Unavailable:
        """Return what is kept, else what `ask` brings (and keeps); somebody else's answer is ours as well."""
        key, end = self._key(asked), time.monotonic() + patience
        while (stored := _read(board.get_json(key))) is None and not self.begin(asked):
            if time.monotonic() > end:
                return Unavailable(Reason.BUSY, BUSY_SECONDS, asked=False)
            time.sleep(LOOK_SECONDS)
        if stored is not None:
            return stored
        try:
            # Theirs may have come between the look and the mark.
            stored = _read(board.get_json(key))
            return ask() if stored is None else stored
        finally:
            self.end(asked)

    def _key(self, asked: Any) -> str:
        text = json.dumps([CACHE_VERSION, asked])
        return f"{self._source}:answer:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _read(stored: Any) -> Results | None:
    return None if stored is None else tuple(CompanyRecord.from_json(one) for one in stored)
