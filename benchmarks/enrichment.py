"""Enrichment in bulk: the rate used by four workers and never exceeded; ten thousand matched without a network."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from benchmarks.directory import load_stock
from benchmarks.stock_files import write_stock
from benchmarks.timing import Result
from benchmarks.world import ROOT
from contacts.models import Company, Contact
from contacts.normalising import company_key
from enrichment.bulk import KIND, Selection, Which
from enrichment.models import Lookup
from enrichment.services import request_bulk
from prm.organisations.models import Organisation, User
from prm.organisations.scope import organisation_scope
from prm.organisations.services import create_organisation
from prm.work.models import Job

COMPANIES = 10_000
# The usual rate; the share of it that is used does not change with how long it lasts.
PER_SECOND, WORKERS, ASKED = 5, 4, 600
QUOTA_GOAL, LOCAL_GOAL = 0.95, 60.0
# A request may be a moment longer on its way than the one before it.
ON_THE_WAY = 0.02
_WORK = """
import os, django; django.setup()
from django.db import connection
from prm.organisations.models import Organisation
from prm.work.jobs import run_jobs
counted = []
def count(execute, *statement):
    counted.append(1)
    return execute(*statement)
with connection.execute_wrapper(count):
    run_jobs(Organisation.objects.get(slug=os.environ["BENCH_SLUG"]))
print(len(counted))
"""


def measure_enrichment(organisation: Organisation, size: int, owner_url: str) -> Iterator[Result]:
    """Enrich companies over a register on loopback by four processes, then as many from a directory alone."""
    yield _measure_rate(size)
    yield _measure_local(size)


def _measure_rate(size: int) -> Result:
    organisation, numbers = _make(f"rate-{size}"), [_siren(n) for n in range(ASKED)]
    with organisation_scope(organisation.pk):
        companies = Company.objects.bulk_create(
            Company(organisation=organisation, name=f"Firme {one}", name_key=f"firme {one}", siren=one)
            for one in numbers
        )
        by = User.objects.get(email=f"rate-{size}@bench.example")
        # A job a worker, as a job is one worker's.
        for part in range(WORKERS):
            ids = tuple(one.pk for one in companies[part::WORKERS])
            request_bulk(organisation, selection=Selection(Which.CHOSEN, ids), by=by)
    with _register() as (url, asked):
        workers = [_start(organisation, url) for _ in range(WORKERS)]
        for one in workers:
            one.communicate()
    with organisation_scope(organisation.pk):
        found = Lookup.objects.filter(status="found").count()
        jobs = list(Job.objects.filter(kind=KIND).values_list("status", flat=True))
    took = asked[-1] - asked[0]
    used = (len(asked) - 1) / took / PER_SECOND
    most = max(_most_within(asked, 1.0 - ON_THE_WAY), 0)
    over = most > PER_SECOND
    note = (
        f"{len(asked):,} requests by {WORKERS} processes, at most {most} in a second of {PER_SECOND} allowed;"
        f" {found:,} found, jobs {', '.join(sorted(set(jobs)))}"
    )
    # More than is allowed, or a company lost, is no success at any speed.
    is_right = not over and found == ASKED and len(asked) == ASKED
    return Result("bulk at the rate", ASKED, took, ASKED / PER_SECOND, used if is_right else 0.0, QUOTA_GOAL,
                  at_most=False, note=note)  # fmt: skip


def _measure_local(size: int) -> Result:
    organisation = _make(f"local-{size}")
    with tempfile.TemporaryDirectory() as folder:
        units, establishments, made = write_stock(
            # Some units have no name to be asked by.
            Path(folder),
            max(size, 6 * COMPANIES),
            sample_every=1,
            most=COMPANIES,
        )
        load_stock(units, establishments)
    by = User.objects.get(email=f"local-{size}@bench.example")
    with organisation_scope(organisation.pk):
        companies = Company.objects.bulk_create(
            # Half by number, half by name and place.
            Company(organisation=organisation, name=one.name, name_key=company_key(one.name), postcode=one.postcode,
                    siren=one.siren if n % 2 else None)
            for n, one in enumerate(made)
        )  # fmt: skip
        Contact.objects.bulk_create(
            Contact(organisation=organisation, email=f"p{n}@local.example", company=one)
            for n, one in enumerate(companies)
        )
        request_bulk(organisation, selection=Selection(Which.DUE), by=by)
    began = time.perf_counter()
    statements = int(_start(organisation, "").communicate()[0])
    took = time.perf_counter() - began
    with organisation_scope(organisation.pk):
        found = Lookup.objects.filter(status="found").count()
    note = (
        f"seconds; {found:,} of {len(companies):,} found, {found / took:,.0f} a second by one process, start included;"
        f" {statements / found:.2f} statements each"
    )
    return Result("matched locally", len(companies), took, 1.0, took, LOCAL_GOAL, note=note)


def _make(name: str) -> Organisation:
    admin = User.objects.create_user(f"{name}@bench.example", full_name="Bench")
    return create_organisation(name=name, slug=name, admin=admin)


def _start(organisation: Organisation, url: str) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "BENCH_SLUG": organisation.slug,
        "RECHERCHE_ENTREPRISES_URL": url,
        "RECHERCHE_ENTREPRISES_PER_SECOND": str(PER_SECOND),
    }
    return subprocess.Popen([sys.executable, "-c", _WORK], cwd=ROOT, env=environment, stdout=subprocess.PIPE)


def _siren(number: int) -> str:
    eight = f"{80_000_000 + number}"
    double = sum(sum(divmod(2 * int(digit), 10)) for digit in eight[1::2]) + sum(map(int, eight[0::2]))
    return eight + str(-double % 10)


def _most_within(moments: list[float], seconds: float) -> int:
    most, first = 0, 0
    for place, moment in enumerate(moments):
        while moments[first] <= moment - seconds:
            first += 1
        most = max(most, place - first + 1)
    return most


@contextmanager
def _register() -> Iterator[tuple[str, list[float]]]:
    """Serve a register that knows every number and notes when it was asked."""
    asked: list[float] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(time.monotonic())
            siren = dict(parse_qsl(urlsplit(self.path).query)).get("q", "")
            body = json.dumps({"results": [_company(siren)], "total_results": 1}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Keep the table clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        asked.sort()


def _company(siren: str) -> dict[str, Any]:
    return {
        "siren": siren,
        "nom_complet": f"FIRME {siren}",
        "nom_raison_sociale": f"FIRME {siren}",
        "activite_principale": "62.01Z",
        "tranche_effectif_salarie": "12",
        "nature_juridique": "5710",
        "etat_administratif": "A",
        "statut_diffusion": "O",
        "siege": {"siret": f"{siren}00012", "code_postal": "44000", "libelle_commune": "NANTES", "commune": "44109"},
        "matching_etablissements": [],
    }
