"""The shell of an erased person stays empty and never comes back: no merge, import or program can fill it again."""

from django.db import migrations

FORWARD = """
ALTER TABLE contacts_contact ADD CONSTRAINT rights_erased_is_blank CHECK (
    stage <> '' OR (
        external_id IS NULL AND email IS NULL AND first_name = '' AND last_name = '' AND phone = '' AND job_title = ''
        AND company_id IS NULL AND owner_id IS NULL AND source = '' AND language = ''
        AND properties = '{}' AND custom = '{}' AND provenance = '{}'
    )
);
CREATE FUNCTION rights_refuse_return() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'whoever was erased does not come back' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER rights_erased_is_final BEFORE UPDATE OF stage ON contacts_contact
    FOR EACH ROW WHEN (OLD.stage = '' AND NEW.stage <> '') EXECUTE FUNCTION rights_refuse_return();

-- The application may not change the audit log; this alone it may have done: entries of its organisation say no more
-- whom they were about, nor what was said of them. Who did what and when stays.
CREATE FUNCTION rights_forget_audit(organisation bigint, entries bigint[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    forgotten integer;
BEGIN
    UPDATE organisations_auditentry a SET object_label = '', before = '{}', after = '{}'
    WHERE a.organisation_id = organisation AND a.id = ANY (entries)
      AND organisation = nullif(current_setting('rls.current_tenant', true), '')::bigint;
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;
REVOKE EXECUTE ON FUNCTION rights_forget_audit(bigint, bigint[]) FROM PUBLIC;
"""
BACKWARD = """
DROP FUNCTION rights_forget_audit(bigint, bigint[]);
DROP TRIGGER rights_erased_is_final ON contacts_contact;
DROP FUNCTION rights_refuse_return();
ALTER TABLE contacts_contact DROP CONSTRAINT rights_erased_is_blank;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("rights", "0001_initial"),
        ("contacts", "0006_custom_values"),
        ("organisations", "0003_people_and_audit"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
