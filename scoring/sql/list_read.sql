-- Purpose: the pages, documents and webinars a person came back to, for whoever calls them.
-- Parameters: organisation_id, contact_id, days (looked back), most.
-- Returns: what it is called, kind, times, last time; most often first.
-- Relies on: touchpoints_interaction_contact in the partitions of those days.
-- Cost: the acts of one person in that time.
SELECT r.title, r.kind, count(*)::int AS times, max(r.occurred_at) AS last_at
FROM (
    SELECT i.kind, i.occurred_at,
           left(coalesce(nullif(i.properties ->> 'title', ''), nullif(i.properties ->> 'document', ''),
                         nullif(i.properties ->> 'path', ''), nullif(i.properties ->> 'page', ''),
                         regexp_replace(i.properties ->> 'url', '^[a-z]+://[^/]*|[?#].*$', '', 'g')), 120) AS title
    FROM touchpoints_interaction i
    WHERE i.organisation_id = %(organisation_id)s
      AND i.contact_id = %(contact_id)s
      AND i.kind IN ('page_view', 'download', 'webinar', 'email_clicked')
      AND i.verdict = 'human'
      AND i.occurred_at >= now() - make_interval(days => %(days)s)
) r
WHERE r.title <> ''
GROUP BY r.title, r.kind
ORDER BY times DESC, last_at DESC, r.title
LIMIT %(most)s
