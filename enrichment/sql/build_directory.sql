-- Purpose: write the companies of the directory being prepared: each unit with the place of its head office, and
--   with the places and trading names of its establishments among what it is found by. Establishments that are
--   closed lend no place.
-- Parameters: only_placed (leave out units without an establishment here), has_places (establishments are loaded)
-- Index: directory_next.establishment (siret) for the head office; the rest is read through once.
-- Cost: 4 s for a million units and 1.4 million establishments; sorts spill to disk beyond work_mem.
INSERT INTO directory_next.company
    (siren, nic, name, acronym, trading_names, naf_code, naf_nomenclature, naf2025_code, headcount_band, headcount_year,
     is_employer, legal_form, category, founded_on, is_active, is_private, address, postcode, city, commune, department,
     open_establishments, search)
SELECT unit.siren, unit.nic, unit.name, unit.acronym,
    CASE
        -- Nine in ten have nothing to gather.
        WHEN signs.names IS NULL AND cardinality(unit.trading_names) < 2 THEN unit.trading_names
        ELSE (
            SELECT coalesce(array_agg(DISTINCT name), '{}')
            FROM unnest(unit.trading_names || coalesce(signs.names, '{}')) AS name
        )[1:10]
    END,
    unit.naf_code, unit.naf_nomenclature, unit.naf2025_code, unit.headcount_band, unit.headcount_year,
    unit.is_employer, unit.legal_form, unit.category, unit.founded_on, unit.is_active,
    unit.is_private,
    coalesce(head.address, ''), coalesce(head.postcode, ''), coalesce(head.city, ''), coalesce(head.commune, ''),
    coalesce(head.department, ''),
    CASE WHEN %(has_places)s THEN coalesce(places.open, 0) END,
    unit.search || coalesce(signs.search, '{}') || coalesce(places.search, '{}')
        || CASE WHEN NOT head.is_active AND head.department <> '' THEN ARRAY['d' || head.department] ELSE '{}' END
        || CASE WHEN NOT head.is_active AND head.postcode <> '' THEN ARRAY['p' || head.postcode] ELSE '{}' END
FROM directory_next.unit
LEFT JOIN directory_next.establishment head ON head.siret = unit.siren || unit.nic
LEFT JOIN (
    -- A place may stand twice: the index keeps it once.
    SELECT siren, count(*) FILTER (WHERE is_active) AS open,
        array_agg('p' || postcode) FILTER (WHERE is_active AND postcode <> '')
            || array_agg('d' || department) FILTER (WHERE is_active AND department <> '') AS search
    FROM directory_next.establishment
    GROUP BY siren
) places ON places.siren = unit.siren
LEFT JOIN (
    SELECT siren, array_agg(DISTINCT sign) FILTER (WHERE kind = 'name') AS names,
        array_agg(DISTINCT sign) FILTER (WHERE kind = 'word') AS search
    FROM directory_next.establishment
    CROSS JOIN LATERAL (
        SELECT sign, 'name' AS kind FROM unnest(trading_names) AS sign
        UNION ALL
        SELECT sign, 'word' FROM unnest(search) AS sign
    ) AS signs
    WHERE trading_names IS NOT NULL
    GROUP BY siren
) signs ON signs.siren = unit.siren
WHERE NOT %(only_placed)s OR places.siren IS NOT NULL
