-- Purpose: who came to sales and has no row to be compared by, or one that says something else than the base does now.
-- Parameters: organisation_id, after_id, most, old (rows kept before it are written anew).
-- Returns: contact_id, came_at, accepted_at, customer_at, in the order of ids.
-- Relies on: contacts_stagechange_to, primary keys, twins_twinrow_contact.
-- Cost: one pass over those who came to sales: about 0.1 s for 20,000.
SELECT g.contact_id, g.came_at, g.accepted_at, g.customer_at
FROM (
    SELECT s.contact_id, min(s.at) AS came_at, min(s.at) FILTER (WHERE s.to_stage = 'accepted') AS accepted_at,
           min(s.at) FILTER (WHERE s.to_stage = 'customer') AS customer_at
    FROM contacts_stagechange s
    WHERE s.organisation_id = %(organisation_id)s AND s.to_stage IN ('mql', 'accepted', 'customer')
    GROUP BY s.contact_id
) g
JOIN contacts_contact c ON c.organisation_id = %(organisation_id)s AND c.id = g.contact_id AND c.stage <> ''
LEFT JOIN contacts_company co ON co.organisation_id = c.organisation_id AND co.id = c.company_id
LEFT JOIN twins_twinrow r ON r.organisation_id = %(organisation_id)s AND r.contact_id = g.contact_id
WHERE g.contact_id > %(after_id)s
  AND (r.id IS NULL OR r.kept_at < %(old)s OR c.updated_at > r.kept_at OR co.updated_at > r.kept_at OR r.stage <> c.stage
       OR (r.came_at, r.accepted_at, r.customer_at) IS DISTINCT FROM (g.came_at, g.accepted_at, g.customer_at))
ORDER BY g.contact_id
LIMIT %(most)s
