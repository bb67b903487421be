"""Whoever is new, or was changed in what doubles are told by, is noted with the change; keys are what they may share."""

from django.db import migrations

NOTING = """
CREATE FUNCTION doubles_note_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    organisation bigint := (SELECT c.organisation_id FROM changed c LIMIT 1);
BEGIN
    -- Before everybody was looked at once there is nothing to add to.
    IF organisation IS NULL OR NOT EXISTS (
        SELECT 1 FROM doubles_watch w WHERE w.organisation_id = organisation AND w.looked_at IS NOT NULL
    ) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO doubles_changedcontact (organisation_id, contact_id)
        SELECT c.organisation_id, c.id FROM changed c JOIN before b ON b.id = c.id
        WHERE (c.first_name, c.last_name, c.email, c.phone, c.company_id)
            IS DISTINCT FROM (b.first_name, b.last_name, b.email, b.phone, b.company_id);
    ELSE
        INSERT INTO doubles_changedcontact (organisation_id, contact_id) SELECT c.organisation_id, c.id FROM changed c;
    END IF;
    IF FOUND THEN
        INSERT INTO work_wakeup (organisation_id, queue) VALUES (organisation, 'double');
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER doubles_contact_added AFTER INSERT ON contacts_contact
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION doubles_note_contacts();
CREATE TRIGGER doubles_contact_changed AFTER UPDATE ON contacts_contact
    REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION doubles_note_contacts();
CREATE TRIGGER doubles_contact_gone AFTER DELETE ON contacts_contact
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION doubles_note_contacts();
"""
NOT_NOTING = """
DROP TRIGGER doubles_contact_gone ON contacts_contact;
DROP TRIGGER doubles_contact_changed ON contacts_contact;
DROP TRIGGER doubles_contact_added ON contacts_contact;
DROP FUNCTION doubles_note_contacts();
"""

# A mailbox: what stands before a plus, without dots where the provider ignores them.
FUNCTIONS = """
CREATE FUNCTION doubles_mailbox(email text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN split_part(email, '@', 2) IN ('gmail.com', 'googlemail.com')
    THEN replace(split_part(split_part(email, '@', 1), '+', 1), '.', '') || '@gmail.com'
    ELSE split_part(split_part(email, '@', 1), '+', 1) || '@' || split_part(email, '@', 2)
END;

-- One letter put in, left out, changed, or two swapped; figures have to be the same: jean1 is not jean2.
CREATE FUNCTION doubles_one_typo(a text, b text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    i integer := 1;
BEGIN
    IF a = b OR abs(length(a) - length(b)) > 1
        OR regexp_replace(a, '[^0-9]', '', 'g') <> regexp_replace(b, '[^0-9]', '', 'g') THEN
        RETURN false;
    END IF;
    WHILE i <= least(length(a), length(b)) AND substr(a, i, 1) = substr(b, i, 1) LOOP
        i := i + 1;
    END LOOP;
    RETURN substr(a, i + 1) = substr(b, i + 1) OR substr(a, i + 1) = substr(b, i) OR substr(a, i) = substr(b, i + 1)
        OR (substr(a, i, 1) = substr(b, i + 1, 1) AND substr(a, i + 1, 1) = substr(b, i, 1)
            AND substr(a, i + 2) = substr(b, i + 2));
END $$;
"""
NO_FUNCTIONS = "DROP FUNCTION doubles_one_typo(text, text); DROP FUNCTION doubles_mailbox(text);"


class Migration(migrations.Migration):
    dependencies = [("doubles", "0001_initial"), ("contacts", "0005_import_modes_and_undo"), ("work", "0003_waiting")]
    operations = [migrations.RunSQL(NOTING, NOT_NOTING), migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS)]
