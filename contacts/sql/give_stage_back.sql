-- Purpose: take a change of stage by a run back, of contacts that have not moved since, and write it into the ledger.
-- Parameters: organisation_id, contact_ids bigint[], from_stage (of the run), to_stage (before it), run_id, by_id (may
--   be null).
-- Returns: contact_id of those that moved back.
-- Relies on: primary key of contacts_contact, contacts_stagechange_contact.
-- Cost: two lookups and two writes a contact; locked in the order of their ids.
WITH chosen AS (
    SELECT c.id
    FROM contacts_contact c
    CROSS JOIN LATERAL (
        SELECT g.detail FROM contacts_stagechange g
        WHERE g.organisation_id = %(organisation_id)s AND g.contact_id = c.id
        ORDER BY g.at DESC, g.id DESC
        LIMIT 1
    ) AS last
    WHERE c.organisation_id = %(organisation_id)s
      AND c.id = ANY (%(contact_ids)s::bigint[])
      AND c.stage = %(from_stage)s
      AND last.detail ->> 'bulk' = (%(run_id)s::bigint)::text
    ORDER BY c.id
    FOR UPDATE OF c
), moved AS (
    UPDATE contacts_contact c
    SET stage = %(to_stage)s, updated_at = now(), stage_since = coalesce((
        SELECT max(g.at) FROM contacts_stagechange g
        WHERE g.organisation_id = %(organisation_id)s AND g.contact_id = c.id AND g.to_stage = %(to_stage)s
    ), now())
    FROM chosen
    WHERE c.organisation_id = %(organisation_id)s AND c.id = chosen.id
    RETURNING c.id
), written AS (
    INSERT INTO contacts_stagechange (organisation_id, contact_id, from_stage, to_stage, cause, detail, by_id)
    SELECT %(organisation_id)s, m.id, %(from_stage)s, %(to_stage)s, 'person',
           jsonb_build_object('undone_bulk', %(run_id)s::bigint), %(by_id)s::bigint
    FROM moved m
)
SELECT m.id FROM moved m ORDER BY m.id
