-- Purpose: when visitors looked at their last pages, to tell who goes through a site faster than anybody reads.
-- Parameters: organisation_id, visitors (uids), since.
-- Columns: visitor_id, when (in order).
-- Relies on: touchpoints_interaction_visitor.
-- Cost: the pages of these visitors since then.
SELECT i.visitor_id, array_agg(i.occurred_at ORDER BY i.occurred_at)
FROM touchpoints_interaction i
WHERE i.organisation_id = %(organisation_id)s
  AND i.visitor_id = ANY (%(visitors)s::uuid[])
  AND i.occurred_at > %(since)s
  AND i.kind = 'page_view'
GROUP BY i.visitor_id
