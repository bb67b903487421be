-- Purpose: work out how these companies stand from their people, and write what changed.
-- Parameters: organisation_id, company_ids, engaged_for (how long an act keeps a person engaged).
-- Relies on: contacts_contact_company, primary keys of contacts_standing and standings_companystanding.
-- Cost: one index lookup a person of these companies, one row written a company that stands differently.
WITH told AS (
    SELECT x.company_id, count(c.id) AS people,
        count(*) FILTER (WHERE s.tier = 2) AS hot,
        count(*) FILTER (WHERE s.tier > 0 OR s.last_act_at > now() - %(engaged_for)s) AS engaged,
        count(*) FILTER (WHERE c.stage = 'customer') AS customers,
        coalesce(max(s.tier), 0) AS tier,
        coalesce((array_agg(s.total ORDER BY s.tier DESC, s.total DESC) FILTER (WHERE s.tier IS NOT NULL))[1], 0) AS total,
        max(s.last_act_at) AS last_act_at,
        min(s.last_act_at) FILTER (WHERE s.tier = 0 AND s.last_act_at > now() - %(engaged_for)s) + %(engaged_for)s
            AS due_at
    FROM unnest(%(company_ids)s::bigint[]) AS x (company_id)
    LEFT JOIN contacts_contact c
        ON c.organisation_id = %(organisation_id)s AND c.company_id = x.company_id
    LEFT JOIN contacts_standing s ON s.organisation_id = c.organisation_id AND s.contact_id = c.id
    GROUP BY x.company_id
)
UPDATE standings_companystanding w
SET people = t.people, hot = t.hot, engaged = t.engaged, customers = t.customers, tier = t.tier, total = t.total,
    last_act_at = t.last_act_at, due_at = t.due_at
FROM told t
WHERE w.organisation_id = %(organisation_id)s AND w.company_id = t.company_id
  AND (w.people, w.hot, w.engaged, w.customers, w.tier, w.total, w.last_act_at, w.due_at)
      IS DISTINCT FROM
      (t.people, t.hot, t.engaged, t.customers, t.tier, t.total, t.last_act_at, t.due_at)
