-- Purpose: recompute the degree of qualification of contacts; writes only those that changed.
-- Parameters: organisation_id, ids bigint[] or after and upto (where {condition} asks for them).
-- Parts: {percent} is Weighing.percent_sql of contacts/qualification.py over c and o, {condition} says which contacts.
-- Relies on: primary keys, contacts_contact_company for the contacts of companies.
-- Cost: one join with the companies; 1 M contacts in seconds, all of them unchanged writes nothing.
UPDATE contacts_contact AS target
SET qualification_percent = computed.percent
FROM (
    SELECT c.id, {percent} AS percent
    FROM contacts_contact c
    LEFT JOIN contacts_company o ON o.organisation_id = c.organisation_id AND o.id = c.company_id
    WHERE c.organisation_id = %(organisation_id)s AND {condition}
) AS computed
WHERE target.organisation_id = %(organisation_id)s
  AND target.id = computed.id
  AND target.qualification_percent <> computed.percent
