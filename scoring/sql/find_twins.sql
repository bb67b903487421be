-- Purpose: who came to sales and is most like a person: a weighted mean of how alike they are trait by trait, over the
--   traits both are known by (Gower, 1971). What they did is alike by what they share of all that either did (Jaccard).
--   Whoever is known by little is not the likest for it.
-- Parameters: organisation_id, contact_id and their traits: naf_code, naf_division, divisions text[] (of the same
--   section), headcount (null: unknown), department, legal_form, function, source, entry_id, personas bigint[], acts
--   text[]; what each weighs: w_activity, w_headcount, ..., w_personas, w_acts, and of acts the bits of those that weigh
--   alike, mask_0 to mask_3 (and mask, all of them), with worth_0 to worth_3, and worth_of_all (of all the person did); goals text[] (the stages that count as reached: of 'mql', 'accepted', 'customer'), whole
--   (weight from which a likeness is taken at its word), most (of all, and of those who reached the goal).
-- Returns: contact_id, likeness 0-1, whether the goal was reached, its place among all (null: below the nearest), the
--   moments and stage of the row, and its traits; the likest first.
-- Relies on: nothing: reads every row of the organisation.
-- Cost: 0.06 s for 20,000 rows (docs/decisions/0031-twins.md).
WITH scored AS MATERIALIZED (
    SELECT j.id, j.reached,
           j.alike / nullif(j.weight, 0) * least(j.weight / %(whole)s::float8, 1) AS likeness
    FROM (
        SELECT r.id,
               'mql' = ANY (%(goals)s::text[])
               OR 'accepted' = ANY (%(goals)s::text[]) AND r.accepted_at IS NOT NULL
               OR r.customer_at IS NOT NULL AS reached,
               CASE WHEN r.naf_code = '' OR %(naf_code)s = '' THEN 0 ELSE %(w_activity)s::float8 END
               + CASE WHEN r.headcount IS NULL OR %(headcount)s::int IS NULL THEN 0 ELSE %(w_headcount)s::float8 END
               + CASE WHEN r.department = '' OR %(department)s = '' THEN 0 ELSE %(w_department)s::float8 END
               + CASE WHEN r.legal_form = '' OR %(legal_form)s = '' THEN 0 ELSE %(w_legal_form)s::float8 END
               + CASE WHEN r.function = '' OR %(function)s = '' THEN 0 ELSE %(w_function)s::float8 END
               + CASE WHEN r.source = '' OR %(source)s = '' THEN 0 ELSE %(w_source)s::float8 END
               + CASE WHEN r.entry_id IS NULL OR %(entry_id)s::bigint IS NULL THEN 0 ELSE %(w_entry)s::float8 END
               + CASE WHEN r.personas = '{}' OR %(personas)s::bigint[] = '{}' THEN 0 ELSE %(w_personas)s::float8 END
               + CASE WHEN r.acts = '{}' OR %(acts)s::text[] = '{}' THEN 0 ELSE %(w_acts)s::float8 END AS weight,
               CASE WHEN %(naf_code)s = '' THEN 0
                    WHEN r.naf_code = %(naf_code)s THEN %(w_activity)s::float8
                    WHEN r.naf_division = '' THEN 0
                    WHEN r.naf_division = %(naf_division)s THEN 0.8 * %(w_activity)s::float8
                    WHEN r.naf_division = ANY (%(divisions)s::text[]) THEN 0.3 * %(w_activity)s::float8
                    ELSE 0 END
               + coalesce(greatest(1 - abs(r.headcount - %(headcount)s::int)::float8 / 5, 0), 0) * %(w_headcount)s::float8
               + CASE WHEN r.department = %(department)s AND r.department <> '' THEN %(w_department)s::float8 ELSE 0 END
               + CASE WHEN r.legal_form = %(legal_form)s AND r.legal_form <> '' THEN %(w_legal_form)s::float8 ELSE 0 END
               + CASE WHEN r.function = %(function)s AND r.function <> '' THEN %(w_function)s::float8 ELSE 0 END
               + CASE WHEN r.source = %(source)s AND r.source <> '' THEN %(w_source)s::float8 ELSE 0 END
               + CASE WHEN r.entry_id = %(entry_id)s::bigint THEN %(w_entry)s::float8 ELSE 0 END
               + CASE WHEN r.personas && %(personas)s::bigint[] THEN %(w_personas)s::float8 ELSE 0 END
               + coalesce(
                   (bit_count(r.bits & %(mask_0)s::bit(512)) * %(worth_0)s::float8
                    + bit_count(r.bits & %(mask_1)s::bit(512)) * %(worth_1)s::float8
                    + bit_count(r.bits & %(mask_2)s::bit(512)) * %(worth_2)s::float8
                    + bit_count(r.bits & %(mask_3)s::bit(512)) * %(worth_3)s::float8)
                   -- What the other did alone counts once.
                   / nullif(%(worth_of_all)s::float8 + bit_count(r.bits & ~%(mask)s::bit(512)), 0), 0)
                 * %(w_acts)s::float8 AS alike
        FROM twins_twinrow r
        WHERE r.organisation_id = %(organisation_id)s AND r.contact_id <> %(contact_id)s
        OFFSET 0  -- a fence: each sum is worked out once
    ) j
), nearest AS (
    SELECT s.id, s.likeness, s.reached, row_number() OVER (ORDER BY s.likeness DESC, s.id) AS place
    FROM (SELECT * FROM scored WHERE likeness > 0 ORDER BY likeness DESC, id LIMIT %(most)s) s
), furthest AS (
    SELECT s.id, s.likeness, s.reached
    FROM scored s WHERE s.reached AND s.likeness > 0 ORDER BY s.likeness DESC, s.id LIMIT %(most)s
)
SELECT r.contact_id, coalesce(n.likeness, f.likeness), coalesce(n.reached, f.reached), n.place, r.came_at, r.accepted_at,
       r.customer_at, r.stage, r.naf_code, r.naf_division, r.headcount, r.department, r.legal_form, r.function, r.source,
       r.entry_id, r.personas, r.acts
FROM nearest n
FULL JOIN furthest f ON f.id = n.id
JOIN twins_twinrow r ON r.organisation_id = %(organisation_id)s AND r.id = coalesce(n.id, f.id)
ORDER BY 2 DESC, r.contact_id
