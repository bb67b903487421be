-- Purpose: propose pairs of contacts that share a key and are probably one person, with reasons and a score.
-- Parameters: organisation_id, contact_ids bigint[] (one of each pair is among them), most (contacts that may share a
--   key; beyond it nobody is compared), least (score below which nothing is proposed), both (false: only pairs whose
--   other contact has a lower id, for a pass over everybody).
-- Parts: {score} is reasons.score_sql over r.reasons.
-- Relies on: doubles_key_contact, primary key of doubles_key (organisation, hash, contact).
-- Cost: follows the contacts given and what they share; never all pairs. Returns nothing; the row count is the pairs.
WITH shared AS (
    SELECT k.hash, k.contact_id, k.source FROM doubles_key k
    WHERE k.organisation_id = %(organisation_id)s AND k.contact_id = ANY (%(contact_ids)s::bigint[])
), candidates AS (
    SELECT least(k.contact_id, o.contact_id) AS low, greatest(k.contact_id, o.contact_id) AS high,
        bool_or(k.source = 'visitor') AS same_visitor
    FROM shared k
    CROSS JOIN LATERAL (
        SELECT n.contact_id, count(*) OVER () AS size
        FROM (
            SELECT b.contact_id FROM doubles_key b
            WHERE b.organisation_id = %(organisation_id)s AND b.hash = k.hash LIMIT %(most)s + 1
        ) n
    ) o
    WHERE o.size <= %(most)s AND o.contact_id <> k.contact_id AND (%(both)s OR o.contact_id < k.contact_id)
    GROUP BY 1, 2
), people AS MATERIALIZED (
    SELECT p.low, p.high, p.same_visitor, a.phone AS a_phone, b.phone AS b_phone, a.email AS a_email, b.email AS b_email,
        contacts_fold(a.first_name) AS a_first, contacts_fold(a.last_name) AS a_last,
        contacts_fold(b.first_name) AS b_first, contacts_fold(b.last_name) AS b_last,
        coalesce(ao.name_key <> '' AND ao.name_key = bo.name_key, false) AS same_company
    FROM candidates p
    JOIN contacts_contact a ON a.organisation_id = %(organisation_id)s AND a.id = p.low
    JOIN contacts_contact b ON b.organisation_id = %(organisation_id)s AND b.id = p.high
    LEFT JOIN contacts_company ao ON ao.organisation_id = a.organisation_id AND ao.id = a.company_id
    LEFT JOIN contacts_company bo ON bo.organisation_id = b.organisation_id AND bo.id = b.company_id
), compared AS MATERIALIZED (
    SELECT p.*,
        p.a_last <> '' AND p.b_last <> '' AND NOT (p.a_first = p.b_last AND p.a_last = p.b_first)
            AND (p.a_last <> p.b_last OR (p.a_first <> '' AND p.b_first <> ''
                AND left(p.a_first, 1) <> left(p.b_first, 1))) AS clash,
        split_part(p.a_email, '@', 1) AS a_local, split_part(p.b_email, '@', 1) AS b_local,
        split_part(p.a_email, '@', 2) = split_part(p.b_email, '@', 2) AS same_domain
    FROM people p
), told AS MATERIALIZED (
    SELECT c.low, c.high, array_remove(ARRAY[
        CASE WHEN c.same_company AND c.a_first <> '' AND c.a_last <> '' AND c.a_first = c.b_first AND c.a_last = c.b_last
            THEN 'name_company' END,
        CASE WHEN c.same_company AND c.a_first <> '' AND c.a_last <> '' AND c.a_first <> c.a_last
            AND c.a_first = c.b_last AND c.a_last = c.b_first THEN 'swapped_company' END,
        CASE WHEN c.same_company AND c.a_last <> '' AND c.a_last = c.b_last AND c.a_first <> c.b_first
            AND left(c.a_first, 1) = left(c.b_first, 1)
            AND (length(rtrim(c.a_first, '.')) = 1 OR length(rtrim(c.b_first, '.')) = 1) THEN 'initial_company' END,
        CASE WHEN c.a_phone <> '' AND c.a_phone = c.b_phone AND NOT c.clash THEN 'phone' END,
        CASE WHEN c.a_email <> c.b_email AND doubles_mailbox(c.a_email) = doubles_mailbox(c.b_email)
            THEN 'email_variant' END,
        CASE WHEN c.same_company AND NOT c.same_domain AND c.a_local = c.b_local AND NOT c.clash THEN 'email_domain' END,
        CASE WHEN c.same_domain AND length(c.a_local) > 5 AND NOT c.clash AND doubles_one_typo(c.a_local, c.b_local)
            AND doubles_mailbox(c.a_email) <> doubles_mailbox(c.b_email) THEN 'email_typo' END,
        CASE WHEN c.same_visitor AND NOT c.clash THEN 'visitor' END
    ], NULL) AS reasons
    FROM compared c
), scored AS (
    SELECT r.low, r.high, r.reasons, {score} AS score FROM told r WHERE r.reasons <> '{}'
)
INSERT INTO doubles_pair AS p (organisation_id, low_id, high_id, score, reasons, status)
SELECT %(organisation_id)s, s.low, s.high, s.score, s.reasons, 'open' FROM scored s WHERE s.score >= %(least)s
ORDER BY s.low, s.high
ON CONFLICT (organisation_id, low_id, high_id) DO UPDATE SET score = excluded.score, reasons = excluded.reasons
WHERE p.status = 'open' AND (p.score, p.reasons) IS DISTINCT FROM (excluded.score, excluded.reasons)
