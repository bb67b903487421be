-- Purpose: give contacts back what an import changed of them, field by field, where it is still what the import wrote.
-- Parameters: organisation_id, change_ids bigint[], erased_addresses text[], erased_ids text[] (of people erased since).
-- Returns: change id, contact id, how many of its fields were changed since and stay.
-- Relies on: primary keys; the caller holds the contacts' locks. An address or id that somebody else has by now stays,
--   and so does one of somebody erased.
-- Cost: two index lookups and one write a change.
WITH judged AS (
    SELECT h.id, h.contact_id, h.before, f.key, starts_with(f.key, 'properties.') AS is_property,
           starts_with(f.key, 'custom.') AS is_own,
           h.before -> f.key AS old,
           CASE
               WHEN starts_with(f.key, 'properties.') THEN c.properties -> substr(f.key, 12) IS NOT DISTINCT FROM f.value
               WHEN starts_with(f.key, 'custom.') THEN c.custom -> substr(f.key, 8) IS NOT DISTINCT FROM f.value
               WHEN f.key = 'company' THEN to_jsonb(c.company_id) IS NOT DISTINCT FROM f.value
               WHEN f.key = 'email' THEN to_jsonb(c.email) IS NOT DISTINCT FROM f.value AND NOT EXISTS (
                   SELECT 1 FROM contacts_contact x WHERE x.organisation_id = %(organisation_id)s
                   AND x.email = h.before ->> 'email' AND x.id <> c.id)
                   AND coalesce(h.before ->> 'email' <> ALL (%(erased_addresses)s::text[]), true)
               WHEN f.key = 'external_id' THEN to_jsonb(c.external_id) IS NOT DISTINCT FROM f.value AND NOT EXISTS (
                   SELECT 1 FROM contacts_contact x WHERE x.organisation_id = %(organisation_id)s
                   AND x.external_id = h.before ->> 'external_id' AND x.id <> c.id)
                   AND coalesce(h.before ->> 'external_id' <> ALL (%(erased_ids)s::text[]), true)
               ELSE jsonb_build_object(
                   'first_name', c.first_name, 'last_name', c.last_name, 'phone', c.phone, 'job_title', c.job_title,
                   'language', c.language, 'source', c.source) -> f.key IS NOT DISTINCT FROM f.value
           END AS is_ours
    FROM contacts_importchange h
    JOIN contacts_contact c ON c.organisation_id = h.organisation_id AND c.id = h.contact_id
    CROSS JOIN LATERAL jsonb_each(h.after) AS f
    WHERE h.organisation_id = %(organisation_id)s AND h.id = ANY (%(change_ids)s::bigint[])
), back AS (
    SELECT j.id, j.contact_id,
           coalesce(jsonb_object_agg(j.key, j.old) FILTER (WHERE j.is_ours AND NOT j.is_property AND NOT j.is_own), '{}')
               AS fields,
           coalesce(jsonb_object_agg(substr(j.key, 12), j.old) FILTER (
               WHERE j.is_ours AND j.is_property AND j.old IS NOT NULL), '{}') AS properties,
           coalesce(array_agg(substr(j.key, 12)) FILTER (WHERE j.is_ours AND j.is_property), '{}') AS dropped,
           coalesce(jsonb_object_agg(substr(j.key, 8), j.old) FILTER (
               WHERE j.is_ours AND j.is_own AND j.old IS NOT NULL), '{}') AS custom,
           coalesce(array_agg(substr(j.key, 8)) FILTER (WHERE j.is_ours AND j.is_own), '{}') AS custom_dropped,
           coalesce(array_agg(j.key) FILTER (WHERE j.is_ours), '{}') AS keys,
           coalesce(jsonb_object_agg(j.key, j.before -> 'provenance' -> j.key) FILTER (
               WHERE j.is_ours AND j.before -> 'provenance' ? j.key), '{}') AS provenance,
           count(*) FILTER (WHERE NOT j.is_ours) AS kept
    FROM judged j
    GROUP BY j.id, j.contact_id
), written AS (
    UPDATE contacts_contact c
    SET external_id = CASE WHEN b.fields ? 'external_id' THEN b.fields ->> 'external_id' ELSE c.external_id END,
        email = CASE WHEN b.fields ? 'email' THEN b.fields ->> 'email' ELSE c.email END,
        first_name = CASE WHEN b.fields ? 'first_name' THEN b.fields ->> 'first_name' ELSE c.first_name END,
        last_name = CASE WHEN b.fields ? 'last_name' THEN b.fields ->> 'last_name' ELSE c.last_name END,
        phone = CASE WHEN b.fields ? 'phone' THEN b.fields ->> 'phone' ELSE c.phone END,
        job_title = CASE WHEN b.fields ? 'job_title' THEN b.fields ->> 'job_title' ELSE c.job_title END,
        language = CASE WHEN b.fields ? 'language' THEN b.fields ->> 'language' ELSE c.language END,
        source = CASE WHEN b.fields ? 'source' THEN b.fields ->> 'source' ELSE c.source END,
        company_id = CASE WHEN b.fields ? 'company' THEN (
            SELECT o.id FROM contacts_company o
            WHERE o.organisation_id = %(organisation_id)s AND o.id = (b.fields ->> 'company')::bigint
        ) ELSE c.company_id END,
        properties = (c.properties - b.dropped) || b.properties,
        custom = (c.custom - b.custom_dropped) || b.custom,
        provenance = (c.provenance - b.keys) || b.provenance,
        updated_at = now()
    FROM back b
    WHERE c.organisation_id = %(organisation_id)s AND c.id = b.contact_id AND b.keys <> '{}'
)
SELECT b.id, b.contact_id, b.kept FROM back b
