-- Purpose: the next people of an audience's file, with what its lines are made of, and whether they may still be
--   passed on: what they said since the list was made counts.
-- Parameters: organisation_id, file_id, last_id, most, purpose_id; part: allowed (contacts/audiences/choosing.py).
-- Columns: id of the member, allowed, email, phone, first_name, last_name, postcode.
-- Relies on: audiences_member_file (organisation_id, file_id, id); states and suppressions by contact.
-- Cost: `most` rows.
SELECT m.id, {allowed} AND c.stage <> '', COALESCE(c.email, ''), c.phone, c.first_name, c.last_name,
    COALESCE(co.postcode, '')
FROM audiences_audiencemember m
JOIN contacts_contact c ON c.organisation_id = m.organisation_id AND c.id = m.contact_id
LEFT JOIN contacts_company co ON co.organisation_id = c.organisation_id AND co.id = c.company_id
WHERE m.organisation_id = %(organisation_id)s AND m.file_id = %(file_id)s AND m.id > %(last_id)s
ORDER BY m.id
LIMIT %(most)s
