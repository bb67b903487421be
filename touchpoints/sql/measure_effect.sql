-- Purpose: what humans did at a touchpoint before an action and after it, and who of them became more within the same window.
-- Parameters: organisation_id, touchpoint_id, before_from, before_upto, after_from, after_upto (each window without its end).
-- Returns: is_after, interactions, squares (of what each person did, summed), people (known ones), converted (those who then
--   became prospect or further: a step forward, no way back); one row for each window in which something happened.
-- Relies on: touchpoints_interaction_touchpoint; contacts_stagechange_contact.
-- Cost: the interactions of this touchpoint in the two windows, once, and one index probe for each known person.
WITH acts AS (
    SELECT i.occurred_at >= %(after_from)s AS is_after, i.contact_id, count(*) AS n, min(i.occurred_at) AS first_at
    FROM touchpoints_interaction i
    WHERE i.organisation_id = %(organisation_id)s
      AND i.touchpoint_id = %(touchpoint_id)s
      AND i.verdict = 'human'
      -- Whoever is asked about a touchpoint does not come to it by answering.
      AND i.kind <> 'survey_answer'
      AND (
          (i.occurred_at >= %(before_from)s AND i.occurred_at < %(before_upto)s)
          OR (i.occurred_at >= %(after_from)s AND i.occurred_at < %(after_upto)s)
      )
    -- Of whom nothing is known at all, each act is somebody's.
    GROUP BY 1, 2, CASE WHEN i.contact_id IS NULL THEN coalesce(i.visitor_id::text, i.id::text) END
)
SELECT a.is_after,
       sum(a.n)::bigint,
       sum(a.n * a.n)::bigint,
       count(a.contact_id),
       count(*) FILTER (WHERE a.contact_id IS NOT NULL AND EXISTS (
           SELECT 1
           FROM contacts_stagechange s
           WHERE s.organisation_id = %(organisation_id)s
             AND s.contact_id = a.contact_id
             AND s.at >= a.first_at
             AND s.at < CASE WHEN a.is_after THEN %(after_upto)s ELSE %(before_upto)s END
             AND array_position(ARRAY['suspect', 'prospect', 'mql', 'accepted', 'customer'], s.to_stage::text)
                 > coalesce(
                     array_position(ARRAY['suspect', 'prospect', 'mql', 'accepted', 'customer'], s.from_stage::text), 1
                 )
       ))
FROM acts a
GROUP BY 1
