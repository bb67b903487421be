"""Recognising is done in the database: as interactions come in, when one is tried, and backwards over the log."""

from django.db import migrations

# What rules ask of an interaction, in lower case; "" where it is not said. An address gives site and page, and its
# query the campaign where no property does. A page keeps no slash at its end, as patterns do not.
FACTS = r"""
CREATE FUNCTION touchpoints_facts(properties jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object(
        'host', regexp_replace(
            coalesce(substring(given.url FROM '^[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?([^/:?#]+)'), given.host),
            '^www\.', ''
        ),
        'path', CASE
            WHEN given.url || given.path = '' THEN ''
            ELSE coalesce(nullif(rtrim(regexp_replace(
                regexp_replace(coalesce(nullif(given.path, ''), given.url), '^[a-z][a-z0-9+.-]*://[^/?#]*', ''),
                '[?#].*$', ''
            ), '/'), ''), '/')
        END,
        'utm_source', coalesce(
            lower(properties ->> 'utm_source'), substring(given.url FROM '[?&]utm_source=([^&#]*)'),
            lower(properties ->> 'source'), ''
        ),
        'utm_medium', coalesce(
            lower(properties ->> 'utm_medium'), substring(given.url FROM '[?&]utm_medium=([^&#]*)'),
            lower(properties ->> 'medium'), ''
        ),
        'utm_campaign', coalesce(
            lower(properties ->> 'utm_campaign'), substring(given.url FROM '[?&]utm_campaign=([^&#]*)'),
            lower(properties ->> 'campaign'), ''
        ),
        'form', lower(coalesce(properties ->> 'form', '')),
        'scenario', lower(coalesce(properties ->> 'scenario', ''))
    )
    FROM (
        SELECT
            lower(left(coalesce(properties ->> 'url', ''), 2000)) AS url,
            lower(left(coalesce(properties ->> 'path', ''), 2000)) AS path,
            lower(coalesce(properties ->> 'host', '')) AS host
    ) AS given
$$;

-- Whether every pattern of a rule is met: "*" stands for anything, what is not said meets none.
CREATE FUNCTION touchpoints_fits(patterns jsonb, facts jsonb, properties jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT NOT EXISTS (
        SELECT FROM (
            SELECT
                asked.value AS pattern,
                CASE WHEN starts_with(asked.key, 'property:') THEN lower(properties ->> substr(asked.key, 10))
                     ELSE facts ->> asked.key END AS said
            FROM jsonb_each_text(patterns) AS asked
        ) AS each_one
        WHERE coalesce(said, '') = '' OR said NOT LIKE
            replace(replace(replace(replace(lower(pattern), '\', '\\'), '%', '\%'), '_', '\_'), '*', '%')
    )
$$;
"""

# The first rule that fits, and its touchpoint; nothing where none does. Archived touchpoints take nothing.
RECOGNISE = """
CREATE FUNCTION touchpoints_recognise(organisation bigint, kind text, properties jsonb)
RETURNS TABLE (rule_id bigint, touchpoint_id bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT r.id, r.touchpoint_id
    FROM recognition_recognitionrule r
    JOIN touchpoints_touchpoint t ON t.organisation_id = r.organisation_id AND t.id = r.touchpoint_id
    WHERE r.organisation_id = organisation
      AND t.archived_at IS NULL
      AND (r.kinds = '{}' OR kind = ANY (r.kinds))
      AND touchpoints_fits(r.patterns, touchpoints_facts(properties), properties)
    ORDER BY r.position, r.id
    LIMIT 1
$$;
"""

BACKWARD = """
DROP FUNCTION touchpoints_recognise(bigint, text, jsonb);
DROP FUNCTION touchpoints_fits(jsonb, jsonb, jsonb);
DROP FUNCTION touchpoints_facts(jsonb);
"""


class Migration(migrations.Migration):
    dependencies = [("recognition", "0001_initial")]
    operations = [migrations.RunSQL(FACTS + RECOGNISE, BACKWARD)]
