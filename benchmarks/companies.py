"""Companies: their pages when there are as many as contacts, and following what their people do."""

import statistics
import time

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.timing import Result, seconds
from contacts.models import Company, Standing
from contacts.standings.keeping import keep_standings
from prm.organisations.models import Organisation, User
from prm.organisations.scope import organisation_scope

PAGE_RUNS = 15
CHANGED = 1000
SEED = (
    """
    INSERT INTO contacts_company (organisation_id, name, name_key, siren, siret, domain, naf_code, naf_nomenclature,
        headcount_band, legal_form, category, address, postcode, city, department, is_closed, partial_diffusion,
        provenance, source, created_at, updated_at)
    SELECT %(o)s, (ARRAY['Ateliers', 'Fonderie', 'Logiciels', 'Étude', 'Conseil'])[1 + g %% 5] || ' ' || g,
        'ateliers ' || g, lpad((900000000 + g)::text, 9, '0'), '', 'c' || g || '.example',
        (ARRAY['62.01Z', '24.51Z', '70.22Z', '46.90Z', '85.59A', '43.21A', '56.10A'])[1 + g %% 7], 'naf2',
        (ARRAY['NN', '01', '03', '11', '12', '21', '22'])[1 + g * 3 %% 7], '5710', 'PME', '', (1000 + g %% 9999)::text,
        'Ville ' || g %% 500, lpad((1 + g %% 95)::text, 2, '0'), false, false, '{}', 'bench', now(), now()
    FROM generate_series(1, %(n)s) g
    """,
    """
    INSERT INTO contacts_contact (organisation_id, email, first_name, last_name, phone, job_title, company_id, stage,
        source, language, properties, provenance, qualification_percent, created_at, updated_at)
    SELECT %(o)s, 'q' || k || '-' || c.id || '@c.example', 'Claire', 'Berger ' || c.id, '', 'Gérante', c.id,
        CASE WHEN c.id %% 50 = 0 THEN 'customer' WHEN c.id %% 3 = 0 THEN 'prospect' ELSE 'suspect' END, 'bench', 'fr',
        '{}', '{}', 50, now(), now()
    FROM contacts_company c CROSS JOIN generate_series(1, 2) k
    WHERE c.organisation_id = %(o)s AND c.siren > '900000000'
    """,
    """
    UPDATE contacts_standing SET tier = CASE contact_id %% 40 WHEN 0 THEN 2 WHEN 1 THEN 1 ELSE 0 END,
        total = (contact_id * 31) %% 60, last_act_at = now() - (contact_id * 13 %% 700) * interval '1 day'
    WHERE organisation_id = %(o)s AND contact_id %% 4 < 2
    """,
)


def measure_companies(organisation: Organisation, size: int, owner_url: str) -> list[Result]:
    """Add as many companies as there are contacts; work all standings out, then a thousand again; open the pages."""
    with organisation_scope(organisation.pk), connection.cursor() as cursor:
        for statement in SEED:
            cursor.execute(statement, {"o": organisation.pk, "n": size})
        looked_at = Company.objects.count()
        everybody = seconds(lambda: keep_standings(organisation))
        changed = list(Standing.objects.order_by("-pk").values_list("pk", flat=True)[:CHANGED])
        Standing.objects.filter(pk__in=changed).update(tier=2, total=59)
        again = seconds(lambda: keep_standings(organisation))
    note = f"{looked_at:,} companies at first {everybody:.1f} s; floor: a second"
    return [
        Result("companies, 1,000 changed", size, again, 1.0, again, 1.0, note=note),
        *_measure_pages(organisation, size, owner_url),
    ]


def _measure_pages(organisation: Organisation, size: int, owner_url: str) -> list[Result]:
    from benchmarks.running import settle  # noqa: PLC0415  (which lists the measures)

    settle()
    client = Client()
    client.force_login(User.objects.get(email=f"admin-{size}@bench.example"))
    base = f"/o/{organisation.slug}/companies/"
    with organisation_scope(organisation.pk):
        ids = list(Company.objects.order_by("-pk").values_list("pk", flat=True)[:PAGE_RUNS])
    pages = {
        "companies": [base],
        "companies by name": [f"{base}?sort=name"],
        "companies, filtered": [f"{base}?naf=J&engaged=yes&sort=-people"],
        "companies, few match": [f"{base}?naf=85&headcount=21&department=33&customer=yes&tier=hot&sort=name"],
        "companies, searched": [f"{base}?q=etude+12"],
        "companies, three letters": [f"{base}?q=eli"],
        "company, of 100,000": [f"{base}{pk}/" for pk in ids],
        "company, its timeline": [f"{base}{pk}/timeline/" for pk in ids],
    }
    results = []
    for name, addresses in pages.items():
        times = []
        for run in range(PAGE_RUNS):
            start = time.perf_counter()
            answer = client.get(addresses[run % len(addresses)])
            times.append(time.perf_counter() - start)
            assert answer.status_code == 200, (addresses, answer.status_code)
        with CaptureQueriesContext(connection) as captured:
            client.get(addresses[0])
            queries = len([one for one in captured.captured_queries if "set_config" not in one["sql"]])
        p95 = sorted(times)[int(len(times) * 0.95)]
        note = f"median {statistics.median(times) * 1000:.0f} ms, {queries} queries (goal: p95 < 200 ms, 12 queries)"
        results.append(Result(f"page: {name}", size, p95, 1.0, p95, 0.2, note=note))
    return results
