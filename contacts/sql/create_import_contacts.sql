-- Purpose: create the contacts of a chunk, in the order of the file, with the first row of their ledger. Their
--   standings come by trigger.
-- Parameters: organisation_id, provenance jsonb (of every value), detail jsonb (of the ledger), by_id (may be null).
-- Parts: {percent} is Weighing.percent_sql of contacts/qualification.py over c (the row) and o (its company).
-- Returns: the ids of the contacts, ascending: in the order of the file.
-- Relies on: primary key of contacts_company.
-- Cost: the inserts themselves: the contact with its ten indexes, its standing with five, one ledger row.
WITH created AS (
    INSERT INTO contacts_contact (
        organisation_id, external_id, email, first_name, last_name, phone, job_title, company_id, stage, source, language,
        properties, custom, provenance, qualification_percent, created_at, updated_at
    )
    SELECT
        %(organisation_id)s, c.external_id, c.email, c.first_name, c.last_name, c.phone, c.job_title, c.company_id,
        'suspect', c.source, c.language, c.properties, c.custom, jsonb_build_object('*', %(provenance)s::jsonb), {percent}, now(), now()
    FROM contacts_import_row c
    LEFT JOIN LATERAL (
        SELECT k.siren, k.naf_code, k.headcount_band, k.domain, k.city, k.custom FROM contacts_company k
        WHERE k.organisation_id = %(organisation_id)s AND k.id = c.company_id
        LIMIT 1
    ) AS o ON true
    WHERE c.action = 'create'
    ORDER BY c.line
    RETURNING id
), ledger AS (
    INSERT INTO contacts_stagechange (organisation_id, contact_id, from_stage, to_stage, cause, detail, by_id)
    SELECT %(organisation_id)s, n.id, '', 'suspect', 'import', %(detail)s::jsonb, %(by_id)s
    FROM created n
)
SELECT coalesce(array_agg(n.id ORDER BY n.id), '{}') FROM created n
