-- Purpose: leave of contacts that are erased an empty shell, and write in the ledger that they left the base.
-- Parameters: organisation_id, contact_ids bigint[] (the caller holds their locks), cause, by_id (null: nobody).
-- Returns: row count: ledger rows written.
-- Relies on: primary key of contacts_contact. The constraint rights_erased_is_blank refuses to forget a column.
-- Cost: one write and one ledger row a contact.
WITH emptied AS (
    UPDATE contacts_contact c
    SET stage = '', external_id = NULL, email = NULL, first_name = '', last_name = '', phone = '', job_title = '',
        company_id = NULL, owner_id = NULL, source = '', language = '', properties = '{}', custom = '{}',
        provenance = '{}', qualification_percent = 0, stage_since = now(), updated_at = now()
    WHERE c.organisation_id = %(organisation_id)s AND c.id = ANY (%(contact_ids)s::bigint[]) AND c.stage <> ''
    RETURNING c.id, old.stage AS from_stage
)
INSERT INTO contacts_stagechange (organisation_id, contact_id, from_stage, to_stage, cause, detail, by_id)
SELECT %(organisation_id)s, e.id, e.from_stage, '', %(cause)s, '{}', %(by_id)s
FROM emptied e
