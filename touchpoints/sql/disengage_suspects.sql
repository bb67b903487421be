-- Purpose: prospects whom only an act that counts for nothing now made prospects are suspects again; one ledger row each.
-- Parameters: organisation_id, contact_ids, gone_ids (interactions that count for nothing now).
-- Relies on: the ledger's index by contact, touchpoints_interaction_contact.
-- Cost: the acts of those whose last change of stage such an act caused.
WITH caused AS (
    SELECT c.id
    FROM contacts_contact c
    CROSS JOIN LATERAL (
        SELECT g.to_stage, g.cause, g.detail
        FROM contacts_stagechange g
        WHERE g.organisation_id = %(organisation_id)s AND g.contact_id = c.id
        ORDER BY g.at DESC, g.id DESC
        LIMIT 1
    ) g
    WHERE c.organisation_id = %(organisation_id)s
      AND c.id = ANY (%(contact_ids)s::bigint[])
      AND c.stage = 'prospect'
      AND g.to_stage = 'prospect'
      AND g.cause = 'interaction'
      AND (g.detail ->> 'interaction')::bigint = ANY (%(gone_ids)s::bigint[])
      AND NOT EXISTS (
          SELECT 1
          FROM touchpoints_interaction i
          JOIN touchpoints_interactionkind k
            ON k.organisation_id = i.organisation_id AND k.code = i.kind AND k.engages
          WHERE i.organisation_id = %(organisation_id)s AND i.contact_id = c.id AND i.verdict = 'human'
      )
), moved AS (
    UPDATE contacts_contact c
    SET stage = 'suspect', stage_since = now(), updated_at = now()
    FROM caused
    WHERE c.organisation_id = %(organisation_id)s AND c.id = caused.id
    RETURNING c.id
)
INSERT INTO contacts_stagechange (organisation_id, contact_id, from_stage, to_stage, cause, detail)
SELECT %(organisation_id)s, m.id, 'prospect', 'suspect', 'rule', jsonb_build_object('verdict', 'corrected')
FROM moved m
