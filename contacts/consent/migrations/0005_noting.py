"""Whoever says something is looked at again by the living segments that ask about consent.

A purpose that comes, goes or allows something else changes what conditions mean: they are read again, and those that
ask about this purpose are looked at for everybody.
"""

from django.db import migrations

NOTING = """
CREATE FUNCTION consent_touch_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    organisation bigint := (SELECT c.organisation_id FROM changed c LIMIT 1);
BEGIN
    IF organisation IS NULL OR NOT EXISTS (
        SELECT 1 FROM segments_segment g
        WHERE g.organisation_id = organisation AND g.kind = 'living' AND g.archived_at IS NULL
            AND g.condition::text LIKE '%"field": "consent.%'
    ) THEN
        RETURN NULL;
    END IF;
    INSERT INTO segments_touchedcontact (organisation_id, contact_id)
    SELECT DISTINCT c.organisation_id, c.contact_id FROM changed c;
    INSERT INTO work_wakeup (organisation_id, queue) VALUES (organisation, 'segment');
    RETURN NULL;
END $$;

CREATE FUNCTION consent_touch_segments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.basis, NEW.channel) IS NOT DISTINCT FROM (OLD.basis, OLD.channel) THEN
        RETURN NULL;
    END IF;
    -- What the purpose of e-mails allows, the others of that channel allow no more than.
    UPDATE segments_segment g SET needs_filling = TRUE
    WHERE g.organisation_id = NEW.organisation_id AND g.kind = 'living' AND g.archived_at IS NULL
        AND g.condition::text LIKE '%"field": "consent.%.allowed"%';
    IF FOUND THEN
        INSERT INTO work_wakeup (organisation_id, queue) VALUES (NEW.organisation_id, 'segment');
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER consent_state_added AFTER INSERT ON consent_consentstate
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION consent_touch_contacts();
CREATE TRIGGER consent_state_changed AFTER UPDATE ON consent_consentstate
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION consent_touch_contacts();
CREATE TRIGGER consent_state_gone AFTER DELETE ON consent_consentstate
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION consent_touch_contacts();
CREATE TRIGGER consent_request_added AFTER INSERT ON consent_confirmation
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION consent_touch_contacts();
CREATE TRIGGER consent_request_changed AFTER UPDATE ON consent_confirmation
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION consent_touch_contacts();
CREATE TRIGGER consent_request_gone AFTER DELETE ON consent_confirmation
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION consent_touch_contacts();

CREATE TRIGGER consent_purpose_changed AFTER UPDATE OF basis, channel ON consent_purpose
    FOR EACH ROW EXECUTE FUNCTION consent_touch_segments();
CREATE TRIGGER consent_purpose_gone AFTER INSERT OR DELETE OR UPDATE OF archived_at ON consent_purpose
    FOR EACH ROW EXECUTE FUNCTION segments_touch_conditions();
"""
NOT_NOTING = """
DROP TRIGGER consent_purpose_gone ON consent_purpose;
DROP TRIGGER consent_purpose_changed ON consent_purpose;
DROP TRIGGER consent_request_gone ON consent_confirmation;
DROP TRIGGER consent_request_changed ON consent_confirmation;
DROP TRIGGER consent_request_added ON consent_confirmation;
DROP TRIGGER consent_state_gone ON consent_consentstate;
DROP TRIGGER consent_state_changed ON consent_consentstate;
DROP TRIGGER consent_state_added ON consent_consentstate;
DROP FUNCTION consent_touch_segments();
DROP FUNCTION consent_touch_contacts();
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0004_confirmation"), ("segments", "0002_keeping")]
    operations = [migrations.RunSQL(NOTING, NOT_NOTING)]
