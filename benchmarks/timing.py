"""Measuring: medians of repeated runs, and a ratio against a floor of the same run."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg


@dataclass(frozen=True)
class Result:
    """One line of the table. `ratio` is ours over the floor; `at_most` says which side of the goal is good."""

    name: str
    size: int
    seconds: float
    floor_seconds: float
    ratio: float
    goal: float
    at_most: bool = True
    note: str = ""

    @property
    def reached(self) -> bool:
        """Tell whether the goal is reached."""
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal


def median_seconds(run: Callable[[], object], times: int = 3) -> float:
    """Return the median duration of a few runs."""
    return statistics.median(seconds(run) for _ in range(times))


def seconds(run: Callable[[], object]) -> float:
    """Return how long one run took."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


@contextmanager
def owner(url: str) -> Iterator[psycopg.Connection]:
    """Connect as the owner of the tables."""
    with psycopg.connect(url, autocommit=True) as plain:
        yield plain
