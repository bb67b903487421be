-- Purpose: let those who bear one tag bear another instead.
-- Parameters: organisation_id, tag_id, into_id.
-- Returns: how many bore the first, and how many of them did not bear the other yet.
-- Relies on: tagging_tagging_tag, tagging_tagging_one.
-- Cost: a deletion and an insert a contact.
WITH gone AS (
    DELETE FROM tagging_tagging g
    WHERE g.organisation_id = %(organisation_id)s AND g.tag_id = %(tag_id)s
    RETURNING g.contact_id, g.import_id, g.by_id, g.at
), come AS (
    INSERT INTO tagging_tagging (organisation_id, contact_id, tag_id, import_id, by_id, at)
    SELECT %(organisation_id)s, g.contact_id, %(into_id)s, g.import_id, g.by_id, g.at FROM gone g ORDER BY g.contact_id
    ON CONFLICT (organisation_id, contact_id, tag_id) DO NOTHING
    RETURNING contact_id
)
SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM come)
