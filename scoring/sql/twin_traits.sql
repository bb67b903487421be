-- Purpose: people as twins are looked for by: company, function, where they came from and what they did before a moment
--   of each. Stands inside other statements as <traits>.
-- Parameters: organisation_id, no_acts text[] (kinds that are nobody's act), bands text[] (codes of headcount in their
--   order), functions text[] and patterns text[] (of one length); <people> gives contact_id, moment.
-- Returns: contact_id and the columns of twins_twinrow from naf_code to acts.
-- Relies on: primary keys, touchpoints_interaction_contact, interests_act_contact, segments_segmentmember_now.
-- Cost: a few look-ups a person.
SELECT p.contact_id,
       coalesce(co.naf_code, '') AS naf_code,
       CASE WHEN co.naf_nomenclature = 'naf2' THEN left(co.naf_code, 2) ELSE '' END AS naf_division,
       array_position(%(bands)s::text[], co.headcount_band::text)::smallint AS headcount,
       coalesce(co.department, '') AS department,
       left(coalesce(co.legal_form, ''), 2) AS legal_form,
       coalesce((
           SELECT f.code FROM unnest(%(functions)s::text[], %(patterns)s::text[]) WITH ORDINALITY AS f (code, pattern, n)
           WHERE contacts_fold(c.job_title) ~ f.pattern ORDER BY f.n LIMIT 1
       ), '') AS function,
       c.source,
       did.entry_id,
       ARRAY(
           SELECT o.id FROM personas_persona o
           JOIN segments_segmentmember m ON m.organisation_id = o.organisation_id AND m.segment_id = o.segment_id
           WHERE o.organisation_id = %(organisation_id)s AND m.contact_id = c.id AND m.left_at IS NULL
           ORDER BY o.id
       ) AS personas,
       coalesce(did.acts, '{}') AS acts
FROM ({people}) p
JOIN contacts_contact c ON c.organisation_id = %(organisation_id)s AND c.id = p.contact_id
LEFT JOIN contacts_company co ON co.organisation_id = c.organisation_id AND co.id = c.company_id
LEFT JOIN LATERAL (
    SELECT array_agg(DISTINCT d.token ORDER BY d.token) AS acts,
           (array_agg(d.touchpoint_id ORDER BY d.occurred_at, d.id) FILTER (WHERE d.touchpoint_id IS NOT NULL))[1] AS entry_id
    FROM (
        SELECT i.id, i.occurred_at, i.touchpoint_id, t.token
        FROM touchpoints_interaction i
        CROSS JOIN LATERAL (VALUES ('k:' || i.kind), ('t:' || i.touchpoint_id)) t (token)
        WHERE i.organisation_id = %(organisation_id)s AND i.contact_id = c.id AND i.verdict = 'human'
          AND i.occurred_at < p.moment AND i.kind <> ALL (%(no_acts)s::text[]) AND t.token IS NOT NULL
        UNION ALL
        SELECT h.interaction_id, h.occurred_at, NULL, 'h:' || h.theme_id
        FROM interests_themedact h
        WHERE h.organisation_id = %(organisation_id)s AND h.contact_id = c.id AND h.occurred_at < p.moment
    ) d
) did ON true
