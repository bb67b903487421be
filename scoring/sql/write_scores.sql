-- Purpose: write scores just worked out to the standings of their contacts. Whoever bought, or was given up by sales, has
--   left scoring: their score stays as it was then.
-- Parameters: organisation_id, now (as of when they were worked out), model_number, and only_changed: leave the rows
--   whose score is the same as it is. <fresh> gives contact_id, intent, fit, total, tier.
-- Returns: contact_id, old tier, new tier, intent, fit, total of the rows written.
-- Relies on: primary keys of contacts_standing and contacts_contact.
-- Cost: one update a row written; three indexes follow when the score changed, none when only scored_at did.
--   Rows are locked in the order of their ids, so that two writers wait for each other instead of deadlocking.
--   What was scored as of a later moment stays: a long rescore never undoes a reaction that overtook it.
WITH fresh AS MATERIALIZED ({fresh}),
due AS (
    SELECT s.contact_id
    FROM contacts_standing s
    JOIN fresh f ON f.contact_id = s.contact_id
    JOIN contacts_contact c ON c.organisation_id = s.organisation_id AND c.id = s.contact_id
    WHERE s.organisation_id = %(organisation_id)s
      AND c.stage NOT IN ('customer', 'lost')
      AND (s.scored_at IS NULL OR s.scored_at <= %(now)s)
      AND (NOT %(only_changed)s OR (s.intent, s.fit, s.tier) IS DISTINCT FROM (f.intent, f.fit, f.tier::smallint))
    ORDER BY s.contact_id
    FOR NO KEY UPDATE OF s
)
UPDATE contacts_standing s
SET intent = f.intent, fit = f.fit, total = f.total, tier = f.tier, model_number = %(model_number)s, scored_at = %(now)s
FROM due
JOIN fresh f ON f.contact_id = due.contact_id
WHERE s.organisation_id = %(organisation_id)s
  AND s.contact_id = due.contact_id
  AND (s.scored_at IS NULL OR s.scored_at <= %(now)s)
RETURNING s.contact_id, old.tier, new.tier, new.intent, new.fit, new.total
