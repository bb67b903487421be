"""Every contact has its standing from the moment it exists, whoever inserts it."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION contacts_add_standing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO contacts_standing (organisation_id, contact_id) SELECT organisation_id, id FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER contacts_add_standing AFTER INSERT ON contacts_contact
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION contacts_add_standing();
ALTER TABLE contacts_standing SET (fillfactor = 80);
"""
BACKWARD = """
DROP TRIGGER contacts_add_standing ON contacts_contact;
DROP FUNCTION contacts_add_standing();
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
