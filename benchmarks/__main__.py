"""`make bench`: measures on this machine, prints ratios, appends to benchmarks/results.jsonl.

python -m benchmarks [--sizes 10000 100000] [--only import rescore ...]
"""

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.world import (
    INTERACTIONS_PER_CONTACT,
    NEIGHBOUR_CONTACTS,
    NEIGHBOURS,
    SEED,
    fresh_database,
    prepare_databases,
)

RESULTS = Path(__file__).parent / "results.jsonl"


def main() -> int:
    """Run what was asked for; return 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--only", nargs="+", default=[])
    options = parser.parse_args()
    prepare_databases()
    from prm.embedded.environment import prepare_environment  # noqa: PLC0415  (decides where the servers are)

    os.environ.setdefault("ALLOWED_HOSTS", "testserver")
    os.environ["LOG_LEVEL"] = "ERROR"
    prepare_environment()
    with fresh_database("prm_bench"):
        return _run(options.sizes, options.only)


def _run(sizes: list[int], only: list[str]) -> int:
    import django  # noqa: PLC0415  (its settings name the fresh database)

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from benchmarks import running  # noqa: PLC0415  (needs loaded models)

    # Pages name their files by what these hold.
    call_command("collectstatic", interactive=False, verbosity=0)

    missed = 0
    print(f"{'what':28} {'contacts':>9} {'seconds':>9} {'floor':>9} {'ratio':>8}  goal", flush=True)
    for size in sizes:
        # The directory belongs to no organisation: no contact stands in its way.
        contacts = 10 if only and set(only) <= {"directory", "enrichment"} else size
        organisation = running.make_organisation(
            contacts, seed=SEED, per_contact=INTERACTIONS_PER_CONTACT, slug=f"bench-{size}"
        )
        if contacts == size:
            running.make_neighbours(NEIGHBOURS, NEIGHBOUR_CONTACTS, seed=SEED)
        running.settle()
        for result in running.measure(organisation, size, only):
            sign = "<=" if result.at_most else ">="
            mark = "" if result.reached else "  MISSED"
            print(
                f"{result.name:28} {result.size:9,} {result.seconds:9.3f} {result.floor_seconds:9.3f}"
                f" {result.ratio:8.2f}  {sign} {result.goal:g}{mark}  {result.note}",
                flush=True,
            )
            missed += not result.reached
            _append(result.__dict__)
    return 1 if missed else 0


def _append(result: dict[str, object]) -> None:
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "machine": platform.machine()}
    line = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **machine, **result}
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
