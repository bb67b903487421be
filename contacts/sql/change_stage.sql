-- Purpose: move contacts to a stage and write one ledger row for each that moved.
-- Parameters: organisation_id, contact_ids bigint[], to_stage, allowed text[] (stages they may come from), cause,
--   detail jsonb, by_id (null: nobody).
-- Returns: contact_id, from_stage of those that moved.
-- Relies on: primary key of contacts_contact.
-- Cost: one lookup and one write a contact; locked in the order of their ids, so that two calls cannot deadlock.
WITH chosen AS (
    SELECT c.id, c.stage
    FROM contacts_contact c
    WHERE c.organisation_id = %(organisation_id)s
      AND c.id = ANY (%(contact_ids)s::bigint[])
      AND c.stage = ANY (%(allowed)s::text[])
    ORDER BY c.id
    FOR UPDATE
), moved AS (
    UPDATE contacts_contact c
    SET stage = %(to_stage)s, stage_since = now(), updated_at = now()
    FROM chosen
    WHERE c.organisation_id = %(organisation_id)s AND c.id = chosen.id
    RETURNING c.id, chosen.stage AS from_stage
), written AS (
    INSERT INTO contacts_stagechange (organisation_id, contact_id, from_stage, to_stage, cause, detail, by_id)
    SELECT %(organisation_id)s, m.id, m.from_stage, %(to_stage)s, %(cause)s, %(detail)s, %(by_id)s
    FROM moved m
)
SELECT m.id, m.from_stage FROM moved m ORDER BY m.id
