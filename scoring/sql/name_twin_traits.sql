-- Purpose: what touchpoints, themes, personas and the organisation's own kinds of acts are called, and how many of those
--   who came to sales have each trait of a person.
-- Parameters: organisation_id, tokens text[] (the person's).
-- Returns: token ("t:<touchpoint>", "h:<theme>", "o:<persona>", "k:<kind>" and those of twins_twintrait), name ("": it has
--   none), people (0: nobody), mask ("": it has no bit).
-- Relies on: their keys, twins_twintrait_token.
-- Cost: a few hundred rows.
SELECT coalesce(n.token, c.token), coalesce(n.name, ''), coalesce(c.number, 0), coalesce(c.mask::text, '')
FROM (
    SELECT 't:' || t.id, t.name FROM touchpoints_touchpoint t WHERE t.organisation_id = %(organisation_id)s
    UNION ALL
    SELECT 'h:' || h.id, h.name FROM interests_theme h WHERE h.organisation_id = %(organisation_id)s
    UNION ALL
    SELECT 'o:' || o.id, s.name
    FROM personas_persona o
    JOIN segments_segment s ON s.organisation_id = o.organisation_id AND s.id = o.segment_id
    WHERE o.organisation_id = %(organisation_id)s
    UNION ALL
    SELECT 'k:' || k.code, k.name
    FROM touchpoints_interactionkind k
    WHERE k.organisation_id = %(organisation_id)s AND k.name <> ''
) n (token, name)
FULL JOIN (
    SELECT w.token, w.number, w.mask
    FROM twins_twintrait w
    WHERE w.organisation_id = %(organisation_id)s AND w.token = ANY (%(tokens)s::text[])
) c ON c.token = n.token
