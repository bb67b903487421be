-- Purpose: give the survivor of a merge the last act of all who were merged.
-- Parameters: organisation_id, merge_id, survivor_id.
-- Relies on: doubles_mergedrow_merge, primary key of contacts_standing.
-- Cost: a few rows.
UPDATE contacts_standing s
SET last_act_at = n.at, last_act_kind = n.kind
FROM (
    SELECT (r ->> 'last_act_at')::timestamptz AS at, r ->> 'last_act_kind' AS kind
    FROM doubles_mergedrow m
    CROSS JOIN LATERAL jsonb_array_elements(m.removed) r
    WHERE m.organisation_id = %(organisation_id)s AND m.merge_id = %(merge_id)s
        AND m.rule = 'contacts_standing.contact_id' AND r ->> 'last_act_at' IS NOT NULL
    ORDER BY 1 DESC
    LIMIT 1
) n
WHERE s.organisation_id = %(organisation_id)s AND s.contact_id = %(survivor_id)s
    AND (s.last_act_at IS NULL OR s.last_act_at < n.at)
