"""The local directory: load rate against bare COPY of the same columns, and lookups by number and by name."""

import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg

from benchmarks.stock_files import Made, write_stock
from benchmarks.timing import Result
from benchmarks.world import ROOT
from enrichment.models import DirectoryLoad
from enrichment.providers.local_directory import LocalDirectory
from enrichment.providers.outcomes import Question
from prm.organisations.models import Organisation

TABLES = ("company", "establishment")
QUESTIONS = 400
LOAD_GOAL = 0.3
# Milliseconds.
NUMBER_GOAL, NAME_GOAL = 2.0, 50.0


def measure_directory(organisation: Organisation, size: int, owner_url: str) -> list[Result]:
    """Load so many units with their establishments, then ask for them."""
    with tempfile.TemporaryDirectory() as folder:
        units, establishments, made = write_stock(Path(folder), size)
        load_stock(units, establishments)
        took = DirectoryLoad.objects.get().seconds
        floor, rows = _copy_floor(Path(folder), owner_url)
    ratio = floor / took
    note = f"{rows / took:,.0f} rows/s; {rows:,} rows of {size:,} units, joins and indexes included"
    results = [Result("directory load", size, took, floor, ratio, LOAD_GOAL, at_most=False, note=note)]
    chosen = random.Random(5)
    asked = chosen.sample(made, min(QUESTIONS, len(made)))
    for name, goal, ask in (
        ("directory by siren", NUMBER_GOAL, lambda one: Question(siren=one.siren)),
        ("directory by name", NAME_GOAL, lambda one: Question(name=one.name.title(), postcode=one.postcode)),
        ("directory by name alone", NAME_GOAL, lambda one: Question(name=one.name)),
        ("directory by spoilt name", NAME_GOAL, lambda one: Question(name=_spoilt(one.name), postcode=one.postcode)),
        ("directory by unknown name", NAME_GOAL, lambda one: Question(name=f"Xyloph {one.name.split()[0]}")),
    ):
        results.append(_lookups(name, size, goal, asked, ask))
    return results


def load_stock(units: Path, establishments: Path) -> None:
    """Load both files as an operator does, in place of what is loaded."""
    command = [sys.executable, "manage.py", "load_sirene", str(units), str(establishments), "--owner"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def _copy_floor(folder: Path, owner_url: str) -> tuple[float, int]:
    """Return how long COPY of the very rows and the building of the same indexes take, and how many rows."""
    took, rows = 0.0, 0
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("SET maintenance_work_mem = '512MB'")
        owner.execute("DROP SCHEMA IF EXISTS directory_floor CASCADE; CREATE SCHEMA directory_floor")
        for table in TABLES:
            with owner.cursor() as cursor, cursor.copy(f"COPY directory.{table} TO STDOUT") as out:
                parts = [bytes(part) for part in out]
            owner.execute(f"CREATE TABLE directory_floor.{table} (LIKE directory.{table})")
            found = owner.execute(
                "SELECT indexdef FROM pg_indexes WHERE schemaname = 'directory' AND tablename = %s", [table]
            ).fetchall()
            began = time.perf_counter()
            with owner.cursor() as cursor:
                with cursor.copy(f"COPY directory_floor.{table} FROM STDIN") as copy:
                    for part in parts:
                        copy.write(part)
                rows += cursor.rowcount
            for (definition,) in found:
                owner.execute(definition.replace(" ON directory.", " ON directory_floor."))
            took += time.perf_counter() - began
        owner.execute("DROP SCHEMA directory_floor CASCADE")
    return took, rows


def _lookups(name: str, size: int, goal: float, asked: Sequence[Made], ask: Callable[[Made], Question]) -> Result:
    source = LocalDirectory()
    times, kinds = [], dict[str, int]()
    for one in asked:
        question = ask(one)
        began = time.perf_counter()
        outcome = source.ask(question)
        times.append(1000 * (time.perf_counter() - began))
        kinds[type(outcome).__name__] = kinds.get(type(outcome).__name__, 0) + 1
    p95 = statistics.quantiles(times, n=20)[-1]
    told = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    note = f"p95 in ms, goal in ms; median {statistics.median(times):.2f} ms; {told}"
    return Result(name, size, sum(times) / 1000, 0.0, p95, goal, note=note)


def _spoilt(name: str) -> str:
    """Return a name with a letter missing and another doubled."""
    first, *rest = name.split()
    return " ".join([first[:4] + first[5:], *rest[:-1], rest[-1] + rest[-1][-1]]) if rest else first
