-- Purpose: say of each contact that an import created why undoing the import must leave it; empty: nothing happened.
-- Parameters: organisation_id, import_id, contact_ids bigint[], source (of the opt-outs that came with the file).
-- Parts: {traces} is undoing.traces_sql(): WHEN ... THEN ... for each table that upper apps told of.
-- Returns: contact id, reason code.
-- Relies on: primary key of contacts_contact and those tables' indexes by contact; the caller holds the locks.
-- Cost: one index lookup a contact and table.
SELECT c.id,
       CASE
           {traces}
           WHEN c.stage <> 'suspect' OR EXISTS (
               SELECT 1 FROM contacts_stagechange g WHERE g.organisation_id = %(organisation_id)s AND g.contact_id = c.id
               AND g.from_stage <> '') THEN 'stage'
           WHEN EXISTS (
               SELECT 1 FROM contacts_suppression s WHERE s.organisation_id = %(organisation_id)s AND s.contact_id = c.id
               AND s.at > c.created_at AND NOT (s.reason = 'opt_out' AND s.source = %(source)s)) THEN 'suppressed'
           WHEN c.owner_id IS NOT NULL OR c.updated_at > c.created_at THEN 'changed'
           ELSE ''
       END
FROM contacts_contact c
WHERE c.organisation_id = %(organisation_id)s AND c.id = ANY (%(contact_ids)s::bigint[])
ORDER BY c.id
