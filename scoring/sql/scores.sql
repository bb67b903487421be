-- Purpose: intent, fit, total and tier of contacts. Stands inside other statements as <scores>.
-- Parameters: those of contributions.sql, and warm_from, hot_from. <scored> narrows s.contact_id; <profiles> joins
--   c and co where profile rules need them, <fit> is their sum; <contributions> is contributions.sql.
-- Returns: contact_id, intent, fit, total (one decimal), tier (0 cold, 1 warm, 2 hot), was_intent, was_fit, was_tier.
-- Relies on: primary key of contacts_standing for few contacts.
-- Cost: that of contributions.sql; profile rules are evaluated once a contact. Rounded in two steps, so that the
--   order of a sum cannot show.
SELECT r.contact_id, r.intent, r.fit, round((r.intent + r.fit) * 10) / 10 AS total,
       CASE WHEN r.intent >= %(hot_from)s::float8 THEN 2 WHEN r.intent >= %(warm_from)s::float8 THEN 1 ELSE 0 END AS tier,
       r.was_intent, r.was_fit, r.was_tier
FROM (
    SELECT s.contact_id,
           round(round(coalesce(b.points, 0) * 1e6) / 1e5) / 10 + 0::float8 AS intent,
           round(round(({fit}) * 1e6) / 1e5) / 10 + 0::float8 AS fit,
           s.intent AS was_intent, s.fit AS was_fit, s.tier AS was_tier
    FROM contacts_standing s
    {profiles}
    LEFT JOIN (
        SELECT k.contact_id, sum(k.points) AS points FROM ({contributions}) k GROUP BY k.contact_id
    ) b ON b.contact_id = s.contact_id
    WHERE s.organisation_id = %(organisation_id)s AND {scored}
    OFFSET 0  -- a fence: each sum is worked out once, not once for every use
) r
