-- Purpose: the group of a company as a tree, from its head down.
-- Parameters: organisation_id, company_id, levels (of the tree at most), most (companies).
-- Returns: company_id, parent_id, level, name, people, engaged, hot, customers, tier, total; each before those below it.
-- Relies on: structure_grouplink_company, structure_grouplink_parent.
-- Cost: two index lookups a company of the group.
WITH RECURSIVE up (id, level) AS (
    SELECT %(company_id)s::bigint, 0
    UNION ALL
    SELECT l.parent_id, up.level + 1
    FROM up
    JOIN structure_grouplink l ON l.organisation_id = %(organisation_id)s AND l.company_id = up.id
    WHERE up.level < %(levels)s
),
down (id, parent_id, level, path) AS (
    SELECT head.id, NULL::bigint, 0, ARRAY[head.id] FROM (SELECT id FROM up ORDER BY level DESC LIMIT 1) head
    UNION ALL
    SELECT l.company_id, l.parent_id, down.level + 1, down.path || l.company_id
    FROM down
    JOIN structure_grouplink l ON l.organisation_id = %(organisation_id)s AND l.parent_id = down.id
    WHERE down.level < %(levels)s
)
SELECT d.id, d.parent_id, d.level, o.name, s.people, s.engaged, s.hot, s.customers, s.tier, s.total
FROM down d
JOIN contacts_company o ON o.organisation_id = %(organisation_id)s AND o.id = d.id
JOIN standings_companystanding s ON s.organisation_id = o.organisation_id AND s.company_id = o.id
ORDER BY d.path
LIMIT %(most)s
