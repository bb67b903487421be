"""Finding people by any part of what they are called, and lists by name in everyday order.

Row level security keeps operators such as LIKE from using an index below a policy, so the search is a narrow
function of the owner with the organisation in its own WHERE (docs/decisions/0003-tenants.md).
"""

import django.contrib.postgres.indexes
import django.db.models.expressions
from django.db import migrations, models

# Both are trusted extensions: the owner of the database may create them.
EXTENSIONS = """
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA public;
"""

# Lower case without accents. The dictionary is named, so that the result can be promised never to change.
# A search text begins with a space: '% mar%' then finds the beginnings of words, and by the same index.
FUNCTIONS = """
CREATE FUNCTION contacts_fold(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(public.unaccent('public.unaccent'::regdictionary, normalize(value, NFC)));

CREATE FUNCTION contacts_sort_name(last_name text, first_name text, email text, external_id text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN contacts_fold(coalesce(nullif(btrim(last_name || ' ' || first_name), ''), email, external_id, ''));

CREATE FUNCTION contacts_search_text(first_name text, last_name text, email text, external_id text, phone text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN contacts_fold(' ' || first_name || ' ' || last_name || ' ' || coalesce(email, '') || ' '
    || coalesce(external_id, '') || ' ' || phone);

CREATE FUNCTION contacts_company_search_text(name text, siren text, siret text, domain text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN contacts_fold(' ' || name || ' ' || coalesce(siren, '') || ' ' || siret || ' ' || domain);
"""
DROP_FUNCTIONS = """
DROP FUNCTION contacts_company_search_text(text, text, text, text);
DROP FUNCTION contacts_search_text(text, text, text, text, text);
DROP FUNCTION contacts_sort_name(text, text, text, text);
DROP FUNCTION contacts_fold(text);
"""

# Every word must be found in the contact or in its company; a word of one or two letters begins a word.
# The longest word leads: its matches are found by the trigrams of one of the two tables, the others filter.
SEARCH = """
CREATE FUNCTION contacts_search(organisation bigint, words text[], most integer) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    patterns text[];
    lead text;
    others text;
BEGIN
    IF organisation IS DISTINCT FROM nullif(current_setting('rls.current_tenant', true), '')::bigint THEN
        RETURN;
    END IF;
    SELECT array_agg(CASE WHEN length(word) < 3 THEN '% ' ELSE '%' END
                     || replace(replace(replace(word, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%'
                     ORDER BY length(word) DESC, word)
    INTO patterns FROM unnest(words) AS given, contacts_fold(given) AS word WHERE word <> '';
    IF patterns IS NULL THEN
        RETURN;
    END IF;
    lead := patterns[1];
    SELECT coalesce(string_agg(format(' AND (c.search_text LIKE %1$L OR o.search_text LIKE %1$L)', pattern), ''), '')
    INTO others FROM unnest(patterns[2:]) AS pattern;
    RETURN QUERY EXECUTE format(
        'SELECT DISTINCT found.id FROM ('
        ' (SELECT c.id FROM contacts_contact c LEFT JOIN contacts_company o ON o.id = c.company_id'
        '  WHERE c.organisation_id = %1$s AND c.search_text LIKE %2$L%3$s LIMIT %4$s)'
        ' UNION ALL'
        ' (SELECT c.id FROM contacts_company o JOIN contacts_contact c'
        '   ON c.organisation_id = o.organisation_id AND c.company_id = o.id'
        '  WHERE o.organisation_id = %1$s AND o.search_text LIKE %2$L%3$s LIMIT %4$s)'
        ') AS found LIMIT %4$s',
        organisation, lead, others, most
    );
END $$;
REVOKE EXECUTE ON FUNCTION contacts_search(bigint, text[], integer) FROM PUBLIC;

CREATE FUNCTION contacts_search_companies(organisation bigint, words text[], most integer) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    conditions text;
BEGIN
    IF organisation IS DISTINCT FROM nullif(current_setting('rls.current_tenant', true), '')::bigint THEN
        RETURN;
    END IF;
    SELECT string_agg(format('search_text LIKE %L', CASE WHEN length(word) < 3 THEN '% ' ELSE '%' END
           || replace(replace(replace(word, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%'), ' AND ')
    INTO conditions FROM unnest(words) AS given, contacts_fold(given) AS word WHERE word <> '';
    IF conditions IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT id FROM contacts_company WHERE organisation_id = %s AND %s LIMIT %s', organisation, conditions, most
    );
END $$;
REVOKE EXECUTE ON FUNCTION contacts_search_companies(bigint, text[], integer) FROM PUBLIC;
"""
DROP_SEARCH = """
DROP FUNCTION contacts_search_companies(bigint, text[], integer);
DROP FUNCTION contacts_search(bigint, text[], integer);
"""


def generated(function, *columns):
    return models.GeneratedField(
        db_persist=True,
        expression=django.db.models.expressions.Func(
            *(django.db.models.expressions.F(column) for column in columns), function=function
        ),
        output_field=models.TextField(),
    )


class Migration(migrations.Migration):
    dependencies = [("contacts", "0002_standing")]
    operations = [
        migrations.RunSQL(EXTENSIONS, migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RemoveIndex(model_name="contact", name="contacts_contact_name"),
        migrations.AddField(
            model_name="company",
            name="search_text",
            field=generated("contacts_company_search_text", "name", "siren", "siret", "domain"),
        ),
        migrations.AddField(
            model_name="contact",
            name="sort_name",
            field=generated("contacts_sort_name", "last_name", "first_name", "email", "external_id"),
        ),
        migrations.AddField(
            model_name="contact",
            name="search_text",
            field=generated("contacts_search_text", "first_name", "last_name", "email", "external_id", "phone"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["organisation", "sort_name", "id"], name="contacts_contact_sort"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                fields=["organisation", "qualification_percent", "id"], name="contacts_contact_qualified"
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["organisation", "source"], name="contacts_contact_source"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["search_text"], name="contacts_contact_search", opclasses=["gin_trgm_ops"]
            ),
        ),
        migrations.AddIndex(
            model_name="company",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["search_text"], name="contacts_company_search", opclasses=["gin_trgm_ops"]
            ),
        ),
        migrations.RunSQL(SEARCH, DROP_SEARCH),
    ]
