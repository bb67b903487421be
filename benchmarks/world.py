"""A base of any size for benchmarks: contacts, companies, thirteen months of interactions. Made by sets in SQL."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import stamina
from django.db import connections
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
INTERACTIONS_PER_CONTACT = 10
# Organisations beside the measured one, so that indexes are shared as in production.
NEIGHBOURS = 20
NEIGHBOUR_CONTACTS = 200

SEED = (
    """
    INSERT INTO contacts_company (organisation_id, name, name_key, siren, siret, domain, naf_code, naf_nomenclature,
        headcount_band, legal_form, category, address, postcode, city, department, is_closed, partial_diffusion,
        provenance, source, created_at, updated_at)
    SELECT %(o)s, 'Fonderies ' || g, 'fonderies ' || g, lpad(g::text, 9, '0'), '', 'f' || g || '.example',
        (ARRAY['62.01Z', '24.51Z', '70.22Z', '46.90Z'])[1 + g %% 4], 'naf2',
        (ARRAY['11', '12', '21', '22'])[1 + g %% 4], '5710', 'PME', '', (21000 + g %% 999)::text,
        'Ville ' || g %% 500, '21', false, false, '{}', 'bench', now(), now()
    FROM generate_series(1, greatest(%(n)s / 20, 1)) g
    """,
    """
    INSERT INTO contacts_contact (organisation_id, external_id, email, first_name, last_name, phone, job_title,
        company_id, stage, source, language, properties, provenance, qualification_percent, created_at, updated_at)
    SELECT %(o)s, 'x' || g, 'p' || g || '@f' || (g %% greatest(%(n)s / 20, 1)) || '.example',
        (ARRAY['Hélène', 'Karim', 'Élodie', 'Thomas', 'Nadia', 'Yanis', 'Claire'])[1 + g %% 7],
        (ARRAY['Marchetti', 'Belhadj', 'Lanvin', 'Le Guen', 'Benhaddou', 'Berger', 'Nguyen', 'Teixeira'])[1 + g %% 8]
            || ' ' || g,
        '+3361' || lpad(g::text, 7, '0'), (ARRAY['Directrice industrielle', 'Acheteur', 'Gérante', ''])[1 + g %% 4],
        c.id, CASE WHEN g %% 3 = 0 THEN 'prospect' ELSE 'suspect' END, (ARRAY['salon', 'site', 'import'])[1 + g %% 3],
        'fr', '{}', '{}', g %% 100, now() - g * interval '1 second', now()
    FROM generate_series(1, %(n)s) g
    JOIN contacts_company c
      ON c.organisation_id = %(o)s AND c.siren = lpad((1 + g %% greatest(%(n)s / 20, 1))::text, 9, '0')
    """,
    """
    INSERT INTO touchpoints_interaction
        (organisation_id, contact_id, touchpoint_id, kind, verdict, occurred_at, properties)
    SELECT %(o)s, c.id, CASE WHEN g %% 3 = 0 THEN t.id END,
        (ARRAY['page_view', 'page_view', 'page_view', 'email_clicked', 'download', 'webinar', 'form_sent'])
            [1 + (c.id * 5 + g * 13) %% 7],
        CASE WHEN (c.id + g) %% 20 = 0 THEN 'bot' ELSE 'human' END,
        now() - ((c.id * 31 + g * 17) %% 380) * interval '1 day',
        jsonb_build_object(
            'path', (ARRAY['/', '/tarifs', '/cas', '/blog', '/demo', '/produit/alliages', '/produit/controle',
                           '/recrutement', '/produit'])[1 + (c.id * 7 + g * g) %% 9],
            'source', (ARRAY['newsletter', 'linkedin', 'salon', ''])[1 + (c.id / 3 + g) %% 4],
            'seconds', (c.id + g * 37) %% 200)
    FROM contacts_contact c
    CROSS JOIN generate_series(1, %(per)s) g
    LEFT JOIN touchpoints_touchpoint t ON t.organisation_id = %(o)s AND t.code = 'pricing'
    WHERE c.organisation_id = %(o)s
    """,
)


def prepare_databases() -> None:
    """Boot servers for benchmarks (their own data folder unless DATABASE_URL is given) and set the environment."""
    if not os.environ.get("DATABASE_URL"):
        base = Path(os.environ.get("PRM_DATA_DIR") or ROOT / ".prm").absolute()
        os.environ["PRM_DATA_DIR"] = str(base / "bench")


def with_database(url: str, name: str) -> str:
    """Return the URL with another database in it."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@contextmanager
def fresh_database(name: str) -> Iterator[None]:
    """Create and migrate a database, point the environment at it, and drop it afterwards."""
    owner, app = os.environ["DATABASE_URL"], os.environ["DATABASE_APP_URL"]
    with psycopg.connect(owner, autocommit=True) as connection:
        _drop(connection, name)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    os.environ["DATABASE_URL"], os.environ["DATABASE_APP_URL"] = with_database(owner, name), with_database(app, name)
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"]
    subprocess.run(migrate, cwd=ROOT, env={**os.environ, "PRM_DATABASE_ROLE": "owner"}, check=True)
    try:
        yield
    finally:
        connections.close_all()
        os.environ["DATABASE_URL"], os.environ["DATABASE_APP_URL"] = owner, app
        with psycopg.connect(owner, autocommit=True) as connection:
            _drop(connection, name)


@stamina.retry(on=psycopg.errors.InsufficientPrivilege, attempts=20, timeout=120, wait_initial=1, wait_max=10)
def _drop(connection: psycopg.Connection, name: str) -> None:
    """Drop a database; autovacuum, which nobody may end, is waited for."""
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
