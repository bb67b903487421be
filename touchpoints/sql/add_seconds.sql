-- Purpose: note with page views how long their pages were looked at, beyond what is noted already.
-- Parameters: organisation_id, visitors (uids), views (the pages' numbers), seconds, since (no page is older), most.
-- Columns: ids of the page views.
-- Relies on: touchpoints_interaction_visitor, in the partitions since `since`.
-- Cost: one look-up a page that was left.
UPDATE touchpoints_interaction i
SET properties = i.properties || jsonb_build_object(
    'seconds', least(coalesce((i.properties ->> 'seconds')::bigint, 0) + g.seconds, %(most)s)
)
FROM unnest(%(visitors)s::uuid[], %(views)s::text[], %(seconds)s::bigint[]) AS g (visitor_id, view, seconds)
WHERE i.organisation_id = %(organisation_id)s
  AND i.visitor_id = g.visitor_id
  AND i.occurred_at > %(since)s
  AND i.kind = 'page_view'
  AND i.properties ->> 'view' = g.view
RETURNING i.id
