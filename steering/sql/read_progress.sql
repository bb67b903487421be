-- Purpose: how far an organisation is with the four steps of the method.
-- Parameters: organisation_id.
-- Returns: one row of counts (few things) and whether there is any (things that may be many).
-- Relies on: the first index of each table that begins with the organisation.
-- Cost: short lists counted, long ones only asked for a first row.
SELECT t.listed, t.rated, t.moments, t.entries,
       EXISTS (SELECT 1 FROM contacts_contact c WHERE c.organisation_id = %(organisation_id)s) AS has_contacts,
       EXISTS (SELECT 1 FROM touchpoints_interaction i WHERE i.organisation_id = %(organisation_id)s
               AND i.verdict = 'human') AS has_interactions,
       EXISTS (SELECT 1 FROM contacts_company y WHERE y.organisation_id = %(organisation_id)s
               AND y.siren IS NOT NULL) AS has_enriched,
       EXISTS (SELECT 1 FROM scoring_modelversion v WHERE v.organisation_id = %(organisation_id)s
               AND v.status = 'published') AS has_model,
       EXISTS (SELECT 1 FROM nurturing_scenario n WHERE n.organisation_id = %(organisation_id)s
               AND n.status = 'active') AS has_scenario,
       EXISTS (SELECT 1 FROM organisations_membership m WHERE m.organisation_id = %(organisation_id)s
               AND m.role = 'sales') AS has_sales,
       EXISTS (SELECT 1 FROM scoring_handoff h WHERE h.organisation_id = %(organisation_id)s) AS has_handoff,
       EXISTS (SELECT 1 FROM scoring_handoff h WHERE h.organisation_id = %(organisation_id)s
               AND h.status IN ('accepted', 'rejected', 'recycled')) AS has_answer
FROM (
    SELECT count(*) AS listed,
           count(*) FILTER (WHERE p.importance IS NOT NULL
                            AND coalesce(p.objective_quality, p.perceived_quality) IS NOT NULL) AS rated,
           count(*) FILTER (WHERE p.is_moment_of_truth) AS moments,
           count(*) FILTER (WHERE p.is_entry_point) AS entries
    FROM touchpoints_touchpoint p
    WHERE p.organisation_id = %(organisation_id)s AND p.archived_at IS NULL
) t
