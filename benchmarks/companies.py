"""Companies: their pages when there are as many as contacts, and following what their people do."""

from django.db import connection

from benchmarks.pages import RUNS, measure_addresses, sign_in
from benchmarks.timing import Result, seconds
from contacts.models import Company, Standing
from contacts.standings.keeping import keep_standings
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope

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
    base = f"/o/{organisation.slug}/companies/"
    with organisation_scope(organisation.pk):
        ids = list(Company.objects.order_by("-pk").values_list("pk", flat=True)[:RUNS])
    return measure_addresses(
        sign_in(size),
        size,
        {
            "companies": [base],
            "companies by name": [f"{base}?sort=name"],
            "companies, filtered": [f"{base}?naf=J&engaged=yes&sort=-people"],
            "companies, few match": [f"{base}?naf=85&headcount=21&department=33&customer=yes&tier=hot&sort=name"],
            "companies, searched": [f"{base}?q=etude+12"],
            "companies, three letters": [f"{base}?q=eli"],
            "company, one of them": [f"{base}{pk}/" for pk in ids],
            "company, its timeline": [f"{base}{pk}/timeline/" for pk in ids],
        },
    )
