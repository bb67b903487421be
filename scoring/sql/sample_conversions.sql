-- Purpose: whom weights are learned from: people who reached a goal, each as of the moment of it, and a fair sample of
--   those who did not, each as of the moment at which one of the others did, drawn among those after they came in.
-- Parameters: organisation_id, goals text[] (the stages that count as reached), undecided text[] (stages of people of
--   whom nobody knows yet), active (only people who ever did something themselves), size (most of each kind).
-- Returns: contact_id, whether converted, moment, since when with sales (null: not before), how many there are of its
--   kind. Not whoever came into the base converted: nothing is known of before.
-- Relies on: contacts_stagechange_to, primary keys of contacts_contact and contacts_standing.
-- Cost: one pass over the contacts: about 1 s for a million.
WITH reached AS MATERIALIZED (
    SELECT g.contact_id, min(g.at) AS at, bool_or(g.from_stage = '') AS came_so
    FROM contacts_stagechange g
    WHERE g.organisation_id = %(organisation_id)s AND g.to_stage = ANY (%(goals)s::text[])
    GROUP BY g.contact_id
), moments AS MATERIALIZED (
    SELECT array_agg(r.at ORDER BY r.at) AS at, count(*) AS number FROM reached r WHERE NOT r.came_so
), known AS (
    SELECT c.id, c.stage, c.created_at
    FROM contacts_contact c
    JOIN contacts_standing s ON s.organisation_id = c.organisation_id AND s.contact_id = c.id
    WHERE c.organisation_id = %(organisation_id)s
      AND c.stage <> ''
      AND (NOT %(active)s OR s.last_act_at IS NOT NULL)
)
(
    SELECT k.id, true, r.at,
           (SELECT min(g.at) FROM contacts_stagechange g
            WHERE g.organisation_id = %(organisation_id)s AND g.contact_id = k.id
              AND g.to_stage IN ('mql', 'accepted') AND g.at < r.at),
           count(*) OVER ()
    FROM known k
    JOIN reached r ON r.contact_id = k.id AND NOT r.came_so
    ORDER BY hashint8extended(k.id, 0), k.id
    LIMIT %(size)s
)
UNION ALL
(
    SELECT k.id, false,
           m.at[k.before + 1 + (hashint8extended(k.id, 1) & 9223372036854775807) %% (m.number - k.before)],
           NULL,
           count(*) OVER ()
    FROM moments m
    CROSS JOIN LATERAL (
        SELECT k.id, width_bucket(k.created_at, m.at) AS before
        FROM known k
        WHERE NOT k.stage = ANY (%(goals)s::text[] || %(undecided)s::text[])
          AND NOT EXISTS (SELECT 1 FROM reached r WHERE r.contact_id = k.id)
        OFFSET 0
    ) k
    WHERE m.number > 0 AND k.before < m.number
    ORDER BY hashint8extended(k.id, 0), k.id
    LIMIT %(size)s
)
