-- Purpose: people who were known at a moment and not with sales yet, and which of them reached a stage afterwards:
--   all of these, and a fair sample of the others. Not those who were erased: nothing is known of what they did.
-- Parameters: organisation_id, since (the moment), outcome (a stage), size (most of each kind).
-- Returns: contact_id, whether converted, how many of its kind there are in all.
-- Relies on: contacts_contact_newest, contacts_stagechange_contact.
-- Cost: one look-up in the ledger for each contact known at the moment.
SELECT n.id, n.converted, n.of_kind
FROM (
    SELECT k.id, k.converted, count(*) OVER (PARTITION BY k.converted) AS of_kind,
           row_number() OVER (PARTITION BY k.converted ORDER BY hashint8extended(k.id, 0), k.id) AS place
    FROM (
        SELECT c.id,
               EXISTS (
                   SELECT 1 FROM contacts_stagechange g
                   WHERE g.organisation_id = %(organisation_id)s AND g.contact_id = c.id AND g.to_stage = %(outcome)s
               ) AS converted
        FROM contacts_contact c
        WHERE c.organisation_id = %(organisation_id)s
          AND c.stage <> ''
          AND c.created_at <= %(since)s
          AND NOT EXISTS (
              SELECT 1 FROM contacts_stagechange g
              WHERE g.organisation_id = %(organisation_id)s
                AND g.contact_id = c.id
                AND g.at <= %(since)s
                AND g.to_stage IN ('accepted', 'customer', 'disqualified', 'lost')
          )
    ) k
) n
WHERE n.place <= %(size)s
ORDER BY n.id
